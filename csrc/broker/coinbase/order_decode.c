/* SPDX-License-Identifier: MIT */
/* order_decode: the venue's order as ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "broker/coinbase/order_map.h"
#include "broker/coinbase/order_read.h"

typedef neap_coinbase_reading reading;
typedef neap_coinbase_order order;

static void read_names(reading *r, order *o) {
  neap_coinbase_text(r, "order_id", o->order_id, sizeof o->order_id);
  neap_coinbase_text(r, "client_order_id", o->client_id, sizeof o->client_id);
  neap_coinbase_text(r, "product_id", o->product_id, sizeof o->product_id);
  if (!o->order_id[0]) neap_coinbase_fail(r, NEAP_INVALID, "missing_field", "order_id", "is missing");
  if (!o->product_id[0]) neap_coinbase_fail(r, NEAP_INVALID, "missing_field", "product_id", "is missing");
  if (strlen(o->client_id) < sizeof o->ticket.id) neap_text_copy(o->ticket.id, sizeof o->ticket.id, o->client_id);
}

static void read_side(reading *r, order *o) {
  const char *word = neap_coinbase_word(r, "side|order_side");
  bool buy = strcmp(word, "BUY") == 0;
  if (!buy && strcmp(word, "SELL") != 0) {
    neap_coinbase_name_unknown(r, "side", word);
    return;
  }
  o->ticket.side = buy ? NEAP_BUY : NEAP_SELL;
  o->known |= NEAP_KNOWS_SIDE;
}

/* "Stop Limit", as the user channel has it, is STOP_LIMIT. */
static bool is_word(const char *text, const char *word) {
  for (; *text && *word; text++, word++) {
    char c = *text == ' ' ? '_' : *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
    if (c != *word) return false;
  }
  return *text == *word;
}

static bool read_type(const char *word, order *o) {
  static const struct {
    const char *word;
    neap_coinbase_form form;
    neap_order_type type;
  } types[] = {{"MARKET", NEAP_COINBASE_SINGLE, NEAP_MARKET},
               {"LIMIT", NEAP_COINBASE_SINGLE, NEAP_LIMIT},
               {"STOP", NEAP_COINBASE_SINGLE, NEAP_STOP},
               {"BRACKET", NEAP_COINBASE_BRACKET, NEAP_LIMIT},
               {"STOP_LIMIT", NEAP_COINBASE_SINGLE, NEAP_STOP_LIMIT},
               {"TWAP", NEAP_COINBASE_TWAP, NEAP_LIMIT}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (is_word(word, types[i].word)) {
      o->form = types[i].form;
      o->ticket.type = types[i].type;
      return true;
    }
  return false;
}

static bool read_time_in_force(const char *word, order *o) {
  static const char *const words[] = {[NEAP_GTC] = "GOOD_UNTIL_CANCELLED",
                                      [NEAP_GTD] = "GOOD_UNTIL_DATE_TIME",
                                      [NEAP_IOC] = "IMMEDIATE_OR_CANCEL",
                                      [NEAP_FOK] = "FILL_OR_KILL"};
  for (int i = NEAP_GTC; i <= NEAP_FOK; i++)
    if (is_word(word, words[i])) {
      o->ticket.time_in_force = (neap_time_in_force)i;
      return true;
    }
  return false;
}

/* Without a configuration (the user channel) the words must do. */
static void read_words(reading *r, order *o) {
  const char *type = neap_coinbase_word(r, "order_type"), *time = neap_coinbase_word(r, "time_in_force");
  bool has_type = read_type(type, o), has_time = read_time_in_force(time, o);
  if (!has_type) neap_coinbase_name_unknown(r, "order_type", type);
  if (!has_time) neap_coinbase_name_unknown(r, "time_in_force", time);
  if (has_type && has_time) o->known |= NEAP_KNOWS_KIND;
}

static void read_row(reading *r, const char *key, order *o) {
  const neap_coinbase_row *row = neap_coinbase_row_named(key);
  if (!row) {
    neap_coinbase_name_unknown(r, "order_configuration", key);
    return;
  }
  o->form = row->form;
  o->ticket.type = row->type;
  o->ticket.time_in_force = row->time_in_force;
  o->known |= NEAP_KNOWS_KIND;
}

static void read_sizes(reading *r, order *o) {
  neap_ticket *t = &o->ticket;
  neap_coinbase_amount(r, "base_size", &t->quantity);
  neap_coinbase_amount(r, "quote_size", &t->notional);
  if (neap_decimal_is_zero(t->quantity) && !neap_decimal_is_zero(t->notional)) t->sizing = NEAP_BY_NOTIONAL;
  if (t->sizing == NEAP_BY_NOTIONAL || neap_decimal_is_zero(t->notional)) return;
  neap_coinbase_name_unknown(r, "quote_size", "beside base_size");
  t->notional = NEAP_ZERO;
}

static void read_prices(reading *r, order *o) {
  neap_ticket *t = &o->ticket;
  neap_coinbase_amount(r, "limit_price", &t->limit);
  neap_coinbase_amount(r, "stop_price|stop_trigger_price", &t->stop);
  neap_coinbase_flag(r, "post_only", &t->post_only);
  neap_coinbase_flag(r, "reduce_only", &t->reduce_only);
  neap_coinbase_time(r, "end_time", &t->good_till);
}

/* A sale that fires above, or a buy that fires below, is no stop of ours. */
static void check_direction(reading *r, order *o) {
  const char *word = neap_coinbase_word(r, "stop_direction");
  if (!word[0] || !(o->known & NEAP_KNOWS_SIDE)) return;
  const char *ours = o->ticket.side == NEAP_BUY ? "STOP_DIRECTION_STOP_UP" : "STOP_DIRECTION_STOP_DOWN";
  if (strcmp(word, ours) == 0) return;
  neap_coinbase_name_unknown(r, "stop_direction", word);
  o->known &= ~(unsigned)NEAP_KNOWS_KIND;
}

static bool whole(const char *text, int64_t limit, int64_t *out) {
  char *end;
  if (text[0] < '0' || text[0] > '9' || strlen(text) > 18) return false;
  long long value = strtoll(text, &end, 10);
  if (value > limit || (*end && strcmp(end, "s") != 0)) return false;
  *out = value;
  return true;
}

static void read_slices(reading *r, order *o) {
  int64_t buckets = 0, seconds = 0;
  const char *count = neap_coinbase_word(r, "number_buckets"), *duration = neap_coinbase_word(r, "bucket_duration");
  neap_coinbase_time(r, "start_time", &o->slices.start);
  neap_coinbase_amount(r, "bucket_size", &o->slices.size);
  if (count[0] && !whole(count, UINT32_MAX, &buckets)) neap_coinbase_name_unknown(r, "number_buckets", count);
  if (duration[0] && !whole(duration, INT64_MAX / NEAP_SECOND, &seconds))
    neap_coinbase_name_unknown(r, "bucket_duration", duration);
  o->slices.buckets = (uint32_t)buckets;
  o->slices.duration = seconds * NEAP_SECOND;
}

static void read_details(reading *r, order *o) {
  read_sizes(r, o);
  read_prices(r, o);
  check_direction(r, o);
  if (o->form == NEAP_COINBASE_TWAP && o->known & NEAP_KNOWS_KIND) read_slices(r, o);
}

static void read_configuration(reading *r, order *o) {
  const neap_json_value *whole_order = r->object, *configuration = neap_json_get(r->object, "order_configuration");
  bool object = configuration && configuration->kind == NEAP_JSON_OBJECT;
  if (!configuration || configuration->kind == NEAP_JSON_NULL || (object && configuration->count == 0)) {
    read_words(r, o);
    read_details(r, o);
    return;
  }
  if (!object || configuration->count != 1) {
    neap_coinbase_fail(r, NEAP_INVALID, "one_configuration", "order_configuration", "is not one configuration");
    return;
  }
  if (configuration->first->kind != NEAP_JSON_OBJECT)
    neap_coinbase_fail(r, NEAP_INVALID, "wrong_type", configuration->first->key, "is not an object");
  r->object = configuration->first;
  read_row(r, r->object->key, o);
  read_details(r, o);
  r->object = whole_order;
}

static void read_amounts(reading *r, order *o) {
  neap_coinbase_amount(r, "filled_size|cumulative_quantity", &o->filled);
  neap_coinbase_amount(r, "average_filled_price|avg_price", &o->average);
  neap_coinbase_amount(r, "filled_value", &o->value);
  neap_coinbase_signed(r, "total_fees|fee", &o->fees);
  neap_coinbase_amount(r, "leverage", &o->leverage);
  neap_coinbase_flag(r, "size_inclusive_of_fees", &o->fees_inside);
  neap_coinbase_time(r, "created_time|creation_time", &o->created);
  neap_coinbase_time(r, "last_update_time", &o->updated);
}

static void read_status(reading *r, order *o) {
  bool cancelling = false;
  const char *word = neap_coinbase_word(r, "status");
  neap_coinbase_flag(r, "pending_cancel", &cancelling);
  if (neap_coinbase_status(word, !neap_decimal_is_zero(o->filled), cancelling, &o->status))
    o->known |= NEAP_KNOWS_STATUS;
  else
    neap_coinbase_name_unknown(r, "status", word);
}

static void read_margin(reading *r, order *o) {
  const char *word = neap_coinbase_word(r, "margin_type");
  if (is_word(word, "CROSS"))
    o->margin = NEAP_COINBASE_CROSS;
  else if (is_word(word, "ISOLATED"))
    o->margin = NEAP_COINBASE_ISOLATED;
  else if (word[0] && strcmp(word, "UNKNOWN_MARGIN_TYPE") != 0)
    neap_coinbase_name_unknown(r, "margin_type", word);
}

static void read_trigger(reading *r, order *o) {
  static const char *const others[] = {"", "UNKNOWN_TRIGGER_STATUS", "INVALID_ORDER_TYPE", "STOP_PENDING"};
  const char *word = neap_coinbase_word(r, "trigger_status");
  o->triggered = strcmp(word, "STOP_TRIGGERED") == 0;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (o->triggered || strcmp(word, others[i]) == 0) return;
  neap_coinbase_name_unknown(r, "trigger_status", word);
}

static void read_reason(reading *r, order *o) {
  const char *word = neap_coinbase_word(r, "reject_reason");
  neap_coinbase_sentence(r, "reject_message|cancel_message|cancel_reason", o->message, sizeof o->message);
  if (!word[0] || strcmp(word, "REJECT_REASON_UNSPECIFIED") == 0) return;
  neap_text_copy(o->reason, sizeof o->reason, word);
  neap_coinbase_reason_code(word, o->code);
  if (!neap_coinbase_reason_is_known(word)) neap_coinbase_name_unknown(r, "reject_reason", word);
}

neap_status neap_coinbase_read_order(const neap_json_value *root, order *o, neap_fault *fault) {
  *o = (order){.known = 0};
  const neap_json_value *inside = neap_json_get(root, "order");
  reading r = {inside ? inside : root, NEAP_OK, fault, o->unknown, sizeof o->unknown, 0};
  if (r.object->kind != NEAP_JSON_OBJECT)
    neap_coinbase_fail(&r, NEAP_INVALID, "wrong_type", "order", "is not an object");
  read_names(&r, o);
  read_side(&r, o);
  read_configuration(&r, o);
  read_amounts(&r, o);
  read_status(&r, o);
  read_margin(&r, o);
  read_trigger(&r, o);
  read_reason(&r, o);
  o->truncated = r.truncated;
  return r.status;
}

neap_status neap_coinbase_decode_order(const char *text, size_t length, neap_coinbase_order *out, neap_fault *fault) {
  neap_json *json;
  order read;
  neap_status status = neap_json_parse(text, length, &json, fault);
  if (status != NEAP_OK) return status;
  status = neap_coinbase_read_order(neap_json_root(json), &read, fault);
  neap_json_free(json);
  if (status == NEAP_OK) *out = read;
  return status;
}
