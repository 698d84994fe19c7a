/* SPDX-License-Identifier: MIT */
/* stream_balance: the futures balance of a portfolio: plain texts, where REST has amounts with their currency. */
#include "venue/margin.h"
#include "venue/stream_state.h"

enum { CENTS = 2 };

static neap_decimal at_least_zero(neap_decimal value) { return neap_decimal_max(value, NEAP_ZERO); }

static void write_cents(neap_json_writer *json, const char *key, neap_decimal amount) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal cents = amount;
  if (neap_decimal_round(amount, CENTS, NEAP_ROUND_HALF_EVEN, &cents) != NEAP_OK) cents = amount;
  size_t length = neap_decimal_format_padded(cents, CENTS, text);
  neap_json_text(json, key, text, length);
}

static void write_window(neap_json_writer *json, const char *key, const char *type, const neap_venue_balance *at) {
  neap_json_object(json, key);
  neap_json_string(json, "margin_window_type", type);
  neap_json_string(json, "margin_level", neap_venue_margin_level(at));
  write_cents(json, "initial_margin", at->margin.initial);
  write_cents(json, "maintenance_margin", at->margin.maintenance);
  neap_json_decimal(json, "liquidation_buffer_percentage", at->percentage);
  write_cents(json, "total_hold", neap_venue_sum(at->margin.initial, at->order_holds));
  write_cents(json, "futures_buying_power", at_least_zero(at->buying_power));
  neap_json_end_object(json);
}

void neap_stream_write_balance(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio) {
  neap_venue_balance at = neap_venue_balance_of(venue, portfolio);
  neap_json_object(json, "fcm_balance_summary");
  write_cents(json, "futures_buying_power", at_least_zero(at.buying_power));
  write_cents(json, "total_usd_balance", at.wallet);
  write_cents(json, "cbi_usd_balance", neap_venue_difference(at.wallet, at.in_futures));
  write_cents(json, "cfm_usd_balance", at.in_futures);
  write_cents(json, "total_open_orders_hold_amount", at.order_holds);
  write_cents(json, "unrealized_pnl", at.margin.unrealized);
  write_cents(json, "daily_realized_pnl", at.margin.realized_today);
  write_cents(json, "initial_margin", at.margin.initial);
  write_cents(json, "available_margin", at.buying_power);
  write_cents(json, "liquidation_threshold", at.margin.maintenance);
  write_cents(json, "liquidation_buffer_amount", at.buffer);
  neap_json_decimal(json, "liquidation_buffer_percentage", at.percentage);
  write_window(json, "intraday_margin_window_measure", "FCM_MARGIN_WINDOW_TYPE_INTRADAY", &at);
  write_window(json, "overnight_margin_window_measure", "FCM_MARGIN_WINDOW_TYPE_OVERNIGHT", &at);
  neap_json_end_object(json);
}
