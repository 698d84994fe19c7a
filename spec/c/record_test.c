/* SPDX-License-Identifier: MIT */
/* record: exact bytes, round trips, JSON, and malformed input. */
#include "base/record.h"

#include <stdlib.h>

#include "support.h"

static void write_sample(neap_buffer *out) {
  neap_buffer_init(out);
  neap_record_decimal(out, "price", (neap_decimal){-(__int128)123450000000000000});
  neap_record_int(out, "count", -2);
  neap_record_time(out, "at", INT64_C(1713459600500000000));
  neap_record_bool(out, "post_only", true);
  neap_record_number(out, "sma", 0.1);
  neap_record_text(out, "why", "fast \"over\"\nslow");
  neap_record_map(out, "risk");
  neap_record_list(out, "checks");
  neap_record_text(out, "", "a");
  neap_record_map(out, "");
  neap_record_end(out);
  neap_record_end(out);
  neap_record_end(out);
  neap_record_text(out, "last", NULL);
}

static void bytes_are_pinned(void **state) {
  (void)state;
  static const unsigned char expected[] = {1,    1,    'p',  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    1,    'i',  2,    1,
                                           0,    0,    0,    0,    0,    0,    6,    1,    't',  2,    0,    0,
                                           0,    'o',  'k',  7,    1,    'm',  4,    1,    'b',  1,    0};
  neap_buffer out;
  neap_buffer_init(&out);
  neap_record_decimal(&out, "p", (neap_decimal){-1});
  neap_record_int(&out, "i", 258);
  neap_record_text(&out, "t", "ok");
  neap_record_map(&out, "m");
  neap_record_bool(&out, "b", true);
  neap_record_end(&out);
  assert_int_equal(out.size, sizeof expected);
  assert_memory_equal(out.data, expected, sizeof expected);
  neap_buffer_fini(&out);
}

static void reads_what_was_written(void **state) {
  (void)state;
  neap_buffer out;
  neap_record_field field;
  write_sample(&out);
  assert_int_equal(neap_record_find(out.data, out.size, "price", &field), NEAP_OK);
  assert_true(field.value.decimal.units == -(__int128)123450000000000000);
  assert_int_equal(neap_record_find(out.data, out.size, "count", &field), NEAP_OK);
  assert_int_equal(field.value.integer, -2);
  assert_int_equal(neap_record_find(out.data, out.size, "post_only", &field), NEAP_OK);
  assert_int_equal(field.value.integer, 1);
  assert_int_equal(neap_record_find(out.data, out.size, "sma", &field), NEAP_OK);
  assert_true(field.value.number == 0.1);
  assert_int_equal(neap_record_find(out.data, out.size, "last", &field), NEAP_OK);
  assert_int_equal(field.value.bytes.size, 0);
  assert_int_equal(neap_record_find(out.data, out.size, "checks", &field), NEAP_NOT_FOUND);
  assert_int_equal(neap_record_find(out.data, out.size, "risk", &field), NEAP_OK);
  assert_int_equal(neap_record_find(field.value.bytes.data, field.value.bytes.size, "checks", &field), NEAP_OK);
  assert_int_equal(field.type, NEAP_RECORD_LIST);
  neap_buffer_fini(&out);
}

static void renders_json(void **state) {
  (void)state;
  neap_buffer out, json;
  neap_buffer_init(&json);
  write_sample(&out);
  assert_int_equal(neap_record_to_json(out.data, out.size, &json, NULL), NEAP_OK);
  neap_buffer_append(&json, "", 1);
  assert_string_equal(
      (char *)json.data,
      "{\"price\":\"-12.345\",\"count\":-2,\"at\":\"2024-04-18T17:00:00.500Z\",\"post_only\":true,"
      "\"sma\":0.1,\"why\":\"fast \\\"over\\\"\\nslow\",\"risk\":{\"checks\":[\"a\",{}]},\"last\":\"\"}");
  neap_buffer_clear(&json);
  assert_int_equal(neap_record_to_json(NULL, 0, &json, NULL), NEAP_OK);
  assert_memory_equal(json.data, "{}", 2);
  neap_buffer_fini(&json);
  neap_buffer_fini(&out);
}

/* Walks all fields on all levels. */
static neap_status walk(const unsigned char *data, size_t size) {
  neap_record_reader reader = {data, size, 0};
  neap_record_field field;
  neap_status status;
  while ((status = neap_record_next(&reader, &field)) == NEAP_OK)
    if (field.type >= NEAP_RECORD_MAP && walk(field.value.bytes.data, field.value.bytes.size) != NEAP_END)
      return NEAP_CORRUPT;
  return status;
}

/* The copy is exactly as large as the record, so that a read beyond it is seen by the sanitizer. */
static void malformed_is_corrupt_and_never_read_beyond(void **state) {
  (void)state;
  neap_buffer out, json;
  write_sample(&out);
  neap_buffer_init(&json);
  for (size_t size = 0; size < out.size; size++) {
    unsigned char *cut = malloc(size + 1);
    memcpy(cut, out.data, size);
    neap_status status = walk(cut, size);
    assert_true(status == NEAP_END || status == NEAP_CORRUPT);
    free(cut);
  }
  for (size_t at = 0; at < out.size * 256; at++) {
    unsigned char *changed = malloc(out.size);
    memcpy(changed, out.data, out.size);
    changed[at / 256] = (unsigned char)at;
    neap_status walked = walk(changed, out.size), rendered = neap_record_to_json(changed, out.size, &json, NULL);
    assert_true((walked == NEAP_END) == (rendered == NEAP_OK));
    neap_buffer_clear(&json);
    free(changed);
  }
  neap_buffer_fini(&json);
  neap_buffer_fini(&out);
}

static void failed_rendering_leaves_no_trace(void **state) {
  (void)state;
  neap_buffer json;
  neap_fault fault;
  neap_buffer_init(&json);
  neap_buffer_append_text(&json, "before");
  assert_int_equal(neap_record_to_json("\x02\x01i", 3, &json, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "corrupt_record");
  assert_int_equal(json.size, 6);
  neap_buffer_fini(&json);
}

static neap_status nested(unsigned depth) {
  neap_buffer out, json;
  neap_buffer_init(&out);
  neap_buffer_init(&json);
  for (unsigned i = 0; i < depth; i++) neap_record_map(&out, "m");
  for (unsigned i = 0; i < depth; i++) neap_record_end(&out);
  neap_status status = neap_record_to_json(out.data, out.size, &json, NULL);
  neap_buffer_fini(&json);
  neap_buffer_fini(&out);
  return status;
}

static void depth_is_bounded(void **state) {
  (void)state;
  assert_int_equal(nested(8), NEAP_OK);
  assert_int_equal(nested(9), NEAP_CORRUPT);
  assert_int_equal(nested(100000), NEAP_CORRUPT);
}

static void key_too_long(void **state) {
  (void)state;
  char key[300];
  neap_buffer out;
  neap_buffer_init(&out);
  memset(key, 'k', sizeof key);
  key[255] = '\0';
  neap_record_int(&out, key, 1);
  assert_int_equal(out.status, NEAP_OK);
  key[255] = 'k', key[256] = '\0';
  neap_record_int(&out, key, 1);
  assert_int_equal(out.status, NEAP_INVALID);
  neap_buffer_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_are_pinned),
                                     cmocka_unit_test(reads_what_was_written),
                                     cmocka_unit_test(renders_json),
                                     cmocka_unit_test(malformed_is_corrupt_and_never_read_beyond),
                                     cmocka_unit_test(failed_rendering_leaves_no_trace),
                                     cmocka_unit_test(depth_is_bounded),
                                     cmocka_unit_test(key_too_long)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
