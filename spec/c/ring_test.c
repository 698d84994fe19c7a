/* SPDX-License-Identifier: MIT */
/* ring: order and content over many turns of the block, with one thread and with two. */
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>

#include "support.h"

enum { MESSAGES = 200000, LONGEST = 200 };

/* A message's length and bytes follow from its number. */
static size_t make(unsigned number, unsigned char out[LONGEST]) {
  size_t length = (number * 2654435761u >> 16) % (LONGEST + 1);
  for (size_t i = 0; i < length; i++) out[i] = (unsigned char)(number + i);
  return length;
}

static void check_next(neap_ring *ring, unsigned number) {
  unsigned char expected[LONGEST];
  const void *bytes;
  size_t length = make(number, expected), count;
  assert_int_equal(neap_ring_peek(ring, &bytes, &count), NEAP_OK);
  assert_int_equal(count, length);
  assert_memory_equal(bytes, expected, length);
  neap_ring_pop(ring);
}

static void empty_ring(void **state) {
  (void)state;
  const void *bytes;
  size_t count;
  neap_ring *ring = neap_ring_new(0);
  assert_int_equal(neap_ring_peek(ring, &bytes, &count), NEAP_END);
  neap_ring_pop(ring);
  assert_int_equal(neap_ring_peek(ring, &bytes, &count), NEAP_END);
  assert_int_equal(neap_ring_push(ring, NULL, 0), NEAP_OK);
  assert_int_equal(neap_ring_peek(ring, &bytes, &count), NEAP_OK);
  assert_int_equal(count, 0);
  neap_ring_free(ring);
  neap_ring_free(NULL);
}

static void full_ring_takes_nothing(void **state) {
  (void)state;
  unsigned char bytes[128] = {0};
  neap_ring *ring = neap_ring_new(64);
  assert_int_equal(neap_ring_push(ring, bytes, 57), NEAP_RANGE);
  assert_int_equal(neap_ring_push(ring, bytes, SIZE_MAX), NEAP_RANGE);
  assert_int_equal(neap_ring_push(ring, bytes, 24), NEAP_OK);
  assert_int_equal(neap_ring_push(ring, bytes, 24), NEAP_OK);
  assert_int_equal(neap_ring_push(ring, bytes, 0), NEAP_RANGE);
  neap_ring_pop(ring);
  assert_int_equal(neap_ring_push(ring, bytes, 24), NEAP_OK);
  neap_ring_free(ring);
}

/* A message as large as the ring fits at every position once the ring is empty. */
static void largest_message_at_any_position(void **state) {
  (void)state;
  unsigned char bytes[56];
  const void *read;
  size_t count;
  neap_ring *ring = neap_ring_new(64);
  for (unsigned turn = 0; turn < 100; turn++) {
    memset(bytes, (int)turn, sizeof bytes);
    assert_int_equal(neap_ring_push(ring, "x", 1), NEAP_OK);
    neap_ring_pop(ring);
    assert_int_equal(neap_ring_push(ring, bytes, sizeof bytes), NEAP_OK);
    assert_int_equal(neap_ring_peek(ring, &read, &count), NEAP_OK);
    assert_memory_equal(read, bytes, sizeof bytes);
    neap_ring_pop(ring);
  }
  neap_ring_free(ring);
}

static void wraps_around(void **state) {
  (void)state;
  unsigned char bytes[LONGEST];
  unsigned pushed = 0, popped = 0;
  neap_ring *ring = neap_ring_new(1000);
  while (popped < 20000) {
    size_t length = make(pushed, bytes);
    if (neap_ring_push(ring, bytes, length) == NEAP_OK)
      pushed++;
    else
      for (unsigned i = 0; i < 1 + popped % 3 && popped < pushed; i++) check_next(ring, popped++);
  }
  neap_ring_free(ring);
}

static void *produce(void *argument) {
  unsigned char bytes[LONGEST];
  for (unsigned number = 0; number < MESSAGES; number++) {
    size_t length = make(number, bytes);
    while (neap_ring_push(argument, bytes, length) != NEAP_OK) sched_yield();
  }
  return NULL;
}

static void two_threads(void **state) {
  (void)state;
  const void *bytes;
  size_t count;
  pthread_t producer;
  neap_ring *ring = neap_ring_new(4096);
  assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
  for (unsigned number = 0; number < MESSAGES; number++) {
    while (neap_ring_peek(ring, &bytes, &count) == NEAP_END) sched_yield();
    check_next(ring, number);
  }
  pthread_join(producer, NULL);
  assert_int_equal(neap_ring_peek(ring, &bytes, &count), NEAP_END);
  neap_ring_free(ring);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(empty_ring), cmocka_unit_test(full_ring_takes_nothing),
                                     cmocka_unit_test(largest_message_at_any_position), cmocka_unit_test(wraps_around),
                                     cmocka_unit_test(two_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
