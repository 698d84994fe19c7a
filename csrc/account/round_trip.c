/* SPDX-License-Identifier: MIT */
/* round_trip: gathers booked fills into trades from flat to flat. */
#include "account/round_trip.h"

#include <stdlib.h>

struct neap_round_trips {
  uint32_t products, strategies;
  neap_round_trip closed;  /* the latest, for the caller to read */
  neap_trade_tally *tally; /* by strategy, behind `open` */
  neap_round_trip open[];  /* by strategy, then product; quantity zero: none */
};

neap_status neap_round_trips_new(uint32_t products, uint32_t strategies, neap_round_trips **out, neap_fault *fault) {
  size_t trades = (size_t)products * strategies;
  neap_round_trips *trips =
      calloc(1, sizeof *trips + trades * sizeof trips->open[0] + strategies * sizeof *trips->tally);
  if (!trips) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for round trips");
  trips->products = products;
  trips->strategies = strategies;
  trips->tally = (neap_trade_tally *)&trips->open[trades];
  *out = trips;
  return NEAP_OK;
}

void neap_round_trips_free(neap_round_trips *trips) { free(trips); }

static bool add(neap_decimal *total, neap_decimal value) { return neap_decimal_add(*total, value, total) == NEAP_OK; }

/* A fill's two parts; one of them is zero unless it flips the position. */
typedef struct shares {
  neap_decimal closed, opened, closed_notional, opened_notional, closed_fee, opened_fee;
} shares;

static neap_status share_fee(const neap_fill *fill, neap_decimal closed, neap_decimal *out) {
  *out = closed.units ? fill->fee : NEAP_ZERO;
  if (closed.units == 0 || closed.units == fill->quantity.units) return NEAP_OK;
  neap_status status =
      neap_decimal_mul_div(fill->fee, closed, fill->quantity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
  *out = fill->fee.units < 0 ? neap_decimal_max(*out, fill->fee) : neap_decimal_min(*out, fill->fee);
  return status;
}

static neap_status share(const neap_fill *fill, const neap_booking *booking, shares *out) {
  neap_decimal gain = booking->quantity_before.units > 0 ? booking->realized : neap_decimal_neg(booking->realized);
  *out = (shares){.closed = booking->closed_quantity, .closed_notional = booking->closed_cost};
  if (!add(&out->closed_notional, gain)) return NEAP_RANGE;
  neap_status status = share_fee(fill, out->closed, &out->closed_fee);
  out->opened.units = fill->quantity.units - out->closed.units;
  out->opened_notional.units = booking->notional.units - out->closed_notional.units;
  out->opened_fee.units = fill->fee.units - out->closed_fee.units;
  return status;
}

static bool take_exit(neap_round_trip *trip, const shares *parts, const neap_fill *fill, neap_decimal realized) {
  trip->exit_time = fill->time;
  return add(&trip->exit_notional, parts->closed_notional) && add(&trip->fees, parts->closed_fee) &&
         add(&trip->pnl, realized) && add(&trip->pnl, neap_decimal_neg(parts->closed_fee));
}

static bool take_entry(neap_round_trip *trip, const shares *parts, const neap_fill *fill) {
  if (trip->quantity.units == 0)
    *trip = (neap_round_trip){
        .strategy = fill->strategy, .product = fill->product, .side = fill->side, .entry_time = fill->time};
  return add(&trip->quantity, parts->opened) && add(&trip->entry_notional, parts->opened_notional) &&
         add(&trip->fees, parts->opened_fee) && add(&trip->pnl, neap_decimal_neg(parts->opened_fee));
}

static neap_status unknown_place(uint32_t strategy, uint32_t product, neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "unknown_product", "no round trips are kept for product %u of strategy %u",
                   (unsigned)product, (unsigned)strategy);
}

const neap_round_trip *neap_round_trips_open(const neap_round_trips *trips, uint32_t strategy, uint32_t product) {
  bool known = strategy < trips->strategies && product < trips->products;
  return known ? &trips->open[(size_t)strategy * trips->products + product] : NULL;
}

neap_status neap_round_trips_fund(neap_round_trips *trips, uint32_t strategy, uint32_t product, neap_decimal amount,
                                  neap_fault *fault) {
  if (strategy >= trips->strategies || product >= trips->products) return unknown_place(strategy, product, fault);
  neap_round_trip *trip = &trips->open[(size_t)strategy * trips->products + product];
  if (trip->quantity.units == 0) return NEAP_OK;
  if (add(&trip->funding, amount) && add(&trip->pnl, amount)) return NEAP_OK;
  return neap_fail(fault, NEAP_RANGE, "overflow", "the amounts of a round trip do not fit");
}

neap_status neap_round_trips_restore(neap_round_trips *trips, const neap_round_trip *trip, neap_fault *fault) {
  if (trip->strategy >= trips->strategies || trip->product >= trips->products)
    return unknown_place(trip->strategy, trip->product, fault);
  trips->open[(size_t)trip->strategy * trips->products + trip->product] = *trip;
  return NEAP_OK;
}

/* A trade whose return fits no decimal is not counted. */
static void count(neap_trade_tally *tally, const neap_round_trip *trip) {
  neap_decimal gain;
  bool wins = trip->pnl.units > 0;
  neap_decimal *sum = wins ? &tally->won : &tally->lost;
  if (neap_decimal_div(neap_decimal_abs(trip->pnl), trip->entry_notional, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                       &gain) != NEAP_OK ||
      !add(sum, gain))
    return;
  *(wins ? &tally->wins : &tally->losses) += 1;
}

neap_status neap_round_trips_apply(neap_round_trips *trips, const neap_fill *fill, const neap_booking *booking,
                                   const neap_round_trip **closed, neap_fault *fault) {
  *closed = NULL;
  if (fill->strategy >= trips->strategies || fill->product >= trips->products)
    return unknown_place(fill->strategy, fill->product, fault);
  neap_round_trip *slot = &trips->open[(size_t)fill->strategy * trips->products + fill->product];
  neap_round_trip after = *slot, done = {0};
  shares parts;
  bool fits = share(fill, booking, &parts) == NEAP_OK;
  if (fits && parts.closed.units) fits = take_exit(&after, &parts, fill, booking->realized);
  bool flat = parts.closed.units == neap_decimal_abs(booking->quantity_before).units && parts.closed.units != 0;
  if (flat) {
    done = after;
    after = (neap_round_trip){0};
  }
  if (fits && parts.opened.units) fits = take_entry(&after, &parts, fill);
  if (!fits) return neap_fail(fault, NEAP_RANGE, "overflow", "the amounts of a round trip do not fit");
  *slot = after;
  if (!flat) return NEAP_OK;
  trips->closed = done;
  count(&trips->tally[fill->strategy], &done);
  *closed = &trips->closed;
  return NEAP_OK;
}

const neap_trade_tally *neap_round_trips_tally(const neap_round_trips *trips, uint32_t strategy) {
  return &trips->tally[strategy];
}

void neap_round_trips_set_tally(neap_round_trips *trips, uint32_t strategy, const neap_trade_tally *tally) {
  trips->tally[strategy] = *tally;
}

static neap_decimal average(neap_decimal notional, neap_decimal quantity, const neap_product *product) {
  neap_decimal price = NEAP_ZERO;
  if (neap_decimal_mul(quantity, product->contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &quantity) !=
      NEAP_OK)
    return price;
  neap_decimal_div(notional, quantity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &price);
  return price;
}

neap_decimal neap_round_trip_entry_price(const neap_round_trip *trip, const neap_product *product) {
  return average(trip->entry_notional, trip->quantity, product);
}

neap_decimal neap_round_trip_exit_price(const neap_round_trip *trip, const neap_product *product) {
  return average(trip->exit_notional, trip->quantity, product);
}

double neap_round_trip_return(const neap_round_trip *trip) {
  return neap_decimal_to_double(trip->pnl) / neap_decimal_to_double(trip->entry_notional);
}
