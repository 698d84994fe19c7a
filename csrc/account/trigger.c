/* SPDX-License-Identifier: MIT */
/* trigger: levels, whether a price reaches them, and how they follow it. */
#include "account/trigger.h"

enum { BPS = 10000 };

static bool buys(const neap_ticket *ticket) { return ticket->side == NEAP_BUY; }

neap_status neap_trail_level(const neap_ticket *ticket, const neap_product *product, neap_decimal price,
                             neap_decimal *out) {
  neap_decimal whole = neap_decimal_from_int(BPS), share, level;
  neap_rounding rounding = buys(ticket) ? NEAP_ROUND_CEILING : NEAP_ROUND_FLOOR;
  neap_status status =
      neap_decimal_add(whole, buys(ticket) ? ticket->trail_bps : neap_decimal_neg(ticket->trail_bps), &share);
  if (status == NEAP_OK) status = neap_decimal_mul_div(price, share, whole, NEAP_DECIMAL_DIGITS, rounding, &level);
  if (status == NEAP_OK) neap_decimal_quantize(level, product->price_increment, rounding, &level);
  if (status == NEAP_OK) *out = level;
  return status;
}

bool neap_trigger_reaches(const neap_ticket *ticket, neap_decimal level, neap_decimal price) {
  int side = neap_decimal_cmp(price, level);
  bool upwards = buys(ticket) != (ticket->type == NEAP_LIMIT);
  return upwards ? side >= 0 : side <= 0;
}

neap_status neap_trigger_set(neap_trigger *trigger, const neap_ticket *ticket, const neap_product *product,
                             neap_decimal price) {
  *trigger = (neap_trigger){.emulated = true, .level = ticket->type == NEAP_LIMIT ? ticket->limit : ticket->stop};
  if (ticket->type != NEAP_TRAILING_STOP || !neap_decimal_is_zero(trigger->level)) return NEAP_OK;
  return neap_decimal_sign(price) > 0 ? neap_trail_level(ticket, product, price, &trigger->level) : NEAP_OK;
}

static neap_status follow(neap_trigger *trigger, const neap_ticket *ticket, const neap_product *product,
                          neap_decimal price, neap_trigger_sight *out) {
  neap_decimal level;
  neap_status status = neap_trail_level(ticket, product, price, &level);
  if (status != NEAP_OK) return status;
  bool is_closer = neap_trigger_reaches(ticket, level, trigger->level) && level.units != trigger->level.units;
  if (neap_decimal_sign(level) <= 0) return NEAP_OK; /* a sale that trails by all of the price: nothing reaches it */
  if (!neap_decimal_is_zero(trigger->level) && !is_closer) return NEAP_OK;
  trigger->level = level;
  *out = NEAP_TRIGGER_MOVES;
  return NEAP_OK;
}

neap_status neap_trigger_see(neap_trigger *trigger, const neap_ticket *ticket, const neap_product *product,
                             neap_decimal price, neap_trigger_sight *out) {
  *out = NEAP_TRIGGER_WAITS;
  if (trigger->fired || neap_decimal_sign(price) <= 0) return NEAP_OK;
  bool has_level = !neap_decimal_is_zero(trigger->level);
  if (has_level && neap_trigger_reaches(ticket, trigger->level, price)) {
    trigger->fired = true;
    *out = NEAP_TRIGGER_FIRES;
    return NEAP_OK;
  }
  return ticket->type == NEAP_TRAILING_STOP ? follow(trigger, ticket, product, price, out) : NEAP_OK;
}

neap_ticket neap_trigger_ticket(const neap_ticket *ticket) {
  neap_ticket leaves = *ticket;
  leaves.type = ticket->type == NEAP_STOP_LIMIT ? NEAP_LIMIT : NEAP_MARKET;
  leaves.stop = leaves.trail_bps = NEAP_ZERO;
  if (leaves.type != NEAP_MARKET) return leaves;
  leaves.limit = NEAP_ZERO;
  leaves.post_only = false;
  return leaves;
}
