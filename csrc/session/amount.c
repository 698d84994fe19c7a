/* SPDX-License-Identifier: MIT */
/* amount: numbers of an order field become exact: a float goes to the increment, an exact number stays as it was given
 * (the engine judges it). */
#include "session/session_state.h"

enum { MONEY_DIGITS = 8 };

static neap_status from_float(const neap_amount *amount, amount_use use, const neap_product *product, neap_side side,
                              neap_decimal *out, const char **note, neap_fault *fault) {
  if (use == AMOUNT_MONEY || use == AMOUNT_SHARE)
    return neap_decimal_from_double(amount->approximate, use == AMOUNT_MONEY ? MONEY_DIGITS : NEAP_DECIMAL_DIVISION,
                                    out, fault);
  neap_snap how = NEAP_SNAP_EXACT;
  neap_decimal increment = use == AMOUNT_PRICE ? product->price_increment : product->base_increment;
  neap_rounding passive = use == AMOUNT_QUANTITY ? NEAP_ROUND_DOWN
                          : side == NEAP_BUY     ? NEAP_ROUND_FLOOR
                                                 : NEAP_ROUND_CEILING;
  neap_status status = neap_decimal_snap(amount->approximate, increment, passive, out, &how, fault);
  if (status == NEAP_OK && how == NEAP_SNAP_NEAR) *note = "float within 1e-9 of the increment";
  if (status == NEAP_OK && how == NEAP_SNAP_ROUNDED)
    *note = use == AMOUNT_QUANTITY ? "float, rounded down to the increment" : "float, rounded to the passive side";
  return status;
}

neap_status amount_resolve(const neap_amount *amount, amount_use use, const neap_product *product, neap_side side,
                           const char *field, neap_decimal *out, const char **note, neap_fault *fault) {
  *out = amount->exact;
  neap_status status = NEAP_OK;
  if (amount->kind == NEAP_AMOUNT_NONE) return *out = NEAP_ZERO, NEAP_OK;
  if (amount->kind == NEAP_AMOUNT_FLOAT) status = from_float(amount, use, product, side, out, note, fault);
  if (status != NEAP_OK) neap_fault_set_where(fault, "%s", field);
  return status;
}
