/* SPDX-License-Identifier: MIT */
/* stream: series of bars and of floats, and the indicators that hang on them. */
#include "session/stream.h"

#include "support.h"

static neap_candle bar_of(int64_t price) {
  neap_candle bar = {.time = price};
  bar.open = bar.high = bar.low = bar.close = neap_decimal_from_int(price);
  neap_candle_set_floats(&bar);
  return bar;
}

static void keeps_the_newest_and_forgets_the_oldest(void **state) {
  (void)state;
  neap_stream *stream;
  double value;
  assert_int_equal(neap_stream_new(false, &stream, NULL), NEAP_OK);
  assert_false(neap_stream_value(stream, 0, &value));
  for (int i = 0; i < NEAP_STREAM_KEPT + 10; i++) assert_int_equal(neap_stream_push(stream, i, NULL), NEAP_OK);
  assert_int_equal(neap_stream_count(stream), NEAP_STREAM_KEPT + 10);
  assert_true(neap_stream_value(stream, 0, &value) && value == NEAP_STREAM_KEPT + 9);
  assert_true(neap_stream_value(stream, NEAP_STREAM_KEPT - 1, &value) && value == 10);
  assert_false(neap_stream_value(stream, NEAP_STREAM_KEPT, &value));
  assert_false(neap_stream_value(stream, -1, &value));
  assert_null(neap_stream_bar(stream, 0));
  neap_stream_free(stream);
}

static void indicators_are_shared_and_catch_up(void **state) {
  (void)state;
  neap_stream *stream;
  neap_indicator *early, *late, *same;
  double a, b;
  assert_int_equal(neap_stream_new(true, &stream, NULL), NEAP_OK);
  assert_true(neap_stream_is_ready(stream));
  assert_int_equal(neap_stream_indicator(stream, NEAP_ATR, 3, &early, NULL), NEAP_OK);
  assert_int_equal(neap_stream_indicator(stream, NEAP_ATR, 3, &same, NULL), NEAP_OK);
  assert_ptr_equal(early, same);
  assert_false(neap_stream_is_ready(stream));
  assert_int_equal(neap_stream_indicator(stream, NEAP_SMA, 3, &early, NULL), NEAP_OK);
  for (int64_t i = 1; i <= 5; i++) {
    neap_candle bar = bar_of(i * i);
    assert_int_equal(neap_stream_push_bar(stream, &bar, NULL), NEAP_OK);
    assert_true(neap_stream_is_ready(stream) == (i >= 3));
  }
  assert_int_equal(neap_stream_indicator(stream, NEAP_SMA, 2, &late, NULL), NEAP_OK);
  assert_true(neap_indicator_value(late, 0, &a) && a == 20.5);
  assert_true(neap_indicator_value(early, 0, &b) && b == 50.0 / 3);
  assert_true(neap_stream_bar(stream, 4)->close_float == 1.0);
  neap_stream_free(stream);
}

static void refuses_what_does_not_fit(void **state) {
  (void)state;
  neap_stream *stream;
  neap_indicator *indicator;
  neap_fault fault;
  assert_int_equal(neap_stream_new(false, &stream, NULL), NEAP_OK);
  assert_int_equal(neap_stream_indicator(stream, NEAP_ATR, 3, &indicator, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "indicator_input");
  assert_int_equal(neap_stream_indicator(stream, NEAP_SMA, 0, &indicator, &fault), NEAP_INVALID);
  assert_int_equal(neap_stream_push(stream, 0.0 / 0.0, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "not_a_number");
  assert_int_equal(neap_stream_push(stream, 1e308 * 10, NULL), NEAP_INVALID);
  assert_int_equal(neap_stream_count(stream), 0);
  neap_stream_free(stream);
  neap_stream_free(NULL);
}

/* A value that an indicator cannot take is not in the series either, for any of them. */
static void a_refused_value_leaves_no_trace(void **state) {
  (void)state;
  neap_stream *stream;
  neap_indicator *sma;
  assert_int_equal(neap_stream_new(false, &stream, NULL), NEAP_OK);
  assert_int_equal(neap_stream_indicator(stream, NEAP_SMA, 1, &sma, NULL), NEAP_OK);
  assert_int_equal(neap_stream_push(stream, 1, NULL), NEAP_OK);
  assert_int_equal(neap_stream_push(stream, 1e200, NULL), NEAP_INVALID);
  assert_int_equal(neap_stream_count(stream), 1);
  neap_stream_free(stream);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_newest_and_forgets_the_oldest),
      cmocka_unit_test(indicators_are_shared_and_catch_up),
      cmocka_unit_test(refuses_what_does_not_fit),
      cmocka_unit_test(a_refused_value_leaves_no_trace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
