/* SPDX-License-Identifier: MIT */
/* order_filter: what a list of orders or fills is asked for: read once from the query, then put to each. */
#ifndef NEAP_VENUE_ORDER_FILTER_H
#define NEAP_VENUE_ORDER_FILTER_H

#include "venue/rest.h"

typedef struct neap_order_filter {
  const neap_rest_call *call;
  unsigned asked;              /* a bit for each name that the query has */
  int64_t from, until;         /* of the creation, of the trade; until 0: no end */
  bool is_future, is_expiring; /* what contract_expiry_type says, where product_type is FUTURE */
  bool is_live;                /* every status that is asked for is one of an order that is not over */
} neap_order_filter;

/* The filters of orders/historical/batch. false: an answer 400 was written. */
bool neap_order_filter_read(neap_rest_call *call, neap_order_filter *out);
bool neap_order_filter_has(const neap_order_filter *filter, const neap_venue *venue, const neap_venue_order *order);

/* Those of orders/historical/fills. */
bool neap_fill_filter_read(neap_rest_call *call, neap_order_filter *out);
bool neap_fill_filter_has(const neap_order_filter *filter, const neap_venue *venue, const neap_venue_fill *fill);

#endif
