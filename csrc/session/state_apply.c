/* SPDX-License-Identifier: MIT */
/* state_apply: one event after the other: the session's own events and timers here, those of orders in state_orders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/state_fields.h"
#include "session/upcast.h"

/* One strategy is named beside its digest and has all the cash; several are a list. */
static neap_status read_seats(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  neap_status status = NEAP_OK;
  if (state->seat_count == 1 && !fields_count(event, "strategies")) {
    FIELDS_TEXT(event, "strategy", state->seats[0].name);
    FIELDS_TEXT(event, "strategy_digest", state->seats[0].digest);
    return neap_ledger_deposit(state->ledger, 0, fields_decimal(event, "cash"), event->fault);
  }
  for (uint32_t i = 0; status == NEAP_OK && fields_each(event, "strategies", &at, &map); i++) {
    FIELDS_TEXT(&map, "name", state->seats[i].name);
    FIELDS_TEXT(&map, "digest", state->seats[i].digest);
    status = map.status != NEAP_OK ? map.status
                                   : neap_ledger_deposit(state->ledger, i, fields_decimal(&map, "cash"), event->fault);
  }
  return status;
}

static neap_status read_products(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  for (uint32_t i = 0; fields_each(event, "products", &at, &map); i++) {
    fields_product(&map, &state->products[i]);
    if (map.status != NEAP_OK) return event->status = map.status;
  }
  return event->status;
}

static void read_guard(neap_state *state, fields *event) {
  state->guard_mode = (neap_mode)fields_word(event, "guard_mode", word_of_mode, NEAP_MODE_HALTED + 1);
  FIELDS_TEXT(event, "guard_reason", state->guard_reason);
  FIELDS_TEXT(event, "guard_who", state->guard_who);
  state->guard_since = fields_time_or(event, "guard_since", 0);
}

static neap_status started(neap_state *state, fields *event) {
  uint32_t products = fields_count(event, "products"), seats = fields_count(event, "strategies");
  if (state->started) return fields_fail(event, "the session had started already");
  if (products == 0 || products > NEAP_STRATEGY_PRODUCTS || seats > STATE_SEATS)
    return fields_fail(event, "it lists %u products and %u strategies", products, seats);
  FIELDS_TEXT(event, "session", state->session);
  FIELDS_TEXT(event, "mode", state->mode);
  FIELDS_TEXT(event, "currency", state->currency);
  state->configuration = (uint64_t)fields_int_or(event, "configuration_number", 0);
  if (event->status != NEAP_OK) return event->status;
  state->started = true;
  neap_status status = state_make_room(state, products, seats ? seats : 1, event->fault);
  if (status == NEAP_OK) status = read_products(state, event);
  if (status == NEAP_OK) status = fields_open_books(event, state);
  if (status == NEAP_OK) status = read_seats(state, event);
  if (status == NEAP_OK) status = state_read_fees(state, event);
  if (status == NEAP_OK) read_guard(state, event);
  state->keeps_recent = fields_bool(event, "keeps_recent");
  if (status == NEAP_OK) state_begin_tally(state, event);
  state->keeps_traded = fields_bool(event, "keeps_traded");
  return status == NEAP_OK ? event->status : status;
}

static state_seat *seat_of(neap_state *state, fields *event) {
  char name[64];
  FIELDS_TEXT(event, "strategy", name);
  int at = name[0] ? state_find_seat(state, name) : 0;
  if (at >= 0) return &state->seats[at];
  fields_fail(event, "there is no strategy %s", name);
  return NULL;
}

static desk_timer **find_timer(state_seat *seat, const char *name) {
  desk_timer **at = &seat->timers;
  while (*at && strcmp((*at)->name, name) != 0) at = &(*at)->next;
  return at;
}

static void remove_timer(desk_timer **at) {
  desk_timer *gone = *at;
  *at = gone->next;
  free(gone);
}

static neap_status set_timer(state_seat *seat, const char *name, fields *event) {
  desk_timer **end = &seat->timers;
  if (*find_timer(seat, name)) return fields_fail(event, "timer %s is set already", name);
  while (*end) end = &(*end)->next;
  *end = calloc(1, sizeof **end);
  if (!*end) return event->status = state_no_memory(event->fault);
  snprintf((*end)->name, sizeof(*end)->name, "%s", name);
  (*end)->kind = (timer_kind)fields_word(event, "kind", word_of_timer, TIMER_UNKNOWN + 1);
  (*end)->due = fields_time_or(event, "due", 0);
  (*end)->period = fields_int_or(event, "period", 0);
  (*end)->missed = (int)fields_int_or(event, "missed", 0);
  return event->status;
}

/* Without a next time it was its last. Of a timer of version 1 nobody knows. */
static neap_status fire_timer(state_seat *seat, const char *name, fields *event) {
  desk_timer **at = find_timer(seat, name);
  neap_record_field kind;
  int64_t next = fields_time_or(event, "next", 0);
  bool unknown = fields_find(event, "kind", NEAP_RECORD_TEXT, &kind);
  if (!*at) return unknown ? event->status : fields_fail(event, "timer %s was not set", name);
  if (!unknown && (*at)->due != fields_time_or(event, "due", 0))
    return fields_fail(event, "timer %s was not due then", name);
  if (next)
    (*at)->due = next;
  else
    remove_timer(at);
  return event->status;
}

/* A recurring timer of version 1 is gone from the state once it has fired. */
static neap_status cancel_timer(neap_state *state, state_seat *seat, const char *name, fields *event) {
  desk_timer **at = find_timer(seat, name);
  (void)state;
  if (*at) remove_timer(at);
  return event->status;
}

neap_status state_apply_timer(neap_state *state, const char *type, fields *event, bool *known) {
  char name[64];
  *known = strncmp(type, "timer_", 6) == 0;
  if (!*known) return NEAP_OK;
  state_seat *seat = seat_of(state, event);
  FIELDS_TEXT(event, "name", name);
  if (event->status != NEAP_OK) return event->status;
  if (strcmp(type, "timer_set") == 0) return set_timer(seat, name, event);
  if (strcmp(type, "timer_fired") == 0) return fire_timer(seat, name, event);
  return cancel_timer(state, seat, name, event);
}

/* Entries that were dropped had numbers; they are in no other event. */
static neap_status callback_failed(neap_state *state, fields *event) {
  state->orders += (uint64_t)fields_int_or(event, "entries_dropped", 0);
  return event->status;
}

static neap_status state_saved(neap_state *state, fields *event) {
  neap_record_field saved;
  state_seat *seat = seat_of(state, event);
  if (!seat || !fields_find(event, "state", NEAP_RECORD_MAP, &saved)) return event->status;
  neap_buffer_clear(&seat->saved);
  neap_buffer_append(&seat->saved, saved.value.bytes.data, saved.value.bytes.size);
  return seat->saved.status == NEAP_OK ? event->status : (event->status = state_no_memory(event->fault));
}

static neap_status quarantined(neap_state *state, fields *event) {
  state_seat *seat = seat_of(state, event);
  if (!seat) return event->status;
  FIELDS_TEXT(event, "code", seat->aside_code);
  FIELDS_TEXT(event, "message", seat->aside_message);
  state_free_timers(seat->timers);
  seat->timers = NULL;
  if (!seat->aside_code[0]) snprintf(seat->aside_code, sizeof seat->aside_code, "failed");
  return event->status;
}

static neap_status stopped(neap_state *state, fields *event) {
  if (fields_int_or(event, "fills", (int64_t)state->fills) != (int64_t)state->fills)
    return fields_fail(event, "it counts other fills than there were");
  state->ended = true;
  return event->status;
}

static neap_status mode_changed(neap_state *state, fields *event) {
  state->guard_mode = (neap_mode)fields_word(event, "mode", word_of_mode, NEAP_MODE_HALTED + 1);
  FIELDS_TEXT(event, "reason", state->guard_reason);
  FIELDS_TEXT(event, "who", state->guard_who);
  state->guard_since = event->event->ts_ns;
  if (state->guard_mode == NEAP_MODE_NORMAL) neap_risk_state_resume(&state->risk);
  return event->status;
}

static neap_status failed(neap_state *state, fields *event) {
  state->ended = true;
  return event->status;
}

/* A strategy whose source changed comes out of quarantine. */
static void take_digest(state_seat *seat, fields *strategy) {
  char digest[NEAP_DIGEST_TEXT];
  FIELDS_TEXT(strategy, "digest", digest);
  if (strcmp(seat->digest, digest) != 0) seat->aside_code[0] = seat->aside_message[0] = '\0';
  memcpy(seat->digest, digest, sizeof digest);
}

static neap_status resumed(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  state->ended = false;
  state->configuration = (uint64_t)fields_int_or(event, "configuration_number", (int64_t)state->configuration);
  state->keeps_recent = fields_bool(event, "keeps_recent");
  state_begin_tally(state, event);
  state->keeps_traded = fields_bool(event, "keeps_traded");
  read_guard(state, event);
  for (uint32_t i = 0; i < state->seat_count && fields_each(event, "strategies", &at, &map); i++)
    take_digest(&state->seats[i], &map);
  return event->status;
}

/* Others may have the seats, under other names. */
static neap_status forked(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  FIELDS_TEXT(event, "mode", state->mode);
  for (uint32_t i = 0; i < state->seat_count && fields_each(event, "strategies", &at, &map); i++) {
    FIELDS_TEXT(&map, "name", state->seats[i].name);
    take_digest(&state->seats[i], &map);
  }
  return event->status;
}

static neap_status configuration_changed(neap_state *state, fields *event) {
  state->configuration = (uint64_t)fields_int(event, "number");
  state_begin_tally(state, event);
  return event->status;
}

typedef struct session_change {
  const char *type;
  neap_status (*apply)(neap_state *state, fields *event);
} session_change;

static const session_change session_changes[] = {{"session_started", started},
                                                 {"session_stopped", stopped},
                                                 {"session_failed", failed},
                                                 {"session_resumed", resumed},
                                                 {"session_forked", forked},
                                                 {"callback_failed", callback_failed},
                                                 {"state_saved", state_saved},
                                                 {"configuration_changed", configuration_changed},
                                                 {"strategy_quarantined", quarantined},
                                                 {"mode_changed", mode_changed},
                                                 {"group_broken", state_break_group},
                                                 {"unwind_failed", state_unwind_failed},
                                                 {"fee_tier", state_set_fee_tier},
                                                 {"funding", state_apply_funding}};

/* Log lines, data_read and other kinds change nothing. */
static neap_status apply_record(neap_state *state, const neap_event *event, neap_fault *fault) {
  fields reader = {event, event->record, event->record_size, NEAP_OK, fault};
  bool known = false;
  if (!state->started && strcmp(event->type, "session_started") != 0)
    return fields_fail(&reader, "the session has not started");
  for (size_t i = 0; i < sizeof session_changes / sizeof *session_changes; i++)
    if (strcmp(session_changes[i].type, event->type) == 0) return session_changes[i].apply(state, &reader);
  neap_status status = state_apply_order(state, event->type, &reader, &known);
  if (!known) status = state_apply_timer(state, event->type, &reader, &known);
  if (!known) status = state_apply_guard(state, event->type, &reader, &known);
  if (!known) status = state_apply_external(state, event->type, &reader, &known);
  if (status == NEAP_OK && known && state->ended) return fields_fail(&reader, "the session had stopped");
  return status == NEAP_OK ? reader.status : status;
}

static neap_status check_order(const neap_state *state, const neap_event *event, neap_fault *fault) {
  fields reader = {event, NULL, 0, NEAP_OK, fault};
  if (state->last_seq && event->seq != state->last_seq + 1)
    return fields_fail(&reader, "it comes after event %llu", (unsigned long long)state->last_seq);
  if (state->last_seq && event->ts_ns < state->time) return fields_fail(&reader, "its time goes back");
  return NEAP_OK;
}

neap_status neap_state_apply(neap_state *state, const neap_event *event, neap_fault *fault) {
  neap_event today = *event;
  neap_status status = neap_upcast(&today, state->scratch, fault);
  if (status == NEAP_OK) status = check_order(state, &today, fault);
  if (status != NEAP_OK) return status;
  if (strcmp(today.type, "state_snapshot") == 0)
    status = state->started ? state_compare_snapshot(state, &today, fault) : state_take_snapshot(state, &today, fault);
  else
    status = apply_record(state, &today, fault);
  if (status != NEAP_OK) return status;
  if (strcmp(today.type, "state_snapshot") == 0) state->snapshot_seq = today.seq;
  state->last_seq = today.seq;
  state->time = today.ts_ns;
  return NEAP_OK;
}
