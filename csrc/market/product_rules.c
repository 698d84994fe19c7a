/* SPDX-License-Identifier: MIT */
/* product_rules: whether a quantity, a price or an order value is acceptable, and what the nearest acceptable one is.
 */
#include <stdio.h>

#include "market/product.h"

typedef struct finding {
  const char *code, *what, *relation; /* "quantity" "is below the minimum" */
  neap_decimal value, bound, nearest;
  const char *unit;
} finding;

static neap_status refuse(const neap_product *product, const finding *found, neap_fault *fault) {
  char value[NEAP_DECIMAL_TEXT], bound[NEAP_DECIMAL_TEXT], nearest[NEAP_DECIMAL_TEXT];
  neap_decimal_format(found->value, value);
  neap_decimal_format(found->bound, bound);
  neap_decimal_format(found->nearest, nearest);
  neap_fail(fault, NEAP_REFUSED, found->code, "%s %s %s %s %s %s", found->what, value, found->unit, found->relation,
            bound, found->unit);
  neap_fault_set_where(fault, "%s", product->id);
  neap_fault_set_nearest(fault, nearest);
  return NEAP_REFUSED;
}

static bool is_multiple(neap_decimal value, neap_decimal increment) {
  return increment.units == 0 || value.units % increment.units == 0;
}

static neap_decimal rounded(neap_decimal value, neap_decimal increment, neap_rounding rounding) {
  neap_decimal out = value;
  return neap_decimal_quantize(value, increment, rounding, &out) == NEAP_OK ? out : value;
}

/* The smallest quantity that may be ordered. */
static neap_decimal smallest_quantity(const neap_product *product) {
  neap_decimal least = neap_decimal_max(product->base_min, product->base_increment);
  return rounded(least, product->base_increment, NEAP_ROUND_CEILING);
}

static neap_status refuse_quantity(const neap_product *product, neap_decimal quantity, neap_fault *fault) {
  neap_decimal least = smallest_quantity(product), down = rounded(quantity, product->base_increment, NEAP_ROUND_FLOOR);
  if (quantity.units <= 0 || quantity.units < product->base_min.units)
    return refuse(product,
                  &(finding){"quantity_min", "quantity", "is below the minimum", quantity, least, least, product->base},
                  fault);
  if (product->base_max.units && quantity.units > product->base_max.units)
    return refuse(product,
                  &(finding){"quantity_max", "quantity", "is above the maximum", quantity, product->base_max,
                             rounded(product->base_max, product->base_increment, NEAP_ROUND_FLOOR), product->base},
                  fault);
  return refuse(product,
                &(finding){"quantity_increment", "quantity", "is not a multiple of", quantity, product->base_increment,
                           neap_decimal_max(down, least), product->base},
                fault);
}

neap_status neap_product_check_quantity(const neap_product *product, neap_decimal quantity, neap_fault *fault) {
  bool is_low = quantity.units <= 0 || quantity.units < product->base_min.units;
  bool is_high = product->base_max.units && quantity.units > product->base_max.units;
  if (!is_low && !is_high && is_multiple(quantity, product->base_increment)) return NEAP_OK;
  return refuse_quantity(product, quantity, fault);
}

static neap_status refuse_price(const neap_product *product, neap_decimal price, neap_fault *fault) {
  neap_decimal increment = product->price_increment, near = rounded(price, increment, NEAP_ROUND_HALF_EVEN);
  if (price.units <= 0)
    return refuse(product,
                  &(finding){"price_positive", "price", "is not above", price, NEAP_ZERO, increment, product->quote},
                  fault);
  return refuse(product,
                &(finding){"price_increment", "price", "is not a multiple of", price, increment,
                           neap_decimal_max(near, increment), product->quote},
                fault);
}

neap_status neap_product_check_price(const neap_product *product, neap_decimal price, neap_fault *fault) {
  bool is_sound = price.units > 0 && is_multiple(price, product->price_increment);
  return is_sound ? NEAP_OK : refuse_price(product, price, fault);
}

/* The quantity whose value at `price` is `notional`, rounded to the increment. */
static neap_decimal quantity_for(const neap_product *product, neap_decimal notional, neap_decimal price,
                                 neap_rounding rounding) {
  neap_decimal unit = price, quantity = NEAP_ZERO;
  if (neap_decimal_mul(price, product->contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &unit))
    return quantity;
  if (neap_decimal_div(notional, unit, NEAP_DECIMAL_DIGITS, rounding, &quantity)) return NEAP_ZERO;
  return rounded(quantity, product->base_increment, rounding);
}

static neap_status refuse_notional(const neap_product *product, neap_decimal notional, neap_decimal price, bool small,
                                   neap_fault *fault) {
  finding result = {.what = "order value", .value = notional, .unit = product->quote};
  result.code = small ? "notional_min" : "notional_max";
  result.relation = small ? "is below the minimum" : "is above the maximum";
  result.bound = small ? product->notional_min : product->notional_max;
  result.nearest = quantity_for(product, result.bound, price, small ? NEAP_ROUND_CEILING : NEAP_ROUND_FLOOR);
  return refuse(product, &result, fault);
}

neap_status neap_product_check_notional(const neap_product *product, neap_decimal quantity, neap_decimal price,
                                        neap_fault *fault) {
  neap_decimal notional;
  if (neap_product_notional(product, price, quantity, &notional))
    return neap_fail(fault, NEAP_REFUSED, "notional_max", "order value does not fit: price and quantity are too large");
  if (notional.units < product->notional_min.units) return refuse_notional(product, notional, price, true, fault);
  if (product->notional_max.units && notional.units > product->notional_max.units)
    return refuse_notional(product, notional, price, false, fault);
  return NEAP_OK;
}

neap_status neap_product_notional(const neap_product *product, neap_decimal price, neap_decimal quantity,
                                  neap_decimal *out) {
  neap_decimal value;
  neap_status status = neap_decimal_mul(price, quantity, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &value);
  if (status) return status;
  if (product->contract_size.units == neap_decimal_from_int(1).units) return *out = value, NEAP_OK;
  return neap_decimal_mul(value, product->contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, out);
}
