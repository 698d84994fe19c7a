/* SPDX-License-Identifier: MIT */
/* fault: fills a fault, and finds the word that was probably meant. */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 63 };

/* A message is one line, whatever bytes of an input it quotes. */
static void keep_one_line(char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f) *text = ' ';
}

neap_status neap_fail(neap_fault *fault, neap_status status, const char *code, const char *format, ...) {
  if (!fault) return status;
  fault->status = status;
  snprintf(fault->code, sizeof fault->code, "%s", code);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fault->message, sizeof fault->message, format, arguments);
  va_end(arguments);
  keep_one_line(fault->message);
  fault->where[0] = fault->nearest[0] = '\0';
  return status;
}

void neap_fault_set_where(neap_fault *fault, const char *format, ...) {
  if (!fault) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fault->where, sizeof fault->where, format, arguments);
  va_end(arguments);
  keep_one_line(fault->where);
}

void neap_fault_set_nearest(neap_fault *fault, const char *nearest) {
  if (fault) snprintf(fault->nearest, sizeof fault->nearest, "%s", nearest ? nearest : "");
}

const char *neap_status_name(neap_status status) {
  static const char *const names[] = {"ok",      "end", "invalid", "range",  "inexact", "not_found",   "exists",
                                      "refused", "io",  "corrupt", "memory", "stopped", "unsupported", "broken"};
  size_t index = (size_t)status;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

static size_t least(size_t a, size_t b, size_t c) {
  size_t smaller = a < b ? a : b;
  return smaller < c ? smaller : c;
}

/* Optimal string alignment: insert, delete, replace and swap of neighbors cost one each. Both words ≤ WORD_MAX. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t rows[3][WORD_MAX + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  for (size_t j = 0; j <= b_length; j++) above[j] = before[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
        row[j] = before[j - 2] + 1;
    }
    size_t *free_row = before;
    before = above;
    above = row;
    row = free_row;
  }
  return above[b_length];
}

const char *neap_nearest_word(const char *word, const char *const *candidates, size_t count) {
  size_t length = strlen(word);
  size_t limit = length / 3 > 1 ? length / 3 : 1;
  const char *best = NULL;
  if (length == 0 || length > WORD_MAX) return NULL;
  for (size_t i = 0; i < count; i++) {
    size_t other = strlen(candidates[i]);
    if (other > WORD_MAX || other > length + limit || length > other + limit) continue;
    size_t cost = distance(word, length, candidates[i], other);
    if (cost <= limit && cost < length && (!best || cost < limit)) {
      best = candidates[i];
      limit = cost;
    }
  }
  return best;
}
