/* SPDX-License-Identifier: MIT */
/* fault: filling, clearing, and the nearest word. */
#include "base/fault.h"

#include "support.h"

static const char *const words[] = {"quantity", "limit", "stop", "take_profit"};

static const char *nearest(const char *word) { return neap_nearest_word(word, words, 4); }

static void fill_and_clear(void **state) {
  (void)state;
  neap_fault fault;
  assert_int_equal(neap_fail(&fault, NEAP_RANGE, "too_big", "%d is over %d", 12, 10), NEAP_RANGE);
  assert_string_equal(fault.code, "too_big");
  assert_string_equal(fault.message, "12 is over 10");
  neap_fault_set_where(&fault, "line %d", 3);
  neap_fault_set_nearest(&fault, "10");
  assert_string_equal(fault.where, "line 3");
  assert_string_equal(fault.nearest, "10");
  neap_fail(&fault, NEAP_IO, "io", "again");
  assert_string_equal(fault.where, "");
  assert_string_equal(fault.nearest, "");
  neap_fault_set_nearest(&fault, NULL);
  assert_string_equal(fault.nearest, "");
}

static void null_is_accepted(void **state) {
  (void)state;
  assert_int_equal(neap_fail(NULL, NEAP_BROKEN, "code", "text"), NEAP_BROKEN);
  neap_fault_set_where(NULL, "line %d", 1);
  neap_fault_set_nearest(NULL, "word");
}

static void message_is_one_bounded_line(void **state) {
  (void)state;
  neap_fault fault;
  char longer[1000];
  memset(longer, 'x', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  neap_fail(&fault, NEAP_INVALID, longer, "a\nb\t\x01%s", longer);
  assert_int_equal(strlen(fault.message), sizeof fault.message - 1);
  assert_int_equal(strlen(fault.code), sizeof fault.code - 1);
  assert_memory_equal(fault.message, "a b  x", 6);
}

static void nearest_words(void **state) {
  (void)state;
  assert_string_equal(nearest("quantty"), "quantity");
  assert_string_equal(nearest("quanittyy"), "quantity");
  assert_string_equal(nearest("sotp"), "stop");
  assert_string_equal(nearest("stop"), "stop");
  assert_string_equal(nearest("take_porfti"), "take_profit");
  assert_null(nearest("notional"));
  assert_null(nearest("xy"));
  assert_null(nearest(""));
  assert_null(nearest("a_word_that_is_longer_than_any_name_which_this_tree_would_ever_have_"));
  assert_null(neap_nearest_word("stop", words, 0));
}

static void status_names(void **state) {
  (void)state;
  assert_string_equal(neap_status_name(NEAP_OK), "ok");
  assert_string_equal(neap_status_name(NEAP_NOT_FOUND), "not_found");
  assert_string_equal(neap_status_name(NEAP_BROKEN), "broken");
  assert_string_equal(neap_status_name((neap_status)99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fill_and_clear), cmocka_unit_test(null_is_accepted),
                                     cmocka_unit_test(message_is_one_bounded_line), cmocka_unit_test(nearest_words),
                                     cmocka_unit_test(status_names)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
