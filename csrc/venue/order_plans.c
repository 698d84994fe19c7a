/* SPDX-License-Identifier: MIT */
/* order_plans: what of an order is planned for later: its end, the exit that is attached to it, the buckets of a
 * TWAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"

static const char *text_of(const neap_json_value *fields, const char *name) {
  const neap_json_value *value = neap_json_get(fields, name);
  return value && value->text ? value->text : "";
}

uint32_t neap_order_read_count(const neap_json_value *fields, const char *name) {
  char *end;
  const char *text = text_of(fields, name);
  unsigned long count = strtoul(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && count <= 1000000 ? (uint32_t)count : 0;
}

/* --- ends -------------------------------------------------------------------------------------------------------- */

neap_order_no neap_order_check_end(neap_order_draft *draft) {
  const char *text = text_of(draft->fields, "end_time");
  if (!neap_kind_has_end(draft->kind)) return NEAP_FINE;
  if (!*text) return NEAP_NO_END;
  if (neap_time_parse(text, strlen(text), &draft->end_time, NULL) != NEAP_OK) return NEAP_NO_END_TIME;
  if (draft->end_time <= draft->venue->now) return NEAP_NO_END_PAST;
  return draft->end_time - draft->venue->now <= NEAP_END_MOST ? NEAP_FINE : NEAP_NO_END_FAR;
}

/* --- attached exits ---------------------------------------------------------------------------------------------- */

static bool has_size(const neap_json_value *fields) {
  return *text_of(fields, "base_size") || *text_of(fields, "quote_size");
}

/* Where the entry is thought to happen: at its limit, or else where it trades. */
static int64_t entry_of(const neap_order_draft *draft) { return draft->limit ? draft->limit : draft->book->last; }

static neap_order_no read_exit(neap_order_draft *draft, const neap_json_value *fields) {
  neap_order_no no = neap_order_read_price(draft, fields, "limit_price", NEAP_NO_ATTACHED_PRICES, NEAP_NO_TARGET_DIGITS,
                                           &draft->target);
  if (no == NEAP_FINE)
    no = neap_order_read_price(draft, fields, "stop_trigger_price", NEAP_NO_ATTACHED_PRICES, NEAP_NO_LOSS_DIGITS,
                               &draft->loss);
  if (no != NEAP_FINE) return no;
  if (!draft->target || !draft->loss) return NEAP_NO_ATTACHED_PRICES;
  int64_t sign = draft->side == NEAP_BUY ? 1 : -1, entry = entry_of(draft);
  if (sign * draft->target <= sign * entry) return NEAP_NO_ATTACHED_TARGET;
  if (sign * draft->loss >= sign * entry) return NEAP_NO_ATTACHED_STOP;
  draft->loss_exit = neap_order_exit_price(neap_other_side(draft->side), draft->loss);
  return NEAP_FINE;
}

neap_order_no neap_order_check_attached(neap_order_draft *draft) {
  const neap_json_value *attached = draft->ask->attached;
  if (!attached || attached->kind == NEAP_JSON_NULL) return NEAP_FINE;
  if (draft->kind > NEAP_LIMIT_FOK) return NEAP_NO_ATTACHED_PARENT;
  if (attached->count != 1 || strcmp(attached->first->key, "trigger_bracket_gtc") != 0) return NEAP_NO_ATTACHED_TYPE;
  if (draft->side == NEAP_SELL && !neap_order_is_derivative(draft->asked)) return NEAP_NO_ATTACHED_SIDE;
  if (has_size(attached->first)) return NEAP_NO_ATTACHED_SIZE;
  return read_exit(draft, attached->first);
}

/* --- TWAP -------------------------------------------------------------------------------------------------------- */

static neap_order_no read_times(neap_order_draft *draft) {
  const char *start = text_of(draft->fields, "start_time"), *duration = text_of(draft->fields, "bucket_duration");
  if (!*start || neap_time_parse(start, strlen(start), &draft->start_time, NULL) != NEAP_OK) return NEAP_NO_START;
  if (draft->start_time < draft->venue->now) draft->start_time = draft->venue->now;
  if (draft->start_time >= draft->end_time) return NEAP_NO_DURATION_SMALL;
  draft->buckets = neap_order_read_count(draft->fields, "number_buckets");
  if (!draft->buckets) return NEAP_NO_NUMBER;
  draft->duration = (draft->end_time - draft->start_time) / draft->buckets;
  if (*duration && neap_duration_parse(duration, strlen(duration), &draft->duration, NULL) != NEAP_OK)
    return NEAP_NO_NUMBER;
  if (draft->duration < NEAP_SECOND) return NEAP_NO_DURATION_SMALL;
  bool fits = draft->duration <= (draft->end_time - draft->start_time) / draft->buckets;
  return fits ? NEAP_FINE : NEAP_NO_DURATION_LARGE;
}

neap_order_no neap_order_check_twap(neap_order_draft *draft) {
  neap_decimal said;
  if (draft->kind != NEAP_TWAP_GTD) return NEAP_FINE;
  neap_order_no no = read_times(draft), small = draft->in_quote ? NEAP_NO_BUCKET_QUOTE : NEAP_NO_BUCKET_BASE;
  if (no != NEAP_FINE) return no;
  if (neap_order_read_amount(draft->fields, "bucket_size", &said) == NEAP_AMOUNT_WRONG) return NEAP_NO_NUMBER;
  draft->bucket_size = draft->size / draft->buckets;
  neap_decimal base = neap_venue_size(draft->asked, draft->bucket_size);
  neap_decimal least = {draft->asked->facts.notional_min.units * draft->buckets};
  if (draft->in_quote && neap_decimal_cmp(draft->quote, least) < 0) return small;
  if (!draft->bucket_size || neap_decimal_cmp(base, draft->asked->facts.base_min) < 0) return small;
  return NEAP_FINE;
}
