/* SPDX-License-Identifier: MIT */
/* lstrategy_book: the book that a strategy looks into: no copy but a view of the session's own, good until the callback
 * returns. Prices and sizes are floats. */
#include "lua/laccount.h"
#include "lua/lstrategy_view.h"

enum { IMBALANCE_LEVELS = 5, MOST_LEVELS = 1000 };

typedef struct book_view {
  uint32_t product;
  uint64_t call; /* number of the callback that it is good for */
} book_view;

static int push_number(lua_State *L, neap_decimal value) {
  lua_pushnumber(L, neap_decimal_to_double(value));
  return 1;
}

static const strategy_view of_book;

static const book_view *view_at(lua_State *L) {
  luaL_checkudata(L, 1, of_book.type);
  const book_view *self = neap_lstrategy_view(L);
  if (self->call != neap_cell_call_number(neap_lstrategy(L)->cell))
    luaL_error(L, "a book is good until its callback returns: ask self.book again");
  return self;
}

static const neap_price_book *book_at(lua_State *L) {
  return neap_desk_book(neap_lstrategy(L)->desk, view_at(L)->product);
}

/* What the book cannot say is nil. */
static int answer(lua_State *L, neap_status status, neap_decimal value) {
  return status == NEAP_OK ? push_number(L, value) : 0;
}

static bool quote_of(lua_State *L, neap_quote *out) {
  return neap_desk_quote(neap_lstrategy(L)->desk, view_at(L)->product, out);
}

static int get_product(lua_State *L) {
  return neap_lstrategy_push_text(L, neap_desk_product(neap_lstrategy(L)->desk, view_at(L)->product)->id);
}

static int get_time(lua_State *L) {
  lua_pushinteger(L, book_at(L)->time);
  return 1;
}

static int get_bid(lua_State *L) {
  neap_quote quote;
  return quote_of(L, &quote) ? push_number(L, quote.bid) : 0;
}

static int get_ask(lua_State *L) {
  neap_quote quote;
  return quote_of(L, &quote) ? push_number(L, quote.ask) : 0;
}

static int get_bid_size(lua_State *L) {
  neap_quote quote;
  return quote_of(L, &quote) ? push_number(L, quote.bid_size) : 0;
}

static int get_ask_size(lua_State *L) {
  neap_quote quote;
  return quote_of(L, &quote) ? push_number(L, quote.ask_size) : 0;
}

static int get_mid(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_mid(book_at(L), &value);
  return answer(L, status, value);
}

static int get_spread_bps(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_spread_bps(book_at(L), &value);
  return answer(L, status, value);
}

static int get_imbalance(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_imbalance(book_at(L), IMBALANCE_LEVELS, &value);
  return answer(L, status, value);
}

/* book:depth(bps) → what rests within it of the touch, on the side of the bids and of the asks */
static int depth(lua_State *L) {
  neap_decimal bids = NEAP_ZERO, asks = NEAP_ZERO, bps = NEAP_ZERO;
  neap_fault fault;
  const neap_price_book *book = book_at(L);
  lua_Number given = luaL_checknumber(L, 2);
  luaL_argcheck(L, neap_decimal_from_double(given, 12, &bps, &fault) == NEAP_OK && bps.units >= 0, 2,
                "basis points, zero or more");
  if (neap_price_book_depth_within(book, NEAP_BID, bps, &bids) != NEAP_OK) return 0;
  if (neap_price_book_depth_within(book, NEAP_ASK, bps, &asks) != NEAP_OK) return 0;
  push_number(L, bids);
  push_number(L, asks);
  return 2;
}

/* A float goes down to the book's increment. */
static neap_decimal check_quantity(lua_State *L, const neap_price_book *book, int index) {
  neap_decimal quantity;
  neap_snap how;
  neap_fault fault;
  bool is_float = lua_type(L, index) == LUA_TNUMBER && !lua_isinteger(L, index);
  neap_status status =
      is_float
          ? neap_decimal_snap(lua_tonumber(L, index), book->size_increment, NEAP_ROUND_DOWN, &quantity, &how, &fault)
          : neap_decimal_quantize(neap_check_decimal(L, index), book->size_increment, NEAP_ROUND_DOWN, &quantity);
  luaL_argcheck(L, status == NEAP_OK && quantity.units > 0, index, "a quantity over zero is wanted");
  return quantity;
}

/* book:vwap("buy", quantity) → the average price of taking it at once; nil where less rests there */
static int vwap(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  const neap_price_book *book = book_at(L);
  bool buys = neap_check_word(L, 2, "side", neap_side_words) == NEAP_BUY;
  neap_decimal quantity = check_quantity(L, book, 3);
  neap_status status = neap_price_book_vwap(book, buys ? NEAP_ASK : NEAP_BID, quantity, &value);
  return answer(L, status, value);
}

static void push_level(lua_State *L, const neap_price_book *book, const neap_book_level *level) {
  lua_createtable(L, 0, 2);
  push_number(L, (neap_decimal){book->price_increment.units * level->price});
  lua_setfield(L, -2, "price");
  push_number(L, (neap_decimal){book->size_increment.units * level->size});
  lua_setfield(L, -2, "size");
}

/* book:levels("bid", most) → { {price =, size =}, … }, the best first */
static int levels(lua_State *L) {
  static const char *const sides[] = {"bid", "ask", NULL};
  neap_book_level found[MOST_LEVELS];
  const neap_price_book *book = book_at(L);
  neap_book_side side = (neap_book_side)neap_check_word(L, 2, "side", sides);
  lua_Integer most = luaL_optinteger(L, 3, 10);
  luaL_argcheck(L, most > 0 && most <= MOST_LEVELS, 3, "a number of levels, from 1 to 1000");
  size_t count = neap_price_book_levels(book, side, (size_t)most, found);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_level(L, book, &found[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int get_depth(lua_State *L) { return lua_pushcfunction(L, depth), 1; }
static int get_vwap(lua_State *L) { return lua_pushcfunction(L, vwap), 1; }
static int get_levels(lua_State *L) { return lua_pushcfunction(L, levels), 1; }

static int to_string(lua_State *L) {
  luaL_Buffer out;
  neap_quote quote;
  const neap_product *product = neap_desk_product(neap_lstrategy(L)->desk, view_at(L)->product);
  if (!quote_of(L, &quote)) return lua_pushfstring(L, "book %s: not both sides are known", product->id), 1;
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "book ", product->id);
  neap_lstrategy_add_amount(&out, ", bid ", quote.bid_size, neap_lstrategy_unit(product));
  neap_lstrategy_add_amount(&out, " at ", quote.bid, product->quote);
  neap_lstrategy_add_amount(&out, ", ask ", quote.ask_size, neap_lstrategy_unit(product));
  neap_lstrategy_add_amount(&out, " at ", quote.ask, product->quote);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field fields[] = {{"product", get_product},
                                             {"time", get_time},
                                             {"bid", get_bid},
                                             {"ask", get_ask},
                                             {"bid_size", get_bid_size},
                                             {"ask_size", get_ask_size},
                                             {"mid", get_mid},
                                             {"spread_bps", get_spread_bps},
                                             {"imbalance", get_imbalance},
                                             {"depth", get_depth},
                                             {"vwap", get_vwap},
                                             {"levels", get_levels},
                                             {NULL, NULL}};
static const strategy_view of_book = {"neap.strategy_book", "book", "a book", fields, to_string};

void neap_lstrategy_push_book(lua_State *L, uint32_t product) {
  neap_strategy_cell *self = neap_lstrategy(L);
  if (!neap_desk_book(self->desk, product)) {
    lua_pushnil(L);
    return;
  }
  book_view *view = neap_lstrategy_push_view(L, &of_book, sizeof *view, 0);
  *view = (book_view){.product = product, .call = neap_cell_call_number(self->cell)};
}
