/* SPDX-License-Identifier: MIT */
/* desk: one strategy's place in a session: what it can see and do. The Lua words of docs/guide/strategy are bindings of
 * these functions; brokers, engines and journal are out of sight. */
#ifndef NEAP_SESSION_DESK_H
#define NEAP_SESSION_DESK_H

#include "account/margin.h"
#include "engine/engine.h"
#include "market/book.h"
#include "session/strategy.h"
#include "session/stream.h"

typedef struct neap_desk neap_desk;

/* A number in an order field: exact (integer, decimal, text) or a float, which goes to the increment (price to the
 * passive side, quantity down). */
typedef enum neap_amount_kind { NEAP_AMOUNT_NONE, NEAP_AMOUNT_EXACT, NEAP_AMOUNT_FLOAT } neap_amount_kind;
typedef struct neap_amount {
  neap_amount_kind kind;
  neap_decimal exact;
  double approximate;
} neap_amount;

typedef struct neap_order_request {
  uint32_t product;
  neap_side side;
  neap_amount quantity, notional, fraction, risk; /* exactly one (target: signed, no risk; close: none) */
  neap_amount limit, stop, trail_bps;             /* which of them there are is the order's type */
  neap_amount stop_loss, take_profit, trailing_stop_bps;
  bool has_time_in_force;
  neap_time_in_force time_in_force;
  int64_t good_till; /* ns; makes it GTD */
  bool post_only, reduce_only;
  neap_execution execution; /* with the wishes of it: */
  int64_t over;             /* ns; 0: the default */
  uint32_t slices;          /* 0: the default */
  neap_amount show, share;
  char tag[NEAP_TAG], why[NEAP_WHY];
} neap_order_request;

/* Orders. The decision is taken at once, sent at the callback's end. NEAP_OK gives an order, also one that was refused
 * (status rejected, reason filled); the handle has one reference, given back with neap_desk_release. NEAP_INVALID is
 * misuse (two sizes, a tag in use, a price that is not positive …): to be raised. */
neap_status neap_desk_place(neap_desk *desk, const neap_order_request *request, neap_order **out, neap_fault *fault);
/* The difference to the wanted signed position (quantity, notional or fraction of the request), working orders counted.
 * Nothing to do: an order of quantity 0, filled, reason "on_target". */
neap_status neap_desk_target(neap_desk *desk, const neap_order_request *request, neap_order **out, neap_fault *fault);
/* Target weights (allocate.c): of equity, by product, for those in `listed`; what is less than `band` away stays as it
 * is, but a weight of zero is always closed. Sells leave before buys, and buys share what there is. `out` has room for
 * every product; the handles of what was ordered. NEAP_INVALID: weights that add up to more than 1 (max_leverage where
 * a product may be sold short), a negative one on spot, no price yet. */
typedef struct neap_allocation {
  neap_amount weight[NEAP_STRATEGY_PRODUCTS];
  uint32_t listed;
  neap_amount band;
  bool close_rest; /* what the strategy trades and is not listed has weight 0 */
  char why[NEAP_WHY];
} neap_allocation;
neap_status neap_desk_allocate(neap_desk *desk, const neap_allocation *wish, neap_order *out[NEAP_STRATEGY_PRODUCTS],
                               uint32_t *count, neap_fault *fault);
/* Orders that are accepted together or not at all (session/groups.h): of a refused one the others end with
 * "group_refused", and nothing leaves. `out` has room for `count`. NEAP_INVALID: 2 to NEAP_GROUP_LEGS legs, or what
 * neap_desk_place says of one, with its number. */
enum { NEAP_GROUP_LEGS = 16 };
typedef struct neap_group_options {
  bool one_cancels_other; /* a fill of one, a partial one too, cancels the others */
  bool unwinds;           /* a leg that ends short: the others go, and what the group opened is closed */
} neap_group_options;
neap_status neap_desk_group(neap_desk *desk, const neap_order_request *legs, uint32_t count,
                            const neap_group_options *options, neap_order **out, neap_fault *fault);
/* Keeps one post-only order a side (quote.c), amended by a replace only when its price is more than `tolerance_bps`
 * away or its quantity another; a side without a price is pulled, as is one that `max_position` (or, on spot, what is
 * held) leaves no room for. A price that would trade at once is not sent, and told once. `out`, by side: the order that
 * stands or waits, with a reference, or NULL. The orders are found by their tags, "quote:bid:PRODUCT" and
 * "quote:ask:PRODUCT", also behind a restart. NEAP_INVALID: no price, a bid that is not below the ask, … */
typedef struct neap_quoting {
  uint32_t product;
  neap_amount price[2]; /* by side */
  neap_amount quantity, max_position, tolerance_bps;
  char why[NEAP_WHY];
} neap_quoting;
neap_status neap_desk_keep_quotes(neap_desk *desk, const neap_quoting *wish, neap_order *out[2], neap_fault *fault);
neap_status neap_desk_pull_quotes(neap_desk *desk, int64_t product /* −1: all */, neap_fault *fault);
/* Exits the position at the market and cancels its attached exits. Flat: as above, reason "flat". */
neap_status neap_desk_close(neap_desk *desk, uint32_t product, const char *why, const char *tag, neap_order **out,
                            neap_fault *fault);
/* Cancel-replace (session/replace.h): the new prices and the new total quantity (not given: as it is) of a working
 * order; flags, exits and tag come along. The new order is decided at once and waits for the confirmed cancel. A
 * refusal leaves the old order as it was; nothing works any more: quantity 0, cancelled, reason "nothing_to_replace";
 * nothing differs: the order itself. NEAP_INVALID: a price that the order does not have, … */
typedef struct neap_replacement {
  neap_amount limit, stop, quantity;
} neap_replacement;
neap_status neap_desk_replace(neap_desk *desk, neap_order *order, const neap_replacement *wish, neap_order **out,
                              neap_fault *fault);
/* The client order id of an intent of this session. */
void neap_desk_order_id(const neap_desk *desk, uint64_t number, char out[NEAP_ORDER_ID]);
neap_status neap_desk_cancel(neap_desk *desk, neap_order *order, neap_fault *fault); /* of a terminal order: nothing */
/* Orders that leave in slices: no further slice, and what works is taken back; the slices go on. True in `*works`: it
 * works, and will. */
neap_status neap_desk_pause(neap_desk *desk, neap_order *order, bool *works, neap_fault *fault);
neap_status neap_desk_resume(neap_desk *desk, neap_order *order, bool *works, neap_fault *fault);
neap_status neap_desk_cancel_all(neap_desk *desk, int64_t product /* −1: all */, neap_fault *fault);
neap_order *neap_desk_order_by_tag(neap_desk *desk, const char *tag); /* working ones; NULL; takes a reference */
/* Walks the desk's working orders: NULL starts; no reference is taken. */
neap_order *neap_desk_next_order(neap_desk *desk, const neap_order *after);
void neap_desk_retain(neap_desk *desk, neap_order *order);
void neap_desk_release(neap_desk *desk, neap_order *order);
/* The stored decision of an order as JSON (explain inside a strategy). */
neap_status neap_desk_explain(neap_desk *desk, const neap_order *order, neap_buffer *out, neap_fault *fault);

/* Sight. */
int64_t neap_desk_now(const neap_desk *desk);
neap_mode neap_desk_mode(const neap_desk *desk);
uint32_t neap_desk_product_count(const neap_desk *desk);
const neap_product *neap_desk_product(const neap_desk *desk, uint32_t product);
bool neap_desk_is_open(const neap_desk *desk, uint32_t product);   /* for entries: neither shut nor in an auction */
int neap_desk_find_product(const neap_desk *desk, const char *id); /* −1: not there, or not of this strategy */
/* Beside others a strategy trades the products that it declares; alone, or without a declaration, all of them. */
bool neap_desk_trades(const neap_desk *desk, uint32_t product);
int neap_desk_only_product(const neap_desk *desk); /* −1: it trades several */
const neap_position *neap_desk_position(const neap_desk *desk, uint32_t product);
bool neap_desk_mark(const neap_desk *desk, uint32_t product, neap_decimal *mark, int64_t *time);
/* NULL: the data has no book. It changes with the next message. */
const neap_price_book *neap_desk_book(const neap_desk *desk, uint32_t product);
bool neap_desk_quote(const neap_desk *desk, uint32_t product, neap_quote *out); /* false: not both sides are known */
bool neap_desk_last_trade(const neap_desk *desk, uint32_t product, neap_print *out);
/* With a book: it is whole, has both sides, and its latest message is no older than the limits let a mark be. */
bool neap_desk_book_is_fresh(const neap_desk *desk, uint32_t product);
neap_status neap_desk_equity(const neap_desk *desk, neap_decimal *out);
neap_decimal neap_desk_cash(const neap_desk *desk);
neap_status neap_desk_buying_power(const neap_desk *desk, neap_decimal *out);
/* What its positions in products that may be sold short bind, at the marks. */
neap_status neap_desk_margin(const neap_desk *desk, neap_margin *out);
/* The price of a product at which that is all there is, the other marks as they are; false: none, or no position. */
bool neap_desk_liquidation_price(const neap_desk *desk, uint32_t product, neap_decimal *out);

/* Series. `frame` 0: the strategy's own time frame; others must be declared (NEAP_INVALID names them). */
neap_status neap_desk_bars(neap_desk *desk, uint32_t product, int64_t frame, neap_stream **out, neap_fault *fault);
neap_status neap_desk_series(neap_desk *desk, const char *name, neap_stream **out,
                             neap_fault *fault); /* made on first use */

/* Timers, named per desk; setting a name again replaces it. They fire at their instant, before bars that close then. */
neap_status neap_desk_after(neap_desk *desk, const char *name, int64_t delay, neap_fault *fault);
neap_status neap_desk_every(neap_desk *desk, const char *name, int64_t period, neap_fault *fault);
/* day 1 Monday … 7 Sunday, 0: every day; `at` ns after 00:00 UTC; missed: 0 once, 1 skip, 2 all */
neap_status neap_desk_calendar(neap_desk *desk, const char *name, int day, int64_t at, int missed, neap_fault *fault);
bool neap_desk_cancel_timer(neap_desk *desk, const char *name);

/* A line of the log, and an event; `fields` is base/record bytes or NULL. level "info" or "warn". */
neap_status neap_desk_log(neap_desk *desk, const char *level, const char *text, const void *fields, size_t size,
                          neap_fault *fault);

#endif
