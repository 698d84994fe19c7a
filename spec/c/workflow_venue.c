/* SPDX-License-Identifier: MIT */
/* workflow_venue: its books are the test's own: no code of the session's or the simulator's keeps them. */
#include "workflow_venue.h"

#include "dice.h"
#include "session/session_state.h"

#include <stdio.h>

uint64_t venue_roll(venue *self, uint64_t sides) { return dice_roll(&self->dice, sides); }

static neap_decimal plus(neap_decimal a, neap_decimal b) {
  assert_int_equal(neap_decimal_add(a, b, &a), NEAP_OK);
  return a;
}

static neap_decimal minus(neap_decimal a, neap_decimal b) { return plus(a, neap_decimal_neg(b)); }

static neap_decimal rest_of(const venue_order *order) { return minus(order->ticket.quantity, order->filled); }

static neap_decimal signed_by(neap_side side, neap_decimal quantity) {
  return side == NEAP_BUY ? quantity : neap_decimal_neg(quantity);
}

/* Letters. */

static bool is_end(neap_report_kind kind) {
  return kind == NEAP_REPORT_CANCELLED || kind == NEAP_REPORT_EXPIRED || kind == NEAP_REPORT_REJECTED;
}

static neap_report *write_letter(venue_order *order, neap_report_kind kind) {
  assert_true(order->letters < VENUE_LETTERS);
  venue_letter *letter = &order->letter[order->letters++];
  *letter = (venue_letter){.report = {.kind = kind, .order = order->ticket.number}};
  return &letter->report;
}

static void take_note(venue *self, venue_order *order, const neap_report *report) {
  if (report->kind == NEAP_REPORT_FILL) {
    order->told = plus(order->told, report->fill.quantity);
    self->told_turns[order->ticket.product]++;
    neap_decimal *position = &self->told[order->ticket.product];
    *position = plus(*position, signed_by(order->ticket.side, report->fill.quantity));
    if (neap_decimal_cmp(order->told, order->ticket.quantity) == 0) order->told_end = true;
  }
  if (is_end(report->kind)) order->told_end = true;
  if (order->told_end) order->sent = false;
}

static void deliver(venue *self, venue_order *order, unsigned which) {
  venue_letter *letter = &order->letter[which];
  const neap_report report = letter->report;
  letter->delivered = true;
  letter->behind = neap_event_store_count(self->store);
  take_note(self, order, &report);
  self->sink->report(self->sink->context, &report);
}

static bool has_next(venue_order *order) {
  while (order->next < order->letters && order->letter[order->next].delivered) order->next++;
  return order->next < order->letters;
}

/* Fills of a product come in the order in which they happened. */
static bool is_its_turn(const venue *self, const venue_order *order, unsigned which) {
  const venue_letter *letter = &order->letter[which];
  return letter->report.kind != NEAP_REPORT_FILL || letter->turn == self->told_turns[order->ticket.product];
}

/* The acknowledgement may be overtaken by what comes behind it. */
static unsigned choose_letter(venue *self, venue_order *order) {
  bool others = order->next == 0 && order->letter[0].report.kind == NEAP_REPORT_ACCEPTED && order->letters > 1 &&
                !order->letter[1].delivered && is_its_turn(self, order, 1);
  if (!others || venue_roll(self, 2)) return order->next;
  self->late++;
  return 1;
}

bool venue_deliver(venue *self) {
  uint64_t first = self->highest ? venue_roll(self, self->highest) : 0;
  for (uint64_t i = 0; i < self->highest; i++) {
    venue_order *order = &self->order[1 + (first + i) % self->highest];
    if (!has_next(order)) continue;
    unsigned which = choose_letter(self, order);
    if (!is_its_turn(self, order, which)) continue;
    deliver(self, order, which);
    return true;
  }
  return false;
}

void venue_repeat(venue *self) {
  if (!self->highest) return;
  const venue_order *order = &self->order[1 + venue_roll(self, self->highest)];
  if (!order->letters) return;
  const venue_letter *letter = &order->letter[venue_roll(self, order->letters)];
  if (!letter->delivered || letter->report.kind == NEAP_REPORT_CANCEL_REFUSED) return;
  const neap_report report = letter->report;
  self->duplicates++;
  self->sink->report(self->sink->context, &report);
}

/* What happens to an order here. */

static void end(venue_order *order, neap_report_kind kind, const char *code) {
  neap_report *report = write_letter(order, kind);
  snprintf(report->code, sizeof report->code, "%s", code);
  order->live = order->cancel_waits = false;
  order->ended = true;
}

static void meet_cancel(venue_order *order) {
  order->cancel_waits = false;
  if (order->live)
    end(order, NEAP_REPORT_CANCELLED, "");
  else
    write_letter(order, NEAP_REPORT_CANCEL_REFUSED),
        order->cancel_failed = true; /* it may be resized, and live again */
}

/* Spot sells what is there; reduce-only reduces. */
static neap_decimal allowed(const venue *self, const venue_order *order) {
  const neap_ticket *ticket = &order->ticket;
  bool is_bound =
      ticket->reduce_only || (ticket->side == NEAP_SELL && self->products[ticket->product].kind == NEAP_SPOT);
  neap_decimal rest = rest_of(order);
  if (!is_bound) return rest;
  neap_decimal held = neap_decimal_neg(signed_by(ticket->side, self->position[ticket->product]));
  return neap_decimal_min(rest, neap_decimal_max(held, NEAP_ZERO));
}

static void fill(venue *self, venue_order *order, neap_decimal quantity) {
  const neap_ticket *ticket = &order->ticket;
  order->filled = plus(order->filled, quantity);
  self->position[ticket->product] = plus(self->position[ticket->product], signed_by(ticket->side, quantity));
  self->fills++;
  neap_report *report = write_letter(order, NEAP_REPORT_FILL);
  order->letter[order->letters - 1].turn = self->turns[ticket->product]++;
  report->last = neap_decimal_is_zero(rest_of(order));
  report->cumulative = order->filled;
  report->fill = (neap_fill){.order = ticket->number,
                             .strategy = ticket->strategy,
                             .product = ticket->product,
                             .side = ticket->side,
                             .price = ticket->limit.units ? ticket->limit : self->price[ticket->product],
                             .quantity = quantity,
                             .fee = self->smallest[0],
                             .time = self->now};
  if (report->last) order->live = order->cancel_waits = false;
}

/* What reduced in part and has nothing left to reduce ends here; of what did not, the session has to think. */
static void end_parts(venue *self, uint32_t product) {
  for (uint64_t i = 1; i <= self->highest; i++) {
    venue_order *order = &self->order[i];
    bool is_part = order->live && order->ticket.reduce_only && order->filled.units && order->ticket.product == product;
    if (is_part && neap_decimal_is_zero(allowed(self, order))) end(order, NEAP_REPORT_CANCELLED, "nothing_to_reduce");
  }
}

static void fill_some(venue *self, venue_order *order) {
  neap_decimal most = allowed(self, order), smallest = self->smallest[order->ticket.product];
  if (neap_decimal_cmp(most, smallest) < 0) {
    end(order, NEAP_REPORT_CANCELLED, "nothing_to_reduce");
    return;
  }
  uint64_t pieces = (uint64_t)(most.units / smallest.units);
  neap_decimal part = {smallest.units * (int64_t)(1 + venue_roll(self, pieces))};
  fill(self, order, venue_roll(self, 2) ? most : part);
  end_parts(self, order->ticket.product);
}

static void meet_fate(venue *self, venue_order *order) {
  bool has_room = order->letters < VENUE_LETTERS - 4;
  if (order->cancel_waits && venue_roll(self, 2)) {
    meet_cancel(order);
    return;
  }
  if (!order->live) return;
  uint64_t fate = venue_roll(self, 24);
  if (fate == 0)
    end(order, NEAP_REPORT_EXPIRED, "expired");
  else if (fate == 1)
    end(order, NEAP_REPORT_CANCELLED, "venue");
  else if (fate == 2 && neap_decimal_is_zero(order->filled))
    end(order, NEAP_REPORT_REJECTED, "venue_failed");
  else if (has_room)
    fill_some(self, order);
}

void venue_act(venue *self) {
  if (!self->highest) return;
  uint64_t first = venue_roll(self, self->highest);
  for (uint64_t i = 0; i < self->highest; i++) {
    venue_order *order = &self->order[1 + (first + i) % self->highest];
    if (!order->live && !order->cancel_waits) continue;
    meet_fate(self, order);
    return;
  }
}

void venue_drain(venue *self) {
  bool went_on = true;
  while (went_on) {
    went_on = venue_deliver(self);
    for (uint64_t i = 1; i <= self->highest; i++) {
      if (!self->order[i].cancel_waits) continue;
      meet_cancel(&self->order[i]);
      went_on = true;
    }
  }
}

/* The contract of a broker. */

static venue_order *order_of(venue *self, uint64_t number) {
  assert_true(number > 0 && number < VENUE_ORDERS);
  if (number > self->highest) self->highest = number;
  return &self->order[number];
}

static neap_status refuse(venue *self, neap_fault *fault) {
  static const neap_status why[] = {NEAP_REFUSED, NEAP_NOT_FOUND, NEAP_IO};
  self->refused++;
  return neap_fail(fault, why[venue_roll(self, 3)], "not_today", "the venue says no");
}

static bool is_missing(const venue *self, const neap_ticket *ticket) {
  neap_decimal sum = ticket->quantity;
  if (!self->holds || ticket->side != NEAP_SELL || self->products[ticket->product].kind != NEAP_SPOT) return false;
  for (uint64_t i = 1; i <= self->highest; i++) {
    const venue_order *order = &self->order[i];
    bool rests = order->live && order->ticket.side == NEAP_SELL && order->ticket.product == ticket->product;
    if (rests) sum = plus(sum, rest_of(order));
  }
  return neap_decimal_cmp(sum, self->position[ticket->product]) > 0;
}

static neap_status submit(void *context, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  venue *self = context;
  venue_order *order = order_of(self, ticket->number);
  (void)now;
  if (order->live || order->letters) fail_msg("order #%d came twice", (int)ticket->number);
  bool unwinds = order_find(self->sink->context, ticket->number)->unwinds;
  if ((!ticket->reduce_only || unwinds) && venue_roll(self, unwinds ? 2 : 16) == 0) return refuse(self, fault);
  if (is_missing(self, ticket)) return self->missing++, neap_fail(fault, NEAP_REFUSED, "INSUFFICIENT_FUND", "held");
  *order = (venue_order){.ticket = *ticket, .sent = true, .live = true};
  write_letter(order, NEAP_REPORT_ACCEPTED);
  if (self->store && venue_roll(self, 2)) deliver(self, order, 0);
  return NEAP_OK;
}

static neap_status cancel(void *context, uint64_t number, int64_t now, neap_fault *fault) {
  venue *self = context;
  venue_order *order = order_of(self, number);
  (void)now;
  if (venue_roll(self, 20) == 0) {
    order->cancel_failed = true;
    return neap_fail(fault, NEAP_IO, "line_cut", "the line is cut");
  }
  order->cancel_waits = true;
  if (venue_roll(self, 3) == 0) meet_cancel(order);
  return NEAP_OK;
}

static neap_status resize(void *context, const neap_order *told, int64_t now, neap_fault *fault) {
  venue *self = context;
  venue_order *order = order_of(self, told->ticket.number);
  (void)now;
  if (!order->sent) fail_msg("#%d is resized, and was never sent", (int)told->ticket.number);
  if (neap_decimal_cmp(told->ticket.quantity, order->filled) < 0)
    return neap_fail(fault, NEAP_REFUSED, "filled_more", "it has filled more");
  order->ticket.quantity = told->ticket.quantity;
  if (!order->ended) order->live = rest_of(order).units > 0;
  end_parts(self, order->ticket.product);
  return NEAP_OK;
}

static neap_status restore(void *context, const neap_order *told, neap_fault *fault) {
  venue *self = context;
  venue_order *order = order_of(self, told->ticket.number);
  (void)fault;
  assert_false(order->live || order->told_end);
  assert_int_equal(neap_decimal_cmp(order->told, told->filled), 0);
  order->ticket = told->ticket;
  order->sent = order->live = true;
  return NEAP_OK;
}

static const neap_broker *make(void *context, const neap_broker *simulator, const neap_broker_sink *sink) {
  venue *self = context;
  (void)simulator;
  self->sink = sink;
  self->broker = (neap_broker){.self = self,
                               .name = "venue",
                               .abilities = self->holds ? NEAP_BROKER_HOLDS : 0,
                               .orders = self->abilities,
                               .submit = submit,
                               .cancel = cancel,
                               .resize = resize,
                               .restore = restore};
  return &self->broker;
}

neap_broker_maker venue_maker(venue *self) { return (neap_broker_maker){.self = self, .make = make}; }

void venue_init(venue *self, const neap_product *products, uint64_t dice) {
  memset(self, 0, sizeof *self);
  self->products = products;
  self->dice = dice;
  for (uint32_t i = 0; i < VENUE_PRODUCTS; i++) self->smallest[i] = products[i].base_increment;
}

/* A crash. */

static void recall(venue *self, venue_order *order, uint64_t kept) {
  unsigned before = order->letters;
  venue_order old = *order;
  *order = (venue_order){.ticket = old.ticket, .cancel_failed = old.cancel_failed};
  for (unsigned i = 0; i < before; i++) {
    const venue_letter *letter = &old.letter[i];
    if (!letter->delivered || letter->behind >= kept) continue;
    order->letter[order->letters++] = *letter;
    take_note(self, order, &letter->report);
  }
}

void venue_crash(venue *self, uint64_t kept) {
  self->store = NULL;
  memset(self->told, 0, sizeof self->told);
  memset(self->told_turns, 0, sizeof self->told_turns);
  for (uint64_t i = 1; i <= self->highest; i++) recall(self, &self->order[i], kept);
  memcpy(self->position, self->told, sizeof self->position);
  memcpy(self->turns, self->told_turns, sizeof self->turns);
  for (uint64_t i = 1; i <= self->highest; i++) self->order[i].filled = self->order[i].told;
}

void venue_check_restored(const venue *self) {
  for (uint64_t i = 1; i <= self->highest; i++) {
    const venue_order *order = &self->order[i];
    if (order->letters && !order->told_end && !order->sent) fail_msg("order #%d was lost in a crash", (int)i);
  }
}
