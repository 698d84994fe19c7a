/* SPDX-License-Identifier: MIT */
/* lframes: what a frame told, kept in memory until nothing can raise any more, then pushed as tables. */
#ifndef NEAP_LUA_LFRAMES_H
#define NEAP_LUA_LFRAMES_H

#include <lua.h>

#include "broker/coinbase/frames.h"

enum { NEAP_FRAMES_WORD = 64 };

typedef enum neap_told_kind {
  NEAP_TOLD_BOOK,
  NEAP_TOLD_TRADE,
  NEAP_TOLD_TICKER,
  NEAP_TOLD_HEARTBEAT,
  NEAP_TOLD_CANDLE,
  NEAP_TOLD_STATUS,
  NEAP_TOLD_ORDER,
  NEAP_TOLD_ORDERS_END,
  NEAP_TOLD_SUBSCRIBED,
  NEAP_TOLD_UNUSABLE
} neap_told_kind;

typedef struct neap_told_event {
  neap_told_kind kind;
  uint32_t product;
  bool is_snapshot;
  union {
    struct {
      int64_t time;
      size_t first, count; /* of the changes */
    } book;
    struct {
      neap_market_trade trade;
      uint64_t id;
    } trade;
    neap_frame_ticker ticker;
    uint64_t count; /* of a heartbeat, or of orders */
    struct {
      int64_t start;
      neap_decimal ohlcv[5];
    } candle;
    struct {
      char word[NEAP_FRAMES_WORD], other[NEAP_FRAMES_WORD]; /* a status; a channel and its product */
    } words;
    neap_user_order order;
    neap_fault why;
  } as;
} neap_told_event;

typedef struct neap_told {
  neap_frame frame;
  neap_told_event *events;
  neap_book_change *changes;
  size_t count, change_count;
  size_t size, change_size; /* allocated */
  bool is_short;            /* there was no memory for all of it */
} neap_told;

void neap_told_clear(neap_told *told);
void neap_told_fini(neap_told *told);
/* A listener that keeps what it hears. */
neap_frame_listener neap_told_listener(neap_told *told);

/* Pushes the frame and the list of its events. */
void neap_push_told(lua_State *L, const neap_told *told, const neap_frame_product *products);

#endif
