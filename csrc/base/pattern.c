/* SPDX-License-Identifier: MIT */
/* pattern: a backtracking matcher. What can be tried in more than one way (a quantifier, a capture) is a call, and
 * NEAP_PATTERN_DEPTH bounds those; everything else goes on in one loop. */
#include "base/pattern.h"

#include <stdio.h>
#include <string.h>

enum { STEPS_BETWEEN_QUESTIONS = 4096 };

/* What an item does to the match: go on behind it, or it has settled everything. */
typedef enum verdict { NO, YES, ON } verdict;

typedef struct cursor {
  size_t at, item; /* in the subject, in the pattern */
} cursor;

static bool try_rest(neap_pattern *self, size_t at, size_t item);

static bool refuse(neap_pattern *self, const char *problem) {
  if (self->trouble != NEAP_PATTERN_NO) return false;
  self->trouble = NEAP_PATTERN_BAD;
  snprintf(self->problem, sizeof self->problem, "%s", problem);
  return false;
}

static bool refuse_index(neap_pattern *self, int number) {
  char text[NEAP_PATTERN_PROBLEM];
  snprintf(text, sizeof text, "invalid capture index %%%d", number);
  return refuse(self, text);
}

/* False when the match has to end here. */
static bool spend(neap_pattern *self, size_t steps) {
  if (steps < self->steps) {
    self->steps -= (uint32_t)steps;
    return self->trouble == NEAP_PATTERN_NO;
  }
  self->steps = STEPS_BETWEEN_QUESTIONS;
  if (self->trouble == NEAP_PATTERN_NO && self->stop && self->stop(self->context)) self->trouble = NEAP_PATTERN_STOPPED;
  return self->trouble == NEAP_PATTERN_NO;
}

/* The pattern's byte; 0 behind its end, where no special character stands. */
static unsigned char item_at(const neap_pattern *self, size_t item) {
  return item < self->pattern_size ? (unsigned char)self->pattern[item] : 0;
}

static unsigned char byte_at(const neap_pattern *self, size_t at) {
  return at < self->subject_size ? (unsigned char)self->subject[at] : 0;
}

static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(unsigned char c) { return is_lower(c) || is_upper(c); }
static bool is_printable(unsigned char c) { return c > ' ' && c < 127; }
static bool is_hexadecimal(unsigned char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* Whether c is in the class %letter; any other escaped character stands for itself. */
static bool in_class(unsigned char c, unsigned char letter) {
  bool negated = is_upper(letter), member;
  switch (negated ? letter - 'A' + 'a' : letter) {
  case 'a':
    member = is_letter(c);
    break;
  case 'c':
    member = c < ' ' || c == 127;
    break;
  case 'd':
    member = is_digit(c);
    break;
  case 'g':
    member = is_printable(c);
    break;
  case 'l':
    member = is_lower(c);
    break;
  case 'p':
    member = is_printable(c) && !is_letter(c) && !is_digit(c);
    break;
  case 's':
    member = c == ' ' || (c >= '\t' && c <= '\r');
    break;
  case 'u':
    member = is_upper(c);
    break;
  case 'w':
    member = is_letter(c) || is_digit(c);
    break;
  case 'x':
    member = is_hexadecimal(c);
    break;
  case 'z': /* not in the manual any more, and still in Lua */
    member = c == 0;
    break;
  default:
    return letter == c;
  }
  return member != negated;
}

/* `first` is the byte behind '[' or '[^'. A ']' there is a member; an escaped one is no end. */
static bool set_end(neap_pattern *self, size_t first, size_t *out) {
  size_t item = first;
  do {
    if (item >= self->pattern_size) return refuse(self, "malformed pattern (missing ']')");
    if (!spend(self, 1)) return false;
    bool escapes = item_at(self, item) == '%';
    item += escapes && item + 1 < self->pattern_size ? 2 : 1;
  } while (item >= self->pattern_size || item_at(self, item) != ']');
  *out = item + 1;
  return true;
}

/* Behind the single character class that begins at `item`. */
static bool class_end(neap_pattern *self, size_t item, size_t *out) {
  unsigned char first = item_at(self, item);
  *out = item + 1;
  if (first == '%') {
    if (*out == self->pattern_size) return refuse(self, "malformed pattern (ends with '%')");
    *out = item + 2;
  } else if (first == '[') {
    return set_end(self, item + (item_at(self, item + 1) == '^' ? 2 : 1), out);
  }
  return true;
}

/* One member of a set at *item, which moves behind it; `end` is the place of the ']'. */
static bool in_member(const neap_pattern *self, unsigned char c, size_t *item, size_t end) {
  unsigned char first = item_at(self, *item);
  if (first == '%') {
    *item += 2;
    return in_class(c, item_at(self, *item - 1));
  }
  if (item_at(self, *item + 1) == '-' && *item + 2 < end) {
    *item += 3;
    return first <= c && c <= item_at(self, *item - 1);
  }
  *item += 1;
  return first == c;
}

static bool in_set(neap_pattern *self, unsigned char c, size_t open, size_t end) {
  bool negated = item_at(self, open + 1) == '^';
  for (size_t item = open + (negated ? 2 : 1); item < end;)
    if (!spend(self, 1) || in_member(self, c, &item, end)) return !negated;
  return negated;
}

/* Whether the class of [item, end) takes the byte at `at`. */
static bool takes(neap_pattern *self, size_t at, size_t item, size_t end) {
  if (at >= self->subject_size || !spend(self, 1)) return false;
  unsigned char c = byte_at(self, at), first = item_at(self, item);
  if (first == '.') return true;
  if (first == '%') return in_class(c, item_at(self, item + 1));
  return first == '[' ? in_set(self, c, item, end - 1) : first == c;
}

static verdict settle(bool found) { return found ? YES : NO; }

/* As many as there are, then fewer and fewer. */
static verdict most(neap_pattern *self, size_t at, size_t item, size_t end) {
  size_t count = 0;
  while (takes(self, at + count, item, end)) count++;
  for (size_t left = count + 1; left-- > 0 && spend(self, 1);)
    if (try_rest(self, at + left, end + 1)) return YES;
  return NO;
}

/* As few as will do. */
static verdict fewest(neap_pattern *self, size_t at, size_t item, size_t end) {
  while (spend(self, 1)) {
    if (try_rest(self, at, end + 1)) return YES;
    if (!takes(self, at, item, end)) return NO;
    at++;
  }
  return NO;
}

/* A class that does not take the byte is no second way: only what was taken is worth a call. */
static verdict match_class(neap_pattern *self, cursor *on) {
  size_t end, item = on->item;
  if (!class_end(self, item, &end)) return NO;
  unsigned char quantifier = item_at(self, end);
  bool may_miss = quantifier == '*' || quantifier == '?' || quantifier == '-';
  bool taken = takes(self, on->at, item, end);
  on->item = may_miss ? end + 1 : end;
  if (!taken) return may_miss ? ON : NO;
  if (quantifier == '*') return most(self, on->at, item, end);
  if (quantifier == '-') return fewest(self, on->at, item, end);
  if (quantifier == '+') return most(self, on->at + 1, item, end);
  if (quantifier == '?') return try_rest(self, on->at + 1, end + 1) ? YES : ON;
  on->at++;
  return ON;
}

static verdict open_capture(neap_pattern *self, size_t at, size_t item, neap_capture_kind kind) {
  if (self->captures == NEAP_PATTERN_CAPTURES) return refuse(self, "too many captures"), NO;
  self->capture[self->captures++] = (neap_capture){kind, at, 0};
  bool found = try_rest(self, at, item);
  if (!found) self->captures--;
  return settle(found);
}

static verdict close_capture(neap_pattern *self, size_t at, size_t item) {
  int open = self->captures - 1;
  while (open >= 0 && self->capture[open].kind != NEAP_CAPTURE_OPEN) open--;
  if (open < 0) return refuse(self, "invalid pattern capture"), NO;
  neap_capture *capture = &self->capture[open];
  capture->kind = NEAP_CAPTURE_TEXT;
  capture->length = at - capture->start;
  bool found = try_rest(self, at, item);
  if (!found) capture->kind = NEAP_CAPTURE_OPEN;
  return settle(found);
}

/* %b: from an opening byte to the closing one that balances it. */
static verdict match_balance(neap_pattern *self, cursor *on) {
  if (on->item + 3 >= self->pattern_size) return refuse(self, "malformed pattern (missing arguments to '%b')"), NO;
  unsigned char open = item_at(self, on->item + 2), close = item_at(self, on->item + 3);
  if (on->at >= self->subject_size || byte_at(self, on->at) != open) return NO;
  size_t depth = 1;
  for (size_t at = on->at + 1; at < self->subject_size && spend(self, 1); at++) {
    unsigned char c = byte_at(self, at);
    if (c == close && --depth == 0) {
      *on = (cursor){at + 1, on->item + 4};
      return ON;
    }
    if (c == open && c != close) depth++;
  }
  return NO;
}

/* %f: between a byte outside of the set and one in it; both ends of the subject count as a zero byte. */
static verdict match_frontier(neap_pattern *self, cursor *on) {
  size_t set = on->item + 2, end;
  if (item_at(self, set) != '[') return refuse(self, "missing '[' after '%f' in pattern"), NO;
  if (!class_end(self, set, &end)) return NO;
  unsigned char before = on->at ? byte_at(self, on->at - 1) : 0;
  if (in_set(self, before, set, end - 1) || !in_set(self, byte_at(self, on->at), set, end - 1)) return NO;
  on->item = end;
  return ON;
}

/* %1 to %9: the text of an earlier capture again; a position has none. */
static verdict match_again(neap_pattern *self, cursor *on) {
  int index = item_at(self, on->item + 1) - '1';
  if (index < 0 || index >= self->captures || self->capture[index].kind == NEAP_CAPTURE_OPEN)
    return refuse_index(self, index + 1), NO;
  const neap_capture *capture = &self->capture[index];
  if (capture->kind == NEAP_CAPTURE_POSITION || capture->length > self->subject_size - on->at) return NO;
  if (!spend(self, 1 + capture->length / 64)) return NO;
  if (memcmp(self->subject + capture->start, self->subject + on->at, capture->length) != 0) return NO;
  *on = (cursor){on->at + capture->length, on->item + 2};
  return ON;
}

static verdict match_escape(neap_pattern *self, cursor *on) {
  unsigned char letter = item_at(self, on->item + 1);
  if (letter == 'b') return match_balance(self, on);
  if (letter == 'f') return match_frontier(self, on);
  return is_digit(letter) ? match_again(self, on) : match_class(self, on);
}

static verdict match_item(neap_pattern *self, cursor *on) {
  switch (item_at(self, on->item)) {
  case '(':
    if (item_at(self, on->item + 1) == ')') return open_capture(self, on->at, on->item + 2, NEAP_CAPTURE_POSITION);
    return open_capture(self, on->at, on->item + 1, NEAP_CAPTURE_OPEN);
  case ')':
    return close_capture(self, on->at, on->item + 1);
  case '%':
    return match_escape(self, on);
  case '$':
    if (on->item + 1 < self->pattern_size) return match_class(self, on);
    self->end = on->at;
    return settle(on->at == self->subject_size);
  default:
    return match_class(self, on);
  }
}

static bool match_items(neap_pattern *self, cursor on) {
  verdict next = ON;
  while (next == ON && on.item < self->pattern_size) next = spend(self, 1) ? match_item(self, &on) : NO;
  if (next == ON) self->end = on.at;
  return next != NO && self->trouble == NEAP_PATTERN_NO;
}

static bool try_rest(neap_pattern *self, size_t at, size_t item) {
  if (self->trouble != NEAP_PATTERN_NO) return false;
  if (self->depth == NEAP_PATTERN_DEPTH) return refuse(self, "pattern too complex");
  self->depth++;
  bool found = match_items(self, (cursor){at, item});
  self->depth--;
  return found;
}

void neap_pattern_init(neap_pattern *self, const char *subject, size_t subject_size, const char *pattern,
                       size_t pattern_size) {
  self->subject = subject;
  self->pattern = pattern;
  self->subject_size = subject_size;
  self->pattern_size = pattern_size;
  self->stop = NULL;
  self->context = NULL;
  self->steps = STEPS_BETWEEN_QUESTIONS;
  self->captures = 0;
  self->trouble = NEAP_PATTERN_NO;
  self->problem[0] = '\0';
}

neap_pattern_result neap_pattern_match(neap_pattern *self, size_t start) {
  self->captures = 0;
  self->depth = 0;
  self->trouble = NEAP_PATTERN_NO;
  if (try_rest(self, start, 0)) return NEAP_PATTERN_YES;
  return self->trouble;
}

neap_pattern_result neap_pattern_search(neap_pattern *self, size_t start, size_t *found) {
  neap_pattern_result result = NEAP_PATTERN_NO;
  for (; start <= self->subject_size && result == NEAP_PATTERN_NO; start++) {
    result = spend(self, 1) ? neap_pattern_match(self, start) : NEAP_PATTERN_STOPPED;
    *found = start;
  }
  return result;
}
