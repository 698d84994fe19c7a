/* SPDX-License-Identifier: MIT */
/* paper: takes, resizes and cancels orders; paper_walk.c leads them through the bars. */
#include "broker/paper/paper.h"

#include <stdio.h>
#include <stdlib.h>

#include "broker/paper/paper_state.h"

static neap_status check_ticket(const neap_paper *paper, const neap_ticket *ticket, neap_fault *fault) {
  bool limited = ticket->type == NEAP_LIMIT || ticket->type == NEAP_STOP_LIMIT;
  bool stopped = ticket->type == NEAP_STOP || ticket->type == NEAP_STOP_LIMIT;
  if (ticket->product >= paper->orders.products)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)ticket->product);
  if (neap_working_orders_find(&paper->orders, ticket->number))
    return neap_fail(fault, NEAP_EXISTS, "duplicate_order", "order %s works already", ticket->id);
  if (ticket->sizing == NEAP_BY_QUANTITY && ticket->quantity.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "quantity", "an order needs a quantity above zero");
  if (limited && ticket->limit.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "limit", "a %s order needs a limit above zero",
                     neap_order_type_name(ticket->type));
  if (stopped && ticket->stop.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "stop", "a %s order needs a stop above zero",
                     neap_order_type_name(ticket->type));
  if (ticket->type == NEAP_TRAILING_STOP && ticket->trail_bps.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "trail_bps", "a trailing stop needs trail_bps above zero");
  return NEAP_OK;
}

/* What sales of this strategy hold, and this one wants. */
static neap_decimal sum_sales(const neap_paper *paper, const neap_ticket *ticket) {
  neap_decimal sum = ticket->quantity;
  for (const neap_working *at = paper->orders.lists[ticket->product].first; at; at = at->next) {
    const neap_ticket *other = &at->order.ticket;
    bool holds = !at->gone && other->side == NEAP_SELL && other->strategy == ticket->strategy;
    if (holds && other->number != ticket->number) sum.units += at->order.remaining.units;
  }
  return sum;
}

static neap_status check_held(const neap_paper *paper, const neap_ticket *ticket, neap_fault *fault) {
  neap_decimal price = ticket->limit, there = NEAP_ZERO, wanted = sum_sales(paper, ticket);
  bool is_held = paper->options.holds && ticket->side == NEAP_SELL && ticket->sizing == NEAP_BY_QUANTITY &&
                 paper->products[ticket->product].kind == NEAP_SPOT;
  if (!is_held) return NEAP_OK;
  if (neap_decimal_is_zero(price) && !paper->sink.mark(paper->sink.context, ticket->product, &price)) return NEAP_OK;
  neap_status status = paper->sink.admit(paper->sink.context, ticket, price, NEAP_TAKER, wanted, &there, NULL);
  if (status == NEAP_OK && neap_decimal_cmp(wanted, there) <= 0) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "insufficient_funds",
                   "what it sells is held by orders that rest, or not there");
}

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_paper *paper = self;
  neap_status status = check_ticket(paper, ticket, fault);
  if (status == NEAP_OK) status = check_held(paper, ticket, fault);
  if (status != NEAP_OK) return status;
  if (neap_paper_has_book(paper, ticket->product)) return neap_paper_send(paper, ticket, now, fault);
  if (!neap_working_orders_add(&paper->orders, ticket, now))
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  neap_report report = {.kind = NEAP_REPORT_ACCEPTED, .order = ticket->number};
  paper->sink.report(paper->sink.context, &report);
  return NEAP_OK;
}

static neap_status cancel(void *self, uint64_t number, int64_t now, neap_fault *fault) {
  neap_paper *paper = self;
  neap_working *working = neap_working_orders_find(&paper->orders, number);
  bool has_book = working ? neap_paper_has_book(paper, working->order.ticket.product) : paper->books != NULL;
  if (has_book) return neap_paper_send_cancel(paper, number, now, fault);
  if (!working) return neap_paper_refuse_cancel(paper, number), NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  neap_paper_end_order(paper, working, NEAP_REPORT_CANCELLED, "", "");
  neap_working_orders_leave(&paper->orders);
  return NEAP_OK;
}

static neap_status resize(void *self, const neap_order *order, int64_t now, neap_fault *fault) {
  (void)now;
  if (neap_paper_has_book(self, order->ticket.product)) return neap_paper_resize_sent(self, order, fault);
  return neap_paper_resize(self, order->ticket.number, neap_order_remaining(order), fault);
}

static neap_status restore(void *self, const neap_order *order, neap_fault *fault) {
  return neap_paper_restore(self, order, fault);
}

enum { ALL_TIMES = 1 << NEAP_GTC | 1 << NEAP_GTD | 1 << NEAP_IOC | 1 << NEAP_FOK };

/* Every order there is; what is changed in place is an exit's quantity only. */
static const neap_broker_abilities abilities = {
    .times = {ALL_TIMES, ALL_TIMES, ALL_TIMES, ALL_TIMES, ALL_TIMES},
    .post_only = true,
    .reduce_only = true,
    .take_profit = true,
    .preview = true,
};

neap_status neap_paper_new(const neap_product *products, uint32_t product_count, const neap_paper_options *options,
                           const neap_broker_sink *sink, neap_paper **out, neap_fault *fault) {
  neap_paper *paper = calloc(1, sizeof *paper);
  if (!paper || neap_working_orders_init(&paper->orders, product_count) != NEAP_OK) {
    free(paper);
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a broker");
  }
  paper->products = products;
  paper->options = *options;
  if (paper->options.out.count == 0) paper->options.out.count = 1;
  if (paper->options.back.count == 0) paper->options.back.count = 1;
  paper->sink = *sink;
  paper->broker = (neap_broker){.self = paper,
                                .name = "paper",
                                .abilities = options->holds ? NEAP_BROKER_HOLDS : 0,
                                .orders = &abilities,
                                .submit = submit,
                                .cancel = cancel,
                                .preview = neap_paper_preview,
                                .resize = resize,
                                .restore = restore};
  *out = paper;
  return NEAP_OK;
}

void neap_paper_free(neap_paper *paper) {
  if (!paper) return;
  neap_paper_books_free(paper);
  neap_working_orders_fini(&paper->orders);
  free(paper);
}

const neap_broker *neap_paper_broker(neap_paper *paper) { return &paper->broker; }

neap_status neap_paper_resize(neap_paper *paper, uint64_t order, neap_decimal quantity, neap_fault *fault) {
  neap_working *working = neap_working_orders_find(&paper->orders, order);
  if (!working)
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "order %llu does not work here",
                     (unsigned long long)order);
  if (quantity.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "quantity", "an order is resized to more than zero; to end it, cancel it");
  working->order.remaining = quantity;
  working->order.sized = true;
  return NEAP_OK;
}

void neap_paper_charge(neap_paper *paper, const neap_fee_schedule *fees) { paper->options.fees = *fees; }

uint32_t neap_paper_working(const neap_paper *paper, uint32_t product) {
  return product < paper->orders.products ? paper->orders.lists[product].count : 0;
}

neap_status neap_paper_restore(neap_paper *paper, const neap_order *order, neap_fault *fault) {
  neap_status status = check_ticket(paper, &order->ticket, fault);
  if (status != NEAP_OK) return status;
  neap_working *working = neap_working_orders_add(&paper->orders, &order->ticket, order->submitted);
  if (!working) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  working->order.sized = order->ticket.quantity.units > 0;
  working->order.remaining = neap_order_remaining(order);
  working->filled = order->filled.units > 0;
  working->waits = working->accepted = true; /* a recorded book takes it anew, at the end of its queue */
  return NEAP_OK;
}

void neap_paper_restore_volume(neap_paper *paper, uint32_t product, int64_t bar, neap_decimal used) {
  paper->orders.lists[product].bar = bar;
  paper->orders.lists[product].used = used;
}

/* As it was looked at then: at the open, and over the range. */
static neap_status follow_bar(neap_working_order *order, const neap_product *product, const neap_candle *bar) {
  neap_candle_quote ignored;
  neap_status status = neap_candle_fill_quote(order, product, NEAP_BAR_OPEN, bar, &ignored);
  order->resting = true;
  return status == NEAP_OK ? neap_candle_fill_quote(order, product, NEAP_BAR_RANGE, bar, &ignored) : status;
}

neap_status neap_paper_seen(neap_paper *paper, uint32_t product, const neap_candle *bar, neap_fault *fault) {
  if (product >= paper->orders.products) return neap_fail(fault, NEAP_INVALID, "unknown_product", "no such product");
  neap_status status = NEAP_OK;
  if (neap_paper_has_book(paper, product)) return NEAP_OK;
  for (neap_working *at = paper->orders.lists[product].first; status == NEAP_OK && at; at = at->next)
    if (at->order.submitted <= bar->time) status = follow_bar(&at->order, &paper->products[product], bar);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "a trailing stop's level does not fit");
}
