/* SPDX-License-Identifier: MIT */
/* quote: one post-only order a side around the prices that the strategy wants, moved no more than it must be. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "session/replace_rules.h"
#include "session/session_state.h"

static const char *const sides[] = {[NEAP_BUY] = "bid", [NEAP_SELL] = "ask"};

typedef struct quoting { /* one side of a wish, made exact */
  neap_desk *desk;
  const neap_quoting *wish;
  neap_side side;
  bool is_wanted;
  neap_decimal price, quantity, tolerance_bps;
  char tag[NEAP_TAG];
} quoting;

static neap_status misuse(const char *field, const char *text, neap_fault *fault) {
  return request_misuse(field, text, fault);
}

static neap_status overflow(neap_status status, neap_fault *fault) {
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the quote does not fit a decimal");
}

static const neap_product *product_of(const quoting *one) { return neap_desk_product(one->desk, one->wish->product); }

static bool is_quote(const neap_order *order) { return strncmp(order->tag, "quote:", strlen("quote:")) == 0; }

static void name(quoting *one) {
  snprintf(one->tag, sizeof one->tag, "quote:%s:%.40s", sides[one->side], product_of(one)->id);
}

/* The working order of that side, also one that is going. */
static neap_order *find(const quoting *one) {
  for (neap_order *order = NULL; (order = neap_desk_next_order(one->desk, order));)
    if (strcmp(order->tag, one->tag) == 0 && !order->replaced_by) return order;
  return NULL;
}

/* What may still be added on that side. Without max_position: the wish itself. */
static neap_status room(const quoting *one, neap_decimal wanted, neap_decimal *out, neap_fault *fault) {
  const char *ignored = NULL;
  neap_decimal most, held = neap_desk_position(one->desk, one->wish->product)->quantity;
  neap_decimal towards = one->side == NEAP_BUY ? held : neap_decimal_neg(held);
  *out = wanted;
  neap_status status = amount_resolve(&one->wish->max_position, AMOUNT_QUANTITY, product_of(one), one->side,
                                      "max_position", &most, &ignored, fault);
  if (status == NEAP_OK && amount_is_given(&one->wish->max_position))
    status = overflow(neap_decimal_sub(most, towards, out), fault);
  if (one->side == NEAP_SELL && !neap_product_allows_short(product_of(one))) *out = neap_decimal_min(*out, held);
  return status;
}

/* Zero: the side is not to be quoted. */
static neap_status size(quoting *one, neap_fault *fault) {
  const char *ignored = NULL;
  neap_decimal space;
  neap_status status = amount_resolve(&one->wish->quantity, AMOUNT_QUANTITY, product_of(one), one->side, "quantity",
                                      &one->quantity, &ignored, fault);
  if (status == NEAP_OK) status = room(one, one->quantity, &space, fault);
  if (status != NEAP_OK) return status;
  one->quantity = neap_decimal_max(NEAP_ZERO, neap_decimal_min(one->quantity, space));
  status = neap_decimal_quantize(one->quantity, product_of(one)->base_increment, NEAP_ROUND_DOWN, &one->quantity);
  bool is_too_small = neap_decimal_cmp(one->quantity, product_of(one)->base_min) < 0;
  if (is_too_small || neap_decimal_is_zero(one->quantity)) one->is_wanted = false;
  return overflow(status, fault);
}

static neap_status read(quoting *one, neap_fault *fault) {
  const char *ignored = NULL;
  const neap_amount *price = &one->wish->price[one->side];
  name(one);
  one->is_wanted = amount_is_given(price);
  neap_status status =
      amount_resolve(price, AMOUNT_PRICE, product_of(one), one->side, sides[one->side], &one->price, &ignored, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&one->wish->tolerance_bps, AMOUNT_SHARE, product_of(one), one->side, "tolerance_bps",
                            &one->tolerance_bps, &ignored, fault);
  return status == NEAP_OK && one->is_wanted ? size(one, fault) : status;
}

static neap_status check(const neap_quoting *wish, neap_fault *fault) {
  const neap_amount *bid = &wish->price[NEAP_BUY], *ask = &wish->price[NEAP_SELL];
  if (!amount_is_given(bid) && !amount_is_given(ask)) return misuse("bid", "or ask is needed", fault);
  if (!amount_is_positive(bid)) return misuse("bid", "must be above zero", fault);
  if (!amount_is_positive(ask)) return misuse("ask", "must be above zero", fault);
  if (!amount_is_given(&wish->quantity)) return misuse("quantity", "is needed", fault);
  if (!amount_is_positive(&wish->quantity)) return misuse("quantity", "must be above zero", fault);
  return amount_is_positive(&wish->max_position) ? NEAP_OK : misuse("max_position", "must be above zero", fault);
}

/* Against the other side of the book; without one, against the last price. */
static bool would_cross(const quoting *one) {
  neap_quote quote;
  neap_decimal mark;
  bool buys = one->side == NEAP_BUY;
  if (neap_desk_quote(one->desk, one->wish->product, &quote))
    return buys ? neap_decimal_cmp(one->price, quote.ask) >= 0 : neap_decimal_cmp(one->price, quote.bid) <= 0;
  if (!neap_desk_mark(one->desk, one->wish->product, &mark, NULL)) return false;
  return buys ? neap_decimal_cmp(one->price, mark) > 0 : neap_decimal_cmp(one->price, mark) < 0;
}

/* Once, until that side could be sent again. */
static void tell_cross(const quoting *one) {
  char line[200], price[NEAP_DECIMAL_TEXT];
  uint32_t *told = &one->desk->quote_told[one->side], bit = UINT32_C(1) << one->wish->product;
  if (*told & bit) return;
  *told |= bit;
  neap_decimal_format(one->price, price);
  snprintf(line, sizeof line, "quote: the %s %s of %s would trade at once: it is not sent", sides[one->side], price,
           product_of(one)->id);
  session_say(one->desk->session, one->desk->name, "warn", line);
}

static neap_status is_near(const quoting *one, const neap_order *order, bool *out) {
  neap_decimal away, bps;
  *out = one->price.units == order->ticket.limit.units;
  if (*out) return NEAP_OK;
  neap_status status = neap_decimal_sub(one->price, order->ticket.limit, &away);
  if (status == NEAP_OK)
    status = neap_decimal_mul_div(neap_decimal_abs(away), neap_decimal_from_int(10000), order->ticket.limit,
                                  NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &bps);
  if (status == NEAP_OK) *out = neap_decimal_cmp(bps, one->tolerance_bps) <= 0;
  return status;
}

/* A part of it that filled is no reason to lose its place in the queue; what does not fit any more is. */
static bool has_size(const quoting *one, const neap_order *order) {
  neap_decimal rest = neap_order_remaining(order);
  return rest.units == one->quantity.units ||
         (order->ticket.quantity.units == one->quantity.units && rest.units < one->quantity.units);
}

static neap_status move(const quoting *one, neap_order *order, neap_order **out, neap_fault *fault) {
  neap_replacement wish = {.limit = {.kind = NEAP_AMOUNT_EXACT, .exact = one->price},
                           .quantity = {.kind = NEAP_AMOUNT_EXACT}};
  neap_status status = neap_decimal_add(order->filled, one->quantity, &wish.quantity.exact);
  return status == NEAP_OK ? neap_desk_replace(one->desk, order, &wish, out, fault) : overflow(status, fault);
}

static neap_status place(const quoting *one, neap_order **out, neap_fault *fault) {
  neap_order_request request = {.product = one->wish->product,
                                .side = one->side,
                                .quantity = {.kind = NEAP_AMOUNT_EXACT, .exact = one->quantity},
                                .limit = {.kind = NEAP_AMOUNT_EXACT, .exact = one->price},
                                .post_only = true};
  memcpy(request.tag, one->tag, sizeof request.tag);
  memcpy(request.why, one->wish->why, sizeof request.why);
  return neap_desk_place(one->desk, &request, out, fault);
}

static neap_status stay(const quoting *one, neap_order *order, neap_order **out) {
  if (order) neap_desk_retain(one->desk, order);
  return *out = order, NEAP_OK;
}

/* An order whose cancel is on its way may still fill: behind it comes the next quote. */
static neap_status keep_side(const quoting *one, neap_order **out, neap_fault *fault) {
  neap_order *order = find(one);
  bool is_going = order && !order_is_staying(order), near = false;
  *out = NULL;
  if (is_going) return NEAP_OK;
  if (!one->is_wanted) return order ? neap_desk_cancel(one->desk, order, fault) : NEAP_OK;
  neap_status status = order ? overflow(is_near(one, order, &near), fault) : NEAP_OK;
  if (status != NEAP_OK || (near && has_size(one, order))) return status == NEAP_OK ? stay(one, order, out) : status;
  if (would_cross(one)) return tell_cross(one), stay(one, order, out);
  one->desk->quote_told[one->side] &= ~(UINT32_C(1) << one->wish->product);
  return order ? move(one, order, out, fault) : place(one, out, fault);
}

neap_status neap_desk_keep_quotes(neap_desk *desk, const neap_quoting *wish, neap_order *out[2], neap_fault *fault) {
  quoting bid = {.desk = desk, .wish = wish, .side = NEAP_BUY}, ask = bid;
  ask.side = NEAP_SELL;
  out[NEAP_BUY] = out[NEAP_SELL] = NULL;
  neap_status status = check(wish, fault);
  if (status == NEAP_OK) status = read(&bid, fault);
  if (status == NEAP_OK) status = read(&ask, fault);
  bool both = amount_is_given(&wish->price[NEAP_BUY]) && amount_is_given(&wish->price[NEAP_SELL]);
  if (status == NEAP_OK && both && neap_decimal_cmp(bid.price, ask.price) >= 0)
    return misuse("bid", "must be below the ask", fault);
  if (status == NEAP_OK) status = keep_side(&bid, &out[NEAP_BUY], fault);
  return status == NEAP_OK ? keep_side(&ask, &out[NEAP_SELL], fault) : status;
}

neap_status neap_desk_pull_quotes(neap_desk *desk, int64_t product, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = NULL; status == NEAP_OK && (order = neap_desk_next_order(desk, order));)
    if (is_quote(order) && (product < 0 || order->ticket.product == (uint32_t)product))
      status = neap_desk_cancel(desk, order, fault);
  return status;
}
