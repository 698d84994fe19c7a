/* SPDX-License-Identifier: MIT */
/* lengine_tables: reads tickets, products and snapshots from tables with closed key sets; writes decisions as tables.
 */
#include <stdio.h>
#include <string.h>

#include "engine/guard_manager.h"
#include "lua/lengine.h"
#include "lua/lliquidity.h"
#include "lua/lneap.h"

neap_decimal neap_engine_decimal(lua_State *L, int index, const char *key) {
  neap_decimal value = NEAP_ZERO;
  if (lua_getfield(L, index, key) != LUA_TNIL) {
    if (lua_type(L, -1) == LUA_TNUMBER && !lua_isinteger(L, -1))
      luaL_error(L, "%s: a float; use text or a decimal", key);
    value = neap_check_decimal(L, -1);
  }
  lua_pop(L, 1);
  return value;
}

static bool has_field(lua_State *L, int index, const char *key) {
  bool has = lua_getfield(L, index, key) != LUA_TNIL;
  lua_pop(L, 1);
  return has;
}

static bool field_bool(lua_State *L, int index, const char *key) {
  int type = lua_getfield(L, index, key);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) luaL_error(L, "%s: true or false, not %s", key, luaL_typename(L, -1));
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

int64_t neap_engine_int(lua_State *L, int index, const char *key, int64_t otherwise) {
  int is_int = 1;
  int64_t value = otherwise;
  if (lua_getfield(L, index, key) != LUA_TNIL) value = lua_tointegerx(L, -1, &is_int);
  if (!is_int) luaL_error(L, "%s: an integer, not %s", key, luaL_typename(L, -1));
  lua_pop(L, 1);
  return value;
}

/* The text stays alive with the table that holds it. */
static const char *field_text(lua_State *L, int index, const char *key, const char *otherwise) {
  int type = lua_getfield(L, index, key);
  if (type != LUA_TNIL && type != LUA_TSTRING) luaL_error(L, "%s: text, not %s", key, luaL_typename(L, -1));
  const char *text = type == LUA_TNIL ? otherwise : lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

static int field_choice(lua_State *L, int index, const char *key, const char *const *words, int otherwise) {
  const char *text = field_text(L, index, key, NULL);
  if (!text) return otherwise;
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], text) == 0) return i;
  return neap_raise_unknown(L, key, "word", text, words);
}

static neap_sizing read_amount(lua_State *L, int index, neap_ticket *out) {
  bool has_notional = has_field(L, index, "notional"), has_fraction = has_field(L, index, "fraction");
  if (has_field(L, index, "quantity") + has_notional + has_fraction > 1)
    luaL_error(L, "order: exactly one of quantity, notional, fraction");
  out->quantity = neap_engine_decimal(L, index, "quantity");
  out->notional = neap_engine_decimal(L, index, "notional");
  out->fraction = neap_engine_decimal(L, index, "fraction");
  return has_notional ? NEAP_BY_NOTIONAL : has_fraction ? NEAP_BY_FRACTION : NEAP_BY_QUANTITY;
}

static neap_order_type usual_type(const neap_ticket *ticket) {
  if (!neap_decimal_is_zero(ticket->trail_bps)) return NEAP_TRAILING_STOP;
  bool has_limit = !neap_decimal_is_zero(ticket->limit), has_stop = !neap_decimal_is_zero(ticket->stop);
  if (has_stop) return has_limit ? NEAP_STOP_LIMIT : NEAP_STOP;
  return has_limit ? NEAP_LIMIT : NEAP_MARKET;
}

static void read_prices(lua_State *L, int index, neap_ticket *out) {
  static const char *const types[] = {"market", "limit", "stop", "stop_limit", "trailing_stop", NULL};
  out->limit = neap_engine_decimal(L, index, "limit");
  out->stop = neap_engine_decimal(L, index, "stop");
  out->trail_bps = neap_engine_decimal(L, index, "trail_bps");
  out->type = (neap_order_type)field_choice(L, index, "type", types, (int)usual_type(out));
}

void neap_check_ticket(lua_State *L, int index, neap_ticket *out) {
  static const char *const allowed[] = {
      "id",        "side",      "type",   "quantity",      "notional",  "fraction",    "limit",     "stop",
      "trail_bps", "good_till", "number", "time_in_force", "post_only", "reduce_only", "execution", NULL};
  static const char *const ways[] = {"whole", "twap", "vwap", "iceberg", NULL};
  static const char *const sides[] = {"buy", "sell", NULL}, *const times[] = {"gtc", "gtd", "ioc", "fok", NULL};
  neap_check_options(L, index, "order", allowed);
  *out = (neap_ticket){.number = (uint64_t)neap_engine_int(L, index, "number", 1)};
  const char *id = field_text(L, index, "id", NULL);
  if (id)
    snprintf(out->id, sizeof out->id, "%s", id);
  else
    neap_order_id("preview", out->number, out->id);
  out->side = (neap_side)field_choice(L, index, "side", sides, NEAP_BUY);
  out->sizing = read_amount(L, index, out);
  read_prices(L, index, out);
  out->good_till = neap_engine_int(L, index, "good_till", 0);
  out->time_in_force =
      (neap_time_in_force)field_choice(L, index, "time_in_force", times, out->good_till ? NEAP_GTD : NEAP_GTC);
  out->post_only = field_bool(L, index, "post_only");
  out->reduce_only = field_bool(L, index, "reduce_only");
  out->execution = (neap_execution)field_choice(L, index, "execution", ways, NEAP_WHOLE);
}

/* The value at the top as the text that neap_product_set takes. */
static void set_fact(lua_State *L, neap_product *product, const char *name) {
  neap_fault fault;
  if (neap_product_set(product, name, luaL_tolstring(L, -1, NULL), &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  lua_pop(L, 1);
}

void neap_check_product_facts(lua_State *L, int index, neap_product *out) {
  neap_fault fault;
  int table = lua_absindex(L, index);
  luaL_checktype(L, table, LUA_TTABLE);
  if (neap_product_init(out, field_text(L, table, "id", "BTC-USD"), &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "product: a fact's name is text, not %s", luaL_typename(L, -2));
    if (strcmp(lua_tostring(L, -2), "id") != 0) set_fact(L, out, lua_tostring(L, -2));
  }
}

static void read_market(lua_State *L, int index, neap_snapshot *out) {
  out->has_mark = has_field(L, index, "mark");
  out->mark = neap_engine_decimal(L, index, "mark");
  out->mark_time = neap_engine_int(L, index, "mark_time", out->now);
  out->mark_max_age = neap_engine_int(L, index, "mark_max_age", INT64_C(60000000000));
  out->has_quote = has_field(L, index, "bid") && has_field(L, index, "ask");
  out->is_quoted = out->has_quote || field_bool(L, index, "quoted");
  out->bid = neap_engine_decimal(L, index, "bid");
  out->ask = neap_engine_decimal(L, index, "ask");
}

/* {asset=, total=, available=}: available is total where it is absent. The table keeps what is pushed for it. */
static void read_balance(lua_State *L, int index, neap_balance *out) {
  static const char *const allowed[] = {"asset", "total", "available", NULL};
  int at = lua_absindex(L, index);
  neap_check_options(L, at, "balance", allowed);
  snprintf(out->asset, sizeof out->asset, "%s", field_text(L, at, "asset", ""));
  out->total = neap_engine_decimal(L, at, "total");
  out->available = has_field(L, at, "available") ? neap_engine_decimal(L, at, "available") : out->total;
}

/* Into memory that is left on the stack. */
static void read_balances(lua_State *L, int index, neap_snapshot *out) {
  if (lua_getfield(L, index, "balances") == LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  out->balance_count = (uint32_t)luaL_len(L, -1);
  neap_balance *balances = lua_newuserdatauv(L, (out->balance_count + 1) * sizeof *balances, 0);
  for (uint32_t i = 0; i < out->balance_count; i++, lua_pop(L, 1)) {
    lua_geti(L, -2, (lua_Integer)i + 1);
    read_balance(L, -1, &balances[i]);
  }
  out->balances = balances;
}

static void read_account(lua_State *L, int index, neap_snapshot *out) {
  out->position = neap_engine_decimal(L, index, "position");
  out->working_buy = neap_engine_decimal(L, index, "working_buy");
  out->working_sell = neap_engine_decimal(L, index, "working_sell");
  out->open_buy = neap_engine_decimal(L, index, "open_buy");
  out->open_sell = neap_engine_decimal(L, index, "open_sell");
  out->entry_after_close = field_bool(L, index, "entry_after_close");
  out->equity = neap_engine_decimal(L, index, "equity");
  out->cash = neap_engine_decimal(L, index, "cash");
  out->buying_power = neap_engine_decimal(L, index, "buying_power");
  out->taker_bps = neap_engine_decimal(L, index, "taker_bps");
  out->maker_bps = neap_engine_decimal(L, index, "maker_bps");
  out->traded = neap_engine_decimal(L, index, "traded");
}

void neap_check_snapshot(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book) {
  static const char *const allowed[] = {"product",
                                        "now",
                                        "mode",
                                        "mark",
                                        "mark_time",
                                        "mark_max_age",
                                        "bid",
                                        "ask",
                                        "position",
                                        "equity",
                                        "cash",
                                        "buying_power",
                                        "working_buy",
                                        "working_sell",
                                        "entry_after_close",
                                        "taker_bps",
                                        "maker_bps",
                                        "quantity_note",
                                        "price_note",
                                        "liquidity",
                                        "balances",
                                        "is_second_look",
                                        "open_buy",
                                        "open_sell",
                                        "holdings",
                                        "account",
                                        "failures",
                                        "failed_at",
                                        "impact",
                                        "traded",
                                        "quoted",
                                        "volatility",
                                        "tally",
                                        "risk",
                                        "stop_loss",
                                        NULL};
  static const char *const modes[] = {"normal", "reduce_only", "halted", NULL};
  neap_check_options(L, index, "snapshot", allowed);
  *out = (neap_snapshot){.now = neap_engine_int(L, index, "now", 0)};
  memset(book, 0, sizeof *book);
  if (lua_getfield(L, index, "product") != LUA_TNIL) {
    neap_check_product_facts(L, -1, &book->products[0]);
    out->product = &book->products[0];
  }
  lua_pop(L, 1);
  out->mode = (neap_mode)field_choice(L, index, "mode", modes, NEAP_MODE_NORMAL);
  read_market(L, index, out);
  read_account(L, index, out);
  read_balances(L, index, out);
  out->risk = neap_engine_decimal(L, index, "risk");
  out->stop_loss = neap_engine_decimal(L, index, "stop_loss");
  out->has_volatility = has_field(L, index, "volatility");
  out->volatility = neap_engine_decimal(L, index, "volatility");
  out->is_second_look = field_bool(L, index, "is_second_look");
  if (lua_getfield(L, index, "liquidity") != LUA_TNIL) neap_check_liquidity_view(L, -1, &out->liquidity);
  lua_pop(L, 1);
  out->quantity_note = field_text(L, index, "quantity_note", NULL);
  out->price_note = field_text(L, index, "price_note", NULL);
  neap_check_book(L, index, out, book);
}

static void set_text(lua_State *L, const char *key, const char *text) {
  if (!text || !*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_decimal(lua_State *L, const char *key, neap_decimal value) {
  if (neap_decimal_is_zero(value)) return;
  neap_push_decimal(L, value);
  lua_setfield(L, -2, key);
}

static void set_bool(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

static void push_check(lua_State *L, const neap_check *check) {
  lua_createtable(L, 0, 5);
  set_text(L, "name", check->name);
  set_text(L, "verdict", neap_verdict_name(check->verdict));
  set_text(L, "note", check->note);
  if (check->has_input) {
    neap_push_decimal(L, check->input);
    lua_setfield(L, -2, "input");
  }
  if (!check->has_limit) return;
  neap_push_decimal(L, check->limit);
  lua_setfield(L, -2, "limit");
}

static void push_ticket(lua_State *L, const neap_ticket *ticket) {
  lua_createtable(L, 0, 12);
  set_text(L, "id", ticket->id);
  set_text(L, "side", neap_side_name(ticket->side));
  set_text(L, "type", neap_order_type_name(ticket->type));
  set_text(L, "time_in_force", neap_time_in_force_name(ticket->time_in_force));
  set_bool(L, "post_only", ticket->post_only);
  set_bool(L, "reduce_only", ticket->reduce_only);
  if (ticket->execution) set_text(L, "execution", neap_execution_name(ticket->execution));
  set_decimal(L, "quantity", ticket->quantity);
  set_decimal(L, "notional", ticket->notional);
  set_decimal(L, "fraction", ticket->fraction);
  set_decimal(L, "limit", ticket->limit);
  set_decimal(L, "stop", ticket->stop);
  set_decimal(L, "trail_bps", ticket->trail_bps);
}

static void push_reason(lua_State *L, const neap_reason *reason) {
  lua_createtable(L, 0, 4);
  set_text(L, "code", reason->code);
  set_text(L, "check", reason->check);
  set_text(L, "input", reason->input);
  set_text(L, "limit", reason->limit);
}

void neap_push_decision(lua_State *L, const neap_decision *decision) {
  luaL_checkstack(L, 4, "decision");
  lua_createtable(L, 0, 5);
  set_bool(L, "accepted", decision->accepted);
  set_text(L, "engine", decision->engine);
  if (decision->previews) set_bool(L, "previews", true);
  set_decimal(L, "slice", decision->slice);
  if (!decision->accepted) {
    push_reason(L, &decision->reason);
    lua_setfield(L, -2, "reason");
  }
  lua_createtable(L, (int)decision->count, 0);
  for (uint32_t i = 0; i < decision->count; i++) {
    push_check(L, &decision->check[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "checks");
  push_ticket(L, &decision->ticket);
  lua_setfield(L, -2, "ticket");
}
