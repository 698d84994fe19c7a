/* SPDX-License-Identifier: MIT */
/* Figures agree with base/decimal, whatever the text and the increment. */
#include "broker/coinbase/figure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "decimals.h"

/* What a figure means, by decimals alone. */
static neap_figure_fit expected(neap_decimal increment, const char *text, size_t length, int64_t *out) {
  neap_decimal value;
  bool cut = false;
  if (neap_decimal_parse_truncated(text, length, &value, &cut, NULL) != NEAP_OK) return NEAP_FIGURE_BAD;
  if (value.units < 0 || value.units / increment.units > INT64_MAX) return NEAP_FIGURE_BAD;
  *out = (int64_t)(value.units / increment.units);
  return cut || value.units % increment.units != 0 ? NEAP_FIGURE_CUT : NEAP_FIGURE_EXACT;
}

static void assert_agrees(const char *increment, const char *text) {
  const neap_decimal step = dec(increment);
  const neap_figure_unit unit = neap_figure_unit_of(step);
  int64_t read = -7, wanted = -7;
  const neap_figure_fit fit = neap_figure_read(&unit, text, strlen(text), &read);
  if (fit != expected(step, text, strlen(text), &wanted) || read != wanted)
    fail_msg("'%s' in %s: %ld and not %ld, fit %d", text, increment, (long)read, (long)wanted, (int)fit);
}

static const char *const INCREMENTS[] = {"0.01",
                                         "0.00000001",
                                         "1",
                                         "5",
                                         "0.25",
                                         "0.0005",
                                         "100",
                                         "3",
                                         "0.0000000000000001",
                                         "0.0000000000000003",
                                         "123456789.123",
                                         "10000000000000000000000",
                                         "99999999999999999999"};
enum { INCREMENT_COUNT = sizeof INCREMENTS / sizeof INCREMENTS[0] };

static void texts_that_are_hard(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "0",
                                      "-0",
                                      "-1",
                                      "+1",
                                      "1.",
                                      ".5",
                                      ".",
                                      "1e3",
                                      "1E-8",
                                      "1e",
                                      "0.0",
                                      "00012.50",
                                      "1,5",
                                      "0x10",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "92233720368547758.07",
                                      "92233720368547758.08",
                                      "92233720368.54775807",
                                      "92233720368.54775808",
                                      "999999999999999999",
                                      "99999999999999999",
                                      "0.000000000000000001",
                                      "0.0000000000000001",
                                      "0.00000000000000019",
                                      "1.0000000000000000",
                                      "1.00000000000000000000",
                                      "17000000000000000000000",
                                      "18000000000000000000000",
                                      "1 ",
                                      " 1",
                                      "1\n",
                                      "1.2.3",
                                      "--1",
                                      "nan",
                                      "inf",
                                      "65083.66",
                                      "0.20371215",
                                      "123456789012345678",
                                      "1234567890.12345678"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    for (size_t j = 0; j < INCREMENT_COUNT; j++) assert_agrees(INCREMENTS[j], texts[i]);
}

static size_t random_digits(uint64_t *random, char *out, size_t most) {
  const size_t count = neap_splitmix(random) % (most + 1);
  for (size_t i = 0; i < count; i++) out[i] = (char)('0' + neap_splitmix(random) % 10);
  return count;
}

static void random_texts(void **state) {
  (void)state;
  uint64_t random = 20261129;
  for (int i = 0; i < 400000; i++) {
    char text[64];
    size_t length = random_digits(&random, text, 12);
    if (neap_splitmix(&random) % 4) text[length++] = '.';
    length += random_digits(&random, text + length, 12);
    if (neap_splitmix(&random) % 16 == 0 && length) text[neap_splitmix(&random) % length] = "e-+x. "[i % 6];
    text[length] = '\0';
    assert_agrees(INCREMENTS[neap_splitmix(&random) % INCREMENT_COUNT], text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(texts_that_are_hard), cmocka_unit_test(random_texts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
