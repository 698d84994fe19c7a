/* SPDX-License-Identifier: MIT */
/* pattern: Lua's patterns over bytes, as its manual describes them, in bounded work: every step is counted, and a
 * caller who is asked now and then may end a match that would go on for hours. */
#ifndef NEAP_BASE_PATTERN_H
#define NEAP_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEAP_PATTERN_CAPTURES = 32, NEAP_PATTERN_DEPTH = 200, NEAP_PATTERN_PROBLEM = 48 };

typedef enum neap_capture_kind { NEAP_CAPTURE_OPEN, NEAP_CAPTURE_TEXT, NEAP_CAPTURE_POSITION } neap_capture_kind;

typedef struct neap_capture {
  neap_capture_kind kind; /* open: its ')' has not come; the pattern may still match */
  size_t start, length;   /* in the subject, from 0 */
} neap_capture;

typedef enum neap_pattern_result {
  NEAP_PATTERN_NO,
  NEAP_PATTERN_YES,
  NEAP_PATTERN_BAD, /* the pattern is malformed or too deep: `problem` says how */
  NEAP_PATTERN_STOPPED
} neap_pattern_result;

/* Filled with neap_pattern_init, then reused for each position; the texts are the caller's and stay. No locale counts:
 * letters are A to Z and a to z. */
typedef struct neap_pattern {
  const char *subject, *pattern;
  size_t subject_size, pattern_size;
  bool (*stop)(void *context); /* asked every few thousand steps; NULL: nobody */
  void *context;
  /* of the last match: */
  size_t end; /* first byte behind it */
  int captures;
  neap_capture capture[NEAP_PATTERN_CAPTURES];
  char problem[NEAP_PATTERN_PROBLEM];
  /* of the matcher: */
  neap_pattern_result trouble;
  int depth;
  uint32_t steps;
} neap_pattern;

/* `pattern` comes without its leading '^': anchoring is a matter of which positions are tried. */
void neap_pattern_init(neap_pattern *self, const char *subject, size_t subject_size, const char *pattern,
                       size_t pattern_size);
/* Matches exactly at `start` (0 to subject_size). */
neap_pattern_result neap_pattern_match(neap_pattern *self, size_t start);
/* The first match at `start` or later; its place in *found. */
neap_pattern_result neap_pattern_search(neap_pattern *self, size_t start, size_t *found);

#endif
