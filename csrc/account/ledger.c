/* SPDX-License-Identifier: MIT */
/* ledger: books fills, all or nothing, and proves after each that no cash came from nowhere; its values are in
 * ledger_value.c. */
#include "account/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/ledger_state.h"

static neap_status check_currency(const char *currency, const neap_product *products, uint32_t count,
                                  neap_fault *fault) {
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(products[i].quote, currency) != 0)
      return neap_fail(fault, NEAP_INVALID, "no_valuation_path", "%s is quoted in %s, the account is kept in %s",
                       products[i].id, products[i].quote, currency);
  return NEAP_OK;
}

neap_status neap_ledger_new(const char *currency, const neap_product *products, uint32_t product_count,
                            uint32_t strategy_count, neap_ledger **out, neap_fault *fault) {
  neap_status status = check_currency(currency, products, product_count, fault);
  if (status != NEAP_OK) return status;
  size_t positions = (size_t)product_count * strategy_count * sizeof(neap_position);
  neap_ledger *ledger = calloc(1, sizeof *ledger + positions);
  if (ledger) ledger->books = calloc(strategy_count ? strategy_count : 1, sizeof *ledger->books);
  if (!ledger || !ledger->books) {
    free(ledger);
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a ledger");
  }
  snprintf(ledger->currency, sizeof ledger->currency, "%s", currency);
  ledger->products = products;
  ledger->product_count = product_count;
  ledger->strategy_count = strategy_count;
  *out = ledger;
  return NEAP_OK;
}

void neap_ledger_free(neap_ledger *ledger) {
  if (!ledger) return;
  free(ledger->books);
  free(ledger);
}

static bool add(neap_decimal *total, neap_decimal value) { return neap_decimal_add(*total, value, total) == NEAP_OK; }
static bool subtract(neap_decimal *total, neap_decimal value) {
  return neap_decimal_sub(*total, value, total) == NEAP_OK;
}
static neap_decimal signed_by(neap_side side, neap_decimal value) {
  return side == NEAP_BUY ? value : neap_decimal_neg(value);
}

static neap_status unknown_strategy(uint32_t strategy, neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "unknown_strategy", "there is no strategy %u", (unsigned)strategy);
}

neap_status neap_ledger_deposit(neap_ledger *ledger, uint32_t strategy, neap_decimal amount, neap_fault *fault) {
  if (strategy >= ledger->strategy_count) return unknown_strategy(strategy, fault);
  neap_book one = ledger->books[strategy], all = ledger->account;
  if (!add(&one.cash, amount) || !add(&one.deposits, amount) || !add(&all.cash, amount) || !add(&all.deposits, amount))
    return neap_fail(fault, NEAP_RANGE, "overflow", "a deposit does not fit the account");
  ledger->books[strategy] = one;
  ledger->account = all;
  return NEAP_OK;
}

static neap_status check_fill(const neap_ledger *ledger, const neap_fill *fill, neap_fault *fault) {
  if (fill->strategy >= ledger->strategy_count) return unknown_strategy(fill->strategy, fault);
  if (fill->product >= ledger->product_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)fill->product);
  bool is_paid = fill->fee.units >= 0 || fill->liquidity == NEAP_MAKER; /* a maker may be paid */
  if (fill->price.units <= 0 || fill->quantity.units <= 0 || !is_paid)
    return neap_fail(fault, NEAP_INVALID, "fill",
                     "a fill needs a price and a quantity above zero, and of a taker a fee of zero or more");
  return NEAP_OK;
}

/* Splits the fill into what closes and what opens. */
typedef struct portions {
  neap_decimal closed_notional, opened_notional;
} portions;

static neap_status split(const neap_fill *fill, const neap_product *product, const neap_position *position,
                         neap_booking *booking, portions *parts) {
  neap_decimal held = neap_decimal_abs(position->quantity), cost = neap_decimal_abs(position->cost);
  neap_status status = neap_product_notional(product, fill->price, fill->quantity, &booking->notional);
  *parts = (portions){.opened_notional = booking->notional};
  bool reduces = position->quantity.units && (position->quantity.units > 0) != (fill->side == NEAP_BUY);
  if (status != NEAP_OK || !reduces) return status;
  booking->closed_quantity = neap_decimal_min(held, fill->quantity);
  booking->closed_cost = cost;
  if (neap_decimal_cmp(booking->closed_quantity, held) < 0) {
    status = neap_decimal_mul_div(cost, fill->quantity, held, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                                  &booking->closed_cost);
    booking->closed_cost = neap_decimal_min(booking->closed_cost, cost);
  }
  parts->closed_notional = booking->notional;
  if (status == NEAP_OK && neap_decimal_cmp(fill->quantity, held) > 0)
    status = neap_product_notional(product, fill->price, held, &parts->closed_notional);
  parts->opened_notional.units -= parts->closed_notional.units;
  return status;
}

static bool book_position(const neap_fill *fill, const portions *parts, neap_position *position,
                          neap_booking *booking) {
  neap_side held = position->quantity.units > 0 ? NEAP_BUY : NEAP_SELL;
  neap_decimal gain = parts->closed_notional;
  booking->quantity_before = position->quantity;
  if (!subtract(&gain, booking->closed_cost)) return false;
  booking->realized = signed_by(held, gain);
  bool fits = add(&position->quantity, signed_by(fill->side, fill->quantity)) &&
              subtract(&position->cost, signed_by(held, booking->closed_cost)) &&
              add(&position->cost, signed_by(fill->side, parts->opened_notional)) &&
              add(&position->realized, booking->realized) && add(&position->fees, fill->fee);
  if (position->quantity.units == 0)
    position->opened_at = 0;
  else if (parts->opened_notional.units && (booking->quantity_before.units == 0 || booking->closed_quantity.units))
    position->opened_at = fill->time;
  booking->quantity_after = position->quantity;
  booking->cost_after = position->cost;
  return fits;
}

static bool book_cash(const neap_fill *fill, bool pays_notional, neap_decimal cost_change, neap_booking *booking,
                      neap_book *one) {
  booking->fee = fill->fee;
  booking->cash_change = pays_notional ? neap_decimal_neg(signed_by(fill->side, booking->notional)) : booking->realized;
  return subtract(&booking->cash_change, fill->fee) && add(&one->cash, booking->cash_change) &&
         add(&one->realized, booking->realized) && add(&one->fees, fill->fee) &&
         (!pays_notional || add(&one->cost, cost_change));
}

static bool sums_to(const neap_ledger *ledger, uint32_t changed, const neap_book *one, const neap_book *account) {
  neap_decimal sum = one->cash;
  for (uint32_t i = 0; i < ledger->strategy_count; i++)
    if (i != changed && !add(&sum, ledger->books[i].cash)) return false;
  return sum.units == account->cash.units;
}

/* All that a fill changes, worked out beside the ledger. */
typedef struct entry {
  neap_position position;
  neap_booking booking;
  neap_book one, all;
} entry;

static neap_status work_out(const neap_fill *fill, const neap_product *product, const neap_position *position,
                            entry *new) {
  portions parts;
  bool pays = neap_product_pays_notional(product);
  neap_status status = split(fill, product, position, &new->booking, &parts);
  if (status != NEAP_OK) return status;
  if (!book_position(fill, &parts, &new->position, &new->booking)) return NEAP_RANGE;
  neap_decimal cost_change = new->position.cost;
  bool fits = subtract(&cost_change, position->cost) && book_cash(fill, pays, cost_change, &new->booking, &new->one) &&
              book_cash(fill, pays, cost_change, &new->booking, &new->all);
  new->booking.cash_after = new->one.cash;
  return fits ? NEAP_OK : NEAP_RANGE;
}

static neap_status judge(const neap_ledger *ledger, const neap_fill *fill, const neap_product *product,
                         const entry *new, neap_fault *fault) {
  if (!neap_product_allows_short(product) && new->position.quantity.units < 0)
    return neap_fail(fault, NEAP_REFUSED, "spot_short", "%s is spot: the position cannot go below zero", product->id);
  if (neap_book_conserves(&new->one) && neap_book_conserves(&new->all) &&
      sums_to(ledger, fill->strategy, &new->one, &new->all))
    return NEAP_OK;
  return neap_fail(fault, NEAP_BROKEN, "conservation", "fill %llu of order %llu does not conserve cash",
                   (unsigned long long)fill->trade, (unsigned long long)fill->order);
}

neap_status neap_ledger_apply(neap_ledger *ledger, const neap_fill *fill, neap_booking *out, neap_fault *fault) {
  neap_status status = check_fill(ledger, fill, fault);
  if (status != NEAP_OK) return status;
  const neap_product *product = &ledger->products[fill->product];
  neap_position *position = &ledger->positions[(size_t)fill->strategy * ledger->product_count + fill->product];
  entry new = {.position = *position, .one = ledger->books[fill->strategy], .all = ledger->account};
  status = work_out(fill, product, position, &new);
  if (status != NEAP_OK)
    return neap_fail(fault, status, "overflow", "a fill of %s does not fit the ledger", product->id);
  status = judge(ledger, fill, product, &new, fault);
  if (status != NEAP_OK) return status;
  *position = new.position;
  ledger->books[fill->strategy] = new.one;
  ledger->account = new.all;
  *out = new.booking;
  return NEAP_OK;
}

static neap_status check_funding(const neap_ledger *ledger, uint32_t strategy, uint32_t product, int64_t boundary,
                                 neap_fault *fault) {
  if (strategy >= ledger->strategy_count) return unknown_strategy(strategy, fault);
  if (product >= ledger->product_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)product);
  if (ledger->positions[(size_t)strategy * ledger->product_count + product].funded_at >= boundary)
    return neap_fail(fault, NEAP_EXISTS, "funded", "the funding of %s at that boundary is booked already",
                     ledger->products[product].id);
  return NEAP_OK;
}

static bool take_funding(neap_book *book, neap_decimal amount) {
  return add(&book->cash, amount) && add(&book->funding, amount) && neap_book_conserves(book);
}

neap_status neap_ledger_fund(neap_ledger *ledger, uint32_t strategy, uint32_t product, neap_decimal amount,
                             int64_t boundary, neap_fault *fault) {
  neap_status status = check_funding(ledger, strategy, product, boundary, fault);
  if (status != NEAP_OK) return status;
  neap_position *position = &ledger->positions[(size_t)strategy * ledger->product_count + product], after = *position;
  neap_book one = ledger->books[strategy], all = ledger->account;
  after.funded_at = boundary;
  if (!add(&after.funding, amount) || !take_funding(&one, amount) || !take_funding(&all, amount))
    return neap_fail(fault, NEAP_RANGE, "overflow", "a funding of %s does not fit the ledger",
                     ledger->products[product].id);
  *position = after;
  ledger->books[strategy] = one;
  ledger->account = all;
  return NEAP_OK;
}
