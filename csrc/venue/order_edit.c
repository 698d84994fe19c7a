/* SPDX-License-Identifier: MIT */
/* order_edit: another price, size or stop of an order that works. `size` is the whole order's, with what is filled.
 * Less at the same price keeps the place in the queue; anything else comes anew, and may trade. */
#include <stdlib.h>
#include <string.h>

#include "venue/margin.h"
#include "venue/orders_state.h"
#include "venue/wallet.h"

typedef struct edit {
  neap_venue *venue;
  neap_venue_order *order;
  const neap_json_value *body;
  neap_order_draft draft; /* the order as it would be */
  bool cancels_attached;
  neap_order_no no; /* of the terms: told as a preview's reason */
} edit;

static bool has(const edit *of, const char *name) {
  const neap_json_value *value = neap_json_get(of->body, name);
  return value && value->kind != NEAP_JSON_NULL && !(value->kind == NEAP_JSON_STRING && !value->length);
}

/* --- whether it may be edited ------------------------------------------------------------------------------------ */

static const char *check_status(edit *of) {
  if (neap_venue_order_is_over(of->order)) return "ONLY_OPEN_ORDERS_CAN_BE_EDITED";
  return of->order->status == NEAP_VENUE_CANCEL_QUEUED ? "CANNOT_EDIT_ORDER_PENDING_CANCEL" : NULL;
}

static const char *check_kind(edit *of) {
  const neap_venue_order *order = of->order;
  neap_venue_kind kind = order->kind;
  if (neap_kind_is_market(kind) || kind == NEAP_SOR_LIMIT_IOC || kind == NEAP_LIMIT_FOK)
    return "ONLY_LIMIT_ORDER_EDITS_SUPPORTED";
  if (order->parent && !order->is_attached) return "STRATEGY_NOT_SUPPORTED";
  bool is_known = kind == NEAP_LIMIT_GTC || kind == NEAP_STOP_LIMIT_GTC || kind == NEAP_BRACKET_GTC;
  if (!is_known) return "ORDER_EDIT_ORDER_TYPE_NOT_SUPPORTED";
  return order->in_quote ? "SIZE_IN_QUOTE_EDITS_NOT_ALLOWED" : NULL;
}

static const char *check_market(edit *of) {
  of->no = neap_order_check_open(&of->draft);
  return of->no == NEAP_FINE ? NULL : "COMMANDER_REJECTED_EDIT_ORDER";
}

static const char *check_triggered(edit *of) {
  if (has(of, "stop_price") && of->order->kind == NEAP_LIMIT_GTC) return "FIELD_STOPPRICE_NOT_SUPPORTED";
  if (!of->order->is_triggered) return NULL;
  return has(of, "stop_price") ? "CANNOT_EDIT_STOP_PRICE_FOR_TRIGGERED_ORDER" : "CANNOT_EDIT_TRIGGERED_ORDER";
}

static const char *check_attached(edit *of) {
  const neap_venue_order *order = of->order;
  if (has(of, "attached_order_configuration")) return "CANNOT_EDIT_ATTACHED_ORDER_CONFIGURATION_AFTER_CREATION";
  of->cancels_attached = neap_order_read_flag(of->body, "cancel_attached_order");
  if (!of->cancels_attached) return NULL;
  if (!order->child) return "ORDER_EDIT_INVALID_ATTACHED_ORDER_REQUEST";
  bool is_asleep = of->venue->orders[order->child - 1]->status == NEAP_VENUE_PENDING;
  return is_asleep ? NULL : "CANNOT_CANCEL_ACTIVE_ATTACHED_ORDER";
}

/* --- what it would be -------------------------------------------------------------------------------------------- */

static void copy_terms(edit *of) {
  const neap_venue_order *order = of->order;
  neap_order_draft *draft = &of->draft;
  draft->venue = of->venue, draft->fields = of->body;
  draft->asked = &of->venue->products[order->product];
  draft->book = neap_venue_product_book(of->venue, draft->asked);
  draft->kind = order->kind, draft->side = order->side, draft->post_only = order->post_only;
  draft->size = order->is_attached ? order->workable : order->size;
  draft->limit = order->limit, draft->stop = order->stop, draft->exit = order->exit;
  draft->stop_is_up = order->stop_is_up, draft->rates = order->rates, draft->leverage = order->leverage_of;
}

static bool parent_is_open(const edit *of) {
  return of->order->is_attached && !neap_venue_order_is_over(of->venue->orders[of->order->parent - 1]);
}

static const char *read_size(edit *of) {
  neap_decimal size;
  int64_t lots, before = of->draft.size, done = of->order->filled + of->order->removed;
  neap_amount_state state = neap_order_read_amount(of->body, "size", &size);
  if (state == NEAP_AMOUNT_ABSENT && of->order->is_attached) return NULL;
  if (state != NEAP_AMOUNT_READ || size.units <= 0) return "INVALID_EDITED_SIZE";
  of->no = neap_order_lots(of->draft.asked, size, &lots);
  if (of->no != NEAP_FINE) return "INVALID_EDITED_SIZE";
  if (lots != before && parent_is_open(of)) return "CANNOT_EDIT_ATTACHED_ORDER_SIZE_WITH_OPEN_ORIGINATING_ORDER";
  of->draft.size = lots;
  return lots <= done ? "CANNOT_EDIT_TO_BELOW_FILLED_SIZE" : NULL;
}

/* The exit of a derivative's position may not be more than that. */
static const char *check_room(edit *of) {
  const neap_venue_order *order = of->order;
  int64_t open = of->draft.size - order->filled - order->removed;
  if (!order->is_attached || open <= neap_exit_room(of->venue, order)) return NULL;
  of->no = NEAP_NO_REDUCE_MORE;
  return "INVALID_EDITED_SIZE";
}

static const char *read_prices(edit *of) {
  int64_t limit, stop;
  of->no = neap_order_read_price(&of->draft, of->body, "price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &limit);
  if (of->no != NEAP_FINE) return "INVALID_EDITED_PRICE";
  of->no = neap_order_read_price(&of->draft, of->body, "stop_price", NEAP_NO_STOP, NEAP_NO_STOP_DIGITS, &stop);
  if (of->no != NEAP_FINE) return "INVALID_EDITED_STOP_PRICE";
  if (limit) of->draft.limit = limit;
  if (stop) of->draft.stop = stop;
  return NULL;
}

static const char *check_difference(edit *of) {
  const neap_venue_order *order = of->order;
  int64_t size = order->is_attached ? order->workable : order->size;
  bool is_same = of->draft.size == size && of->draft.limit == order->limit && of->draft.stop == order->stop;
  return is_same && !of->cancels_attached ? "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST" : NULL;
}

static const char *word_of_terms(neap_order_no no) {
  switch (no) {
  case NEAP_NO_STOP_OVER_LIMIT:
  case NEAP_NO_STOP_UNDER_LIMIT:
    return "INVALID_EDITED_STOP_LIMIT_PRICE";
  case NEAP_NO_STOP_OVER_LAST:
  case NEAP_NO_STOP_UNDER_LAST:
  case NEAP_NO_BRACKET_STOP:
    return "INVALID_EDITED_STOP_PRICE";
  case NEAP_NO_QUOTE_LARGE:
    return "INVALID_EDITED_SIZE";
  default:
    return "INVALID_EDITED_PRICE";
  }
}

static const char *check_terms(edit *of) {
  of->no = neap_order_check_terms(&of->draft);
  of->draft.hold_price = of->draft.limit > of->draft.exit ? of->draft.limit : of->draft.exit;
  return of->no == NEAP_FINE ? NULL : word_of_terms(of->no);
}

/* The order with the terms of the draft. */
static void set_terms(neap_venue_order *order, const neap_order_draft *draft) {
  if (order->is_attached) order->workable = draft->size;
  if (!order->is_attached || order->size < order->workable) order->size = draft->size;
  order->limit = draft->limit, order->stop = draft->stop, order->exit = draft->exit;
  order->hold_price = draft->hold_price;
}

static const char *check_funds(edit *of) {
  neap_venue_order changed = *of->order;
  set_terms(&changed, &of->draft);
  neap_decimal more = {neap_venue_order_needs(of->venue, &changed).units - changed.held.units};
  neap_decimal has = neap_venue_buying_power(of->venue, changed.portfolio, neap_venue_held_in(of->venue, &changed));
  if (more.units <= 0 || neap_decimal_cmp(more, has) <= 0) return NULL;
  of->no = neap_order_is_derivative(of->draft.asked) ? NEAP_NO_MARGIN : NEAP_NO_FUNDS;
  return "UNKNOWN_EDIT_ORDER_FAILURE_REASON";
}

static const char *check(edit *of) {
  static const char *(*const steps[])(edit *) = {check_status,     check_kind,  check_market, check_triggered,
                                                 check_attached,   read_size,   check_room,   read_prices,
                                                 check_difference, check_terms, check_funds};
  const char *why = NULL;
  copy_terms(of);
  for (size_t i = 0; !why && i < sizeof steps / sizeof *steps; i++) why = steps[i](of);
  return why;
}

/* --- doing it ---------------------------------------------------------------------------------------------------- */

static void note(neap_venue_order *order, const neap_venue *venue) {
  if (order->edits == NEAP_VENUE_EDITS) {
    memmove(order->edit, order->edit + 1, sizeof order->edit - sizeof *order->edit);
    order->edits--;
  }
  order->edit[order->edits++] = (neap_venue_edit){order->limit, order->size, venue->now};
}

static void write_member(neap_json_writer *json, const edit *of, const neap_json_value *member) {
  const neap_venue_product *product = of->draft.asked;
  const neap_venue_order *order = of->order;
  if (strcmp(member->key, "base_size") == 0)
    neap_json_decimal(json, member->key, neap_venue_size(product, order->size));
  else if (strcmp(member->key, "limit_price") == 0)
    neap_json_decimal(json, member->key, neap_venue_price(product, order->limit));
  else if (strcmp(member->key, "stop_price") == 0 || strcmp(member->key, "stop_trigger_price") == 0)
    neap_json_decimal(json, member->key, neap_venue_price(product, order->stop));
  else
    neap_venue_write_value(json, member->key, member);
}

/* The configuration that is echoed says what the order is now. */
static void rewrite(const edit *of) {
  neap_json *read;
  neap_buffer buffer;
  neap_json_writer json;
  neap_venue_order *order = of->order;
  if (neap_json_parse(order->configuration, strlen(order->configuration), &read, NULL) != NEAP_OK) return;
  const neap_json_value *only = neap_json_root(read)->first;
  neap_buffer_init(&buffer);
  neap_json_begin(&json, &buffer);
  neap_json_object(&json, NULL);
  neap_json_object(&json, only->key);
  for (const neap_json_value *at = only->first; at; at = at->next) write_member(&json, of, at);
  neap_json_end_object(&json);
  neap_json_end_object(&json);
  neap_json_free(read);
  char *text = neap_order_text(&buffer);
  if (!text) return;
  free(order->configuration);
  order->configuration = text;
}

/* What comes anew in an auction waits for its end, like all that comes. */
static neap_status move(edit *of) {
  neap_order_draft *draft = &of->draft;
  neap_venue_order *order = of->order;
  int64_t open = neap_order_open(order);
  bool keeps_place = order->limit == order->booked_price && open <= order->left;
  if (order->in_auction) return order->left = open, order->booked_price = order->limit, NEAP_OK;
  if (!order->is_resting) return NEAP_OK;
  if (keeps_place || !(draft->book->facts.flags & NEAP_PRODUCT_AUCTION))
    return neap_order_amend(of->venue, order, order->limit, open);
  neap_order_pull(of->venue, order);
  neap_order_submit(of->venue, order, open, order->limit);
  return NEAP_OK;
}

/* The book would not have it: the order is as it was. */
static void take_back(neap_venue *venue, neap_venue_order *order, const neap_venue_order *before) {
  order->size = before->size, order->workable = before->workable;
  order->limit = before->limit, order->stop = before->stop, order->exit = before->exit;
  order->hold_price = before->hold_price;
  neap_order_rehold(venue, order);
}

static void end_attached(edit *of) {
  if (!of->cancels_attached) return;
  neap_venue_order *child = of->venue->orders[of->order->child - 1];
  neap_order_end(of->venue, child, NEAP_VENUE_CANCELLED, "User requested cancel");
}

static const char *apply(edit *of) {
  neap_venue *venue = of->venue;
  neap_venue_order *order = of->order, before = *order;
  set_terms(order, &of->draft);
  neap_order_rehold(venue, order);
  order->status = NEAP_VENUE_EDIT_QUEUED;
  neap_order_changed(venue, order);
  neap_status status = move(of);
  if (status == NEAP_OK) {
    note(order, venue), rewrite(of), end_attached(of);
    if (order->stop != before.stop && (!order->is_attached || order->workable)) neap_stop_wait(venue, order);
  } else {
    take_back(venue, order, &before);
  }
  if (!neap_venue_order_is_over(order)) order->status = before.status, neap_order_changed(venue, order);
  neap_order_chores(venue);
  return status == NEAP_OK ? NULL : "COMMANDER_REJECTED_EDIT_ORDER";
}

static void refuse(const edit *of, const char *why, neap_venue_refusal *refusal) {
  *refusal = (neap_venue_refusal){.error = why, .message = ""};
  if (of->no != NEAP_FINE) refusal->preview = neap_order_no_preview(of->no);
}

bool neap_venue_order_edit(neap_venue *venue, uint32_t portfolio, const neap_json_value *body, bool is_preview,
                           neap_venue_estimate *estimate, neap_venue_refusal *refusal) {
  const neap_json_value *id = neap_json_get(body, "order_id");
  edit of = {.venue = venue, .body = body};
  *estimate = (neap_venue_estimate){.size = 0};
  of.order = id && id->kind == NEAP_JSON_STRING ? neap_venue_order_named(venue, id->text) : NULL;
  const char *why = of.order && of.order->portfolio == portfolio ? check(&of) : "ORDER_NOT_FOUND";
  if (!why && is_preview) return neap_order_estimate(&of.draft, estimate, NULL), true;
  if (!why) why = apply(&of);
  if (why) refuse(&of, why, refusal);
  return !why;
}
