/* SPDX-License-Identifier: MIT */
/* decimal_fuzz: any bytes read as a decimal; what is accepted must come back from its own text, and agree with strtod.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static void check_value(neap_decimal value) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal again;
  size_t length = neap_decimal_format(value, text);
  must(length < sizeof text && text[length] == 0);
  must(neap_decimal_parse(text, length, &again, NULL) == NEAP_OK && neap_decimal_cmp(value, again) == 0);
  double number = neap_decimal_to_double(value), expected = strtod(text, NULL);
  must(memcmp(&number, &expected, sizeof number) == 0);
  must(neap_decimal_scale(value) <= NEAP_DECIMAL_DIGITS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  neap_decimal exact, cut;
  neap_fault fault;
  bool truncated = false;
  neap_status strict = neap_decimal_parse(text, size, &exact, &fault);
  neap_status loose = neap_decimal_parse_truncated(text, size, &cut, &truncated, &fault);
  if (strict == NEAP_OK) {
    check_value(exact);
    must(loose == NEAP_OK && !truncated && neap_decimal_cmp(exact, cut) == 0);
  } else if (loose == NEAP_OK) {
    must(strict == NEAP_INEXACT && truncated);
    check_value(cut);
  }
  return 0;
}
