/* SPDX-License-Identifier: MIT */
/* product: what may be traded and by which rules: increments, sizes, status, kind. */
#ifndef NEAP_MARKET_PRODUCT_H
#define NEAP_MARKET_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

/* The kind decides what a position is: spot cannot go below zero; margin can, and moves cash by the full notional;
 * perpetual and future hold no asset: only profit, loss and fees move cash. */
typedef enum neap_product_kind { NEAP_SPOT, NEAP_MARGIN, NEAP_PERPETUAL, NEAP_FUTURE } neap_product_kind;

enum neap_product_flag {                                 /* as the venue reports them */
                         NEAP_PRODUCT_DISABLED = 1 << 0, /* is_disabled, trading_disabled, status not "online" */
                         NEAP_PRODUCT_CANCEL_ONLY = 1 << 1,
                         NEAP_PRODUCT_LIMIT_ONLY = 1 << 2,
                         NEAP_PRODUCT_POST_ONLY = 1 << 3,
                         NEAP_PRODUCT_VIEW_ONLY = 1 << 4,
                         NEAP_PRODUCT_AUCTION = 1 << 5
};

typedef struct neap_product {
  char id[40], base[20], quote[20];
  neap_product_kind kind;
  uint32_t flags;
  neap_decimal price_increment, base_increment; /* > 0; their digits sum to at most 16, so price × quantity is exact */
  neap_decimal quote_increment;                 /* zero: none */
  neap_decimal base_min, base_max;              /* order quantity; zero: no limit */
  neap_decimal notional_min, notional_max;      /* order value in quote; zero: no limit */
  neap_decimal contract_size;                   /* base per contract; 1 for all but futures */
  neap_decimal funding_rate;                    /* of a perpetual, a fraction per interval; zero: none */
  int64_t funding_interval;                     /* ns */
} neap_product;

const char *neap_product_kind_name(neap_product_kind kind); /* "spot" … */

/* A product of which nothing is known but its id `BASE-QUOTE`: spot, both increments 0.00000001, no minimum or maximum.
 * An id `BASE-PERP` is quoted in USD. NEAP_INVALID when the id is not two or more non-empty parts of letters and
 * digits. */
neap_status neap_product_init(neap_product *product, const char *id, neap_fault *fault);

/* Sets one fact by its name (kind, price_increment, base_increment, quote_increment, base_min_size, base_max_size,
 * quote_min_size, quote_max_size, quote, contract_size, status flags by name = true|false), as in `--product
 * ID:kind=margin,base_increment=1`. Refuses unknown names (nearest), and values that break a rule (increment ≤ 0, min
 * above max, digits of both increments over 16). */
neap_status neap_product_set(neap_product *product, const char *name, const char *value, neap_fault *fault);

/* Sets several facts, in whatever order keeps the rules between them; the product is untouched when one is refused. A
 * name that comes twice is refused. At most 32. */
neap_status neap_product_set_all(neap_product *product, const char *const *names, const char *const *values,
                                 size_t count, neap_fault *fault);

/* `ID` or `ID:name=value,name=value`, as on the command line. */
neap_status neap_product_parse(const char *text, neap_product *out, neap_fault *fault);

/* The names that neap_product_set knows, NULL-terminated. */
const char *const *neap_product_fact_names(void);
/* The amount with that fact name (price_increment …), or NULL when it is not the name of an amount. */
const neap_decimal *neap_product_amount(const neap_product *product, const char *name);
/* A status flag by its fact name; *known says whether there is such a flag. */
bool neap_product_flag_get(const neap_product *product, const char *name, bool *known);

/* Reads Coinbase's products answer `{"products":[…]}` (or one product object). Facts with too many digits are
 * truncated, counted in *notes.
 * `*out` is a new array of *count products, freed with free(). */
neap_status neap_products_parse(const char *json, size_t length, neap_product **out, size_t *count, size_t *notes,
                                neap_fault *fault);

/* The rules, exact. Each returns NEAP_OK, or NEAP_REFUSED with a code and the nearest valid value:
 * quantity_increment, quantity_min, quantity_max, price_increment, price_positive, notional_min, notional_max. */
neap_status neap_product_check_quantity(const neap_product *product, neap_decimal quantity, neap_fault *fault);
neap_status neap_product_check_price(const neap_product *product, neap_decimal price, neap_fault *fault);
/* The smallest quantity that meets notional_min at this price, rounded up, is `nearest`. */
neap_status neap_product_check_notional(const neap_product *product, neap_decimal quantity, neap_decimal price,
                                        neap_fault *fault);

/* price × quantity × contract_size, exact (NEAP_RANGE when it does not fit). */
neap_status neap_product_notional(const neap_product *product, neap_decimal price, neap_decimal quantity,
                                  neap_decimal *out);
static inline bool neap_product_allows_short(const neap_product *product) { return product->kind != NEAP_SPOT; }
/* Spot and margin pay the whole notional in cash, derivatives only profit and loss. */
static inline bool neap_product_pays_notional(const neap_product *product) {
  return product->kind == NEAP_SPOT || product->kind == NEAP_MARGIN;
}

#endif
