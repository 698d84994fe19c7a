/* SPDX-License-Identifier: MIT */
/* state_collector: what the live engine knows of the account at the moment of a decision, from the snapshot alone. */
#ifndef NEAP_ENGINE_LIVE_STATE_COLLECTOR_H
#define NEAP_ENGINE_LIVE_STATE_COLLECTOR_H

#include "engine/engine.h"

typedef struct neap_live_state {
  neap_decimal equity;                       /* cash and positions at the marks */
  neap_decimal collateral, collateral_total; /* available and in all, over the collateral's currencies */
  neap_decimal position, working_buy, working_sell;
  bool has_price;
  neap_decimal price; /* at which the order is judged: its limit, its stop, else the mark. Never made up. */
} neap_live_state;

/* `assets`: the currencies that count as collateral, "USD,USDC"; "": USD, USDC and the product's quote. Where none of
 * them has a balance, that of USD counts; without one there is none. NEAP_RANGE. */
neap_status neap_live_state_collect(const neap_snapshot *snapshot, const neap_ticket *ticket, const char *assets,
                                    neap_live_state *out);

/* check account: writes equity (input) and collateral (limit) down. Refuses nothing: what they must carry is asked by
 * the checks that both engines share. */
bool neap_live_check_account(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
