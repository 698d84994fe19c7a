/* SPDX-License-Identifier: MIT */
/* leverage: caps and rates by product and time of day. */
#include "risk/leverage.h"

#include <string.h>

#define MINUTE INT64_C(60000000000)

enum { DAY_MINUTES = 24 * 60 };

const neap_decimal *neap_limit_map_find(const neap_limit_map *map, const char *product) {
  for (uint32_t i = 0; i < map->count; i++)
    if (strcmp(map->item[i].product, product) == 0) return &map->item[i].value;
  return NULL;
}

static int minute_of(const char clock[8]) {
  return ((clock[0] - '0') * 10 + clock[1] - '0') * 60 + (clock[3] - '0') * 10 + clock[4] - '0';
}

static int minute_of_day(int64_t now) {
  int64_t minute = now / MINUTE - (now % MINUTE < 0);
  return (int)((minute % DAY_MINUTES + DAY_MINUTES) % DAY_MINUTES);
}

neap_daytime neap_limits_daytime(const neap_limits *limits, int64_t now) {
  if (!limits->daytime_start_utc[0] || !limits->daytime_end_utc[0]) return NEAP_DAYTIME_UNKNOWN;
  int start = minute_of(limits->daytime_start_utc), end = minute_of(limits->daytime_end_utc), at = minute_of_day(now);
  bool is_day = start <= end ? at >= start && at < end : at >= start || at < end;
  return is_day ? NEAP_DAY : NEAP_NIGHT;
}

static const neap_decimal *by_daytime(const neap_limits *limits, int64_t now, const neap_limit_map *day,
                                      const neap_limit_map *night, const char *product) {
  if (day->count == 0 && night->count == 0) return NULL;
  neap_daytime time = neap_limits_daytime(limits, now);
  if (time == NEAP_DAYTIME_UNKNOWN) return NULL;
  return neap_limit_map_find(time == NEAP_DAY ? day : night, product);
}

/* Most caps fit a division of 64 bits. */
static int64_t whole_of(neap_decimal value) {
  const int64_t one = (int64_t)neap_decimal_from_int(1).units;
  return value.units <= INT64_MAX ? (int64_t)value.units / one : (int64_t)(value.units / one);
}

static int64_t lower(int64_t cap, const neap_decimal *other) {
  if (!other || neap_decimal_sign(*other) <= 0) return cap;
  int64_t whole = whole_of(*other);
  return whole < cap ? whole : cap;
}

int64_t neap_limits_leverage_cap_under(const neap_limits *limits, const char *product, int64_t now,
                                       neap_decimal venue_cap) {
  const neap_decimal *own = neap_limit_map_find(&limits->leverage_max_per_symbol, product);
  int64_t cap = own ? lower(INT64_MAX, own) : limits->max_leverage;
  cap = lower(cap, by_daytime(limits, now, &limits->day_leverage_max_per_symbol, &limits->night_leverage_max_per_symbol,
                              product));
  return lower(cap, &venue_cap);
}

int64_t neap_limits_leverage_cap(const neap_limits *limits, const char *product, int64_t now) {
  return neap_limits_leverage_cap_under(limits, product, now, NEAP_ZERO);
}

neap_decimal neap_limits_maintenance_rate(const neap_limits *limits, const char *product, int64_t now) {
  const neap_decimal *rate =
      by_daytime(limits, now, &limits->day_mmr_per_symbol, &limits->night_mmr_per_symbol, product);
  return rate ? *rate : limits->default_maintenance_margin_rate;
}
