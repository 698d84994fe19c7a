/* SPDX-License-Identifier: MIT */
/* order_abilities: what the table says that the venue has, for every product there is. */
#include "broker/coinbase/order_map.h"

static void add(neap_broker_abilities *out, const neap_coinbase_row *row) {
  bool is_there = row->key && !(row->takes & NEAP_ONLY_DERIVATIVES);
  if (!is_there) return;
  if (row->form == NEAP_COINBASE_BRACKET) out->bracket = true;
  if (row->form != NEAP_COINBASE_SINGLE) return;
  out->times[row->type] = (uint8_t)(out->times[row->type] | 1u << row->time_in_force);
  out->post_only |= (row->takes & NEAP_TAKES_POST_ONLY) != 0;
  out->replace |= (row->takes & NEAP_TAKES_EDIT) != 0;
}

neap_broker_abilities neap_coinbase_abilities(void) {
  neap_broker_abilities out = {.preview = true};
  const neap_coinbase_row *row;
  for (size_t i = 0; (row = neap_coinbase_rows(i)); i++) add(&out, row);
  out.take_profit = out.times[NEAP_LIMIT] >> NEAP_GTC & 1;
  return out;
}
