/* SPDX-License-Identifier: MIT */
/* broker_state: what is said of an order, by whom and how late and often ever, and what the session is told of it. What
 * has filled only grows, and an end is an end. */
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"

#define LOOK_FIRST (500 * BROKER_MS)
#define LOOK_MOST (10 * NEAP_SECOND)

bool broker_is_terminal(const broker_order *order) { return neap_order_is_terminal(order->status); }

bool broker_is_immediate(const neap_ticket *ticket) {
  return ticket->type == NEAP_MARKET || ticket->time_in_force == NEAP_IOC || ticket->time_in_force == NEAP_FOK;
}

void broker_look_at(broker_order *order, int64_t due) {
  order->look_due = due;
  broker_want(order->broker, BROKER_IDS, due);
}

/* What is sized in quote the venue counts with more digits than an order may have: its fills are counted. */
bool broker_is_complete(const broker_order *order) {
  bool by_count = order->ticket.sizing != NEAP_BY_QUANTITY && order->fills;
  if (!order->whole) return false;
  return by_count ? order->entry_count >= order->fills : neap_decimal_cmp(order->known, order->seen) >= 0;
}

void broker_known(broker_order *order, const char *order_id) {
  neap_coinbase_broker *broker = order->broker;
  broker_listed *listed = broker_listed_get(broker, order_id);
  neap_text_copy(order->order_id, sizeof order->order_id, order_id);
  if (listed) listed->order = order, listed->resolved = true;
  order->phase = BROKER_KNOWN;
  order->doubt_due = INT64_MAX;
  order->unreached = 0;
  if (!order->accepted || order->doubt_told) broker_report(order, NEAP_REPORT_ACCEPTED, "", "");
  order->accepted = true, order->doubt_told = false;
  broker->activity++;
  if (!order->whole) broker_want_fills(broker);
  if (broker_is_immediate(&order->ticket))
    broker_look_at(order, broker_now(broker) + (broker->stream.up ? LOOK_FIRST : 0));
  broker_due(broker, broker_now(broker));
}

/* --- hearing ------------------------------------------------------------------------------------------------------ */

static void note(neap_coinbase_broker *broker, broker_listed *listed, const broker_said *said) {
  neap_foreign_order *facts = &listed->facts;
  if (said->client_id && said->client_id[0]) neap_text_copy(facts->client_id, sizeof facts->client_id, said->client_id);
  if (said->product_id && said->product_id[0]) {
    neap_text_copy(facts->product_id, sizeof facts->product_id, said->product_id);
    facts->product = broker_product(broker, facts->product_id);
  }
  if (said->knows_side) facts->side = said->side;
  if (neap_decimal_cmp(said->filled, facts->filled) > 0) facts->filled = said->filled;
  if (said->fills > listed->fills) listed->fills = said->fills;
  if (said->is_rest) facts->quantity = said->quantity; /* elsewhere it may be in quote */
  if (!neap_decimal_is_zero(said->limit)) facts->limit = said->limit;
  listed->seen_at = broker_now(broker);
  listed->resolved = true, listed->ask_due = INT64_MAX;
}

static void note_status(broker_listed *listed, const broker_said *said) {
  if (!said->knows_status || neap_order_is_terminal(listed->status)) return;
  listed->status = said->status;
  listed->open = !neap_order_is_terminal(said->status);
  if (said->code) neap_text_copy(listed->code, sizeof listed->code, said->code);
  if (said->message) neap_text_copy(listed->message, sizeof listed->message, said->message);
}

/* A part that is over has nothing more to say; one that is not known to this process yet can only be a later one. */
static bool is_of_this_part(const broker_order *order, const broker_said *said) {
  unsigned part = order->part;
  if (order->order_id[0]) return strcmp(order->order_id, said->order_id) == 0;
  if (said->client_id && said->client_id[0]) broker_order_of(order->broker, said->client_id, &part);
  return part == order->part;
}

static void take_filled(broker_order *order, neap_decimal filled, uint64_t fills) {
  if (fills > order->fills) order->fills = fills;
  if (neap_decimal_cmp(filled, order->seen) <= 0) return;
  order->seen = filled;
  order->fill_misses = 0;
  order->broker->activity++;
  if (!broker_is_complete(order)) broker_want_fills(order->broker);
}

static void take_status(broker_order *order, const broker_said *said) {
  if (!said->knows_status || broker_is_terminal(order) || order->status == said->status) return;
  order->status = said->status;
  order->broker->activity++;
  if (!broker_is_terminal(order)) return;
  order->look_due = INT64_MAX;
  if (said->code) neap_text_copy(order->code, sizeof order->code, said->code);
  if (said->message) neap_text_copy(order->message, sizeof order->message, said->message);
}

/* It was told as over, and is not: what nobody wants any more is cancelled, what it fills is told. */
static void come_back(broker_order *order, const broker_said *said) {
  bool is_open = said->knows_status && !neap_order_is_terminal(said->status) && !broker_is_terminal(order);
  if (!is_open && neap_decimal_cmp(said->filled, order->seen) <= 0) return;
  broker_order_reopen(order);
  if (!order->order_id[0]) neap_text_copy(order->order_id, sizeof order->order_id, said->order_id);
  if (!is_open) return;
  order->wish = BROKER_CANCEL;
  order->wish_due = broker_now(order->broker);
  broker_due(order->broker, order->wish_due);
}

/* Whoever asked about it has an answer. */
static void looked(broker_order *order, int64_t asked) {
  if (asked < order->look_due) return;
  order->look_due = INT64_MAX;
  broker_cancel_judge(order, asked);
  if (order->look_due != INT64_MAX || broker_is_terminal(order) || !broker_is_immediate(&order->ticket)) return;
  broker_look_at(order,
                 broker_now(order->broker) + broker_backoff(order->broker, LOOK_FIRST, order->looks++, LOOK_MOST));
}

static void take(broker_order *order, const broker_said *said) {
  if (order->phase == BROKER_OVER)
    come_back(order, said);
  else if (order->phase != BROKER_KNOWN)
    broker_known(order, said->order_id);
  if (order->phase != BROKER_KNOWN) return;
  if (!neap_decimal_is_zero(said->quantity) && order->ticket.sizing == NEAP_BY_QUANTITY && !order->edits)
    order->venue_quantity = said->quantity;
  take_filled(order, said->filled, said->fills);
  take_status(order, said);
  if (said->is_rest) looked(order, said->asked);
  broker_due(order->broker, broker_now(order->broker));
}

void broker_hear(neap_coinbase_broker *broker, const broker_said *said) {
  unsigned part;
  broker_listed *listed = said->order_id[0] ? broker_listed_get(broker, said->order_id) : NULL;
  if (!listed) return;
  bool has_grown = neap_decimal_cmp(said->filled, listed->facts.filled) > 0;
  note(broker, listed, said);
  note_status(listed, said);
  if (!listed->order && listed->facts.client_id[0])
    listed->order = broker_order_of(broker, listed->facts.client_id, &part);
  if (listed->order && is_of_this_part(listed->order, said)) take(listed->order, said);
  if (has_grown && !listed->order) broker_want_foreign_fills(broker, true);
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static neap_report_kind kind_of(neap_order_status status) {
  switch (status) {
  case NEAP_ORDER_EXPIRED:
    return NEAP_REPORT_EXPIRED;
  case NEAP_ORDER_REJECTED:
    return NEAP_REPORT_REJECTED;
  default:
    return NEAP_REPORT_CANCELLED;
  }
}

/* Its fills were told, and they ended it. */
static bool is_filled(const broker_order *order) {
  if (order->ticket.sizing != NEAP_BY_QUANTITY && order->status != NEAP_ORDER_FILLED) return false;
  return order->ticket.quantity.units && neap_decimal_cmp(order->told, order->ticket.quantity) >= 0;
}

static void end(broker_order *order) {
  neap_report_kind kind = kind_of(order->status);
  if (kind == NEAP_REPORT_REJECTED && !neap_decimal_is_zero(order->told)) kind = NEAP_REPORT_CANCELLED;
  if (is_filled(order))
    broker_order_over(order);
  else if (order->status == NEAP_ORDER_FILLED && order->ticket.sizing == NEAP_BY_QUANTITY)
    broker_send_part(order);
  else {
    broker_report(order, kind, order->code, order->message);
    broker_order_over(order);
  }
}

static bool is_due(const broker_order *order) {
  return order->phase == BROKER_KNOWN && broker_is_terminal(order) && broker_is_complete(order) && !order->pending;
}

void broker_tell(neap_coinbase_broker *broker) {
  broker_release(broker);
  for (broker_order *order = broker->working, *next; order; order = next) {
    next = order->next;
    if (is_due(order)) end(order);
  }
}
