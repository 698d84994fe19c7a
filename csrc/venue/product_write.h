/* SPDX-License-Identifier: MIT */
/* product_write: a product as REST tells it: each member that its list had, in the list's order; what moves is the
 * venue's, all else as it was read. */
#ifndef NEAP_VENUE_PRODUCT_WRITE_H
#define NEAP_VENUE_PRODUCT_WRITE_H

#include "venue/venue_state.h"

/* `tells_view_only`: the member is false unless it was asked for (get_tradability_status). */
void neap_venue_write_product(neap_json_writer *writer, const char *key, neap_venue *venue, neap_venue_product *product,
                              bool tells_view_only);

/* What a list by volume is sorted by: 24 hours in quote. */
neap_decimal neap_venue_quote_volume(neap_venue *venue, neap_venue_product *product);

/* The best price of a side of its book; 0: none. */
int64_t neap_venue_best(neap_venue *venue, neap_venue_product *product, neap_side side);
/* Between the best prices, at half an increment too. false: a side is empty. */
bool neap_venue_mid(neap_venue *venue, neap_venue_product *product, neap_decimal *out);

/* A text member of what the list had; "": absent. */
const char *neap_venue_listed_text(const neap_json_value *object, const char *name);
/* The object of a contract's facts; NULL: it is none. */
const neap_json_value *neap_venue_contract_of(const neap_venue_product *product);
/* When a contract ends, ns; INT64_MAX: never. */
int64_t neap_venue_expiry_of(const neap_venue_product *product);

#endif
