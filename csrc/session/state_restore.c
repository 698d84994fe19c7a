/* SPDX-License-Identifier: MIT */
/* state_restore: a snapshot becomes a state again, or is compared with one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/state_fields.h"

static neap_status restore_products(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  for (uint32_t i = 0; fields_each(event, "products", &at, &map); i++) {
    fields_product(&map, &state->products[i]);
    state->volumes[i].bar = fields_time_or(&map, "bar", 0);
    state->volumes[i].used = fields_decimal(&map, "bar_filled");
    state->volumes[i].day = fields_int_or(&map, "traded_day", 0);
    state->volumes[i].traded = fields_decimal(&map, "traded");
    if (map.status != NEAP_OK) return event->status = map.status;
  }
  return event->status;
}

static void restore_trip(neap_state *state, uint32_t seat, uint32_t product, fields *position) {
  neap_record_field field;
  if (!fields_find(position, "trade", NEAP_RECORD_MAP, &field)) return;
  fields map = {position->event, field.value.bytes.data, field.value.bytes.size, NEAP_OK, position->fault};
  const neap_round_trip trip = {.strategy = seat,
                                .product = product,
                                .side = (neap_side)fields_word(&map, "side", word_of_side, 2),
                                .quantity = fields_decimal(&map, "quantity"),
                                .entry_notional = fields_decimal(&map, "entry_notional"),
                                .exit_notional = fields_decimal(&map, "exit_notional"),
                                .pnl = fields_decimal(&map, "pnl"),
                                .fees = fields_decimal(&map, "fees"),
                                .funding = fields_decimal(&map, "funding"),
                                .entry_time = fields_time_or(&map, "entry_time", 0),
                                .exit_time = fields_time_or(&map, "exit_time", 0)};
  if (map.status == NEAP_OK) neap_round_trips_restore(state->round_trips, &trip, NULL);
  if (map.status != NEAP_OK) position->status = map.status;
}

static neap_status restore_positions(neap_state *state, uint32_t seat, fields *map) {
  neap_position positions[NEAP_STRATEGY_PRODUCTS] = {{.funded_at = 0}};
  fields one;
  size_t at = 0;
  while (fields_each(map, "positions", &at, &one)) {
    char id[40];
    FIELDS_TEXT(&one, "product", id);
    int product = state_find_product(state, id);
    if (product < 0) return fields_fail(map, "a position is in %s, which is no product of the session", id);
    positions[product] = (neap_position){.quantity = fields_decimal(&one, "quantity"),
                                         .cost = fields_decimal(&one, "cost"),
                                         .realized = fields_decimal(&one, "realized"),
                                         .fees = fields_decimal(&one, "fees"),
                                         .funding = fields_decimal(&one, "funding"),
                                         .funded_at = fields_time_or(&one, "funded_at", 0),
                                         .opened_at = fields_time_or(&one, "opened_at", 0)};
    restore_trip(state, seat, (uint32_t)product, &one);
    if (one.status != NEAP_OK) return map->status = one.status;
  }
  neap_fault refused;
  if (neap_ledger_restore(state->ledger, seat, fields_decimal(map, "deposits"), positions, &refused) != NEAP_OK)
    return fields_fail(map, "%s", refused.message);
  if (neap_ledger_cash(state->ledger, seat).units != fields_decimal(map, "cash").units)
    return fields_fail(map, "the cash of strategy %u is not its deposits and its positions", (unsigned)seat);
  return map->status;
}

static neap_status restore_timers(state_seat *seat, fields *map) {
  desk_timer **end = &seat->timers;
  fields one;
  size_t at = 0;
  while (fields_each(map, "timers", &at, &one)) {
    desk_timer *timer = *end = calloc(1, sizeof *timer);
    if (!timer) return map->status = state_no_memory(map->fault);
    end = &timer->next;
    FIELDS_TEXT(&one, "name", timer->name);
    timer->kind = (timer_kind)fields_word(&one, "kind", word_of_timer, TIMER_UNKNOWN + 1);
    timer->due = fields_time_or(&one, "due", 0);
    timer->period = fields_int_or(&one, "period", 0);
    timer->missed = (int)fields_int_or(&one, "missed", 0);
    if (one.status != NEAP_OK) return map->status = one.status;
  }
  return map->status;
}

static neap_status restore_saved(state_seat *seat, fields *event) {
  char key[sizeof seat->name + 8];
  neap_record_field field;
  snprintf(key, sizeof key, "state:%s", seat->name);
  if (!fields_find(event, key, NEAP_RECORD_MAP, &field)) return event->status;
  neap_buffer_append(&seat->saved, field.value.bytes.data, field.value.bytes.size);
  return seat->saved.status == NEAP_OK ? NEAP_OK : state_no_memory(event->fault);
}

static neap_status restore_seats(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  neap_status status = event->status;
  for (uint32_t i = 0; status == NEAP_OK && fields_each(event, "strategies", &at, &map); i++) {
    state_seat *seat = &state->seats[i];
    FIELDS_TEXT(&map, "name", seat->name);
    FIELDS_TEXT(&map, "digest", seat->digest);
    FIELDS_TEXT(&map, "quarantined", seat->aside_code);
    FIELDS_TEXT(&map, "quarantined_message", seat->aside_message);
    seat->failures.count = fields_int_or(&map, "failures", 0);
    seat->failures.at = fields_time_or(&map, "failed_at", 0);
    state_restore_tally(state, i, &map);
    restore_positions(state, i, &map);
    if (map.status == NEAP_OK) restore_timers(seat, &map);
    status = map.status == NEAP_OK ? restore_saved(seat, event) : map.status;
  }
  return status;
}

static void read_order(fields *map, neap_order *order) {
  order->ticket.number = (uint64_t)fields_int(map, "order");
  FIELDS_TEXT(map, "id", order->ticket.id);
  fields_ticket(map, &order->ticket);
  order->status = (neap_order_status)fields_word(map, "status", word_of_status, NEAP_ORDER_STATUSES);
  order->filled = fields_decimal(map, "filled");
  order->filled_notional = fields_decimal(map, "filled_notional");
  order->fees = fields_decimal(map, "fees");
  order->created = order->updated = fields_time_or(map, "created", 0);
  order->submitted = fields_time_or(map, "submitted", 0);
  order->decision_seq = (uint64_t)fields_int_or(map, "decision_seq", 0);
  FIELDS_TEXT(map, "engine", order->engine);
  FIELDS_TEXT(map, "tag", order->tag);
  FIELDS_TEXT(map, "why", order->why);
  order->parent = (uint64_t)fields_int_or(map, "parent", 0);
  order->stop_loss = fields_decimal(map, "stop_loss");
  order->take_profit = fields_decimal(map, "take_profit");
  order->trailing_stop_bps = fields_decimal(map, "trailing_stop_bps");
  order->covered = fields_decimal(map, "covered");
  order->exits[0] = (uint64_t)fields_int_or(map, "stop_order", 0);
  order->exits[1] = (uint64_t)fields_int_or(map, "target_order", 0);
  order->exits[2] = (uint64_t)fields_int_or(map, "trailing_order", 0);
  order->owed = (unsigned)fields_int_or(map, "owed", 0);
  order->replaces = (uint64_t)fields_int_or(map, "replaces", 0);
  order->replaced_by = (uint64_t)fields_int_or(map, "replaced_by", 0);
  order->replaced_filled = fields_decimal(map, "replaced_filled");
  order->waits = fields_bool(map, "waits");
  fields_slices(map, &order->slices);
  state_read_group(map, order);
  order->trigger.emulated = fields_bool(map, "emulated");
  order->trigger.fired = fields_bool(map, "trigger_fired");
  order->trigger.level = fields_decimal(map, "trigger_level");
}

static neap_status restore_orders(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  while (fields_each(event, "working", &at, &map)) {
    char product[40];
    neap_order *order = calloc(1, sizeof *order);
    if (!order) return state_no_memory(event->fault);
    state_link_order(state, order);
    read_order(&map, order);
    FIELDS_TEXT(&map, "product", product);
    int index = state_find_product(state, product);
    if (map.status != NEAP_OK) return map.status;
    if (index < 0 || order->ticket.strategy >= state->seat_count)
      return fields_fail(event, "order #%llu is of no product or strategy of the session",
                         (unsigned long long)order->ticket.number);
    order->ticket.product = (uint32_t)index;
  }
  return event->status;
}

static neap_status restore_session(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  FIELDS_TEXT(event, "session", state->session);
  FIELDS_TEXT(event, "mode", state->mode);
  FIELDS_TEXT(event, "currency", state->currency);
  FIELDS_TEXT(event, "guard_reason", state->guard_reason);
  FIELDS_TEXT(event, "guard_who", state->guard_who);
  state->guard_since = fields_time_or(event, "guard_since", 0);
  state->guard_mode = (neap_mode)fields_word(event, "guard_mode", word_of_mode, NEAP_MODE_HALTED + 1);
  state->configuration = (uint64_t)fields_int_or(event, "configuration_number", 0);
  state->ended = fields_bool(event, "ended");
  state->counts_trades = fields_bool(event, "counts_trades");
  state->orders = (uint64_t)fields_int(event, "orders");
  state->fills = (uint64_t)fields_int(event, "fills");
  state->trades = (uint64_t)fields_int(event, "trades");
  state->rejections = (uint64_t)fields_int(event, "rejections");
  state->triggers_set = (uint64_t)fields_int_or(event, "triggers_set", 0);
  state->triggers_fired = (uint64_t)fields_int_or(event, "triggers_fired", 0);
  while (state->rejected_count < STATE_REASONS && fields_each(event, "rejected", &at, &map)) {
    neap_rejection_count *one = &state->rejected[state->rejected_count++];
    FIELDS_TEXT(&map, "code", one->code);
    one->count = (uint64_t)fields_int(&map, "count");
    if (map.status != NEAP_OK) return event->status = map.status;
  }
  return event->status;
}

static void restore_recent(neap_state *state, fields *event) {
  neap_record_field list, time, key, product;
  neap_record_reader products = {NULL, 0, 0};
  state->keeps_traded = fields_find(event, "recent_products", NEAP_RECORD_LIST, &list);
  if (state->keeps_traded) products = (neap_record_reader){list.value.bytes.data, list.value.bytes.size, 0};
  state->keeps_recent = fields_find(event, "recent_orders", NEAP_RECORD_LIST, &list);
  if (!state->keeps_recent) return;
  neap_record_reader reader = {list.value.bytes.data, list.value.bytes.size, 0};
  while (neap_record_next(&reader, &time) == NEAP_OK && neap_record_next(&reader, &key) == NEAP_OK) {
    bool known = neap_record_next(&products, &product) == NEAP_OK;
    neap_recent_add(&state->recent, (uint64_t)key.value.integer,
                    known ? (uint32_t)product.value.integer : NEAP_RECENT_ANY_PRODUCT, time.value.integer);
  }
}

static neap_status restore(neap_state *state, fields *event) {
  uint32_t products = fields_count(event, "products"), seats = fields_count(event, "strategies");
  if (products == 0 || products > NEAP_STRATEGY_PRODUCTS || seats == 0 || seats > STATE_SEATS)
    return fields_fail(event, "it lists %u products and %u strategies", products, seats);
  neap_status status = restore_session(state, event);
  if (status == NEAP_OK) restore_recent(state, event);
  if (status == NEAP_OK) status = state_make_room(state, products, seats, event->fault);
  if (status == NEAP_OK) status = restore_products(state, event);
  if (status == NEAP_OK) status = state_restore_guards(state, event);
  if (status == NEAP_OK) status = fields_open_books(event, state);
  if (status == NEAP_OK) status = state_restore_fees(state, event);
  if (status == NEAP_OK) status = restore_seats(state, event);
  if (status == NEAP_OK) status = restore_orders(state, event);
  if (status == NEAP_OK) status = state_restore_external(state, event);
  return status == NEAP_OK ? state_restore_groups(state, event) : status;
}

/* What the snapshot says its hash is must be the hash of the state that it makes. */
static neap_status compare(neap_state *state, const neap_event *event, neap_fault *fault) {
  fields reader = {event, event->record, event->record_size, NEAP_OK, fault};
  char ours[NEAP_DIGEST_TEXT], theirs[NEAP_DIGEST_TEXT];
  FIELDS_TEXT(&reader, "state_hash", theirs);
  neap_status status = reader.status == NEAP_OK ? neap_state_hash(state, ours, fault) : reader.status;
  if (status != NEAP_OK || strcmp(ours, theirs) == 0) return status;
  neap_fail(fault, NEAP_CORRUPT, "state_differs", "the snapshot in event %llu has %s, the events before it make %s",
            (unsigned long long)event->seq, theirs, ours);
  return NEAP_CORRUPT;
}

/* The record of a snapshot begins with that of its state. */
static neap_status compare_bytes(neap_state *state, const neap_event *event, neap_fault *fault) {
  neap_buffer record;
  neap_buffer_init(&record);
  neap_status status = neap_state_record(state, &record, fault);
  bool same =
      status == NEAP_OK && record.size < event->record_size && memcmp(record.data, event->record, record.size) == 0;
  neap_buffer_fini(&record);
  if (status != NEAP_OK || same) return status;
  return neap_fail(fault, NEAP_CORRUPT, "state_differs", "the fields of the snapshot in event %llu are not its state's",
                   (unsigned long long)event->seq);
}

static neap_status compare_all(neap_state *state, const neap_event *event, neap_fault *fault) {
  neap_status status = compare(state, event, fault);
  return status == NEAP_OK ? compare_bytes(state, event, fault) : status;
}

neap_status state_compare_snapshot(neap_state *state, const neap_event *event, neap_fault *fault) {
  neap_status status = compare_all(state, event, fault);
  if (status == NEAP_OK) state->snapshots++;
  return status;
}

neap_status state_take_snapshot(neap_state *state, const neap_event *event, neap_fault *fault) {
  fields reader = {event, event->record, event->record_size, NEAP_OK, fault};
  state->started = true;
  neap_status status = restore(state, &reader);
  if (status == NEAP_OK) status = reader.status;
  return status == NEAP_OK ? compare_all(state, event, fault) : status;
}
