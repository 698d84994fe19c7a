/* SPDX-License-Identifier: MIT */
/* buffer: growth, the sticking failure, text. */
#include "base/buffer.h"

#include "support.h"

static void grows_and_keeps(void **state) {
  (void)state;
  neap_buffer buffer;
  neap_buffer_init(&buffer);
  for (unsigned i = 0; i < 10000; i++) neap_buffer_append(&buffer, &(unsigned char){(unsigned char)i}, 1);
  assert_int_equal(buffer.size, 10000);
  for (unsigned i = 0; i < 10000; i++) assert_int_equal(buffer.data[i], (unsigned char)i);
  neap_buffer_fini(&buffer);
  neap_buffer_fini(&buffer);
  assert_null(buffer.data);
}

static void clear_keeps_memory(void **state) {
  (void)state;
  neap_buffer buffer;
  neap_buffer_init(&buffer);
  neap_buffer_append_text(&buffer, "hello");
  unsigned char *before = buffer.data;
  neap_buffer_clear(&buffer);
  assert_int_equal(buffer.size, 0);
  neap_buffer_append_text(&buffer, "again");
  assert_ptr_equal(buffer.data, before);
  neap_buffer_fini(&buffer);
}

static void nothing_appended_is_nothing(void **state) {
  (void)state;
  neap_buffer buffer;
  neap_buffer_init(&buffer);
  neap_buffer_append(&buffer, NULL, 0);
  neap_buffer_append_text(&buffer, "");
  neap_buffer_printf(&buffer, "%s", "");
  assert_int_equal(buffer.size, 0);
  assert_int_equal(buffer.status, NEAP_OK);
  assert_non_null(neap_buffer_reserve(&buffer, 0));
  neap_buffer_fini(&buffer);
}

static void failure_sticks_until_clear(void **state) {
  (void)state;
  neap_buffer buffer;
  neap_buffer_init(&buffer);
  neap_buffer_append_text(&buffer, "kept");
  assert_null(neap_buffer_reserve(&buffer, SIZE_MAX));
  assert_int_equal(buffer.status, NEAP_MEMORY);
  neap_buffer_append_text(&buffer, "lost");
  neap_buffer_printf(&buffer, "%d", 1);
  assert_int_equal(buffer.size, 4);
  neap_buffer_clear(&buffer);
  neap_buffer_append_text(&buffer, "new");
  assert_memory_equal(buffer.data, "new", 3);
  neap_buffer_fini(&buffer);
}

static void prints(void **state) {
  (void)state;
  neap_buffer buffer;
  neap_buffer_init(&buffer);
  for (int i = 0; i < 100; i++) neap_buffer_printf(&buffer, "%d,%s;", 7, "seven");
  assert_int_equal(buffer.size, 800);
  assert_memory_equal(buffer.data + 792, "7,seven;", 8);
  neap_buffer_fini(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(grows_and_keeps), cmocka_unit_test(clear_keeps_memory),
                                     cmocka_unit_test(nothing_appended_is_nothing),
                                     cmocka_unit_test(failure_sticks_until_clear), cmocka_unit_test(prints)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
