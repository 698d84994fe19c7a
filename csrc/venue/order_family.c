/* SPDX-License-Identifier: MIT */
/* order_family: orders that hang together: the exit that is attached to an order and grows with what that gets, and the
 * legs of a scale, whose fills are the scale's. */
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"

static neap_venue_order *child_of(const neap_venue *venue, const neap_venue_order *order) {
  return order->child && order->kind != NEAP_SCALED_GTC ? venue->orders[order->child - 1] : NULL;
}

static neap_venue_order *scale_of(const neap_venue *venue, const neap_venue_order *order) {
  return order->parent && !order->is_attached ? venue->orders[order->parent - 1] : NULL;
}

/* --- made -------------------------------------------------------------------------------------------------------- */

static void be_leg(neap_order_draft *draft, const neap_order_leg *leg) {
  draft->kind = NEAP_LIMIT_GTC, draft->legs = 0, draft->in_quote = false, draft->quote = NEAP_ZERO;
  draft->size = leg->size, draft->limit = draft->hold_price = leg->price, draft->post_only = leg->post_only;
}

neap_decimal neap_order_leg_needs(const neap_order_draft *draft, const neap_order_leg *leg) {
  neap_venue_order order = {.portfolio = draft->ask->portfolio,
                            .product = (uint32_t)(draft->asked - draft->venue->products),
                            .kind = NEAP_LIMIT_GTC,
                            .side = draft->side,
                            .size = leg->size,
                            .hold_price = leg->price,
                            .reduces = draft->reduce_only,
                            .rates = draft->rates,
                            .leverage_of = draft->leverage};
  return neap_venue_order_needs(draft->venue, &order);
}

static char *leg_text(const neap_order_draft *draft) {
  neap_buffer buffer;
  neap_json_writer json;
  neap_buffer_init(&buffer);
  neap_json_begin(&json, &buffer);
  neap_json_object(&json, NULL);
  neap_json_object(&json, neap_venue_kind_key(draft->kind));
  neap_json_decimal(&json, "base_size", neap_venue_size(draft->asked, draft->size));
  neap_json_decimal(&json, "limit_price", neap_venue_price(draft->asked, draft->limit));
  neap_json_bool(&json, "post_only", draft->post_only);
  neap_json_end_object(&json);
  neap_json_end_object(&json);
  return neap_order_text(&buffer);
}

static neap_venue_order *new_child(const neap_order_draft *draft, const neap_venue_order *parent, char *text) {
  neap_venue_order *child = text ? neap_order_new(draft) : NULL;
  if (!child) return free(text), draft->venue->has_failed = true, NULL;
  child->configuration = text, child->client_id[0] = 0;
  child->parent = parent->number, child->end_time = 0;
  return child;
}

static neap_status make_legs(neap_venue_order *order, const neap_order_draft *draft) {
  neap_venue *venue = draft->venue;
  neap_order_draft one = *draft;
  order->child = order->number + 1;
  for (uint32_t i = 0; i < draft->legs; i++) {
    be_leg(&one, &draft->leg[i]);
    neap_venue_order *leg = new_child(&one, order, leg_text(&one));
    if (!leg) return NEAP_MEMORY;
    if (neap_order_rehold(venue, leg) != NEAP_OK) venue->has_failed = true; /* the sum was looked at */
    if (neap_order_add(venue, leg) != NEAP_OK) return NEAP_MEMORY;
  }
  return NEAP_OK;
}

static void be_exit(neap_order_draft *draft) {
  draft->kind = NEAP_BRACKET_GTC, draft->side = neap_other_side(draft->side);
  draft->post_only = draft->in_quote = draft->reduce_only = false, draft->quote = draft->budget = NEAP_ZERO;
  draft->limit = draft->target, draft->stop = draft->loss, draft->exit = draft->loss_exit;
  draft->stop_is_up = draft->side == NEAP_BUY;
  draft->hold_price = draft->limit > draft->exit ? draft->limit : draft->exit;
}

static neap_status make_exit(neap_venue_order *order, const neap_order_draft *draft) {
  neap_order_draft one = *draft;
  be_exit(&one);
  neap_venue_order *child = new_child(&one, order, strdup(order->attached));
  if (!child) return NEAP_MEMORY;
  child->is_attached = true;
  if (neap_order_add(draft->venue, child) != NEAP_OK) return NEAP_MEMORY;
  order->child = child->number;
  return NEAP_OK;
}

neap_status neap_family_make(neap_venue_order *order, const neap_order_draft *draft) {
  if (draft->legs) return make_legs(order, draft);
  return draft->target ? make_exit(order, draft) : NEAP_OK;
}

/* --- filled ------------------------------------------------------------------------------------------------------ */

/* What was just bought can be held for its sale; where margin has a claim on it, it has no exit. Nor has what closed a
 * position. */
static void grow(neap_venue *venue, neap_venue_order *child, int64_t got) {
  int64_t room = neap_exit_room(venue, child) - neap_order_open(child), size = got < room ? got : room;
  bool is_first = child->workable == 0;
  if (neap_venue_order_is_over(child) || size <= 0) return;
  child->workable += size, child->is_trimmed = false;
  if (neap_order_rehold(venue, child) != NEAP_OK) {
    child->workable -= size;
    return;
  }
  if (child->size < child->workable) child->size = child->workable;
  if (is_first) neap_stop_wait(venue, child);
  neap_order_opened(venue, child);
  neap_order_chore(venue, child);
}

static void add_up(neap_venue *venue, neap_venue_order *scale, int64_t size, neap_decimal value, neap_decimal fee) {
  scale->filled += size;
  scale->value.units += value.units, scale->fees.units += fee.units;
  scale->fills++;
  scale->last_fill = venue->now;
  if (scale->filled < scale->size) neap_order_changed(venue, scale);
}

void neap_family_filled(neap_venue *venue, neap_venue_order *order, int64_t size, neap_decimal value,
                        neap_decimal fee) {
  neap_venue_order *child = child_of(venue, order), *scale = scale_of(venue, order);
  if (child) grow(venue, child, size);
  if (scale) add_up(venue, scale, size, value, fee);
}

/* --- over -------------------------------------------------------------------------------------------------------- */

static void settle_scale(neap_venue *venue, neap_venue_order *scale, const char *message) {
  for (uint64_t i = 0; i < scale->buckets; i++)
    if (!neap_venue_order_is_over(venue->orders[scale->child + i - 1])) return;
  bool is_filled = scale->filled == scale->size;
  neap_order_finish(venue, scale, is_filled ? NEAP_VENUE_FILLED : NEAP_VENUE_CANCELLED, message);
}

void neap_family_over(neap_venue *venue, neap_venue_order *order) {
  neap_venue_order *child = child_of(venue, order), *scale = scale_of(venue, order);
  if (child) neap_exit_settle(venue, child);
  if (scale) settle_scale(venue, scale, order->cancel_message);
}
