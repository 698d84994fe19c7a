/* SPDX-License-Identifier: MIT */
/* guard_manager: where the guards of every session stand, whichever engine serves: it holds the mode and what the
 * guards remember, asks each guard of one table when something moved, and refuses the orders that mode and guards do
 * not let through. What a finding does to the session is the session's to do (session/guarding.c). */
#ifndef NEAP_ENGINE_GUARD_MANAGER_H
#define NEAP_ENGINE_GUARD_MANAGER_H

#include "engine/engine.h"
#include "risk/guards.h"

/* When a guard is asked. A sweep asks them all. */
enum neap_guard_moment { NEAP_AT_MARK = 1, NEAP_AT_FILL = 2, NEAP_AT_CLOSE = 4, NEAP_AT_SWEEP = 8 };

typedef struct neap_guard_manager {
  neap_mode mode;
  char reason[120], who[40];
  int64_t since;  /* ns; 0: from the start */
  unsigned asked; /* moments at which some guard is asked; 0: none is on, nothing costs anything */
  bool has_sweep; /* one was made */
  int64_t sweep;  /* when the latest full one was */
  neap_risk_state risk;
} neap_guard_manager;

/* One thing that a guard says anew: it trips, is stricter than before, or is clear again. */
typedef struct neap_guard_finding {
  neap_guard_id guard;
  int product; /* −1: the account */
  neap_guard_level level;
  neap_decimal input, limit;
  bool failed; /* the guard itself: it counts as tripped for entries */
} neap_guard_finding;

enum { NEAP_GUARD_FINDINGS = NEAP_GUARDS * NEAP_RISK_PRODUCTS };

typedef struct neap_guard {
  const char *name;
  neap_guard_id id;
  bool of_product;
  unsigned moments;
  bool (*is_on)(const neap_limits *limits);
  neap_guard_look *look;
} neap_guard;

extern const neap_guard neap_guards[NEAP_GUARDS];

void neap_guard_manager_init(neap_guard_manager *manager,
                             const neap_limits *limits); /* reduce_only_mode, kill_switch_enabled */
/* Which guards these limits turn on. With one product no mark gets old beside another, unless sweeps come by the
 * clock. */
void neap_guard_manager_configure(neap_guard_manager *manager, const neap_limits *limits, uint32_t product_count,
                                  bool has_clock);
neap_mode neap_guard_manager_configured(const neap_limits *limits); /* the mode that the limits ask for */
neap_mode neap_guard_manager_mode(const neap_guard_manager *manager);
/* Of a product: one that a guard holds is reduce-only while the session is normal. */
neap_mode neap_guard_manager_mode_of(const neap_guard_manager *manager, uint32_t product);
bool neap_guard_manager_is_on(neap_guard_id guard, const neap_limits *limits);
/* Is a full sweep due: none was made, or guard_sweep_seconds have passed since? */
bool neap_guard_manager_sweep_due(const neap_guard_manager *manager, const neap_limits *limits, int64_t now);
/* Asks the guards of `moment`, each on its own: one that fails is a finding, and the others are asked all the same.
 * Returns the findings, in the order of the table and of products. */
uint32_t neap_guard_manager_look(const neap_guard *guards, uint32_t count, const neap_guard_view *view, unsigned moment,
                                 neap_guard_finding out[NEAP_GUARD_FINDINGS]);
/* Stands before either engine's checks: halted and reduce-only, and a guard that holds the order's product, refuse what
 * is not an exit; exits pass. *out is begun here (engine "guard_manager") and stands when this returns false; after
 * true the engine's own decision replaces it. The record names the guard. */
bool neap_guard_manager_check(const neap_guard_manager *manager, const neap_snapshot *snapshot,
                              const neap_ticket *request, neap_decision *out);
const char *neap_mode_name(neap_mode mode);

#endif
