/* SPDX-License-Identifier: MIT */
/* JSON in one pass: members by name, rows of an array, lists; what is torn, wild or escaped. */
#include "net/json_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 65536 };

typedef struct scene {
  neap_json_frames *frames;
  char text[ROOM + NEAP_JSON_FRAMES_PADDING];
  neap_fault fault;
} scene;

static int set_up(void **state) {
  scene *self = calloc(1, sizeof *self);
  assert_non_null(self);
  self->frames = neap_json_frames_new();
  assert_non_null(self->frames);
  *state = self;
  return 0;
}

static int tear_down(void **state) {
  scene *self = *state;
  neap_json_frames_free(self->frames);
  free(self);
  return 0;
}

/* What lies behind the text is no zero, so that nothing may rest on it. */
static neap_status begin(scene *self, const char *text) {
  const size_t length = strlen(text);
  assert_true(length <= ROOM);
  memset(self->text, '"', sizeof self->text);
  memcpy(self->text, text, length);
  return neap_json_frames_begin(self->frames, self->text, length, &self->fault);
}

static void assert_span(neap_json_span span, const char *expected) {
  if (!expected) {
    assert_null(span.text);
    return;
  }
  assert_non_null(span.text);
  assert_int_equal(span.length, strlen(expected));
  assert_memory_equal(span.text, expected, span.length);
}

static const neap_json_name NAMES[] = {NEAP_JSON_NAME("a"), NEAP_JSON_NAME("b"), NEAP_JSON_NAME("abc")};

static void tells_members_by_name(void **state) {
  scene *self = *state;
  neap_json_span out[3];
  assert_int_equal(begin(self, " {\"x\":[{\"a\":1}], \"abc\" : \"t\\\"x\" ,\n\"a\":-1.50e3\t,\"b\":null,\"a\":7} "),
                   NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, NAMES, 3, 3, out, &self->fault), NEAP_OK);
  assert_span(out[0], "-1.50e3");
  assert_span(out[1], NULL);
  assert_span(out[2], "t\\\"x");
}

static void stops_when_it_has_enough(void **state) {
  scene *self = *state;
  neap_json_span out[3];
  assert_int_equal(begin(self, "{\"b\":2,\"a\":1,\"abc\":3,\"rows\":[{\"a\":\"\"}]}"), NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, NAMES, 3, 2, out, &self->fault), NEAP_OK);
  assert_span(out[0], "1");
  assert_span(out[1], "2");
  assert_span(out[2], NULL);
  assert_int_equal(neap_json_frames_enter(self->frames, "rows", &self->fault), NEAP_OK);
  assert_int_equal(neap_json_frames_row(self->frames, NAMES, 3, out, &self->fault), NEAP_OK);
  assert_span(out[0], "");
  assert_int_equal(neap_json_frames_row(self->frames, NAMES, 3, out, &self->fault), NEAP_END);
}

static void finds_an_array_before_the_members(void **state) {
  scene *self = *state;
  neap_json_span out[3];
  assert_int_equal(begin(self, "{\"rows\":[[],{},7,{\"a\":1,\"q\":{\"a\":[9]}},{\"b\":2}],\"a\":5,\"b\":6}"), NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, NAMES, 3, 3, out, &self->fault), NEAP_OK);
  assert_span(out[1], "6");
  assert_int_equal(neap_json_frames_enter(self->frames, "rows", &self->fault), NEAP_OK);
  const char *expected[3][2] = {{NULL, NULL}, {"1", NULL}, {NULL, "2"}};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(neap_json_frames_row(self->frames, NAMES, 2, out, &self->fault), NEAP_OK);
    assert_span(out[0], expected[i][0]);
    assert_span(out[1], expected[i][1]);
  }
  assert_int_equal(neap_json_frames_row(self->frames, NAMES, 2, out, &self->fault), NEAP_END);
  assert_int_equal(neap_json_frames_enter(self->frames, "none", &self->fault), NEAP_NOT_FOUND);
  assert_int_equal(neap_json_frames_enter(self->frames, "a", &self->fault), NEAP_NOT_FOUND);
}

static void goes_down_so_far_and_no_further(void **state) {
  scene *self = *state;
  assert_int_equal(begin(self, "{\"r\":[{\"r\":[{\"r\":[{\"r\":[{}]}]}]}]}"), NEAP_OK);
  for (int i = 1; i < NEAP_JSON_FRAMES_DEPTH; i++) {
    assert_int_equal(neap_json_frames_enter(self->frames, "r", &self->fault), NEAP_OK);
    assert_int_equal(neap_json_frames_next(self->frames, &self->fault), NEAP_OK);
  }
  assert_int_equal(neap_json_frames_enter(self->frames, "r", &self->fault), NEAP_INVALID);
  assert_string_equal(self->fault.code, "bad_frame");
}

static void write_item(void *context, neap_json_span key, neap_json_span item) {
  char *out = context;
  sprintf(out + strlen(out), "%.*s=%.*s;", (int)key.length, key.text, (int)item.length, item.text);
}

static void tells_lists(void **state) {
  scene *self = *state;
  char told[256] = "";
  assert_int_equal(begin(self, "{\"s\":{\"a\\\"\":[\"x\", \"y\"],\"b\":[],\"c\":3,\"d\":[null,\"z\",[1]]},\"t\":1}"),
                   NEAP_OK);
  assert_int_equal(neap_json_frames_lists(self->frames, "s", write_item, told, &self->fault), NEAP_OK);
  assert_string_equal(told, "a\\\"=x;a\\\"=y;d=z;");
  assert_int_equal(neap_json_frames_lists(self->frames, "t", write_item, told, &self->fault), NEAP_NOT_FOUND);
  assert_int_equal(neap_json_frames_lists(self->frames, "u", write_item, told, &self->fault), NEAP_NOT_FOUND);
}

static void resolves_no_half_characters(void **state) {
  scene *self = *state;
  neap_json_span out[3];
  char text[16];
  assert_int_equal(begin(self, "{\"a\":\"\\udc00\",\"b\":\"\\ud83d\\ude00\",\"abc\":\"\\x\"}"), NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, NAMES, 3, 3, out, &self->fault), NEAP_OK);
  assert_int_equal(neap_json_frames_text(self->frames, out[0], text, sizeof text), NEAP_INVALID);
  assert_int_equal(neap_json_frames_text(self->frames, out[1], text, sizeof text), NEAP_OK);
  assert_string_equal(text, "\xf0\x9f\x98\x80");
  assert_int_equal(neap_json_frames_text(self->frames, out[2], text, sizeof text), NEAP_INVALID);
}

static void asks_for_so_many_names(void **state) {
  scene *self = *state;
  neap_json_name names[NEAP_JSON_FRAMES_NAMES + 1];
  neap_json_span out[NEAP_JSON_FRAMES_NAMES + 1];
  for (int i = 0; i <= NEAP_JSON_FRAMES_NAMES; i++) names[i] = NAMES[0];
  assert_int_equal(begin(self, "{\"a\":1}"), NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, names, NEAP_JSON_FRAMES_NAMES + 1, 1, out, &self->fault),
                   NEAP_INVALID);
}

static void resolves_escapes(void **state) {
  scene *self = *state;
  neap_json_span out[3];
  char text[16];
  assert_int_equal(begin(self, "{\"a\":\"BTC\\u002dUSD\",\"b\":\"a\\u0000b\",\"abc\":\"\\ud800x\"}"), NEAP_OK);
  assert_int_equal(neap_json_frames_members(self->frames, NAMES, 3, 3, out, &self->fault), NEAP_OK);
  assert_int_equal(neap_json_frames_text(self->frames, out[0], text, sizeof text), NEAP_OK);
  assert_string_equal(text, "BTC-USD");
  assert_int_equal(neap_json_frames_text(self->frames, out[1], text, sizeof text), NEAP_INVALID);
  assert_string_equal(text, "");
  assert_int_equal(neap_json_frames_text(self->frames, out[2], text, sizeof text), NEAP_INVALID);
  assert_int_equal(neap_json_frames_text(self->frames, out[0], text, 7), NEAP_RANGE);
  assert_int_equal(neap_json_frames_text(self->frames, (neap_json_span){NULL, 0}, text, sizeof text), NEAP_OK);
  assert_string_equal(text, "");
}

/* Whatever is asked of it, it says that the text is bad, at one point or another, and goes on with the next. */
static void assert_refused(scene *self, const char *text) {
  neap_json_span out[3];
  neap_status status = begin(self, text);
  if (status == NEAP_OK) status = neap_json_frames_members(self->frames, NAMES, 3, 3, out, &self->fault);
  if (status == NEAP_OK) status = neap_json_frames_enter(self->frames, "rows", &self->fault);
  while (status == NEAP_OK) status = neap_json_frames_row(self->frames, NAMES, 3, out, &self->fault);
  if (status != NEAP_INVALID) fail_msg("%s: %s", text, neap_status_name(status));
  assert_string_equal(self->fault.code, "bad_frame");
}

static void refuses_what_is_torn(void **state) {
  static const char *const torn[] = {"",
                                     " ",
                                     "[]",
                                     "7",
                                     "\"x\"",
                                     "null",
                                     "{",
                                     "{\"a\"",
                                     "{\"a\":",
                                     "{\"a\":1",
                                     "{a:1",
                                     "{\"a\" 1}",
                                     "{\"a\":1,}",
                                     "{\"a\":\"x}",
                                     "{\"rows\":[",
                                     "}",
                                     "{]",
                                     "{\"a\":\"\xff\"}",
                                     "{\"rows\":[{\"a\":1}",
                                     "{\"rows\":[{\"a\":1]}",
                                     "{\"rows\":[{\"a\":1}{\"a\":2}]}",
                                     "{\"a\":\"x\ny\"}",
                                     "{\"rows\":[{\"a\":1},{\"a\"]}",
                                     "{\"rows\":[{\"a\":\"1\"b}]}"};
  for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) assert_refused(*state, torn[i]);
}

static void refuses_a_wild_nesting(void **state) {
  scene *self = *state;
  static char deep[ROOM];
  memcpy(deep, "{\"rows\":", 8);
  memset(deep + 8, '[', sizeof deep - 9);
  assert_refused(self, deep);
  memset(deep + ROOM / 2, ']', ROOM / 2 - 1);
  assert_refused(self, deep);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(tells_members_by_name, set_up, tear_down),
      cmocka_unit_test_setup_teardown(stops_when_it_has_enough, set_up, tear_down),
      cmocka_unit_test_setup_teardown(finds_an_array_before_the_members, set_up, tear_down),
      cmocka_unit_test_setup_teardown(goes_down_so_far_and_no_further, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tells_lists, set_up, tear_down),
      cmocka_unit_test_setup_teardown(resolves_escapes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(resolves_no_half_characters, set_up, tear_down),
      cmocka_unit_test_setup_teardown(asks_for_so_many_names, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_what_is_torn, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_a_wild_nesting, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
