/* SPDX-License-Identifier: MIT */
/* breaker: the latest closes of a product, how much their returns vary, and how much those of two products vary
 * together. Statistics of prices, in doubles; what they are compared with is a decimal. */
#ifndef NEAP_RISK_BREAKER_H
#define NEAP_RISK_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "risk/risk_state.h"

typedef struct neap_closes { /* a ring; its memory is its own */
  uint32_t capacity, count, next;
  double *price;
  int64_t *time; /* of the close, ns */
} neap_closes;

neap_status neap_closes_init(neap_closes *closes, uint32_t capacity); /* NEAP_MEMORY */
void neap_closes_fini(neap_closes *closes);
void neap_closes_push(neap_closes *closes, double price, int64_t time);

/* Sample standard deviation of the simple returns between the closes × √periods_per_year. False, and *out untouched,
 * while the ring is not full or has fewer than three closes. A close that is not above zero has no return behind it. */
bool neap_volatility(const neap_closes *closes, double periods_per_year, double *out);
/* Pearson's correlation of the returns between the closes of equal times. False with fewer than ten such returns, or
 * when one of the two does not vary. */
bool neap_correlation(const neap_closes *one, const neap_closes *other, double *out);

/* A year of 365 days in bars of `frame` ns. */
double neap_periods_per_year(int64_t frame);

/* Does a level trip now? A stricter one always; the same or a laxer one when the cool-down of the latest is over. */
bool neap_breaker_trips(const neap_guard_hold *latest, neap_guard_level level, int64_t now, int64_t cooldown_minutes);

#endif
