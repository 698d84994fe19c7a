/* SPDX-License-Identifier: MIT */
/* rest_perpetuals: the international perpetuals of a portfolio, whose USDC backs them. */
#include <stdio.h>
#include <string.h>

#include "venue/accounts.h"
#include "venue/margin.h"

typedef struct summary {
  const neap_venue_portfolio *portfolio;
  neap_decimal collateral, equity, buffer, percentage, buying_power, withdrawable;
  neap_venue_margin margin;
} summary;

static summary summary_of(const neap_venue *venue, const neap_venue_portfolio *portfolio) {
  uint32_t index = neap_venue_portfolio_index(venue, portfolio);
  summary of = {.portfolio = portfolio, .margin = neap_venue_margin_of(venue, index, NEAP_PERPETUAL, "USDC")};
  of.collateral = neap_venue_owned(venue, index, "USDC");
  of.equity = neap_venue_sum(of.collateral, of.margin.unrealized);
  of.buffer = neap_venue_difference(of.equity, of.margin.maintenance);
  of.buying_power = neap_decimal_max(neap_venue_buying_power(venue, index, "USDC"), NEAP_ZERO);
  of.withdrawable = neap_decimal_max(neap_venue_movable(venue, index, "USDC"), NEAP_ZERO);
  if (neap_decimal_mul_div(of.buffer, neap_decimal_from_int(100), of.margin.maintenance, 4, NEAP_ROUND_HALF_EVEN,
                           &of.percentage) != NEAP_OK)
    of.percentage = NEAP_ZERO;
  return of;
}

static bool is_in_danger(const summary *of) {
  return neap_decimal_sign(of->margin.maintenance) > 0 && neap_decimal_sign(of->buffer) < 0;
}

static void write_sums(neap_json_writer *json, const summary *of) {
  static const char *const nothing[] = {"pending_fees", "borrow", "accrued_interest", "rolling_debt"};
  neap_json_string(json, "portfolio_uuid", of->portfolio->id);
  neap_json_decimal(json, "collateral", of->collateral);
  neap_json_decimal(json, "position_notional", of->margin.notional);
  neap_json_decimal(json, "open_position_notional", of->margin.notional);
  for (size_t i = 0; i < 4; i++) neap_json_string(json, nothing[i], "0");
  neap_json_decimal(json, "portfolio_initial_margin", neap_venue_initial_rate);
  neap_rest_amount(json, "portfolio_im_notional", of->margin.initial, "USDC");
  neap_json_decimal(json, "portfolio_maintenance_margin", neap_venue_maintenance_rate);
  neap_rest_amount(json, "portfolio_mm_notional", of->margin.maintenance, "USDC");
  neap_json_decimal(json, "liquidation_percentage", of->percentage);
  neap_json_decimal(json, "liquidation_buffer", of->buffer);
  neap_json_string(json, "margin_type", "MARGIN_TYPE_CROSS");
  neap_json_string(json, "margin_flags", "PORTFOLIO_MARGIN_FLAGS_UNSPECIFIED");
  neap_json_string(json, "liquidation_status",
                   is_in_danger(of) ? "PORTFOLIO_LIQUIDATION_STATUS_LIQUIDATING"
                                    : "PORTFOLIO_LIQUIDATION_STATUS_NOT_LIQUIDATING");
}

static void write_money(neap_json_writer *json, const summary *of) {
  neap_rest_amount(json, "unrealized_pnl", of->margin.unrealized, "USDC");
  neap_rest_amount(json, "buying_power", of->buying_power, "USDC");
  neap_rest_amount(json, "total_balance", of->equity, "USDC");
  neap_rest_amount(json, "max_withdrawal", of->withdrawable, "USDC");
}

static void write_summary(neap_json_writer *json, const char *key, const summary *of) {
  neap_json_object(json, key);
  write_sums(json, of);
  write_money(json, of);
  neap_json_end_object(json);
}

/* --- portfolio --------------------------------------------------------------------------------------------------- */

static void portfolio_summary(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  neap_json_writer *json = &call->json;
  if (!portfolio) return;
  summary of = summary_of(venue, portfolio);
  neap_json_object(json, NULL);
  neap_json_array(json, "portfolios");
  write_summary(json, NULL, &of);
  neap_json_end_array(json);
  neap_json_object(json, "summary");
  write_money(json, &of);
  neap_json_end_object(json);
  neap_json_end_object(json);
}

/* --- positions --------------------------------------------------------------------------------------------------- */

static void write_prices(neap_json_writer *json, const neap_venue_view *view, neap_decimal liquidation) {
  const char *quote = view->product->quote;
  neap_rest_amount(json, "vwap", view->entry, quote);
  neap_rest_amount(json, "entry_vwap", view->entry, quote);
  neap_rest_amount(json, "mark_price", view->mark, quote);
  neap_rest_amount(json, "liquidation_price", liquidation, quote);
  neap_rest_amount(json, "unrealized_pnl", view->unrealized, quote);
  neap_rest_amount(json, "im_notional", view->initial, quote);
  neap_rest_amount(json, "mm_notional", view->maintenance, quote);
  neap_rest_amount(json, "position_notional", view->notional, quote);
}

static void write_position(neap_json_writer *json, const char *key, const neap_venue *venue, const summary *of,
                           const neap_venue_position *position) {
  neap_venue_view view = neap_venue_view_of(venue, position);
  uint32_t portfolio = neap_venue_portfolio_index(venue, of->portfolio);
  char uuid[NEAP_VENUE_ID];
  neap_venue_derive_id(view.product->id, "product", uuid);
  neap_json_object(json, key);
  neap_json_string(json, "product_id", view.product->id);
  neap_json_string(json, "product_uuid", uuid);
  neap_json_string(json, "portfolio_uuid", of->portfolio->id);
  neap_json_string(json, "symbol", view.product->id);
  neap_json_string(json, "position_side", position->contracts < 0 ? "POSITION_SIDE_SHORT" : "POSITION_SIDE_LONG");
  neap_json_string(json, "margin_type", "MARGIN_TYPE_CROSS");
  neap_json_decimal(json, "net_size", view.size);
  neap_venue_write_working(json, venue, portfolio, position->product);
  neap_json_decimal(json, "im_contribution", neap_venue_initial_rate);
  neap_json_decimal(json, "leverage", view.leverage);
  write_prices(json, &view, neap_venue_liquidation_price(venue, portfolio, position));
  neap_json_decimal(json, "liquidation_buffer", of->buffer);
  neap_json_decimal(json, "liquidation_percentage", of->percentage);
  neap_rest_amount(json, "aggregated_pnl", neap_venue_sum(view.unrealized, position->realized), view.product->quote);
  write_summary(json, "portfolio_summary", of);
  neap_json_end_object(json);
}

static bool is_open_perpetual(const neap_venue *venue, const neap_venue_position *position) {
  return position->contracts && venue->products[position->product].facts.kind == NEAP_PERPETUAL;
}

static void list_positions(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  if (!portfolio) return;
  summary of = summary_of(venue, portfolio);
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "positions");
  for (size_t i = 0; i < portfolio->position_count; i++)
    if (is_open_perpetual(venue, &portfolio->positions[i]))
      write_position(&call->json, NULL, venue, &of, &portfolio->positions[i]);
  neap_json_end_array(&call->json);
  write_summary(&call->json, "portfolio_summary", &of);
  neap_json_end_object(&call->json);
}

static void one_position(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  const neap_venue_position *position = NULL;
  if (!portfolio) return;
  for (size_t i = 0; i < portfolio->position_count; i++)
    if (is_open_perpetual(venue, &portfolio->positions[i]) &&
        strcmp(venue->products[portfolio->positions[i].product].facts.id, call->part[1]) == 0)
      position = &portfolio->positions[i];
  if (!position) {
    neap_rest_refuse_unknown(call, "position not found");
    return;
  }
  summary of = summary_of(venue, portfolio);
  neap_json_object(&call->json, NULL);
  write_position(&call->json, "position", venue, &of, position);
  neap_json_end_object(&call->json);
}

/* --- balances ---------------------------------------------------------------------------------------------------- */

static void write_asset(neap_json_writer *json, const char *currency) {
  char uuid[NEAP_VENUE_ID];
  neap_venue_derive_id(currency, "asset", uuid);
  neap_json_object(json, "asset");
  neap_json_string(json, "asset_id", currency);
  neap_json_string(json, "asset_uuid", uuid);
  neap_json_string(json, "asset_name", currency);
  neap_json_string(json, "status", "ASSET_STATUS_ACTIVE");
  neap_json_string(json, "collateral_weight", strcmp(currency, "USDC") == 0 ? "1" : "0");
  neap_json_string(json, "account_collateral_limit", "0");
  neap_json_bool(json, "ecosystem_collateral_limit_breached", false);
  neap_json_string(json, "asset_icon_url", "");
  neap_json_bool(json, "supported_networks_enabled", true);
  neap_json_end_object(json);
}

static void write_balance(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio,
                          const neap_venue_wallet *wallet) {
  bool is_collateral = strcmp(wallet->currency, "USDC") == 0;
  neap_decimal quantity = neap_venue_sum(wallet->available, wallet->hold);
  neap_json_object(json, NULL);
  write_asset(json, wallet->currency);
  neap_json_decimal(json, "quantity", quantity);
  neap_json_decimal(json, "hold", wallet->hold);
  neap_json_string(json, "transfer_hold", "0");
  neap_json_decimal(json, "collateral_value", is_collateral ? quantity : NEAP_ZERO);
  neap_json_string(json, "collateral_weight", is_collateral ? "1" : "0");
  neap_json_decimal(json, "max_withdraw_amount", neap_venue_movable(venue, portfolio, wallet->currency));
  neap_json_string(json, "loan", "0");
  neap_json_string(json, "loan_collateral_requirement_usd", "0");
  neap_json_string(json, "pledged_quantity", "0");
  neap_json_end_object(json);
}

static void balances(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  neap_json_writer *json = &call->json;
  if (!portfolio) return;
  summary of = summary_of(venue, portfolio);
  neap_json_object(json, NULL);
  neap_json_array(json, "portfolio_balances");
  neap_json_object(json, NULL);
  neap_json_string(json, "portfolio_uuid", portfolio->id);
  neap_json_array(json, "balances");
  for (size_t i = 0; i < portfolio->wallet_count; i++)
    write_balance(json, venue, neap_venue_portfolio_index(venue, portfolio), &portfolio->wallets[i]);
  neap_json_end_array(json);
  neap_json_bool(json, "is_margin_limit_reached", is_in_danger(&of));
  neap_json_end_object(json);
  neap_json_end_array(json);
  neap_json_end_object(json);
}

/* --- changes ----------------------------------------------------------------------------------------------------- */

/* All of a portfolio's USDC backs its perpetuals: what is asked for is looked at and needs no move. */
static void allocate(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio =
      neap_rest_portfolio(venue, call, neap_rest_text(call->body, "portfolio_uuid"));
  const char *symbol = neap_rest_text(call->body, "symbol"), *currency = neap_rest_text(call->body, "currency");
  neap_decimal amount;
  if (!portfolio || !neap_rest_read_amount(call, call->body, "amount", &amount)) return;
  const neap_venue_product *product = symbol ? neap_venue_product_named(venue, symbol) : NULL;
  if (!product || product->facts.kind != NEAP_PERPETUAL || !currency) {
    neap_rest_refuse_argument(call, "symbol must be a perpetual, and currency its money");
    return;
  }
  if (neap_decimal_cmp(neap_venue_movable(venue, neap_venue_portfolio_index(venue, portfolio), currency), amount) < 0) {
    neap_rest_refuse_funds(call);
    return;
  }
  neap_json_object(&call->json, NULL);
  neap_json_end_object(&call->json);
}

static void set_collateral(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio =
      neap_rest_portfolio(venue, call, neap_rest_text(call->body, "portfolio_uuid"));
  const neap_json_value *said = neap_json_get(call->body, "multi_asset_collateral_enabled");
  if (!portfolio) return;
  if (!said || said->kind != NEAP_JSON_BOOL) {
    neap_rest_refuse_argument(call, "multi_asset_collateral_enabled must be true or false");
    return;
  }
  venue->users[call->key->user].is_collateral_shared = said->boolean;
  neap_json_object(&call->json, NULL);
  neap_json_bool(&call->json, "cross_collateral_enabled", said->boolean);
  neap_json_bool(&call->json, "multi_asset_collateral_enabled", said->boolean);
  neap_json_end_object(&call->json);
}

const neap_rest_route neap_rest_perpetual_routes[] = {
    {"POST", "/intx/allocate", NEAP_MAY_TRANSFER, true, allocate},
    {"GET", "/intx/portfolio/*", NEAP_MAY_VIEW, false, portfolio_summary},
    {"GET", "/intx/positions/*", NEAP_MAY_VIEW, false, list_positions},
    {"GET", "/intx/positions/*/*", NEAP_MAY_VIEW, false, one_position},
    {"GET", "/intx/balances/*", NEAP_MAY_VIEW, false, balances},
    {"POST", "/intx/multi_asset_collateral", NEAP_MAY_TRADE, true, set_collateral},
    {0}};
