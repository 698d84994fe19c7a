/* SPDX-License-Identifier: MIT */
/* trade_flow: a ring of seconds, summed when it is asked. */
#include "market/trade_flow.h"

#include "base/clock.h"
#include "market/liquidity.h"

enum { BPS = 10000, MINUTE = 60 };

const int neap_flow_minutes[NEAP_FLOW_WINDOWS] = {1, 5, 15};

static int64_t second_of(int64_t time) {
  int64_t second = time / NEAP_SECOND;
  return second - (time < second * NEAP_SECOND) + 1;
}

static int64_t advance(neap_trade_flow *flow, int64_t now) {
  int64_t second = second_of(now);
  if (second > flow->latest) flow->latest = second;
  return flow->latest;
}

static neap_flow_second *slot_of(neap_trade_flow *flow, int64_t second) {
  int64_t index = second % NEAP_FLOW_SECONDS;
  neap_flow_second *slot = &flow->slot[index < 0 ? index + NEAP_FLOW_SECONDS : index];
  if (slot->second != second) *slot = (neap_flow_second){.second = second};
  return slot;
}

neap_status neap_trade_flow_trade(neap_trade_flow *flow, int64_t now, int64_t time, neap_decimal price,
                                  neap_decimal size) {
  neap_decimal value, volume;
  if (neap_decimal_sign(price) <= 0 || neap_decimal_sign(size) <= 0) return NEAP_INVALID;
  int64_t latest = advance(flow, now), second = second_of(time);
  if (second > latest) second = latest;
  if (second <= latest - NEAP_FLOW_SECONDS) return flow->late++, NEAP_OK;
  neap_flow_second *slot = slot_of(flow, second);
  neap_status status = neap_decimal_mul(price, size, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &value);
  if (status == NEAP_OK) status = neap_decimal_add(slot->value, value, &value);
  if (status == NEAP_OK) status = neap_decimal_add(slot->volume, size, &volume);
  if (status != NEAP_OK) return status;
  slot->value = value;
  slot->volume = volume;
  slot->trades++;
  return NEAP_OK;
}

static neap_status square_of_move(neap_decimal from, neap_decimal to, neap_decimal *out) {
  neap_decimal move;
  if (neap_decimal_is_zero(from)) return *out = NEAP_ZERO, NEAP_OK;
  neap_status status = neap_decimal_mul_div((neap_decimal){to.units - from.units}, neap_decimal_from_int(BPS), from,
                                            NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &move);
  return status == NEAP_OK ? neap_decimal_mul(move, move, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out) : status;
}

neap_status neap_trade_flow_price(neap_trade_flow *flow, int64_t now, neap_decimal price) {
  neap_decimal squared;
  if (neap_decimal_sign(price) <= 0) return NEAP_INVALID;
  int64_t second = advance(flow, now);
  neap_decimal before = second == flow->priced ? flow->before : flow->price;
  neap_status status = square_of_move(before, price, &squared);
  if (status != NEAP_OK) return status;
  slot_of(flow, second)->squared = squared;
  flow->before = before;
  flow->price = price;
  flow->priced = second;
  return NEAP_OK;
}

static neap_status add_spread(neap_flow_second *slot, neap_decimal spread) {
  neap_status status = neap_decimal_add(slot->spread_sum, spread, &slot->spread_sum);
  if (status != NEAP_OK) return status;
  slot->spread_min = slot->quotes ? neap_decimal_min(slot->spread_min, spread) : spread;
  slot->spread_max = neap_decimal_max(slot->spread_max, spread);
  slot->quotes++;
  return NEAP_OK;
}

neap_status neap_trade_flow_quote(neap_trade_flow *flow, int64_t now, neap_decimal bid, neap_decimal ask) {
  neap_decimal sum, middle, spread;
  if (neap_decimal_sign(bid) <= 0 || neap_decimal_cmp(bid, ask) >= 0) return NEAP_INVALID;
  neap_status status = neap_decimal_add(bid, ask, &sum);
  if (status == NEAP_OK)
    status = neap_decimal_div(sum, neap_decimal_from_int(2), NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &middle);
  if (status == NEAP_OK)
    status = neap_decimal_mul_div((neap_decimal){ask.units - bid.units}, neap_decimal_from_int(BPS), middle,
                                  NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &spread);
  if (status == NEAP_OK) status = neap_trade_flow_price(flow, now, middle);
  return status == NEAP_OK ? add_spread(slot_of(flow, flow->latest), spread) : status;
}

static neap_status add_second(const neap_flow_second *slot, neap_flow_window *sum) {
  neap_status status = neap_decimal_add(sum->volume, slot->volume, &sum->volume);
  if (status == NEAP_OK) status = neap_decimal_add(sum->value, slot->value, &sum->value);
  if (status == NEAP_OK) status = neap_decimal_add(sum->volatility_bps, slot->squared, &sum->volatility_bps);
  if (status == NEAP_OK) status = neap_decimal_add(sum->spread_bps, slot->spread_sum, &sum->spread_bps);
  if (slot->quotes) {
    sum->spread_min = sum->quotes ? neap_decimal_min(sum->spread_min, slot->spread_min) : slot->spread_min;
    sum->spread_max = neap_decimal_max(sum->spread_max, slot->spread_max);
  }
  sum->trades += slot->trades;
  sum->quotes += slot->quotes;
  return status;
}

/* Sums become means, and the sum of squares a volatility. */
static neap_status finish(neap_flow_window *sum) {
  neap_status status = NEAP_OK;
  if (sum->trades)
    status = neap_decimal_div(sum->volume, neap_decimal_from_int((int64_t)sum->trades), NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_HALF_EVEN, &sum->mean_size);
  if (status == NEAP_OK && sum->quotes)
    status = neap_decimal_div(sum->spread_bps, neap_decimal_from_int((int64_t)sum->quotes), NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_HALF_EVEN, &sum->spread_bps);
  sum->volatility_bps = neap_decimal_root(sum->volatility_bps);
  return status;
}

neap_status neap_trade_flow_measure(const neap_trade_flow *flow, int64_t now, neap_flow_measures *out) {
  int64_t second = second_of(now), latest = second > flow->latest ? second : flow->latest;
  neap_status status = NEAP_OK;
  *out = (neap_flow_measures){0};
  for (int i = 0; status == NEAP_OK && i < NEAP_FLOW_SECONDS; i++) {
    const neap_flow_second *slot = &flow->slot[i];
    for (int w = 0; status == NEAP_OK && slot->second && w < NEAP_FLOW_WINDOWS; w++)
      if (slot->second > latest - (int64_t)neap_flow_minutes[w] * MINUTE) status = add_second(slot, &out->window[w]);
  }
  for (int w = 0; status == NEAP_OK && w < NEAP_FLOW_WINDOWS; w++) status = finish(&out->window[w]);
  return status;
}
