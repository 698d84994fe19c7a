/* SPDX-License-Identifier: MIT */
/* order_policy: which orders may be asked for at all: by kind (type and time in force) a capability, by product a
 * policy (engines B8). Data in, verdict out: pure, exact, and asking spends nothing. Bounds are inclusive. */
#ifndef NEAP_RISK_ORDER_POLICY_H
#define NEAP_RISK_ORDER_POLICY_H

#include "account/order.h"
#include "market/product.h"

typedef enum neap_order_support {
  NEAP_ORDER_NO_CAPABILITY, /* nobody spoke of this kind */
  NEAP_ORDER_UNSUPPORTED,
  NEAP_ORDER_GATED, /* until it is enabled */
  NEAP_ORDER_SUPPORTED
} neap_order_support;

typedef struct neap_order_capability { /* of a kind of orders; amounts of zero: no bound */
  neap_order_support support;
  bool post_only, reduce_only;
  neap_decimal min_quantity, max_quantity, max_notional;
  int64_t rate_per_minute; /* orders of a product in 60 s; 0: no bound */
} neap_order_capability;

typedef struct neap_symbol_policy { /* of a product; amounts of zero: no bound */
  neap_product rules;               /* its id, sizes and increments, judged as the venue's are (market/product_rules) */
  neap_decimal max_position;        /* base, either side */
  neap_decimal max_daily_volume;    /* quote, in a day of UTC */
  neap_decimal spread_threshold_bps; /* over it the recommender rests */
  bool trading_enabled, reduce_only_mode, requires_post_only;
} neap_symbol_policy;

enum { NEAP_POLICY_SYMBOLS = 64, NEAP_POLICY_TYPES = NEAP_TRAILING_STOP + 1, NEAP_POLICY_TIMES = NEAP_FOK + 1 };

typedef struct neap_order_policy {
  bool is_paper; /* a simulator, which holds no stop until a date */
  uint32_t count;
  neap_symbol_policy symbol[NEAP_POLICY_SYMBOLS];
  neap_order_capability capability[NEAP_POLICY_TYPES][NEAP_POLICY_TIMES];
} neap_order_policy;

typedef struct neap_order_question {
  const char *product;
  neap_order_type type;
  neap_time_in_force time_in_force;
  neap_side side;
  bool post_only, reduce_only;
  bool is_by_amount; /* the quantity is found at the fill: then it is in the product's increments */
  neap_decimal quantity;
  neap_decimal price;    /* zero: none, its increment is not asked */
  neap_decimal value;    /* in quote; zero: not known, which is over a volume of the day */
  neap_decimal position; /* signed, with what works on the order's side */
  neap_decimal traded;   /* today, in quote, with what works */
  uint64_t recent;       /* orders of this product in the last minute */
} neap_order_question;

typedef struct neap_order_verdict {
  const char *code, *note; /* static; code NULL: allowed */
  bool has_input, has_limit;
  neap_decimal input, limit; /* of sizes and prices the limit is the nearest that is allowed */
} neap_order_verdict;

/* NULL: there is none for the product. */
const neap_symbol_policy *neap_order_policy_find(const neap_order_policy *policy, const char *product);
/* In the order of engines B8.3, then the rate: until one refuses. */
void neap_order_policy_ask(const neap_order_policy *policy, const neap_order_question *question,
                           neap_order_verdict *out);

#endif
