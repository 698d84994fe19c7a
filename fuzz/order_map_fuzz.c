/* SPDX-License-Identifier: MIT */
/* order_map_fuzz: any bytes read as Coinbase's order and as its answer; an order that is wholly ours can be written
 * again, and reads back as the same ticket. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/order_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static bool ends(const char *text, size_t size) { return memchr(text, 0, size) != NULL; }

static void check_order(const neap_coinbase_order *o) {
  must(o->order_id[0] && ends(o->order_id, sizeof o->order_id) && ends(o->client_id, sizeof o->client_id));
  must(o->product_id[0] && ends(o->product_id, sizeof o->product_id) && ends(o->ticket.id, sizeof o->ticket.id));
  must(ends(o->reason, sizeof o->reason) && ends(o->code, sizeof o->code) && ends(o->message, sizeof o->message));
  must(ends(o->unknown, sizeof o->unknown) && neap_decimal_sign(o->filled) >= 0 && neap_decimal_sign(o->fees) >= 0);
  must(!(o->known & NEAP_KNOWS_STATUS) || o->status < NEAP_ORDER_STATUSES);
  must((o->known & 7) == 7 || o->unknown[0]);
}

static bool is_same(const neap_coinbase_order *a, const neap_coinbase_order *b) {
  const neap_ticket *t = &a->ticket, *u = &b->ticket;
  return a->form == b->form && t->side == u->side && t->type == u->type && t->time_in_force == u->time_in_force &&
         t->sizing == u->sizing && t->quantity.units == u->quantity.units && t->notional.units == u->notional.units &&
         t->limit.units == u->limit.units && t->stop.units == u->stop.units && t->good_till == u->good_till &&
         t->post_only == u->post_only && a->slices.duration == b->slices.duration &&
         a->slices.buckets == b->slices.buckets && a->slices.size.units == b->slices.size.units;
}

/* The body of a preview, with the venue's id put in, is an order. */
static void read_again(const neap_coinbase_order *order, const neap_buffer *body) {
  neap_buffer text;
  neap_coinbase_order again;
  neap_buffer_init(&text);
  neap_buffer_append_text(&text, "{\"order_id\":\"o\",");
  neap_buffer_append(&text, body->data + 1, body->size - 1);
  must(text.status == NEAP_OK);
  must(neap_coinbase_decode_order((const char *)text.data, text.size, &again, NULL) == NEAP_OK);
  must(is_same(order, &again));
  neap_buffer_fini(&text);
}

static void write_again(const neap_coinbase_order *order) {
  neap_product derivative = {.kind = NEAP_PERPETUAL};
  derivative.price_increment = derivative.base_increment = derivative.contract_size = (neap_decimal){1};
  neap_coinbase_request request = {.ticket = &order->ticket,
                                   .product_id = order->product_id,
                                   .form = order->form,
                                   .slices = order->slices,
                                   .order_id = order->order_id};
  request.product = order->ticket.sizing == NEAP_BY_QUANTITY ? &derivative : NULL;
  neap_buffer body;
  neap_fault fault;
  neap_buffer_init(&body);
  if (neap_coinbase_encode_preview(&request, &body, &fault) == NEAP_OK)
    read_again(order, &body);
  else
    must(fault.code[0] && fault.message[0] && body.size == 0);
  neap_buffer_fini(&body);
}

static void read_order(const char *text, size_t size) {
  neap_coinbase_order order;
  neap_fault fault;
  if (neap_coinbase_decode_order(text, size, &order, &fault) != NEAP_OK) {
    must(fault.code[0] && fault.message[0]);
    return;
  }
  check_order(&order);
  if ((order.known & (NEAP_KNOWS_SIDE | NEAP_KNOWS_KIND)) == (NEAP_KNOWS_SIDE | NEAP_KNOWS_KIND)) write_again(&order);
}

static void read_answer(const char *text, size_t size) {
  neap_coinbase_answer answer;
  neap_fault fault;
  if (neap_coinbase_decode_answer(text, size, &answer, &fault) != NEAP_OK) {
    must(fault.code[0] && fault.message[0]);
    return;
  }
  must(ends(answer.order_id, sizeof answer.order_id) && ends(answer.reason, sizeof answer.reason));
  must(answer.success || answer.code[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_order((const char *)data, size);
  read_answer((const char *)data, size);
  return 0;
}
