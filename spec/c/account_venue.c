/* SPDX-License-Identifier: MIT */
/* account_venue: books of its own, answers when the test says so. */
#include "account_venue.h"

#include <stdio.h>

#include "session/session_state.h"
#include "session/state.h"

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  account_venue *at = self;
  (void)now, (void)fault;
  at->submitted = ticket->number;
  at->submissions++;
  return NEAP_OK;
}

static neap_status cancel(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  account_venue *at = self;
  (void)now;
  bool is_known = !at->forgets || at->restored == order;
  if (!is_known) return neap_fail(fault, NEAP_NOT_FOUND, "unknown", "the venue knows no such order");
  at->cancelled = order;
  return NEAP_OK;
}

static neap_status resize(void *self, const neap_order *order, int64_t now, neap_fault *fault) {
  (void)self, (void)order, (void)now, (void)fault;
  return NEAP_OK;
}

static neap_status restore(void *self, const neap_order *order, neap_fault *fault) {
  (void)fault;
  ((account_venue *)self)->restored = order->ticket.number;
  return NEAP_OK;
}

static void show(account_venue *at, bool settled);

static void serve(void *self, int64_t now) {
  account_venue *at = self;
  (void)now;
  if (at->shows) show(at, true);
  at->shows = false;
}

static bool has_news(const void *self) { return (void)self, false; }

static neap_status look(void *self, neap_fault *fault) {
  (void)fault;
  ((account_venue *)self)->asked++;
  return NEAP_OK;
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  account_venue *at = self;
  (void)simulator;
  at->sink = sink;
  at->broker = (neap_broker){.self = at,
                             .name = "account",
                             .abilities = NEAP_BROKER_EXTERNAL,
                             .submit = submit,
                             .cancel = cancel,
                             .resize = resize,
                             .restore = restore,
                             .serve = serve,
                             .has_news = has_news,
                             .look = look};
  return &at->broker;
}

static void on_log(void *context, const char *level, const char *line) {
  account_venue *at = context;
  if (strcmp(level, "alert") != 0) return;
  size_t used = strlen(at->alerts);
  snprintf(at->alerts + used, sizeof at->alerts - used, "%s\n", line);
}

void outside_begin(account_venue *self, const char *usd, const char *btc) {
  const char *max_exposure = self->max_exposure;
  memset(self, 0, sizeof *self);
  self->max_exposure = max_exposure;
  self->usd = dec(usd);
  self->btc = dec(btc);
}

neap_status outside_open(account_venue *self, neap_external external, const char *path, bool resume) {
  neap_session_options *options = &self->play.options.session;
  act_init(&self->play);
  act_seat(&self->who);
  if (self->max_exposure) self->play.limits.max_exposure_pct = dec(self->max_exposure);
  self->seat[STRATEGY] = (neap_session_seat){.strategy = &self->who.strategy, .cash = dec("10000")};
  self->seat[OPERATOR] = (neap_session_seat){.cash = dec("1000")};
  if (!resume) self->clock = MONDAY;
  options->mode = "exchange";
  options->products = self->play.product;
  options->product_count = self->play.products;
  options->frames = (const int64_t[]){HOUR};
  options->seats = self->seat;
  options->seat_count = 2;
  options->broker = (neap_broker_maker){.self = self, .make = make};
  options->external = external;
  options->store_path = path;
  options->reserve = self->reserve;
  options->snapshot_every = 10; /* what a session goes on from is a snapshot as often as not */
  options->resume = resume;
  options->start = self->clock;
  options->log_context = self;
  options->log = on_log;
  return neap_session_open(options, &self->play.session, &self->play.fault);
}

void outside_close(account_venue *self) { neap_session_close(self->play.session); }

void outside_price(account_venue *self, const char *price) {
  neap_session *session = self->play.session;
  neap_candle bar = {.time = self->clock, .price_digits = 16, .volume_digits = 16};
  bar.open = bar.high = bar.low = bar.close = dec(price);
  bar.volume = dec("1000");
  neap_candle_set_floats(&bar);
  const neap_bar_event event = {.product = 0, .frame = HOUR, .close_time = self->clock + HOUR, .candle = &bar};
  assert_int_equal(neap_session_bar_open(session, 0, &bar, NULL), NEAP_OK);
  assert_int_equal(neap_session_bar_close(session, &event, 1, NULL), NEAP_OK);
  self->clock += HOUR;
}

typedef struct wish {
  neap_order_request request;
  uint64_t number;
} wish;

static neap_status place_order(neap_desk *desk, const void *argument, neap_fault *fault) {
  wish *asked = *(wish *const *)argument;
  neap_order *order = NULL;
  neap_status status = neap_desk_place(desk, &asked->request, &order, fault);
  if (order) asked->number = order->ticket.number;
  if (order) neap_desk_release(desk, order);
  return status;
}

uint64_t outside_place(account_venue *self, uint32_t seat, neap_side side, const char *quantity, const char *limit) {
  wish asked = {.request = {.side = side, .quantity = exactly(quantity)}}, *where = &asked;
  neap_session *session = self->play.session;
  if (limit) asked.request.limit = exactly(limit);
  neap_session_begin_instant(session);
  assert_int_equal(neap_session_act(session, seat, place_order, &where, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(session, NULL), NEAP_OK);
  return asked.number;
}

neap_order_status outside_status(account_venue *self, uint64_t number) {
  const neap_order *order = order_find(self->play.session, number);
  return order ? order->status : NEAP_ORDER_NEW;
}

static void tell(account_venue *self, const neap_report *report) {
  neap_session_begin_instant(self->play.session);
  self->sink->report(self->sink->context, report);
  if (neap_session_end_instant(self->play.session, &self->play.fault) != NEAP_OK)
    fail_msg("%s", self->play.fault.message);
}

void outside_report(account_venue *self, neap_report_kind kind, uint64_t number, const char *code) {
  neap_report report = {.kind = kind, .order = number};
  snprintf(report.code, sizeof report.code, "%s", code);
  tell(self, &report);
}

static void trade(account_venue *self, neap_side side, neap_decimal price, neap_decimal quantity, neap_decimal fee) {
  neap_decimal value;
  neap_decimal sold = side == NEAP_BUY ? neap_decimal_neg(quantity) : quantity;
  assert_int_equal(neap_decimal_mul(price, sold, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &value), NEAP_OK);
  assert_int_equal(neap_decimal_add(self->usd, value, &self->usd), NEAP_OK);
  assert_int_equal(neap_decimal_sub(self->usd, fee, &self->usd), NEAP_OK);
  assert_int_equal(neap_decimal_sub(self->btc, sold, &self->btc), NEAP_OK);
}

void outside_fill(account_venue *self, uint64_t number, neap_side side, const char *price, const char *quantity,
                  const char *cumulative) {
  neap_report report = {.kind = NEAP_REPORT_FILL, .order = number, .cumulative = dec(cumulative)};
  report.fill = (neap_fill){.order = number, .side = side, .time = self->clock};
  const neap_order *order = order_find(self->play.session, number);
  report.fill.strategy = order ? order->ticket.strategy : 0;
  report.fill.price = dec(price), report.fill.quantity = dec(quantity), report.fill.fee = dec("0.25");
  trade(self, side, report.fill.price, report.fill.quantity, report.fill.fee);
  tell(self, &report);
}

void outside_tell(account_venue *self, const neap_foreign_fill *fill) {
  neap_session_begin_instant(self->play.session);
  self->sink->foreign_fill(self->sink->context, fill);
  if (neap_session_end_instant(self->play.session, &self->play.fault) != NEAP_OK)
    fail_msg("%s", self->play.fault.message);
}

void outside_foreign(account_venue *self, neap_side side, const char *price, const char *quantity, const char *id,
                     bool told) {
  neap_foreign_fill fill = {
      .side = side, .price = dec(price), .quantity = dec(quantity), .fee = dec("0.1000000000000003")};
  fill.time = self->clock;
  snprintf(fill.trade_id, sizeof fill.trade_id, "%s", id);
  snprintf(fill.order_id, sizeof fill.order_id, "by-hand");
  trade(self, side, fill.price, fill.quantity, fill.fee);
  if (told) outside_tell(self, &fill);
}

static void show(account_venue *at, bool settled) {
  neap_account_balance balances[] = {
      {.currency = "EUR", .total = dec("7")}, {.currency = "USD", .total = at->usd}, {.currency = "BTC"}};
  balances[2].total = at->btc;
  const neap_account_view view = {.time = at->clock + ++at->looks,
                                  .settled = settled,
                                  .balances = balances,
                                  .balance_count = neap_decimal_is_zero(at->btc) ? 2 : 3,
                                  .orders = at->foreign,
                                  .order_count = at->foreign_count,
                                  .own = &at->own,
                                  .own_count = at->own.order != 0};
  at->sink->account(at->sink->context, &view);
}

void outside_look(account_venue *self, bool settled) {
  neap_session_begin_instant(self->play.session);
  show(self, settled);
  if (neap_session_end_instant(self->play.session, &self->play.fault) != NEAP_OK)
    fail_msg("%s", self->play.fault.message);
}

void outside_move(account_venue *self, const char *usd, const char *btc) {
  assert_int_equal(neap_decimal_add(self->usd, dec(usd), &self->usd), NEAP_OK);
  assert_int_equal(neap_decimal_add(self->btc, dec(btc), &self->btc), NEAP_OK);
}

void outside_check(account_venue *self) {
  neap_reconcile_row row;
  for (uint32_t i = 0; neap_session_reconcile_row(self->play.session, i, &row); i++) {
    neap_decimal sum = NEAP_ZERO, there = strcmp(row.currency, "USD") == 0 ? self->usd : self->btc;
    char is[NEAP_DECIMAL_TEXT], should[NEAP_DECIMAL_TEXT];
    assert_int_equal(neap_decimal_add(row.ours, row.external, &sum), NEAP_OK);
    neap_decimal_format(sum, is);
    neap_decimal_format(there, should);
    if (sum.units != there.units)
      fail_msg("%s: ours and external are %s, the account has %s", row.currency, is, should);
  }
}

neap_decimal outside_held(const account_venue *self, uint32_t seat) {
  return neap_ledger_position(self->play.session->ledger, seat, 0)->quantity;
}

const char *outside_event(const account_venue *self, const char *type, unsigned nth) {
  static _Thread_local char text[4096];
  return act_event(&self->play, type, nth, text, sizeof text);
}

void outside_check_replay(account_venue *self, const place *at) {
  char live[NEAP_DIGEST_TEXT];
  neap_replay_report replayed;
  neap_state *again = NULL;
  neap_fault fault = {0};
  neap_session_rest(self->play.session);
  assert_int_equal(neap_session_settle(self->play.session, NULL), NEAP_OK);
  assert_int_equal(neap_session_state_hash(self->play.session, live, NULL), NEAP_OK);
  if (neap_state_replay(at->path, 0, true, &again, &replayed, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_string_equal(replayed.hash, live);
  neap_state_free(again);
}
