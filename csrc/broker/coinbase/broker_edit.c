/* SPDX-License-Identifier: MIT */
/* broker_edit: an order follows what it protects. The venue's size is that of the whole order, and so is ours. What
 * cannot be edited, or filled first, keeps its size: its fills say so. */
#include <string.h>

#include "broker/coinbase/broker_parts.h"

#define AGAIN (1 * NEAP_SECOND)

static neap_decimal all_seen(const broker_order *order) {
  return (neap_decimal){order->carried.units + order->seen.units};
}

/* All that it shall fill is filled, and told or on its way. */
static void stop_there(broker_order *order) { broker_cancel(order->broker, order->ticket.number, 0, NULL); }

/* Its end is not heard yet, and was not the end. */
static bool goes_on(broker_order *order, neap_decimal quantity) {
  bool is_filled = order->status == NEAP_ORDER_FILLED && !order->was_lost;
  if (!is_filled || neap_decimal_cmp(all_seen(order), quantity) >= 0) return false;
  broker_order_reopen(order);
  return true;
}

neap_status broker_resize(void *self, const neap_order *wanted, int64_t now, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  broker_order *order = broker_order_find(broker, wanted->ticket.number);
  neap_decimal quantity = wanted->ticket.quantity;
  (void)now;
  if (!order)
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "order %s does not work here", wanted->ticket.id);
  if (neap_decimal_cmp(all_seen(order), quantity) > 0)
    return neap_fail(fault, NEAP_REFUSED, "filled", "it has filled more than that already");
  if (broker_is_terminal(order) && order->status != NEAP_ORDER_FILLED) return NEAP_OK;
  if (order->phase == BROKER_OVER && !goes_on(order, quantity)) return NEAP_OK;
  order->ticket.quantity = quantity;
  order->ticket.limit = wanted->ticket.limit;
  order->edit_refused = false;
  order->wants_edit = true;
  order->edit_due = broker_now(broker);
  broker->activity++;
  broker_due(broker, order->edit_due);
  bool is_met = neap_decimal_cmp(all_seen(order), quantity) == 0;
  if (is_met && !broker_is_terminal(order)) stop_there(order);
  return NEAP_OK;
}

/* --- the answer ----------------------------------------------------------------------------------------------------
 */

static void look(broker_order *order) {
  order->venue_quantity = NEAP_ZERO; /* until the venue says what it is */
  order->edit_due = broker_now(order->broker) + AGAIN;
  broker_look_at(order, broker_now(order->broker));
}

static void refused(broker_order *order, const neap_coinbase_answer *answer) {
  if (strcmp(answer->reason, "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST") == 0) {
    order->venue_quantity = order->edit_quantity;
    return;
  }
  order->edit_refused = true;
  broker_look_at(order, broker_now(order->broker));
}

static void take(broker_order *order, const neap_coinbase_reply *reply) {
  neap_coinbase_answer answer;
  bool is_read = neap_coinbase_decode_answer(reply->body, reply->length, &answer, NULL) == NEAP_OK;
  bool is_of_another = is_read && answer.order_id[0] && strcmp(answer.order_id, order->order_id) != 0;
  if (!is_read || is_of_another)
    look(order);
  else if (answer.success)
    order->venue_quantity = order->edit_quantity;
  else
    refused(order, &answer);
}

static void edited(void *context, const neap_coinbase_reply *reply) {
  broker_order *order = context;
  order->edit_call = 0;
  order->edits = false;
  order->broker->activity++;
  if (reply->outcome == NEAP_COINBASE_DONE) {
    take(order, reply);
  } else if (reply->outcome == NEAP_COINBASE_REFUSED) {
    order->edit_refused = true;
    broker_look_at(order, broker_now(order->broker));
  } else {
    look(order);
  }
  broker_due(order->broker, broker_now(order->broker));
  broker_tell(order->broker);
}

/* --- asking --------------------------------------------------------------------------------------------------------
 */

static bool may_be_edited(const neap_ticket *ticket) {
  const neap_coinbase_row *row = neap_coinbase_row_of(NEAP_COINBASE_SINGLE, ticket->type, ticket->time_in_force);
  return ticket->sizing == NEAP_BY_QUANTITY && row && row->takes & NEAP_TAKES_EDIT;
}

static bool differs(const broker_order *order) {
  neap_decimal whole = {order->venue_quantity.units + order->carried.units};
  return order->venue_quantity.units && neap_decimal_cmp(whole, order->ticket.quantity) != 0;
}

static bool is_due(const broker_order *order) {
  bool works = order->phase == BROKER_KNOWN && !broker_is_terminal(order) && order->wish == BROKER_KEEP;
  bool is_wanted = order->wants_edit && !order->edit_refused && differs(order);
  if (!works || order->edits || !is_wanted || !may_be_edited(&order->ticket)) return false;
  if (order->edit_due <= broker_now(order->broker)) return true;
  broker_due(order->broker, order->edit_due);
  return false;
}

static neap_status encode(const broker_order *order, neap_buffer *body) {
  const neap_product *product = &order->broker->products[order->ticket.product];
  neap_ticket ticket = order->ticket;
  ticket.quantity = order->edit_quantity;
  const neap_coinbase_request request = {
      .ticket = &ticket, .product_id = product->id, .product = product, .order_id = order->order_id};
  return neap_coinbase_encode_edit(&request, body, NULL);
}

static void edit(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  neap_buffer body;
  neap_buffer_init(&body);
  order->edit_quantity.units = order->ticket.quantity.units - order->carried.units;
  neap_status status = encode(order, &body);
  const neap_coinbase_question question = {.method = "POST",
                                           .path = BROKER_PATH "/orders/edit",
                                           .body = (const char *)body.data,
                                           .length = body.size,
                                           .repeat = NEAP_REPEAT_ORDER,
                                           .is_urgent = true};
  if (status == NEAP_OK)
    status = neap_coinbase_ask(broker->options.client, &question, edited, order, &order->edit_call, NULL);
  neap_buffer_fini(&body);
  order->edits = status == NEAP_OK;
  order->edit_refused = status != NEAP_OK;
  broker->activity++;
}

/* The venue has it as we wanted it: from here on another size is somebody else's wish, and is not edited back. */
static bool has_followed(const broker_order *order) {
  return order->phase == BROKER_KNOWN && !order->edits && order->venue_quantity.units && !differs(order);
}

void broker_edit_due(neap_coinbase_broker *broker) {
  for (broker_order *order = broker->working; order; order = order->next) {
    if (has_followed(order)) order->wants_edit = false;
    if (is_due(order)) edit(order);
  }
}
