/* SPDX-License-Identifier: MIT */
/* position: derivatives at average cost. Of each position cost less realized is the signed notional of its trades, to
 * the last digit, whatever a division rounded: so the sum over both sides of all trades is zero, and what is realized
 * and not yet paid by the other side is the house's to lend. */
#include "venue/wallet.h"

neap_venue_position *neap_venue_position_of(neap_venue *venue, uint32_t portfolio, uint32_t product) {
  neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  for (size_t i = 0; i < owner->position_count; i++)
    if (owner->positions[i].product == product) return &owner->positions[i];
  return NULL;
}

static neap_venue_position *made(neap_venue *venue, uint32_t portfolio, uint32_t product) {
  neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  neap_venue_position *position =
      neap_venue_push(&owner->positions, &owner->position_count, &owner->position_size, sizeof *position);
  if (position) *position = (neap_venue_position){.product = product};
  return position;
}

static int64_t size_of(int64_t contracts) { return contracts < 0 ? -contracts : contracts; }

static neap_status share(neap_decimal whole, int64_t part, int64_t of, neap_decimal *out) {
  return neap_decimal_mul_div(whole, neap_decimal_from_int(part), neap_decimal_from_int(of), NEAP_DECIMAL_DIGITS,
                              NEAP_ROUND_HALF_EVEN, out);
}

/* Of a trade of `contracts` (signed) `*closing` go against what is held. `notional` has the sign of the trade. */
static neap_status close_part(neap_venue_position *position, int64_t contracts, neap_decimal notional,
                              neap_decimal *opening, neap_decimal *realized) {
  int64_t held = size_of(position->contracts), traded = size_of(contracts), closing = held < traded ? held : traded;
  neap_decimal cost, proceeds;
  neap_status status = share(position->cost, closing, held, &cost);
  if (status == NEAP_OK) status = share(notional, closing, traded, &proceeds);
  if (status == NEAP_OK) status = neap_decimal_sub(notional, proceeds, opening);
  if (status == NEAP_OK) status = neap_decimal_add(cost, proceeds, realized);
  if (status == NEAP_OK) status = neap_decimal_sub(position->cost, cost, &position->cost);
  *realized = neap_decimal_neg(*realized);
  return status;
}

static neap_status apply(neap_venue_position *position, int64_t contracts, neap_decimal notional,
                         neap_decimal *realized) {
  bool reduces = position->contracts && (position->contracts < 0) != (contracts < 0);
  neap_decimal opening = notional;
  neap_status status = reduces ? close_part(position, contracts, notional, &opening, realized) : NEAP_OK;
  if (status == NEAP_OK) status = neap_decimal_add(position->cost, opening, &position->cost);
  if (status == NEAP_OK && __builtin_add_overflow(position->contracts, contracts, &position->contracts))
    status = NEAP_RANGE;
  return status;
}

static neap_decimal today(const neap_venue_position *position, int64_t day) {
  return position->day == day ? position->realized_today : NEAP_ZERO;
}

neap_decimal neap_venue_realized_today(const neap_venue *venue, const neap_venue_position *position) {
  return today(position, neap_venue_days(venue));
}

static neap_status note(neap_venue *venue, neap_venue_position *position, neap_decimal realized) {
  int64_t day = neap_venue_days(venue);
  position->realized_today = today(position, day);
  position->day = day;
  neap_status status = neap_decimal_add(position->realized_today, realized, &position->realized_today);
  return status == NEAP_OK ? neap_decimal_add(position->realized, realized, &position->realized) : status;
}

neap_status neap_venue_position_trade(neap_venue *venue, uint32_t portfolio, uint32_t product, neap_side side,
                                      int64_t contracts, neap_decimal notional) {
  neap_venue_position *position = neap_venue_position_of(venue, portfolio, product);
  neap_decimal realized = NEAP_ZERO;
  if (!position) position = made(venue, portfolio, product);
  if (!position) return venue->has_failed = true, NEAP_MEMORY;
  neap_status status = side == NEAP_BUY ? apply(position, contracts, notional, &realized)
                                        : apply(position, -contracts, neap_decimal_neg(notional), &realized);
  if (status == NEAP_OK) status = note(venue, position, realized);
  if (status != NEAP_OK) return venue->has_failed = true, status;
  neap_venue_move(venue, 0, portfolio, venue->products[product].facts.quote, realized);
  return NEAP_OK;
}

void neap_venue_position_charge(neap_venue *venue, uint32_t portfolio, uint32_t product, neap_decimal fee,
                                neap_decimal leverage) {
  neap_venue_position *position = neap_venue_position_of(venue, portfolio, product);
  neap_venue_move(venue, portfolio, 0, venue->products[product].facts.quote, fee);
  if (!position) return;
  position->leverage = leverage;
  if (neap_decimal_add(position->fees, fee, &position->fees) != NEAP_OK) venue->has_failed = true;
}
