/* SPDX-License-Identifier: MIT */
/* A session that was killed behind any of its events goes on: no order twice, no money from nowhere, a journal that
 * verifies; and killed where nothing was under way, which is where a kill leaves a journal, it ends as if it had not
 * been, and its strategy has heard each bar and each fill once. */
#include "base/record.h"
#include "chance.h"
#include "kept_journal.h"
#include "session/state.h"
#include "store/query.h"
#include "store_support.h"

enum { SEEDS = 3, WITHOUT_STOPS = 2 };

static journal book;
static struct { /* what the strategy keeps in self.state */
  int64_t bars, fills;
} heard, saved;

static void enter(actor *me, int64_t now) {
  neap_order_request request = {.side = (neap_side)chance(now, 1, 2)};
  neap_order *order = NULL;
  uint64_t size = chance(now, 2, 3);
  double lower = request.side == NEAP_BUY ? 0.95 : 1.01, upper = request.side == NEAP_BUY ? 1.01 : 0.95;
  if (size == 0) request.quantity = inexactly((double)(1 + chance(now, 3, 2000)) / 100);
  if (size == 1) request.notional = inexactly((double)(100 + chance(now, 3, 3000)));
  if (size == 2) request.fraction = inexactly((double)(1 + chance(now, 3, 60)) / 100);
  if (chance(now, 4, 3) == 0) request.limit = chance_near_mark(me, now, 5, 0.98);
  if (chance(now, 6, 5) == 0) request.stop = chance_near_mark(me, now, 7, 0.98);
  bool is_market = request.limit.kind == NEAP_AMOUNT_NONE && request.stop.kind == NEAP_AMOUNT_NONE;
  if (is_market && chance(now, 14, 4) == 0) request.trail_bps = inexactly((double)(20 + chance(now, 15, 200)));
  if (chance(now, 8, 2)) request.stop_loss = chance_near_mark(me, now, 9, lower);
  if (chance(now, 10, 2)) request.take_profit = chance_near_mark(me, now, 11, upper);
  if (chance(now, 12, 3) == 0) request.trailing_stop_bps = inexactly((double)(50 + chance(now, 13, 400)));
  if (neap_desk_place(me->desk, &request, &order, NULL) == NEAP_OK) neap_desk_release(me->desk, order);
}

static void leave(actor *me) {
  neap_order *order = NULL;
  if (neap_desk_close(me->desk, 0, "leave", "", &order, NULL) == NEAP_OK) neap_desk_release(me->desk, order);
}

static void move(actor *me, neap_order *order, int64_t now) {
  neap_order *made = NULL;
  neap_replacement wish = {.limit = {.kind = NEAP_AMOUNT_NONE}};
  if (!neap_decimal_is_zero(order->ticket.limit)) wish.limit = chance_near_mark(me, now, 27, 0.98);
  if (!neap_decimal_is_zero(order->ticket.stop)) wish.stop = chance_near_mark(me, now, 28, 0.98);
  if (neap_desk_replace(me->desk, order, &wish, &made, NULL) == NEAP_OK) neap_desk_release(me->desk, made);
}

static neap_status on_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  int64_t now = bar->close_time;
  neap_order *first = neap_desk_next_order(me->desk, NULL);
  heard.bars++;
  if (chance(now, 20, 3) == 0) enter(me, now);
  if (chance(now, 21, 9) == 0) leave(me);
  if (chance(now, 22, 8) == 0 && first) assert_int_equal(neap_desk_cancel(me->desk, first, fault), NEAP_OK);
  if (chance(now, 26, 4) == 0 && (first = neap_desk_next_order(me->desk, NULL))) move(me, first, now);
  if (chance(now, 23, 9) == 0) neap_desk_after(me->desk, "soon", (int64_t)(1 + chance(now, 24, 50)) * MINUTE, NULL);
  if (chance(now, 25, 20) == 0) neap_desk_every(me->desk, "often", 37 * MINUTE, NULL);
  return NEAP_OK;
}

static neap_status on_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)fault;
  if (chance(timer->due, 30, 4) == 0) enter(me, timer->due);
  return NEAP_OK;
}

static neap_status on_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)order;
  (void)fault;
  heard.fills++;
  if (chance(fill->time, 40 + fill->trade, 8) == 0) enter(me, fill->time);
  return NEAP_OK;
}

static neap_status save(void *self, neap_buffer *out, bool *changed, neap_fault *fault) {
  (void)self;
  (void)fault;
  *changed = memcmp(&heard, &saved, sizeof heard) != 0;
  if (!*changed) return NEAP_OK;
  neap_record_int(out, "bars", heard.bars);
  neap_record_int(out, "fills", heard.fills);
  saved = heard;
  return NEAP_OK;
}

static neap_status restore(void *self, const void *record, size_t size, neap_fault *fault) {
  neap_record_field bars, fills;
  (void)self;
  (void)fault;
  assert_int_equal(neap_record_find(record, size, "bars", &bars), NEAP_OK);
  assert_int_equal(neap_record_find(record, size, "fills", &fills), NEAP_OK);
  heard.bars = bars.value.integer, heard.fills = fills.value.integer;
  saved = heard;
  return NEAP_OK;
}

static void make_play(act *play, actor *who, uint64_t seed) {
  static const neap_product_kind kinds[] = {NEAP_SPOT, NEAP_MARGIN, NEAP_PERPETUAL};
  *who = (actor){.bar = on_bar, .timer = on_timer, .fill = on_fill, .strategy = {.save = save, .restore = restore}};
  memset(&heard, 0, sizeof heard);
  saved = heard;
  chance_begin(seed);
  act_init(play);
  play->product[0].kind = kinds[seed % 3];
  play->product[0].funding_rate = dec("0.0007");
  play->product[0].funding_interval = HOUR;
  if (seed == WITHOUT_STOPS) act_lack(play, "stop stop_limit trailing_stop reduce_only");
  play->limits.max_leverage = 2;
  play->limits.enable_order_preview = seed % 2 == 0;
  play->options.session.snapshot_every = 60;
  play->options.session.fees = (neap_fee_schedule){.maker_bps = dec("4"), .taker_bps = dec("9.5")};
  if (seed % 4 == 3) play->options.session.fee_table = "coinbase";
  if (seed % 2) play->options.session.fill_model.volume_share = dec("0.1");
  chance_bars(play, 300);
}

static void run_whole(act *play, uint64_t seed) {
  actor who;
  make_play(play, &who, seed);
  act_run_well(play, &who);
  assert_int_equal(heard.bars, play->count[0]);
  assert_int_equal(heard.fills, play->totals.fills);
  journal_keep(&book, play);
  act_close(play, &who);
}

static unsigned count_of(const char *type) {
  unsigned count = 0;
  for (size_t i = 0; i < book.count; i++) count += strcmp(book.event[i].type, type) == 0;
  return count;
}

static void check_store(const place *at, const char *live) {
  neap_verify_report verified;
  neap_replay_report replayed;
  neap_state *state;
  neap_fault fault;
  if (neap_store_verify(at->path, NULL, &verified, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  if (neap_state_replay(at->path, 0, true, &state, &replayed, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  neap_state_free(state);
  assert_string_equal(replayed.hash, live);
  assert_true(replayed.snapshots > 0);
}

static void check_no_order_twice(const place *at) {
  static bool seen[4096];
  neap_query *query;
  neap_event_row row;
  memset(seen, 0, sizeof seen);
  const neap_event_filter filter = {.type = "order_intent"};
  assert_int_equal(neap_query_open(at->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &filter, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) {
    neap_record_field number;
    assert_int_equal(neap_record_find(row.record, row.record_size, "number", &number), NEAP_OK);
    assert_true(number.value.integer < 4096 && !seen[number.value.integer]);
    seen[number.value.integer] = true;
  }
  neap_query_close(query);
}

static void resume_behind(const place *at, size_t count, uint64_t seed, const neap_session_totals *whole) {
  static act play;
  actor who;
  char live[NEAP_DIGEST_TEXT];
  journal_write(&book, count, at->path);
  make_play(&play, &who, seed);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  if (act_run(&play, &who) != NEAP_OK)
    fail_msg("seed %d, behind event %d: %s: %s", (int)seed, (int)count, play.fault.code, play.fault.message);
  assert_int_equal(neap_session_state_hash(play.session, live, NULL), NEAP_OK);
  if (journal_is_quiet(&book, count) &&
      (play.totals.cash.units != whole->cash.units || play.totals.equity.units != whole->equity.units))
    fail_msg("seed %d: killed quietly behind event %d it ends with other money", (int)seed, (int)count);
  if (journal_is_quiet(&book, count) &&
      (heard.bars != (int64_t)play.count[0] || heard.fills != (int64_t)play.totals.fills))
    fail_msg("seed %d: killed quietly behind event %d it heard %d bars of %d and %d fills of %d", (int)seed, (int)count,
             (int)heard.bars, (int)play.count[0], (int)heard.fills, (int)play.totals.fills);
  act_close(&play, &who);
  check_store(at, live);
  check_no_order_twice(at);
  remove_store(at);
}

static void a_session_killed_behind_any_event_goes_on(void **state) {
  const place *at = *state;
  static act whole;
  size_t stride = journal_stride();
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    run_whole(&whole, seed);
    assert_true(seed != WITHOUT_STOPS || (count_of("trigger_moved") > 3 && count_of("trigger_fired") > 3));
    for (size_t count = 1 + seed % stride; count <= book.count; count += stride)
      resume_behind(at, count, seed, &whole.totals);
  }
  journal_forget(&book);
}

/* A thousand stores: what a disk keeps is asked elsewhere. */
int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_session_killed_behind_any_event_goes_on, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
