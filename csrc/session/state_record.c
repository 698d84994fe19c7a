/* SPDX-License-Identifier: MIT */
/* state_record: a state as canonical bytes: what order has a meaning stays in its order, the rest is sorted; nothing is
 * written that is zero. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/state_parts.h"

static void put_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

static void put_text(neap_buffer *out, const char *key, const char *text) {
  if (text[0]) neap_record_text(out, key, text);
}

static void put_int(neap_buffer *out, const char *key, uint64_t value) {
  if (value) neap_record_int(out, key, (int64_t)value);
}

static int by_code(const void *a, const void *b) {
  return strcmp(((const neap_rejection_count *)a)->code, ((const neap_rejection_count *)b)->code);
}

static void record_rejected(const neap_state *state, neap_buffer *out) {
  neap_rejection_count sorted[STATE_REASONS];
  memcpy(sorted, state->rejected, state->rejected_count * sizeof *sorted);
  qsort(sorted, state->rejected_count, sizeof *sorted, by_code);
  neap_record_list(out, "rejected");
  for (uint32_t i = 0; i < state->rejected_count; i++) {
    neap_record_map(out, "");
    neap_record_text(out, "code", sorted[i].code);
    neap_record_int(out, "count", (int64_t)sorted[i].count);
    neap_record_end(out);
  }
  neap_record_end(out);
}

static void record_recent_products(const neap_recent *recent, neap_buffer *out) {
  neap_record_list(out, "recent_products");
  for (uint64_t number = recent->first; number < recent->next; number++)
    neap_record_int(out, "", recent->product[number % NEAP_RECENT_SLOTS]);
  neap_record_end(out);
}

/* Pairs of time and key. */
static void record_recent(const neap_recent *recent, neap_buffer *out) {
  neap_record_list(out, "recent_orders");
  for (uint64_t number = recent->first; number < recent->next; number++) {
    neap_record_int(out, "", recent->time[number % NEAP_RECENT_SLOTS]);
    neap_record_int(out, "", (int64_t)recent->key[number % NEAP_RECENT_SLOTS]);
  }
  neap_record_end(out);
}

static void record_session(const neap_state *state, neap_buffer *out) {
  neap_record_text(out, "session", state->session);
  neap_record_text(out, "mode", state->mode);
  neap_record_text(out, "currency", state->currency);
  neap_record_bool(out, "ended", state->ended);
  neap_record_text(out, "guard_mode", neap_mode_name(state->guard_mode));
  put_text(out, "guard_reason", state->guard_reason);
  put_text(out, "guard_who", state->guard_who);
  if (state->guard_since) neap_record_time(out, "guard_since", state->guard_since);
  put_int(out, "configuration_number", state->configuration);
  state_record_guards(state, out);
  neap_record_int(out, "orders", (int64_t)state->orders);
  neap_record_int(out, "fills", (int64_t)state->fills);
  neap_record_int(out, "trades", (int64_t)state->trades);
  neap_record_int(out, "rejections", (int64_t)state->rejections);
  put_int(out, "triggers_set", state->triggers_set);
  put_int(out, "triggers_fired", state->triggers_fired);
  record_rejected(state, out);
  if (state->counts_trades) neap_record_bool(out, "counts_trades", true);
  if (state->keeps_recent) record_recent(&state->recent, out);
  if (state->keeps_traded) record_recent_products(&state->recent, out);
}

static void record_product(const neap_product *product, const bar_volume *volume, bool traded, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "id", product->id);
  neap_record_text(out, "kind", neap_product_kind_name(product->kind));
  neap_record_text(out, "quote", product->quote);
  neap_record_decimal(out, "price_increment", product->price_increment);
  neap_record_decimal(out, "base_increment", product->base_increment);
  put_amount(out, "base_min_size", product->base_min);
  put_amount(out, "base_max_size", product->base_max);
  put_amount(out, "quote_min_size", product->notional_min);
  put_amount(out, "quote_max_size", product->notional_max);
  neap_record_decimal(out, "contract_size", product->contract_size);
  if (!neap_decimal_is_zero(volume->used)) {
    neap_record_time(out, "bar", volume->bar);
    neap_record_decimal(out, "bar_filled", volume->used);
  }
  if (traded && !neap_decimal_is_zero(volume->traded)) {
    neap_record_int(out, "traded_day", volume->day);
    neap_record_decimal(out, "traded", volume->traded);
  }
  neap_record_end(out);
}

static bool is_touched(const neap_position *position) {
  return position->quantity.units || position->realized.units || position->fees.units || position->funded_at;
}

static void record_trip(const neap_round_trip *trip, neap_buffer *out) {
  if (neap_decimal_is_zero(trip->quantity)) return;
  neap_record_map(out, "trade");
  neap_record_text(out, "side", neap_side_name(trip->side));
  neap_record_decimal(out, "quantity", trip->quantity);
  put_amount(out, "entry_notional", trip->entry_notional);
  put_amount(out, "exit_notional", trip->exit_notional);
  put_amount(out, "pnl", trip->pnl);
  put_amount(out, "fees", trip->fees);
  put_amount(out, "funding", trip->funding);
  neap_record_time(out, "entry_time", trip->entry_time);
  neap_record_time(out, "exit_time", trip->exit_time);
  neap_record_end(out);
}

static void record_position(const neap_state *state, uint32_t seat, uint32_t product, neap_buffer *out) {
  const neap_position *position = neap_ledger_position(state->ledger, seat, product);
  if (!is_touched(position)) return;
  neap_record_map(out, "");
  neap_record_text(out, "product", state->products[product].id);
  neap_record_decimal(out, "quantity", position->quantity);
  put_amount(out, "cost", position->cost);
  put_amount(out, "realized", position->realized);
  put_amount(out, "fees", position->fees);
  put_amount(out, "funding", position->funding);
  if (position->funded_at) neap_record_time(out, "funded_at", position->funded_at);
  if (position->opened_at) neap_record_time(out, "opened_at", position->opened_at);
  record_trip(neap_round_trips_open(state->round_trips, seat, product), out);
  neap_record_end(out);
}

static void record_timer(const desk_timer *timer, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "name", timer->name);
  neap_record_text(out, "kind", word_of_timer(timer->kind));
  neap_record_time(out, "due", timer->due);
  put_int(out, "period", (uint64_t)timer->period);
  put_int(out, "missed", (uint64_t)timer->missed);
  neap_record_end(out);
}

static void record_seat(const neap_state *state, uint32_t i, neap_buffer *out) {
  const state_seat *seat = &state->seats[i];
  neap_record_map(out, "");
  neap_record_text(out, "name", seat->name);
  neap_record_text(out, "digest", seat->digest);
  put_text(out, "quarantined", seat->aside_code);
  put_text(out, "quarantined_message", seat->aside_message);
  put_int(out, "failures", (uint64_t)seat->failures.count);
  if (seat->failures.count) neap_record_time(out, "failed_at", seat->failures.at);
  state_record_tally(state, i, out);
  neap_record_decimal(out, "deposits", neap_ledger_deposits(state->ledger, i));
  neap_record_decimal(out, "cash", neap_ledger_cash(state->ledger, i));
  neap_record_list(out, "positions");
  for (uint32_t k = 0; k < state->product_count; k++) record_position(state, i, k, out);
  neap_record_end(out);
  neap_record_list(out, "timers");
  for (const desk_timer *timer = seat->timers; timer; timer = timer->next) record_timer(timer, out);
  neap_record_end(out);
  neap_record_end(out);
}

static void record_exits(const neap_order *order, neap_buffer *out) {
  static const char *const names[] = {"stop_order", "target_order", "trailing_order"};
  put_int(out, "parent", order->parent);
  put_amount(out, "stop_loss", order->stop_loss);
  put_amount(out, "take_profit", order->take_profit);
  put_amount(out, "trailing_stop_bps", order->trailing_stop_bps);
  put_amount(out, "covered", order->covered);
  for (int kind = 0; kind < 3; kind++) put_int(out, names[kind], order->exits[kind]);
  put_int(out, "owed", order->owed);
}

static void record_trigger(const neap_trigger *trigger, neap_buffer *out) {
  if (!trigger->emulated) return;
  neap_record_bool(out, "emulated", true);
  if (trigger->fired) neap_record_bool(out, "trigger_fired", true);
  put_amount(out, "trigger_level", trigger->level);
}

static void record_order(const neap_state *state, const neap_order *order, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "id", order->ticket.id);
  neap_record_text(out, "product", state->products[order->ticket.product].id);
  neap_ticket_record(&order->ticket, out);
  neap_record_text(out, "status", neap_order_status_name(order->status));
  put_amount(out, "filled", order->filled);
  put_amount(out, "filled_notional", order->filled_notional);
  put_amount(out, "fees", order->fees);
  neap_record_time(out, "created", order->created);
  if (order->submitted) neap_record_time(out, "submitted", order->submitted);
  put_int(out, "decision_seq", order->decision_seq);
  put_text(out, "engine", order->engine);
  put_text(out, "tag", order->tag);
  put_text(out, "why", order->why);
  record_exits(order, out);
  put_int(out, "replaces", order->replaces);
  put_int(out, "replaced_by", order->replaced_by);
  put_amount(out, "replaced_filled", order->replaced_filled);
  if (order->waits) neap_record_bool(out, "waits", true);
  if (neap_order_is_sliced(order)) neap_slices_record(&order->slices, out);
  put_int(out, "group", order->group);
  if (order->one_cancels_other) neap_record_bool(out, "oco", true);
  if (order->unwinds_group) neap_record_text(out, "on_partial", "unwind");
  put_int(out, "unwinds", order->unwinds);
  if (order->status >= NEAP_ORDER_WATCHED) record_trigger(&order->trigger, out);
  neap_record_end(out);
}

/* At the first level, so that a state may be nested as deeply as in the event state_saved. */
static void record_saved(const state_seat *seat, neap_buffer *out) {
  char key[sizeof seat->name + 8];
  if (seat->saved.size == 0) return;
  snprintf(key, sizeof key, "state:%s", seat->name);
  neap_record_map(out, key);
  neap_buffer_append(out, seat->saved.data, seat->saved.size);
  neap_record_end(out);
}

neap_status neap_state_record(const neap_state *state, neap_buffer *out, neap_fault *fault) {
  record_session(state, out);
  state_record_fees(state->fee_plan, out);
  neap_record_list(out, "products");
  for (uint32_t i = 0; i < state->product_count; i++)
    record_product(&state->products[i], &state->volumes[i], state->keeps_traded, out);
  neap_record_end(out);
  neap_record_list(out, "strategies");
  for (uint32_t i = 0; i < state->seat_count; i++) record_seat(state, i, out);
  neap_record_end(out);
  neap_record_list(out, "working");
  for (const neap_order *order = state->first; order; order = order->next) record_order(state, order, out);
  neap_record_end(out);
  state_record_groups(state, out);
  state_record_external(state, out);
  for (uint32_t i = 0; i < state->seat_count; i++) record_saved(&state->seats[i], out);
  return out->status == NEAP_OK ? NEAP_OK : state_no_memory(fault);
}
