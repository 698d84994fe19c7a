/* SPDX-License-Identifier: MIT */
/* frames_user: our own orders, as the user channel has them. */
#include <string.h>

#include "broker/coinbase/frames_parts.h"

typedef neap_frames_reading reading;
typedef neap_user_order order;

enum {
  FILLED,
  AVERAGE,
  VALUE,
  FEES,
  LEAVES,
  LIMIT,
  STOP,
  AMOUNTS,
  ORDER_ID = AMOUNTS,
  CLIENT_ID,
  PRODUCT_ID,
  SIDE,
  STATUS,
  FILLS,
  CREATED,
  REJECTED,
  CANCELLED,
  MEMBERS
};
static const neap_json_name NAMES[MEMBERS] = {[FILLED] = NEAP_JSON_NAME("cumulative_quantity"),
                                              [AVERAGE] = NEAP_JSON_NAME("avg_price"),
                                              [VALUE] = NEAP_JSON_NAME("filled_value"),
                                              [FEES] = NEAP_JSON_NAME("total_fees"),
                                              [LEAVES] = NEAP_JSON_NAME("leaves_quantity"),
                                              [LIMIT] = NEAP_JSON_NAME("limit_price"),
                                              [STOP] = NEAP_JSON_NAME("stop_price"),
                                              [ORDER_ID] = NEAP_JSON_NAME("order_id"),
                                              [CLIENT_ID] = NEAP_JSON_NAME("client_order_id"),
                                              [PRODUCT_ID] = NEAP_JSON_NAME("product_id"),
                                              [SIDE] = NEAP_JSON_NAME("order_side"),
                                              [STATUS] = NEAP_JSON_NAME("status"),
                                              [FILLS] = NEAP_JSON_NAME("number_of_fills"),
                                              [CREATED] = NEAP_JSON_NAME("creation_time"),
                                              [REJECTED] = NEAP_JSON_NAME("reject_reason"),
                                              [CANCELLED] = NEAP_JSON_NAME("cancel_reason")};

/* False, here and below: the order is of no use, and that is told. */
static bool refuse(reading *r, const char *code, size_t member, const neap_json_span *said) {
  neap_frames_unusable(r, NEAP_FRAME_OTHER, NEAP_INVALID, code, NAMES[member].text, said[member]);
  return false;
}

static bool read_name(reading *r, size_t member, const neap_json_span *said, char *out, size_t size) {
  if (neap_json_frames_text(r->frames->json, said[member], out, size) == NEAP_OK) return true;
  return refuse(r, "too_long", member, said);
}

static bool read_names(reading *r, const neap_json_span *said, order *out) {
  if (!read_name(r, ORDER_ID, said, out->order_id, sizeof out->order_id)) return false;
  if (!read_name(r, CLIENT_ID, said, out->client_id, sizeof out->client_id)) return false;
  if (!read_name(r, PRODUCT_ID, said, out->product_id, sizeof out->product_id)) return false;
  if (!out->order_id[0]) return refuse(r, "missing_field", ORDER_ID, said);
  return out->product_id[0] || refuse(r, "missing_field", PRODUCT_ID, said);
}

static bool read_amounts(reading *r, const neap_json_span *said, order *out) {
  neap_decimal *const amounts[AMOUNTS] = {&out->filled, &out->average, &out->value, &out->fees,
                                          &out->leaves, &out->limit,   &out->stop};
  for (size_t i = 0; i < AMOUNTS; i++)
    if (!neap_frames_decimal(said[i], amounts[i])) return refuse(r, "not_a_number", i, said);
  if (!neap_frames_count(said[FILLS], &out->fills)) return refuse(r, "not_a_number", FILLS, said);
  return neap_frames_time(said[CREATED], &out->created) || refuse(r, "not_a_time", CREATED, said);
}

/* Words that are not known leave it unsaid: `venue_status` shows the one for the status. */
static void read_words(reading *r, const neap_json_span *said, order *out) {
  const bool is_buy = NEAP_FRAMES_IS(said[SIDE], "BUY");
  out->side = is_buy ? NEAP_BUY : NEAP_SELL;
  if (is_buy || NEAP_FRAMES_IS(said[SIDE], "SELL")) out->known |= NEAP_KNOWS_SIDE;
  neap_frames_words(r, said[STATUS], out->venue_status, sizeof out->venue_status);
  if (neap_coinbase_status(out->venue_status, !neap_decimal_is_zero(out->filled), false, &out->status))
    out->known |= NEAP_KNOWS_STATUS;
}

static void read_reason(reading *r, const neap_json_span *said, order *out) {
  const bool is_rejected = said[REJECTED].length && !NEAP_FRAMES_IS(said[REJECTED], "REJECT_REASON_UNSPECIFIED");
  neap_frames_words(r, said[is_rejected ? REJECTED : CANCELLED], out->reason, sizeof out->reason);
}

static void take_order(reading *r, const neap_json_span *said, bool is_snapshot) {
  order read = {.known = 0};
  if (!read_names(r, said, &read) || !read_amounts(r, said, &read)) return;
  read_words(r, said, &read);
  read_reason(r, said, &read);
  r->listener->order(r->listener->context, &read, is_snapshot);
}

static neap_status read_orders(reading *r, bool is_snapshot, size_t *count) {
  neap_json_span said[MEMBERS];
  for (;; ++*count) {
    const neap_status status = neap_json_frames_row(r->frames->json, NAMES, MEMBERS, said, r->fault);
    if (status != NEAP_OK) return status;
    if (r->listener->order) take_order(r, said, is_snapshot);
  }
}

neap_status neap_frames_read_orders(reading *r) {
  const neap_frame_listener *listener = r->listener;
  bool is_snapshot;
  size_t count = 0;
  neap_status status = neap_frames_read_kind(r, &is_snapshot);
  if (status != NEAP_OK) return status;
  status = neap_json_frames_enter(r->frames->json, "orders", r->fault);
  if (status == NEAP_OK) status = read_orders(r, is_snapshot, &count);
  if (status != NEAP_END && status != NEAP_NOT_FOUND) return status;
  if (listener->orders_end) listener->orders_end(listener->context, is_snapshot, count);
  return NEAP_OK;
}
