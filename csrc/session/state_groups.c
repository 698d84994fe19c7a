/* SPDX-License-Identifier: MIT */
/* state_groups: groups of orders in events and in snapshots. */
#include <stdlib.h>
#include <string.h>

#include "session/state_fields.h"

void state_read_group(fields *event, neap_order *order) {
  char word[16];
  order->group = (uint64_t)fields_int_or(event, "group", 0);
  order->one_cancels_other = fields_bool(event, "oco");
  FIELDS_TEXT(event, "on_partial", word);
  order->unwinds_group = strcmp(word, "unwind") == 0;
  order->unwinds = (uint64_t)fields_int_or(event, "unwinds", 0);
}

neap_status state_break_group(neap_state *state, fields *event) {
  group_break(&state->groups, (uint64_t)fields_int(event, "group"));
  return event->status;
}

neap_status state_unwind_failed(neap_state *state, fields *event) {
  group_try_again(&state->groups, (uint64_t)fields_int(event, "group"), (uint64_t)fields_int(event, "leg"),
                  fields_time_or(event, "again", 0));
  return event->status;
}

static void record_flag(neap_buffer *out, const char *key, bool is_set) {
  if (is_set) neap_record_bool(out, key, true);
}

static void record_leg(const neap_state *state, const group_leg *leg, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_int(out, "order", (int64_t)leg->order);
  neap_record_text(out, "product", state->products[leg->product].id);
  neap_record_text(out, "side", neap_side_name(leg->side));
  if (!neap_decimal_is_zero(leg->opened)) neap_record_decimal(out, "opened", leg->opened);
  if (!neap_decimal_is_zero(leg->closed)) neap_record_decimal(out, "closed", leg->closed);
  if (!neap_decimal_is_zero(leg->asked)) neap_record_decimal(out, "asked", leg->asked);
  if (leg->failures) neap_record_int(out, "failures", leg->failures);
  if (leg->again) neap_record_time(out, "again", leg->again);
  if (!neap_decimal_is_zero(leg->stop)) neap_record_decimal(out, "stop", leg->stop);
  if (!neap_decimal_is_zero(leg->trail_bps)) neap_record_decimal(out, "trail_bps", leg->trail_bps);
  if (leg->awaits) neap_record_int(out, "awaits", (int64_t)leg->awaits);
  record_flag(out, "works", leg->works);
  record_flag(out, "full", leg->is_full);
  record_flag(out, "touched", leg->is_touched);
  record_flag(out, "failed", leg->has_failed);
  neap_record_end(out);
}

static void record_group(const neap_state *state, const order_group *group, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_int(out, "group", (int64_t)group->number);
  neap_record_int(out, "seat", group->strategy);
  record_flag(out, "oco", group->one_cancels_other);
  record_flag(out, "unwinds", group->unwinds);
  record_flag(out, "broken", group->is_broken);
  neap_record_list(out, "legs");
  for (uint32_t i = 0; i < group->count; i++) record_leg(state, &group->leg[i], out);
  neap_record_end(out);
  neap_record_end(out);
}

void state_record_groups(const neap_state *state, neap_buffer *out) {
  if (!state->groups) return;
  neap_record_list(out, "groups");
  for (const order_group *group = state->groups; group; group = group->next) record_group(state, group, out);
  neap_record_end(out);
}

static neap_status read_leg(const neap_state *state, fields *map, order_group *group) {
  char product[40];
  group_leg *leg = &group->leg[group->count++];
  FIELDS_TEXT(map, "product", product);
  int index = state_find_product(state, product);
  if (index < 0) return fields_fail(map, "a group has a leg in %s, which is no product of the session", product);
  *leg = (group_leg){.order = (uint64_t)fields_int(map, "order"),
                     .product = (uint32_t)index,
                     .side = (neap_side)fields_word(map, "side", word_of_side, 2),
                     .opened = fields_decimal(map, "opened"),
                     .closed = fields_decimal(map, "closed"),
                     .awaits = (uint64_t)fields_int_or(map, "awaits", 0),
                     .works = fields_bool(map, "works"),
                     .is_full = fields_bool(map, "full"),
                     .is_touched = fields_bool(map, "touched"),
                     .asked = fields_decimal(map, "asked"),
                     .stop = fields_decimal(map, "stop"),
                     .trail_bps = fields_decimal(map, "trail_bps"),
                     .has_failed = fields_bool(map, "failed"),
                     .failures = (uint32_t)fields_int_or(map, "failures", 0),
                     .again = fields_time_or(map, "again", 0)};
  return map->status;
}

static neap_status read_group(const neap_state *state, fields *map, order_group *group) {
  fields leg;
  size_t at = 0;
  group->number = (uint64_t)fields_int(map, "group");
  group->strategy = (uint32_t)fields_int_or(map, "seat", 0);
  if (group->strategy >= state->seat_count) return fields_fail(map, "there is no such strategy");
  group->one_cancels_other = fields_bool(map, "oco");
  group->unwinds = fields_bool(map, "unwinds");
  group->is_broken = fields_bool(map, "broken");
  while (map->status == NEAP_OK && group->count < GROUP_LEGS && fields_each(map, "legs", &at, &leg))
    map->status = read_leg(state, &leg, group);
  return map->status;
}

neap_status state_restore_groups(neap_state *state, fields *event) {
  fields map;
  size_t at = 0;
  order_group **end = &state->groups;
  while (event->status == NEAP_OK && fields_each(event, "groups", &at, &map)) {
    *end = calloc(1, sizeof **end);
    if (!*end) return event->status = state_no_memory(event->fault);
    event->status = read_group(state, &map, *end);
    end = &(*end)->next;
  }
  return event->status;
}
