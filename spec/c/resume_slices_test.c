/* SPDX-License-Identifier: MIT */
/* A session with orders that leave in slices, killed behind any of its events, goes on: no slice twice, what replay
 * makes is what the session has, and killed where nothing was under way it ends with the same money. */
#include "chance.h"
#include "kept_journal.h"
#include "session/state.h"
#include "store/query.h"
#include "store_support.h"

enum { SEEDS = 4 };

static journal book;

static void slice(actor *me, int64_t now) {
  neap_order_request request = {.side = (neap_side)chance(now, 1, 2),
                                .quantity = inexactly((double)(1 + chance(now, 2, 900)) / 100)};
  neap_order *order = NULL;
  request.execution = (neap_execution)chance(now, 3, 4);
  bool is_iceberg = request.execution == NEAP_ICEBERG, is_twap = request.execution == NEAP_TWAP;
  if (is_twap) request.slices = 1 + (uint32_t)chance(now, 4, 12);
  if (is_twap || (request.execution == NEAP_VWAP && chance(now, 5, 2)))
    request.over = (int64_t)(1 + chance(now, 6, 200)) * MINUTE;
  if (is_iceberg) request.show = inexactly((double)(1 + chance(now, 7, 300)) / 100);
  if (is_iceberg || chance(now, 8, 3) == 0) request.limit = chance_near_mark(me, now, 9, 0.98);
  if (chance(now, 10, 3) == 0)
    request.stop_loss = chance_near_mark(me, now, 11, request.side == NEAP_BUY ? 0.94 : 1.02);
  if (chance(now, 12, 3) == 0)
    request.take_profit = chance_near_mark(me, now, 13, request.side == NEAP_BUY ? 1.02 : 0.94);
  if (chance(now, 14, 4) == 0) request.good_till = now + (int64_t)(1 + chance(now, 15, 150)) * MINUTE;
  if (chance(now, 16, 4) == 0) request.reduce_only = true;
  if (request.reduce_only) request.stop_loss = request.take_profit = (neap_amount){0};
  if (neap_desk_place(me->desk, &request, &order, NULL) == NEAP_OK) neap_desk_release(me->desk, order);
}

static neap_order *nth(actor *me, uint64_t count) {
  neap_order *order = neap_desk_next_order(me->desk, NULL);
  while (order && count--) order = neap_desk_next_order(me->desk, order);
  return order;
}

static neap_status on_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  int64_t now = bar->close_time;
  neap_order *some = nth(me, chance(now, 20, 4));
  bool works;
  if (chance(now, 21, 3) == 0) slice(me, now);
  if (some && chance(now, 22, 9) == 0) assert_int_equal(neap_desk_cancel(me->desk, some, fault), NEAP_OK);
  if (some && neap_order_is_sliced(some) && chance(now, 23, 3) == 0) neap_desk_pause(me->desk, some, &works, NULL);
  if (some && neap_order_is_sliced(some) && chance(now, 24, 2) == 0) neap_desk_resume(me->desk, some, &works, NULL);
  if (chance(now, 25, 12) == 0) {
    neap_order *order = NULL;
    if (neap_desk_close(me->desk, 0, "leave", "", &order, NULL) == NEAP_OK) neap_desk_release(me->desk, order);
  }
  return NEAP_OK;
}

static neap_status on_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)order;
  (void)fault;
  if (chance(fill->time, 40 + fill->trade, 12) == 0) slice(me, fill->time);
  return NEAP_OK;
}

static void make_play(act *play, actor *who, uint64_t seed) {
  static const neap_product_kind kinds[] = {NEAP_SPOT, NEAP_MARGIN};
  *who = (actor){.bar = on_bar, .fill = on_fill};
  chance_begin(seed);
  act_init(play);
  assert_int_equal(neap_policy_fixed("advanced", &play->options.session.policy, NULL), NEAP_OK);
  play->product[0].kind = kinds[seed % 2];
  play->product[0].base_increment = dec("0.001");
  play->product[0].base_min = dec("0.05");
  play->limits.max_leverage = 2;
  play->limits.enable_order_preview = seed % 4 == 3;
  play->options.session.snapshot_every = 60;
  play->options.session.fees = (neap_fee_schedule){.maker_bps = dec("4"), .taker_bps = dec("9.5")};
  if (seed % 4 > 1) play->options.session.fill_model.volume_share = dec("0.1");
  chance_bars(play, 60);
}

static void run_whole(act *play, uint64_t seed) {
  actor who;
  make_play(play, &who, seed);
  act_run_well(play, &who);
  journal_keep(&book, play);
  act_close(play, &who);
}

static void check_store(const place *at, const char *live, uint64_t seed, size_t count) {
  neap_replay_report replayed;
  neap_state *state;
  neap_fault fault;
  if (neap_state_replay(at->path, 0, true, &state, &replayed, &fault) != NEAP_OK)
    fail_msg("seed %d behind %d: %s", (int)seed, (int)count, fault.message);
  neap_state_free(state);
  assert_string_equal(replayed.hash, live);
}

/* Each slice of each order is cut once. */
static void check_no_slice_twice(const place *at) {
  static char seen[4096][64];
  size_t cut = 0;
  neap_query *query;
  neap_event_row row;
  const neap_event_filter filter = {.type = "slice_cut"};
  assert_int_equal(neap_query_open(at->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &filter, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) {
    neap_record_field number;
    assert_int_equal(neap_record_find(row.record, row.record_size, "slice", &number), NEAP_OK);
    assert_true(cut < 4096);
    snprintf(seen[cut], sizeof seen[cut], "%s %d", row.client_order_id, (int)number.value.integer);
    for (size_t i = 0; i < cut; i++)
      if (strcmp(seen[i], seen[cut]) == 0) fail_msg("slice %s is there twice", seen[cut]);
    cut++;
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
    fail_msg("seed %d, behind event %d (%s): %s: %s", (int)seed, (int)count, book.event[count - 1].type,
             play.fault.code, play.fault.message);
  assert_int_equal(neap_session_state_hash(play.session, live, NULL), NEAP_OK);
  if (journal_is_quiet(&book, count) && play.totals.equity.units != whole->equity.units)
    fail_msg("seed %d: killed quietly behind event %d (%s) it ends with other money", (int)seed, (int)count,
             book.event[count - 1].type);
  act_close(&play, &who);
  check_store(at, live, seed, count);
  check_no_slice_twice(at);
  remove_store(at);
}

static void a_session_killed_between_slices_goes_on(void **state) {
  const place *at = *state;
  static act whole;
  size_t cut = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    run_whole(&whole, seed);
    for (size_t i = 0; i < book.count; i++) cut += strcmp(book.event[i].type, "slice_cut") == 0;
    for (size_t count = 1 + seed % 3; count <= book.count; count += 3 * journal_stride())
      resume_behind(at, count, seed, &whole.totals);
  }
  assert_true(cut > 50);
  journal_forget(&book);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_session_killed_between_slices_goes_on, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
