/* SPDX-License-Identifier: MIT */
#include "bench/wire_stage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/program.h"

static int64_t session_time(void *self) {
  neap_clock clock = neap_clock_real();
  (void)self;
  return neap_clock_now(&clock);
}

static neap_amount exact(const char *text) {
  neap_amount amount = {.kind = NEAP_AMOUNT_EXACT};
  bench_must(neap_decimal_parse(text, strlen(text), &amount.exact, NULL), text, NULL);
  return amount;
}

/* --- the strategy ------------------------------------------------------------------------------------------------- */

static neap_status attach(void *self, neap_desk *desk, neap_fault *fault) {
  (void)fault;
  ((stage *)self)->desk = desk;
  return NEAP_OK;
}

static neap_status on_quote(void *self, const neap_quote *quote, neap_fault *fault) {
  stage *on = self;
  neap_order *order;
  on->told = bench_now();
  on->quotes++;
  if (!on->orders) return NEAP_OK;
  neap_order_request request = {.side = NEAP_BUY, .has_time_in_force = true, .time_in_force = NEAP_IOC};
  request.quantity = exact("0.01");
  request.limit = (neap_amount){.kind = NEAP_AMOUNT_EXACT, .exact = quote->bid};
  neap_status status = neap_desk_place(on->desk, &request, &order, fault);
  if (status != NEAP_OK) return status;
  if (order->status == NEAP_ORDER_REJECTED) bench_die(order->reason.code, NULL);
  neap_desk_release(on->desk, order);
  return NEAP_OK;
}

/* --- the broker: as the venue's, up to the request that it would send --------------------------------------------- */

static neap_status submit(void *self, const neap_ticket *ticket, int64_t at, neap_fault *fault) {
  stage *on = self;
  neap_buffer body;
  (void)at;
  neap_buffer_init(&body);
  const neap_coinbase_request request = {.ticket = ticket, .product_id = on->product.id, .product = &on->product};
  neap_status status = neap_coinbase_encode_create(&request, &body, fault);
  on->encoded = bench_now();
  on->request = body.size;
  on->placed++;
  on->answers = ticket->number;
  neap_buffer_fini(&body);
  return status;
}

static neap_status cancel(void *self, uint64_t order, int64_t at, neap_fault *fault) {
  (void)self, (void)order, (void)at;
  return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "nothing works here");
}

static bool has_news(const void *self) { return ((const stage *)self)->answers != 0; }

static void serve(void *self, int64_t at) {
  stage *on = self;
  neap_report report = {.kind = NEAP_REPORT_ACCEPTED, .order = on->answers};
  (void)at;
  on->answers = 0;
  on->sink->report(on->sink->context, &report);
  report.kind = NEAP_REPORT_CANCELLED;
  snprintf(report.code, sizeof report.code, "ioc");
  on->sink->report(on->sink->context, &report);
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  stage *on = self;
  (void)simulator;
  on->sink = sink;
  return &on->broker;
}

/* --- the feed ----------------------------------------------------------------------------------------------------- */

static neap_status listen_to(void *self, const neap_market_listener *listener, neap_fault *fault) {
  (void)fault;
  ((stage *)self)->listener = *listener;
  return NEAP_OK;
}

static neap_status ask_bars(void *self, uint32_t product, int64_t frame, int64_t from, int64_t to, neap_fault *fault) {
  (void)self, (void)product, (void)frame, (void)from, (void)to;
  return neap_fail(fault, NEAP_REFUSED, "no_bars", "there are none");
}

static int64_t never(void *self) { return (void)self, INT64_MAX; }
static void nothing(void *self) { (void)self; }
static void refuse(void *self, uint32_t product, const char *why) { (void)self, (void)product, bench_die(why, NULL); }

static void take_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  const stage *on = context;
  on->listener.book(on->listener.context, product, message, is_snapshot);
}

static void unusable(void *context, uint32_t product, const neap_fault *why) {
  (void)context, (void)product, bench_die("a frame", why);
}

void stage_read(stage *on, const char *text, size_t length) {
  const neap_frame_listener listener = {.context = on, .book = take_book, .unusable = unusable};
  neap_fault fault = {0};
  bench_must(neap_frames_read(on->frames, text, length, &listener, &fault), "a frame", &fault);
  on->listener.instant(on->listener.context);
}

/* --- the session -------------------------------------------------------------------------------------------------- */

static void set(neap_limits *limits, const char *field, const char *value) {
  neap_fault fault;
  bench_must(neap_limits_set(limits, field, value, &fault), field, &fault);
}

static void make_parts(stage *on) {
  on->strategy = (neap_strategy){.self = on,
                                 .name = "bench",
                                 .hooks = NEAP_HOOK_QUOTE,
                                 .feeds = NEAP_FEED_QUOTE,
                                 .attach = attach,
                                 .quote = on_quote};
  on->broker = (neap_broker){.self = on,
                             .name = "bench",
                             .abilities = NEAP_BROKER_EXTERNAL,
                             .submit = submit,
                             .cancel = cancel,
                             .serve = serve,
                             .has_news = has_news};
  on->feed = (neap_market_feed){.self = on,
                                .listen = listen_to,
                                .ask_bars = ask_bars,
                                .next = never,
                                .tick = nothing,
                                .refuse = refuse,
                                .stop = nothing};
  neap_limits_default(&on->limits);
  set(&on->limits, "max_exposure_pct", "1");
  set(&on->limits, "max_position_pct_per_symbol", "1");
  set(&on->limits, "slippage_guard_bps", "0");
}

void stage_open(stage *on, const char *store) {
  neap_fault fault = {0};
  make_parts(on);
  bench_must(neap_product_parse("BTC-USD:price_increment=0.01,base_increment=0.00000001", &on->product, &fault),
             "product", &fault);
  const neap_frame_product told = {"BTC-USD", exact("0.01").exact, exact("0.00000001").exact};
  bench_must(neap_frames_new(&told, 1, &on->frames, &fault), "frames", &fault);
  bench_must(neap_loop_open(&on->loop, &fault), "loop", &fault);
  const neap_session_book book = {told.price_increment, told.size_increment};
  const neap_engine_config config = {.limits = &on->limits};
  neap_wire_options options = {.session = {.id = "bench",
                                           .mode = "exchange",
                                           .currency = "USD",
                                           .products = &on->product,
                                           .product_count = 1,
                                           .cash = neap_decimal_from_int(1000000),
                                           .live = neap_live_engine(&config),
                                           .advanced = neap_advanced_engine(&config),
                                           .limits = &on->limits,
                                           .broker = {on, make},
                                           .strategy = &on->strategy,
                                           .store_path = store,
                                           .reserve = 1 << 20},
                               .feed = &on->feed,
                               .books = &book,
                               .frame = 60 * NEAP_SECOND,
                               .now = session_time};
  neap_policy_fixed("live", &options.session.policy, NULL);
  bench_must(neap_wire_open(&options, &on->wire, &fault), "session", &fault);
}

void stage_rest(stage *on) {
  neap_fault fault = {0};
  neap_loop_turn(on->loop, INT64_MIN);
  bench_must(neap_wire_work(on->wire, &fault), "turn", &fault);
  char head[NEAP_DIGEST_TEXT];
  neap_event_store_head(neap_session_store(neap_wire_session(on->wire)), head); /* waits until the file has all */
}

void stage_close(stage *on) {
  neap_fault fault = {0};
  bench_must(neap_wire_stop(on->wire, "end", &fault), "stop", &fault);
  neap_wire_close(on->wire);
  neap_frames_free(on->frames);
  neap_loop_close(on->loop);
}
