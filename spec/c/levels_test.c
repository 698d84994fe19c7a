/* SPDX-License-Identifier: MIT */
/* levels: the ordered map against a plain array, and that it stops allocating. */
#include "market/levels.h"

#include <stdlib.h>

#include "support.h"

enum { KEYS = 4096, ROUNDS = 400000 };

static uint64_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 33;
}

/* `expected` by key, 0: absent. */
static void compare(const neap_levels *levels, const int64_t *expected) {
  neap_levels_cursor at = {levels->first, 0};
  int64_t key, value;
  size_t count = 0;
  for (int64_t k = 0; k < KEYS; k++) {
    if (!expected[k]) continue;
    count++;
    assert_true(neap_levels_next(levels, &at, &key, &value));
    assert_int_equal(key, k);
    assert_int_equal(value, expected[k]);
  }
  assert_false(neap_levels_next(levels, &at, &key, &value));
  assert_int_equal(levels->count, count);
}

static void change(neap_levels *levels, int64_t *expected, uint64_t *state, uint64_t span, uint64_t removals) {
  int64_t key = (int64_t)(next_random(state) % span);
  const int64_t *found = neap_levels_find(levels, key);
  assert_int_equal(found ? *found : 0, expected[key]);
  if (next_random(state) % 100 < removals) {
    assert_int_equal(neap_levels_remove(levels, key), expected[key] != 0);
    expected[key] = 0;
  } else {
    expected[key] = (int64_t)(next_random(state) % 1000) + 1;
    assert_int_equal(neap_levels_put(levels, key, expected[key]), NEAP_OK);
  }
}

/* Grows, shrinks and empties again and again, over all keys and over few. */
static void equals_an_array(void **unused) {
  (void)unused;
  static int64_t expected[KEYS];
  neap_levels levels;
  uint64_t state = 1;
  assert_int_equal(neap_levels_init(&levels), NEAP_OK);
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t phase = (uint64_t)i / 20000 % 4;
    change(&levels, expected, &state, phase == 3 ? 64 : KEYS, phase == 1 ? 90 : phase == 2 ? 99 : 20);
    if (i % 997 == 0) compare(&levels, expected);
  }
  compare(&levels, expected);
  for (int64_t k = 0; k < KEYS; k++) neap_levels_remove(&levels, k);
  memset(expected, 0, sizeof expected);
  compare(&levels, expected);
  neap_levels_fini(&levels);
}

/* A window of prices that wanders, as a market does, for ever in the same nodes. */
static void stops_allocating(void **unused) {
  (void)unused;
  enum { WIDE = 1000, WARM = 20000 };
  neap_levels levels;
  uint32_t size = 0;
  assert_int_equal(neap_levels_init(&levels), NEAP_OK);
  for (int64_t i = 0; i < ROUNDS; i++) {
    assert_int_equal(neap_levels_put(&levels, i, 1), NEAP_OK);
    if (i >= WIDE) assert_true(neap_levels_remove(&levels, i - WIDE));
    if (i == WARM) size = levels.size;
  }
  assert_int_equal(levels.size, size);
  assert_int_equal(levels.count, WIDE);
  neap_levels_fini(&levels);
}

/* The least and the greatest key, falling and rising, with the ends of int64. */
static void keeps_the_ends(void **unused) {
  (void)unused;
  neap_levels levels;
  int64_t key, value;
  assert_int_equal(neap_levels_init(&levels), NEAP_OK);
  assert_false(neap_levels_first(&levels, &key, &value));
  for (int64_t i = 0; i < 1000; i++) {
    assert_int_equal(neap_levels_put(&levels, INT64_MIN + 1000 - i, i), NEAP_OK);
    assert_int_equal(neap_levels_put(&levels, INT64_MAX - i, i), NEAP_OK);
    assert_true(neap_levels_first(&levels, &key, &value));
    assert_int_equal(key, INT64_MIN + 1000 - i);
  }
  assert_int_equal(*neap_levels_find(&levels, INT64_MAX), 0);
  assert_int_equal(levels.count, 2000);
  neap_levels_clear(&levels);
  assert_null(neap_levels_find(&levels, INT64_MAX));
  neap_levels_fini(&levels);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(equals_an_array), cmocka_unit_test(stops_allocating),
                                     cmocka_unit_test(keeps_the_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
