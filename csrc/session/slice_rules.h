/* SPDX-License-Identifier: MIT */
/* slice_rules: what becomes of an order that leaves in slices when one of them fills or ends. Pure: the session and
 * replay both go by these, on a list of working orders. */
#ifndef NEAP_SESSION_SLICE_RULES_H
#define NEAP_SESSION_SLICE_RULES_H

#include "account/order.h"

/* The order that this is a slice of; NULL: of none that works. */
neap_order *slice_whole(neap_order *first, const neap_order *slice);
/* The next slice that works, behind `after` (NULL: the first). */
neap_order *slice_next(neap_order *first, const neap_order *whole, const neap_order *after);
neap_slice_rest slice_rest(neap_order *first, const neap_order *whole);
/* A slice is terminal: the plan of its whole goes on. Gives the whole, or NULL. */
neap_order *slice_over(neap_order *first, const neap_order *slice, int64_t now);

#endif
