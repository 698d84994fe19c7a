/* SPDX-License-Identifier: MIT */
/* sizing_methods: each method says what value a position may have at most; what is held of it already is taken off. */
#include <string.h>

#include "risk/impact.h"
#include "risk/sizing.h"

typedef neap_status (*sizing_method)(const neap_sizing_question *question, neap_sizing_advice *out);

static neap_decimal times(int64_t count) { return neap_decimal_from_int(count); }

static neap_status multiply(neap_decimal a, neap_decimal b, neap_decimal *out) {
  return neap_decimal_mul(a, b, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, out);
}

/* `share` of equity × the multiplier, less what is held. */
static neap_status share_of_equity(const neap_sizing_question *question, neap_decimal share, neap_decimal *out) {
  neap_status status = multiply(neap_decimal_max(question->stake.equity, NEAP_ZERO), share, out);
  if (status == NEAP_OK) status = multiply(*out, question->limits->position_sizing_multiplier, out);
  if (status == NEAP_OK) status = neap_decimal_sub(*out, question->held, out);
  *out = neap_decimal_max(*out, NEAP_ZERO);
  return status;
}

static neap_status nothing(neap_sizing_advice *out, neap_sizing_reason why) {
  out->value = NEAP_ZERO;
  out->reason = why;
  return NEAP_OK;
}

static neap_status fixed(const neap_sizing_question *question, neap_sizing_advice *out) {
  out->reason = NEAP_SIZED_FIXED;
  return multiply(question->asked, question->limits->position_sizing_multiplier, &out->value);
}

static neap_status fraction(const neap_sizing_question *question, neap_sizing_advice *out) {
  out->reason = NEAP_SIZED_FRACTION;
  return share_of_equity(question, question->limits->sizing_fraction, &out->value);
}

/* Of this entry alone: what is held has its own stop. */
static neap_status risk_to_stop(const neap_sizing_question *question, neap_sizing_advice *out) {
  neap_stake stake = question->stake;
  neap_decimal quantity;
  if (neap_decimal_is_zero(stake.stop_loss)) return nothing(out, NEAP_SIZED_NO_STOP);
  out->reason = NEAP_SIZED_AT_STOP;
  neap_status status =
      multiply(question->limits->sizing_risk_fraction, question->limits->position_sizing_multiplier, &stake.share);
  if (status == NEAP_OK) status = neap_size_at_stop(question->product, &stake, &quantity);
  if (status == NEAP_INVALID) return nothing(out, NEAP_SIZED_STOP_SIDE);
  return status == NEAP_OK ? neap_product_notional(question->product, stake.entry, quantity, &out->value) : status;
}

static neap_status kelly(const neap_sizing_question *question, neap_sizing_advice *out) {
  const neap_trade_tally *tally = question->tally;
  neap_decimal share;
  if (!tally || tally->wins + tally->losses < (uint64_t)question->limits->sizing_kelly_min_trades) {
    out->is_given = false;
    return nothing(out, NEAP_SIZED_FEW_TRADES);
  }
  neap_status status = neap_kelly_share(tally, &share);
  if (status == NEAP_OK && neap_decimal_is_zero(share)) return nothing(out, NEAP_SIZED_NO_EDGE);
  if (status == NEAP_OK) status = multiply(share, question->limits->sizing_kelly_safety, &share);
  out->reason = NEAP_SIZED_KELLY;
  return status == NEAP_OK ? share_of_equity(question, share, &out->value) : status;
}

/* A market that does not move at all would bear anything: what the leverage lets is the bound. */
static neap_status by_volatility(const neap_sizing_question *question, neap_decimal *out) {
  neap_decimal share = times(question->leverage);
  neap_status status = NEAP_OK;
  if (neap_decimal_sign(question->volatility) > 0)
    status = neap_decimal_div(question->limits->sizing_target_volatility, question->volatility, NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_DOWN, &share);
  return status == NEAP_OK ? share_of_equity(question, share, out) : status;
}

static neap_status volatility_target(const neap_sizing_question *question, neap_sizing_advice *out) {
  if (!question->has_volatility) return nothing(out, NEAP_SIZED_NO_VOLATILITY);
  out->reason = NEAP_SIZED_VOLATILITY;
  return by_volatility(question, &out->value);
}

/* Zero: it is no part of the advice. Aggressive: twice the limit. */
static neap_decimal impact_limit(const neap_limits *limits) {
  neap_decimal most = limits->sizing_max_impact_bps;
  return neap_sizing_mode_of(limits) == NEAP_SIZING_AGGRESSIVE ? (neap_decimal){most.units * 2} : most;
}

static void take_smaller(neap_sizing_advice *out, neap_decimal value, neap_sizing_reason reason) {
  bool is_first = out->reason == NEAP_SIZED_FALLBACK;
  bool is_smaller = neap_decimal_cmp(value, out->value) < 0;
  if (is_smaller) out->value = value;
  if (is_smaller || is_first) out->reason = is_smaller ? reason : NEAP_SIZED_BY_LEVERAGE;
}

/* Of what is asked, by a source that answers one value at a time. False: it cannot tell. */
static bool capacity_by_source(const neap_sizing_question *question, neap_decimal most, neap_decimal *value) {
  const neap_impact_source *source = question->impact;
  neap_decimal price = question->stake.entry, unit, quantity = question->asked;
  neap_impact impact;
  if (source->estimate(source->self, question->ticket, question->asked, &impact, NULL) != NEAP_OK) return false;
  *value = question->asked;
  if (neap_decimal_cmp(impact.bps, most) <= 0) return true;
  *value = NEAP_ZERO;
  if (neap_product_notional(question->product, price, times(1), &unit) != NEAP_OK ||
      neap_decimal_div(question->asked, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &quantity) != NEAP_OK)
    return true;
  quantity = neap_impact_slice(source, question->ticket, question->product, price, quantity, most);
  return neap_product_notional(question->product, price, quantity, value) == NEAP_OK;
}

static bool capacity(const neap_sizing_question *question, neap_decimal most, neap_decimal *value) {
  bool buys = question->stake.side == NEAP_BUY;
  if (question->impact) return capacity_by_source(question, most, value);
  return neap_liquidity_capacity(question->liquidity, buys, most, value) == NEAP_OK;
}

static neap_status intelligent(const neap_sizing_question *question, neap_sizing_advice *out) {
  const neap_limits *limits = question->limits;
  neap_decimal value, most = impact_limit(limits);
  out->reason = NEAP_SIZED_FALLBACK;
  neap_status status = share_of_equity(question, times(question->leverage), &out->value);
  if (status == NEAP_OK && question->has_volatility && !neap_decimal_is_zero(limits->sizing_target_volatility)) {
    status = by_volatility(question, &value);
    if (status == NEAP_OK) take_smaller(out, value, NEAP_SIZED_BY_VOLATILITY);
  }
  if (status != NEAP_OK || !question->takes || neap_decimal_is_zero(most)) return status;
  if (capacity(question, most, &value)) take_smaller(out, value, NEAP_SIZED_BY_IMPACT);
  return NEAP_OK;
}

neap_sizing_mode neap_sizing_mode_of(const neap_limits *limits) {
  if (strcmp(limits->sizing_mode, "strict") == 0) return NEAP_SIZING_STRICT;
  return strcmp(limits->sizing_mode, "aggressive") == 0 ? NEAP_SIZING_AGGRESSIVE : NEAP_SIZING_CONSERVATIVE;
}

neap_status neap_sizing_advise(const neap_sizing_question *question, neap_sizing_advice *out) {
  static const struct {
    const char *name;
    sizing_method advise;
  } methods[] = {{"fixed", fixed},
                 {"fraction", fraction},
                 {"risk_to_stop", risk_to_stop},
                 {"kelly", kelly},
                 {"volatility_target", volatility_target},
                 {"intelligent", intelligent}};
  *out = (neap_sizing_advice){.is_given = true};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(methods[i].name, question->limits->position_sizing_method) == 0) return methods[i].advise(question, out);
  return NEAP_INVALID;
}
