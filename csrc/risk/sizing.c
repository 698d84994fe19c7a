/* SPDX-License-Identifier: MIT */
/* sizing: losses are rounded up, sizes down. */
#include "risk/sizing.h"

enum { BPS = 10000 };

static neap_status add_fee(neap_decimal price, neap_decimal bps, neap_decimal *sum) {
  neap_decimal fee;
  neap_status status =
      neap_decimal_mul_div(price, bps, neap_decimal_from_int(BPS), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &fee);
  return status == NEAP_OK ? neap_decimal_add(*sum, fee, sum) : status;
}

/* Of one unit of base, in quote. */
static neap_status loss_of_unit(const neap_product *product, const neap_stake *stake, neap_decimal *out) {
  neap_status status = stake->side == NEAP_BUY ? neap_decimal_sub(stake->entry, stake->stop_loss, out)
                                               : neap_decimal_sub(stake->stop_loss, stake->entry, out);
  if (status == NEAP_OK && (out->units <= 0 || stake->stop_loss.units <= 0)) return NEAP_INVALID;
  if (status == NEAP_OK) status = add_fee(stake->entry, stake->entry_bps, out);
  if (status == NEAP_OK) status = add_fee(stake->stop_loss, stake->exit_bps, out);
  return status == NEAP_OK ? neap_decimal_mul(*out, product->contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, out)
                           : status;
}

neap_status neap_size_at_stop(const neap_product *product, const neap_stake *stake, neap_decimal *quantity) {
  neap_decimal loss, size;
  neap_status status = loss_of_unit(product, stake, &loss);
  if (status == NEAP_OK && stake->equity.units <= 0) return *quantity = NEAP_ZERO, NEAP_OK;
  if (status == NEAP_OK)
    status = neap_decimal_mul_div(stake->equity, stake->share, loss, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &size);
  return status == NEAP_OK ? neap_decimal_quantize(size, product->base_increment, NEAP_ROUND_DOWN, quantity) : status;
}

/* With wins w of n, sums of returns won and lost: W − (1 − W) ÷ R = w × (won − lost) ÷ (n × won). */
neap_status neap_kelly_share(const neap_trade_tally *tally, neap_decimal *share) {
  uint64_t trades = tally->wins + tally->losses;
  neap_decimal edge, bets;
  if (trades == 0) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_sub(tally->won, tally->lost, &edge);
  if (status != NEAP_OK) return status;
  if (edge.units <= 0) return *share = NEAP_ZERO, NEAP_OK;
  status =
      neap_decimal_mul(tally->won, neap_decimal_from_int((int64_t)trades), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &bets);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul_div(edge, neap_decimal_from_int((int64_t)tally->wins), bets, NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_DOWN, share);
}
