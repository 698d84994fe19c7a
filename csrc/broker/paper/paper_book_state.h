/* SPDX-License-Identifier: MIT */
/* paper_book_state: what the parts of paper_book share among themselves. */
#ifndef NEAP_BROKER_PAPER_BOOK_STATE_H
#define NEAP_BROKER_PAPER_BOOK_STATE_H

#include "broker/paper/paper_book.h"
#include "broker/paper/paper_link.h"
#include "broker/paper/paper_state.h"

typedef struct paper_taken { /* what of a level our orders took since a message told of it */
  neap_book_side side;
  int64_t price, lots;
} paper_taken;

typedef struct paper_book {    /* one product */
  const neap_price_book *book; /* NULL: it has bars alone */
  int64_t unit;                /* base_increment, in the book's increments of size */
  neap_working **live;         /* that rest: bids, then asks, the best first, at a price who came first */
  size_t live_count, live_size;
  paper_taken *taken;
  size_t taken_count, taken_size;
  neap_market_trade *since; /* trades since the last message */
  size_t since_count, since_size;
} paper_book;

struct neap_paper_books {
  paper_book *book; /* by product */
  neap_paper_link link;
  uint64_t queue_draws;
  int64_t now; /* at the venue */
  bool failed; /* an answer found no memory */
};

/* Room for one more in a list. NEAP_MEMORY. */
neap_status paper_room(void **list, size_t count, size_t *size, size_t each);

/* paper_shown.c: what the other side of the book shows, less what we have taken of it. */
static inline neap_book_side paper_side(const neap_working *working) { /* where it rests */
  return working->order.ticket.side == NEAP_BUY ? NEAP_BID : NEAP_ASK;
}
static inline neap_book_side paper_other(const neap_working *working) {
  return working->order.ticket.side == NEAP_BUY ? NEAP_ASK : NEAP_BID;
}
int64_t paper_shown(const paper_book *on, neap_book_side side, const neap_book_level *level);
neap_status paper_take_level(paper_book *on, neap_book_side side, int64_t price, int64_t lots);
/* Takes up to `most` of what is shown at `limit` or better for the order that rests there. */
neap_status paper_take_through(paper_book *on, neap_book_side side, int64_t limit, int64_t most, int64_t *lots);
void paper_forget_taken(paper_book *on, const neap_book_message *message, bool is_snapshot);

/* paper_take.c: the order takes what the book shows, up to its limit if it has one. */
neap_status paper_take(neap_paper *paper, paper_book *on, neap_working *working);
/* A passive fill of so many increments of size; fewer where the account says so. */
neap_status paper_make(neap_paper *paper, paper_book *on, neap_working *working, int64_t lots, int64_t *made);
/* Finds the quantity of a limit order by notional or fraction, at its limit; ends it where there is none. */
neap_status paper_size_up(neap_paper *paper, neap_working *working);

static inline bool paper_is_limited(const neap_working *working) {
  return working->order.ticket.type == NEAP_LIMIT || working->order.ticket.type == NEAP_STOP_LIMIT;
}
static inline int64_t paper_lots(const paper_book *on, neap_decimal quantity) {
  return (int64_t)(quantity.units / on->book->size_increment.units);
}
static inline neap_decimal paper_quantity(const paper_book *on, int64_t lots) {
  return (neap_decimal){on->book->size_increment.units * lots};
}
static inline neap_decimal paper_price(const paper_book *on, int64_t ticks) {
  return (neap_decimal){on->book->price_increment.units * ticks};
}
static inline int64_t paper_ticks(const paper_book *on, neap_decimal price) {
  return (int64_t)(price.units / on->book->price_increment.units);
}
static inline int64_t paper_whole(const paper_book *on, int64_t lots) { return lots - lots % on->unit; }

#endif
