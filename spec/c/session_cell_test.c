/* SPDX-License-Identifier: MIT */
/* Strategies written in Lua beside each other: one that loops, takes all memory or raises delays and changes no
 * sibling; what a strategy kept is there again after a restart, of the same types. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/record.h"
#include "lua/strategy_cell.h"
#include "session_support.h"

enum { STORY = 1 << 18, CELLS = 3 };

/* In and out by the bars, with exits, a timer, and a state that is kept. */
static const char sibling[] =
    "local neap = require 'neap'\n"
    "return neap.strategy { name = NAME,\n"
    "  on_start = function(self) self:every('tick', '3h') end,\n"
    "  on_bar = function(self, bar)\n"
    "    self.state.count = (self.state.count or 0) + 1\n"
    "    if self.flat and self.state.count % 5 == 1 then\n"
    "      self:buy { quantity = 2, stop_loss = bar.close - 4, take_profit = bar.close + 6, why = 'five' }\n"
    "      self:buy { quantity = 1, limit = bar.close - 30, tag = 'deep' .. self.state.count }\n"
    "    elseif self.state.count % 11 == 0 then self:cancel_all() self:close()\n"
    "    end\n"
    "  end,\n"
    "  on_fill = function(self, fill) self.state.last = fill.price end,\n"
    "  on_timer = function(self, t) self:info(t.name, { count = self.state.count }) end }\n";

static const char failing[] = "local neap = require 'neap'\n"
                              "return neap.strategy { name = 'failing',\n"
                              "  on_bar = function(self, bar)\n"
                              "    self.count = (self.count or 0) + 1\n"
                              "    if self.count == 2 then\n"
                              "      self:buy { quantity = 2, stop_loss = bar.close - 15 }\n"
                              "      self:buy { quantity = 1, limit = bar.close - 30 }\n"
                              "    end\n"
                              "    if self.count == 4 then self:buy { quantity = 3 } BAR end\n"
                              "  end,\n"
                              "  on_fill = function(self) FILL end,\n"
                              "  on_order = function(self, o) if o.status == 'filled' then ORDER end end,\n"
                              "  on_stop = function(self) error 'a dead strategy was called' end }\n";

static const char *scratch(const char *text, const char *word, const char *value, char out[4096]) {
  const char *at = strstr(text, word);
  assert_non_null(at);
  snprintf(out, 4096, "%.*s%s%s", (int)(at - text), text, value, at + strlen(word));
  return out;
}

static neap_strategy_cell *load(const char *text, size_t memory) {
  char path[] = "/tmp/neap_cell_XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  close(fd);
  const neap_strategy_cell_options options = {.path = path,
                                              .lua_root = NEAP_LUA_ROOT,
                                              .memory_limit = memory,
                                              .time_limit = memory ? 10 * NEAP_SECOND : 20 * 1000 * 1000};
  neap_strategy_cell *cell = NULL;
  neap_fault fault = {0};
  if (neap_strategy_cell_new(&options, &cell, &fault) != NEAP_OK) fail_msg("%s: %s", fault.where, fault.message);
  unlink(path);
  return cell;
}

static neap_strategy_cell *load_sibling(const char *name) {
  char text[4096];
  return load(scratch(sibling, "NAME", name, text), 0);
}

static void make_saw(act *play) {
  act_init(play);
  play->options.session.quarantine = true;
  play->options.session.fees = (neap_fee_schedule){.maker_bps = dec("0"), .taker_bps = dec("10")};
  for (int i = 0; i < 60; i++) {
    char text[64];
    int price = 100 + (i * 7) % 13 - (i % 9);
    snprintf(text, sizeof text, "%d %d %d %d 500", price, price + 4, price - 5, price + 1);
    act_bar(play, 0, i * HOUR, text);
  }
}

static void play_cells(act *play, neap_strategy_cell *const *cells, uint32_t count) {
  neap_session_seat seats[CELLS];
  for (uint32_t i = 0; i < count; i++)
    seats[i] = (neap_session_seat){.strategy = neap_strategy_cell_strategy(cells[i]), .cash = dec("10000")};
  make_saw(play);
  neap_status status = act_run_seats(play, seats, count);
  if (status != NEAP_OK) fail_msg("%s %s: %s", play->fault.code, play->fault.where, play->fault.message);
}

static void close_cells(act *play, neap_strategy_cell *const *cells, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) neap_strategy_cell_free(cells[i]);
  neap_session_close(play->session);
  play->session = NULL;
}

static void check_failing(const act *play, const char *hook, const char *code) {
  static char text[STORY];
  char expected[128];
  act_story(play, "failing", text, sizeof text);
  const char *quarantined = strstr(text, "strategy_quarantined");
  assert_non_null(quarantined);
  snprintf(expected, sizeof expected, "\"hook\":\"%s\",\"code\":\"%s\"", hook, code);
  assert_non_null(strstr(quarantined, expected));
  assert_non_null(strstr(quarantined, "order_cancel_requested BTC-USD {\"why\":\"quarantine\"}"));
  assert_null(strstr(text, "\"quantity\":\"3\""));
  assert_non_null(strstr(quarantined, "\"side\":\"sell\"")); /* its stop loss closed */
  assert_null(strstr(strstr(quarantined, "\"position\":\"0\""), "order_filled"));
}

static void play_failure(const char *word, const char *body, size_t memory, const char *hook, const char *code) {
  static const char *const words[] = {"BAR", "FILL", "ORDER"};
  static act play;
  static char with[2][STORY], without[2][STORY];
  char text[2][4096];
  snprintf(text[0], 4096, "%s", failing);
  for (unsigned i = 0; i < 3; i++) {
    scratch(text[0], words[i], strcmp(words[i], word) == 0 ? body : "", text[1]);
    memcpy(text[0], text[1], 4096);
  }
  neap_strategy_cell *pair[] = {load_sibling("'before'"), load_sibling("'after'")};
  play_cells(&play, pair, 2);
  act_story(&play, "before", without[0], STORY);
  act_story(&play, "after", without[1], STORY);
  close_cells(&play, pair, 2);
  neap_strategy_cell *three[] = {load_sibling("'before'"), load(text[0], memory), load_sibling("'after'")};
  play_cells(&play, three, 3);
  assert_string_equal(act_story(&play, "before", with[0], STORY), without[0]);
  assert_string_equal(act_story(&play, "after", with[1], STORY), without[1]);
  assert_non_null(strstr(without[1], "state_saved"));
  check_failing(&play, hook, code);
  close_cells(&play, three, 3);
}

static void one_that_loops_for_ever_harms_no_sibling(void **state) {
  (void)state;
  play_failure("BAR", "while true do end", 0, "on_bar", "time_limit");
}

static void one_that_takes_all_memory_harms_no_sibling(void **state) {
  (void)state;
  play_failure("BAR", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", 2 << 20, "on_bar",
               "memory_limit");
}

static void one_that_raises_in_on_fill_harms_no_sibling(void **state) {
  (void)state;
  play_failure("FILL", "error 'in fill'", 0, "on_fill", "lua_error");
}

static void one_that_raises_in_on_order_harms_no_sibling(void **state) {
  (void)state;
  play_failure("ORDER", "error 'in order'", 0, "on_order", "lua_error");
}

static void one_whose_state_cannot_be_kept_harms_no_sibling(void **state) {
  (void)state;
  play_failure("BAR", "self.state.x = { print }", 0, "on_bar", "bad_state");
}

/* A sibling's callbacks wait for one that loops as long as its limit lets it, and not twice as long. */
static void a_loop_is_stopped_in_time(void **state) {
  (void)state;
  static act play;
  struct timespec before, after;
  neap_strategy_cell *two[] = {
      load("local neap = require 'neap'\nreturn neap.strategy { name = 'loops', on_bar = function() "
           "while true do end end }\n",
           0),
      load_sibling("'after'")};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
  play_cells(&play, two, 2);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
  int64_t ns = (after.tv_sec - before.tv_sec) * NEAP_SECOND + after.tv_nsec - before.tv_nsec;
  assert_true(ns < 2 * 20 * 1000 * 1000 + 20 * 1000 * 1000); /* and the whole rest of the run */
  close_cells(&play, two, 2);
}

static const char declares_one[] =
    "local neap = require 'neap'\n"
    "return neap.strategy { name = 'one', products = { 'ETH-USD' },\n"
    "  on_bar = function(self, bar)\n"
    "    assert(bar.product == 'ETH-USD' and #self.products == 1 and self.products[1].id == 'ETH-USD')\n"
    "    local ok, why = pcall(self.product, self, 'BTC-USD')\n"
    "    assert(not ok and why:find('unknown product', 1, true), why)\n"
    "    if self.flat then self:buy { quantity = 1 } end\n"
    "  end }\n";

static void beside_others_a_strategy_trades_what_it_declares(void **state) {
  (void)state;
  static act play;
  neap_fault why = {0};
  neap_strategy_cell *two[] = {load(declares_one, 0), load("local neap = require 'neap'\nreturn neap.strategy { name = "
                                                           "'all', on_bar = function(self) assert(#self.products == 2) "
                                                           "end }\n",
                                                           0)};
  neap_session_seat seats[] = {{neap_strategy_cell_strategy(two[0]), dec("10000")},
                               {neap_strategy_cell_strategy(two[1]), dec("10000")}};
  make_saw(&play);
  act_product(&play, "ETH-USD:price_increment=0.01");
  for (int i = 0; i < 4; i++) act_bar(&play, 1, i * HOUR, "100 101 99 100 500");
  assert_int_equal(act_run_seats(&play, seats, 2), NEAP_OK);
  for (uint32_t i = 0; i < 2; i++)
    if (neap_session_seat_status(play.session, i, &why) != NEAP_OK) fail_msg("%s: %s", why.where, why.message);
  assert_int_equal(play.totals.fills, 1);
  close_cells(&play, two, 2);
}

static const char keeper[] =
    "local neap = require 'neap'\n"
    "return neap.strategy { name = 'keeper',\n"
    "  on_bar = function(self) self.state = { whole = 3, float = 3.0, tiny = -0.0, exact = neap.decimal '0.10',\n"
    "    [''] = 'empty name', text = 'a\\0b', yes = true, no = false, list = { 1, 'two', { x = {} } }, none = {},\n"
    "    most = math.mininteger } end }\n";

static const char reader[] =
    "local neap = require 'neap'\n"
    "return neap.strategy { name = 'keeper',\n"
    "  on_start = function(self, resumed)\n"
    "    local s = self.state\n"
    "    assert(math.type(s.whole) == 'integer' and s.whole == 3)\n"
    "    assert(math.type(s.float) == 'float' and s.float == 3.0 and 1 / s.tiny == -math.huge)\n"
    "    assert(s.exact + 1 == neap.decimal '1.1' and s[''] == 'empty name' and s.text == 'a\\0b')\n"
    "    assert(s.yes == true and s.no == false and #s.list == 3 and s.list[1] == 1 and s.list[2] == 'two')\n"
    "    assert(type(s.list[3].x) == 'table' and next(s.none) == nil and s.most == math.mininteger)\n"
    "    local names = 0 for _ in pairs(s) do names = names + 1 end\n"
    "    assert(names == 11)\n"
    "    s.list[4] = RAISE\n"
    "  end }\n";

static bool keep_state(void *context, const neap_event *event) {
  if (strcmp(event->type, "state_saved") != 0) return true;
  neap_record_field field;
  assert_int_equal(neap_record_find(event->record, event->record_size, "state", &field), NEAP_OK);
  neap_buffer_clear(context);
  neap_buffer_append(context, field.value.bytes.data, field.value.bytes.size);
  return true;
}

static void check_restored(neap_desk *desk, const neap_buffer *kept, bool fails) {
  char text[4096];
  bool changed = false;
  neap_fault fault = {0};
  neap_buffer again;
  neap_buffer_init(&again);
  neap_strategy_cell *cell = load(scratch(reader, "RAISE", fails ? "error 'after a change'" : "nil", text), 0);
  const neap_strategy *strategy = neap_strategy_cell_strategy(cell);
  assert_int_equal(strategy->attach(strategy->self, desk, &fault), NEAP_OK);
  assert_int_equal(strategy->restore(strategy->self, kept->data, kept->size, &fault), NEAP_OK);
  neap_status status = strategy->start(strategy->self, true, &fault);
  if (!fails && status != NEAP_OK) fail_msg("%s: %s", fault.where, fault.message);
  assert_int_equal(status, fails ? NEAP_INVALID : NEAP_OK);
  if (fails) assert_int_equal(strategy->revert(strategy->self, &fault), NEAP_OK);
  assert_int_equal(strategy->save(strategy->self, &again, &changed, &fault), NEAP_OK);
  assert_false(changed); /* packed again it is what was stored */
  neap_buffer_fini(&again);
  neap_strategy_cell_free(cell);
}

static void a_state_is_restored_as_it_was(void **state) {
  (void)state;
  static act play;
  static act other;
  static actor somebody;
  neap_buffer kept;
  neap_buffer_init(&kept);
  neap_strategy_cell *cells[] = {load(keeper, 0)};
  play_cells(&play, cells, 1);
  neap_event_store_each(neap_session_store(play.session), keep_state, &kept);
  assert_true(kept.size > 100);
  close_cells(&play, cells, 1);
  make_saw(&other);
  assert_int_equal(act_run(&other, &somebody), NEAP_OK);
  check_restored(somebody.desk, &kept, false);
  check_restored(somebody.desk, &kept, true);
  act_close(&other, &somebody);
  neap_buffer_fini(&kept);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_that_loops_for_ever_harms_no_sibling),
      cmocka_unit_test(one_that_takes_all_memory_harms_no_sibling),
      cmocka_unit_test(one_that_raises_in_on_fill_harms_no_sibling),
      cmocka_unit_test(one_that_raises_in_on_order_harms_no_sibling),
      cmocka_unit_test(one_whose_state_cannot_be_kept_harms_no_sibling),
      cmocka_unit_test(a_loop_is_stopped_in_time),
      cmocka_unit_test(beside_others_a_strategy_trades_what_it_declares),
      cmocka_unit_test(a_state_is_restored_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
