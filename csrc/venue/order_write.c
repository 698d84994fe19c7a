/* SPDX-License-Identifier: MIT */
#include "venue/order_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "venue/orders.h"
#include "venue/rest.h"

enum { MANY_DIGITS = 15 }; /* of an average price: more than any increment has */

static const neap_venue_product *product_of(const neap_venue *venue, const neap_venue_order *order) {
  return &venue->products[order->product];
}

neap_decimal neap_venue_order_average(const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_product *product = product_of(venue, order);
  neap_decimal base = neap_venue_size(product, order->filled), average = NEAP_ZERO;
  if (neap_decimal_mul(base, product->facts.contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &base))
    return NEAP_ZERO;
  if (base.units) neap_decimal_div(order->value, base, MANY_DIGITS, NEAP_ROUND_HALF_EVEN, &average);
  return average;
}

neap_decimal neap_venue_order_after_fees(const neap_venue_order *order) {
  neap_decimal total = order->value;
  if (order->side == NEAP_BUY)
    neap_decimal_add(order->value, order->fees, &total);
  else
    neap_decimal_sub(order->value, order->fees, &total);
  return total;
}

static void percentage(int64_t part, int64_t whole, char out[NEAP_DECIMAL_TEXT]) {
  neap_decimal share = NEAP_ZERO, hundred = neap_decimal_from_int(100);
  if (whole > 0)
    neap_decimal_mul_div(neap_decimal_from_int(part), hundred, neap_decimal_from_int(whole), 2, NEAP_ROUND_DOWN,
                         &share);
  neap_decimal_format_padded(share, part > 0 ? 2 : 0, out);
}

void neap_venue_order_completion(const neap_venue_order *order, char out[NEAP_DECIMAL_TEXT]) {
  percentage(order->filled, order->status == NEAP_VENUE_FILLED ? order->filled : order->size, out);
}

static bool has_trigger(neap_venue_kind kind) {
  return kind == NEAP_STOP_LIMIT_GTC || kind == NEAP_STOP_LIMIT_GTD || kind == NEAP_BRACKET_GTC ||
         kind == NEAP_BRACKET_GTD;
}

const char *neap_venue_trigger_word(const neap_venue_order *order) {
  if (!has_trigger(order->kind)) return "INVALID_ORDER_TYPE";
  return order->is_triggered ? "STOP_TRIGGERED" : "STOP_PENDING";
}

static void write_count(neap_json_writer *out, const char *key, uint64_t count) {
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, count);
  neap_json_string(out, key, text);
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static const char *id_of(const neap_venue *venue, uint64_t number) {
  return number ? venue->orders[number - 1]->id : "";
}

static void write_json(neap_json_writer *out, const char *key, const char *json) {
  if (json)
    neap_json_raw(out, key, json, strlen(json));
  else
    neap_json_string(out, key, NULL);
}

static void write_what(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[order->portfolio];
  neap_json_string(out, "order_id", order->id);
  neap_json_string(out, "product_id", product_of(venue, order)->facts.id);
  neap_json_string(out, "user_id", venue->users[portfolio->user].id);
  write_json(out, "order_configuration", order->configuration);
  neap_json_string(out, "side", order->side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_string(out, "client_order_id", order->client_id);
  neap_json_string(out, "status", neap_venue_status_word(order->status));
  neap_json_string(out, "time_in_force", neap_venue_kind_force(order->kind));
  neap_rest_time(out, "created_time", order->created);
}

static void write_done(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  char percent[NEAP_DECIMAL_TEXT];
  neap_venue_order_completion(order, percent);
  neap_json_string(out, "completion_percentage", percent);
  neap_json_decimal(out, "filled_size", neap_venue_size(product_of(venue, order), order->filled));
  neap_json_decimal(out, "average_filled_price", neap_venue_order_average(venue, order));
  neap_json_string(out, "fee", "");
  write_count(out, "number_of_fills", order->fills);
  neap_json_decimal(out, "filled_value", order->value);
  neap_json_bool(out, "pending_cancel", order->status == NEAP_VENUE_CANCEL_QUEUED);
  neap_json_bool(out, "size_in_quote", order->in_quote);
  neap_json_decimal(out, "total_fees", order->fees);
  neap_json_bool(out, "size_inclusive_of_fees", order->in_quote && order->kind <= NEAP_MARKET_FOK);
  neap_json_decimal(out, "total_value_after_fees", neap_venue_order_after_fees(order));
}

static void write_state(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  bool is_spot = neap_product_pays_notional(&product_of(venue, order)->facts);
  neap_json_string(out, "trigger_status", neap_venue_trigger_word(order));
  neap_json_string(out, "order_type", neap_venue_kind_type(order->kind));
  neap_json_string(out, "reject_reason", *order->reject_reason ? order->reject_reason : "REJECT_REASON_UNSPECIFIED");
  neap_json_bool(out, "settled", order->status == NEAP_VENUE_FILLED);
  neap_json_string(out, "product_type", is_spot ? "SPOT" : "FUTURE");
  neap_json_string(out, "reject_message", or_empty(order->reject_message));
  neap_json_string(out, "cancel_message", or_empty(order->cancel_message));
  neap_json_string(out, "order_placement_source", "RETAIL_ADVANCED");
  neap_json_decimal(out, "outstanding_hold_amount", order->held);
  neap_json_bool(out, "is_liquidation", false);
  neap_rest_time(out, "last_fill_time", order->last_fill);
}

static void write_edits(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_product *product = product_of(venue, order);
  neap_json_array(out, "edit_history");
  for (uint32_t i = 0; i < order->edits && i < NEAP_VENUE_EDITS; i++) {
    neap_json_object(out, NULL);
    neap_json_decimal(out, "price", neap_venue_price(product, order->edit[i].price));
    neap_json_decimal(out, "size", neap_venue_size(product, order->edit[i].size));
    neap_rest_time(out, "replace_accept_timestamp", order->edit[i].time);
    neap_json_end_object(out);
  }
  neap_json_end_array(out);
}

/* The parts of a commission that are no commission of the venue's are not charged here. */
static void write_commission(neap_json_writer *out, neap_decimal total) {
  static const char *const others[] = {"gst_commission",   "withholding_commission", "client_commission",
                                       "venue_commission", "regulatory_commission",  "clearing_commission"};
  neap_json_object(out, "commission_detail_total");
  neap_json_decimal(out, "total_commission", total);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) neap_json_string(out, others[i], "");
  neap_json_end_object(out);
}

static void write_relations(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  bool has_margin = order->margin_type && *order->margin_type;
  write_edits(out, venue, order);
  neap_json_string(out, "leverage", order->leverage);
  neap_json_string(out, "margin_type", has_margin ? order->margin_type : "UNKNOWN_MARGIN_TYPE");
  neap_json_string(out, "retail_portfolio_id", venue->portfolios[order->portfolio].id);
  neap_json_string(out, "originating_order_id", id_of(venue, order->parent));
  neap_json_string(out, "attached_order_id", id_of(venue, order->attached ? order->child : 0));
  write_json(out, "attached_order_configuration", order->attached);
  neap_json_string(out, "current_pending_replace", NULL);
  write_commission(out, order->fees);
}

static void write_workable(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  char percent[NEAP_DECIMAL_TEXT];
  percentage(order->workable, order->size, percent);
  if (order->is_attached)
    neap_json_decimal(out, "workable_size", neap_venue_size(product_of(venue, order), order->workable));
  else
    neap_json_string(out, "workable_size", "");
  neap_json_string(out, "workable_size_completion_pct", order->is_attached ? percent : "");
}

static void write_rest(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order) {
  write_workable(out, venue, order);
  neap_json_string(out, "product_details", NULL);
  neap_json_string(out, "cost_basis_method", "COST_BASIS_METHOD_UNSPECIFIED");
  neap_json_string(out, "displayed_order_config", "UNKNOWN_DISPLAYED_ORDER_CONFIG");
  neap_json_string(out, "equity_trading_session", "UNKNOWN_EQUITY_TRADING_SESSION");
  neap_json_string(out, "prediction_side", "PREDICTION_SIDE_UNKNOWN");
  neap_rest_time(out, "last_update_time", order->updated);
}

void neap_venue_write_order(neap_json_writer *writer, const char *key, const neap_venue *venue,
                            const neap_venue_order *order, bool in_list) {
  neap_json_object(writer, key);
  write_what(writer, venue, order);
  write_done(writer, venue, order);
  write_state(writer, venue, order);
  write_relations(writer, venue, order);
  write_rest(writer, venue, order);
  if (in_list) write_count(writer, "cursor", order->number);
  neap_json_end_object(writer);
}

/* Of an order that was sized in quote a fill is told in quote. */
static void write_size(neap_json_writer *out, const neap_venue_product *product, const neap_venue_order *order,
                       const neap_venue_fill *fill) {
  neap_decimal size = neap_venue_size(product, fill->size), price = neap_venue_price(product, fill->price);
  if (order->in_quote) neap_product_notional(&product->facts, price, size, &size);
  neap_json_decimal(out, "price", price);
  neap_json_decimal(out, "size", size);
}

static void write_fill_facts(neap_json_writer *out, const neap_venue *venue, const neap_venue_order *order,
                             const neap_venue_fill *fill) {
  const neap_venue_product *product = product_of(venue, order);
  const neap_venue_portfolio *portfolio = &venue->portfolios[order->portfolio];
  write_size(out, product, order, fill);
  neap_json_decimal(out, "commission", fill->commission);
  neap_json_string(out, "product_id", product->facts.id);
  neap_rest_time(out, "sequence_timestamp", fill->time);
  neap_json_string(out, "liquidity_indicator", fill->liquidity == NEAP_MAKER ? "MAKER" : "TAKER");
  neap_json_bool(out, "size_in_quote", order->in_quote);
  neap_json_string(out, "user_id", venue->users[portfolio->user].id);
  neap_json_string(out, "side", order->side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_string(out, "retail_portfolio_id", portfolio->id);
  write_commission(out, fill->commission);
}

void neap_venue_write_fill(neap_json_writer *writer, const char *key, const neap_venue *venue,
                           const neap_venue_fill *fill) {
  const neap_venue_order *order = venue->orders[fill->order - 1];
  neap_json_object(writer, key);
  neap_json_string(writer, "entry_id", fill->entry_id);
  neap_json_string(writer, "trade_id", fill->trade_id);
  neap_json_string(writer, "order_id", order->id);
  neap_rest_time(writer, "trade_time", fill->time);
  neap_json_string(writer, "trade_type", "FILL");
  write_fill_facts(writer, venue, order, fill);
  neap_json_string(writer, "fillSource", "FILL_SOURCE_CLOB");
  write_count(writer, "cursor", fill->number);
  neap_json_end_object(writer);
}
