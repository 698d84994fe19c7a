/* SPDX-License-Identifier: MIT */
/* slippage: the rule for a price that somebody expects, and the estimate from what is known of the market. */
#include "risk/slippage.h"

#include <string.h>

enum { BPS = 10000 };

neap_status neap_slippage_of(neap_side side, neap_decimal expected, neap_decimal reference, neap_decimal *bps) {
  neap_decimal worse;
  *bps = NEAP_ZERO;
  if (neap_decimal_sign(reference) <= 0) return NEAP_OK;
  neap_status status =
      side == NEAP_BUY ? neap_decimal_sub(expected, reference, &worse) : neap_decimal_sub(reference, expected, &worse);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul_div(worse, neap_decimal_from_int(BPS), reference, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                              bps);
}

static neap_decimal multiplier_of(const neap_limits *limits, const char *product) {
  const neap_limit_map *map = &limits->slippage_multipliers;
  for (uint32_t i = 0; i < map->count; i++)
    if (strcmp(map->item[i].product, product) == 0) return map->item[i].value;
  return neap_decimal_from_int(1);
}

static neap_status times_multiplier(const neap_limits *limits, const char *product, neap_decimal *bps) {
  return neap_decimal_mul(*bps, multiplier_of(limits, product), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, bps);
}

neap_status neap_slippage_expected(const neap_limits *limits, const char *product, const neap_liquidity_view *view,
                                   neap_side side, neap_decimal value, neap_decimal *bps) {
  neap_decimal spread, impact, sum;
  neap_status status = neap_liquidity_expect(view, side == NEAP_BUY, value, &spread, &impact);
  if (status == NEAP_OK) status = neap_decimal_add(spread, impact, &sum);
  if (status != NEAP_OK) return status;
  *bps = sum;
  return times_multiplier(limits, product, bps);
}

neap_status neap_slippage_walked(const neap_limits *limits, const char *product, const neap_impact_source *walk,
                                 const neap_ticket *ticket, neap_decimal value, neap_decimal middle,
                                 neap_decimal *bps) {
  neap_impact impact = {.is_walked = false};
  neap_decimal most;
  bool is_limited = ticket->type == NEAP_LIMIT;
  neap_status status = walk->estimate(walk->self, ticket, value, &impact, NULL);
  bool is_known = status == NEAP_OK && impact.is_liquid;
  if (status != NEAP_OK && !impact.is_walked) return status;
  if (!is_known && !is_limited) return NEAP_END;
  if (is_limited) {
    status = neap_slippage_of(ticket->side, ticket->limit, middle, &most);
    if (status != NEAP_OK) return status;
    most = neap_decimal_max(most, NEAP_ZERO);
  }
  *bps = is_known && is_limited ? neap_decimal_min(impact.bps, most) : is_known ? impact.bps : most;
  return times_multiplier(limits, product, bps);
}
