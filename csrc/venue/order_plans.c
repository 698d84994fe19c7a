/* SPDX-License-Identifier: MIT */
/* order_plans: what of an order is planned for later: its end, the exit that is attached to it, the buckets of a TWAP,
 * the legs of a scale. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"

static const char *text_of(const neap_json_value *fields, const char *name) {
  const neap_json_value *value = neap_json_get(fields, name);
  return value && value->text ? value->text : "";
}

/* A whole number over zero, as text or as JSON's; 0: it is none. */
static uint32_t count_of(const neap_json_value *fields, const char *name) {
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
  draft->buckets = count_of(draft->fields, "number_buckets");
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
  if (!draft->bucket_size || neap_decimal_cmp(base, draft->asked->facts.base_min) < 0) return small;
  return NEAP_FINE;
}

/* --- scales ------------------------------------------------------------------------------------------------------ */

static neap_order_no read_listed(neap_order_draft *draft, const neap_json_value *list) {
  for (const neap_json_value *at = list->first; at; at = at->next) {
    neap_decimal size;
    neap_order_leg *leg = &draft->leg[draft->legs];
    if (draft->legs == NEAP_SCALED_MOST || at->kind != NEAP_JSON_OBJECT) return NEAP_NO_SCALE;
    if (neap_order_read_amount(at, "base_size", &size) != NEAP_AMOUNT_READ) return NEAP_NO_NUMBER;
    neap_order_no no = neap_order_lots(draft->asked, size, &leg->size);
    if (no == NEAP_FINE)
      no = neap_order_read_price(draft, at, "limit_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &leg->price);
    if (no == NEAP_FINE && !leg->price) no = NEAP_NO_LIMIT;
    if (no != NEAP_FINE) return no;
    if (__builtin_add_overflow(draft->size, leg->size, &draft->size)) return NEAP_NO_BASE_LARGE;
    draft->legs++;
  }
  neap_decimal whole, sum = neap_venue_size(draft->asked, draft->size);
  neap_amount_state state = neap_order_read_amount(draft->fields, "base_size", &whole);
  if (state == NEAP_AMOUNT_WRONG) return NEAP_NO_NUMBER;
  if (state == NEAP_AMOUNT_READ && neap_decimal_cmp(whole, sum) != 0) return NEAP_NO_SCALE_DIFFERS;
  return draft->legs >= 2 ? NEAP_FINE : NEAP_NO_SCALE;
}

/* How much leg `i` of `count` weighs: the same, growing or falling by one step of the first's hundredth times
 * size_diff, or by a ratio. */
typedef struct weights {
  bool rises, falls;
} weights;

static int64_t weight_of(const weights *by, uint32_t i, uint32_t count) {
  if (by->rises) return i + 1;
  return by->falls ? count - i : 1;
}

static weights weights_of(const neap_order_draft *draft) {
  const char *word = text_of(draft->fields, "size_distribution");
  return (weights){.rises = strstr(word, "INCREASING") != NULL, .falls = strstr(word, "DECREASING") != NULL};
}

/* Each leg its share, rounded down; the last one what is left. */
static neap_order_no share_out(neap_order_draft *draft, int64_t total, uint32_t count) {
  weights by = weights_of(draft);
  int64_t sum = 0, left = total;
  for (uint32_t i = 0; i < count; i++) sum += weight_of(&by, i, count);
  for (uint32_t i = 0; i < count; i++) {
    int64_t size = (int64_t)((__int128)total * weight_of(&by, i, count) / sum);
    draft->leg[i].size = i + 1 < count ? size : left;
    left -= size;
    neap_decimal base = neap_venue_size(draft->asked, draft->leg[i].size);
    neap_order_no no = neap_order_lots(draft->asked, base, &draft->leg[i].size);
    if (no != NEAP_FINE) return no == NEAP_NO_BASE_LARGE ? NEAP_NO_SCALE_LARGE : NEAP_NO_SCALE_SMALL;
  }
  return NEAP_FINE;
}

static neap_order_no space_out(neap_order_draft *draft, uint32_t count) {
  int64_t low, high;
  neap_order_no no =
      neap_order_read_price(draft, draft->fields, "min_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &low);
  if (no == NEAP_FINE)
    no = neap_order_read_price(draft, draft->fields, "max_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &high);
  if (no != NEAP_FINE) return no;
  if (!low || !high || low >= high || high - low < count - 1) return NEAP_NO_SCALE;
  for (uint32_t i = 0; i < count; i++) draft->leg[i].price = low + (int64_t)((__int128)(high - low) * i / (count - 1));
  draft->legs = count;
  return NEAP_FINE;
}

neap_order_no neap_order_check_scale(neap_order_draft *draft) {
  const neap_json_value *list = neap_json_get(draft->fields, "orders");
  if (list && list->kind == NEAP_JSON_ARRAY && list->count) return read_listed(draft, list);
  uint32_t count = count_of(draft->fields, "num_orders");
  if (count < 2 || count > NEAP_SCALED_MOST) return NEAP_NO_SCALE;
  neap_order_no no = space_out(draft, count);
  if (no != NEAP_FINE) return no;
  draft->limit = draft->leg[count - 1].price; /* what a quote_size buys at least */
  no = neap_order_read_size(draft);
  draft->limit = 0;
  return no == NEAP_FINE ? share_out(draft, draft->size, count) : no;
}
