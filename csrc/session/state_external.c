/* SPDX-License-Identifier: MIT */
/* state_external: what a state holds of the account that is not the session's, in events and in snapshots. */
#include <string.h>

#include "session/state_fields.h"

static external_part *part_of(neap_state *state, fields *event) {
  char currency[20];
  FIELDS_TEXT(event, "currency", currency);
  external_part *part = event->status == NEAP_OK ? external_find(&state->external, currency) : NULL;
  if (!part && event->status == NEAP_OK) fields_fail(event, "nothing is compared in '%s'", currency);
  return part;
}

static neap_status does_not_fit(fields *event) { return fields_fail(event, "its amounts do not fit"); }

static void hold(neap_state *state, const fields *event) {
  external_hold(&state->external, state->products, state->product_count, event->event->ts_ns, &state->risk);
}

static neap_status based(neap_state *state, fields *event) {
  external_book *book = &state->external;
  fields map;
  size_t at = 0;
  if (book->has_baseline) return fields_fail(event, "there is a baseline already");
  external_name_parts(book, state->currency, state->products, state->product_count);
  book->has_baseline = true;
  book->baseline_at = event->event->ts_ns;
  while (event->status == NEAP_OK && fields_each(event, "parts", &at, &map)) {
    external_part *part = part_of(state, &map);
    if (part) part->external = fields_decimal(&map, "external");
    event->status = map.status;
  }
  return event->status;
}

static neap_status differed(neap_state *state, fields *event) {
  external_part *part = part_of(state, event);
  uint64_t id = (uint64_t)fields_int(event, "id");
  if (event->status != NEAP_OK) return event->status;
  if (id != (part->difference ? part->difference : state->external.differences + 1))
    return fields_fail(event, "it is no difference that can be told now");
  external_differ(&state->external, part, fields_decimal(event, "ours"), fields_decimal(event, "venue"),
                  fields_decimal(event, "difference"), event->event->ts_ns);
  hold(state, event);
  return event->status;
}

static neap_status settled(neap_state *state, fields *event) {
  char to[16];
  external_part *part = part_of(state, event);
  uint64_t id = (uint64_t)fields_int(event, "id");
  FIELDS_TEXT(event, "to", to);
  neap_decimal deposit = fields_decimal(event, "deposit");
  if (event->status != NEAP_OK) return event->status;
  if (id == 0 || id != part->difference) return fields_fail(event, "no such difference is open");
  if (external_settle(part, strcmp(to, "external") == 0) != NEAP_OK) return does_not_fit(event);
  uint32_t seat = (uint32_t)fields_int_or(event, "seat", 0);
  if (!neap_decimal_is_zero(deposit) && neap_ledger_deposit(state->ledger, seat, deposit, NULL) != NEAP_OK)
    return does_not_fit(event);
  hold(state, event);
  return event->status;
}

/* What the two events of a foreign fill have in common. */
static void see(neap_state *state, fields *event) {
  char trade[EXTERNAL_ID], order[EXTERNAL_ID], name[EXTERNAL_NAME];
  FIELDS_TEXT(event, "trade_id", trade);
  FIELDS_TEXT(event, "order_id", order);
  external_name_fill(trade, order, name);
  external_see(&state->external, name, fields_time_or(event, "time", 0));
  external_lost *lost = external_find_lost(&state->external, (uint64_t)fields_int_or(event, "lost", 0));
  if (lost) neap_decimal_add(lost->filled, fields_decimal(event, "quantity"), &lost->filled);
}

static neap_status filled(neap_state *state, fields *event) {
  int product = state_find_product(state, event->event->product);
  neap_side side = (neap_side)fields_word(event, "side", word_of_side, 2);
  if (product < 0) return fields_fail(event, "the session does not trade %s", event->event->product);
  if (external_fill(&state->external, &state->products[product], side, fields_decimal(event, "price"),
                    fields_decimal(event, "quantity"), fields_decimal(event, "fee")) != NEAP_OK)
    return does_not_fit(event);
  see(state, event);
  return event->status;
}

static neap_status adopted(neap_state *state, fields *event) {
  see(state, event);
  return event->status;
}

static neap_status found(neap_state *state, fields *event) {
  int product = state_find_product(state, event->event->product);
  uint64_t number = (uint64_t)fields_int(event, "number");
  neap_side side = (neap_side)fields_word(event, "side", word_of_side, 2);
  if (product >= 0 && event->status == NEAP_OK) external_lose(&state->external, number, (uint32_t)product, side);
  return event->status;
}

typedef struct external_change {
  const char *type;
  neap_status (*apply)(neap_state *state, fields *event);
} external_change;

static const external_change changes[] = {{"account_baseline", based},    {"reconcile_difference", differed},
                                          {"reconcile_settled", settled}, {"external_fill", filled},
                                          {"fill_adopted", adopted},      {"order_found", found}};

neap_status state_apply_external(neap_state *state, const char *type, fields *event, bool *known) {
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    if (strcmp(changes[i].type, type) == 0) return *known = true, changes[i].apply(state, event);
  return event->status;
}

static void put_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

static void record_part(const external_part *part, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "currency", part->currency);
  put_amount(out, "external", part->external);
  put_amount(out, "allowed", part->allowed);
  if (part->difference) {
    neap_record_int(out, "id", (int64_t)part->difference);
    neap_record_time(out, "since", part->since);
    put_amount(out, "ours", part->ours);
    put_amount(out, "venue", part->venue);
    put_amount(out, "difference", part->missing);
  }
  neap_record_end(out);
}

static void record_lost(const neap_state *state, const external_lost *lost, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_int(out, "number", (int64_t)lost->number);
  neap_record_text(out, "product", state->products[lost->product].id);
  neap_record_text(out, "side", neap_side_name(lost->side));
  put_amount(out, "filled", lost->filled);
  neap_record_end(out);
}

/* A session that never saw an account writes nothing. */
void state_record_external(const neap_state *state, neap_buffer *out) {
  const external_book *book = &state->external;
  if (!book->has_baseline) return;
  neap_record_map(out, "external");
  neap_record_time(out, "baseline_at", book->baseline_at);
  neap_record_int(out, "differences", (int64_t)book->differences);
  neap_record_list(out, "parts");
  for (uint32_t i = 0; i < book->part_count; i++) record_part(&book->part[i], out);
  neap_record_end(out);
  neap_record_list(out, "seen"); /* pairs of time and key */
  for (uint32_t i = 0; i < book->seen_count; i++) {
    neap_record_int(out, "", book->seen[i].time);
    neap_record_int(out, "", (int64_t)book->seen[i].key);
  }
  neap_record_end(out);
  neap_record_list(out, "lost");
  for (uint32_t i = 0; i < book->lost_count; i++) record_lost(state, &book->lost[i], out);
  neap_record_end(out);
  neap_record_end(out);
}

static void restore_part(neap_state *state, fields *map) {
  external_part *part = part_of(state, map);
  if (!part) return;
  part->external = fields_decimal(map, "external");
  part->allowed = fields_decimal(map, "allowed");
  part->difference = (uint64_t)fields_int_or(map, "id", 0);
  part->since = fields_time_or(map, "since", 0);
  part->ours = fields_decimal(map, "ours");
  part->venue = fields_decimal(map, "venue");
  part->missing = fields_decimal(map, "difference");
}

static void restore_lost(neap_state *state, fields *map) {
  char id[40];
  FIELDS_TEXT(map, "product", id);
  int product = state_find_product(state, id);
  uint64_t number = (uint64_t)fields_int(map, "number");
  neap_side side = (neap_side)fields_word(map, "side", word_of_side, 2);
  if (product < 0) fields_fail(map, "an order was lost in %s, which is no product of the session", id);
  if (map->status != NEAP_OK) return;
  external_lose(&state->external, number, (uint32_t)product, side);
  external_find_lost(&state->external, number)->filled = fields_decimal(map, "filled");
}

static void restore_seen(external_book *book, fields *map) {
  neap_record_field list, time, key;
  if (!fields_find(map, "seen", NEAP_RECORD_LIST, &list)) return;
  neap_record_reader reader = {list.value.bytes.data, list.value.bytes.size, 0};
  while (book->seen_count < EXTERNAL_SEEN && neap_record_next(&reader, &time) == NEAP_OK &&
         neap_record_next(&reader, &key) == NEAP_OK)
    book->seen[book->seen_count++] = (external_seen){(uint64_t)key.value.integer, time.value.integer};
}

neap_status state_restore_external(neap_state *state, fields *event) {
  external_book *book = &state->external;
  neap_record_field field;
  fields one;
  size_t part = 0, lost = 0;
  if (!fields_find(event, "external", NEAP_RECORD_MAP, &field)) return event->status;
  fields map = {event->event, field.value.bytes.data, field.value.bytes.size, NEAP_OK, event->fault};
  external_name_parts(book, state->currency, state->products, state->product_count);
  book->has_baseline = true;
  book->baseline_at = fields_time_or(&map, "baseline_at", 0);
  book->differences = (uint64_t)fields_int(&map, "differences");
  while (map.status == NEAP_OK && fields_each(&map, "parts", &part, &one)) {
    restore_part(state, &one);
    map.status = one.status;
  }
  restore_seen(book, &map);
  while (map.status == NEAP_OK && fields_each(&map, "lost", &lost, &one)) {
    restore_lost(state, &one);
    map.status = one.status;
  }
  return event->status = map.status;
}
