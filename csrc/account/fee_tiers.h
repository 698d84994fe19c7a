/* SPDX-License-Identifier: MIT */
/* fee_tiers: what a venue charges by how much was traded in the 30 days before: the tables, the volume, the tier in
 * force. */
#ifndef NEAP_ACCOUNT_FEE_TIERS_H
#define NEAP_ACCOUNT_FEE_TIERS_H

#include "account/fees.h"

typedef struct neap_fee_tier {
  neap_decimal from; /* traded in 30 days, in quote: this much or more */
  neap_fee_schedule schedule;
} neap_fee_tier;

enum { NEAP_FEE_TIERS = 9, NEAP_FEE_WINDOWS = 720 };

typedef struct neap_fee_table {
  const char *name;
  int64_t refresh; /* ns between two looks at the volume; 30 days are at most NEAP_FEE_WINDOWS of it */
  uint32_t count;
  neap_fee_tier tier[NEAP_FEE_TIERS]; /* the first is from zero */
} neap_fee_table;

extern const char *const neap_fee_table_names[]; /* "tiers" (the reference's), "coinbase"; NULL at the end */
/* Fills *out; false when there is no such table. */
bool neap_fee_table_get(const char *name, neap_fee_table *out);
/* The number, from 1, of the highest tier whose threshold is at most `volume`. */
uint32_t neap_fee_table_tier(const neap_fee_table *table, neap_decimal volume);

/* What is charged, and by what. Only trades and a tier that is set change it; asking does not. */
typedef struct neap_fee_plan {
  neap_fee_table table; /* count 0: one schedule for all, and the rest has no meaning */
  uint32_t tier;        /* in force, from 1 */
  uint32_t least;       /* the tier that the account had at the start, which holds for 30 days at least; 0: none */
  int64_t least_until;
  int64_t window;   /* number, since 1970, of the window of the latest trade */
  neap_decimal sum; /* of all that is held in: */
  neap_decimal traded[NEAP_FEE_WINDOWS + 1];
} neap_fee_plan;

void neap_fee_plan_open(neap_fee_plan *plan, const neap_fee_table *table, uint32_t least, int64_t now);
/* Counts a trade. NEAP_RANGE. */
neap_status neap_fee_plan_trade(neap_fee_plan *plan, int64_t now, neap_decimal notional);
/* Traded in the 30 days that end where the window of `now` begins. */
neap_status neap_fee_plan_volume(const neap_fee_plan *plan, int64_t now, neap_decimal *out);
/* The tier that is due at `now`; the caller sets it. */
neap_status neap_fee_plan_due(const neap_fee_plan *plan, int64_t now, uint32_t *tier);
/* The first moment after `now` at which to look again. */
int64_t neap_fee_plan_next(const neap_fee_plan *plan, int64_t now);
/* Of the tier in force, which it names. */
neap_fee_schedule neap_fee_plan_schedule(const neap_fee_plan *plan);

/* What was traded in a window, and its number: those of the last 30 days, oldest first; false after the last. */
bool neap_fee_plan_traded(const neap_fee_plan *plan, uint32_t i, int64_t *window, neap_decimal *traded);
/* Puts back what a window had; oldest first. */
void neap_fee_plan_restore(neap_fee_plan *plan, int64_t window, neap_decimal traded);

#endif
