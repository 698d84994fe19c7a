/* SPDX-License-Identifier: MIT */
/* lengine_book: the portfolios of a snapshot table: the product that is asked about, `holdings` of others, and
 * `account` when other strategies share it. */
#include <lauxlib.h>

#include "lua/lengine.h"
#include "lua/lneap.h"

/* Orders without a price of their own: they count at the mark. */
static void read_open(lua_State *L, int index, neap_holding *out) {
  static const char *const names[] = {"open_buy", "open_sell"};
  for (int side = NEAP_BUY; side <= NEAP_SELL; side++) {
    neap_decimal quantity = neap_engine_decimal(L, index, names[side]);
    out->open[side].quantity = out->open[side].unpriced = quantity;
    out->orders += !neap_decimal_is_zero(quantity);
  }
  out->position = neap_engine_decimal(L, index, "position");
}

/* One of `holdings`: facts of a product under `product`, position, open_buy, open_sell, mark. */
static void read_holding(lua_State *L, int index, neap_engine_book *book, neap_holding *out, uint32_t at) {
  static const char *const allowed[] = {"product", "position", "mark", "open_buy", "open_sell", NULL};
  int table = lua_absindex(L, index);
  neap_check_options(L, table, "holding", allowed);
  lua_getfield(L, table, "product");
  neap_check_product_facts(L, -1, &book->products[at]);
  lua_pop(L, 1);
  book->marks[at] = neap_engine_decimal(L, table, "mark");
  read_open(L, table, out);
}

static uint32_t read_holdings(lua_State *L, int index, neap_engine_book *book, neap_holding *out) {
  uint32_t count = 1;
  if (lua_getfield(L, index, "holdings") != LUA_TNIL) {
    luaL_checktype(L, -1, LUA_TTABLE);
    int list = lua_gettop(L);
    for (; lua_rawgeti(L, list, count) != LUA_TNIL; lua_pop(L, 1), count++) {
      if (count == NEAP_BOOK_PRODUCTS) luaL_error(L, "holdings: at most %d", NEAP_BOOK_PRODUCTS - 1);
      read_holding(L, -1, book, &out[count], count);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return count;
}

static void read_account(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book) {
  static const char *const allowed[] = {"equity", "position", "open_buy", "open_sell", "holdings", NULL};
  if (lua_getfield(L, index, "account") != LUA_TNIL) {
    int table = lua_gettop(L);
    neap_check_options(L, table, "account", allowed);
    read_open(L, table, &book->account[0]);
    out->account = out->own;
    out->account.equity = neap_engine_decimal(L, table, "equity");
    out->account.holdings = book->account;
    uint32_t count = read_holdings(L, table, book, book->account);
    if (count > out->account.count) out->account.count = count;
    out->has_account = true;
  }
  lua_pop(L, 1);
}

static neap_status estimate(const void *self, const neap_ticket *ticket, neap_decimal value, neap_impact *out,
                            neap_fault *fault) {
  const neap_engine_book *book = self;
  (void)ticket, (void)value;
  *out = book->impact;
  if (book->impact_status == NEAP_OK) return NEAP_OK;
  return neap_fail(fault, book->impact_status, "impact_estimator", "the estimate failed");
}

/* impact = { bps, liquid } of an estimate, or false: the estimate fails. */
static void read_impact(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book) {
  static const char *const allowed[] = {"bps", "liquid", NULL};
  int type = lua_getfield(L, index, "impact");
  if (type != LUA_TNIL) {
    book->source = (neap_impact_source){book, estimate};
    book->impact_status = type == LUA_TTABLE ? NEAP_OK : NEAP_NOT_FOUND;
    out->impact = &book->source;
  }
  if (type == LUA_TTABLE) {
    int table = lua_gettop(L);
    neap_check_options(L, table, "impact", allowed);
    book->impact.bps = neap_engine_decimal(L, table, "bps");
    lua_getfield(L, table, "liquid");
    book->impact.is_liquid = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* tally = { wins, losses, won, lost }: of the closed trades; the sums of their returns. */
static void read_tally(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book) {
  static const char *const allowed[] = {"wins", "losses", "won", "lost", NULL};
  if (lua_getfield(L, index, "tally") != LUA_TNIL) {
    int table = lua_gettop(L);
    neap_check_options(L, table, "tally", allowed);
    book->tally = (neap_trade_tally){.wins = (uint64_t)neap_engine_int(L, table, "wins", 0),
                                     .losses = (uint64_t)neap_engine_int(L, table, "losses", 0),
                                     .won = neap_engine_decimal(L, table, "won"),
                                     .lost = neap_engine_decimal(L, table, "lost")};
    out->tally = &book->tally;
  }
  lua_pop(L, 1);
}

void neap_check_book(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book) {
  int table = lua_absindex(L, index);
  read_open(L, table, &book->own[0]);
  book->marks[0] = out->mark;
  uint32_t count = out->product ? read_holdings(L, table, book, book->own) : 0;
  out->own = (neap_portfolio){out->equity, count, book->products, book->marks, book->own};
  read_account(L, table, out, book);
  book->failures = (neap_failures){neap_engine_int(L, table, "failures", 0), neap_engine_int(L, table, "failed_at", 0)};
  out->failures = &book->failures;
  read_impact(L, table, out, book);
  read_tally(L, table, out, book);
}
