/* SPDX-License-Identifier: MIT */
/* fault_read: a fault from what a person writes: its kind, and the words that mean something to it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "venue/fault_plan.h"
#include "venue/stream.h"

enum { MILLION = 1000000, TAKES_TIME = 1, NEEDS_TIME = 3, TAKES_NUMBER = 4 };
#define LONGEST_TIME (3650 * 86400 * NEAP_SECOND)

static const struct {
  const char *name;
  neap_fault_place place;
  unsigned takes;
} kinds[NEAP_FAULT_KINDS] = {
    [NEAP_FAULT_LATENCY] = {"latency", NEAP_BEFORE_CALL, NEEDS_TIME},
    [NEAP_FAULT_RATE_LIMITED] = {"rate_limited", NEAP_BEFORE_CALL, TAKES_NUMBER},
    [NEAP_FAULT_SERVER_ERROR] = {"server_error", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_BAD_GATEWAY] = {"bad_gateway", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_UNAVAILABLE] = {"unavailable", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_GATEWAY_TIMEOUT] = {"gateway_timeout", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_UNAUTHORIZED] = {"unauthorized", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_FORBIDDEN] = {"forbidden", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_NOT_FOUND] = {"not_found", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_REQUEST_LOST] = {"request_lost", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_REQUEST_HANGS] = {"request_hangs", NEAP_BEFORE_CALL, 0},
    [NEAP_FAULT_REQUEST_TWICE] = {"request_twice", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_ANSWER_LATE] = {"answer_late", NEAP_AFTER_CALL, NEEDS_TIME},
    [NEAP_FAULT_ANSWER_NEVER] = {"answer_never", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_ANSWER_LOST] = {"answer_lost", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_ANSWER_CLOSED] = {"answer_closed", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_ANSWER_CUT] = {"answer_cut", NEAP_AFTER_CALL, TAKES_NUMBER},
    [NEAP_FAULT_ANSWER_GARBLED] = {"answer_garbled", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_ANSWER_ERROR] = {"answer_error", NEAP_AFTER_CALL, TAKES_NUMBER},
    [NEAP_FAULT_ANSWER_TWICE] = {"answer_twice", NEAP_AFTER_CALL, 0},
    [NEAP_FAULT_PARTIAL_THEN_CANCEL] = {"partial_then_cancel", NEAP_AFTER_ORDER, 0},
    [NEAP_FAULT_VENUE_CANCEL] = {"venue_cancel", NEAP_AFTER_ORDER, TAKES_TIME},
    [NEAP_FAULT_HANDSHAKE_REFUSED] = {"handshake_refused", NEAP_AT_HANDSHAKE, 0},
    [NEAP_FAULT_SUBSCRIBE_REFUSED] = {"subscribe_refused", NEAP_AT_MESSAGE, 0},
    [NEAP_FAULT_SUBSCRIBE_IGNORED] = {"subscribe_ignored", NEAP_AT_MESSAGE, 0},
    [NEAP_FAULT_SOCKET_RESET] = {"socket_reset", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_SOCKET_FIN] = {"socket_fin", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_SOCKET_CLOSE] = {"socket_close", NEAP_AT_FRAME, TAKES_NUMBER},
    [NEAP_FAULT_SOCKET_RESET_WITH_DATA] = {"socket_reset_with_data", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_SOCKET_SILENT] = {"socket_silent", NEAP_AT_FRAME, TAKES_TIME},
    [NEAP_FAULT_FRAME_LOST] = {"frame_lost", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_FRAME_TWICE] = {"frame_twice", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_FRAME_LATE] = {"frame_late", NEAP_AT_FRAME, NEEDS_TIME},
    [NEAP_FAULT_FRAME_CUT] = {"frame_cut", NEAP_AT_FRAME, TAKES_NUMBER},
    [NEAP_FAULT_FRAME_SWAPPED] = {"frame_swapped", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_FRAME_UNKNOWN] = {"frame_unknown", NEAP_AT_FRAME, 0},
    [NEAP_FAULT_CANCEL_ONLY] = {"cancel_only", NEAP_AT_TIME, 0},
    [NEAP_FAULT_LIMIT_ONLY] = {"limit_only", NEAP_AT_TIME, 0},
    [NEAP_FAULT_POST_ONLY] = {"post_only", NEAP_AT_TIME, 0},
    [NEAP_FAULT_AUCTION] = {"auction", NEAP_AT_TIME, 0},
    [NEAP_FAULT_HALT] = {"halt", NEAP_AT_TIME, 0},
    [NEAP_FAULT_DELISTING] = {"delisting", NEAP_AT_TIME, 0},
    [NEAP_FAULT_CLOCK_SKEW] = {"clock_skew", NEAP_AT_TIME, NEEDS_TIME},
};

typedef enum fault_word {
  WORD_P,
  WORD_AT,
  WORD_FOR,
  WORD_AFTER,
  WORD_COUNT,
  WORD_METHOD,
  WORD_PATH,
  WORD_CHANNEL,
  WORD_PRODUCT,
  WORD_TIME,
  WORD_SPREAD,
  WORD_NUMBER,
  WORDS
} fault_word;

static const char *const words[WORDS + 1] = {"p",       "at",      "for",  "after",  "count",  "method", "path",
                                             "channel", "product", "time", "spread", "number", NULL};
static const char *const spreads[] = {"fixed", "uniform", "exponential", "pareto", NULL};
static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", NULL};

const char *neap_fault_kind_name(neap_fault_kind kind) { return kinds[kind].name; }
neap_fault_place neap_fault_kind_place(neap_fault_kind kind) { return kinds[kind].place; }

/* --- what a kind takes -------------------------------------------------------------------------------------------- */

static bool takes_at_place(neap_fault_place place, fault_word name) {
  bool is_request = place == NEAP_BEFORE_CALL || place == NEAP_AFTER_CALL || place == NEAP_AFTER_ORDER;
  switch (name) {
  case WORD_AT:
  case WORD_FOR:
    return true;
  case WORD_P:
  case WORD_AFTER:
  case WORD_COUNT:
    return place != NEAP_AT_TIME;
  case WORD_METHOD:
    return is_request;
  case WORD_PATH:
    return is_request || place == NEAP_AT_HANDSHAKE;
  case WORD_CHANNEL:
    return place == NEAP_AT_MESSAGE || place == NEAP_AT_FRAME;
  default:
    return place != NEAP_AT_HANDSHAKE;
  }
}

static bool takes(neap_fault_kind kind, fault_word name) {
  if (name == WORD_NUMBER) return kinds[kind].takes & TAKES_NUMBER;
  if (name == WORD_TIME) return kinds[kind].takes & TAKES_TIME;
  if (name == WORD_SPREAD) return kinds[kind].takes & TAKES_TIME && kinds[kind].place != NEAP_AT_TIME;
  if (name == WORD_PRODUCT && kind == NEAP_FAULT_CLOCK_SKEW) return false;
  return takes_at_place(kinds[kind].place, name);
}

static neap_status refuse_word(neap_fault_kind kind, const char *name, bool has_value, neap_fault *fault) {
  const char *known[WORDS];
  char list[160] = "";
  size_t count = 0;
  for (int i = 0; i < WORDS; i++) {
    if (!takes(kind, (fault_word)i)) continue;
    if (count) strcat(list, ", ");
    strcat(list, words[i]);
    known[count++] = words[i];
  }
  neap_fail(fault, NEAP_INVALID, "fault_word", "%s has no '%.40s'%s; it has %s, each with =value", kinds[kind].name,
            name, has_value ? "" : " without a value", list);
  const char *near = neap_nearest_word(name, known, count);
  if (near && fault) neap_fault_set_nearest(fault, near);
  return NEAP_INVALID;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static neap_status bad_value(const char *word, const char *value, const char *wanted, neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "fault_value", "%s=%s is not %s", word, value, wanted);
}

static int index_of(const char *word, const char *const *list) {
  for (int i = 0; list[i]; i++)
    if (!strcmp(list[i], word)) return i;
  return -1;
}

/* What is said of none, or of what there is not, would never strike. */
static neap_status bad_word(const char *word, const char *value, const char *const *known, size_t count,
                            neap_fault *fault) {
  neap_fail(fault, NEAP_INVALID, "fault_value", "there is no %s '%s'", word, value);
  const char *near = neap_nearest_word(value, known, count);
  if (near && fault) neap_fault_set_nearest(fault, near);
  return NEAP_INVALID;
}

static neap_status read_number(const char *word, const char *text, int64_t least, uint64_t *out, neap_fault *fault) {
  neap_decimal value;
  int64_t number;
  if (neap_decimal_parse(text, strlen(text), &value, NULL) != NEAP_OK ||
      neap_decimal_to_int(value, &number, NULL) != NEAP_OK || number < least)
    return bad_value(word, text, least ? "a whole number from 1 on" : "a whole number from 0 on", fault);
  *out = (uint64_t)number;
  return NEAP_OK;
}

static neap_status read_chance(const char *text, uint32_t *out, neap_fault *fault) {
  neap_decimal value, millionths;
  int64_t chance;
  if (neap_decimal_parse(text, strlen(text), &value, NULL) != NEAP_OK || neap_decimal_sign(value) < 0 ||
      neap_decimal_cmp(value, neap_decimal_from_int(1)) > 0 ||
      neap_decimal_mul(value, neap_decimal_from_int(MILLION), 0, NEAP_ROUND_HALF_UP, &millionths) != NEAP_OK ||
      neap_decimal_to_int(millionths, &chance, NULL) != NEAP_OK)
    return bad_value("p", text, "a chance from 0 to 1", fault);
  *out = (uint32_t)chance;
  return NEAP_OK;
}

static neap_status read_time(const char *word, const char *text, bool may_be_negative, int64_t *out,
                             neap_fault *fault) {
  bool is_negative = may_be_negative && *text == '-';
  if (neap_duration_parse(text + is_negative, strlen(text + is_negative), out, NULL) != NEAP_OK)
    return bad_value(word, text, "a duration, as 250ms or 1h30m", fault);
  if (*out > LONGEST_TIME) return bad_value(word, text, "shorter than ten years", fault);
  if (is_negative) *out = -*out;
  return NEAP_OK;
}

static neap_status read_word(const char *word, const char *text, char *out, size_t size, neap_fault *fault) {
  if (!*text || strlen(text) >= size) return bad_value(word, text, "a word of its length", fault);
  strcpy(out, text);
  return NEAP_OK;
}

/* A window that is over before it begins strikes nothing: that is a slip. */
static neap_status read_span(const char *text, int64_t *out, neap_fault *fault) {
  neap_status status = read_time("for", text, false, out, fault);
  return status == NEAP_OK && *out == 0 ? bad_value("for", text, "longer than nothing", fault) : status;
}

/* The venue's names of a channel in frames and in subscriptions are one; its acknowledgements are frames alone. */
static neap_status read_channel(const char *text, neap_planned_fault *made, neap_fault *fault) {
  const char *names[NEAP_STREAM_CHANNELS + 1];
  size_t count = 0;
  for (unsigned i = 0; i < NEAP_STREAM_CHANNELS; i++)
    names[count++] = neap_stream_channel_name((enum neap_stream_channel)i);
  if (kinds[made->kind].place == NEAP_AT_FRAME) names[count++] = "subscriptions";
  if (!strcmp(text, "l2_data")) text = "level2";
  for (size_t i = 0; i < count; i++)
    if (!strcmp(text, names[i])) return read_word("channel", text, made->channel, sizeof made->channel, fault);
  return bad_word("channel", text, names, count, fault);
}

static neap_status read_method(const char *text, neap_planned_fault *made, neap_fault *fault) {
  if (index_of(text, methods) >= 0) return read_word("method", text, made->method, sizeof made->method, fault);
  return bad_word("method", text, methods, sizeof methods / sizeof methods[0] - 1, fault);
}

static neap_status read_spread(const char *text, neap_planned_fault *made, neap_fault *fault) {
  int spread = index_of(text, spreads);
  if (spread < 0) return bad_value("spread", text, "fixed, uniform, exponential or pareto", fault);
  made->spread = (neap_fault_spread)spread;
  return NEAP_OK;
}

/* Others may not be sent (RFC 6455), and a client would not hear them as its code. */
static bool is_close_code(uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/* What a number is differs: an HTTP status, a close code, seconds, bytes. */
static neap_status read_own_number(const char *text, neap_planned_fault *made, neap_fault *fault) {
  uint64_t number = 0;
  neap_status status = read_number("number", text, 1, &number, fault);
  if (status != NEAP_OK) return status;
  if (number > UINT32_MAX) return bad_value("number", text, "a whole number below 2^32", fault);
  if (made->kind == NEAP_FAULT_SOCKET_CLOSE && !is_close_code(number))
    return bad_value("number", text, "a close code: 1000 to 1003, 1007 to 1014, 3000 to 4999", fault);
  if (made->kind == NEAP_FAULT_ANSWER_ERROR && (number < 400 || number > 599))
    return bad_value("number", text, "a status from 400 to 599", fault);
  made->number = (uint32_t)number;
  return NEAP_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct reading {
  neap_planned_fault made;
  int64_t at, lasts; /* from now; lasts 0: without end */
  unsigned said;     /* of 1 << fault_word */
} reading;

static neap_status set(reading *to, fault_word name, const char *value, neap_fault *fault) {
  neap_planned_fault *made = &to->made;
  switch (name) {
  case WORD_P:
    return read_chance(value, &made->chance, fault);
  case WORD_AT:
    return read_time("at", value, false, &to->at, fault);
  case WORD_FOR:
    return read_span(value, &to->lasts, fault);
  case WORD_AFTER:
    return read_number("after", value, 0, &made->after, fault);
  case WORD_COUNT:
    return read_number("count", value, 1, &made->most, fault);
  case WORD_METHOD:
    return read_method(value, made, fault);
  case WORD_PATH:
    return read_word("path", value, made->path, sizeof made->path, fault);
  case WORD_CHANNEL:
    return read_channel(value, made, fault);
  case WORD_PRODUCT:
    return read_word("product", value, made->product, sizeof made->product, fault);
  case WORD_TIME:
    return read_time("time", value, made->kind == NEAP_FAULT_CLOCK_SKEW, &made->time, fault);
  case WORD_SPREAD:
    return read_spread(value, made, fault);
  default:
    return read_own_number(value, made, fault);
  }
}

static neap_status read_pair(reading *to, char *pair, neap_fault *fault) {
  char *value = strchr(pair, '=');
  if (value) *value++ = 0;
  int name = index_of(pair, words);
  if (name < 0 || !value || !takes(to->made.kind, (fault_word)name))
    return refuse_word(to->made.kind, pair, value || name < 0, fault);
  if (to->said & 1u << name) return neap_fail(fault, NEAP_INVALID, "fault_word", "'%s' is said twice", pair);
  to->said |= 1u << name;
  return set(to, (fault_word)name, value, fault);
}

static neap_status read_kind(const char *name, neap_fault_kind *out, neap_fault *fault) {
  const char *names[NEAP_FAULT_KINDS];
  for (int i = 0; i < NEAP_FAULT_KINDS; i++) {
    names[i] = kinds[i].name;
    if (!strcmp(name, names[i])) return *out = (neap_fault_kind)i, NEAP_OK;
  }
  neap_fail(fault, NEAP_INVALID, "fault_kind", "there is no fault '%.60s'", name);
  const char *near = neap_nearest_word(name, names, NEAP_FAULT_KINDS);
  if (near && fault) neap_fault_set_nearest(fault, near);
  return NEAP_INVALID;
}

static neap_status read_all(reading *to, char *text, neap_fault *fault) {
  char *rest = strchr(text, ':'), *kept = NULL;
  if (rest) *rest++ = 0;
  neap_status status = read_kind(text, &to->made.kind, fault);
  for (char *pair = rest ? strtok_r(rest, ",", &kept) : NULL; status == NEAP_OK && pair;
       pair = strtok_r(NULL, ",", &kept))
    status = read_pair(to, pair, fault);
  if (status == NEAP_OK && kinds[to->made.kind].takes == NEEDS_TIME && to->made.time == 0)
    return neap_fail(fault, NEAP_INVALID, "fault_value", "%s needs a time, as time=250ms", kinds[to->made.kind].name);
  return status;
}

neap_status neap_fault_read(const char *text, int64_t now, neap_planned_fault *out, neap_fault *fault) {
  char copy[NEAP_FAULT_TEXT];
  reading made = {.made = {.chance = MILLION}};
  if (strlen(text) >= sizeof copy)
    return neap_fail(fault, NEAP_INVALID, "fault_value", "a fault is shorter than %zu bytes", sizeof copy);
  neap_status status = read_all(&made, strcpy(copy, text), fault);
  if (status != NEAP_OK) return status;
  made.made.from = now + made.at;
  made.made.until = made.lasts ? made.made.from + made.lasts : INT64_MAX;
  strcpy(made.made.text, text);
  *out = made.made;
  return NEAP_OK;
}
