/* SPDX-License-Identifier: MIT */
/* rest_orders: create, preview, edit, cancel, close. A refusal is an answer like any other: HTTP 200, success false. */
#include <string.h>

#include "venue/orders.h"
#include "venue/rest.h"

#define NO_FAILURE "UNKNOWN_FAILURE_REASON"
#define NO_PREVIEW "UNKNOWN_PREVIEW_FAILURE_REASON"
#define NO_EDIT "UNKNOWN_EDIT_ORDER_FAILURE_REASON"

static const char *word_or(const char *word, const char *none) { return word ? word : none; }

/* Whether the named members are strings or absent; else it was refused. */
static bool are_strings(neap_rest_call *call, const char *const *names) {
  for (; *names; names++) {
    const neap_json_value *value = neap_json_get(call->body, *names);
    if (!value || value->kind == NEAP_JSON_STRING || value->kind == NEAP_JSON_NULL) continue;
    neap_rest_refuse_argument(call, "a member that is a string has another type");
    return false;
  }
  return true;
}

static bool read_ask(neap_rest_call *call, neap_venue_ask *ask) {
  static const char *const strings[] = {"client_order_id", "product_id", "side", "leverage",
                                        "margin_type",     "preview_id", NULL};
  if (!are_strings(call, strings)) return false;
  *ask = (neap_venue_ask){.portfolio = call->portfolio,
                          .client_id = neap_rest_text(call->body, "client_order_id"),
                          .product_id = neap_rest_text(call->body, "product_id"),
                          .side = neap_rest_text(call->body, "side"),
                          .leverage = neap_rest_text(call->body, "leverage"),
                          .margin_type = neap_rest_text(call->body, "margin_type"),
                          .preview_id = neap_rest_text(call->body, "preview_id"),
                          .configuration = neap_json_get(call->body, "order_configuration"),
                          .attached = neap_json_get(call->body, "attached_order_configuration")};
  return true;
}

/* --- create and close -------------------------------------------------------------------------------------------- */

static void write_order(neap_venue *venue, neap_rest_call *call, const neap_venue_order *order) {
  neap_json_writer *json = &call->json;
  neap_json_object(json, NULL);
  neap_json_bool(json, "success", true);
  neap_json_object(json, "success_response");
  neap_json_string(json, "order_id", order->id);
  neap_json_string(json, "product_id", venue->products[order->product].facts.id);
  neap_json_string(json, "side", order->side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_string(json, "client_order_id", order->client_id);
  bool has_exit = order->attached && order->child;
  neap_json_string(json, "attached_order_id", has_exit ? venue->orders[order->child - 1]->id : "");
  neap_json_end_object(json);
  neap_json_raw(json, "order_configuration", order->configuration, strlen(order->configuration));
  neap_json_end_object(json);
}

static void write_refusal(neap_rest_call *call, const neap_venue_refusal *refusal) {
  neap_json_writer *json = &call->json;
  const neap_json_value *configuration = neap_json_get(call->body, "order_configuration");
  neap_json_object(json, NULL);
  neap_json_bool(json, "success", false);
  neap_json_object(json, "error_response");
  neap_json_string(json, "error", word_or(refusal->error, NO_FAILURE));
  neap_json_string(json, "message", refusal->message);
  neap_json_string(json, "error_details", refusal->details);
  neap_json_string(json, "preview_failure_reason", word_or(refusal->preview, NO_PREVIEW));
  neap_json_string(json, "new_order_failure_reason", word_or(refusal->new_order, NO_FAILURE));
  neap_json_end_object(json);
  if (configuration) neap_venue_write_value(json, "order_configuration", configuration);
  neap_json_end_object(json);
}

static void answer(neap_venue *venue, neap_rest_call *call, const neap_venue_order *order,
                   const neap_venue_refusal *refusal) {
  if (order)
    write_order(venue, call, order);
  else if (refusal->is_malformed)
    neap_rest_refuse_argument(call, refusal->details);
  else
    write_refusal(call, refusal);
}

static void create(neap_venue *venue, neap_rest_call *call) {
  neap_venue_ask ask;
  neap_venue_refusal refusal;
  bool is_old;
  if (!read_ask(call, &ask)) return;
  neap_venue_order *order = neap_venue_order_create(venue, &ask, &is_old, &refusal);
  answer(venue, call, order, &refusal);
}

static void close_position(neap_venue *venue, neap_rest_call *call) {
  static const char *const strings[] = {"client_order_id", "product_id", "size", NULL};
  neap_venue_refusal refusal;
  bool is_old;
  if (!are_strings(call, strings)) return;
  neap_venue_order *order = neap_venue_position_close(
      venue, call->portfolio, neap_rest_text(call->body, "client_order_id"), neap_rest_text(call->body, "product_id"),
      neap_rest_text(call->body, "size"), &is_old, &refusal);
  answer(venue, call, order, &refusal);
}

/* --- previews ---------------------------------------------------------------------------------------------------- */

static void write_estimate(neap_json_writer *json, const neap_venue_estimate *estimate) {
  neap_json_decimal(json, "order_total", estimate->total);
  neap_json_decimal(json, "commission_total", estimate->fees);
  neap_json_decimal(json, "quote_size", estimate->quote);
  neap_json_decimal(json, "base_size", estimate->base);
  neap_json_decimal(json, "best_bid", estimate->best_bid);
  neap_json_decimal(json, "best_ask", estimate->best_ask);
  neap_json_decimal(json, "slippage", estimate->slippage);
  neap_json_decimal(json, "order_margin_total", estimate->margin);
}

/* Beside the dice of orders: a preview changes nothing, also not the ids that come. Each request at each moment has
 * its own. */
static void make_preview_id(neap_venue *venue, const neap_venue_request *request, char out[NEAP_VENUE_ID]) {
  uint64_t kept = venue->dice;
  venue->dice ^= UINT64_C(0x5DEECE66D5DEECE6) ^ (uint64_t)venue->now;
  for (size_t i = 0; i < request->length; i++) /* FNV-1a */
    venue->dice = (venue->dice ^ (unsigned char)request->body[i]) * UINT64_C(0x100000001B3);
  neap_venue_make_id(venue, out);
  venue->dice = kept;
}

static void write_ask(neap_venue *venue, neap_rest_call *call, const neap_venue_ask *ask) {
  neap_json_writer *json = &call->json;
  char id[NEAP_VENUE_ID];
  make_preview_id(venue, call->request, id);
  neap_json_bool(json, "is_max", false);
  neap_json_string(json, "leverage", word_or(ask->leverage, ""));
  neap_json_string(json, "long_leverage", "");
  neap_json_string(json, "short_leverage", "");
  neap_json_string(json, "preview_id", id);
  neap_json_string(json, "current_liquidation_buffer", "");
  neap_json_string(json, "projected_liquidation_buffer", "");
  neap_json_string(json, "max_leverage", "");
  neap_json_string(json, "pnl_configuration", NULL);
}

static void preview(neap_venue *venue, neap_rest_call *call) {
  neap_venue_ask ask;
  neap_venue_refusal refusal;
  neap_venue_estimate estimate;
  neap_json_writer *json = &call->json;
  if (!read_ask(call, &ask)) return;
  bool is_fine = neap_venue_order_preview(venue, &ask, &estimate, &refusal);
  if (!is_fine && refusal.is_malformed) {
    neap_rest_refuse_argument(call, refusal.details);
    return;
  }
  neap_json_object(json, NULL);
  write_estimate(json, &estimate);
  neap_json_decimal(json, "est_average_filled_price", estimate.average);
  neap_json_array(json, "errs");
  if (!is_fine) neap_json_string(json, NULL, word_or(refusal.preview, NO_PREVIEW));
  neap_json_end_array(json);
  neap_json_array(json, "warning");
  neap_json_end_array(json);
  write_ask(venue, call, &ask);
  neap_json_string(json, "commission_detail_total", NULL);
  neap_json_end_object(json);
}

/* --- edits ------------------------------------------------------------------------------------------------------- */

static void write_errors(neap_json_writer *json, bool is_fine, const neap_venue_refusal *refusal) {
  neap_json_array(json, "errors");
  if (!is_fine) {
    neap_json_object(json, NULL);
    neap_json_string(json, "edit_failure_reason", word_or(refusal->error, NO_EDIT));
    neap_json_string(json, "preview_failure_reason", word_or(refusal->preview, NO_PREVIEW));
    neap_json_end_object(json);
  }
  neap_json_end_array(json);
}

static bool edit_members_are_right(neap_rest_call *call) {
  static const char *const strings[] = {"order_id", "price", "size", "stop_price", NULL};
  if (!are_strings(call, strings)) return false;
  const neap_json_value *cancels = neap_json_get(call->body, "cancel_attached_order");
  bool is_flag = !cancels || cancels->kind == NEAP_JSON_BOOL || cancels->kind == NEAP_JSON_NULL;
  if (is_flag && neap_rest_text(call->body, "order_id")) return true;
  neap_rest_refuse_argument(call, is_flag ? "order_id is a string" : "cancel_attached_order is a JSON boolean");
  return false;
}

static void edit(neap_venue *venue, neap_rest_call *call) {
  neap_venue_refusal refusal;
  neap_venue_estimate estimate;
  neap_json_writer *json = &call->json;
  if (!edit_members_are_right(call)) return;
  bool is_fine = neap_venue_order_edit(venue, call->portfolio, call->body, false, &estimate, &refusal);
  neap_json_object(json, NULL);
  neap_json_bool(json, "success", is_fine);
  neap_json_object(json, is_fine ? "success_response" : "error_response");
  if (is_fine) {
    neap_json_string(json, "order_id", neap_rest_text(call->body, "order_id"));
  } else {
    neap_json_string(json, "error_details", refusal.details);
    neap_json_string(json, "edit_order_failure_reason", word_or(refusal.error, NO_EDIT));
  }
  neap_json_end_object(json);
  write_errors(json, is_fine, &refusal);
  neap_json_end_object(json);
}

static void edit_preview(neap_venue *venue, neap_rest_call *call) {
  neap_venue_refusal refusal;
  neap_venue_estimate estimate;
  neap_json_writer *json = &call->json;
  if (!edit_members_are_right(call)) return;
  bool is_fine = neap_venue_order_edit(venue, call->portfolio, call->body, true, &estimate, &refusal);
  neap_json_object(json, NULL);
  write_errors(json, is_fine, &refusal);
  write_estimate(json, &estimate);
  neap_json_decimal(json, "average_filled_price", estimate.average);
  neap_json_string(json, "commission_detail_total", NULL);
  neap_json_string(json, "pnl_configuration", NULL);
  neap_json_end_object(json);
}

/* --- cancels ----------------------------------------------------------------------------------------------------- */

static bool are_ids(neap_rest_call *call, const neap_json_value *ids) {
  bool are = ids && ids->kind == NEAP_JSON_ARRAY;
  for (const neap_json_value *at = are ? ids->first : NULL; at; at = at->next) are &= at->kind == NEAP_JSON_STRING;
  if (!are) neap_rest_refuse_argument(call, "order_ids is an array of strings");
  return are;
}

static void batch_cancel(neap_venue *venue, neap_rest_call *call) {
  const neap_json_value *ids = neap_json_get(call->body, "order_ids");
  neap_json_writer *json = &call->json;
  if (!are_ids(call, ids)) return;
  neap_json_object(json, NULL);
  neap_json_array(json, "results");
  for (const neap_json_value *at = ids->first; at; at = at->next) {
    const char *why = neap_venue_order_cancel(venue, call->portfolio, at->text);
    neap_json_object(json, NULL);
    neap_json_bool(json, "success", !why);
    neap_json_string(json, "failure_reason", word_or(why, "UNKNOWN_CANCEL_FAILURE_REASON"));
    neap_json_string(json, "order_id", at->text);
    neap_json_end_object(json);
  }
  neap_json_end_array(json);
  neap_json_end_object(json);
}

const neap_rest_route neap_rest_order_routes[] = {
    {"POST", "/orders", NEAP_MAY_TRADE, true, create},
    {"POST", "/orders/batch_cancel", NEAP_MAY_TRADE, true, batch_cancel},
    {"POST", "/orders/edit", NEAP_MAY_TRADE, true, edit},
    {"POST", "/orders/edit_preview", NEAP_MAY_VIEW, false, edit_preview},
    {"POST", "/orders/preview", NEAP_MAY_VIEW, false, preview},
    {"POST", "/orders/close_position", NEAP_MAY_TRADE, true, close_position},
    {NULL, NULL, 0, false, NULL}};
