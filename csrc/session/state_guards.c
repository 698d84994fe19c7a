/* SPDX-License-Identifier: MIT */
/* state_guards: what the guards remember, in events and in snapshots. */
#include <string.h>

#include "base/record.h"
#include "session/state_fields.h"

static const char *word_of_guard(unsigned index) { return neap_guard_name((neap_guard_id)index); }
static const char *word_of_level(unsigned index) { return neap_guard_level_name((neap_guard_level)index); }

static neap_status started(neap_state *state, fields *event) {
  neap_risk_state_day(&state->risk, fields_time_or(event, "day", 0), fields_decimal(event, "equity"),
                      fields_decimal(event, "paid"));
  return event->status;
}

static neap_status peaked(neap_state *state, fields *event) {
  state->risk.peak = fields_decimal(event, "peak");
  return event->status;
}

static neap_status measured(neap_state *state, fields *event) {
  state->risk.metrics_at = event->event->ts_ns;
  return event->status;
}

/* A guard, a level, and the product that an id names; at `since`. */
static neap_status hold(neap_state *state, fields *map, const char *id, int64_t since) {
  neap_guard_id guard = (neap_guard_id)fields_word(map, "guard", word_of_guard, NEAP_HOLDERS);
  neap_guard_level level = (neap_guard_level)fields_word(map, "level", word_of_level, NEAP_GUARD_LEVELS);
  int product = id[0] ? state_find_product(state, id) : -1;
  if (id[0] && product < 0) return fields_fail(map, "a guard holds %s, which is no product of the session", id);
  if (map->status == NEAP_OK) neap_risk_state_trip(&state->risk, guard, product, level, since);
  return map->status;
}

static neap_status found(neap_state *state, fields *event) {
  return hold(state, event, event->event->product, event->event->ts_ns);
}

typedef struct guard_change {
  const char *type;
  neap_status (*apply)(neap_state *state, fields *event);
} guard_change;

static const guard_change changes[] = {{"day_started", started}, {"equity_peak", peaked}, {"risk_metrics", measured},
                                       {"guard_tripped", found}, {"guard_noted", found},  {"guard_cleared", found}};

neap_status state_apply_guard(neap_state *state, const char *type, fields *event, bool *known) {
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    if (strcmp(changes[i].type, type) == 0) return *known = true, changes[i].apply(state, event);
  return event->status;
}

static void record_hold(const neap_guard_hold *held, unsigned guard, const char *product, neap_buffer *out) {
  if (held->level == NEAP_GUARD_CLEAR) return;
  neap_record_map(out, "");
  neap_record_text(out, "guard", word_of_guard(guard));
  if (product) neap_record_text(out, "product", product);
  neap_record_text(out, "level", word_of_level(held->level));
  neap_record_time(out, "since", held->since);
  neap_record_end(out);
}

static void record_holds(const neap_state *state, neap_buffer *out) {
  for (unsigned guard = 0; guard < NEAP_HOLDERS; guard++) record_hold(&state->risk.account[guard], guard, NULL, out);
  for (uint32_t i = 0; i < state->product_count; i++)
    for (unsigned guard = 0; guard < NEAP_HOLDERS; guard++)
      record_hold(&state->risk.product[i][guard], guard, state->products[i].id, out);
}

static bool has_holds(const neap_state *state) {
  bool any = false;
  for (unsigned guard = 0; guard < NEAP_HOLDERS; guard++) any |= state->risk.account[guard].level != NEAP_GUARD_CLEAR;
  for (uint32_t i = 0; i < state->product_count; i++)
    for (unsigned guard = 0; guard < NEAP_HOLDERS; guard++)
      any |= state->risk.product[i][guard].level != NEAP_GUARD_CLEAR;
  return any;
}

/* A session whose guards have nothing to remember writes nothing. */
void state_record_guards(const neap_state *state, neap_buffer *out) {
  const neap_risk_state *risk = &state->risk;
  if (!risk->has_day && !risk->metrics_at && neap_decimal_is_zero(risk->peak) && !has_holds(state)) return;
  neap_record_map(out, "guards");
  if (risk->has_day) neap_record_time(out, "day", risk->day);
  if (risk->has_day) neap_record_decimal(out, "day_equity", risk->day_equity);
  if (risk->has_day) neap_record_decimal(out, "day_paid", risk->day_paid);
  if (!neap_decimal_is_zero(risk->peak)) neap_record_decimal(out, "peak", risk->peak);
  if (risk->metrics_at) neap_record_time(out, "metrics_at", risk->metrics_at);
  neap_record_list(out, "holds");
  record_holds(state, out);
  neap_record_end(out);
  neap_record_end(out);
}

neap_status state_restore_guards(neap_state *state, fields *event) {
  neap_record_field field;
  fields one;
  size_t at = 0;
  if (!fields_find(event, "guards", NEAP_RECORD_MAP, &field)) return event->status;
  fields map = {event->event, field.value.bytes.data, field.value.bytes.size, NEAP_OK, event->fault};
  if (fields_find(&map, "day", NEAP_RECORD_TIME, &field))
    neap_risk_state_day(&state->risk, field.value.integer, fields_decimal(&map, "day_equity"),
                        fields_decimal(&map, "day_paid"));
  state->risk.peak = fields_decimal(&map, "peak");
  state->risk.metrics_at = fields_time_or(&map, "metrics_at", 0);
  while (map.status == NEAP_OK && fields_each(&map, "holds", &at, &one)) {
    char id[40];
    FIELDS_TEXT(&one, "product", id);
    map.status = hold(state, &one, id, fields_time_or(&one, "since", 0));
  }
  return event->status = map.status;
}
