/* SPDX-License-Identifier: MIT */
/* allocate: from what is held and working to target weights: sells first, and buys that share what there is. */
#include <string.h>

#include "session/session_state.h"

/* Thirds written as floats add up to a hair over one. */
static const neap_decimal hair = {10000000}; /* 1e-9 */

typedef struct plan { /* of one product, as shares of equity */
  bool is_meant;
  neap_decimal weight, has, drift; /* drift: what is missing, signed */
} plan;

typedef struct allocation {
  neap_desk *desk;
  const neap_allocation *wish;
  neap_decimal equity, band;
  plan of[NEAP_STRATEGY_PRODUCTS];
  neap_order **out;
  uint32_t *count;
} allocation;

static neap_status overflow(neap_status status, neap_fault *fault) {
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the weights do not fit a decimal");
}

static const neap_product *product_of(const allocation *all, uint32_t i) { return neap_desk_product(all->desk, i); }

static neap_status read_weight(allocation *all, uint32_t i, neap_fault *fault) {
  const char *ignored = NULL;
  plan *one = &all->of[i];
  bool is_listed = all->wish->listed >> i & 1;
  one->is_meant = is_listed || (all->wish->close_rest && neap_desk_trades(all->desk, i));
  if (!is_listed) return NEAP_OK;
  neap_status status = amount_resolve(&all->wish->weight[i], AMOUNT_SHARE, product_of(all, i), NEAP_BUY, "weights",
                                      &one->weight, &ignored, fault);
  if (status != NEAP_OK || neap_decimal_sign(one->weight) >= 0 || neap_product_allows_short(product_of(all, i)))
    return status;
  return neap_fail(fault, NEAP_INVALID, "weights", "the weight of %s is negative, and it cannot be sold short",
                   product_of(all, i)->id);
}

static neap_status check_sum(const allocation *all, neap_fault *fault) {
  neap_decimal sum = NEAP_ZERO, most = neap_decimal_from_int(1), allowed;
  neap_status status = NEAP_OK;
  char text[2][NEAP_DECIMAL_TEXT];
  for (uint32_t i = 0; status == NEAP_OK && i < NEAP_STRATEGY_PRODUCTS; i++) {
    if (!(all->wish->listed >> i & 1)) continue;
    if (neap_product_allows_short(product_of(all, i)))
      most = neap_decimal_max(most, neap_decimal_from_int(all->desk->session->limits->max_leverage));
    status = neap_decimal_add(sum, neap_decimal_abs(all->of[i].weight), &sum);
  }
  if (status == NEAP_OK) status = neap_decimal_add(most, hair, &allowed);
  if (status != NEAP_OK) return overflow(status, fault);
  if (neap_decimal_cmp(sum, allowed) <= 0) return NEAP_OK;
  neap_decimal_format(sum, text[0]);
  neap_decimal_format(most, text[1]);
  return neap_fail(fault, NEAP_INVALID, "weights", "the weights add up to %s, over %s", text[0], text[1]);
}

/* What is held and will be, as a share of equity, and what is missing. */
static neap_status measure(allocation *all, uint32_t i, neap_fault *fault) {
  plan *one = &all->of[i];
  neap_decimal quantity, mark;
  if (!one->is_meant) return NEAP_OK;
  neap_status status = target_expected(all->desk, i, &quantity, fault);
  if (status != NEAP_OK) return status;
  bool is_idle = neap_decimal_is_zero(quantity) && neap_decimal_is_zero(one->weight);
  if (is_idle) return one->is_meant = false, NEAP_OK;
  if (!neap_desk_mark(all->desk, i, &mark, NULL))
    return neap_fail(fault, NEAP_INVALID, "no_mark", "allocate needs a price of %s, and none is known yet",
                     product_of(all, i)->id);
  status = neap_product_notional(product_of(all, i), mark, quantity, &one->has);
  if (status == NEAP_OK)
    status = neap_decimal_div(one->has, all->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &one->has);
  if (status == NEAP_OK) status = neap_decimal_sub(one->weight, one->has, &one->drift);
  return overflow(status, fault);
}

/* A weight of zero leaves nothing behind. */
static bool is_within_band(const allocation *all, const plan *one) {
  if (!one->is_meant || neap_decimal_is_zero(one->drift)) return true;
  return !neap_decimal_is_zero(one->weight) && neap_decimal_cmp(neap_decimal_abs(one->drift), all->band) <= 0;
}

/* Nearer to zero, or through it: what it takes is a quantity that is there. */
static bool is_reduction(const plan *one) { return neap_decimal_sign(one->has) * neap_decimal_sign(one->drift) < 0; }

static void keep(allocation *all, neap_order *order) {
  bool is_order = order->ticket.number != 0;
  if (is_order)
    all->out[(*all->count)++] = order;
  else
    neap_desk_release(all->desk, order);
}

static neap_order_request ask_for(const allocation *all, uint32_t i, neap_decimal fraction) {
  neap_order_request request = {.product = i, .fraction = {.kind = NEAP_AMOUNT_EXACT, .exact = fraction}};
  memcpy(request.why, all->wish->why, sizeof request.why);
  return request;
}

static neap_status reduce(allocation *all, uint32_t i, neap_fault *fault) {
  neap_order *order = NULL;
  neap_order_request request = ask_for(all, i, all->of[i].weight);
  neap_status status = neap_desk_target(all->desk, &request, &order, fault);
  if (status == NEAP_OK) keep(all, order);
  return status;
}

/* A share of what is left at most, so that the last of the buys fits. */
static neap_status affordable(const allocation *all, uint32_t i, neap_decimal wanted, neap_decimal *share,
                              neap_fault *fault) {
  neap_decimal power;
  neap_status status = session_buying_power(all->desk, i, &power);
  if (status == NEAP_OK) status = neap_decimal_div(power, all->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, share);
  if (status == NEAP_OK) *share = neap_decimal_min(neap_decimal_max(*share, NEAP_ZERO), wanted);
  return overflow(status, fault);
}

/* Less than the smallest order is no order. */
static neap_status is_worth_it(const allocation *all, uint32_t i, neap_decimal share, bool *out) {
  neap_decimal amount, least, mark = all->desk->session->marks[i];
  const neap_product *product = product_of(all, i);
  neap_status status = neap_decimal_mul(share, all->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &amount);
  if (status == NEAP_OK)
    status = neap_product_notional(product, mark, neap_decimal_max(product->base_min, product->base_increment), &least);
  *out = status == NEAP_OK && neap_decimal_sign(amount) > 0 && neap_decimal_cmp(amount, least) >= 0 &&
         neap_decimal_cmp(amount, product->notional_min) >= 0;
  return status;
}

static neap_status increase(allocation *all, uint32_t i, neap_fault *fault) {
  const plan *one = &all->of[i];
  neap_order *order = NULL;
  neap_decimal share;
  bool is_worth = false;
  neap_status status = affordable(all, i, neap_decimal_abs(one->drift), &share, fault);
  if (status == NEAP_OK) status = overflow(is_worth_it(all, i, share, &is_worth), fault);
  if (status != NEAP_OK || !is_worth) return status;
  neap_order_request request = ask_for(all, i, share);
  request.side = neap_decimal_sign(one->drift) > 0 ? NEAP_BUY : NEAP_SELL;
  status = neap_desk_place(all->desk, &request, &order, fault);
  if (status == NEAP_OK) keep(all, order);
  return status;
}

/* Of two walks the first takes away and the second adds. */
static neap_status walk(allocation *all, bool reduces, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < neap_desk_product_count(all->desk); i++) {
    const plan *one = &all->of[i];
    if (is_within_band(all, one) || is_reduction(one) != reduces) continue;
    status = reduces ? reduce(all, i, fault) : increase(all, i, fault);
  }
  return status;
}

static neap_status prepare(allocation *all, neap_fault *fault) {
  const char *ignored = NULL;
  neap_status status = overflow(neap_desk_equity(all->desk, &all->equity), fault);
  if (status == NEAP_OK)
    status = amount_resolve(&all->wish->band, AMOUNT_SHARE, product_of(all, 0), NEAP_BUY, "band", &all->band, &ignored,
                            fault);
  for (uint32_t i = 0; status == NEAP_OK && i < neap_desk_product_count(all->desk); i++)
    status = read_weight(all, i, fault);
  if (status == NEAP_OK) status = check_sum(all, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < neap_desk_product_count(all->desk); i++)
    if (neap_decimal_sign(all->equity) > 0) status = measure(all, i, fault);
  return status;
}

neap_status neap_desk_allocate(neap_desk *desk, const neap_allocation *wish, neap_order *out[NEAP_STRATEGY_PRODUCTS],
                               uint32_t *count, neap_fault *fault) {
  allocation all = {.desk = desk, .wish = wish, .out = out, .count = count};
  *count = 0;
  neap_status status = prepare(&all, fault);
  if (status != NEAP_OK || neap_decimal_sign(all.equity) <= 0) return status; /* there is nothing to allocate */
  status = walk(&all, true, fault);
  return status == NEAP_OK ? walk(&all, false, fault) : status;
}
