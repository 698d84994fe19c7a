/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "venue/breakdown.h"

typedef struct sums {
  char currency[NEAP_VENUE_CURRENCY]; /* in which all is told */
  neap_decimal cash, crypto, total, future_gain, perpetual_gain;
} sums;

/* What no book values is worth nothing. */
static neap_decimal worth(const neap_venue *venue, const char *of, neap_decimal amount, const char *in) {
  neap_decimal rate, value;
  bool is_known = neap_venue_rate(venue, of, in, &rate) &&
                  neap_decimal_mul(amount, rate, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &value) == NEAP_OK;
  return is_known ? value : NEAP_ZERO;
}

static neap_decimal whole_of(const neap_venue_wallet *wallet) {
  return neap_venue_sum(wallet->available, wallet->hold);
}

static bool is_cash(const char *currency) { return neap_venue_is_fiat(currency) || strcmp(currency, "USDC") == 0; }

static void sum_up(const neap_venue *venue, const neap_venue_portfolio *portfolio, sums *out) {
  for (size_t i = 0; i < portfolio->wallet_count; i++) {
    const neap_venue_wallet *wallet = &portfolio->wallets[i];
    neap_decimal *sum = is_cash(wallet->currency) ? &out->cash : &out->crypto;
    *sum = neap_venue_sum(*sum, worth(venue, wallet->currency, whole_of(wallet), out->currency));
  }
  for (size_t i = 0; i < portfolio->position_count; i++) {
    neap_venue_view view = neap_venue_view_of(venue, &portfolio->positions[i]);
    neap_decimal *sum = view.product->kind == NEAP_PERPETUAL ? &out->perpetual_gain : &out->future_gain;
    *sum = neap_venue_sum(*sum, worth(venue, view.product->quote, view.unrealized, out->currency));
  }
  out->total =
      neap_venue_sum(neap_venue_sum(out->cash, out->crypto), neap_venue_sum(out->future_gain, out->perpetual_gain));
}

neap_decimal neap_venue_total_worth(const neap_venue *venue, uint32_t user) {
  neap_decimal total = NEAP_ZERO;
  for (size_t i = 1; i < venue->portfolio_count; i++) {
    sums of = {.currency = "USD"};
    if (venue->portfolios[i].user != user) continue;
    sum_up(venue, &venue->portfolios[i], &of);
    total = neap_venue_sum(total, of.total);
  }
  return total;
}

static void write_balances(neap_json_writer *json, const sums *of) {
  neap_json_object(json, "portfolio_balances");
  neap_rest_amount(json, "total_balance", of->total, of->currency);
  neap_rest_amount(json, "total_futures_balance", of->future_gain, of->currency);
  neap_rest_amount(json, "total_cash_equivalent_balance", of->cash, of->currency);
  neap_rest_amount(json, "total_crypto_balance", of->crypto, of->currency);
  neap_rest_amount(json, "futures_unrealized_pnl", of->future_gain, of->currency);
  neap_rest_amount(json, "perp_unrealized_pnl", of->perpetual_gain, of->currency);
  neap_json_end_object(json);
}

/* --- spot -------------------------------------------------------------------------------------------------------- */

static neap_decimal share_of(neap_decimal part, neap_decimal whole) {
  neap_decimal share;
  neap_status status = neap_decimal_div(part, whole, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &share);
  return status == NEAP_OK ? share : NEAP_ZERO;
}

static void write_spot(neap_json_writer *json, const neap_venue *venue, const neap_venue_wallet *wallet,
                       const sums *of) {
  neap_decimal value = worth(venue, wallet->currency, whole_of(wallet), of->currency);
  char uuid[NEAP_VENUE_ID];
  neap_venue_derive_id(wallet->currency, "asset", uuid);
  neap_json_object(json, NULL);
  neap_json_string(json, "asset", wallet->currency);
  neap_json_string(json, "account_uuid", wallet->id);
  neap_rest_number(json, "total_balance_fiat", value);
  neap_rest_number(json, "total_balance_crypto", whole_of(wallet));
  neap_rest_number(json, "available_to_trade_fiat", worth(venue, wallet->currency, wallet->available, of->currency));
  neap_rest_number(json, "available_to_trade_crypto", wallet->available);
  neap_rest_number(json, "available_to_transfer_fiat", worth(venue, wallet->currency, wallet->available, of->currency));
  neap_rest_number(json, "available_to_transfer_crypto", wallet->available);
  neap_rest_number(json, "allocation", share_of(value, of->total));
  neap_rest_number(json, "one_day_change", NEAP_ZERO);
  neap_rest_amount(json, "cost_basis", NEAP_ZERO, of->currency);
  neap_json_string(json, "asset_img_url", "");
  neap_json_bool(json, "is_cash", is_cash(wallet->currency));
  neap_json_string(json, "asset_uuid", uuid);
  neap_json_string(json, "account_type",
                   neap_venue_is_fiat(wallet->currency) ? "ACCOUNT_TYPE_FIAT" : "ACCOUNT_TYPE_CRYPTO");
  neap_json_end_object(json);
}

/* --- derivatives ------------------------------------------------------------------------------------------------- */

/* An amount in the currency that is told, and in the product's own. */
static void write_both(neap_json_writer *json, const neap_venue *venue, const char *key, neap_decimal value,
                       const char *currency, const sums *of) {
  neap_json_object(json, key);
  neap_rest_amount(json, "userNativeCurrency", worth(venue, currency, value, of->currency), of->currency);
  neap_rest_amount(json, "rawCurrency", value, currency);
  neap_json_end_object(json);
}

static const char *side_of(neap_decimal size) { return neap_decimal_sign(size) < 0 ? "SHORT" : "LONG"; }

static void write_perpetual(neap_json_writer *json, const neap_venue *venue, const neap_venue_view *view,
                            neap_decimal liquidation, const sums *of) {
  const char *quote = view->product->quote;
  char uuid[NEAP_VENUE_ID], side[48];
  neap_venue_derive_id(view->product->id, "product", uuid);
  snprintf(side, sizeof side, "FUTURES_POSITION_SIDE_%s", side_of(view->size));
  neap_json_object(json, NULL);
  neap_json_string(json, "product_id", view->product->id);
  neap_json_string(json, "product_uuid", uuid);
  neap_json_string(json, "symbol", view->product->id);
  neap_json_string(json, "asset_image_url", "");
  write_both(json, venue, "vwap", view->entry, quote, of);
  neap_json_string(json, "position_side", side);
  neap_json_decimal(json, "net_size", view->size);
  neap_json_string(json, "buy_order_size", "0");
  neap_json_string(json, "sell_order_size", "0");
  neap_json_decimal(json, "im_contribution", neap_venue_initial_rate);
  write_both(json, venue, "unrealized_pnl", view->unrealized, quote, of);
  write_both(json, venue, "mark_price", view->mark, quote, of);
  write_both(json, venue, "liquidation_price", liquidation, quote, of);
  neap_json_decimal(json, "leverage", view->leverage);
  write_both(json, venue, "im_notional", view->initial, quote, of);
  write_both(json, venue, "mm_notional", view->maintenance, quote, of);
  write_both(json, venue, "position_notional", view->notional, quote, of);
  neap_json_string(json, "margin_type", "MARGIN_TYPE_CROSS");
  neap_json_string(json, "liquidation_buffer", "0");
  neap_json_string(json, "liquidation_percentage", "0");
  neap_json_end_object(json);
}

static void write_future(neap_json_writer *json, const neap_venue_view *view) {
  char side[48];
  snprintf(side, sizeof side, "FUTURES_POSITION_SIDE_%s", side_of(view->size));
  neap_json_object(json, NULL);
  neap_json_string(json, "product_id", view->product->id);
  neap_json_decimal(json, "contract_size", view->product->contract_size);
  neap_json_string(json, "side", side);
  neap_json_decimal(json, "amount", neap_decimal_abs(view->size));
  neap_json_decimal(json, "avg_entry_price", view->entry);
  neap_json_decimal(json, "current_price", view->mark);
  neap_json_decimal(json, "unrealized_pnl", view->unrealized);
  neap_json_string(json, "expiry", "");
  neap_json_string(json, "underlying_asset", view->product->base);
  neap_json_string(json, "asset_img_url", "");
  neap_json_string(json, "product_name", view->product->id);
  neap_json_string(json, "venue", "cde");
  neap_json_decimal(json, "notional_value", view->notional);
  neap_json_end_object(json);
}

static void write_derivatives(neap_json_writer *json, const neap_venue *venue, const neap_venue_portfolio *portfolio,
                              const sums *of, neap_product_kind kind) {
  uint32_t index = neap_venue_portfolio_index(venue, portfolio);
  neap_json_array(json, kind == NEAP_PERPETUAL ? "perp_positions" : "futures_positions");
  for (size_t i = 0; i < portfolio->position_count; i++) {
    neap_venue_view view = neap_venue_view_of(venue, &portfolio->positions[i]);
    if (view.product->kind != kind || neap_decimal_is_zero(view.size)) continue;
    if (kind == NEAP_PERPETUAL)
      write_perpetual(json, venue, &view, neap_venue_liquidation_price(venue, index, &portfolio->positions[i]), of);
    else
      write_future(json, &view);
  }
  neap_json_end_array(json);
}

void neap_rest_write_breakdown(neap_venue *venue, neap_rest_call *call, const neap_venue_portfolio *portfolio) {
  neap_json_writer *json = &call->json;
  sums of = {.currency = "USD"};
  char asked[NEAP_VENUE_CURRENCY];
  if (neap_rest_query(call, "currency", 0, asked, sizeof asked)) snprintf(of.currency, sizeof of.currency, "%s", asked);
  sum_up(venue, portfolio, &of);
  write_balances(json, &of);
  neap_json_array(json, "spot_positions");
  for (size_t i = 0; i < portfolio->wallet_count; i++) write_spot(json, venue, &portfolio->wallets[i], &of);
  neap_json_end_array(json);
  write_derivatives(json, venue, portfolio, &of, NEAP_PERPETUAL);
  write_derivatives(json, venue, portfolio, &of, NEAP_FUTURE);
}
