/* SPDX-License-Identifier: MIT */
/* snapshot: what the engines are shown at the moment of a decision. */
#include <string.h>

#include "session/margin.h"
#include "session/tape.h"

typedef struct totals { /* of a desk, over all products, in quote */
  neap_decimal reserved, released;
} totals;

static neap_status add_worth(const neap_session *session, uint32_t product, const neap_open_side *open,
                             neap_decimal *sum) {
  neap_decimal worth;
  if (!open->quantity.units && !open->amount.units) return NEAP_OK;
  neap_status status = neap_open_worth(open, &session->products[product], session->marks[product], &worth);
  return status == NEAP_OK ? neap_decimal_add(*sum, worth, sum) : status;
}

static neap_status add_product(const neap_session *session, uint32_t product, const neap_holding *holding,
                               totals *sum) {
  neap_status status = add_worth(session, product, &holding->open[NEAP_BUY], &sum->reserved);
  if (status == NEAP_OK && neap_product_allows_short(&session->products[product]))
    status = add_worth(session, product, &holding->open[NEAP_SELL], &sum->reserved);
  if (status == NEAP_OK) status = add_worth(session, product, &holding->closing[NEAP_BUY], &sum->released);
  return status == NEAP_OK ? add_worth(session, product, &holding->closing[NEAP_SELL], &sum->released) : status;
}

static neap_status sum_orders(const neap_desk *desk, totals *sum) {
  const neap_session *session = desk->session;
  const neap_holding *holdings = desk_holdings(session, desk->index);
  neap_status status = NEAP_OK;
  *sum = (totals){{0}, {0}};
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    if (holdings[i].orders) status = add_product(session, i, &holdings[i], sum);
  return status;
}

static neap_status buying_power(const neap_desk *desk, const neap_product *product, neap_decimal equity,
                                const totals *sum, neap_decimal *out) {
  const neap_session *session = desk->session;
  neap_decimal power = neap_ledger_cash(session->ledger, desk->index);
  neap_status status = NEAP_OK;
  if (neap_product_allows_short(product)) {
    neap_decimal exposure = NEAP_ZERO;
    uint32_t index = (uint32_t)(product - session->products);
    status = margin_power(session, index, equity, &power);
    if (status == NEAP_OK) status = margin_exposure(desk, index, &exposure);
    if (status == NEAP_OK) status = neap_decimal_sub(power, exposure, &power);
  }
  if (status == NEAP_OK) status = neap_decimal_add(power, sum->released, &power);
  if (status == NEAP_OK) status = neap_decimal_sub(power, sum->reserved, &power);
  *out = power;
  return status;
}

neap_status session_buying_power(const neap_desk *desk, uint32_t product, neap_decimal *out) {
  const neap_session *session = desk->session;
  neap_decimal equity;
  totals sum;
  neap_status status = neap_ledger_equity(session->ledger, desk->index, session->marks, &equity);
  if (status == NEAP_OK) status = sum_orders(desk, &sum);
  return status == NEAP_OK ? buying_power(desk, &session->products[product], equity, &sum, out) : status;
}

/* A bar's length counts as fresh. */
static int64_t mark_max_age(const neap_session *session, const market_state *market) {
  int64_t age;
  bool is_endless = __builtin_mul_overflow(session->limits->max_mark_staleness_seconds, NEAP_SECOND, &age) ||
                    __builtin_add_overflow(age, market->frame, &age);
  return is_endless ? INT64_MAX : age;
}

/* What rests at the best prices is all that the view is made of. */
static const neap_liquidity_view *liquidity_of_book(market_state *market) {
  const neap_quote *quote = &market->tape->quote;
  const neap_price_level bid = {quote->bid, quote->bid_size}, ask = {quote->ask, quote->ask_size};
  const neap_book_sides sides = {.bids = &bid, .asks = &ask, .bid_count = 1, .ask_count = 1};
  market->liquidity = (neap_liquidity_view){.source = NEAP_LIQUIDITY_UNKNOWN};
  if (market->tape->has_quote && neap_liquidity_of_book(&sides, &market->liquidity, NULL) != NEAP_OK)
    market->liquidity.source = NEAP_LIQUIDITY_UNKNOWN;
  return &market->liquidity;
}

/* Of bars once a bar: the guards and every order of that bar see the same. */
static const neap_liquidity_view *liquidity_of(const neap_session *session, uint32_t product) {
  market_state *market = &session->markets[product];
  if (market->tape) return liquidity_of_book(market);
  if (market->has_bar && !market->has_liquidity)
    market->has_liquidity = neap_liquidity_of_candle(&session->products[product], &market->last_bar, market->frame,
                                                     &market->liquidity) == NEAP_OK;
  return &market->liquidity;
}

/* A book in doubt gives no price: entries are refused, whatever the last one was. */
static void show_book(const market_tape *tape, neap_snapshot *out) {
  out->has_mark = out->has_mark && !tape_in_doubt(tape);
  out->is_quoted = true;
  out->has_quote = tape->has_quote;
  out->bid = tape->quote.bid;
  out->ask = tape->quote.ask;
}

static bool asks_liquidity(const neap_limits *limits) {
  return limits->slippage_guard_bps > 0 || limits->enable_market_impact_guard || sizing_wants_liquidity(limits);
}

static bool asks_depth(const neap_limits *limits) {
  return limits->slippage_guard_bps > 0 || limits->enable_market_impact_guard;
}

static neap_status show_orders(const neap_session *session, const neap_desk *desk, uint32_t product,
                               neap_snapshot *out) {
  const neap_holding *holding = &desk_holdings(session, desk->index)[product];
  totals sum;
  out->working_buy = holding->working[NEAP_BUY];
  out->working_sell = holding->working[NEAP_SELL];
  out->open_buy = holding->open[NEAP_BUY].quantity;
  out->open_sell = holding->open[NEAP_SELL].quantity;
  out->has_account = session->desk_count > 1;
  out->recent = &session->recent;
  out->traded = bar_volume_today(&session->markets[product].volume, out->now);
  out->failures = &desk->failures;
  neap_status status = desk_portfolio(session, desk->index, &out->own);
  if (status == NEAP_OK && out->has_account) status = account_portfolio(session, &out->account);
  if (status == NEAP_OK) status = sum_orders(desk, &sum);
  if (status != NEAP_OK) return status;
  out->equity = out->own.equity;
  out->entry_after_close = neap_decimal_sign(sum.released) > 0;
  return buying_power(desk, out->product, out->equity, &sum, &out->buying_power);
}

neap_status session_snapshot(const neap_session *session, const neap_order *order, neap_snapshot *out) {
  uint32_t product = order->ticket.product;
  const neap_desk *desk = &session->desks[order->ticket.strategy];
  const market_state *market = &session->markets[product];
  memset(out, 0, sizeof *out);
  out->product = &session->products[product];
  out->now = session->clock.latest;
  out->mode = neap_guard_manager_mode_of(&session->guards, product);
  out->has_mark = market->has_mark;
  out->mark = market->mark;
  out->mark_time = market->mark_time;
  out->mark_max_age = mark_max_age(session, market);
  if (market->tape) show_book(market->tape, out);
  out->position = neap_ledger_position(session->ledger, desk->index, product)->quantity;
  out->cash = neap_ledger_cash(session->ledger, desk->index);
  out->taker_bps = session->fees.taker_bps;
  out->maker_bps = session->fees.maker_bps;
  out->risk = order->risk;
  out->stop_loss = order->stop_loss;
  sizing_show(session, order, out);
  memcpy(out->balance.asset, session->currency, sizeof out->balance.asset);
  out->balance.total = out->balance.available = out->cash;
  out->balances = &out->balance;
  out->balance_count = 1;
  if (asks_liquidity(session->limits)) out->liquidity = *liquidity_of(session, product);
  const neap_impact_source *walk = market->tape && asks_depth(session->limits) ? tape_impact(session, product) : NULL;
  if (session->limits->enable_market_impact_guard) out->impact = walk;
  if (session->limits->slippage_guard_bps > 0) out->walk = walk;
  return show_orders(session, desk, product, out);
}
