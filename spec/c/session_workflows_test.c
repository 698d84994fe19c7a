/* SPDX-License-Identifier: MIT */
/* Random workflows: orders are placed, in groups and in slices, watched for by our triggers where the venue has no
 * stops, filled in part, replaced, cancelled, protected; the engine changes between two of them, back and forth; the
 * process dies and goes on; the venue answers late and twice. After every step the session's books are what the venue
 * has told, and when all is told they are the venue's. NEAP_WORKFLOWS says how many; NEAP_WORKFLOW runs one seed. */
#include <stdio.h>
#include <stdlib.h>

#include "kept_journal.h"
#include "session/configure.h"
#include "session/session_state.h"
#include "store_support.h"
#include "workflow_venue.h"

enum { WORKFLOWS = 300, STEPS = 60, ENGINE_NAME = 16 };

typedef struct workflow {
  act play;
  venue venue;
  neap_session *session;
  journal book; /* of all processes so far */
  int64_t now;
  uint64_t seed;
  const place *at;
  neap_limits limits; /* their flag chooses the engine */
  bool on_disk;       /* the session was resumed */
} workflow;

static workflow flow;
static struct {
  uint64_t crashes, fills, replacements, duplicates, late, refused, orders, exits, wholes, watched, changes, rooms;
} seen;

static uint64_t roll(uint64_t sides) { return venue_roll(&flow.venue, sides); }

/* A seed that fails is run alone, by NEAP_WORKFLOW, and tells its events. */
static bool tell(void *context, const neap_event *event) {
  neap_buffer json;
  (void)context;
  neap_buffer_init(&json);
  neap_record_to_json(event->record, event->record_size, &json, NULL);
  printf("%d %s %.8s %s %.*s\n", (int)event->seq, event->product, event->client_order_id, event->type, (int)json.size,
         (const char *)json.data);
  neap_buffer_fini(&json);
  return true;
}

static void broken(const char *what, uint64_t number) {
  for (size_t i = 0; getenv("NEAP_WORKFLOW") && i < flow.book.count; i++) tell(NULL, &flow.book.event[i]);
  if (getenv("NEAP_WORKFLOW")) neap_event_store_each(neap_session_store(flow.session), tell, NULL);
  fail_msg("workflow %d: #%d %s", (int)flow.seed, (int)number, what);
}

static void check(neap_status status, const neap_fault *fault) {
  if (status != NEAP_OK) fail_msg("workflow %d: %s: %s", (int)flow.seed, fault->code, fault->message);
}

/* The desk. */

static neap_amount near(uint32_t product) {
  return inexactly(neap_decimal_to_double(flow.venue.price[product]) * (0.9 + (double)roll(200) / 1000));
}

/* In slices; live refuses it. What goes at once, and stops, have no slices. */
static void cut(neap_order_request *request) {
  bool is_limit = amount_is_given(&request->limit);
  if (amount_is_given(&request->stop)) return;
  request->execution = (neap_execution)(1 + roll(is_limit ? 3 : 2));
  if (request->execution == NEAP_TWAP) request->slices = 1 + (uint32_t)roll(6);
  if (request->execution == NEAP_ICEBERG) request->show = inexactly((double)(1 + roll(100)) / 100);
  if (request->execution == NEAP_VWAP) request->share = exactly("0.001");
  if (request->execution != NEAP_ICEBERG && roll(3)) request->over = (int64_t)(1 + roll(10)) * MINUTE;
  if (roll(6) == 0) request->good_till = flow.now + (int64_t)(1 + roll(5)) * MINUTE;
}

static neap_order_request some_request(uint32_t product) {
  neap_order_request request = {.product = product, .side = (neap_side)roll(2)};
  request.quantity = inexactly((double)(1 + roll(500)) / 100);
  if (roll(2)) request.limit = near(product);
  if (roll(4) == 0) request.stop = near(product);
  if (!request.limit.kind && !request.stop.kind && roll(5) == 0)
    request.trail_bps = inexactly((double)(10 + roll(900)));
  request.post_only = request.limit.kind && !request.stop.kind && roll(4) == 0;
  request.reduce_only = roll(6) == 0;
  if (request.reduce_only) return request;
  if (roll(2)) request.stop_loss = near(product);
  if (roll(2)) request.take_profit = near(product);
  if (roll(4) == 0) request.trailing_stop_bps = inexactly((double)(10 + roll(900)));
  return request;
}

static void place_some(neap_desk *desk, uint32_t product) {
  neap_order_request request = some_request(product);
  neap_order *order = NULL;
  if (!request.trail_bps.kind && roll(3) == 0) cut(&request);
  neap_status status = neap_desk_place(desk, &request, &order, NULL);
  assert_true(status == NEAP_OK || status == NEAP_INVALID);
  if (status == NEAP_OK) neap_desk_release(desk, order);
}

static void place_group(neap_desk *desk) {
  const neap_order_request legs[] = {some_request(0), some_request(1)};
  neap_order *orders[2];
  neap_group_options options = {.one_cancels_other = roll(3) == 0};
  options.unwinds = !options.one_cancels_other && roll(2);
  neap_status status = neap_desk_group(desk, legs, 2, &options, orders, NULL);
  assert_true(status == NEAP_OK || status == NEAP_INVALID);
  for (int i = 0; status == NEAP_OK && i < 2; i++) neap_desk_release(desk, orders[i]);
}

static void aim(neap_desk *desk, uint32_t product) {
  const neap_order_request request = {.product = product, .quantity = inexactly((double)roll(600) / 100 - 3)};
  neap_order *order = NULL;
  if (neap_desk_target(desk, &request, &order, NULL) == NEAP_OK) neap_desk_release(desk, order);
}

static void leave(neap_desk *desk, uint32_t product) {
  neap_order *order = NULL;
  if (neap_desk_close(desk, product, "leave", "", &order, NULL) == NEAP_OK) neap_desk_release(desk, order);
}

static void cancel_some(neap_desk *desk) {
  for (neap_order *order = NULL; (order = neap_desk_next_order(desk, order));)
    if (roll(3) == 0) assert_int_equal(neap_desk_cancel(desk, order, NULL), NEAP_OK);
}

static void hold_some(neap_desk *desk) {
  bool works;
  for (neap_order *order = NULL; (order = neap_desk_next_order(desk, order));)
    if (neap_order_is_sliced(order))
      assert_int_equal((roll(2) ? neap_desk_pause : neap_desk_resume)(desk, order, &works, NULL), NEAP_OK);
}

static void replace_some(neap_desk *desk) {
  for (neap_order *order = NULL, *next; (order = neap_desk_next_order(desk, order));) {
    neap_replacement wish = {0};
    if (roll(3)) continue;
    if (order->ticket.limit.units) wish.limit = near(order->ticket.product);
    if (order->ticket.stop.units && roll(2)) wish.stop = near(order->ticket.product);
    if (!wish.limit.kind || roll(2)) wish.quantity = inexactly((double)(1 + roll(500)) / 100);
    neap_status status = neap_desk_replace(desk, order, &wish, &next, NULL);
    assert_true(status == NEAP_OK || status == NEAP_INVALID);
    if (status == NEAP_OK) neap_desk_release(desk, next);
    return;
  }
}

static neap_status do_something(neap_desk *desk, const void *argument, neap_fault *fault) {
  uint32_t product = (uint32_t)roll(VENUE_PRODUCTS);
  (void)argument;
  switch (roll(14)) {
  case 13:
    place_group(desk);
    break;
  case 12:
    hold_some(desk);
    break;
  case 4:
  case 5:
    replace_some(desk);
    break;
  case 0:
    cancel_some(desk);
    break;
  case 1:
    leave(desk, product);
    break;
  case 2:
    aim(desk, product);
    break;
  case 3:
    if (roll(4) == 0) assert_int_equal(neap_desk_cancel_all(desk, roll(2) ? -1 : (int64_t)product, NULL), NEAP_OK);
    break;
  default:
    place_some(desk, product);
    break;
  }
  return roll(30) ? NEAP_OK : neap_fail(fault, NEAP_INVALID, "bad_luck", "a throw of the dice");
}

static void act_at_desk(void) {
  neap_fault fault = {0};
  neap_status status = neap_session_act(flow.session, 0, do_something, NULL, &fault);
  if (strcmp(fault.code, "bad_luck") != 0) check(status, &fault);
}

/* What always holds. */

/* Of an order that leaves in slices: what the venue told of them. */
static neap_decimal told_of(uint64_t number) {
  neap_decimal sum = flow.venue.order[number].told;
  for (uint64_t i = 1; i <= flow.venue.highest; i++)
    if (flow.venue.order[i].ticket.slice_of == number) sum.units += flow.venue.order[i].told.units;
  return sum;
}

/* Its slices sum to no more than it, and what they filled it has. */
static void check_whole(neap_desk *desk, const neap_order *whole) {
  neap_decimal out = whole->filled;
  seen.wholes++;
  if (flow.venue.order[whole->ticket.number].sent) broken("leaves in slices, and was sent", whole->ticket.number);
  if (told_of(whole->ticket.number).units != whole->filled.units)
    broken("has another quantity than its slices", whole->ticket.number);
  for (const neap_order *order = NULL; (order = neap_desk_next_order(desk, order));)
    if (order->ticket.slice_of == whole->ticket.number) out.units += neap_order_remaining(order).units;
  if (out.units > whole->ticket.quantity.units) broken("has more out than it wants", whole->ticket.number);
}

static void check_exit(neap_desk *desk, const neap_order *exit) {
  const venue_order *here = &flow.venue.order[exit->ticket.number];
  seen.exits++;
  if (told_of(exit->parent).units <= 0) broken("protects nothing", exit->ticket.number);
  neap_decimal held = neap_desk_position(desk, exit->ticket.product)->quantity;
  bool reduces = exit->ticket.side == NEAP_SELL ? held.units > 0 : held.units < 0;
  bool is_gone = !here->live && exit->status != NEAP_ORDER_WATCHED;
  bool is_leaving = exit->status == NEAP_ORDER_CANCEL_PENDING || is_gone || here->cancel_failed;
  if (!reduces && !is_leaving) broken("works without a position", exit->ticket.number);
}

static void check_order(const neap_order *order) {
  const venue_order *here = &flow.venue.order[order->ticket.number];
  if (!here->sent) broken("works, and was never sent", order->ticket.number);
  if (neap_decimal_cmp(here->told, order->filled) != 0 ||
      neap_decimal_cmp(here->ticket.quantity, order->ticket.quantity) != 0)
    broken("has other quantities than were told", order->ticket.number);
  assert_true(neap_order_remaining(order).units > 0);
}

/* What takes an order's place stays here while that one lives at the venue. */
static void check_chain(const neap_order *order) {
  seen.replacements++;
  if (order->waits && flow.venue.order[order->ticket.number].sent)
    broken("waits for what it replaces, and was sent", order->ticket.number);
  if (!order->waits && flow.venue.order[order->replaces].live)
    broken("works beside the order that it replaces", order->ticket.number);
}

/* A price is watched for it here; the venue has never heard of it. */
static void check_watched(const neap_order *order) {
  seen.watched++;
  if (flow.venue.order[order->ticket.number].sent) broken("is watched here, and was sent", order->ticket.number);
  if (order->trigger.fired && !order->room_until) broken("has fired, and stays here", order->ticket.number);
}

/* It gets out when the venue holds no more what it needs; not before, and soon. */
static void check_room(const neap_order *order) {
  seen.rooms++;
  if (flow.venue.order[order->ticket.number].sent) broken("waits for room, and was sent", order->ticket.number);
  if (order->room_until < flow.session->clock.latest) broken("waits for room for ever", order->ticket.number);
}

static neap_status look(neap_desk *desk, const void *argument, neap_fault *fault) {
  uint64_t working = 0, sent = 0;
  (void)argument;
  (void)fault;
  for (const neap_order *order = NULL; (order = neap_desk_next_order(desk, order));) {
    if (order->replaces) check_chain(order);
    if (order->parent) check_exit(desk, order);
    if (neap_order_is_sliced(order)) check_whole(desk, order);
    if (order->status == NEAP_ORDER_WATCHED) check_watched(order);
    if (order->room_until) check_room(order);
    if (order->waits || order->room_until || neap_order_is_sliced(order) || order->status == NEAP_ORDER_WATCHED)
      continue;
    working++;
    check_order(order);
  }
  for (uint64_t i = 1; i <= flow.venue.highest; i++) sent += flow.venue.order[i].sent;
  if (working != sent) broken("orders work; others were sent and not ended", working);
  for (uint32_t i = 0; i < VENUE_PRODUCTS; i++)
    if (neap_decimal_cmp(neap_desk_position(desk, i)->quantity, flow.venue.told[i]) != 0)
      broken("product: the position is not what the fills make", i);
  return NEAP_OK;
}

static void check_books(void) {
  neap_fault fault = {0};
  check(neap_session_act(flow.session, 0, look, NULL, &fault), &fault);
}

/* When nothing is under way the session knows what the venue has. */
static void check_venue(void) {
  for (uint64_t i = 1; i <= flow.venue.highest; i++) {
    const venue_order *order = &flow.venue.order[i];
    if (order->live != order->sent)
      broken(order->live ? "is live at the venue, and has ended" : "is gone at the venue, and works", i);
    assert_int_equal(neap_decimal_cmp(order->filled, order->told), 0);
  }
  for (uint32_t i = 0; i < VENUE_PRODUCTS; i++)
    assert_int_equal(neap_decimal_cmp(flow.venue.position[i], flow.venue.told[i]), 0);
}

/* The process. */

static void bar_comes(void) {
  neap_candle bar[VENUE_PRODUCTS];
  neap_bar_event ended[VENUE_PRODUCTS];
  neap_fault fault = {0};
  for (uint32_t i = 0; i < VENUE_PRODUCTS; i++) {
    neap_decimal price = neap_decimal_from_int((int64_t)(90 + roll(20)));
    flow.venue.price[i] = price;
    bar[i] = (neap_candle){.time = flow.now, .price_digits = 16, .volume_digits = 16, .volume = dec("1000")};
    bar[i].open = bar[i].high = bar[i].low = bar[i].close = price;
    neap_candle_set_floats(&bar[i]);
    ended[i] = (neap_bar_event){i, MINUTE, flow.now + MINUTE, &bar[i]};
    check(neap_session_bar_open(flow.session, i, &bar[i], &fault), &fault);
  }
  flow.now += MINUTE;
  flow.venue.now = flow.now;
  check(neap_session_bar_close(flow.session, ended, VENUE_PRODUCTS, &fault), &fault);
}

static void open_process(void) {
  neap_fault fault = {0};
  neap_session_options *options = &flow.play.options.session;
  options->start = flow.now;
  options->resume = flow.on_disk;
  options->store_path = flow.on_disk ? flow.at->path : NULL;
  check(neap_session_open(options, &flow.session, &fault), &fault);
  flow.venue.store = neap_session_store(flow.session);
}

static void check_state(void) {
  char live[NEAP_DIGEST_TEXT], replayed[NEAP_DIGEST_TEXT];
  neap_fault fault = {0};
  neap_state *state;
  check(neap_session_state_hash(flow.session, live, &fault), &fault);
  check(neap_state_new(&state, &fault), &fault);
  for (size_t i = 0; i < flow.book.count; i++) check(neap_state_apply(state, &flow.book.event[i], &fault), &fault);
  check(neap_state_hash(state, replayed, &fault), &fault);
  neap_state_free(state);
  if (strcmp(live, replayed) != 0) broken("is the latest; replay makes another state", flow.venue.highest);
}

/* Behind any of its events, most often the last. */
static void crash(void) {
  flow.play.session = flow.session;
  journal_keep_more(&flow.book, &flow.play);
  check_state();
  size_t kept = roll(2) ? flow.book.count : 1 + (size_t)roll(flow.book.count);
  neap_session_close(flow.session);
  remove_store(flow.at);
  flow.book.count = kept;
  journal_write(&flow.book, kept, flow.at->path);
  flow.on_disk = true;
  venue_crash(&flow.venue, kept);
  open_process();
  venue_check_restored(&flow.venue);
  seen.crashes++;
}

/* The other engine serves from the next order on, and what works goes on. */
static void change_engine(void) {
  neap_fault fault = {0};
  flow.limits.enable_dynamic_position_sizing = !flow.limits.enable_dynamic_position_sizing;
  const neap_configuration to = {.limits = &flow.limits, .who = "test", .why = "the other one"};
  uint64_t number = neap_session_configuration(flow.session);
  check(neap_session_configure(flow.session, &to, &fault), &fault);
  if (neap_session_configuration(flow.session) != number + 1) broken("the change of the engine is not on record", 0);
  seen.changes++;
}

static void step(void) {
  uint64_t what = roll(42);
  if (what < 10)
    act_at_desk();
  else if (what < 20)
    venue_act(&flow.venue);
  else if (what < 32)
    venue_deliver(&flow.venue);
  else if (what < 35)
    venue_repeat(&flow.venue);
  else if (what < 39)
    bar_comes();
  else if (what < 41)
    change_engine();
  else if (roll(2) == 0)
    crash();
}

/* A venue that has no stops: we watch the price for it. */
static const neap_broker_abilities plain = {
    .times = {[NEAP_MARKET] = 0xf, [NEAP_LIMIT] = 0xf}, .post_only = true, .reduce_only = true, .take_profit = true};

/* As the shipped policy does it. */
static neap_status choose(void *self, const neap_policy_question *question, char engine[16], char reason[96],
                          neap_fault *fault) {
  (void)self, (void)fault;
  bool is_set = question->limits->enable_dynamic_position_sizing;
  snprintf(engine, ENGINE_NAME, "%s", is_set ? "advanced" : "live");
  snprintf(reason, ENGINE_NAME, "the flag");
  return NEAP_OK;
}

static void begin(uint64_t seed, const place *at) {
  neap_fault fault = {0};
  static const int64_t frames[] = {MINUTE, MINUTE};
  static neap_session_seat seat;
  flow.seed = seed, flow.at = at, flow.now = MONDAY, flow.on_disk = false, flow.book.count = 0;
  act_init(&flow.play);
  act_product(&flow.play, "ETH-USD:kind=perpetual,price_increment=0.01,base_increment=0.01");
  flow.play.product[0].base_increment = dec("0.01");
  venue_init(&flow.venue, flow.play.product, seed);
  neap_session_options *options = &flow.play.options.session;
  seat = (neap_session_seat){.cash = dec("1000000")};
  options->products = flow.play.product, options->product_count = 2, options->frames = frames;
  options->seats = &seat, options->seat_count = 1;
  options->broker = venue_maker(&flow.venue);
  flow.venue.abilities = roll(2) ? &plain : NULL;
  flow.venue.holds = roll(2);
  options->snapshot_every = 1 + roll(100);
  flow.limits = *options->limits;
  flow.limits.enable_dynamic_position_sizing = roll(2);
  check(neap_limits_set(&flow.limits, "position_sizing_method", "fixed", &fault), &fault);
  options->limits = &flow.limits, options->has_risk_configuration = true;
  options->policy = (neap_policy){.choose = choose};
  open_process();
  bar_comes();
}

static void finish(void) {
  venue_drain(&flow.venue);
  check_books();
  check_venue();
  flow.play.session = flow.session;
  journal_keep_more(&flow.book, &flow.play);
  check_state();
  seen.fills += flow.venue.fills, seen.duplicates += flow.venue.duplicates, seen.late += flow.venue.late;
  seen.refused += flow.venue.refused, seen.orders += flow.venue.highest;
  neap_session_close(flow.session);
  remove_store(flow.at);
}

static void run_workflow(uint64_t seed, const place *at) {
  begin(seed, at);
  for (int i = 0; i < STEPS; i++) {
    step();
    check_books();
  }
  finish();
}

static uint64_t number_of(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

static void books_are_the_venues_whatever_happens(void **state) {
  uint64_t count = number_of("NEAP_WORKFLOWS", WORKFLOWS), one = number_of("NEAP_WORKFLOW", 0);
  if (one) {
    run_workflow(one, *state);
    return;
  }
  for (uint64_t seed = 1; seed <= count; seed++) run_workflow(seed, *state);
  printf("%d workflows: %d orders, %d fills, %d crashes, %d late, %d told twice, %d refused, %d changes of the engine, "
         "%d waited for room\n",
         (int)count, (int)seen.orders, (int)seen.fills, (int)seen.crashes, (int)seen.late, (int)seen.duplicates,
         (int)seen.refused, (int)seen.changes, (int)seen.rooms);
  assert_true(seen.fills > 2 * count && seen.crashes > count / 8 && seen.late > count / 4 && seen.exits > count &&
              seen.replacements > count / 4 && seen.wholes > count && seen.watched > count &&
              seen.changes > count / 4 && seen.rooms > count / 30);
  journal_forget(&flow.book);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(books_are_the_venues_whatever_happens, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
