/* SPDX-License-Identifier: MIT */
/* lframes_push: what a frame told, as tables. */
#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lframes.h"
#include "lua/lneap.h"

typedef neap_told_event event;

static const char *const channel_words[] = {"unknown", "level2", "trades",  "ticker",        "candles", "heartbeats",
                                            "status",  "user",   "balance", "subscriptions", "error"};
static const char *const kind_words[] = {"book",   "trade", "ticker",     "heartbeat",  "candle",
                                         "status", "order", "orders_end", "subscribed", "unusable"};

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

static void set_amount(lua_State *L, const char *name, neap_decimal increment, int64_t count) {
  neap_set_decimal(L, name, (neap_decimal){increment.units * count});
}

/* What the venue left out is left out. */
static void set_said(lua_State *L, const char *name, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_set_decimal(L, name, value);
}

/* The list of {price, size} of a side, in the table on top. */
static void set_side(lua_State *L, const neap_told *told, const event *e, const neap_frame_product *p,
                     neap_book_side side, const char *name) {
  const neap_book_change *changes = told->changes + e->as.book.first;
  lua_Integer at = 0;
  lua_newtable(L);
  for (size_t i = 0; i < e->as.book.count; i++) {
    if (changes[i].side != side) continue;
    lua_createtable(L, 2, 0);
    neap_push_decimal(L, (neap_decimal){p->price_increment.units * changes[i].price});
    lua_rawseti(L, -2, 1);
    neap_push_decimal(L, (neap_decimal){p->size_increment.units * changes[i].size});
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++at);
  }
  lua_setfield(L, -2, name);
}

static void set_book(lua_State *L, const neap_told *told, const event *e, const neap_frame_product *p) {
  lua_createtable(L, 0, 3);
  neap_set_integer(L, "time", e->as.book.time);
  set_side(L, told, e, p, NEAP_BID, "bids");
  set_side(L, told, e, p, NEAP_ASK, "asks");
  lua_setfield(L, -2, "message");
}

static void set_trade(lua_State *L, const event *e, const neap_frame_product *p) {
  const neap_market_trade *trade = &e->as.trade.trade;
  neap_set_integer(L, "time", trade->time);
  neap_set_integer(L, "id", (int64_t)e->as.trade.id);
  neap_set_text(L, "side", trade->taken == NEAP_ASK ? "buy" : "sell");
  set_amount(L, "price", p->price_increment, trade->price);
  set_amount(L, "size", p->size_increment, trade->size);
}

static void set_ticker(lua_State *L, const neap_frame_ticker *t) {
  set_said(L, "price", t->price);
  set_said(L, "best_bid", t->best_bid);
  set_said(L, "best_ask", t->best_ask);
  set_said(L, "bid_size", t->bid_size);
  set_said(L, "ask_size", t->ask_size);
}

static void set_candle(lua_State *L, const event *e) {
  static const char *const names[] = {"open", "high", "low", "close", "volume"};
  neap_set_integer(L, "start", e->as.candle.start);
  for (int i = 0; i < 5; i++) neap_set_decimal(L, names[i], e->as.candle.ohlcv[i]);
}

static void set_order(lua_State *L, const neap_user_order *o) {
  neap_set_text(L, "order_id", o->order_id);
  neap_set_text(L, "client_order_id", o->client_id);
  neap_set_text(L, "product", o->product_id);
  neap_set_text(L, "venue_status", o->venue_status);
  if (o->known & NEAP_KNOWS_SIDE) neap_set_text(L, "side", neap_side_name(o->side));
  if (o->known & NEAP_KNOWS_STATUS) neap_set_text(L, "status", neap_order_status_name(o->status));
  neap_set_decimal(L, "filled", o->filled);
  neap_set_decimal(L, "average_price", o->average);
  neap_set_decimal(L, "value", o->value);
  neap_set_decimal(L, "fees", o->fees);
  neap_set_decimal(L, "leaves", o->leaves);
  set_said(L, "limit", o->limit);
  set_said(L, "stop", o->stop);
  neap_set_integer(L, "fills", (int64_t)o->fills);
  if (o->created) neap_set_integer(L, "created", o->created);
  if (o->reason[0]) neap_set_text(L, "reason", o->reason);
}

static void set_words(lua_State *L, const event *e) {
  if (e->kind == NEAP_TOLD_STATUS) {
    neap_set_text(L, "status", e->as.words.word);
    return;
  }
  neap_set_text(L, "channel", e->as.words.word);
  neap_set_text(L, "product", e->as.words.other);
}

static void set_fault(lua_State *L, const neap_fault *why) {
  neap_push_fault_table(L, why);
  lua_setfield(L, -2, "why");
}

static void set_details(lua_State *L, const neap_told *told, const event *e, const neap_frame_product *p) {
  switch (e->kind) {
  case NEAP_TOLD_BOOK:
    return set_book(L, told, e, p);
  case NEAP_TOLD_TRADE:
    return set_trade(L, e, p);
  case NEAP_TOLD_TICKER:
    return set_ticker(L, &e->as.ticker);
  case NEAP_TOLD_CANDLE:
    return set_candle(L, e);
  case NEAP_TOLD_ORDER:
    return set_order(L, &e->as.order);
  case NEAP_TOLD_STATUS:
  case NEAP_TOLD_SUBSCRIBED:
    return set_words(L, e);
  case NEAP_TOLD_UNUSABLE:
    return set_fault(L, &e->as.why);
  case NEAP_TOLD_HEARTBEAT:
  case NEAP_TOLD_ORDERS_END:
    return neap_set_integer(L, "count", (int64_t)e->as.count);
  }
}

static bool has_snapshots(neap_told_kind kind) {
  return kind == NEAP_TOLD_BOOK || kind == NEAP_TOLD_TRADE || kind == NEAP_TOLD_ORDER || kind == NEAP_TOLD_ORDERS_END;
}

static void push_event(lua_State *L, const neap_told *told, const event *e, const neap_frame_product *products) {
  lua_createtable(L, 0, 8);
  neap_set_text(L, "kind", kind_words[e->kind]);
  if (has_snapshots(e->kind)) set_flag(L, "is_snapshot", e->is_snapshot);
  const neap_frame_product *product = e->product == UINT32_MAX ? NULL : &products[e->product];
  if (product) neap_set_text(L, "product", product->id);
  set_details(L, told, e, product);
}

void neap_push_told(lua_State *L, const neap_told *told, const neap_frame_product *products) {
  const neap_frame *frame = &told->frame;
  luaL_checkstack(L, 12, NULL);
  lua_createtable(L, 0, 5);
  neap_set_text(L, "channel", channel_words[frame->channel]);
  if (frame->has_sequence) neap_set_integer(L, "sequence", (int64_t)frame->sequence);
  if (frame->time) neap_set_integer(L, "time", frame->time);
  if (frame->message[0]) neap_set_text(L, "message", frame->message);
  lua_createtable(L, (int)told->count, 0);
  for (size_t i = 0; i < told->count; i++) {
    push_event(L, told, &told->events[i], products);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "events");
}
