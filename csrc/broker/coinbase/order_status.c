/* SPDX-License-Identifier: MIT */
/* order_status: the venue's words for where an order is. */
#include <string.h>

#include "broker/coinbase/order_map.h"

static neap_order_status refine(neap_order_status status, bool has_fills, bool is_cancelling) {
  if (status == NEAP_ORDER_REJECTED && has_fills) return NEAP_ORDER_CANCELLED;
  if (status != NEAP_ORDER_OPEN) return status;
  if (is_cancelling) return NEAP_ORDER_CANCEL_PENDING;
  return has_fills ? NEAP_ORDER_PARTIALLY_FILLED : NEAP_ORDER_OPEN;
}

bool neap_coinbase_status(const char *word, bool has_fills, bool is_cancelling, neap_order_status *out) {
  static const struct {
    const char *word;
    neap_order_status status;
  } words[] = {{"PENDING", NEAP_ORDER_SUBMITTED},   {"QUEUED", NEAP_ORDER_SUBMITTED},
               {"OPEN", NEAP_ORDER_OPEN},           {"EDIT_QUEUED", NEAP_ORDER_OPEN},
               {"FILLED", NEAP_ORDER_FILLED},       {"CANCEL_QUEUED", NEAP_ORDER_CANCEL_PENDING},
               {"CANCELLED", NEAP_ORDER_CANCELLED}, {"EXPIRED", NEAP_ORDER_EXPIRED},
               {"FAILED", NEAP_ORDER_REJECTED}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i].word, word) == 0) return *out = refine(words[i].status, has_fills, is_cancelling), true;
  return false;
}
