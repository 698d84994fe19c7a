/* SPDX-License-Identifier: MIT */
/* order_check: whether the venue takes an order, in the order in which it looks: the first thing that is wrong is the
 * one that is told. */
#include <stdio.h>
#include <string.h>

#include "venue/margin.h"
#include "venue/orders_state.h"
#include "venue/product_write.h"
#include "venue/wallet.h"

/* 10^15 of quote: what is worth more would make sums that do not fit. */
static const int64_t most_value = INT64_C(1000000000000000);

static neap_order_no check_product(neap_order_draft *draft) {
  draft->asked = neap_venue_product_named(draft->venue, draft->ask->product_id);
  if (draft->asked) return draft->book = neap_venue_product_book(draft->venue, draft->asked), NEAP_FINE;
  const char *nearest = neap_venue_nearest_product(draft->venue, draft->ask->product_id);
  snprintf(draft->details, sizeof draft->details, "unknown product %.40s%s%s", draft->ask->product_id,
           nearest ? ", the nearest is " : "", nearest ? nearest : "");
  return NEAP_NO_PRODUCT;
}

static neap_order_no check_side(neap_order_draft *draft) {
  bool is_buy = strcmp(draft->ask->side, "BUY") == 0;
  draft->side = is_buy ? NEAP_BUY : NEAP_SELL;
  return is_buy || strcmp(draft->ask->side, "SELL") == 0 ? NEAP_FINE : NEAP_NO_SIDE;
}

static uint32_t flags_of(const neap_order_draft *draft) { return draft->asked->facts.flags | draft->book->facts.flags; }

static neap_order_no check_flags(neap_order_draft *draft) {
  uint32_t flags = flags_of(draft);
  if (draft->asked->is_delisted || draft->book->is_delisted || (flags & NEAP_PRODUCT_VIEW_ONLY))
    return NEAP_NO_UNTRADABLE;
  if (draft->asked->facts.kind == NEAP_FUTURE && neap_venue_expiry_of(draft->asked) <= draft->venue->now)
    return NEAP_NO_UNTRADABLE;
  if (flags & NEAP_PRODUCT_DISABLED) return NEAP_NO_TRADING;
  return flags & NEAP_PRODUCT_CANCEL_ONLY ? NEAP_NO_ENTRY : NEAP_FINE;
}

static bool is_immediate(neap_venue_kind kind) {
  return neap_kind_is_market(kind) || kind == NEAP_SOR_LIMIT_IOC || kind == NEAP_LIMIT_FOK;
}

/* What a state of the market allows of an order whose configuration is known. */
static neap_order_no check_state(neap_order_draft *draft) {
  uint32_t flags = flags_of(draft);
  bool is_resting = draft->kind == NEAP_LIMIT_GTC || draft->kind == NEAP_LIMIT_GTD;
  draft->post_only = is_resting && neap_order_read_flag(draft->fields, "post_only");
  if ((flags & NEAP_PRODUCT_LIMIT_ONLY) && neap_kind_is_market(draft->kind)) return NEAP_NO_STATE;
  if ((flags & NEAP_PRODUCT_POST_ONLY) && !draft->post_only) return NEAP_NO_STATE;
  return (flags & NEAP_PRODUCT_AUCTION) && is_immediate(draft->kind) ? NEAP_NO_STATE : NEAP_FINE;
}

neap_order_no neap_order_check_open(neap_order_draft *draft) {
  neap_order_no no = check_flags(draft);
  if (no != NEAP_FINE) return no;
  return (flags_of(draft) & NEAP_PRODUCT_POST_ONLY) && !draft->post_only ? NEAP_NO_STATE : NEAP_FINE;
}

static neap_order_no check_allowed(neap_order_draft *draft) {
  bool is_derivative = neap_order_is_derivative(draft->asked);
  const neap_json_value *price = neap_json_get(draft->fields, "limit_price");
  bool has_price = price && price->kind == NEAP_JSON_STRING && price->length;
  draft->reduce_only = neap_order_read_flag(draft->fields, "reduce_only");
  if (draft->kind == NEAP_MARKET_FOK && !is_derivative) return NEAP_NO_MARKET_FOK;
  if (neap_kind_is_market(draft->kind) && has_price) return NEAP_NO_MARKET_PRICE;
  if (draft->kind == NEAP_LIMIT_FOK && neap_order_read_flag(draft->fields, "post_only")) return NEAP_NO_POST_ONLY_FOK;
  if (draft->reduce_only && !is_derivative) return NEAP_NO_REDUCE_ONLY;
  /* Nothing is held for it: it may not rest beside a position that changes. */
  return draft->reduce_only && !is_immediate(draft->kind) ? NEAP_NO_CONFIGURATION : NEAP_FINE;
}

static neap_order_no check_leverage(neap_order_draft *draft) {
  static const char *const types[] = {"", "CROSS", "ISOLATED"};
  const char *text = draft->ask->leverage, *type = draft->ask->margin_type;
  draft->leverage = neap_decimal_from_int(1), draft->margin_type = "";
  if (text && *text && neap_decimal_parse(text, strlen(text), &draft->leverage, NULL) != NEAP_OK)
    return NEAP_NO_LEVERAGE;
  int64_t most = neap_order_is_derivative(draft->asked) ? NEAP_LEVERAGE_MOST : 1;
  if (neap_decimal_cmp(draft->leverage, neap_decimal_from_int(1)) < 0 ||
      neap_decimal_cmp(draft->leverage, neap_decimal_from_int(most)) > 0)
    return NEAP_NO_LEVERAGE;
  if (!type) return NEAP_FINE;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(type, types[i]) == 0) return draft->margin_type = types[i], NEAP_FINE;
  return NEAP_NO_MARGIN_TYPE;
}

static neap_order_no read_limit(neap_order_draft *draft) {
  neap_order_no digits = neap_kind_is_bracket(draft->kind) ? NEAP_NO_BRACKET_DIGITS : NEAP_NO_PRICE_DIGITS;
  if (neap_kind_is_market(draft->kind) || draft->kind == NEAP_SCALED_GTC) return NEAP_FINE;
  neap_order_no no = neap_order_read_price(draft, draft->fields, "limit_price", NEAP_NO_LIMIT, digits, &draft->limit);
  return no == NEAP_FINE && !draft->limit ? NEAP_NO_LIMIT : no;
}

static neap_order_no read_direction(neap_order_draft *draft) {
  const neap_json_value *direction = neap_json_get(draft->fields, "stop_direction");
  const char *word = direction && direction->kind == NEAP_JSON_STRING ? direction->text : "";
  draft->stop_is_up =
      neap_kind_is_stop(draft->kind) ? strcmp(word, "STOP_DIRECTION_STOP_UP") == 0 : draft->side == NEAP_BUY;
  if (!neap_kind_is_stop(draft->kind) || draft->stop_is_up) return NEAP_FINE;
  return strcmp(word, "STOP_DIRECTION_STOP_DOWN") == 0 ? NEAP_FINE : NEAP_NO_STOP;
}

static neap_order_no read_stop(neap_order_draft *draft) {
  neap_order_no no = NEAP_FINE;
  if (neap_kind_is_stop(draft->kind))
    no = neap_order_read_price(draft, draft->fields, "stop_price", NEAP_NO_STOP, NEAP_NO_STOP_DIGITS, &draft->stop);
  else if (neap_kind_is_bracket(draft->kind))
    no = neap_order_read_price(draft, draft->fields, "stop_trigger_price", NEAP_NO_STOP, NEAP_NO_TRIGGER_DIGITS,
                               &draft->stop);
  else
    return NEAP_FINE;
  if (no == NEAP_FINE && !draft->stop) no = NEAP_NO_STOP;
  return no == NEAP_FINE ? read_direction(draft) : no;
}

static neap_order_no read_size(neap_order_draft *draft) {
  if (draft->kind == NEAP_SCALED_GTC) return neap_order_check_scale(draft);
  return neap_order_read_size(draft);
}

static bool fits(const neap_order_draft *draft, int64_t price, int64_t size) {
  neap_decimal value;
  neap_decimal at = {draft->asked->facts.price_increment.units}, of = {draft->asked->facts.base_increment.units};
  if (__builtin_mul_overflow(at.units, (__int128)price, &at.units) ||
      __builtin_mul_overflow(of.units, (__int128)size, &of.units))
    return false;
  return neap_product_notional(&draft->asked->facts, at, of, &value) == NEAP_OK &&
         neap_decimal_cmp(value, neap_decimal_from_int(most_value)) <= 0;
}

static neap_order_no check_value(neap_order_draft *draft) {
  if (draft->limit && !fits(draft, draft->limit, draft->size)) return NEAP_NO_QUOTE_LARGE;
  if (draft->stop && !fits(draft, draft->stop, draft->size)) return NEAP_NO_QUOTE_LARGE;
  for (uint32_t i = 0; i < draft->legs; i++)
    if (!fits(draft, draft->leg[i].price, draft->leg[i].size)) return NEAP_NO_QUOTE_LARGE;
  return NEAP_FINE;
}

static bool is_in_band(const neap_order_draft *draft, int64_t price) {
  neap_decimal last = neap_venue_price(draft->book, draft->book->last), band = draft->venue->options.price_band, width;
  if (!price || !draft->book->last || band.units <= 0) return true;
  if (neap_decimal_mul(last, band, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &width) != NEAP_OK) return true;
  neap_decimal off = neap_decimal_abs((neap_decimal){neap_venue_price(draft->book, price).units - last.units});
  return neap_decimal_cmp(off, width) <= 0;
}

static neap_order_no check_band(neap_order_draft *draft) {
  if (!is_in_band(draft, draft->limit)) return NEAP_NO_BAND;
  for (uint32_t i = 0; i < draft->legs; i++)
    if (!is_in_band(draft, draft->leg[i].price)) return NEAP_NO_BAND;
  return NEAP_FINE;
}

static bool crosses(const neap_order_draft *draft, int64_t limit, int64_t best) {
  return draft->side == NEAP_BUY ? limit >= best : limit <= best;
}

static neap_order_no check_cross(neap_order_draft *draft) {
  neap_match_level best;
  if (flags_of(draft) & NEAP_PRODUCT_AUCTION) return NEAP_FINE;
  if (!draft->post_only && !draft->legs && !neap_kind_is_market(draft->kind)) return NEAP_FINE;
  bool has_best = neap_order_book_levels(draft->book->book, neap_other_side(draft->side), 1, &best) > 0;
  if (neap_kind_is_market(draft->kind)) return has_best ? NEAP_FINE : NEAP_NO_LIQUIDITY;
  if (!has_best) return NEAP_FINE;
  if (draft->post_only && crosses(draft, draft->limit, best.price)) return NEAP_NO_POST_ONLY_CROSS;
  for (uint32_t i = 0; i < draft->legs; i++)
    if (draft->leg[i].post_only && crosses(draft, draft->leg[i].price, best.price)) return NEAP_NO_POST_ONLY_CROSS;
  return NEAP_FINE;
}

int64_t neap_order_exit_price(neap_side side, int64_t stop) {
  __int128 share = (__int128)stop * (side == NEAP_SELL ? 95 : 105);
  __int128 price = side == NEAP_SELL ? share / 100 : (share + 99) / 100;
  return price < 1 ? 1 : price > INT64_MAX ? INT64_MAX : (int64_t)price;
}

static neap_order_no check_stop_limit(neap_order_draft *draft) {
  if (draft->side == NEAP_BUY && draft->stop > draft->limit) return NEAP_NO_STOP_OVER_LIMIT;
  if (draft->side == NEAP_SELL && draft->stop < draft->limit) return NEAP_NO_STOP_UNDER_LIMIT;
  if (!draft->book->last) return NEAP_NO_TRADE;
  if (draft->stop_is_up) return draft->stop > draft->book->last ? NEAP_FINE : NEAP_NO_STOP_UNDER_LAST;
  return draft->stop < draft->book->last ? NEAP_FINE : NEAP_NO_STOP_OVER_LAST;
}

/* The target lies beyond the last price on the good side, the stop on the bad one. */
static neap_order_no check_bracket(neap_order_draft *draft) {
  int64_t sign = draft->side == NEAP_SELL ? 1 : -1, last = draft->book->last;
  draft->exit = neap_order_exit_price(draft->side, draft->stop);
  if (sign * draft->limit <= sign * draft->stop) return NEAP_NO_BRACKET_PRICES;
  if (!last) return NEAP_NO_TRADE;
  if (sign * draft->limit <= sign * last) return NEAP_NO_BRACKET_LIMIT;
  return sign * draft->stop < sign * last ? NEAP_FINE : NEAP_NO_BRACKET_STOP;
}

static neap_order_no check_stop(neap_order_draft *draft) {
  if (neap_kind_is_stop(draft->kind)) return check_stop_limit(draft);
  return neap_kind_is_bracket(draft->kind) ? check_bracket(draft) : NEAP_FINE;
}

static neap_order_no run(neap_order_draft *draft, neap_order_no (*const *steps)(neap_order_draft *), size_t count) {
  neap_order_no no = NEAP_FINE;
  for (size_t i = 0; no == NEAP_FINE && i < count; i++) no = steps[i](draft);
  return no;
}

neap_order_no neap_order_check_terms(neap_order_draft *draft) {
  static neap_order_no (*const steps[])(neap_order_draft *) = {check_value, check_band, check_cross, check_stop};
  return run(draft, steps, sizeof steps / sizeof *steps);
}

static neap_order_no check_reduction(neap_order_draft *draft) {
  if (!draft->reduce_only) return NEAP_FINE;
  uint32_t product = (uint32_t)(draft->asked - draft->venue->products);
  const neap_venue_position *position = neap_venue_position_of(draft->venue, draft->ask->portfolio, product);
  int64_t held = position ? position->contracts : 0;
  int64_t open = draft->side == NEAP_SELL ? held : -held;
  return open >= draft->size ? NEAP_FINE : NEAP_NO_REDUCE_MORE;
}

/* A twentieth over what the book says, where the portfolio has it: what of the book is the user's own may be passed
 * over. What is not spent is free at once. */
static neap_decimal budget_of(const neap_order_draft *draft, neap_decimal value) {
  neap_decimal cost = neap_order_with_fee(value, draft->rates.taker_bps), more = {cost.units + cost.units / 20};
  neap_decimal has = neap_venue_buying_power(draft->venue, draft->ask->portfolio, draft->asked->facts.quote);
  return neap_decimal_max(cost, neap_decimal_min(more, has));
}

/* What the hold is reckoned with. A market order has no limit: the book as it stands says what it may cost. */
static neap_order_no reckon(neap_order_draft *draft) {
  neap_venue_estimate estimate;
  draft->rates = neap_venue_fees_of(draft->venue, draft->venue->portfolios[draft->ask->portfolio].user);
  draft->hold_price = draft->limit > draft->exit ? draft->limit : draft->exit;
  if (!neap_kind_is_market(draft->kind)) return NEAP_FINE;
  draft->budget = draft->quote;
  if (draft->in_quote) return NEAP_FINE;
  neap_order_estimate(draft, &estimate, &draft->hold_price);
  bool is_buy = draft->side == NEAP_BUY && !neap_order_is_derivative(draft->asked);
  draft->budget = is_buy ? budget_of(draft, estimate.quote) : NEAP_ZERO;
  return fits(draft, draft->hold_price, draft->size) ? NEAP_FINE : NEAP_NO_QUOTE_LARGE;
}

neap_order_no neap_order_check(neap_order_draft *draft) {
  static neap_order_no (*const steps[])(neap_order_draft *) = {check_product,
                                                               check_side,
                                                               check_flags,
                                                               neap_order_read_kind,
                                                               check_state,
                                                               check_allowed,
                                                               check_leverage,
                                                               read_limit,
                                                               read_stop,
                                                               read_size,
                                                               neap_order_check_terms,
                                                               neap_order_check_attached,
                                                               neap_order_check_end,
                                                               neap_order_check_twap,
                                                               check_reduction,
                                                               reckon};
  return run(draft, steps, sizeof steps / sizeof *steps);
}
