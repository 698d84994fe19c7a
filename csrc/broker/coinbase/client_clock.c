/* SPDX-License-Identifier: MIT */
#include "broker/coinbase/client_clock.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"

enum { MS = 1000000, MOST_DIGITS = 13 };

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

/* Bounds that contradict what was known mean that a clock was set: the new ones hold. */
void neap_coinbase_clock_date(neap_coinbase_clock *clock, int64_t date, int64_t sent, int64_t came) {
  int64_t low = date - came, high = date + NEAP_SECOND - sent;
  if (low > high) return;
  bool agrees = clock->has_dates && low <= clock->high && high >= clock->low;
  clock->low = agrees ? later(low, clock->low) : low;
  clock->high = agrees ? earlier(high, clock->high) : high;
  clock->has_dates = true;
}

static int64_t millis_of(const char *body, size_t length) {
  neap_json *json;
  int64_t millis = 0;
  if (neap_json_parse(body, length, &json, NULL) != NEAP_OK) return 0;
  const neap_json_value *told = neap_json_get(neap_json_root(json), "epochMillis");
  if (told && told->text && told->length > 0 && told->length <= MOST_DIGITS) millis = strtoll(told->text, NULL, 10);
  neap_json_free(json);
  return millis;
}

bool neap_coinbase_clock_time(neap_coinbase_clock *clock, const char *body, size_t length, int64_t sent, int64_t came) {
  int64_t millis = millis_of(body, length);
  if (millis <= 0) return false;
  clock->told = millis * MS - (sent + (came - sent) / 2);
  clock->has_told = true;
  return true;
}

int64_t neap_coinbase_clock_skew(const neap_coinbase_clock *clock) {
  if (clock->trusts_told) return clock->told;
  if (!clock->has_dates || (clock->low <= 0 && clock->high >= 0)) return 0;
  return clock->low + (clock->high - clock->low) / 2;
}
