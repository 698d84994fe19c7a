/* SPDX-License-Identifier: MIT */
/* order_book: one product's central limit order book with price-time priority. Exact (int64 in the product's
 * increments), deterministic, and knows no venue: it is told orders, cancels, amendments and the time, and tells a sink
 * what came of them, in order. It never rests crossed. */
#ifndef NEAP_MATCH_ORDER_BOOK_H
#define NEAP_MATCH_ORDER_BOOK_H

#include "account/order.h"
#include "market/book.h"

/* What happens where an order would trade with one of its own owner; the order that comes decides. */
typedef enum neap_self_trade {
  NEAP_SELF_TRADE_CANCEL_NEWEST, /* what is left of the order that comes is cancelled */
  NEAP_SELF_TRADE_CANCEL_OLDEST, /* the resting one is cancelled, and matching goes on */
  NEAP_SELF_TRADE_CANCEL_BOTH,
  NEAP_SELF_TRADE_DECREMENT, /* both lose the smaller quantity without a trade; the smaller is cancelled */
  NEAP_SELF_TRADE_ALLOW
} neap_self_trade;

typedef struct neap_match_order {
  uint64_t id; /* not 0, and of no order that rests */
  uint32_t owner;
  neap_side side;
  neap_order_type type;             /* NEAP_MARKET or NEAP_LIMIT */
  neap_time_in_force time_in_force; /* a market order is IOC or FOK */
  bool post_only;                   /* GTC and GTD limit orders: ended rather than take */
  neap_self_trade self_trade;
  int64_t price, quantity; /* over zero; a market order's price is not looked at */
  int64_t good_till;       /* GTD, ns: it is out at that time */
} neap_match_order;

typedef enum neap_match_kind {
  NEAP_MATCH_TRADE,
  NEAP_MATCH_RESTS,   /* `left` rests, at the end of its price's queue */
  NEAP_MATCH_AMENDED, /* `left` is open now; `kept` its place, or comes anew */
  NEAP_MATCH_REDUCED, /* by NEAP_SELF_TRADE_DECREMENT, to `left` */
  NEAP_MATCH_ENDED    /* without a fill of `left`, for `reason` */
} neap_match_kind;

typedef enum neap_match_reason {
  NEAP_MATCH_CANCELLED,
  NEAP_MATCH_EXPIRED,
  NEAP_MATCH_IMMEDIATE,  /* what an IOC or market order could not get */
  NEAP_MATCH_UNFILLABLE, /* a FOK order that could not be filled as a whole */
  NEAP_MATCH_WOULD_TAKE, /* post-only */
  NEAP_MATCH_SELF_TRADE
} neap_match_reason;

typedef struct neap_match_event {
  neap_match_kind kind;
  neap_match_reason reason;
  uint64_t order, maker; /* maker: of a trade, the order that rested */
  uint32_t owner, maker_owner;
  neap_side side;           /* of `order` */
  int64_t price, quantity;  /* of a trade the maker's price, else the limit of `order`; 0: it has none */
  int64_t left, maker_left; /* open afterwards; 0: filled. An ended order: what was open */
  bool kept;
} neap_match_event;

/* `tell` may not call the book. NULL: nobody listens. */
typedef struct neap_match_sink {
  void (*tell)(void *self, const neap_match_event *event);
  void *self;
} neap_match_sink;

typedef struct neap_order_book neap_order_book;

neap_status neap_order_book_new(neap_order_book **out); /* NEAP_MEMORY */
void neap_order_book_free(neap_order_book *book);

/* Every call first lets what is due at `now` expire. Refused, with the book as it was but for that: "time_order" (now
 * is before the last call's), NEAP_MEMORY. */
neap_status neap_order_book_advance(neap_order_book *book, int64_t now, const neap_match_sink *sink, neap_fault *fault);
/* NEAP_INVALID "bad_order" (what the order's fields do not allow), NEAP_EXISTS "duplicate_id", NEAP_RANGE "overflow" (a
 * price's queue would not fit). */
neap_status neap_order_book_submit(neap_order_book *book, const neap_match_order *order, int64_t now,
                                   const neap_match_sink *sink, neap_fault *fault);
neap_status neap_order_book_cancel(neap_order_book *book, uint64_t id, int64_t now, const neap_match_sink *sink,
                                   neap_fault *fault); /* NEAP_NOT_FOUND "unknown_order" */
/* `quantity` is the whole order's, with what is filled already. The rule: less at the same price keeps the place in
 * the queue; more, or another price, comes anew and may trade. NEAP_NOT_FOUND "unknown_order"; NEAP_REFUSED
 * "already_filled" (no more would be open), "would_take" (a post-only order), and the order rests as it did. */
neap_status neap_order_book_amend(neap_order_book *book, uint64_t id, int64_t price, int64_t quantity, int64_t now,
                                  const neap_match_sink *sink, neap_fault *fault);

/* Where an order stands in its queue. */
typedef struct neap_match_place {
  neap_match_order order;
  int64_t left, ahead; /* ahead: the quantity before it at its price */
  size_t orders_ahead;
} neap_match_place;

typedef struct neap_match_level {
  int64_t price, quantity;
  size_t orders;
} neap_match_level;

/* NEAP_NOT_FOUND. Walks the queue before the order. */
neap_status neap_order_book_find(const neap_order_book *book, uint64_t id, neap_match_place *out);
/* Up to `most` levels of what is offered to buy (NEAP_BUY) or sell, the best first; returns their number. */
size_t neap_order_book_levels(const neap_order_book *book, neap_side side, size_t most, neap_match_level *out);
/* What rests at a price; 0: nothing does. */
int64_t neap_order_book_quantity(const neap_order_book *book, neap_side side, int64_t price);
size_t neap_order_book_count(const neap_order_book *book);
/* NEAP_BROKEN when a sum, a queue or an index contradicts another, or the book is crossed. Walks everything. */
neap_status neap_order_book_check(const neap_order_book *book, neap_fault *fault);

const char *neap_match_kind_name(neap_match_kind kind);       /* "trade" "rests" … */
const char *neap_match_reason_name(neap_match_reason reason); /* "cancelled" … */
extern const char *const neap_self_trade_words[];             /* in the order of their enum, NULL at the end */

#endif
