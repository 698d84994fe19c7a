/* SPDX-License-Identifier: MIT */
/* order_write: an order and a fill as REST tells them. */
#ifndef NEAP_VENUE_ORDER_WRITE_H
#define NEAP_VENUE_ORDER_WRITE_H

#include "venue/venue_state.h"

/* `in_list`: with the cursor that items of lists carry. */
void neap_venue_write_order(neap_json_writer *writer, const char *key, const neap_venue *venue,
                            const neap_venue_order *order, bool in_list);
void neap_venue_write_fill(neap_json_writer *writer, const char *key, const neap_venue *venue,
                           const neap_venue_fill *fill);

/* Figures of an order, for whoever tells them elsewhere. */
neap_decimal neap_venue_order_average(const neap_venue *venue,
                                      const neap_venue_order *order);    /* price; zero: no fill */
neap_decimal neap_venue_order_after_fees(const neap_venue_order *order); /* a buy: value + fees; a sell: value − fees */
/* "0", "33.33", "100.00"; rounded down, so that only a whole order is 100. */
void neap_venue_order_completion(const neap_venue_order *order, char out[NEAP_DECIMAL_TEXT]);
const char *neap_venue_trigger_word(const neap_venue_order *order); /* "INVALID_ORDER_TYPE" "STOP_PENDING" … */

#endif
