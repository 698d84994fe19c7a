/* SPDX-License-Identifier: MIT */
/* order_scale: the legs of a scale, which are limit orders: listed, or as many as are asked for between two prices. */
#include <string.h>

#include "venue/orders_state.h"

/* How sizes, or distances of prices, go on from the lowest price up. */
typedef enum slope { EVEN, RISING, FALLING, SLOPES } slope;

/* The venue's words in that order, then what else means even. */
static const char *const of_prices[] = {"FLAT", "LINEAR_INCREASING", "LINEAR_DECREASING", ""};
static const char *const of_sizes[] = {"EVENLY_SPLIT", "INCREASING", "DECREASING", "UNKNOWN_DISTRIBUTION"};

static bool read_slope(const neap_json_value *fields, const char *name, const char *const words[SLOPES + 1],
                       slope *out) {
  const neap_json_value *value = neap_json_get(fields, name);
  *out = EVEN;
  if (!value || value->kind != NEAP_JSON_STRING || !value->length) return true;
  for (int i = 0; i <= SLOPES; i++)
    if (strcmp(words[i], value->text) == 0) return *out = (slope)(i % SLOPES), true;
  return false;
}

static int64_t weight(slope by, uint32_t i, uint32_t count) {
  if (by == RISING) return i + 1;
  return by == FALLING ? count - i : 1;
}

static int64_t weights(slope by, uint32_t count) { return by == EVEN ? count : (int64_t)count * (count + 1) / 2; }

/* --- listed ------------------------------------------------------------------------------------------------------ */

/* By base_size, or by quote_size at its limit: read as the draft's own for as long. */
static neap_order_no read_leg(neap_order_draft *draft, const neap_json_value *fields, neap_order_leg *leg) {
  const neap_json_value *whole = draft->fields;
  neap_order_no no =
      neap_order_read_price(draft, fields, "limit_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &leg->price);
  if (no == NEAP_FINE && !leg->price) no = NEAP_NO_LIMIT;
  if (no != NEAP_FINE) return no;
  draft->fields = fields, draft->limit = leg->price;
  no = neap_order_read_size(draft);
  leg->size = draft->size, leg->post_only = neap_order_read_flag(fields, "post_only");
  draft->fields = whole, draft->limit = 0, draft->in_quote = false, draft->quote = NEAP_ZERO;
  return no;
}

static neap_order_no read_listed(neap_order_draft *draft, const neap_json_value *list) {
  int64_t sum = 0;
  for (const neap_json_value *at = list->first; at; at = at->next) {
    if (draft->legs == NEAP_SCALED_MOST) return NEAP_NO_SCALE;
    neap_order_leg *leg = &draft->leg[draft->legs];
    neap_order_no no = read_leg(draft, at, leg);
    if (no != NEAP_FINE) return no;
    if (__builtin_add_overflow(sum, leg->size, &sum)) return NEAP_NO_BASE_LARGE;
    draft->legs++;
  }
  draft->size = sum;
  neap_decimal whole;
  neap_amount_state state = neap_order_read_amount(draft->fields, "base_size", &whole);
  if (state == NEAP_AMOUNT_WRONG) return NEAP_NO_NUMBER;
  bool differs = state == NEAP_AMOUNT_READ && neap_decimal_cmp(whole, neap_venue_size(draft->asked, sum)) != 0;
  if (differs) return NEAP_NO_SCALE_DIFFERS;
  return draft->legs >= 2 ? NEAP_FINE : NEAP_NO_SCALE;
}

/* --- between two prices ------------------------------------------------------------------------------------------ */

static neap_order_no space_out(neap_order_draft *draft, slope by, uint32_t count) {
  int64_t low, high, at = 0, all = weights(by, count - 1);
  neap_order_no no =
      neap_order_read_price(draft, draft->fields, "min_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &low);
  if (no == NEAP_FINE)
    no = neap_order_read_price(draft, draft->fields, "max_price", NEAP_NO_LIMIT, NEAP_NO_PRICE_DIGITS, &high);
  if (no != NEAP_FINE) return no;
  if (!low || !high || low >= high || high - low < all) return NEAP_NO_SCALE;
  for (uint32_t i = 0; i < count; i++) {
    draft->leg[i] = (neap_order_leg){.price = low + (int64_t)((__int128)(high - low) * at / all)};
    if (i + 1 < count) at += weight(by, i, count - 1);
  }
  draft->legs = count;
  return NEAP_FINE;
}

/* Each leg its share, rounded down; the last one what is left. */
static neap_order_no share_out(neap_order_draft *draft, slope by, uint32_t count) {
  int64_t all = weights(by, count), left = draft->size;
  for (uint32_t i = 0; i < count; i++) {
    int64_t size = (int64_t)((__int128)draft->size * weight(by, i, count) / all);
    draft->leg[i].size = i + 1 < count ? size : left;
    left -= size;
    neap_decimal base = neap_venue_size(draft->asked, draft->leg[i].size);
    neap_order_no no = neap_order_lots(draft->asked, base, &draft->leg[i].size);
    if (no != NEAP_FINE) return no == NEAP_NO_BASE_LARGE ? NEAP_NO_SCALE_LARGE : NEAP_NO_SCALE_SMALL;
  }
  return NEAP_FINE;
}

static neap_order_no spread(neap_order_draft *draft) {
  slope prices, sizes;
  uint32_t count = neap_order_read_count(draft->fields, "num_orders");
  if (count < 2 || count > NEAP_SCALED_MOST) return NEAP_NO_SCALE;
  if (!read_slope(draft->fields, "price_distribution", of_prices, &prices)) return NEAP_NO_SCALE;
  if (!read_slope(draft->fields, "size_distribution", of_sizes, &sizes)) return NEAP_NO_SCALE;
  neap_order_no no = space_out(draft, prices, count);
  if (no != NEAP_FINE) return no;
  draft->limit = draft->leg[count - 1].price; /* what a quote_size buys at least */
  no = neap_order_read_size(draft);
  draft->limit = 0;
  return no == NEAP_FINE ? share_out(draft, sizes, count) : no;
}

neap_order_no neap_order_check_scale(neap_order_draft *draft) {
  const neap_json_value *list = neap_json_get(draft->fields, "orders");
  bool is_listed = list && list->kind == NEAP_JSON_ARRAY && list->count;
  return is_listed ? read_listed(draft, list) : spread(draft);
}
