/* SPDX-License-Identifier: MIT */
/* history: what the lists of a portfolio's orders and fills are walked by. */
#include "venue/orders.h"

static neap_status append(uint64_t **numbers, size_t *count, size_t *size, uint64_t number) {
  uint64_t *fresh = neap_venue_push(numbers, count, size, sizeof number);
  if (!fresh) return NEAP_MEMORY;
  *fresh = number;
  return NEAP_OK;
}

neap_status neap_venue_index_order(neap_venue *venue, const neap_venue_order *order) {
  neap_venue_portfolio *portfolio = &venue->portfolios[order->portfolio];
  neap_status status = append(&portfolio->orders, &portfolio->order_count, &portfolio->order_size, order->number);
  if (status == NEAP_OK)
    status = append(&portfolio->live, &portfolio->live_count, &portfolio->live_size, order->number);
  return status;
}

void neap_venue_prune_live(const neap_venue *venue, neap_venue_portfolio *portfolio) {
  size_t kept = 0;
  for (size_t i = 0; i < portfolio->live_count; i++)
    if (!neap_venue_order_is_over(venue->orders[portfolio->live[i] - 1])) portfolio->live[kept++] = portfolio->live[i];
  portfolio->live_count = kept;
}

neap_status neap_venue_index_fill(neap_venue *venue, neap_venue_fill *fill) {
  neap_venue_order *order = venue->orders[fill->order - 1];
  neap_venue_portfolio *portfolio = &venue->portfolios[order->portfolio];
  fill->before = order->newest_fill;
  order->newest_fill = fill->number;
  return append(&portfolio->fills, &portfolio->fill_count, &portfolio->fill_size, fill->number);
}
