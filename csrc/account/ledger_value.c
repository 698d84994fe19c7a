/* SPDX-License-Identifier: MIT */
/* ledger_value: what the ledger holds and is worth, the whole check, and the record of a fill. */
#include <string.h>

#include "account/ledger_state.h"
#include "base/record.h"

static bool add(neap_decimal *total, neap_decimal value) { return neap_decimal_add(*total, value, total) == NEAP_OK; }

static const neap_position *row(const neap_ledger *ledger, uint32_t strategy) {
  return &ledger->positions[(size_t)strategy * ledger->product_count];
}

const neap_position *neap_ledger_position(const neap_ledger *ledger, uint32_t strategy, uint32_t product) {
  bool known = strategy < ledger->strategy_count && product < ledger->product_count;
  return known ? row(ledger, strategy) + product : NULL;
}

neap_decimal neap_ledger_cash(const neap_ledger *ledger, uint32_t strategy) {
  return strategy < ledger->strategy_count ? ledger->books[strategy].cash : NEAP_ZERO;
}

neap_decimal neap_ledger_account_cash(const neap_ledger *ledger) { return ledger->account.cash; }
const char *neap_ledger_currency(const neap_ledger *ledger) { return ledger->currency; }

/* A mark may be finer than the product's increment, so that its product is rounded, once, at the last digit. */
static neap_status worth(const neap_product *product, neap_decimal quantity, neap_decimal mark, neap_decimal *out) {
  const unsigned digits = NEAP_DECIMAL_DIGITS;
  if (product->contract_size.units == neap_decimal_from_int(1).units)
    return neap_decimal_mul(mark, quantity, digits, NEAP_ROUND_HALF_EVEN, out);
  neap_status status = neap_decimal_mul(quantity, product->contract_size, digits, NEAP_ROUND_HALF_EVEN, &quantity);
  return status == NEAP_OK ? neap_decimal_mul(mark, quantity, digits, NEAP_ROUND_HALF_EVEN, out) : status;
}

neap_status neap_position_unrealized(const neap_position *position, const neap_product *product, neap_decimal mark,
                                     neap_decimal *out) {
  neap_decimal value;
  neap_status status = worth(product, position->quantity, mark, &value);
  return status == NEAP_OK ? neap_decimal_sub(value, position->cost, out) : status;
}

neap_status neap_ledger_equity(const neap_ledger *ledger, uint32_t strategy, const neap_decimal *marks,
                               neap_decimal *out) {
  if (strategy >= ledger->strategy_count) return NEAP_INVALID;
  const neap_position *positions = row(ledger, strategy);
  neap_decimal total = ledger->books[strategy].cash;
  for (uint32_t i = 0; i < ledger->product_count; i++) {
    neap_decimal value;
    if (positions[i].quantity.units == 0) continue;
    neap_status status = neap_product_pays_notional(&ledger->products[i])
                             ? worth(&ledger->products[i], positions[i].quantity, marks[i], &value)
                             : neap_position_unrealized(&positions[i], &ledger->products[i], marks[i], &value);
    if (status != NEAP_OK) return status;
    if (!add(&total, value)) return NEAP_RANGE;
  }
  *out = total;
  return NEAP_OK;
}

neap_status neap_ledger_exposure(const neap_ledger *ledger, uint32_t strategy, const neap_decimal *marks,
                                 neap_decimal *out) {
  if (strategy >= ledger->strategy_count) return NEAP_INVALID;
  const neap_position *positions = row(ledger, strategy);
  neap_decimal total = NEAP_ZERO;
  for (uint32_t i = 0; i < ledger->product_count; i++) {
    neap_decimal value;
    if (positions[i].quantity.units == 0) continue;
    neap_status status = worth(&ledger->products[i], positions[i].quantity, marks[i], &value);
    if (status != NEAP_OK) return status;
    if (!add(&total, neap_decimal_abs(value))) return NEAP_RANGE;
  }
  *out = total;
  return NEAP_OK;
}

bool neap_book_conserves(const neap_book *book) {
  neap_decimal expected = book->deposits;
  return add(&expected, book->realized) && add(&expected, neap_decimal_neg(book->fees)) &&
         add(&expected, book->funding) && add(&expected, neap_decimal_neg(book->cost)) &&
         expected.units == book->cash.units;
}

/* Does the book say the same as its positions? */
static bool agrees(const neap_ledger *ledger, uint32_t strategy) {
  const neap_position *positions = row(ledger, strategy);
  neap_book sum = {0};
  for (uint32_t i = 0; i < ledger->product_count; i++) {
    bool pays = neap_product_pays_notional(&ledger->products[i]);
    if (!add(&sum.realized, positions[i].realized) || !add(&sum.fees, positions[i].fees)) return false;
    if (!add(&sum.funding, positions[i].funding)) return false;
    if (pays && !add(&sum.cost, positions[i].cost)) return false;
  }
  const neap_book *book = &ledger->books[strategy];
  return sum.realized.units == book->realized.units && sum.fees.units == book->fees.units &&
         sum.funding.units == book->funding.units && sum.cost.units == book->cost.units && neap_book_conserves(book);
}

neap_decimal neap_ledger_deposits(const neap_ledger *ledger, uint32_t strategy) {
  return strategy < ledger->strategy_count ? ledger->books[strategy].deposits : NEAP_ZERO;
}

/* cash = deposits + realized − fees + funding − cost */
static bool take_positions(const neap_ledger *ledger, const neap_position *positions, neap_book *book) {
  for (uint32_t i = 0; i < ledger->product_count; i++) {
    bool pays = neap_product_pays_notional(&ledger->products[i]);
    if (!add(&book->realized, positions[i].realized) || !add(&book->fees, positions[i].fees)) return false;
    if (!add(&book->funding, positions[i].funding)) return false;
    if (pays && !add(&book->cost, positions[i].cost)) return false;
  }
  book->cash = book->deposits;
  return add(&book->cash, book->realized) && add(&book->cash, neap_decimal_neg(book->fees)) &&
         add(&book->cash, book->funding) && add(&book->cash, neap_decimal_neg(book->cost));
}

static bool add_book(neap_book *sum, const neap_book *one) {
  return add(&sum->cash, one->cash) && add(&sum->deposits, one->deposits) && add(&sum->realized, one->realized) &&
         add(&sum->fees, one->fees) && add(&sum->funding, one->funding) && add(&sum->cost, one->cost);
}

static bool is_untouched(const neap_ledger *ledger, uint32_t strategy) {
  const neap_book *book = &ledger->books[strategy];
  return book->deposits.units == 0 && book->realized.units == 0 && book->fees.units == 0 && book->funding.units == 0 &&
         book->cost.units == 0;
}

neap_status neap_ledger_restore(neap_ledger *ledger, uint32_t strategy, neap_decimal deposits,
                                const neap_position *positions, neap_fault *fault) {
  neap_book book = {.deposits = deposits}, all = ledger->account;
  if (strategy >= ledger->strategy_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_strategy", "there is no strategy %u", (unsigned)strategy);
  if (!is_untouched(ledger, strategy))
    return neap_fail(fault, NEAP_EXISTS, "booked", "strategy %u has something booked already", (unsigned)strategy);
  if (!take_positions(ledger, positions, &book) || !add_book(&all, &book))
    return neap_fail(fault, NEAP_RANGE, "overflow", "the amounts of strategy %u do not fit", (unsigned)strategy);
  memcpy(&ledger->positions[(size_t)strategy * ledger->product_count], positions,
         ledger->product_count * sizeof *positions);
  ledger->books[strategy] = book;
  ledger->account = all;
  return NEAP_OK;
}

static bool same_book(const neap_book *a, const neap_book *b) {
  return a->cash.units == b->cash.units && a->deposits.units == b->deposits.units &&
         a->realized.units == b->realized.units && a->fees.units == b->fees.units &&
         a->funding.units == b->funding.units && a->cost.units == b->cost.units;
}

neap_status neap_ledger_check(const neap_ledger *ledger, neap_fault *fault) {
  neap_book sum = {0};
  for (uint32_t i = 0; i < ledger->strategy_count; i++)
    if (!agrees(ledger, i) || !add_book(&sum, &ledger->books[i]))
      return neap_fail(fault, NEAP_BROKEN, "conservation", "the cash of strategy %u is not its deposits and its fills",
                       (unsigned)i);
  if (!same_book(&sum, &ledger->account) || !neap_book_conserves(&ledger->account))
    return neap_fail(fault, NEAP_BROKEN, "conservation", "the strategies do not sum to the account");
  return NEAP_OK;
}

static void put_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

void neap_fill_record(const neap_fill *fill, const neap_booking *booking, neap_buffer *out) {
  neap_record_int(out, "order", (int64_t)fill->order);
  neap_record_int(out, "trade", (int64_t)fill->trade);
  if (fill->strategy) neap_record_int(out, "seat", fill->strategy);
  neap_record_text(out, "side", neap_side_name(fill->side));
  neap_record_decimal(out, "price", fill->price);
  neap_record_decimal(out, "quantity", fill->quantity);
  neap_record_text(out, "liquidity", neap_liquidity_name(fill->liquidity));
  neap_record_time(out, "time", fill->time);
  neap_record_decimal(out, "notional", booking->notional);
  put_amount(out, "fee", fill->fee);
  put_amount(out, "fee_bps", fill->fee_bps);
  if (fill->fee_tier) neap_record_int(out, "fee_tier", fill->fee_tier);
  put_amount(out, "realized", booking->realized);
  neap_record_decimal(out, "position", booking->quantity_after);
  put_amount(out, "cost", booking->cost_after);
  neap_record_decimal(out, "cash", booking->cash_after);
}
