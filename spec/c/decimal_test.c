/* SPDX-License-Identifier: MIT */
/* decimal: the edges that deserve a name; random operations are compared with an oracle by tools/decimal_oracle.py. */
#include "base/decimal.h"

#include <math.h>

#include "decimals.h"
#include "support.h"

#define LARGEST "17014118346046923173168.7303715884105727"

static neap_status parse(const char *text, neap_fault *fault) {
  neap_decimal value = dec("7");
  neap_status status = neap_decimal_parse(text, strlen(text), &value, fault);
  if (status != NEAP_OK) assert_decimal(value, "7");
  return status;
}

static void text_and_back(void **state) {
  (void)state;
  static const char *const same[] = {"0",
                                     "1",
                                     "-1",
                                     "0.1",
                                     "12.5",
                                     "-0.0000000000000001",
                                     LARGEST,
                                     ("-" LARGEST),
                                     "18446744073709551616",
                                     "18446744073709551615.5"};
  static const char *const pairs[][2] = {{"1.50", "1.5"},
                                         {"-0", "0"},
                                         {"-0.000", "0"},
                                         {"+7", "7"},
                                         {"007.00", "7"},
                                         {"1e3", "1000"},
                                         {"12.5E-3", "0.0125"},
                                         {"0e999999999999", "0"},
                                         {"1.00000000000000000000000", "1"},
                                         {"0.00000000000000000001e20", "1"}};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) assert_decimal(dec(same[i]), same[i]);
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) assert_decimal(dec(pairs[i][0]), pairs[i][1]);
}

static void refused_text(void **state) {
  (void)state;
  neap_fault fault;
  static const char *const bad[] = {"",    "-",   "+",  ".",  ".5",  "5.",  "1e",    "1e+",   "nan",
                                    "inf", "0x1", " 1", "1 ", "1,5", "--1", "1.2.3", "1e1.5", "99999999999999999999x"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(parse(bad[i], &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "not_a_number");
  }
  assert_int_equal(parse("17014118346046923173168.7303715884105728", &fault), NEAP_RANGE);
  assert_int_equal(parse("1e23", &fault), NEAP_RANGE);
  assert_int_equal(parse("1e99999999999999999999999", &fault), NEAP_RANGE);
  assert_int_equal(parse("0.12345678901234567", &fault), NEAP_INEXACT);
  assert_string_equal(fault.nearest, "0.1234567890123456");
  assert_int_equal(parse("1e-17", NULL), NEAP_INEXACT);
}

static void zero_byte_is_no_number(void **state) {
  (void)state;
  neap_decimal value;
  assert_int_equal(neap_decimal_parse("1\0002", 3, &value, NULL), NEAP_INVALID);
}

static void truncation_is_told(void **state) {
  (void)state;
  neap_decimal value;
  bool cut;
  assert_int_equal(neap_decimal_parse_truncated("-0.12345678901234569", 20, &value, &cut, NULL), NEAP_OK);
  assert_true(cut);
  assert_decimal(value, "-0.1234567890123456");
  assert_int_equal(neap_decimal_parse_truncated("1.5", 3, &value, &cut, NULL), NEAP_OK);
  assert_false(cut);
}

static void padding(void **state) {
  (void)state;
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format_padded(dec("12.5"), 2, text);
  assert_string_equal(text, "12.50");
  neap_decimal_format_padded(dec("-" LARGEST), 16, text);
  assert_string_equal(text, "-" LARGEST);
  neap_decimal_format_padded(NEAP_ZERO, 3, text);
  assert_string_equal(text, "0.000");
}

static void overflow_leaves_the_answer_alone(void **state) {
  (void)state;
  neap_decimal out = dec("3"), largest = dec(LARGEST), least = neap_decimal_neg(largest), tiny = {1};
  assert_int_equal(neap_decimal_add(largest, tiny, &out), NEAP_RANGE);
  assert_int_equal(neap_decimal_sub(least, tiny, &out), NEAP_RANGE); /* −2^127 fits the bits, not the type */
  assert_int_equal(neap_decimal_mul(largest, dec("1.0000000000000001"), 16, NEAP_ROUND_DOWN, &out), NEAP_RANGE);
  assert_int_equal(neap_decimal_mul(largest, largest, 16, NEAP_ROUND_DOWN, &out), NEAP_RANGE);
  assert_int_equal(neap_decimal_div(largest, dec("0.1"), 16, NEAP_ROUND_DOWN, &out), NEAP_RANGE);
  assert_int_equal(neap_decimal_div(largest, NEAP_ZERO, 16, NEAP_ROUND_DOWN, &out), NEAP_INVALID);
  assert_int_equal(neap_decimal_mul_div(largest, largest, NEAP_ZERO, 16, NEAP_ROUND_DOWN, &out), NEAP_INVALID);
  assert_int_equal(neap_decimal_mul(largest, tiny, 17, NEAP_ROUND_DOWN, &out), NEAP_INVALID);
  assert_int_equal(neap_decimal_round(largest, 0, NEAP_ROUND_UP, &out), NEAP_RANGE);
  assert_decimal(out, "3");
}

static void shares_are_rounded_once(void **state) {
  (void)state;
  neap_decimal out, largest = dec(LARGEST);
  assert_int_equal(neap_decimal_mul_div(largest, largest, largest, 16, NEAP_ROUND_DOWN, &out), NEAP_OK);
  assert_decimal(out, LARGEST);
  assert_int_equal(neap_decimal_mul_div(dec("100"), dec("1"), dec("3"), 12, NEAP_ROUND_HALF_EVEN, &out), NEAP_OK);
  assert_decimal(out, "33.333333333333");
  /* 0.00000000000000055: its sixteen digits alone would be a tie at 15. */
  assert_int_equal(neap_decimal_div(dec("0.0000000000000011"), dec("2"), 15, NEAP_ROUND_HALF_EVEN, &out), NEAP_OK);
  assert_decimal(out, "0.000000000000001");
}

static void roundings(void **state) {
  (void)state;
  static const char *const expected[6][4] = {{"2", "-2", "2", "3"}, {"3", "-3", "3", "4"}, {"2", "-3", "2", "3"},
                                             {"3", "-2", "3", "4"}, {"2", "-2", "3", "4"}, {"3", "-3", "3", "4"}};
  static const char *const inputs[4] = {"2.5", "-2.5", "2.6", "3.5"};
  for (int mode = 0; mode < 6; mode++)
    for (int i = 0; i < 4; i++) {
      neap_decimal out;
      assert_int_equal(neap_decimal_round(dec(inputs[i]), 0, (neap_rounding)mode, &out), NEAP_OK);
      assert_decimal(out, expected[mode][i]);
    }
}

static void quantizing(void **state) {
  (void)state;
  neap_decimal out;
  assert_int_equal(neap_decimal_quantize(dec("100.37"), dec("0.25"), NEAP_ROUND_DOWN, &out), NEAP_OK);
  assert_decimal(out, "100.25");
  assert_int_equal(neap_decimal_quantize(dec("100.37"), NEAP_ZERO, NEAP_ROUND_DOWN, &out), NEAP_OK);
  assert_decimal(out, "100.37");
  assert_int_equal(neap_decimal_quantize(dec("1"), dec("-1"), NEAP_ROUND_DOWN, &out), NEAP_INVALID);
}

static void assert_snap(double value, const char *increment, neap_rounding rounding, const char *expected,
                        neap_snap how) {
  neap_decimal out = NEAP_ZERO;
  neap_snap found;
  assert_int_equal(neap_decimal_snap(value, dec(increment), rounding, &out, &found, NULL), NEAP_OK);
  assert_decimal(out, expected);
  assert_int_equal(found, how);
}

static void floats_snap_to_increments(void **state) {
  (void)state;
  neap_decimal out;
  neap_snap how;
  assert_snap(0.5, "0.25", NEAP_ROUND_DOWN, "0.5", NEAP_SNAP_EXACT);
  assert_snap(0.1 + 0.2, "0.1", NEAP_ROUND_DOWN, "0.3", NEAP_SNAP_NEAR);
  assert_snap(0.29999999999999993, "0.1", NEAP_ROUND_DOWN, "0.3", NEAP_SNAP_NEAR);
  assert_snap(42118.507, "0.01", NEAP_ROUND_DOWN, "42118.5", NEAP_SNAP_ROUNDED);
  assert_snap(42118.507, "0.01", NEAP_ROUND_UP, "42118.51", NEAP_SNAP_ROUNDED);
  assert_snap(42118.50123456, "0.00000001", NEAP_ROUND_UP, "42118.50123456", NEAP_SNAP_NEAR);
  assert_snap(1.00000001, "1", NEAP_ROUND_UP, "2", NEAP_SNAP_ROUNDED);
  assert_snap(1.0000000001, "1", NEAP_ROUND_UP, "1", NEAP_SNAP_NEAR);
  assert_snap(-2.5, "1", NEAP_ROUND_FLOOR, "-3", NEAP_SNAP_ROUNDED);
  assert_snap(1e-300, "1", NEAP_ROUND_UP, "0", NEAP_SNAP_NEAR);
  assert_int_equal(neap_decimal_snap(NAN, dec("1"), NEAP_ROUND_UP, &out, &how, NULL), NEAP_INVALID);
  assert_int_equal(neap_decimal_snap(INFINITY, dec("1"), NEAP_ROUND_UP, &out, &how, NULL), NEAP_INVALID);
  assert_int_equal(neap_decimal_snap(1e300, dec("1"), NEAP_ROUND_UP, &out, &how, NULL), NEAP_RANGE);
  assert_int_equal(neap_decimal_snap(1, NEAP_ZERO, NEAP_ROUND_UP, &out, &how, NULL), NEAP_INVALID);
}

static void doubles(void **state) {
  (void)state;
  neap_decimal out;
  assert_true(neap_decimal_to_double(dec("0.1")) == 0.1);
  assert_true(neap_decimal_to_double(dec("-42118.50123456")) == -42118.50123456);
  assert_true(neap_decimal_to_double(dec("9007199254740993")) == 9007199254740992.0); /* a tie, to even */
  assert_true(neap_decimal_to_double(dec("9007199254740993.0000000000000001")) == 9007199254740994.0);
  assert_int_equal(neap_decimal_from_double(0.1, 16, &out, NULL), NEAP_OK);
  assert_decimal(out, "0.1");
  assert_int_equal(neap_decimal_from_double(2.5, 0, &out, NULL), NEAP_OK);
  assert_decimal(out, "2");
  assert_int_equal(neap_decimal_from_double(1e22, 16, &out, NULL), NEAP_OK);
  assert_decimal(out, "10000000000000000000000");
  assert_int_equal(neap_decimal_from_double(1.8e22, 16, &out, NULL), NEAP_RANGE);
  assert_int_equal(neap_decimal_from_double(-INFINITY, 2, &out, NULL), NEAP_INVALID);
}

static void integers(void **state) {
  (void)state;
  int64_t whole = 5;
  assert_decimal(neap_decimal_from_int(INT64_MIN), "-9223372036854775808");
  assert_int_equal(neap_decimal_to_int(neap_decimal_from_int(INT64_MIN), &whole, NULL), NEAP_OK);
  assert_true(whole == INT64_MIN);
  assert_int_equal(neap_decimal_to_int(dec("9223372036854775808"), &whole, NULL), NEAP_INEXACT);
  assert_int_equal(neap_decimal_to_int(dec("1.5"), &whole, NULL), NEAP_INEXACT);
  assert_int_equal(neap_decimal_scale(dec("12.50")), 1);
  assert_int_equal(neap_decimal_scale(dec("-0.0000000000000001")), 16);
  assert_int_equal(neap_decimal_scale(dec("100")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_back),
                                     cmocka_unit_test(refused_text),
                                     cmocka_unit_test(zero_byte_is_no_number),
                                     cmocka_unit_test(truncation_is_told),
                                     cmocka_unit_test(padding),
                                     cmocka_unit_test(overflow_leaves_the_answer_alone),
                                     cmocka_unit_test(shares_are_rounded_once),
                                     cmocka_unit_test(roundings),
                                     cmocka_unit_test(quantizing),
                                     cmocka_unit_test(floats_snap_to_increments),
                                     cmocka_unit_test(doubles),
                                     cmocka_unit_test(integers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
