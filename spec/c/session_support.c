/* SPDX-License-Identifier: MIT */
/* session_support: runs a session on bars of memory with a strategy made of C functions. */
#include "session_support.h"

#include <stdio.h>

#include "base/record.h"

const char *instant(int64_t ns, char out[16]) {
  int64_t minutes = (ns - MONDAY) / MINUTE;
  snprintf(out, 16, "%02d %02d:%02d", (int)(minutes / 1440 + 1) % 100, (int)(minutes / 60 % 24), (int)(minutes % 60));
  return out;
}

uint32_t act_product(act *play, const char *text) {
  neap_fault fault = {0};
  neap_product *product = &play->product[play->products];
  if (neap_product_parse(text, product, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return play->products++;
}

void act_widen(neap_limits *limits) {
  limits->max_leverage = 1;
  limits->max_exposure_pct = limits->max_position_pct_per_symbol = neap_decimal_from_int(NEAP_LIMITS_UNBOUND);
  limits->min_liquidation_buffer_pct = NEAP_ZERO;
  limits->enable_pre_trade_liq_projection = false;
  limits->error_threshold = 0;
  limits->daily_loss_limit = neap_decimal_from_int(INT64_C(1000000000000)); /* no limit */
  limits->slippage_guard_bps = 0;
  limits->daily_loss_limit = dec("1000000000000");
  limits->max_mark_staleness_seconds = 604800;
  limits->preview_timeout_seconds = 0;
}

void act_init(act *play) {
  memset(play, 0, sizeof *play);
  act_product(play, "BTC-USD:price_increment=0.01");
  neap_limits_default(&play->limits);
  act_widen(&play->limits);
  neap_session_options *session = &play->options.session;
  const neap_engine_config config = {.limits = &play->limits, .reject_on_cross = true};
  session->id = "test";
  session->mode = "backtest";
  session->currency = "USD";
  session->cash = dec("10000");
  session->live = neap_live_engine(&config);
  session->advanced = neap_advanced_engine(&config);
  session->limits = &play->limits;
  assert_int_equal(neap_policy_fixed("live", &session->policy, NULL), NEAP_OK);
}

void act_bar(act *play, uint32_t product, int64_t at, const char *prices) {
  char text[5][32];
  assert_int_equal(sscanf(prices, "%31s %31s %31s %31s %31s", text[0], text[1], text[2], text[3], text[4]), 5);
  assert_true(play->count[product] < ACT_BARS);
  neap_candle bar = {.time = MONDAY + at, .price_digits = 16, .volume_digits = 16};
  bar.open = dec(text[0]), bar.high = dec(text[1]), bar.low = dec(text[2]), bar.close = dec(text[3]);
  bar.volume = dec(text[4]);
  neap_candle_set_floats(&bar);
  play->bar[product][play->count[product]++] = bar;
}

void act_bars(act *play, uint32_t product, int64_t frame, const char *const *prices, size_t count) {
  for (size_t i = 0; i < count; i++) act_bar(play, product, (int64_t)i * frame, prices[i]);
}

static neap_status attach(void *self, neap_desk *desk, neap_fault *fault) {
  (void)fault;
  ((actor *)self)->desk = desk;
  return NEAP_OK;
}

static neap_status on_start(void *self, bool resumed, neap_fault *fault) {
  (void)resumed;
  return ((actor *)self)->start(self, fault);
}

static neap_status on_bar(void *self, const neap_bar_event *bar, neap_fault *fault) {
  actor *me = self;
  assert_int_equal(neap_desk_now(me->desk), bar->close_time);
  assert_true(bar->candle->time + bar->frame <= bar->close_time);
  me->bars++;
  return me->bar(me, bar, fault);
}

static neap_status on_slice(void *self, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  return ((actor *)self)->slice(self, bars, count, fault);
}

static neap_status on_order(void *self, neap_order *order, neap_fault *fault) {
  return ((actor *)self)->order(self, order, fault);
}

static neap_status on_fill(void *self, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  return ((actor *)self)->fill(self, order, fill, fault);
}

static neap_status on_reject(void *self, neap_order *order, neap_fault *fault) {
  return ((actor *)self)->reject(self, order, fault);
}

static neap_status on_timer(void *self, const neap_timer_event *timer, neap_fault *fault) {
  return ((actor *)self)->timer(self, timer, fault);
}

static neap_status on_stop(void *self, const char *reason, neap_fault *fault) {
  return ((actor *)self)->stop(self, reason, fault);
}

static neap_status on_mode(void *self, const neap_mode_event *mode, neap_fault *fault) {
  return ((actor *)self)->mode(self, mode, fault);
}

void act_seat(actor *who) {
  neap_strategy *strategy = &who->strategy;
  strategy->self = who;
  if (!strategy->name[0]) snprintf(strategy->name, sizeof strategy->name, "actor");
  strategy->hooks =
      (who->start ? NEAP_HOOK_START : 0u) | (who->bar ? NEAP_HOOK_BAR : 0u) | (who->slice ? NEAP_HOOK_SLICE : 0u) |
      (who->order ? NEAP_HOOK_ORDER : 0u) | (who->fill ? NEAP_HOOK_FILL : 0u) | (who->reject ? NEAP_HOOK_REJECT : 0u) |
      (who->timer ? NEAP_HOOK_TIMER : 0u) | (who->stop ? NEAP_HOOK_STOP : 0u) | (who->mode ? NEAP_HOOK_MODE : 0u);
  strategy->attach = attach;
  strategy->start = on_start, strategy->bar = on_bar, strategy->slice = on_slice, strategy->order = on_order;
  strategy->fill = on_fill, strategy->reject = on_reject, strategy->timer = on_timer, strategy->stop = on_stop;
  strategy->mode = on_mode;
}

/* cash + Σ what positions are worth = equity, whatever happened. */
static void check_totals(act *play) {
  assert_int_equal(neap_session_totals_get(play->session, &play->totals, &play->fault), NEAP_OK);
  neap_statistics_result result;
  neap_session_statistics(play->session, &result);
  assert_true(result.equity_final == neap_decimal_to_double(play->totals.equity));
  assert_int_equal(result.trades, play->totals.trade_count);
}

static neap_status run(act *play) {
  neap_feed *feeds[ACT_PRODUCTS] = {0};
  for (uint32_t i = 0; i < play->products; i++)
    assert_int_equal(neap_feed_from_bars(play->bar[i], play->count[i], NULL, &feeds[i], &play->fault), NEAP_OK);
  play->options.feeds = feeds;
  play->options.session.products = play->product;
  play->options.session.product_count = play->products;
  neap_status status = neap_backtest_run(&play->options, &play->session, &play->report, &play->fault);
  for (uint32_t i = 0; i < play->products; i++) neap_feed_close(feeds[i]);
  if (status == NEAP_OK) check_totals(play);
  return status;
}

neap_status act_run(act *play, actor *who) {
  act_seat(who);
  play->options.session.strategy = &who->strategy;
  return run(play);
}

void act_run_well(act *play, actor *who) {
  if (act_run(play, who) != NEAP_OK) fail_msg("%s: %s", play->fault.code, play->fault.message);
}

neap_status act_run_seats(act *play, const neap_session_seat *seats, uint32_t count) {
  play->options.session.seats = seats;
  play->options.session.seat_count = count;
  return run(play);
}

neap_status act_run_all(act *play, actor *const *who, uint32_t count) {
  neap_session_seat seats[ACT_SEATS];
  for (uint32_t i = 0; i < count; i++) {
    act_seat(who[i]);
    seats[i] = (neap_session_seat){.strategy = &who[i]->strategy, .cash = dec("10000")};
  }
  return act_run_seats(play, seats, count);
}

void act_close(act *play, actor *who) {
  for (unsigned i = 0; i < who->held_count; i++) neap_desk_release(who->desk, who->held[i]);
  who->held_count = 0;
  neap_session_close(play->session);
  play->session = NULL;
}

neap_status actor_place(actor *me, const neap_order_request *request, neap_order **out) {
  neap_fault fault = {0};
  neap_order *order = NULL;
  neap_status status = neap_desk_place(me->desk, request, &order, &fault);
  if (status != NEAP_OK) actor_note(me, "misuse %s", fault.code);
  if (out) *out = order;
  if (order) assert_true(me->held_count < ACT_ORDERS);
  if (order) me->held[me->held_count++] = order;
  return status;
}

void actor_note(actor *me, const char *format, ...) {
  size_t at = strlen(me->log);
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(me->log + at, sizeof me->log - at, format, arguments);
  va_end(arguments);
  assert_true((size_t)length + 2 < sizeof me->log - at);
  strcat(me->log, "\n");
}

neap_status actor_note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)fault;
  char at[16], price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "%s %s %s @ %s%s%s", instant(fill->time, at), neap_side_name(fill->side), quantity, price,
             order->why[0] ? " " : "", order->why);
  return NEAP_OK;
}

neap_status actor_note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "rejected %s", order->reason.code);
  return NEAP_OK;
}

typedef struct listing {
  const char *wanted;
  unsigned left;
  char *out;
  size_t size;
} listing;

static bool add_type(void *context, const neap_event *event) {
  listing *list = context;
  bool frame = strncmp(event->type, "session_", 8) == 0 || strcmp(event->type, "data_read") == 0 ||
               strcmp(event->type, "state_snapshot") == 0;
  if (frame || strncmp(event->type, list->wanted, strlen(list->wanted)) != 0) return true;
  size_t at = strlen(list->out);
  snprintf(list->out + at, list->size - at, "%s%s", at ? " " : "", event->type);
  return true;
}

const char *act_events(const act *play, const char *prefix, char *out, size_t size) {
  listing list = {.wanted = prefix, .out = out, .size = size};
  *out = 0;
  neap_event_store_each(neap_session_store(play->session), add_type, &list);
  return out;
}

static bool render(void *context, const neap_event *event) {
  listing *list = context;
  if (strcmp(event->type, list->wanted) != 0 || list->left-- > 0) return true;
  neap_buffer json;
  neap_buffer_init(&json);
  assert_int_equal(neap_record_to_json(event->record, event->record_size, &json, NULL), NEAP_OK);
  snprintf(list->out, list->size, "%.*s", (int)json.size, (const char *)json.data);
  neap_buffer_fini(&json);
  return false;
}

const char *act_event(const act *play, const char *type, unsigned nth, char *out, size_t size) {
  listing list = {.wanted = type, .left = nth, .out = out, .size = size};
  *out = 0;
  neap_event_store_each(neap_session_store(play->session), render, &list);
  return out;
}

void act_head(const act *play, char out[NEAP_DIGEST_TEXT]) {
  neap_event_store_head(neap_session_store(play->session), out);
}

static const neap_broker *make_lacking(void *context, const neap_broker *simulator, const neap_broker_sink *sink) {
  act *play = context;
  (void)sink;
  play->theirs = *simulator;
  play->theirs.name = "lacking";
  play->theirs.orders = &play->abilities;
  return &play->theirs;
}

void act_lack(act *play, const char *words) {
  for (unsigned i = 0; neap_broker_ability_word(i); i++) neap_broker_ability_set(&play->abilities, i, true);
  for (size_t length; *words; words += length, words += *words == ' ') {
    bool known = false;
    length = strcspn(words, " ");
    for (unsigned i = 0; !known && neap_broker_ability_word(i); i++) {
      known = strlen(neap_broker_ability_word(i)) == length && strncmp(neap_broker_ability_word(i), words, length) == 0;
      if (known) neap_broker_ability_set(&play->abilities, i, false);
    }
    assert_true(known);
  }
  play->options.session.broker = (neap_broker_maker){play, make_lacking};
}
