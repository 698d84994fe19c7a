/* SPDX-License-Identifier: MIT */
/* impact: the walk along the book, and the law behind its end. */
#include "risk/impact.h"

enum { BPS = 10000, HUNDRED = 100 };

typedef struct taking { /* of a quantity */
  neap_decimal mid, half_bps, average, worst, visible;
  bool is_sufficient, is_walked;
} taking;

static neap_decimal whole(int64_t value) { return neap_decimal_from_int(value); }

static neap_status share(neap_decimal a, neap_decimal b, neap_decimal c, neap_decimal *out) { /* a × b ÷ c */
  return neap_decimal_mul_div(a, b, c, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

static neap_status times(neap_decimal a, neap_decimal b, neap_decimal *out) {
  return neap_decimal_mul(a, b, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

neap_status neap_impact_law(neap_decimal volatility_bps, neap_decimal quantity, neap_decimal volume,
                            neap_decimal *bps) {
  neap_decimal part;
  if (neap_decimal_sign(volume) <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_div(quantity, volume, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &part);
  if (status == NEAP_OK) status = times(volatility_bps, neap_decimal_root(part), bps);
  return status == NEAP_OK ? share(*bps, whole(NEAP_IMPACT_Y_HUNDREDTHS), whole(HUNDRED), bps) : status;
}

/* mid × (1 ± bps ÷ 10000): worse for whoever is on that side. */
static neap_status worsened(neap_decimal mid, neap_decimal bps, neap_side side, neap_decimal *out) {
  neap_decimal by;
  neap_status status = share(mid, bps, whole(BPS), &by);
  return status == NEAP_OK ? neap_decimal_add(mid, side == NEAP_BUY ? by : neap_decimal_neg(by), out) : status;
}

static neap_decimal worse_of(neap_decimal a, neap_decimal b, neap_side side) {
  return side == NEAP_BUY ? neap_decimal_max(a, b) : neap_decimal_min(a, b);
}

typedef struct walk { /* along one side of a book, in increments */
  int64_t lots, last;
  __int128 cost;
} walk;

static void walk_book(const neap_price_book *book, neap_side side, int64_t wanted, walk *out) {
  neap_book_side taken = side == NEAP_BUY ? NEAP_ASK : NEAP_BID;
  const neap_levels *map = &book->side[taken];
  neap_levels_cursor at = {map->first, 0};
  int64_t key, size;
  *out = (walk){0};
  while (out->lots < wanted && neap_levels_next(map, &at, &key, &size)) {
    if (size > wanted - out->lots) size = wanted - out->lots;
    out->last = taken == NEAP_BID ? -key : key;
    out->cost += (__int128)out->last * size;
    out->lots += size;
  }
}

/* In lots of the book: the next whole one. */
static neap_status lots_of(const neap_price_book *book, neap_decimal quantity, int64_t *out) {
  __int128 lots = (quantity.units + book->size_increment.units - 1) / book->size_increment.units;
  *out = (int64_t)lots;
  return lots > INT64_MAX ? NEAP_RANGE : NEAP_OK;
}

/* The price of what the book does not show. */
static neap_status price_hidden(const neap_impact_market *market, neap_side side, neap_decimal quantity, taking *out,
                                neap_decimal *price) {
  neap_decimal bps;
  neap_status status = neap_impact_law(market->volatility_bps, quantity, market->volume, &bps);
  if (status == NEAP_OK) status = neap_decimal_add(bps, out->half_bps, &bps);
  if (status == NEAP_OK) status = worsened(out->mid, bps, side, price);
  if (status == NEAP_OK) *price = worse_of(*price, out->worst, side);
  return status;
}

/* (what the walk cost + hidden × its price) ÷ quantity */
static neap_status join(const neap_price_book *book, const walk *seen, int64_t wanted, neap_decimal hidden_price,
                        neap_decimal *average) {
  neap_decimal shown, behind;
  neap_status status = neap_decimal_mul_div((neap_decimal){seen->cost}, book->price_increment, (neap_decimal){wanted},
                                            NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &shown);
  if (status != NEAP_OK || seen->lots == wanted) return *average = shown, status;
  status = share((neap_decimal){wanted - seen->lots}, hidden_price, (neap_decimal){wanted}, &behind);
  return status == NEAP_OK ? neap_decimal_add(shown, behind, average) : status;
}

static neap_status take_book(const neap_impact_market *market, neap_side side, neap_decimal quantity, taking *out) {
  const neap_price_book *book = market->book;
  neap_decimal spread, hidden = NEAP_ZERO;
  int64_t wanted = 0;
  walk seen;
  neap_status status = neap_price_book_mid(book, &out->mid);
  if (status == NEAP_OK) status = neap_price_book_spread_bps(book, &spread);
  if (status == NEAP_OK) status = share(spread, whole(1), whole(2), &out->half_bps);
  if (status == NEAP_OK) status = lots_of(book, quantity, &wanted);
  if (status != NEAP_OK) return status;
  walk_book(book, side, wanted, &seen);
  out->is_walked = true;
  out->is_sufficient = seen.lots == wanted;
  status = neap_price_book_price(book, seen.last, &out->worst);
  if (status == NEAP_OK) status = neap_price_book_size(book, seen.lots, &out->visible);
  if (status == NEAP_OK && !out->is_sufficient) status = price_hidden(market, side, quantity, out, &hidden);
  if (status == NEAP_OK) status = join(book, &seen, wanted, hidden, &out->average);
  if (!out->is_sufficient) out->worst = hidden;
  return status;
}

/* Bars show no depth: half the stated spread and the stated impact; more than the bar's turnover is not to be had. */
static neap_status take_bars(const neap_impact_market *market, neap_side side, neap_decimal quantity, taking *out) {
  neap_decimal value, spread, impact, sum;
  out->mid = market->mark;
  if (neap_decimal_sign(out->mid) <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_product_notional(market->product, out->mid, quantity, &value);
  if (status == NEAP_OK) status = neap_liquidity_expect(&market->view, side == NEAP_BUY, value, &spread, &impact);
  if (status == NEAP_OK) status = share(spread, whole(1), whole(2), &out->half_bps);
  if (status == NEAP_OK) status = neap_decimal_add(out->half_bps, impact, &sum);
  if (status == NEAP_OK) status = worsened(out->mid, sum, side, &out->average);
  if (status != NEAP_OK) return status;
  out->is_sufficient =
      market->view.source != NEAP_LIQUIDITY_CANDLE || neap_decimal_cmp(value, market->view.turnover) <= 0;
  out->worst = out->average;
  return NEAP_OK;
}

static bool has_book(const neap_impact_market *market) { return market->book && market->book->whole; }

static neap_status take(const neap_impact_market *market, neap_side side, neap_decimal quantity, taking *out) {
  *out = (taking){.mid = NEAP_ZERO};
  return has_book(market) ? take_book(market, side, quantity, out) : take_bars(market, side, quantity, out);
}

/* How much worse than the middle the average is. */
static neap_status impact_of(const taking *taken, neap_decimal *bps) {
  neap_decimal away = neap_decimal_abs((neap_decimal){taken->average.units - taken->mid.units});
  return share(away, whole(BPS), taken->mid, bps);
}

neap_status neap_impact_ask(const void *self, const neap_ticket *ticket, neap_decimal value, neap_impact *out,
                            neap_fault *fault) {
  const neap_impact_market *market = self;
  taking taken = {.is_walked = false};
  neap_decimal quantity = ticket->quantity, unit, price = market->mark;
  neap_status status = NEAP_OK;
  *out = (neap_impact){.is_liquid = true};
  if (ticket->post_only) return NEAP_OK;
  if (ticket->sizing != NEAP_BY_QUANTITY) {
    if (has_book(market)) status = neap_price_book_mid(market->book, &price);
    if (status == NEAP_OK) status = neap_product_notional(market->product, price, whole(1), &unit);
    if (status == NEAP_OK) status = neap_decimal_div(value, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &quantity);
  }
  if (status == NEAP_OK) status = take(market, ticket->side, quantity, &taken);
  if (status == NEAP_OK) status = impact_of(&taken, &out->bps);
  out->is_liquid = status == NEAP_OK && taken.is_sufficient;
  out->is_walked = taken.is_walked;
  return status == NEAP_OK ? status : neap_fail(fault, status, "impact_estimator", "nothing is known of the market");
}

neap_decimal neap_impact_slice(const neap_impact_source *source, const neap_ticket *ticket, const neap_product *product,
                               neap_decimal price, neap_decimal quantity, neap_decimal max_bps) {
  neap_ticket slice = *ticket;
  neap_decimal value;
  neap_impact impact;
  __int128 low = 0, high = quantity.units / product->base_increment.units;
  slice.sizing = NEAP_BY_QUANTITY;
  while (low < high) { /* `low` is allowed, what is over `high` is not */
    __int128 middle = low + (high - low + 1) / 2;
    slice.quantity.units = middle * product->base_increment.units;
    bool is_allowed = neap_product_notional(product, price, slice.quantity, &value) == NEAP_OK &&
                      source->estimate(source->self, &slice, value, &impact, NULL) == NEAP_OK && impact.is_liquid &&
                      neap_decimal_cmp(impact.bps, max_bps) <= 0;
    if (is_allowed)
      low = middle;
    else
      high = middle - 1;
  }
  neap_decimal most = {low * product->base_increment.units};
  return neap_decimal_cmp(most, product->base_min) < 0 ? NEAP_ZERO : most;
}

static neap_status advise(const neap_impact_market *market, neap_side side, neap_decimal quantity, neap_decimal max_bps,
                          neap_impact_report *out) {
  const neap_impact_source source = {market, neap_impact_ask};
  const neap_ticket ticket = {.side = side, .sizing = NEAP_BY_QUANTITY, .quantity = quantity};
  neap_status status = has_book(market) ? neap_depth_of_book(market->book, &out->depth) : NEAP_OK;
  if (!out->is_sufficient || neap_decimal_cmp(out->impact_bps, max_bps) > 0)
    out->slice = neap_impact_slice(&source, &ticket, market->product, out->mid, quantity, max_bps);
  out->slices = neap_decimal_sign(out->slice) > 0;
  out->post_only = (has_book(market) && out->depth.condition <= NEAP_CONDITION_FAIR) ||
                   neap_decimal_cmp((neap_decimal){out->impact_bps.units * 2}, max_bps) > 0;
  return status;
}

neap_status neap_impact_estimate(const neap_impact_market *market, neap_side side, neap_decimal quantity,
                                 neap_decimal max_bps, neap_impact_report *out) {
  taking taken;
  *out = (neap_impact_report){.source = has_book(market) ? NEAP_LIQUIDITY_BOOK : market->view.source};
  neap_status status = take(market, side, quantity, &taken);
  if (status == NEAP_OK) status = impact_of(&taken, &out->impact_bps);
  if (status != NEAP_OK) return status;
  out->mid = taken.mid;
  out->spread_bps = (neap_decimal){taken.half_bps.units * 2};
  out->average_price = taken.average;
  out->worst_price = taken.worst;
  out->visible = taken.visible;
  out->is_sufficient = taken.is_sufficient;
  neap_decimal away = neap_decimal_abs((neap_decimal){taken.average.units - taken.mid.units});
  status = neap_product_notional(market->product, away, quantity, &out->cost);
  return status == NEAP_OK ? advise(market, side, quantity, max_bps, out) : status;
}
