/* SPDX-License-Identifier: MIT */
/* lsession_result: what a run was, as a Lua table. Money is decimals, times are ns, figures that are not defined are
 * absent. */
#include <math.h>

#include "base/record.h"
#include "engine/guard_manager.h"
#include "lua/lsession.h"
#include "session/mode.h"

static void set_text(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static void set_decimal(lua_State *L, const char *name, neap_decimal value) {
  neap_push_decimal(L, value);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double value) {
  if (!isfinite(value)) return;
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

const char *session_run_seat_name(const session_run *run, uint32_t seat) {
  return run->seats[seat].strategy ? run->seats[seat].strategy->name : "operator";
}

void session_push_trade(lua_State *L, const neap_round_trip *trade, const neap_product *product) {
  lua_createtable(L, 0, 10);
  set_text(L, "product", product->id);
  set_text(L, "side", neap_side_name(trade->side));
  set_decimal(L, "quantity", trade->quantity);
  set_integer(L, "entry_time", trade->entry_time);
  set_integer(L, "exit_time", trade->exit_time);
  set_decimal(L, "entry_price", neap_round_trip_entry_price(trade, product));
  set_decimal(L, "exit_price", neap_round_trip_exit_price(trade, product));
  set_decimal(L, "pnl", trade->pnl);
  set_decimal(L, "fees", trade->fees);
  set_decimal(L, "funding", trade->funding);
}

void session_run_push_trades(lua_State *L, const session_run *run, const neap_session_totals *totals) {
  lua_createtable(L, (int)totals->trade_count, 0);
  for (size_t i = 0; i < totals->trade_count; i++) {
    session_push_trade(L, &totals->trades[i], &run->products[totals->trades[i].product]);
    if (run->seat_count > 1) set_text(L, "strategy", session_run_seat_name(run, totals->trades[i].strategy));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_rejections(lua_State *L, const neap_session_totals *totals) {
  lua_createtable(L, (int)totals->rejected_count, 0);
  for (uint32_t i = 0; i < totals->rejected_count; i++) {
    lua_createtable(L, 0, 2);
    set_text(L, "reason", totals->rejected[i].code);
    set_integer(L, "count", (int64_t)totals->rejected[i].count);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void session_push_statistics(lua_State *L, const neap_statistics_result *from) {
  const neap_statistics_result r = *from;
  const struct {
    const char *name;
    double value;
  } figures[] = {{"return_pct", r.return_pct},
                 {"annual_return_pct", r.annual_return_pct},
                 {"volatility_pct", r.volatility_pct},
                 {"sharpe", r.sharpe},
                 {"sortino", r.sortino},
                 {"calmar", r.calmar},
                 {"max_drawdown_pct", r.max_drawdown_pct},
                 {"win_rate_pct", r.win_rate_pct},
                 {"profit_factor", r.profit_factor},
                 {"expectancy_pct", r.expectancy_pct},
                 {"best_trade_pct", r.best_trade_pct},
                 {"worst_trade_pct", r.worst_trade_pct},
                 {"average_trade_pct", r.average_trade_pct},
                 {"sqn", r.sqn},
                 {"exposure_pct", r.exposure_pct}};
  lua_createtable(L, 0, 15);
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) set_number(L, figures[i].name, figures[i].value);
}

static void push_feed(lua_State *L, const session_run *run, uint32_t i) {
  neap_feed_report report;
  neap_feed_report_get(run->feeds[i], &report);
  lua_createtable(L, 0, 10);
  set_text(L, "product", run->products[i].id);
  set_text(L, "dialect", report.dialect);
  set_integer(L, "frame", neap_feed_frame(run->feeds[i]));
  set_integer(L, "bars", (int64_t)report.bars);
  set_integer(L, "skipped", (int64_t)report.skipped);
  set_text(L, "skipped_example", report.skipped_example);
  set_integer(L, "gaps", (int64_t)report.gaps);
  set_integer(L, "missing_bars", (int64_t)report.missing_bars);
  set_integer(L, "first_gap_line", (int64_t)report.first_gap_line);
  set_integer(L, "first", report.first);
  set_integer(L, "last", report.last);
  if (report.messages == 0) return;
  set_integer(L, "messages", (int64_t)report.messages);
  set_integer(L, "changes", (int64_t)report.changes);
  set_integer(L, "trades", (int64_t)report.trades);
}

static void push_feeds(lua_State *L, const session_run *run) {
  lua_createtable(L, (int)run->options.session.product_count, 0);
  for (uint32_t i = 0; !run->outside && i < run->options.session.product_count; i++) {
    push_feed(L, run, i);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* A strategy and its parameters in force, defaults too, as one JSON object. */
static neap_status push_strategy(lua_State *L, session_run *run, uint32_t i, neap_fault *fault) {
  neap_buffer_clear(&run->details); /* the journal has what was in it */
  neap_buffer_clear(&run->text);
  neap_status status = neap_strategy_cell_params(run->strategies[i].cell, &run->details, fault);
  if (status == NEAP_OK) status = neap_record_to_json(run->details.data, run->details.size, &run->text, fault);
  if (status != NEAP_OK) return status;
  lua_createtable(L, 0, 2);
  set_text(L, "name", run->seats[i].strategy->name);
  lua_pushlstring(L, (const char *)run->text.data, run->text.size);
  lua_setfield(L, -2, "params");
  return NEAP_OK;
}

static neap_status push_strategies(lua_State *L, session_run *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  lua_createtable(L, (int)run->strategy_count, 0);
  for (uint32_t i = 0; status == NEAP_OK && i < run->strategy_count; i++) {
    status = push_strategy(L, run, i, fault);
    if (status == NEAP_OK) lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "strategies");
  return status;
}

static void set_run(lua_State *L, const session_run *run) {
  char head[NEAP_DIGEST_TEXT];
  neap_event_store_head(neap_session_store(run->session), head);
  set_text(L, "event_hash", head);
  if (neap_session_state_hash(run->session, head, NULL) == NEAP_OK) set_text(L, "state_hash", head);
  set_integer(L, "events", (int64_t)neap_event_store_count(neap_session_store(run->session)));
  set_integer(L, "bars", (int64_t)run->report.bars);
  set_integer(L, "truncated", (int64_t)run->report.truncated);
  lua_pushboolean(L, run->report.interrupted);
  lua_setfield(L, -2, "interrupted");
}

/* Of a run that ended in another mode than normal. */
static void set_guard(lua_State *L, const session_run *run) {
  const neap_mode_view view = neap_session_mode_view(run->session);
  if (view.mode == NEAP_MODE_NORMAL) return;
  lua_createtable(L, 0, 4);
  set_text(L, "mode", neap_mode_name(view.mode));
  set_text(L, "reason", view.reason);
  set_text(L, "who", view.who);
  if (view.since) set_integer(L, "since", view.since);
  lua_setfield(L, -2, "guard");
}

static int push_metrics(lua_State *L) {
  neap_push_order_metrics(L, lua_touserdata(L, 1));
  return 1;
}

/* Of a run with a store, what its events say. Where they cannot be read there is no such field. */
static void set_order_metrics(lua_State *L, session_run *run) {
  neap_fault fault = {0};
  const char *path = run->options.session.store_path;
  neap_order_metrics_reporter *stored = NULL;
  if (path && neap_session_settle(run->session, &fault) == NEAP_OK) stored = neap_read_order_metrics(path, &fault);
  if (!stored && !run->metrics) return;
  lua_pushcfunction(L, push_metrics);
  lua_pushlightuserdata(L, stored ? stored : run->metrics);
  neap_status status = neap_call(L, 1, 1, &fault);
  neap_order_metrics_reporter_free(stored);
  if (status == NEAP_OK) lua_setfield(L, -2, "order_metrics");
}

neap_status session_run_push(lua_State *L, session_run *run, neap_fault *fault) {
  neap_session_totals totals;
  neap_status status = neap_session_totals_get(run->session, &totals, fault);
  if (status != NEAP_OK) return status;
  lua_createtable(L, 0, 20);
  set_run(L, run);
  set_decimal(L, "final_equity", totals.equity);
  set_decimal(L, "initial_cash", totals.paid);
  set_decimal(L, "final_cash", totals.cash);
  set_decimal(L, "fees", totals.fees);
  set_decimal(L, "funding", totals.funding);
  set_integer(L, "orders", (int64_t)totals.orders);
  set_integer(L, "fills", (int64_t)totals.fills);
  set_guard(L, run);
  push_rejections(L, &totals);
  lua_setfield(L, -2, "rejections");
  set_order_metrics(L, run);
  session_run_push_trades(L, run, &totals);
  lua_setfield(L, -2, "trades");
  neap_statistics_result statistics;
  neap_session_statistics(run->session, &statistics);
  session_push_statistics(L, &statistics);
  lua_setfield(L, -2, "statistics");
  push_feeds(L, run);
  lua_setfield(L, -2, "feeds");
  return push_strategies(L, run, fault);
}
