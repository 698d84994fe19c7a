/* SPDX-License-Identifier: MIT */
/* breaker: two passes over the ring, so that nothing drifts. */
#include "risk/breaker.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

enum { LEAST_PAIRS = 10 };

neap_status neap_closes_init(neap_closes *closes, uint32_t capacity) {
  *closes = (neap_closes){.capacity = capacity};
  closes->price = calloc(capacity, sizeof *closes->price);
  closes->time = calloc(capacity, sizeof *closes->time);
  if (closes->price && closes->time) return NEAP_OK;
  neap_closes_fini(closes);
  return NEAP_MEMORY;
}

void neap_closes_fini(neap_closes *closes) {
  free(closes->price);
  free(closes->time);
  *closes = (neap_closes){.capacity = 0};
}

void neap_closes_push(neap_closes *closes, double price, int64_t time) {
  closes->price[closes->next] = price;
  closes->time[closes->next] = time;
  closes->next = (closes->next + 1) % closes->capacity;
  if (closes->count < closes->capacity) closes->count++;
}

/* i 0: the oldest. */
static uint32_t place(const neap_closes *closes, uint32_t i) {
  return (closes->next + closes->capacity - closes->count + i) % closes->capacity;
}

static bool return_at(const neap_closes *closes, uint32_t i, double *out) {
  double before = closes->price[place(closes, i - 1)];
  if (!(before > 0)) return false;
  *out = closes->price[place(closes, i)] / before - 1;
  return true;
}

static uint32_t mean_return(const neap_closes *closes, double *out) {
  double sum = 0, one;
  uint32_t count = 0;
  for (uint32_t i = 1; i < closes->count; i++)
    if (return_at(closes, i, &one)) sum += one, count++;
  *out = count ? sum / count : 0;
  return count;
}

bool neap_volatility(const neap_closes *closes, double periods_per_year, double *out) {
  double mean, one, squares = 0;
  if (closes->count < closes->capacity) return false;
  uint32_t count = mean_return(closes, &mean);
  if (count < 2) return false;
  for (uint32_t i = 1; i < closes->count; i++)
    if (return_at(closes, i, &one)) squares += (one - mean) * (one - mean);
  *out = sqrt(squares / (count - 1)) * sqrt(periods_per_year);
  return true;
}

typedef struct pairs { /* closes of equal times, from one to the next */
  const neap_closes *a, *b;
  uint32_t i, k;
  double before_a, before_b;
  bool begun;
} pairs;

/* The next two returns over the same time. */
static bool next_pair(pairs *at, double *a, double *b) {
  while (at->i < at->a->count && at->k < at->b->count) {
    uint32_t i = place(at->a, at->i), k = place(at->b, at->k);
    if (at->a->time[i] != at->b->time[k]) {
      *(at->a->time[i] < at->b->time[k] ? &at->i : &at->k) += 1;
      continue;
    }
    double now_a = at->a->price[i], now_b = at->b->price[k];
    bool has_return = at->begun && at->before_a > 0 && at->before_b > 0;
    if (has_return) *a = now_a / at->before_a - 1, *b = now_b / at->before_b - 1;
    at->before_a = now_a, at->before_b = now_b, at->begun = true;
    at->i++, at->k++;
    if (has_return) return true;
  }
  return false;
}

bool neap_correlation(const neap_closes *one, const neap_closes *other, double *out) {
  double a, b, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  uint32_t count = 0;
  for (pairs at = {.a = one, .b = other}; next_pair(&at, &a, &b); count++) mean_a += a, mean_b += b;
  if (count < LEAST_PAIRS) return false;
  mean_a /= count, mean_b /= count;
  for (pairs at = {.a = one, .b = other}; next_pair(&at, &a, &b);) {
    aa += (a - mean_a) * (a - mean_a);
    bb += (b - mean_b) * (b - mean_b);
    ab += (a - mean_a) * (b - mean_b);
  }
  if (!(aa > 0 && bb > 0)) return false;
  *out = ab / sqrt(aa * bb);
  return true;
}

double neap_periods_per_year(int64_t frame) { return (double)(365 * 86400 * NEAP_SECOND) / (double)frame; }

bool neap_breaker_trips(const neap_guard_hold *latest, neap_guard_level level, int64_t now, int64_t cooldown_minutes) {
  if (level == NEAP_GUARD_CLEAR) return false;
  if (level > latest->level) return true;
  return now - latest->since >= cooldown_minutes * 60 * NEAP_SECOND;
}
