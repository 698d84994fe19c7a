/* SPDX-License-Identifier: MIT */
/* order_create: from what was asked for to an order that works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "venue/margin.h"
#include "venue/orders_state.h"
#include "venue/stream.h"
#include "venue/wallet.h"

char *neap_order_text(neap_buffer *buffer) {
  neap_buffer_append(buffer, "", 1);
  if (buffer->status == NEAP_OK) return (char *)buffer->data;
  neap_buffer_fini(buffer);
  return NULL;
}

static char *json_of(const neap_json_value *value) {
  neap_buffer buffer;
  neap_json_writer writer;
  neap_buffer_init(&buffer);
  neap_json_begin(&writer, &buffer);
  neap_venue_write_value(&writer, NULL, value);
  return neap_order_text(&buffer);
}

void neap_order_free(neap_venue_order *order) {
  if (!order) return;
  free(order->configuration), free(order->attached), free(order->words);
  free(order);
}

static void take_plans(neap_venue_order *order, const neap_order_draft *draft) {
  order->end_time = draft->end_time, order->start_time = draft->start_time;
  order->bucket_duration = draft->duration, order->bucket_size = draft->bucket_size;
  order->buckets = draft->legs ? draft->legs : draft->buckets;
}

neap_venue_order *neap_order_new(const neap_order_draft *draft) {
  neap_venue_order *order = calloc(1, sizeof *order);
  const neap_venue *venue = draft->venue;
  if (!order) return NULL;
  order->portfolio = draft->ask->portfolio, order->product = (uint32_t)(draft->asked - venue->products);
  order->is_alias = draft->asked != draft->book;
  order->kind = draft->kind, order->side = draft->side, order->size = draft->size;
  order->post_only = draft->post_only, order->reduces = draft->reduce_only;
  order->in_quote = draft->in_quote, order->quote_size = draft->quote, order->budget = draft->budget;
  order->limit = draft->limit, order->stop = draft->stop, order->exit = draft->exit;
  order->stop_is_up = draft->stop_is_up, order->hold_price = draft->hold_price;
  order->rates = draft->rates, order->leverage_of = draft->leverage, order->margin_type = draft->margin_type;
  order->reject_message = order->cancel_message = "";
  order->created = order->updated = venue->now;
  if (draft->ask->client_id) neap_text_copy(order->client_id, sizeof order->client_id, draft->ask->client_id);
  if (draft->ask->leverage) neap_text_copy(order->leverage, sizeof order->leverage, draft->ask->leverage);
  take_plans(order, draft);
  return order;
}

static bool has_attached(const neap_venue_ask *ask) { return ask->attached && ask->attached->kind == NEAP_JSON_OBJECT; }

static neap_venue_order *new_with_texts(const neap_order_draft *draft) {
  neap_venue_order *order = neap_order_new(draft);
  if (!order) return NULL;
  order->configuration = json_of(draft->ask->configuration);
  if (has_attached(draft->ask)) order->attached = json_of(draft->ask->attached);
  if (order->configuration && (order->attached || !has_attached(draft->ask))) return order;
  return neap_order_free(order), NULL;
}

/* How many of a portfolio's orders in a product are not over; NULL: no memory. */
static uint32_t *open_orders(neap_venue *venue, const neap_venue_order *order) {
  neap_venue_portfolio *owner = &venue->portfolios[order->portfolio];
  if (!owner->open) owner->open = calloc(venue->product_count, sizeof *owner->open);
  return owner->open ? &owner->open[order->product] : NULL;
}

static neap_status failed(neap_venue *venue) {
  venue->has_failed = true;
  return NEAP_MEMORY;
}

/* Once it is in the array it stays there: an index may know its number. */
neap_status neap_order_add(neap_venue *venue, neap_venue_order *order) {
  uint32_t *open = open_orders(venue, order);
  neap_venue_order **place =
      open ? neap_venue_push(&venue->orders, &venue->order_count, &venue->order_size, sizeof *place) : NULL;
  if (!place) return neap_order_free(order), failed(venue);
  order->number = venue->order_count;
  neap_venue_make_id(venue, order->id);
  *place = order;
  ++*open;
  if (neap_order_index(venue, order) != NEAP_OK || neap_venue_index_order(venue, order) != NEAP_OK)
    return failed(venue);
  neap_stream_order_changed(venue, order);
  return NEAP_OK;
}

static neap_order_no check_legs(const neap_order_draft *draft, const neap_venue_order *order) {
  neap_decimal needs = NEAP_ZERO;
  for (uint32_t i = 0; i < draft->legs; i++) needs.units += neap_order_leg_needs(draft, &draft->leg[i]).units;
  neap_decimal has = neap_venue_buying_power(draft->venue, order->portfolio, neap_venue_held_in(draft->venue, order));
  return needs.units == 0 || neap_decimal_cmp(needs, has) <= 0 ? NEAP_FINE : NEAP_NO_FUNDS;
}

static neap_order_no hold(const neap_order_draft *draft, neap_venue_order *order) {
  neap_order_no no = check_legs(draft, order);
  if (no == NEAP_FINE && neap_order_rehold(draft->venue, order) != NEAP_OK) no = NEAP_NO_FUNDS;
  return no != NEAP_FINE && neap_order_is_derivative(draft->asked) ? NEAP_NO_MARGIN : no;
}

/* One order too many is taken, and fails. */
static bool is_one_too_many(neap_venue *venue, neap_venue_order *order) {
  const uint32_t *open = open_orders(venue, order);
  if (!open || *open <= NEAP_OPEN_ORDERS) return false;
  neap_text_copy(order->reject_reason, sizeof order->reject_reason, "TOO_MANY_OPEN_ORDERS");
  order->reject_message = "Too many open orders in this product";
  neap_order_finish(venue, order, NEAP_VENUE_FAILED, "");
  return true;
}

static neap_venue_order *accept(const neap_order_draft *draft, neap_order_no *no) {
  neap_venue *venue = draft->venue;
  neap_venue_order *order = new_with_texts(draft);
  *no = order ? hold(draft, order) : NEAP_NO_MEMORY;
  if (*no != NEAP_FINE) return neap_order_free(order), NULL;
  if (neap_order_add(venue, order) != NEAP_OK) return *no = NEAP_NO_MEMORY, NULL;
  if (is_one_too_many(venue, order)) return order;
  if (neap_family_make(order, draft) != NEAP_OK) return *no = NEAP_NO_MEMORY, NULL;
  neap_order_start(venue, order);
  neap_order_chores(venue);
  return order;
}

/* The words of who orders BTC-USDC with dollars. */
static void explain_funds(neap_order_draft *draft) {
  const neap_product *facts = &draft->asked->facts;
  if (!neap_venue_has_wallet(draft->venue, draft->ask->portfolio, draft->side == NEAP_BUY ? facts->quote : facts->base))
    neap_text_copy(draft->details, sizeof draft->details, "account is not available");
}

bool neap_order_is_client_id(const char *id, char *details, size_t size) {
  size_t length = id ? strlen(id) : 0;
  if (length && length < NEAP_VENUE_CLIENT_ID) return true;
  snprintf(details, size, "client_order_id is a string of 1 to %d bytes", NEAP_VENUE_CLIENT_ID - 1);
  return false;
}

static neap_order_no check_shape(neap_order_draft *draft) {
  bool is_named = neap_order_is_client_id(draft->ask->client_id, draft->details, sizeof draft->details);
  return is_named ? neap_order_read_shape(draft) : NEAP_NO_SHAPE;
}

neap_venue_order *neap_venue_order_create(neap_venue *venue, const neap_venue_ask *ask, bool *is_old,
                                          neap_venue_refusal *refusal) {
  neap_order_draft draft;
  memset(&draft, 0, offsetof(neap_order_draft, leg)); /* legs are written before they are read */
  draft.venue = venue, draft.ask = ask;
  neap_order_no no = check_shape(&draft);
  neap_venue_order *order = no == NEAP_FINE ? neap_venue_order_of_client(venue, ask->portfolio, ask->client_id) : NULL;
  *is_old = order != NULL;
  if (order && !venue->options.refuses_reused_ids) return order;
  if (order) no = NEAP_NO_REUSE;
  if (no == NEAP_FINE) no = neap_order_check(&draft);
  if (no == NEAP_FINE) order = accept(&draft, &no);
  if (no == NEAP_FINE) return order;
  if (no == NEAP_NO_FUNDS) explain_funds(&draft);
  neap_order_refuse(refusal, no, draft.details);
  return NULL;
}
