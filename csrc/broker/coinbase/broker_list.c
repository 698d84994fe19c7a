/* SPDX-License-Identifier: MIT */
/* broker_list: lists of orders: those that are open, those that are asked about by id, all since a time. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define ASK_FIRST (250 * BROKER_MS)
#define ASK_MOST (10 * NEAP_SECOND)
enum { ASKED_MOST = 8 };

static uint64_t count_fills(const neap_json_value *item) {
  neap_coinbase_reading r = {.object = item, .status = NEAP_OK};
  return strtoull(neap_coinbase_word(&r, "number_of_fills"), NULL, 10);
}

static void hear(neap_coinbase_broker *broker, const broker_job *job, const neap_coinbase_order *order,
                 uint64_t fills) {
  const broker_said said = {.order_id = order->order_id,
                            .client_id = order->client_id,
                            .product_id = order->product_id,
                            .knows_side = order->known & NEAP_KNOWS_SIDE,
                            .knows_status = order->known & NEAP_KNOWS_STATUS,
                            .is_rest = true,
                            .side = order->ticket.side,
                            .status = order->status,
                            .filled = order->filled,
                            .quantity = order->ticket.quantity,
                            .limit = order->ticket.limit,
                            .fills = fills,
                            .code = order->code,
                            .message = order->message,
                            .asked = job->asked};
  broker_hear(broker, &said);
}

/* One that cannot be read is passed over: those of ours are asked about again. */
void broker_read_orders(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root) {
  const neap_json_value *list = neap_json_get(root, "orders");
  neap_coinbase_order order;
  for (const neap_json_value *at = list ? list->first : NULL; at; at = at->next)
    if (at->kind == NEAP_JSON_OBJECT && neap_coinbase_read_order(at, &order, NULL) == NEAP_OK)
      hear(broker, job, &order, count_fills(at));
}

/* --- by id -------------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *id) { return !strpbrk(id, "&#? %+\r\n"); }

static void append_id(neap_buffer *out, const char *id) {
  if (is_plain(id)) neap_buffer_printf(out, "%sorder_ids=%s", out->size ? "&" : "", id);
}

static int64_t next_id(const neap_coinbase_broker *broker) {
  int64_t next = INT64_MAX;
  for (const broker_order *order = broker->working; order; order = order->next)
    if (order->phase == BROKER_KNOWN && order->look_due < next) next = order->look_due;
  for (const broker_listed *at = broker->listed; at; at = at->next)
    if (!at->resolved && at->ask_due < next) next = at->ask_due;
  return next;
}

/* Orders of ours that somebody waits to hear of, then others of which a fill is all that we know. */
bool broker_ids_query(neap_coinbase_broker *broker, neap_buffer *out) {
  int64_t now = broker_now(broker);
  size_t count = 0;
  for (broker_order *order = broker->working; order && count < BROKER_TOGETHER; order = order->next)
    if (order->phase == BROKER_KNOWN && order->look_due <= now) append_id(out, order->order_id), count++;
  for (broker_listed *at = broker->listed; at; at = at->next) {
    at->is_asked = !at->resolved && at->ask_due <= now && count < BROKER_TOGETHER;
    if (at->is_asked) append_id(out, at->facts.order_id), count++;
  }
  if (!count) broker_want(broker, BROKER_IDS, next_id(broker)); /* who wanted it now has heard meanwhile */
  return count > 0;
}

/* The venue may show an order a moment after it has filled. */
static void ask_later(neap_coinbase_broker *broker, broker_listed *at) {
  at->ask_due = broker_now(broker) + broker_backoff(broker, ASK_FIRST, at->asked, ASK_MOST);
  if (++at->asked < ASKED_MOST) return;
  at->resolved = true;
  at->ask_due = INT64_MAX;
  broker_want(broker, BROKER_FILLS, broker_now(broker));
}

void broker_ids_end(neap_coinbase_broker *broker, const broker_job *job) {
  int64_t now = broker_now(broker);
  for (broker_order *order = broker->working; order; order = order->next)
    if (order->phase == BROKER_KNOWN && order->look_due <= job->asked)
      order->look_due = now + broker_backoff(broker, ASK_FIRST, order->looks++, ASK_MOST);
  for (broker_listed *at = broker->listed; at; at = at->next) {
    if (!at->is_asked) continue;
    at->is_asked = false;
    if (at->resolved)
      broker_want(broker, BROKER_FILLS, now);
    else
      ask_later(broker, at);
  }
  broker_want(broker, BROKER_IDS, next_id(broker));
}

/* --- open orders -------------------------------------------------------------------------------------------------- */

/* What was open when it was asked for and is not in the list has ended, or is about to. */
void broker_open_end(neap_coinbase_broker *broker, const broker_job *job) {
  for (broker_listed *at = broker->listed; at; at = at->next)
    if (!at->order && at->open && at->seen_at < job->asked) at->open = false;
  for (broker_order *order = broker->working; order; order = order->next) {
    if (order->phase != BROKER_KNOWN || broker_is_terminal(order) || order->look_due != INT64_MAX) continue;
    const broker_listed *at = broker_listed_find(broker, order->order_id);
    if (at && at->seen_at < job->asked) broker_look_at(order, broker_now(broker));
  }
}

/* --- the key ------------------------------------------------------------------------------------------------------ */

void broker_read_key(neap_coinbase_broker *broker, const neap_json_value *root) {
  neap_coinbase_reading r = {.object = root, .status = NEAP_OK};
  bool may_view = true, may_trade = true;
  neap_coinbase_flag(&r, "can_view", &may_view);
  neap_coinbase_flag(&r, "can_trade", &may_trade);
  if (!may_view || !may_trade)
    neap_fail(&broker->refusal, NEAP_REFUSED, "permission", "the key may not %s", may_trade ? "look" : "trade");
}
