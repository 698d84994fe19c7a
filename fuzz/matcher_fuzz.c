/* SPDX-License-Identifier: MIT */
/* matcher_fuzz: any bytes as a pattern (up to the first 0xff) and a subject; what is found lies in the subject, a match
 * is found again, and a caller who wants to stop is obeyed. */
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { QUESTIONS = 8 };

static void must(bool truth) {
  if (!truth) abort();
}

static bool stop_at_zero(void *context) {
  int *left = context;
  must(*left >= 0);
  return --*left < 0;
}

static void check_match(const neap_pattern *on, size_t start) {
  must(start <= on->end && on->end <= on->subject_size);
  must(on->captures >= 0 && on->captures <= NEAP_PATTERN_CAPTURES);
  for (int i = 0; i < on->captures; i++) {
    const neap_capture *capture = &on->capture[i];
    must(capture->start >= start && capture->start <= on->end);
    if (capture->kind == NEAP_CAPTURE_TEXT) must(capture->length <= on->end - capture->start);
  }
}

static void check_again(const neap_pattern *before, size_t start) {
  neap_pattern on = *before;
  int left = QUESTIONS + 1; /* its steps are counted on from those of the search: it may be asked once more */
  on.context = &left;
  must(neap_pattern_match(&on, start) == NEAP_PATTERN_YES);
  must(on.end == before->end && on.captures == before->captures);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_pattern on;
  size_t found = 0;
  int left = QUESTIONS;
  const uint8_t *border = size ? memchr(data, 0xff, size) : NULL;
  size_t pattern_size = border ? (size_t)(border - data) : size;
  const uint8_t *subject = border ? border + 1 : data + size;
  neap_pattern_init(&on, (const char *)subject, (size_t)(data + size - subject), (const char *)data, pattern_size);
  on.stop = stop_at_zero;
  on.context = &left;
  neap_pattern_result result = neap_pattern_search(&on, 0, &found);
  if (result == NEAP_PATTERN_YES) {
    check_match(&on, found);
    check_again(&on, found);
  }
  must((result == NEAP_PATTERN_BAD) == (on.problem[0] != '\0'));
  must((result == NEAP_PATTERN_STOPPED) == (left < 0));
  return 0;
}
