/* SPDX-License-Identifier: MIT */
#include "decimals.h"

#include "support.h"

neap_decimal dec(const char *text) {
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  if (neap_decimal_parse(text, strlen(text), &value, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return value;
}

void check_decimal(neap_decimal value, const char *text, const char *file, int line) {
  char found[NEAP_DECIMAL_TEXT];
  size_t length = neap_decimal_format(value, found);
  assert_int_equal(length, strlen(found));
  _assert_string_equal(found, text, file, line);
}
