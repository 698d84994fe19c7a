/* SPDX-License-Identifier: MIT */
/* lsession_options: the options of a run, from neap.backtest's prepared table. */
#include <string.h>

#include "base/record.h"
#include "lua/lcandle.h"
#include "lua/lengine.h"
#include "lua/llimits.h"
#include "lua/loperations.h"
#include "lua/loutside.h"
#include "lua/lpolicy.h"
#include "lua/lproduct.h"
#include "lua/lsession.h"

static const char *const known[] = {"broker",
                                    "id",
                                    "mode",
                                    "currency",
                                    "cash",
                                    "products",
                                    "feeds",
                                    "trades",
                                    "bars",
                                    "latency",
                                    "queue",
                                    "from",
                                    "to",
                                    "bad_bars",
                                    "fees",
                                    "model",
                                    "live",
                                    "advanced",
                                    "limits",
                                    "has_risk",
                                    "policy",
                                    "strategies",
                                    "lua_root",
                                    "seed",
                                    "store_path",
                                    "resume",
                                    "ack_fd",
                                    "reserve",
                                    "snapshot_every",
                                    "quarantine",
                                    "close_at_end",
                                    "details",
                                    "on_log",
                                    "on_progress",
                                    "operator_cash",
                                    "has_seats",
                                    "time_limit",
                                    "fee_table",
                                    "fee_tier",
                                    "limit_sources",
                                    "configuration",
                                    "dry_run",
                                    "history_until",
                                    "on_clock",
                                    "start_if_empty",
                                    "operations",
                                    "external",
                                    "outside",
                                    "journal",
                                    NULL};

static const char *text_field(lua_State *L, int table, const char *name, const char *fallback) {
  lua_getfield(L, table, name);
  const char *text = luaL_optstring(L, -1, fallback);
  lua_pop(L, 1); /* the table keeps the string */
  return text;
}

static neap_decimal decimal_field(lua_State *L, int table, const char *name) {
  neap_decimal value = NEAP_ZERO;
  if (lua_getfield(L, table, name) != LUA_TNIL) value = neap_check_decimal(L, -1);
  lua_pop(L, 1);
  return value;
}

static int64_t integer_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  int64_t value = luaL_optinteger(L, -1, 0);
  lua_pop(L, 1);
  return value;
}

static int choice_field(lua_State *L, int table, const char *name, const char *const *choices) {
  lua_getfield(L, table, name);
  int choice = luaL_checkoption(L, -1, choices[0], choices);
  lua_pop(L, 1);
  return choice;
}

static void read_products(lua_State *L, int table, session_run *run) {
  neap_session_options *session = &run->options.session;
  lua_getfield(L, table, "products");
  lua_Integer count = luaL_len(L, -1);
  if (count < 1 || count > NEAP_STRATEGY_PRODUCTS)
    luaL_error(L, "a run takes 1 to %d products, not %d", NEAP_STRATEGY_PRODUCTS, (int)count);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
    lua_geti(L, -1, i);
    const neap_product *product = neap_test_product(L, -1);
    if (!product) luaL_error(L, "products[%d] is not a product", (int)i);
    run->products[i - 1] = *product;
  }
  lua_pop(L, 1);
  session->products = run->products;
  session->product_count = (uint32_t)count;
}

static void read_model(lua_State *L, int table, neap_fill_model *model) {
  static const char *const kinds[] = {"none", "bps", "volume_share", NULL};
  lua_getfield(L, table, "model");
  int at = lua_gettop(L);
  model->slippage = (neap_slippage)choice_field(L, at, "slippage", kinds);
  model->slippage_bps = decimal_field(L, at, "slippage_bps");
  model->impact = decimal_field(L, at, "impact");
  model->volume_share = decimal_field(L, at, "volume_share");
  lua_pop(L, 1);
}

/* The list `name` of the table at the top: quantiles in ns. */
static void read_way(lua_State *L, const char *name, neap_latency *out) {
  lua_getfield(L, -1, name);
  lua_Unsigned count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  if (count == 0 || count > NEAP_LATENCY_POINTS) luaL_error(L, "latency: %s is a list of quantiles", name);
  for (out->count = 0; out->count < count; lua_pop(L, 1)) {
    lua_rawgeti(L, -1, (lua_Integer)out->count + 1);
    out->quantile[out->count++] = luaL_checkinteger(L, -1);
  }
  lua_pop(L, 1);
}

/* Of recorded books; absent: no distance. */
static void read_venue(lua_State *L, int table, neap_session_options *session) {
  static const char *const queues[] = {"risk_averse", "probabilistic", NULL};
  session->seed = (uint64_t)integer_field(L, table, "seed");
  if (lua_getfield(L, table, "latency") == LUA_TTABLE) {
    session->queue = (neap_queue_kind)choice_field(L, table, "queue", queues);
    read_way(L, "order", &session->latency_out);
    read_way(L, "answer", &session->latency_back);
  }
  lua_pop(L, 1);
}

static void read_fees(lua_State *L, int table, neap_fee_schedule *fees) {
  lua_getfield(L, table, "fees");
  fees->maker_bps = decimal_field(L, lua_gettop(L), "maker_bps");
  fees->taker_bps = decimal_field(L, lua_gettop(L), "taker_bps");
  lua_pop(L, 1);
}

static const neap_engine *read_engine(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  const neap_engine *engine = neap_test_engine(L, -1);
  if (!engine) luaL_error(L, "%s is not an engine: neap.engine_factory makes them", name);
  lua_pop(L, 1);
  return engine;
}

static void read_parts(lua_State *L, int table, neap_session_options *session) {
  session->live = *read_engine(L, table, "live");
  session->advanced = *read_engine(L, table, "advanced");
  lua_getfield(L, table, "limits");
  session->limits = neap_test_limits(L, -1);
  if (!session->limits) luaL_error(L, "limits are not an object of neap.limits");
  lua_getfield(L, table, "policy");
  const neap_policy *policy = neap_test_policy(L, -1);
  if (!policy) luaL_error(L, "policy is not an object of neap.policy");
  session->policy = *policy;
  lua_getfield(L, table, "has_risk");
  session->has_risk_configuration = lua_toboolean(L, -1);
  lua_pop(L, 3);
}

/* A list of {name, text}. */
static const char *pair(lua_State *L, int list, lua_Integer i, const char **text) {
  lua_geti(L, list, i);
  lua_geti(L, -1, 1);
  lua_geti(L, -2, 2);
  const char *name = luaL_checkstring(L, -2);
  *text = luaL_checkstring(L, -1);
  lua_pop(L, 3);
  return name;
}

/* The strategy's table is on top. */
static void read_params(lua_State *L, session_strategy *strategy) {
  lua_getfield(L, -1, "params");
  lua_Integer count = luaL_len(L, -1);
  if (count > SESSION_RUN_PARAMS) luaL_error(L, "at most %d parameters", SESSION_RUN_PARAMS);
  for (lua_Integer i = 1; i <= count; i++)
    strategy->params[i - 1].name = pair(L, lua_gettop(L), i, &strategy->params[i - 1].text);
  strategy->options.params = strategy->params;
  strategy->options.param_count = (size_t)count;
  lua_pop(L, 1);
}

static void read_strategy(lua_State *L, int table, session_run *run, uint32_t i) {
  static const char *const words[] = {"path", "params", "cash", NULL};
  neap_check_options(L, -1, "session_c: strategies", words);
  session_strategy *strategy = &run->strategies[i];
  strategy->options.path = text_field(L, lua_gettop(L), "path", NULL);
  strategy->options.lua_root = text_field(L, table, "lua_root", NULL);
  strategy->options.seed = (uint64_t)integer_field(L, table, "seed");
  strategy->options.time_limit = integer_field(L, table, "time_limit");
  strategy->options.inputs = run->outside && !run->reads_files ? run->outside->inputs : NULL;
  run->seats[i].cash = decimal_field(L, lua_gettop(L), "cash");
  read_params(L, strategy);
}

static void read_strategies(lua_State *L, int table, session_run *run) {
  lua_getfield(L, table, "strategies");
  lua_Integer count = luaL_len(L, -1);
  if (count > SESSION_RUN_STRATEGIES) luaL_error(L, "at most %d strategies", SESSION_RUN_STRATEGIES);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
    lua_geti(L, -1, i);
    read_strategy(L, table, run, (uint32_t)i - 1);
    run->strategy_count = (uint32_t)i;
  }
  lua_pop(L, 1);
}

static bool flag_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* An operator with cash has a seat behind the strategies. */
static void read_seats(lua_State *L, int table, session_run *run) {
  if (!flag_field(L, table, "has_seats")) return;
  run->seat_count = run->strategy_count;
  if (lua_getfield(L, table, "operator_cash") != LUA_TNIL)
    run->seats[run->seat_count++].cash = neap_check_decimal(L, -1);
  lua_pop(L, 1);
}

static void read_journal(lua_State *L, int table, neap_session_options *session) {
  session->store_path = text_field(L, table, "store_path", NULL);
  session->resume = flag_field(L, table, "resume");
  session->ack_fd = (int)integer_field(L, table, "ack_fd");
  session->reserve = (size_t)integer_field(L, table, "reserve");
  session->snapshot_every = (uint64_t)integer_field(L, table, "snapshot_every");
  session->quarantine = flag_field(L, table, "quarantine");
  session->start_if_empty = flag_field(L, table, "start_if_empty");
  session->dry_run = flag_field(L, table, "dry_run");
  session->history_until = integer_field(L, table, "history_until");
}

static void read_details(lua_State *L, int table, neap_buffer *out) {
  lua_getfield(L, table, "details");
  lua_Integer count = luaL_len(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    const char *text, *name = pair(L, lua_gettop(L), i, &text);
    neap_record_text(out, name, text);
  }
  lua_pop(L, 1);
}

/* The options table keeps the object; its thread gets copies of what happens. */
static void read_operations(lua_State *L, int table, neap_session_options *session) {
  lua_getfield(L, table, "operations");
  neap_operations *operations = neap_test_operations(L, -1);
  if (operations) session->observer = (neap_observer){.context = operations, .see = neap_operations_see};
  lua_pop(L, 1);
}

/* Without memory for them nothing is counted. */
static void read_metrics(session_run *run, neap_session_options *session) {
  if (session->store_path) return;
  run->metrics = neap_order_metrics_reporter_new();
  if (run->metrics) session->journal = (neap_observer){.context = run->metrics, .see = neap_count_order_event};
}

/* Who sees what is journalled, handed over as a pointer; it outlives the session. */
static void read_observer(lua_State *L, int table, neap_session_options *session) {
  if (lua_getfield(L, table, "journal") == LUA_TLIGHTUSERDATA)
    session->journal = *(const neap_observer *)lua_touserdata(L, -1);
  lua_pop(L, 1);
}

void session_run_read(lua_State *L, int table, session_run *run) {
  static const char *const bad_bars[] = {"refuse", "skip", NULL}, *const ends[] = {"no", "open", "close", NULL};
  static const char *const externals[] = {"ignore", "adopt", "halt", NULL};
  neap_session_options *session = &run->options.session;
  neap_check_options(L, table, "session_c", known);
  session->id = text_field(L, table, "id", "backtest");
  session->mode = text_field(L, table, "mode", "backtest");
  session->currency = text_field(L, table, "currency", "USD");
  read_journal(L, table, session);
  read_metrics(run, session);
  read_observer(L, table, session);
  neap_lua_broker_read(L, table, run, session);
  session->cash = decimal_field(L, table, "cash");
  read_products(L, table, run);
  read_model(L, table, &session->fill_model);
  read_venue(L, table, session);
  read_fees(L, table, &session->fees);
  session->fee_table = text_field(L, table, "fee_table", NULL);
  session->fee_tier = (uint32_t)integer_field(L, table, "fee_tier");
  read_parts(L, table, session);
  session_read_sources(L, table, run);
  session->configuration = (uint64_t)integer_field(L, table, "configuration");
  session_wire_read(L, table, run);
  read_strategies(L, table, run);
  read_seats(L, table, run);
  session->external = (neap_external)choice_field(L, table, "external", externals);
  read_details(L, table, &run->details);
  read_operations(L, table, session);
  run->options.close_at_end = (neap_close_at_end)choice_field(L, table, "close_at_end", ends);
  run->feed_options.bad_bars = (neap_bad_bars)choice_field(L, table, "bad_bars", bad_bars);
  run->feed_options.from = integer_field(L, table, "from");
  run->feed_options.to = integer_field(L, table, "to");
  run->options.feeds = run->feeds;
  run->recorded_frame = integer_field(L, table, "bars");
  run->on_clock = flag_field(L, table, "on_clock");
}
