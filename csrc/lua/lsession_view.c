/* SPDX-License-Identifier: MIT */
/* lsession_view: what can be read of a session: money, positions, trades, strategies, the events that memory holds. */
#include <string.h>

#include "base/record.h"
#include "engine/guard_manager.h"
#include "lua/laccount.h"
#include "lua/lproduct.h"
#include "lua/lsession.h"
#include "session/guarding.h"
#include "session/mode.h"
#include "store/event_store.h"

static int push_now(lua_State *L, session_run *run) {
  lua_pushinteger(L, neap_desk_now(run->desks[0]));
  return 1;
}

static int push_trading(lua_State *L, session_run *run) {
  lua_pushstring(L, neap_mode_name(neap_session_mode(run->session)));
  return 1;
}

static void set_holds(lua_State *L, const session_run *run) {
  neap_hold_view hold;
  lua_newtable(L);
  for (uint32_t i = 0; neap_session_hold(run->session, i, &hold); i++) {
    lua_createtable(L, 0, 4);
    neap_set_text(L, "guard", hold.guard);
    neap_set_text(L, "level", hold.level);
    if (hold.product) neap_set_text(L, "product", hold.product);
    neap_set_integer(L, "since", hold.since);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "holds");
}

static void set_metrics(lua_State *L, const session_run *run) {
  neap_risk_metrics metrics;
  if (neap_session_metrics(run->session, &metrics, NULL) != NEAP_OK) return;
  lua_createtable(L, 0, 6);
  neap_set_decimal(L, "equity", metrics.equity);
  neap_set_decimal(L, "total_notional", metrics.total_notional);
  neap_set_decimal(L, "exposure_pct", metrics.exposure);
  neap_set_decimal(L, "max_leverage", metrics.max_leverage);
  neap_set_decimal(L, "daily_pnl", metrics.daily_pnl);
  neap_set_decimal(L, "daily_pnl_pct", metrics.daily_pnl_pct);
  lua_setfield(L, -2, "metrics");
}

static int push_guard(lua_State *L, session_run *run) {
  const neap_mode_view view = neap_session_mode_view(run->session);
  lua_createtable(L, 0, 6);
  set_holds(L, run);
  set_metrics(L, run);
  neap_set_text(L, "mode", neap_mode_name(view.mode));
  neap_set_text(L, "reason", view.reason);
  neap_set_text(L, "who", view.who);
  if (view.since) neap_set_integer(L, "since", view.since);
  return 1;
}

static int push_total(lua_State *L, session_run *run, bool cash) {
  neap_session_totals totals;
  neap_fault fault = {0};
  if (neap_session_totals_get(run->session, &totals, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_push_decimal(L, cash ? totals.cash : totals.equity);
  return 1;
}

static int push_equity(lua_State *L, session_run *run) { return push_total(L, run, false); }
static int push_cash(lua_State *L, session_run *run) { return push_total(L, run, true); }

/* Of the session so far. */
static int push_counts(lua_State *L, session_run *run) {
  neap_session_totals totals;
  neap_fault fault = {0};
  if (neap_session_totals_get(run->session, &totals, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_createtable(L, 0, 3);
  neap_set_integer(L, "orders", (int64_t)totals.orders);
  neap_set_integer(L, "fills", (int64_t)totals.fills);
  neap_set_integer(L, "rejections", (int64_t)totals.rejections);
  return 1;
}

/* By product; absent while none is known. */
static int push_marks(lua_State *L, session_run *run) {
  int64_t time;
  neap_decimal mark;
  lua_createtable(L, 0, (int)run->options.session.product_count);
  for (uint32_t i = 0; run->seat_count && i < run->options.session.product_count; i++)
    if (neap_desk_mark(run->desks[0], i, &mark, &time)) neap_set_decimal(L, run->products[i].id, mark);
  return 1;
}

static int push_products(lua_State *L, session_run *run) {
  uint32_t count = run->options.session.product_count;
  lua_createtable(L, (int)count, 0);
  for (uint32_t i = 0; i < count; i++) {
    neap_push_product(L, &run->products[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int push_trades(lua_State *L, session_run *run) {
  neap_session_totals totals;
  neap_fault fault = {0};
  if (neap_session_totals_get(run->session, &totals, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  session_run_push_trades(L, run, &totals);
  return 1;
}

static bool is_untouched(const neap_position *held) {
  return neap_decimal_is_zero(held->quantity) && neap_decimal_is_zero(held->fees) &&
         neap_decimal_is_zero(held->realized) && neap_decimal_is_zero(held->funding);
}

static void set_entry(lua_State *L, const neap_position *held, const neap_product *product) {
  neap_decimal entry, size;
  neap_set_integer(L, "opened_at", held->opened_at);
  if (neap_decimal_mul(held->quantity, product->contract_size, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &size) ==
          NEAP_OK &&
      neap_decimal_div(held->cost, size, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &entry) == NEAP_OK)
    neap_set_decimal(L, "entry_price", entry);
}

static void push_position(lua_State *L, session_run *run, uint32_t seat, uint32_t i) {
  neap_decimal mark, unrealized;
  neap_desk *desk = run->desks[seat];
  const neap_product *product = &run->products[i];
  const neap_position *held = neap_desk_position(desk, i);
  bool flat = neap_decimal_is_zero(held->quantity);
  lua_createtable(L, 0, 9);
  neap_set_text(L, "product", product->id);
  neap_set_text(L, "strategy", session_run_seat_name(run, seat));
  neap_set_decimal(L, "quantity", held->quantity);
  neap_set_decimal(L, "realized", held->realized);
  neap_set_decimal(L, "fees", held->fees);
  neap_set_decimal(L, "funding", held->funding);
  if (!flat) set_entry(L, held, product);
  if (!neap_desk_mark(desk, i, &mark, NULL)) return;
  neap_set_decimal(L, "mark", mark);
  if (!flat && neap_position_unrealized(held, product, mark, &unrealized) == NEAP_OK)
    neap_set_decimal(L, "unrealized", unrealized);
  if (neap_desk_liquidation_price(desk, i, &mark)) neap_set_decimal(L, "liquidation_price", mark);
}

static int push_positions(lua_State *L, session_run *run) {
  lua_Integer count = 0;
  lua_newtable(L);
  for (uint32_t i = 0; i < run->options.session.product_count; i++)
    for (uint32_t seat = 0; seat < run->seat_count; seat++) {
      if (is_untouched(neap_desk_position(run->desks[seat], i))) continue;
      push_position(L, run, seat, i);
      lua_rawseti(L, -2, ++count);
    }
  return 1;
}

static void push_strategy(lua_State *L, session_run *run, uint32_t seat) {
  neap_fault why = {0};
  neap_decimal equity;
  lua_createtable(L, 0, 5);
  neap_set_text(L, "name", session_run_seat_name(run, seat));
  if (seat < run->strategy_count) neap_set_text(L, "path", run->strategies[seat].options.path);
  neap_set_decimal(L, "cash", neap_desk_cash(run->desks[seat]));
  if (neap_desk_equity(run->desks[seat], &equity) == NEAP_OK) neap_set_decimal(L, "equity", equity);
  if (neap_session_seat_status(run->session, seat, &why) != NEAP_OK) neap_set_text(L, "quarantined", why.message);
}

static int push_strategies(lua_State *L, session_run *run) {
  lua_createtable(L, (int)run->seat_count, 0);
  for (uint32_t seat = 0; seat < run->seat_count; seat++) {
    push_strategy(L, run, seat);
    lua_rawseti(L, -2, (lua_Integer)seat + 1);
  }
  return 1;
}

static void push_seat_margin(lua_State *L, const session_run *run, uint32_t seat, const neap_margin *margin) {
  lua_createtable(L, 0, 9);
  neap_set_text(L, "strategy", session_run_seat_name(run, seat));
  neap_set_decimal(L, "equity", margin->equity);
  neap_set_decimal(L, "value", margin->value);
  neap_set_decimal(L, "initial", margin->initial);
  neap_set_decimal(L, "maintenance", margin->maintenance);
  neap_set_decimal(L, "available", margin->available);
  if (margin->has_leverage) neap_set_decimal(L, "leverage", margin->leverage);
  if (margin->has_leverage) neap_set_decimal(L, "buffer_pct", margin->buffer_pct);
  neap_set_text(L, "health", neap_margin_health_name(margin->health));
}

static int push_margin(lua_State *L, session_run *run) {
  neap_fault fault;
  lua_createtable(L, (int)run->seat_count, 0);
  for (uint32_t seat = 0; seat < run->seat_count; seat++) {
    neap_margin margin;
    neap_status status = neap_desk_margin(run->desks[seat], &margin);
    if (status != NEAP_OK) {
      neap_fail(&fault, status, "no_margin", "a position has no mark yet, or an amount does not fit");
      return neap_push_fault(L, &fault);
    }
    push_seat_margin(L, run, seat, &margin);
    lua_rawseti(L, -2, (lua_Integer)seat + 1);
  }
  return 1;
}

static int push_state_hash(lua_State *L, session_run *run) {
  char hash[NEAP_DIGEST_TEXT];
  neap_fault fault = {0};
  if (neap_session_state_hash(run->session, hash, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, hash);
  return 1;
}

static const struct {
  const char *name;
  int (*push)(lua_State *L, session_run *run);
} fields[] = {{"now", push_now},
              {"trading", push_trading},
              {"guard", push_guard},
              {"counts", push_counts},
              {"equity", push_equity},
              {"cash", push_cash},
              {"marks", push_marks},
              {"products", push_products},
              {"trades", push_trades},
              {"positions", push_positions},
              {"strategies", push_strategies},
              {"margin", push_margin},
              {"state_hash", push_state_hash}};

/* object:get "equity" */
static int get(lua_State *L) {
  session_run *run = session_object_check(L, 1);
  const char *name = luaL_checkstring(L, 2);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (strcmp(fields[i].name, name) == 0) return fields[i].push(L, run);
  return luaL_error(L, "a session has no '%s'", name);
}

/* What is asked of the events, and where they go: into the list on top of the stack. */
typedef struct event_search {
  lua_State *L;
  session_run *run;
  const char *type, *product, *order;
  uint64_t since, first, limit;
  lua_Integer count;
  neap_status status;
  neap_fault fault;
} event_search;

static bool is_wanted(const event_search *search, const neap_event *event) {
  return event->seq >= search->since && (!search->type || strcmp(search->type, event->type) == 0) &&
         (!search->product || strcmp(search->product, event->product) == 0) &&
         (!search->order || strcmp(search->order, event->client_order_id) == 0);
}

static void push_event(lua_State *L, const neap_event *event, const neap_buffer *json) {
  lua_createtable(L, 0, 11);
  neap_set_integer(L, "seq", (int64_t)event->seq);
  neap_set_integer(L, "ts_ns", event->ts_ns);
  neap_set_integer(L, "version", event->version);
  neap_set_integer(L, "cause_seq", (int64_t)event->cause_seq);
  neap_set_text(L, "type", event->type);
  neap_set_text(L, "run", event->run);
  neap_set_text(L, "product", event->product);
  neap_set_text(L, "client_order_id", event->client_order_id);
  lua_pushlstring(L, (const char *)json->data, json->size);
  lua_setfield(L, -2, "json");
}

static bool visit(void *context, const neap_event *event) {
  event_search *search = context;
  neap_buffer *json = &search->run->text;
  if (search->first == 0) search->first = event->seq;
  if (!is_wanted(search, event)) return true;
  neap_buffer_clear(json);
  search->status = neap_record_to_json(event->record, event->record_size, json, &search->fault);
  if (search->status != NEAP_OK) return false;
  push_event(search->L, event, json);
  lua_rawseti(search->L, -2, ++search->count);
  return search->limit == 0 || (uint64_t)search->count < search->limit;
}

/* The walk holds memory that a raise would lose: it is made within a protected call. */
static int collect(lua_State *L) {
  event_search *search = lua_touserdata(L, 1);
  lua_newtable(L);
  search->L = L;
  neap_event_store_each(neap_session_store(search->run->session), visit, search);
  return 1;
}

/* object:recent(type, product, order, since, limit), each or nil → rows that memory holds, number of its oldest event
 */
static int recent(lua_State *L) {
  event_search search = {.run = session_object_check(L, 1)};
  search.type = luaL_optstring(L, 2, NULL);
  search.product = luaL_optstring(L, 3, NULL);
  search.order = luaL_optstring(L, 4, NULL);
  search.since = (uint64_t)luaL_optinteger(L, 5, 0);
  search.limit = (uint64_t)luaL_optinteger(L, 6, 0);
  lua_pushcfunction(L, collect);
  lua_pushlightuserdata(L, &search);
  neap_status status = neap_call(L, 1, 1, &search.fault);
  if (status == NEAP_OK) status = search.status;
  if (status != NEAP_OK) return neap_push_fault(L, &search.fault);
  lua_pushinteger(L, (lua_Integer)search.first);
  return 2;
}

const luaL_Reg session_view_methods[] = {{"get", get}, {"recent", recent}, {NULL, NULL}};
