/* SPDX-License-Identifier: MIT */
/* guards_position: how near positions are to their liquidation, how much they lean on one product, and the figures of
 * all that. */
#include "account/margin.h"
#include "risk/guards.h"

enum { DIGITS = 12 };

static neap_status notional_of(const neap_guard_product *held, neap_decimal *out) {
  *out = NEAP_ZERO;
  if (!held->has_mark || neap_decimal_is_zero(held->position)) return NEAP_OK;
  return neap_product_notional(held->product, held->mark, neap_decimal_abs(held->position), out);
}

static neap_status share_of(neap_decimal part, neap_decimal whole, neap_decimal *out) {
  *out = NEAP_ZERO;
  if (neap_decimal_sign(whole) <= 0) return NEAP_OK;
  return neap_decimal_div(part, whole, DIGITS, NEAP_ROUND_HALF_EVEN, out);
}

/* Of the account, or of one of its books. */
static neap_decimal position_of(const neap_guard_view *view, const neap_guard_book *book, uint32_t product) {
  return book ? book->positions[product] : view->products[product].position;
}

static bool can_be_liquidated(const neap_guard_view *view, const neap_guard_book *book, uint32_t product) {
  const neap_guard_product *held = &view->products[product];
  return neap_product_allows_short(held->product) && held->has_mark &&
         !neap_decimal_is_zero(position_of(view, book, product));
}

/* The price of this product at which equity is maintenance margin; *exists false: there is none. */
static neap_status liquidation_price(const neap_guard_view *view, const neap_guard_book *book, uint32_t product,
                                     neap_decimal *out, bool *exists) {
  neap_margin_holding holdings[NEAP_RISK_PRODUCTS];
  uint32_t count = 0, at = 0;
  for (uint32_t i = 0; i < view->product_count; i++) {
    const neap_guard_product *held = &view->products[i];
    if (!can_be_liquidated(view, book, i)) continue;
    if (i == product) at = count;
    holdings[count++] = (neap_margin_holding){.product = held->product,
                                              .quantity = position_of(view, book, i),
                                              .mark = held->mark,
                                              .max_leverage = neap_decimal_from_int(1),
                                              .maintenance_rate = held->maintenance};
  }
  return neap_liquidation_price_cross(book ? book->equity : view->equity, holdings, count, at, out, exists);
}

neap_status neap_liquidation_buffer(int side, neap_decimal mark, neap_decimal liquidation, neap_decimal *out) {
  neap_decimal distance;
  neap_status status =
      side > 0 ? neap_decimal_sub(mark, liquidation, &distance) : neap_decimal_sub(liquidation, mark, &distance);
  if (status == NEAP_OK && neap_decimal_sign(distance) < 0) distance = NEAP_ZERO;
  if (status == NEAP_OK) status = neap_decimal_div(distance, mark, DIGITS, NEAP_ROUND_DOWN, out);
  if (status == NEAP_OK && side > 0) *out = neap_decimal_min(*out, neap_decimal_from_int(1));
  return status;
}

neap_status neap_liquidation_level(neap_decimal buffer, neap_decimal least, neap_guard_level before,
                                   neap_guard_level *out) {
  neap_decimal safe;
  *out = NEAP_GUARD_CLEAR;
  neap_status status = neap_decimal_mul_div(least, neap_decimal_from_int(4), neap_decimal_from_int(3), DIGITS,
                                            NEAP_ROUND_HALF_EVEN, &safe);
  if (status != NEAP_OK || neap_decimal_cmp(buffer, safe) > 0) return status;
  bool is_critical = neap_decimal_cmp(buffer, least) <= 0;
  *out = is_critical || before == NEAP_GUARD_REDUCE_ONLY ? NEAP_GUARD_REDUCE_ONLY : NEAP_GUARD_HELD;
  return NEAP_OK;
}

/* Lowers *out to this book's buffer. */
static neap_status narrow(const neap_guard_view *view, const neap_guard_book *book, uint32_t product,
                          neap_decimal *out) {
  neap_decimal price, buffer;
  bool exists;
  if (!can_be_liquidated(view, book, product)) return NEAP_OK;
  neap_status status = liquidation_price(view, book, product, &price, &exists);
  if (status != NEAP_OK || !exists) return status;
  int side = neap_decimal_sign(position_of(view, book, product));
  status = neap_liquidation_buffer(side, view->products[product].mark, price, &buffer);
  if (status == NEAP_OK) *out = neap_decimal_min(*out, buffer);
  return status;
}

/* The nearest of the account and its books. */
neap_status neap_guard_liquidation(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  neap_guard_level before = view->state->product[product][NEAP_GUARD_LIQUIDATION].level;
  const neap_decimal one = neap_decimal_from_int(1);
  *out = (neap_guard_verdict){.limit = view->limits->min_liquidation_buffer_pct, .input = one};
  neap_status status = narrow(view, NULL, product, &out->input);
  for (uint32_t i = 0; status == NEAP_OK && i < view->book_count; i++)
    status = narrow(view, &view->books[i], product, &out->input);
  if (status != NEAP_OK || neap_decimal_cmp(out->input, one) == 0) return status;
  return neap_liquidation_level(out->input, out->limit, before, &out->level);
}

typedef struct book_sums {
  neap_decimal total, largest;
  uint32_t positions;
} book_sums;

static neap_status sum_book(const neap_guard_view *view, book_sums *out) {
  neap_decimal notional;
  neap_status status = NEAP_OK;
  *out = (book_sums){.positions = 0};
  for (uint32_t i = 0; status == NEAP_OK && i < view->product_count; i++) {
    status = notional_of(&view->products[i], &notional);
    if (status == NEAP_OK) status = neap_decimal_add(out->total, notional, &out->total);
    out->largest = neap_decimal_max(out->largest, notional);
    out->positions += neap_decimal_sign(notional) > 0;
  }
  return status;
}

static neap_status hhi_of(const neap_guard_view *view, neap_decimal total, neap_decimal *out) {
  neap_decimal notional, share, square;
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (uint32_t i = 0; status == NEAP_OK && i < view->product_count; i++) {
    status = notional_of(&view->products[i], &notional);
    if (status == NEAP_OK) status = share_of(notional, total, &share);
    if (status == NEAP_OK) status = neap_decimal_mul(share, share, DIGITS, NEAP_ROUND_HALF_EVEN, &square);
    if (status == NEAP_OK) status = neap_decimal_add(*out, square, out);
  }
  return status;
}

neap_status neap_guard_concentration(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  book_sums sums;
  neap_decimal own;
  *out = (neap_guard_verdict){.limit = view->limits->max_concentration_hhi};
  neap_status status = sum_book(view, &sums);
  if (status == NEAP_OK) status = notional_of(&view->products[product], &own);
  if (status != NEAP_OK || sums.positions < 2) return status;
  status = hhi_of(view, sums.total, &out->input);
  bool is_largest = neap_decimal_cmp(own, sums.largest) == 0;
  if (status == NEAP_OK && is_largest && neap_decimal_cmp(out->input, out->limit) > 0) out->level = NEAP_GUARD_HELD;
  return status;
}

neap_status neap_guard_correlation(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  const neap_guard_product *own = &view->products[product];
  int side = neap_decimal_sign(own->position);
  *out = (neap_guard_verdict){.limit = view->limits->max_correlation};
  if (!side || !own->closes) return NEAP_OK;
  for (uint32_t i = 0; i < view->product_count; i++) {
    const neap_guard_product *other = &view->products[i];
    double value;
    neap_decimal together;
    int way = side * neap_decimal_sign(other->position);
    if (i == product || !way || !other->closes || !neap_correlation(own->closes, other->closes, &value)) continue;
    neap_status status = neap_decimal_from_double(value * way, DIGITS, &together, NULL);
    if (status != NEAP_OK) return status;
    out->input = neap_decimal_max(out->input, together);
  }
  if (neap_decimal_cmp(out->input, out->limit) > 0) out->level = NEAP_GUARD_HELD;
  return NEAP_OK;
}

static neap_status daily_figures(const neap_guard_view *view, neap_risk_metrics *out) {
  neap_guard_verdict loss;
  neap_status status = neap_guard_daily_loss(view, 0, &loss);
  out->daily_pnl = neap_decimal_neg(loss.input);
  return status == NEAP_OK ? share_of(out->daily_pnl, view->state->day_equity, &out->daily_pnl_pct) : status;
}

neap_status neap_risk_metrics_of(const neap_guard_view *view, neap_risk_metrics *out) {
  book_sums sums;
  *out = (neap_risk_metrics){.equity = view->equity};
  neap_status status = sum_book(view, &sums);
  out->total_notional = sums.total;
  if (status == NEAP_OK) status = share_of(sums.total, view->equity, &out->exposure);
  if (status == NEAP_OK) status = share_of(sums.largest, view->equity, &out->max_leverage);
  return status == NEAP_OK ? daily_figures(view, out) : status;
}
