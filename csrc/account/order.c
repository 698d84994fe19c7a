/* SPDX-License-Identifier: MIT */
/* order: the words, the client order id and the records of orders; their life is in order_life.c. */
#include "account/order.h"

#include <string.h>

#include "base/digest.h"
#include "base/record.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const sides[] = {[NEAP_BUY] = "buy", [NEAP_SELL] = "sell"};
static const char *const types[] = {[NEAP_MARKET] = "market",
                                    [NEAP_LIMIT] = "limit",
                                    [NEAP_STOP] = "stop",
                                    [NEAP_STOP_LIMIT] = "stop_limit",
                                    [NEAP_TRAILING_STOP] = "trailing_stop"};
static const char *const times_in_force[] = {
    [NEAP_GTC] = "gtc", [NEAP_GTD] = "gtd", [NEAP_IOC] = "ioc", [NEAP_FOK] = "fok"};

static const char *word(const char *const *words, size_t count, unsigned index) {
  return index < count ? words[index] : "?";
}

const char *neap_side_name(neap_side side) { return word(sides, COUNT(sides), side); }
const char *neap_order_type_name(neap_order_type type) { return word(types, COUNT(types), type); }
const char *neap_time_in_force_name(neap_time_in_force time_in_force) {
  return word(times_in_force, COUNT(times_in_force), time_in_force);
}

/* Not strcasecmp: that one asks the locale. */
static bool same_word(const char *text, const char *lower) {
  for (; *text && *lower; text++, lower++) {
    char c = *text;
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c != *lower) return false;
  }
  return *text == *lower;
}

bool neap_time_in_force_parse(const char *text, neap_time_in_force *out) {
  for (size_t i = 0; i < COUNT(times_in_force); i++)
    if (same_word(text, times_in_force[i])) {
      *out = (neap_time_in_force)i;
      return true;
    }
  return false;
}

neap_decimal neap_order_average_price(const neap_order *order) {
  neap_decimal price = NEAP_ZERO;
  if (order->filled.units > 0)
    neap_decimal_div(order->filled_notional, order->filled, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &price);
  return price;
}

/* RFC 9562: version 8 (a hash of one's own choice), variant 10. */
static void format_uuid(unsigned char bytes[16], char out[NEAP_ORDER_ID]) {
  static const char digits[] = "0123456789abcdef";
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x80);
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
  for (unsigned i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 15];
  }
  *out = '\0';
}

void neap_order_id_with(neap_digest *digest, const char *session_id, uint64_t number, char out[NEAP_ORDER_ID]) {
  unsigned char hash[NEAP_DIGEST_SIZE];
  char text[24], *at = text + sizeof text;
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  *--at = '#';
  neap_digest_start(digest);
  neap_digest_update(digest, session_id, strlen(session_id));
  neap_digest_update(digest, at, (size_t)(text + sizeof text - at));
  neap_digest_finish(digest, hash);
  format_uuid(hash, out);
}

void neap_order_id(const char *session_id, uint64_t number, char out[NEAP_ORDER_ID]) {
  neap_digest *digest = neap_digest_new();
  out[0] = '\0';
  if (!digest) return;
  neap_order_id_with(digest, session_id, number, out);
  neap_digest_free(digest);
}

static void put_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

static void put_flag(neap_buffer *out, const char *key, bool value) {
  if (value) neap_record_bool(out, key, true);
}

static void put_text(neap_buffer *out, const char *key, const char *text) {
  if (text[0]) neap_record_text(out, key, text);
}

void neap_ticket_record(const neap_ticket *ticket, neap_buffer *out) {
  neap_record_int(out, "order", (int64_t)ticket->number);
  if (ticket->strategy) neap_record_int(out, "seat", ticket->strategy);
  neap_record_text(out, "side", neap_side_name(ticket->side));
  neap_record_text(out, "type", neap_order_type_name(ticket->type));
  put_amount(out, "quantity", ticket->quantity);
  put_amount(out, "notional", ticket->notional);
  put_amount(out, "fraction", ticket->fraction);
  put_amount(out, "limit", ticket->limit);
  put_amount(out, "stop", ticket->stop);
  put_amount(out, "trail_bps", ticket->trail_bps);
  neap_record_text(out, "time_in_force", neap_time_in_force_name(ticket->time_in_force));
  if (ticket->good_till) neap_record_time(out, "good_till", ticket->good_till);
  put_flag(out, "post_only", ticket->post_only);
  put_flag(out, "reduce_only", ticket->reduce_only);
  put_text(out, "execution", neap_execution_name(ticket->execution));
  if (ticket->slice_of) neap_record_int(out, "slice_of", (int64_t)ticket->slice_of);
}

void neap_reason_record(const neap_reason *reason, neap_buffer *out) {
  put_text(out, "code", reason->code);
  put_text(out, "check", reason->check);
  put_text(out, "input", reason->input);
  put_text(out, "limit", reason->limit);
}
