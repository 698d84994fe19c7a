/* SPDX-License-Identifier: MIT */
/* fee_tiers: the tables, and a ring of windows, each as long as the time between two looks at the volume. */
#include "account/fee_tiers.h"

#include <string.h>

enum { DAYS = 30 };
static const int64_t HOUR = INT64_C(3600000000000);

typedef struct tier_row {
  int64_t from;
  int maker, taker; /* bps */
} tier_row;

/* From zero; a row of zeros ends the table. */
typedef struct table_rows {
  int64_t refresh_hours;
  tier_row row[NEAP_FEE_TIERS];
} table_rows;

/* The reference's, and the venue's: below 1,000 its entry tier of 2026, then its older table, which names all of the
 * higher ones. The venue looks each hour. */
static const table_rows tables[] = {{6,
                                     {{0, 60, 100},
                                      {10000, 40, 60},
                                      {50000, 25, 40},
                                      {100000, 15, 25},
                                      {1000000, 10, 20},
                                      {15000000, 8, 18},
                                      {75000000, 5, 15},
                                      {250000000, 3, 10}}},
                                    {1,
                                     {{0, 60, 120},
                                      {1000, 40, 60},
                                      {10000, 25, 40},
                                      {50000, 15, 25},
                                      {100000, 10, 20},
                                      {1000000, 8, 18},
                                      {15000000, 6, 16},
                                      {75000000, 3, 12},
                                      {250000000, 0, 8}}}};

const char *const neap_fee_table_names[] = {"tiers", "coinbase", NULL};

static void fill_table(const table_rows *rows, neap_fee_table *out) {
  out->refresh = rows->refresh_hours * HOUR;
  while (out->count < NEAP_FEE_TIERS && rows->row[out->count].taker) {
    const tier_row *row = &rows->row[out->count];
    neap_fee_schedule schedule = {.maker_bps = neap_decimal_from_int(row->maker),
                                  .taker_bps = neap_decimal_from_int(row->taker),
                                  .tier = out->count + 1};
    out->tier[out->count++] = (neap_fee_tier){neap_decimal_from_int(row->from), schedule};
  }
}

bool neap_fee_table_get(const char *name, neap_fee_table *out) {
  for (size_t i = 0; neap_fee_table_names[i]; i++)
    if (strcmp(neap_fee_table_names[i], name) == 0) {
      *out = (neap_fee_table){.name = neap_fee_table_names[i]};
      fill_table(&tables[i], out);
      return true;
    }
  return false;
}

uint32_t neap_fee_table_tier(const neap_fee_table *table, neap_decimal volume) {
  uint32_t tier = table->count;
  while (tier > 1 && neap_decimal_cmp(volume, table->tier[tier - 1].from) < 0) tier--;
  return tier;
}

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static int64_t window_of(const neap_fee_plan *plan, int64_t now) { return floor_divide(now, plan->table.refresh); }
static int64_t windows_of(const neap_fee_plan *plan) { return DAYS * 24 * HOUR / plan->table.refresh; }

static neap_decimal *slot_of(neap_fee_plan *plan, int64_t window) {
  int64_t slots = windows_of(plan) + 1;
  return &plan->traded[window - floor_divide(window, slots) * slots];
}

void neap_fee_plan_open(neap_fee_plan *plan, const neap_fee_table *table, uint32_t least, int64_t now) {
  *plan = (neap_fee_plan){.table = *table, .tier = least ? least : 1, .least = least};
  plan->window = window_of(plan, now);
  if (least && __builtin_add_overflow(now, DAYS * 24 * HOUR, &plan->least_until)) plan->least_until = INT64_MAX;
}

/* Windows without a trade are empty; what is older than the ring is forgotten. */
static void move_to(neap_fee_plan *plan, int64_t window) {
  int64_t slots = windows_of(plan) + 1;
  if (window - plan->window > slots) plan->window = window - slots;
  while (plan->window < window) {
    neap_decimal *slot = slot_of(plan, ++plan->window);
    plan->sum.units -= slot->units;
    *slot = NEAP_ZERO;
  }
}

neap_status neap_fee_plan_trade(neap_fee_plan *plan, int64_t now, neap_decimal notional) {
  move_to(plan, window_of(plan, now));
  neap_status status = neap_decimal_add(plan->sum, notional, &plan->sum);
  if (status == NEAP_OK) slot_of(plan, plan->window)->units += notional.units;
  return status;
}

/* What the ring holds of a window. */
static neap_decimal traded_in(const neap_fee_plan *plan, int64_t window) {
  bool held = window <= plan->window && window >= plan->window - windows_of(plan);
  return held ? *slot_of((neap_fee_plan *)(uintptr_t)plan, window) : NEAP_ZERO;
}

static neap_decimal sum_of(const neap_fee_plan *plan, int64_t from, int64_t to) {
  neap_decimal sum = NEAP_ZERO;
  for (; from < to; from++) sum.units += traded_in(plan, from).units;
  return sum;
}

/* What is not in the 30 days is taken off, or what is in them added, whichever is less work. */
neap_status neap_fee_plan_volume(const neap_fee_plan *plan, int64_t now, neap_decimal *out) {
  int64_t end = window_of(plan, now), count = windows_of(plan);
  int64_t first = end - count, oldest = plan->window - count;
  if (first > plan->window)
    *out = NEAP_ZERO;
  else if (first - oldest > count / 2)
    *out = sum_of(plan, first, end <= plan->window ? end : plan->window + 1);
  else
    out->units = plan->sum.units - sum_of(plan, oldest, first).units - sum_of(plan, end, plan->window + 1).units;
  return NEAP_OK;
}

neap_status neap_fee_plan_due(const neap_fee_plan *plan, int64_t now, uint32_t *tier) {
  neap_decimal volume;
  neap_status status = neap_fee_plan_volume(plan, now, &volume);
  if (status != NEAP_OK) return status;
  *tier = neap_fee_table_tier(&plan->table, volume);
  if (now < plan->least_until && *tier < plan->least) *tier = plan->least;
  return NEAP_OK;
}

int64_t neap_fee_plan_next(const neap_fee_plan *plan, int64_t now) {
  int64_t next;
  if (!plan->table.count) return INT64_MAX;
  return __builtin_mul_overflow(window_of(plan, now) + 1, plan->table.refresh, &next) ? INT64_MAX : next;
}

neap_fee_schedule neap_fee_plan_schedule(const neap_fee_plan *plan) {
  return plan->table.tier[plan->tier - 1].schedule;
}

bool neap_fee_plan_traded(const neap_fee_plan *plan, uint32_t i, int64_t *window, neap_decimal *traded) {
  if (!plan->table.count || i > windows_of(plan)) return false;
  *window = plan->window - windows_of(plan) + i;
  *traded = traded_in(plan, *window);
  return true;
}

void neap_fee_plan_restore(neap_fee_plan *plan, int64_t window, neap_decimal traded) {
  if (neap_fee_plan_trade(plan, window * plan->table.refresh, traded) != NEAP_OK) plan->sum = NEAP_ZERO;
}
