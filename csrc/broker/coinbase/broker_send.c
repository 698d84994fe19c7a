/* SPDX-License-Identifier: MIT */
/* broker_send: orders leave, and are answered: accepted, refused, not reached, or in doubt. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define ENTRY_PATIENCE (5 * NEAP_SECOND) /* an entry is meant for its moment */
#define SIGHT (300 * NEAP_SECOND)        /* who has not seen the account for so long opens nothing */
#define AGAIN_FIRST (1 * NEAP_SECOND)
#define AGAIN_MOST (30 * NEAP_SECOND)
enum { PARTS_MOST = 7 };

/* What may only reduce what is held: on spot every sale does. */
static bool gets_out(const broker_order *order) {
  const neap_ticket *ticket = &order->ticket;
  bool is_sale = ticket->side == NEAP_SELL;
  return ticket->reduce_only || (is_sale && order->broker->products[ticket->product].kind == NEAP_SPOT);
}

static neap_status encode(const broker_order *order, neap_buffer *out, neap_fault *fault) {
  const neap_product *product = &order->broker->products[order->ticket.product];
  neap_ticket ticket = order->ticket;
  broker_client_id(order, ticket.id);
  ticket.quantity.units -= order->carried.units;
  const neap_coinbase_request request = {.ticket = &ticket, .product_id = product->id, .product = product};
  return neap_coinbase_encode_create(&request, out, fault);
}

static void refused(broker_order *order, const char *code, const char *reason, const char *message) {
  char text[160];
  const char *said = message[0] ? message : reason;
  snprintf(text, sizeof text, "%s", said);
  broker_report(order, NEAP_REPORT_REJECTED, code[0] ? code : "rejected", text);
  broker_order_over(order);
}

/* A part that is refused ends the order, which has filled and is not rejected any more. */
static void refused_part(broker_order *order, const char *code, const char *reason, const char *message) {
  if (!order->part) {
    refused(order, code, reason, message);
    return;
  }
  broker_report(order, NEAP_REPORT_CANCELLED, code, message[0] ? message : reason);
  broker_order_over(order);
}

static void not_reached(broker_order *order, const neap_coinbase_reply *reply) {
  char message[160];
  snprintf(message, sizeof message, "it was not sent: %.120s", reply->message[0] ? reply->message : reply->code);
  order->unreached++;
  broker_lose(order, "not_reachable", message);
}

static bool is_there_already(const char *code) { return strcmp(code, "duplicate_client_order_id") == 0; }

static void placed(broker_order *order, const char *order_id) {
  if (order->ticket.sizing == NEAP_BY_QUANTITY) order->venue_quantity = order->edit_quantity;
  broker_known(order, order_id);
}

/* An answer that comes twice on a connection is taken for that to the next request: it names another order. */
static bool is_of(const broker_order *order, const neap_coinbase_reply *reply) {
  char id[NEAP_ORDER_ID];
  neap_json *json;
  if (neap_json_parse(reply->body, reply->length, &json, NULL) != NEAP_OK) return false;
  neap_coinbase_reading r = {.object = neap_json_get(neap_json_root(json), "success_response")};
  const char *named = neap_coinbase_word(&r, "client_order_id");
  broker_client_id(order, id);
  bool is_ours = !*named || strcmp(named, id) == 0;
  neap_json_free(json);
  return is_ours;
}

static void answered(broker_order *order, const neap_coinbase_reply *reply) {
  neap_coinbase_answer answer;
  neap_fault fault;
  if (neap_coinbase_decode_answer(reply->body, reply->length, &answer, &fault) != NEAP_OK || !is_of(order, reply))
    broker_doubt(order, false); /* it was handled, and what was made of it cannot be read */
  else if (answer.success && answer.order_id[0])
    placed(order, answer.order_id);
  else if (answer.success || is_there_already(answer.code))
    broker_doubt(order, true);
  else
    refused_part(order, answer.code, answer.reason, answer.message);
}

static void created(void *context, const neap_coinbase_reply *reply) {
  broker_order *order = context;
  order->call = 0;
  if (order->phase == BROKER_SENT) switch (reply->outcome) {
    case NEAP_COINBASE_DONE:
      answered(order, reply);
      break;
    case NEAP_COINBASE_REFUSED:
      if (is_there_already(reply->code))
        broker_doubt(order, true);
      else
        refused_part(order, reply->code, reply->reason, reply->message);
      break;
    case NEAP_COINBASE_UNREACHED:
      not_reached(order, reply);
      break;
    case NEAP_COINBASE_IN_DOUBT:
      broker_doubt(order, false);
      break;
    }
  broker_due(order->broker, broker_now(order->broker));
  broker_tell(order->broker);
}

static neap_status send(broker_order *order, neap_fault *fault) {
  neap_coinbase_broker *broker = order->broker;
  bool is_urgent = gets_out(order);
  neap_buffer body;
  neap_buffer_init(&body);
  neap_status status = encode(order, &body, fault);
  const neap_coinbase_question question = {.method = "POST",
                                           .path = BROKER_PATH "/orders",
                                           .body = (const char *)body.data,
                                           .length = body.size,
                                           .repeat = NEAP_REPEAT_ORDER,
                                           .is_urgent = is_urgent,
                                           .patience = is_urgent ? 0 : ENTRY_PATIENCE};
  if (status == NEAP_OK)
    status = neap_coinbase_ask(broker->options.client, &question, created, order, &order->call, fault);
  neap_buffer_fini(&body);
  if (status != NEAP_OK) return status;
  order->phase = BROKER_SENT;
  order->edit_quantity.units = order->ticket.quantity.units - order->carried.units;
  order->restored = false;
  if (!order->sent_wall) order->sent_wall = broker_wall(broker);
  broker->activity++;
  broker_due(broker, broker_now(broker));
  return NEAP_OK;
}

void broker_send_again(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  int64_t rest = order->unreached ? broker_backoff(broker, AGAIN_FIRST, order->unreached - 1, AGAIN_MOST) : 0;
  order->phase = BROKER_WAITS;
  order->send_due = broker_now(broker) + rest;
  broker_due(broker, order->send_due);
}

/* A key that is not let in; a venue that answers nothing but orders: what the account holds is not known any more. */
static neap_status check_sight(const neap_coinbase_broker *broker, neap_fault *fault) {
  if (broker->lost_memory != NEAP_OK)
    return neap_fail(fault, NEAP_REFUSED, "memory", "the broker had no memory for what the venue said");
  if (broker->is_shut_out)
    return neap_fail(fault, NEAP_REFUSED, "auth_failed", "the venue does not let the key in: only exits leave");
  if (broker_now(broker) - broker->seen_at <= SIGHT + 2 * broker->options.account_every) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "account_unseen", "the account was not seen for minutes: only exits leave");
}

neap_status broker_submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  broker_order *order = broker_order_find(broker, ticket->number);
  (void)now;
  if (ticket->product >= broker->options.product_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)ticket->product);
  if (order && (order->phase == BROKER_LOST || order->was_lost)) {
    if (order->was_lost) broker_order_reopen(order);
    order->ticket = *ticket;
    return broker_send_again(order), NEAP_OK;
  }
  if (order) return neap_fail(fault, NEAP_EXISTS, "duplicate_order", "order %s was sent already", ticket->id);
  if (!(order = broker_order_add(broker, ticket)))
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  neap_status status = gets_out(order) ? NEAP_OK : check_sight(broker, fault);
  if (status == NEAP_OK) status = send(order, fault);
  if (status != NEAP_OK) broker_order_over(order);
  return status;
}

void broker_send_due(neap_coinbase_broker *broker) {
  neap_fault fault;
  for (broker_order *order = broker->working, *next; order; order = next) {
    next = order->next;
    if (order->phase != BROKER_WAITS || order->call) continue; /* the answer to what it was comes first */
    if (order->send_due > broker_now(broker))
      broker_due(broker, order->send_due);
    else if (send(order, &fault) != NEAP_OK)
      refused_part(order, fault.code, "", fault.message);
  }
}

/* --- an order that filled whole works on for what it was resized to ----------------------------------------------- */

static void end_short(broker_order *order) {
  broker_report(order, NEAP_REPORT_CANCELLED, "filled_before_resize", "the venue has filled it at a smaller size");
  broker_order_over(order);
}

void broker_send_part(broker_order *order) {
  bool may = order->part < PARTS_MOST && order->ticket.id[14] == '8' && order->wish == BROKER_KEEP;
  if (!may) {
    end_short(order);
    return;
  }
  order->part++;
  order->carried = order->told;
  order->order_id[0] = '\0';
  order->seen = order->known = order->passed = order->venue_quantity = NEAP_ZERO;
  order->status = NEAP_ORDER_SUBMITTED;
  order->entry_count = 0;
  order->fills = 0;
  order->edit_refused = order->certain = false;
  order->phase = BROKER_WAITS;
  order->send_due = broker_now(order->broker);
  broker_due(order->broker, order->send_due);
}

/* --- orders of an earlier process --------------------------------------------------------------------------------- */

/* Of several parts the last, with what those before it filled. */
static const broker_listed *find_listed(const neap_coinbase_broker *broker, broker_order *order) {
  const broker_listed *last = NULL;
  unsigned part;
  for (broker_listed *at = broker->listed; at; at = at->next) {
    if (broker_order_of(broker, at->facts.client_id, &part) != order) continue;
    at->order = order;
    if (!last || part >= order->part) last = at, order->part = part;
  }
  for (const broker_listed *at = broker->listed; at; at = at->next)
    if (at->order == order && at != last) order->carried.units += at->facts.filled.units;
  return last;
}

/* One that is to be cancelled may have been so before anybody knew that it was there. */
static bool was_there(const neap_order *from) {
  bool rests = from->status == NEAP_ORDER_OPEN || from->status == NEAP_ORDER_PARTIALLY_FILLED;
  return rests || neap_decimal_sign(from->filled) > 0;
}

static void give_back(broker_order *order, const neap_order *from) {
  order->told = from->filled;
  order->value = from->filled_notional;
  order->restored = order->wants_edit = true;
  order->accepted = was_there(from);
  order->whole = false;
  order->sent_wall = from->submitted ? from->submitted : from->created;
}

neap_status broker_restore(void *self, const neap_order *from, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  if (from->ticket.product >= broker->options.product_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)from->ticket.product);
  if (broker_order_find(broker, from->ticket.number))
    return neap_fail(fault, NEAP_EXISTS, "duplicate_order", "order %s is known already", from->ticket.id);
  broker_order *order = broker_order_add(broker, &from->ticket);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  give_back(order, from);
  const broker_listed *listed = find_listed(broker, order);
  if (!listed) {
    broker_doubt(order, order->accepted);
    return NEAP_OK;
  }
  const broker_said said = {.order_id = listed->facts.order_id,
                            .client_id = listed->facts.client_id,
                            .product_id = listed->facts.product_id,
                            .knows_status = true,
                            .status = listed->status,
                            .filled = listed->facts.filled,
                            .quantity = listed->facts.quantity,
                            .fills = listed->fills,
                            .code = listed->code,
                            .message = listed->message};
  broker_hear(broker, &said);
  return NEAP_OK;
}
