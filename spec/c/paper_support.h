/* SPDX-License-Identifier: MIT */
/* paper_support: a simulator with two products and a small account, whose reports are noted as one line of words. */
#ifndef NEAP_SPEC_PAPER_SUPPORT_H
#define NEAP_SPEC_PAPER_SUPPORT_H

#include <stdio.h>

#include "broker/paper/paper.h"
#include "decimals.h"
#include "support.h"

enum { LOG = 4096 };

typedef struct fixture fixture;
struct fixture {
  neap_product products[2];
  neap_paper *paper;
  const neap_broker *broker;
  neap_fee_schedule fees;
  char log[LOG]; /* one word a report */
  int64_t now;
  neap_decimal position;                                  /* of a small account */
  void (*on_fill)(fixture *f, const neap_report *report); /* may be NULL */
  neap_status admits;                                     /* what admit answers when not OK */
};

static void note(fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(fixture *f, const char *format, ...) {
  va_list arguments;
  size_t used = strlen(f->log);
  va_start(arguments, format);
  vsnprintf(f->log + used, LOG - used, format, arguments);
  va_end(arguments);
}

static void on_report(void *context, const neap_report *report) {
  static const char *const kinds[] = {"accepted", "fill", "cancelled", "cancel_refused", "rejected", "expired"};
  fixture *f = context;
  char quantity[NEAP_DECIMAL_TEXT], price[NEAP_DECIMAL_TEXT];
  if (report->kind == NEAP_REPORT_ACCEPTED) return;
  note(f, "%s%u:%s", f->log[0] ? " " : "", (unsigned)report->order, kinds[report->kind]);
  if (report->code[0]) note(f, "(%s)", report->code);
  if (report->kind != NEAP_REPORT_FILL) return;
  neap_decimal_format(report->fill.quantity, quantity);
  neap_decimal_format(report->fill.price, price);
  note(f, "(%s@%s%s%s)", quantity, price, report->fill.liquidity == NEAP_MAKER ? " maker" : "",
       report->last ? "" : " part");
  neap_decimal change = report->fill.quantity;
  if (report->fill.side == NEAP_SELL) change = neap_decimal_neg(change);
  assert_int_equal(neap_decimal_add(f->position, change, &f->position), NEAP_OK);
  if (f->on_fill) f->on_fill(f, report);
}

static neap_status on_admit(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                            neap_decimal wanted, neap_decimal *quantity, neap_fault *fault) {
  fixture *f = context;
  if (f->admits != NEAP_OK) return neap_fail(fault, f->admits, "insufficient_funds", "no money");
  *quantity = wanted;
  if (ticket->reduce_only) {
    *quantity = neap_decimal_min(wanted, neap_decimal_abs(f->position));
    if (f->position.units == 0) return neap_fail(fault, NEAP_REFUSED, "nothing_to_reduce", "flat");
  }
  if (ticket->sizing == NEAP_BY_NOTIONAL && wanted.units == 0)
    return neap_quantity_for_amount(&f->products[ticket->product], &f->fees, liquidity, true, ticket->notional, price,
                                    quantity);
  return NEAP_OK;
}

static fixture *make(const neap_fill_model *model) {
  static fixture f;
  f = (fixture){0};
  for (unsigned i = 0; i < 2; i++) {
    f.products[i] = (neap_product){.id = "X-USD", .quote = "USD", .kind = NEAP_MARGIN};
    f.products[i].price_increment = dec("0.01");
    f.products[i].base_increment = dec("0.1");
    f.products[i].contract_size = dec("1");
  }
  f.fees.taker_bps = dec("10");
  neap_paper_options options = {.model = *model, .fees = f.fees};
  neap_broker_sink sink = {.context = &f, .report = on_report, .admit = on_admit};
  assert_int_equal(neap_paper_new(f.products, 2, &options, &sink, &f.paper, NULL), NEAP_OK);
  f.broker = neap_paper_broker(f.paper);
  return &f;
}

static fixture *make_plain(void) { return make(&(neap_fill_model){.slippage = NEAP_SLIPPAGE_NONE}); }

static neap_ticket ticket_of(uint64_t number, neap_order_type type, neap_side side, const char *quantity,
                             const char *price) {
  neap_ticket ticket = {.number = number, .type = type, .side = side, .quantity = dec(quantity)};
  if (type == NEAP_LIMIT)
    ticket.limit = dec(price);
  else
    ticket.stop = dec(price);
  return ticket;
}

static void submit(fixture *f, neap_ticket ticket) {
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, f->now, NULL), NEAP_OK);
}

static void cancel(fixture *f, uint64_t number) {
  assert_int_equal(f->broker->cancel(f->broker->self, number, f->now, NULL), NEAP_OK);
}

static neap_candle bar_of(int64_t time, const char *open, const char *high, const char *low, const char *close) {
  return (neap_candle){
      .time = time, .open = dec(open), .high = dec(high), .low = dec(low), .close = dec(close), .volume = dec("100")};
}

static void open_bar(fixture *f, const neap_candle *bar) {
  f->now = bar->time;
  assert_int_equal(neap_paper_open(f->paper, 0, bar, f->now, NULL), NEAP_OK);
}

static void play(fixture *f, const neap_candle *bar) {
  open_bar(f, bar);
  f->now = bar->time + 10;
  assert_int_equal(neap_paper_range(f->paper, 0, bar, f->now, NULL), NEAP_OK);
}

static void expect(fixture *f, const char *log) {
  assert_string_equal(f->log, log);
  f->log[0] = '\0';
}

static void finish(fixture *f) { neap_paper_free(f->paper); }

#endif
