/* SPDX-License-Identifier: MIT */
/* state_account: what a state holds of the account itself: the table of fees, its tier, what was traded. */
#include <stdlib.h>

#include "session/state_fields.h"

static neap_status no_table(fields *event, const char *name) {
  return fields_fail(event, "there is no table of fees '%.40s', or no such tier in it", name);
}

neap_status state_read_fees(neap_state *state, fields *event) {
  char name[24];
  neap_fee_table table;
  FIELDS_TEXT(event, "fee_table", name);
  if (event->status != NEAP_OK || !name[0]) return event->status;
  int64_t tier = fields_int(event, "fee_tier"), least = fields_int_or(event, "fee_least", 0);
  if (event->status != NEAP_OK) return event->status;
  if (!neap_fee_table_get(name, &table) || tier < 1 || tier > table.count || least < 0 || least > table.count)
    return no_table(event, name);
  state->fee_plan = calloc(1, sizeof *state->fee_plan);
  if (!state->fee_plan) return state_no_memory(event->fault);
  neap_fee_plan_open(state->fee_plan, &table, (uint32_t)least, event->event->ts_ns);
  state->fee_plan->tier = (uint32_t)tier;
  return NEAP_OK;
}

neap_status state_restore_fees(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  neap_status status = state_read_fees(state, event);
  if (status != NEAP_OK || !state->fee_plan) return status;
  state->fee_plan->least_until = fields_time_or(event, "fee_least_until", 0);
  state->fee_plan->window = 0;
  while (fields_each(event, "traded", &at, &map)) {
    int64_t window = fields_int(&map, "window");
    if (map.status != NEAP_OK) return event->status = map.status;
    neap_fee_plan_restore(state->fee_plan, window, fields_decimal(&map, "quote"));
  }
  return event->status;
}

neap_status state_set_fee_tier(neap_state *state, fields *event) {
  int64_t tier = fields_int(event, "fee_tier");
  if (event->status != NEAP_OK) return event->status;
  if (!state->fee_plan || tier < 1 || tier > state->fee_plan->table.count) return no_table(event, "");
  state->fee_plan->tier = (uint32_t)tier;
  return NEAP_OK;
}

neap_status state_apply_funding(neap_state *state, fields *event) {
  uint32_t seat = (uint32_t)fields_int_or(event, "seat", 0);
  int product = state_find_product(state, event->event->product);
  neap_decimal amount = fields_decimal(event, "funding");
  int64_t boundary = fields_time_or(event, "boundary", 0);
  neap_fault refused = {0};
  if (event->status != NEAP_OK) return event->status;
  if (product < 0) return fields_fail(event, "the session does not trade %s", event->event->product);
  if (neap_ledger_fund(state->ledger, seat, (uint32_t)product, amount, boundary, &refused) != NEAP_OK ||
      neap_round_trips_fund(state->round_trips, seat, (uint32_t)product, amount, &refused) != NEAP_OK)
    return fields_fail(event, "%s", refused.message);
  if (neap_ledger_cash(state->ledger, seat).units != fields_decimal(event, "cash").units)
    return fields_fail(event, "the cash after it is not what the events before it make");
  return event->status;
}

void state_record_fees(const neap_fee_plan *plan, neap_buffer *out) {
  neap_decimal traded;
  int64_t window;
  if (!plan) return;
  neap_record_text(out, "fee_table", plan->table.name);
  neap_record_int(out, "fee_tier", plan->tier);
  if (plan->least) neap_record_int(out, "fee_least", plan->least);
  if (plan->least) neap_record_time(out, "fee_least_until", plan->least_until);
  neap_record_list(out, "traded");
  for (uint32_t i = 0; neap_fee_plan_traded(plan, i, &window, &traded); i++) {
    if (neap_decimal_is_zero(traded)) continue;
    neap_record_map(out, "");
    neap_record_int(out, "window", window);
    neap_record_decimal(out, "quote", traded);
    neap_record_end(out);
  }
  neap_record_end(out);
}
