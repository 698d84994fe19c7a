/* SPDX-License-Identifier: MIT */
/* orders_state: what the parts of orders share among themselves; nobody else includes it. */
#ifndef NEAP_VENUE_ORDERS_STATE_H
#define NEAP_VENUE_ORDERS_STATE_H

#include "base/clock.h"
#include "venue/orders.h"

enum {
  NEAP_OPEN_ORDERS = 500, /* of a portfolio in a product; one more is accepted and fails */
  NEAP_SCALED_MOST = 50,
  NEAP_LEVERAGE_MOST = 20
};
#define NEAP_END_MOST (INT64_C(366) * 86400 * NEAP_SECOND) /* from now */

/* order_reasons.c: why an order is refused; NEAP_FINE: it is not. */
typedef enum neap_order_no {
  NEAP_FINE,
  NEAP_NO_SHAPE, /* HTTP 400 */
  NEAP_NO_PRODUCT,
  NEAP_NO_SIDE,
  NEAP_NO_TRADING,
  NEAP_NO_UNTRADABLE,
  NEAP_NO_ENTRY,
  NEAP_NO_STATE,
  NEAP_NO_CONFIGURATION,
  NEAP_NO_MARKET_FOK,
  NEAP_NO_SIZE,
  NEAP_NO_QUOTE_SIZE,
  NEAP_NO_BRACKET_QUOTE,
  NEAP_NO_MARKET_PRICE,
  NEAP_NO_POST_ONLY_FOK,
  NEAP_NO_REDUCE_ONLY,
  NEAP_NO_REDUCE_MORE,
  NEAP_NO_LEVERAGE,
  NEAP_NO_MARGIN_TYPE,
  NEAP_NO_NUMBER,
  NEAP_NO_SIZE_DIGITS,
  NEAP_NO_QUOTE_DIGITS,
  NEAP_NO_PRICE_DIGITS,
  NEAP_NO_STOP_DIGITS,
  NEAP_NO_BRACKET_DIGITS,
  NEAP_NO_TRIGGER_DIGITS,
  NEAP_NO_BASE_SMALL,
  NEAP_NO_BASE_LARGE,
  NEAP_NO_QUOTE_SMALL,
  NEAP_NO_QUOTE_LARGE,
  NEAP_NO_LIMIT,
  NEAP_NO_BAND,
  NEAP_NO_POST_ONLY_CROSS,
  NEAP_NO_STOP,
  NEAP_NO_STOP_OVER_LIMIT,
  NEAP_NO_STOP_UNDER_LIMIT,
  NEAP_NO_STOP_OVER_LAST,
  NEAP_NO_STOP_UNDER_LAST,
  NEAP_NO_TRADE,
  NEAP_NO_BRACKET_PRICES,
  NEAP_NO_BRACKET_LIMIT,
  NEAP_NO_BRACKET_STOP,
  NEAP_NO_END,
  NEAP_NO_END_TIME,
  NEAP_NO_END_PAST,
  NEAP_NO_END_FAR,
  NEAP_NO_START,
  NEAP_NO_DURATION_SMALL,
  NEAP_NO_DURATION_LARGE,
  NEAP_NO_BUCKET_BASE,
  NEAP_NO_BUCKET_QUOTE,
  NEAP_NO_SCALE,
  NEAP_NO_SCALE_DIFFERS,
  NEAP_NO_SCALE_SMALL,
  NEAP_NO_SCALE_LARGE,
  NEAP_NO_ATTACHED_PARENT,
  NEAP_NO_ATTACHED_TYPE,
  NEAP_NO_ATTACHED_SIZE,
  NEAP_NO_ATTACHED_PRICES,
  NEAP_NO_ATTACHED_SIDE,
  NEAP_NO_ATTACHED_TARGET,
  NEAP_NO_ATTACHED_STOP,
  NEAP_NO_TARGET_DIGITS,
  NEAP_NO_LOSS_DIGITS,
  NEAP_NO_LIQUIDITY,
  NEAP_NO_FUNDS,
  NEAP_NO_MARGIN,
  NEAP_NO_POSITION,
  NEAP_NO_REUSE,
  NEAP_NO_MEMORY,
  NEAP_ORDER_NOS
} neap_order_no;

/* Fills the members that the stage of the check fills at a create; in a preview the preview's word alone. `details`
 * may be NULL. */
void neap_order_refuse(neap_venue_refusal *refusal, neap_order_no no, const char *details);
bool neap_order_is_client_id(const char *id, char *details, size_t size); /* false: `details` say what one is */
/* The preview's word of a refusal. */
const char *neap_order_no_preview(neap_order_no no);

typedef struct neap_order_leg {
  int64_t size, price;
  bool post_only;
} neap_order_leg;

/* What was asked for, once it is read and found right. */
typedef struct neap_order_draft {
  neap_venue *venue;
  const neap_venue_ask *ask;
  neap_venue_product *asked, *book; /* book: whose book it uses */
  const neap_json_value *fields;    /* of the configuration */
  neap_venue_kind kind;
  neap_side side;
  bool post_only, reduce_only, in_quote, stop_is_up;
  neap_decimal quote;              /* of an order in quote */
  int64_t size;                    /* lots; of a market order in quote: 0 */
  int64_t limit, stop, exit;       /* ticks; 0: none */
  int64_t target, loss, loss_exit; /* of the attached bracket; ticks */
  int64_t end_time, start_time, duration;
  int64_t bucket_size;
  uint32_t buckets;
  neap_decimal leverage;
  const char *margin_type;
  neap_fee_schedule rates;
  neap_decimal budget; /* a market buy on spot */
  int64_t hold_price;
  char details[160];
  uint32_t legs;
  neap_order_leg leg[NEAP_SCALED_MOST];
} neap_order_draft;

static inline bool neap_order_is_derivative(const neap_venue_product *product) {
  return !neap_product_pays_notional(&product->facts);
}
static inline bool neap_kind_is_market(neap_venue_kind kind) { return kind <= NEAP_MARKET_FOK; }
static inline bool neap_kind_is_stop(neap_venue_kind kind) {
  return kind == NEAP_STOP_LIMIT_GTC || kind == NEAP_STOP_LIMIT_GTD;
}
static inline bool neap_kind_is_bracket(neap_venue_kind kind) {
  return kind == NEAP_BRACKET_GTC || kind == NEAP_BRACKET_GTD;
}
static inline bool neap_kind_has_end(neap_venue_kind kind) {
  return kind == NEAP_LIMIT_GTD || kind == NEAP_STOP_LIMIT_GTD || kind == NEAP_BRACKET_GTD || kind == NEAP_TWAP_GTD;
}
static inline neap_side neap_other_side(neap_side side) { return side == NEAP_BUY ? NEAP_SELL : NEAP_BUY; }

/* order_read.c: members of a configuration. */
typedef enum neap_amount_state { NEAP_AMOUNT_ABSENT, NEAP_AMOUNT_READ, NEAP_AMOUNT_WRONG } neap_amount_state;
neap_order_no neap_order_read_shape(neap_order_draft *draft);
neap_order_no neap_order_read_kind(neap_order_draft *draft);
neap_amount_state neap_order_read_amount(const neap_json_value *fields, const char *name, neap_decimal *out);
bool neap_order_read_flag(const neap_json_value *fields, const char *name);
/* In increments; `digits` where it has too many, `wrong` where it is no number or does not fit. 0: absent. */
neap_order_no neap_order_read_price(const neap_order_draft *draft, const neap_json_value *fields, const char *name,
                                    neap_order_no wrong, neap_order_no digits, int64_t *out);
neap_order_no neap_order_lots(const neap_venue_product *product, neap_decimal size, int64_t *out);
neap_order_no neap_order_read_size(neap_order_draft *draft);
/* What `quote` buys at the limit, in lots. */
int64_t neap_order_lots_for(const neap_venue_product *product, neap_decimal quote, int64_t price);

/* order_check.c, in the order of the venue's checks. NEAP_FINE: `draft` is whole. */
neap_order_no neap_order_check(neap_order_draft *draft);
/* Whether the product takes what comes now, and an order of that kind: for an edit, too. */
neap_order_no neap_order_check_open(neap_order_draft *draft);
/* Of these, what prices and size must be beside the market: for an edit, too. */
neap_order_no neap_order_check_terms(neap_order_draft *draft);
/* What a bracket's trigger sends: 5 % beyond it. */
int64_t neap_order_exit_price(neap_side side, int64_t stop);
/* order_plans.c: brackets' attached exits, buckets, ends. */
neap_order_no neap_order_check_attached(neap_order_draft *draft);
neap_order_no neap_order_check_twap(neap_order_draft *draft);
neap_order_no neap_order_check_end(neap_order_draft *draft);
/* A whole number over zero, as text or as JSON's; 0: it is none. */
uint32_t neap_order_read_count(const neap_json_value *fields, const char *name);
neap_order_no neap_order_check_scale(neap_order_draft *draft); /* order_scale.c */

/* order_preview.c: what the draft would get from the book as it stands: the estimate, and the worst price it would
 * reach. */
void neap_order_estimate(const neap_order_draft *draft, neap_venue_estimate *estimate, int64_t *worst);
/* value × (1 + rate), up; NEAP_RANGE sets *fits false. */
neap_decimal neap_order_with_fee(neap_decimal value, neap_decimal bps);
neap_decimal neap_order_value(const neap_venue_product *product, int64_t price, int64_t size);
neap_decimal neap_order_fee(neap_decimal value, neap_decimal bps);

/* order_index.c */
neap_status neap_order_index(neap_venue *venue, const neap_venue_order *order);

/* order_hold.c */
static inline int64_t neap_order_open(const neap_venue_order *order) { /* what may still be filled */
  return (order->is_attached ? order->workable : order->size) - order->filled - order->removed;
}
neap_status neap_order_rehold(neap_venue *venue, neap_venue_order *order); /* NEAP_REFUSED: not enough */

/* order_match.c: every call of a book goes through here. What happened is applied, and what it started waits among
 * the chores, until neap_order_chores. */
void neap_order_submit(neap_venue *venue, neap_venue_order *order, int64_t size, int64_t price);
void neap_order_pull(neap_venue *venue, neap_venue_order *order); /* out of the book; it is not over */
neap_status neap_order_amend(neap_venue *venue, neap_venue_order *order, int64_t price, int64_t left);
void neap_order_chore(neap_venue *venue, const neap_venue_order *order);
void neap_order_chores(neap_venue *venue);

/* order_fill.c */
void neap_order_trade(neap_venue *venue, neap_venue_product *book, const neap_match_event *event);

/* order_life.c */
neap_venue_product *neap_order_book_of(neap_venue *venue, const neap_venue_order *order);
void neap_order_changed(neap_venue *venue, neap_venue_order *order);
void neap_order_opened(neap_venue *venue, neap_venue_order *order);
void neap_order_finish(neap_venue *venue, neap_venue_order *order, neap_venue_status status, const char *message);
/* Out of book and auction, and what hangs on it, too. */
void neap_order_end(neap_venue *venue, neap_venue_order *order, neap_venue_status status, const char *message);
void neap_order_start(neap_venue *venue, neap_venue_order *order);
/* Brings the book in line with what the order should have there now. */
void neap_order_work(neap_venue *venue, neap_venue_order *order);

/* order_stop.c */
void neap_stop_wait(neap_venue *venue, neap_venue_order *order);
void neap_stops_look(neap_venue *venue, neap_venue_product *book, int64_t price);
/* order_twap.c */
void neap_twap_start(neap_venue *venue, neap_venue_order *order);
/* order_family.c: attached exits and the legs of a scale. */
neap_decimal neap_order_leg_needs(const neap_order_draft *draft, const neap_order_leg *leg);
neap_status neap_family_make(neap_venue_order *order, const neap_order_draft *draft);
void neap_family_filled(neap_venue *venue, neap_venue_order *order, int64_t size, neap_decimal value, neap_decimal fee);
void neap_family_over(neap_venue *venue, neap_venue_order *order);

/* order_exit.c: attached exits. */
int64_t neap_exit_room(const neap_venue *venue, const neap_venue_order *order); /* what it may be open with, at most */
void neap_exit_took(neap_venue_order *order); /* after a fill: one that was under way as it was trimmed */
/* After each change of a position. What no book says any more is taken out of it by neap_exits_shrink, between two
 * calls of a book. */
void neap_exits_trim(neap_venue *venue, uint32_t portfolio, uint32_t product);
void neap_exits_shrink(neap_venue *venue);
/* Its parent is over: it is of what that got; of nothing there is none. */
void neap_exit_settle(neap_venue *venue, neap_venue_order *order);

/* order_create.c */
neap_venue_order *neap_order_new(const neap_order_draft *draft); /* NULL: no memory */
void neap_order_free(neap_venue_order *order);
/* Numbers it, and tells that it is PENDING. NEAP_MEMORY: the venue has failed; the order is its own, or free. */
neap_status neap_order_add(neap_venue *venue, neap_venue_order *order);
char *neap_order_text(neap_buffer *buffer); /* what was written, owned by the caller now; NULL: no memory */

/* order_auction.c: what comes in an auction waits, and enters the book in its order when it is over. */
bool neap_auction_takes(neap_venue *venue, neap_venue_product *book, const neap_match_order *order);
void neap_auction_drop(neap_venue_product *book, uint64_t id);
void neap_auction_over(neap_venue *venue, neap_venue_product *book);

#endif
