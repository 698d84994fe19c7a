/* SPDX-License-Identifier: MIT */
/* orders: the venue's orders: how they are checked, accepted, matched, edited, cancelled and ended. */
#ifndef NEAP_VENUE_ORDERS_H
#define NEAP_VENUE_ORDERS_H

#include "venue/venue_state.h"

/* What is asked for, read from a body. `configuration` is the object with exactly one member. */
typedef struct neap_venue_ask {
  uint32_t portfolio;
  const char *client_id, *product_id, *side, *leverage, *margin_type, *preview_id;
  const neap_json_value *configuration, *attached;
} neap_venue_ask;

/* Why something was refused, in the venue's words: each is one of enums.json, or NULL. */
typedef struct neap_venue_refusal {
  const char *new_order, *preview, *error; /* new_order_failure_reason, preview_failure_reason, error */
  const char *message;                     /* static */
  char details[160];
  bool is_malformed; /* HTTP 400 INVALID_ARGUMENT instead of success:false */
} neap_venue_refusal;

/* What an order would do: for previews and before it is accepted. */
typedef struct neap_venue_estimate {
  int64_t size;
  neap_decimal base, quote, fees, average, slippage, total;
  neap_decimal best_bid, best_ask;
  neap_decimal margin; /* a derivative: what it would hold */
} neap_venue_estimate;

/* NULL and *refusal filled when it is refused. An order whose client_id was used is answered with that order
 * (*is_old), or refused. */
neap_venue_order *neap_venue_order_create(neap_venue *venue, const neap_venue_ask *ask, bool *is_old,
                                          neap_venue_refusal *refusal);
/* As create, and nothing happens. false: refused. */
bool neap_venue_order_preview(neap_venue *venue, const neap_venue_ask *ask, neap_venue_estimate *estimate,
                              neap_venue_refusal *refusal);
/* Asks for a cancel; NULL: it was taken. Else a CancelFailureReason. */
const char *neap_venue_order_cancel(neap_venue *venue, uint32_t portfolio, const char *order_id);
/* `price`, `size` NULL: not said. false: refused, with an EditOrderFailureReason in refusal->error. */
bool neap_venue_order_edit(neap_venue *venue, uint32_t portfolio, const neap_json_value *body, bool is_preview,
                           neap_venue_estimate *estimate, neap_venue_refusal *refusal);

/* A market order that takes a position in a derivative back; `size` NULL: all of it. Answered as create. */
neap_venue_order *neap_venue_position_close(neap_venue *venue, uint32_t portfolio, const char *client_id,
                                            const char *product, const char *size, bool *is_old,
                                            neap_venue_refusal *refusal);

neap_venue_order *neap_venue_order_named(const neap_venue *venue, const char *order_id);
neap_venue_order *neap_venue_order_of_client(const neap_venue *venue, uint32_t portfolio, const char *client_id);
static inline bool neap_venue_order_is_over(const neap_venue_order *order) {
  return order->status >= NEAP_VENUE_FILLED;
}
/* What an order that is not over should hold of what it pays with: neap_venue_check compares it with `held`. */
neap_decimal neap_venue_order_needs(const neap_venue *venue, const neap_venue_order *order);
/* Whether an exit of a position in a derivative is open with no more than that; of other orders always. */
bool neap_venue_exit_fits(const neap_venue *venue, const neap_venue_order *order);
void neap_venue_free_orders(neap_venue *venue); /* and fills, indexes, stops, auctions */

const char *neap_venue_status_word(neap_venue_status status);
const char *neap_venue_kind_key(neap_venue_kind kind);        /* "limit_limit_gtc" */
const char *neap_venue_kind_type(neap_venue_kind kind);       /* "LIMIT": order_type of REST */
const char *neap_venue_kind_type_title(neap_venue_kind kind); /* "Limit": of the user channel */
const char *neap_venue_kind_force(neap_venue_kind kind);      /* "GOOD_UNTIL_CANCELLED" */
const char *neap_venue_held_in(const neap_venue *venue, const neap_venue_order *order); /* currency */

/* An order of the market itself, in increments: no holds, no fees, no user. Rests, trades, tells streams. `id` has
 * NEAP_HOUSE_ORDER. */
neap_status neap_venue_house_submit(neap_venue *venue, neap_venue_product *product, const neap_match_order *order);
void neap_venue_house_cancel(neap_venue *venue, neap_venue_product *product, uint64_t id); /* unknown: nothing */
/* Takes from a resting order of the market until `left` (over 0) is open; it keeps its place. Unknown, or no more than
 * that is open: nothing. */
void neap_venue_house_reduce(neap_venue *venue, neap_venue_product *product, uint64_t id, int64_t left);

#endif
