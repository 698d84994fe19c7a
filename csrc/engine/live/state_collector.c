/* SPDX-License-Identifier: MIT */
/* state_collector: equity, collateral, position and price for one decision. */
#include "engine/live/state_collector.h"

#include <string.h>

#include "engine/checks.h"

/* Is `asset` one of "USD,USDC"? */
static bool lists(const char *assets, const char *asset) {
  size_t length = strlen(asset);
  for (;;) {
    size_t word = strcspn(assets, ",");
    if (word == length && memcmp(assets, asset, length) == 0) return true;
    if (assets[word] == '\0') return false;
    assets += word + 1;
  }
}

static bool is_collateral(const neap_snapshot *snapshot, const char *assets, const char *asset) {
  if (assets[0]) return lists(assets, asset);
  return lists("USD,USDC", asset) || (snapshot->product && strcmp(snapshot->product->quote, asset) == 0);
}

static neap_status add(const neap_balance *balance, neap_live_state *out) {
  neap_status status = neap_decimal_add(out->collateral, balance->available, &out->collateral);
  if (status == NEAP_OK) status = neap_decimal_add(out->collateral_total, balance->total, &out->collateral_total);
  return status;
}

static neap_status sum_collateral(const neap_snapshot *snapshot, const char *assets, neap_live_state *out) {
  neap_status status = NEAP_OK;
  bool found = false;
  for (uint32_t i = 0; status == NEAP_OK && i < snapshot->balance_count; i++) {
    if (!is_collateral(snapshot, assets, snapshot->balances[i].asset)) continue;
    found = true;
    status = add(&snapshot->balances[i], out);
  }
  for (uint32_t i = 0; status == NEAP_OK && !found && i < snapshot->balance_count; i++)
    if (strcmp(snapshot->balances[i].asset, "USD") == 0) status = add(&snapshot->balances[i], out);
  return status;
}

neap_status neap_live_state_collect(const neap_snapshot *snapshot, const neap_ticket *ticket, const char *assets,
                                    neap_live_state *out) {
  *out = (neap_live_state){.equity = snapshot->equity,
                           .position = snapshot->position,
                           .working_buy = snapshot->working_buy,
                           .working_sell = snapshot->working_sell};
  out->has_price = neap_check_price_of(snapshot, ticket, &out->price);
  return sum_collateral(snapshot, assets, out);
}

bool neap_live_check_account(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  neap_live_state state;
  neap_status status =
      neap_live_state_collect(snapshot, &out->ticket, engine->config.limits->collateral_assets, &state);
  if (status == NEAP_OK)
    neap_decision_note(out, "account", NEAP_PASSED, &state.equity, &state.collateral, "equity; collateral");
  else
    neap_decision_note(out, "account", NEAP_SKIPPED, &state.equity, NULL, "the collateral does not fit a decimal");
  return true;
}
