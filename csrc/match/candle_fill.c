/* SPDX-License-Identifier: MIT */
/* candle_fill: whether, at what price and how much a candle fills a working order. */
#include "match/candle_fill.h"

#include "account/trigger.h"

static bool buys(const neap_working_order *order) { return order->ticket.side == NEAP_BUY; }

/* Prices are on the grid, rounded so that the order is never better off for it. */
static neap_decimal against(const neap_working_order *order, const neap_product *product, neap_decimal price) {
  neap_rounding rounding = buys(order) ? NEAP_ROUND_CEILING : NEAP_ROUND_FLOOR;
  neap_decimal_quantize(price, product->price_increment, rounding, &price);
  return price;
}

static bool limit_allows(const neap_working_order *order, neap_decimal price) {
  int side = neap_decimal_cmp(price, order->ticket.limit);
  return buys(order) ? side <= 0 : side >= 0;
}

static bool reaches_stop(const neap_working_order *order, neap_decimal stop, neap_decimal price) {
  int side = neap_decimal_cmp(price, stop);
  return buys(order) ? side >= 0 : side <= 0;
}

static neap_decimal kindest(const neap_working_order *order, const neap_candle *bar) {
  return buys(order) ? bar->low : bar->high;
}

static neap_decimal harshest(const neap_working_order *order, const neap_candle *bar) {
  return buys(order) ? bar->high : bar->low;
}

static neap_candle_quote fill_at(neap_decimal price, neap_liquidity liquidity) {
  return (neap_candle_quote){true, price, liquidity};
}

static neap_decimal cap_at_limit(const neap_working_order *order, neap_decimal price) {
  return limit_allows(order, price) ? price : order->ticket.limit;
}

static void quote_market(const neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                         const neap_candle *bar, neap_candle_quote *out) {
  if (phase == NEAP_BAR_OPEN) *out = fill_at(against(order, product, bar->open), NEAP_TAKER);
}

static void quote_limit(const neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                        const neap_candle *bar, bool rests, neap_candle_quote *out) {
  if (phase == NEAP_BAR_RANGE) {
    if (limit_allows(order, kindest(order, bar))) *out = fill_at(order->ticket.limit, NEAP_MAKER);
  } else if (limit_allows(order, bar->open)) {
    neap_decimal price = cap_at_limit(order, against(order, product, bar->open));
    *out = fill_at(price, rests ? NEAP_MAKER : NEAP_TAKER);
  }
}

static void quote_stop(neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                       const neap_candle *bar, neap_decimal stop, neap_candle_quote *out) {
  bool open = phase == NEAP_BAR_OPEN;
  if (!reaches_stop(order, stop, open ? bar->open : harshest(order, bar))) return;
  order->triggered = true;
  *out = fill_at(against(order, product, open ? bar->open : stop), NEAP_TAKER);
}

/* Where the price went after the trigger is not known: inside the range it fills at the trigger or not in this bar. */
static void quote_stop_limit(neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                             const neap_candle *bar, neap_candle_quote *out) {
  quote_stop(order, product, phase, bar, order->ticket.stop, out);
  if (!out->fills) return;
  out->fills = limit_allows(order, phase == NEAP_BAR_OPEN ? bar->open : order->ticket.stop);
  out->price = cap_at_limit(order, out->price);
}

/* Moves the level to `trail_bps` from the price when that is closer to the market. */
static neap_status follow(neap_working_order *order, const neap_product *product, neap_decimal price) {
  neap_decimal level;
  neap_status status = neap_trail_level(&order->ticket, product, price, &level);
  if (status != NEAP_OK) return status;
  if (order->trail_stop.units == 0 || reaches_stop(order, level, order->trail_stop)) order->trail_stop = level;
  return NEAP_OK;
}

static neap_status quote_trailing(neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                                  const neap_candle *bar, neap_candle_quote *out) {
  neap_status status = NEAP_OK;
  if (order->trail_stop.units == 0) order->trail_stop = order->ticket.stop;
  if (order->trail_stop.units == 0) status = follow(order, product, bar->open);
  if (status != NEAP_OK) return status;
  quote_stop(order, product, phase, bar, order->trail_stop, out);
  return phase == NEAP_BAR_RANGE ? follow(order, product, kindest(order, bar)) : NEAP_OK;
}

neap_status neap_candle_fill_quote(neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                                   const neap_candle *bar, neap_candle_quote *out) {
  *out = (neap_candle_quote){0};
  neap_order_type type = order->ticket.type;
  if (order->triggered) type = type == NEAP_STOP_LIMIT ? NEAP_LIMIT : NEAP_MARKET;
  switch (type) {
  case NEAP_MARKET:
    quote_market(order, product, phase, bar, out);
    return NEAP_OK;
  case NEAP_LIMIT:
    quote_limit(order, product, phase, bar, order->resting, out);
    return NEAP_OK;
  case NEAP_STOP:
    quote_stop(order, product, phase, bar, order->ticket.stop, out);
    return NEAP_OK;
  case NEAP_STOP_LIMIT:
    quote_stop_limit(order, product, phase, bar, out);
    return NEAP_OK;
  case NEAP_TRAILING_STOP:
    return quote_trailing(order, product, phase, bar, out);
  }
  return NEAP_INVALID;
}

/* (quantity ÷ volume)², of at most the share that the volume limit lets through. */
static neap_status volume_share_squared(const neap_fill_model *model, const neap_candle *bar, neap_decimal quantity,
                                        neap_decimal *out) {
  neap_decimal one = neap_decimal_from_int(1), share = one;
  neap_decimal most = model->volume_share.units > 0 ? neap_decimal_min(model->volume_share, one) : one;
  if (bar->volume.units <= 0 ||
      neap_decimal_div(quantity, bar->volume, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &share) != NEAP_OK)
    share = most;
  share = neap_decimal_min(share, most);
  return neap_decimal_mul(share, share, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, out);
}

/* By how much of the price it moves. */
static neap_status slipped_share(const neap_fill_model *model, const neap_candle *bar, neap_decimal quantity,
                                 neap_decimal *out) {
  if (model->slippage == NEAP_SLIPPAGE_BPS)
    return neap_decimal_div(model->slippage_bps, neap_decimal_from_int(10000), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, out);
  neap_status status = volume_share_squared(model, bar, quantity, out);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul(*out, model->impact, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, out);
}

/* A price of the range stays in it; one at the open may go beyond. */
static neap_decimal keep_in_range(const neap_working_order *order, const neap_product *product, const neap_candle *bar,
                                  neap_decimal base_price, neap_decimal price) {
  neap_decimal edge = harshest(order, bar);
  if (base_price.units == against(order, product, bar->open).units) return price;
  neap_decimal_quantize(edge, product->price_increment, buys(order) ? NEAP_ROUND_FLOOR : NEAP_ROUND_CEILING, &edge);
  return buys(order) ? neap_decimal_max(base_price, neap_decimal_min(price, edge))
                     : neap_decimal_min(base_price, neap_decimal_max(price, edge));
}

neap_status neap_candle_fill_slip(const neap_fill_model *model, const neap_working_order *order,
                                  const neap_product *product, const neap_candle *bar, neap_decimal quantity,
                                  neap_decimal base_price, neap_decimal *out) {
  neap_decimal share, move, price = base_price;
  bool limited = order->ticket.type == NEAP_LIMIT || order->ticket.type == NEAP_STOP_LIMIT;
  if (model->slippage != NEAP_SLIPPAGE_NONE) {
    neap_status status = slipped_share(model, bar, quantity, &share);
    if (status == NEAP_OK) status = neap_decimal_mul(base_price, share, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &move);
    if (status == NEAP_OK) status = neap_decimal_add(base_price, buys(order) ? move : neap_decimal_neg(move), &price);
    if (status != NEAP_OK) return status;
    price = keep_in_range(order, product, bar, base_price, against(order, product, price));
  }
  if (price.units <= 0) price = product->price_increment;
  *out = limited ? cap_at_limit(order, price) : price;
  return NEAP_OK;
}

neap_status neap_candle_fill_limit_volume(const neap_fill_model *model, const neap_product *product,
                                          const neap_candle *bar, neap_decimal used, neap_decimal quantity,
                                          neap_decimal *out) {
  neap_decimal most;
  *out = quantity;
  if (model->volume_share.units <= 0) return NEAP_OK;
  neap_status status = neap_decimal_mul(bar->volume, model->volume_share, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &most);
  if (status == NEAP_OK) status = neap_decimal_sub(most, used, &most);
  if (status != NEAP_OK) return status;
  if (neap_decimal_cmp(quantity, most) <= 0) return NEAP_OK;
  return neap_decimal_quantize(neap_decimal_max(most, NEAP_ZERO), product->base_increment, NEAP_ROUND_DOWN, out);
}
