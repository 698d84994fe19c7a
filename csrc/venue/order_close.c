/* SPDX-License-Identifier: MIT */
/* order_close: a position in a derivative is closed by a market order of the other side that may only reduce it. */
#include <stdio.h>
#include <stdlib.h>

#include "venue/orders_state.h"
#include "venue/wallet.h"

enum { DETAILS = 80 };

/* {"market_market_ioc":{"base_size":…,"reduce_only":true}} */
static neap_json *configuration(const neap_venue_product *product, const char *size, int64_t contracts) {
  neap_buffer buffer;
  neap_json_writer json;
  neap_json *read = NULL;
  neap_buffer_init(&buffer);
  neap_json_begin(&json, &buffer);
  neap_json_object(&json, NULL);
  neap_json_object(&json, neap_venue_kind_key(NEAP_MARKET_IOC));
  if (size && *size)
    neap_json_string(&json, "base_size", size);
  else
    neap_json_decimal(&json, "base_size", neap_venue_size(product, contracts < 0 ? -contracts : contracts));
  neap_json_bool(&json, "reduce_only", true);
  neap_json_end_object(&json);
  neap_json_end_object(&json);
  if (buffer.status == NEAP_OK) neap_json_parse((const char *)buffer.data, buffer.size, &read, NULL);
  neap_buffer_fini(&buffer);
  return read;
}

static int64_t contracts_of(neap_venue *venue, uint32_t portfolio, const neap_venue_product *product) {
  neap_venue_position *position = neap_venue_position_of(venue, portfolio, (uint32_t)(product - venue->products));
  return position ? position->contracts : 0;
}

static neap_order_no check(const char *client_id, const char *product, const neap_venue_product *closed,
                           int64_t contracts, char details[DETAILS]) {
  if (!neap_order_is_client_id(client_id, details, DETAILS)) return NEAP_NO_SHAPE;
  if (!product) return snprintf(details, DETAILS, "product_id is a string"), NEAP_NO_SHAPE;
  if (!closed) return NEAP_NO_PRODUCT;
  return contracts ? NEAP_FINE : NEAP_NO_POSITION;
}

neap_venue_order *neap_venue_position_close(neap_venue *venue, uint32_t portfolio, const char *client_id,
                                            const char *product, const char *size, bool *is_old,
                                            neap_venue_refusal *refusal) {
  char details[DETAILS] = "";
  neap_venue_order *old = client_id ? neap_venue_order_of_client(venue, portfolio, client_id) : NULL;
  const neap_venue_product *closed = product ? neap_venue_product_named(venue, product) : NULL;
  *is_old = old != NULL;
  if (old && !venue->options.refuses_reused_ids) return old;
  int64_t contracts = closed ? contracts_of(venue, portfolio, closed) : 0;
  neap_order_no no = check(client_id, product, closed, contracts, details);
  neap_json *json = no == NEAP_FINE ? configuration(closed, size, contracts) : NULL;
  if (no == NEAP_FINE && !json) no = NEAP_NO_MEMORY;
  if (no != NEAP_FINE) return neap_order_refuse(refusal, no, details), NULL;
  neap_venue_ask ask = {.portfolio = portfolio, .client_id = client_id, .product_id = product};
  ask.side = contracts > 0 ? "SELL" : "BUY", ask.configuration = neap_json_root(json);
  neap_venue_order *order = neap_venue_order_create(venue, &ask, is_old, refusal);
  neap_json_free(json);
  return order;
}
