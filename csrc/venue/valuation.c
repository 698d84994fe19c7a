/* SPDX-License-Identifier: MIT */
/* valuation: what one currency is worth in another, by the last prices of the books. A USDC is a USD: the venue
 * converts them so, and their books are one. */
#include <stdio.h>
#include <string.h>

#include "venue/wallet.h"

enum { DIGITS = 16 };

static bool is_dollar(const char *currency) { return !strcmp(currency, "USD") || !strcmp(currency, "USDC"); }

/* The last price of the book BASE-QUOTE; false: there is none. */
static bool last_of(const neap_venue *venue, const char *base, const char *quote, neap_decimal *out) {
  char id[2 * NEAP_VENUE_CURRENCY + 2];
  snprintf(id, sizeof id, "%s-%s", base, quote);
  const neap_venue_product *product = neap_venue_product_named(venue, id);
  if (product && product->alias_of != UINT32_MAX) product = &venue->products[product->alias_of];
  if (!product || product->last <= 0) return false;
  *out = neap_venue_price(product, product->last);
  return true;
}

static bool between(const neap_venue *venue, const char *from, const char *to, neap_decimal *out) {
  neap_decimal price;
  if (last_of(venue, from, to, out)) return true;
  return last_of(venue, to, from, &price) &&
         neap_decimal_div(neap_decimal_from_int(1), price, DIGITS, NEAP_ROUND_HALF_EVEN, out) == NEAP_OK;
}

static bool in_dollars(const neap_venue *venue, const char *currency, neap_decimal *out) {
  if (is_dollar(currency)) return *out = neap_decimal_from_int(1), true;
  return between(venue, currency, "USD", out) || between(venue, currency, "USDC", out);
}

bool neap_venue_rate(const neap_venue *venue, const char *from, const char *to, neap_decimal *out) {
  neap_decimal ours, theirs;
  if (!strcmp(from, to)) return *out = neap_decimal_from_int(1), true;
  if (between(venue, from, to, out)) return true;
  if (!in_dollars(venue, from, &ours) || !in_dollars(venue, to, &theirs)) return false;
  return neap_decimal_div(ours, theirs, DIGITS, NEAP_ROUND_HALF_EVEN, out) == NEAP_OK && !neap_decimal_is_zero(*out);
}

bool neap_venue_worth(const neap_venue *venue, const char *currency, neap_decimal amount, neap_decimal *dollars) {
  neap_decimal price;
  return in_dollars(venue, currency, &price) &&
         neap_decimal_mul(amount, price, DIGITS, NEAP_ROUND_HALF_EVEN, dollars) == NEAP_OK;
}
