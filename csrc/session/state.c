/* SPDX-License-Identifier: MIT */
/* state: its life, its parts, its hash; and replay of a store. */
#include "session/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "session/state_parts.h"

neap_status state_no_memory(neap_fault *fault) {
  return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a session's state");
}

neap_status neap_state_new(neap_state **out, neap_fault *fault) {
  neap_state *state = calloc(1, sizeof *state);
  *out = state;
  if (state) state->digest = neap_digest_new();
  if (state && state->digest) return NEAP_OK;
  free(state);
  *out = NULL;
  return state_no_memory(fault);
}

void state_free_timers(desk_timer *timers) {
  while (timers) {
    desk_timer *next = timers->next;
    free(timers);
    timers = next;
  }
}

static void free_parts(neap_state *state) {
  while (state->first) state_unlink_order(state, state->first);
  for (uint32_t i = 0; i < state->seat_count; i++) {
    state_free_timers(state->seats[i].timers);
    neap_buffer_fini(&state->seats[i].saved);
  }
  groups_free(state->groups);
  neap_ledger_free(state->ledger);
  neap_round_trips_free(state->round_trips);
  free(state->fee_plan);
  free(state->products);
  free(state->volumes);
  free(state->seats);
}

void neap_state_free(neap_state *state) {
  if (!state) return;
  free_parts(state);
  neap_digest_free(state->digest);
  neap_buffer_fini(&state->scratch[0]);
  neap_buffer_fini(&state->scratch[1]);
  free(state);
}

neap_status state_make_room(neap_state *state, uint32_t products, uint32_t seats, neap_fault *fault) {
  state->products = calloc(products, sizeof *state->products);
  state->volumes = calloc(products, sizeof *state->volumes);
  state->seats = calloc(seats, sizeof *state->seats);
  if (!state->products || !state->volumes || !state->seats) return state_no_memory(fault);
  state->product_count = products;
  state->seat_count = seats;
  return NEAP_OK;
}

neap_status state_open_books(neap_state *state, neap_fault *fault) {
  neap_status status =
      neap_ledger_new(state->currency, state->products, state->product_count, state->seat_count, &state->ledger, fault);
  if (status != NEAP_OK) return status;
  return neap_round_trips_new(state->product_count, state->seat_count, &state->round_trips, fault);
}

int state_find_product(const neap_state *state, const char *id) {
  for (uint32_t i = 0; i < state->product_count; i++)
    if (strcmp(state->products[i].id, id) == 0) return (int)i;
  return -1;
}

int state_find_seat(const neap_state *state, const char *name) {
  for (uint32_t i = 0; i < state->seat_count; i++)
    if (strcmp(state->seats[i].name, name) == 0) return (int)i;
  return -1;
}

void state_count_rejection(neap_state *state, const char *code) {
  state->rejections++;
  for (uint32_t i = 0; i < state->rejected_count; i++)
    if (strcmp(state->rejected[i].code, code) == 0) {
      state->rejected[i].count++;
      return;
    }
  if (state->rejected_count == STATE_REASONS) return;
  neap_rejection_count *entry = &state->rejected[state->rejected_count++];
  strncpy(entry->code, code, sizeof entry->code - 1);
  entry->count = 1;
}

void state_link_order(neap_state *state, neap_order *order) {
  order->previous = state->last;
  *(state->last ? &state->last->next : &state->first) = order;
  state->last = order;
}

void state_unlink_order(neap_state *state, neap_order *order) {
  *(order->previous ? &order->previous->next : &state->first) = order->next;
  *(order->next ? &order->next->previous : &state->last) = order->previous;
  free(order);
}

neap_order *state_find_order(const neap_state *state, uint64_t number) {
  neap_order *order = state->last;
  while (order && order->ticket.number != number) order = order->previous;
  return order;
}

static int64_t day_of(int64_t time) {
  const int64_t length = 86400 * NEAP_SECOND;
  return time / length - (time % length < 0);
}

void bar_volume_add(bar_volume *volume, const neap_fill *fill, int64_t now, neap_decimal value) {
  if (volume->bar != fill->time) volume->used = NEAP_ZERO;
  volume->bar = fill->time;
  neap_decimal_add(volume->used, fill->quantity, &volume->used);
  volume->traded = bar_volume_today(volume, now);
  volume->day = day_of(now);
  neap_decimal_add(volume->traded, value, &volume->traded);
}

neap_decimal bar_volume_today(const bar_volume *volume, int64_t now) {
  return volume->day == day_of(now) ? volume->traded : NEAP_ZERO;
}

neap_status neap_state_hash(const neap_state *state, char out[NEAP_DIGEST_TEXT], neap_fault *fault) {
  unsigned char hash[NEAP_DIGEST_SIZE];
  neap_buffer record;
  neap_buffer_init(&record);
  neap_status status = neap_state_record(state, &record, fault);
  if (status == NEAP_OK) {
    neap_digest_start(state->digest);
    neap_digest_update(state->digest, record.data, record.size);
    neap_digest_finish(state->digest, hash);
    neap_digest_hex(hash, out);
  }
  neap_buffer_fini(&record);
  return status;
}
