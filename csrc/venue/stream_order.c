/* SPDX-License-Identifier: MIT */
/* stream_order: an order as the user channel tells it: the whole of its state, every amount as text, words in the
 * channel's own spelling. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "venue/order_write.h"
#include "venue/orders.h"
#include "venue/rest.h"
#include "venue/stream_state.h"

enum { COUNT = 24 };

/* In what the order was sized in, fees included where that is quote; nothing is left of one that is over. */
static neap_decimal left_of(const neap_venue_product *product, const neap_venue_order *order) {
  neap_decimal left = order->quote_size;
  if (neap_venue_order_is_over(order)) return NEAP_ZERO;
  if (!order->in_quote) return neap_venue_size(product, order->size - order->filled - order->removed);
  if (neap_decimal_sub(left, order->value, &left) != NEAP_OK || neap_decimal_sub(left, order->fees, &left) != NEAP_OK)
    return NEAP_ZERO;
  return neap_decimal_max(left, NEAP_ZERO);
}

static void write_completion(neap_json_writer *json, const neap_venue_order *order) {
  char text[NEAP_DECIMAL_TEXT];
  neap_venue_order_completion(order, text);
  neap_json_string(json, "completion_percentage", text);
}

static void write_count(neap_json_writer *json, const char *key, uint32_t count) {
  char text[COUNT];
  snprintf(text, sizeof text, "%" PRIu32, count);
  neap_json_string(json, key, text);
}

static void write_price(neap_json_writer *json, const char *key, const neap_venue_product *product, int64_t price) {
  if (price > 0)
    neap_json_decimal(json, key, neap_venue_price(product, price));
  else
    neap_json_string(json, key, "");
}

/* The year one stands for no time. */
static void write_time(neap_json_writer *json, const char *key, int64_t time) {
  if (time)
    neap_stream_write_micro(json, key, time);
  else
    neap_json_string(json, key, "0001-01-01T00:00:00Z");
}

static const char *detail_of(const neap_venue_product *product, const char *name, const char *otherwise) {
  const neap_json_value *details = neap_json_get(product->answer, "future_product_details");
  bool is_there = details && details->kind == NEAP_JSON_OBJECT;
  const char *text = is_there ? neap_rest_text(details, name) : NULL;
  return text && *text ? text : otherwise;
}

static const char *reject_of(const neap_venue_order *order) {
  return strcmp(order->reject_reason, "REJECT_REASON_UNSPECIFIED") == 0 ? "" : order->reject_reason;
}

const neap_venue_product *neap_stream_order_product(const neap_venue *venue, const neap_venue_order *order) {
  return &venue->products[order->product];
}

static void write_amounts(neap_json_writer *json, const neap_venue_product *product, const neap_venue_order *order) {
  neap_json_decimal(json, "cumulative_quantity", neap_venue_size(product, order->filled));
  neap_json_decimal(json, "filled_value", order->value);
  neap_json_decimal(json, "leaves_quantity", left_of(product, order));
  write_price(json, "limit_price", product, order->limit);
  write_count(json, "number_of_fills", order->fills);
}

static void write_kind(neap_json_writer *json, const neap_venue_product *product, const neap_venue_order *order) {
  const char *listed = neap_rest_text(product->answer, "product_type");
  neap_json_string(json, "order_id", order->id);
  neap_json_string(json, "order_side", order->side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_string(json, "order_type", neap_venue_kind_type_title(order->kind));
  neap_json_decimal(json, "outstanding_hold_amount", order->held);
  neap_json_string(json, "post_only", order->post_only ? "true" : "false");
  neap_json_string(json, "product_id", product->facts.id);
  neap_json_string(json, "product_type", listed && *listed ? listed : "SPOT");
}

static void write_state(neap_json_writer *json, const neap_venue_product *product, const neap_venue_order *order) {
  neap_json_string(json, "risk_managed_by", detail_of(product, "risk_managed_by", "UNKNOWN_RISK_MANAGEMENT_TYPE"));
  neap_json_string(json, "status", neap_venue_status_word(order->status));
  write_price(json, "stop_price", product, order->stop);
  neap_json_string(json, "time_in_force", neap_venue_kind_force(order->kind));
  neap_json_decimal(json, "total_fees", order->fees);
  neap_json_decimal(json, "total_value_after_fees", neap_venue_order_after_fees(order));
  neap_json_string(json, "trigger_status", neap_venue_trigger_word(order));
  write_time(json, "creation_time", order->created);
  write_time(json, "end_time", order->end_time);
  write_time(json, "start_time", order->start_time);
}

void neap_stream_write_order(neap_json_writer *json, const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_product *product = neap_stream_order_product(venue, order);
  neap_json_object(json, NULL);
  neap_json_decimal(json, "avg_price", neap_venue_order_average(venue, order));
  neap_json_string(json, "cancel_reason", order->cancel_message ? order->cancel_message : "");
  neap_json_string(json, "client_order_id", order->client_id);
  write_completion(json, order);
  neap_json_string(json, "contract_expiry_type",
                   detail_of(product, "contract_expiry_type", "UNKNOWN_CONTRACT_EXPIRY_TYPE"));
  write_amounts(json, product, order);
  write_kind(json, product, order);
  neap_json_string(json, "reject_reason", reject_of(order));
  neap_json_string(json, "retail_portfolio_id", venue->portfolios[order->portfolio].id);
  write_state(json, product, order);
  neap_json_end_object(json);
}
