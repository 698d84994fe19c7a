/* SPDX-License-Identifier: MIT */
/* state_tally: what closed trades gave, by strategy: Kelly's formula goes by it, so it survives a restart. It is part
 * of the state from the event on that says so (counts_trades), and begins with nothing there: stores of before that
 * have no such event are the state that they were. */
#include "session/state_fields.h"

void tally_clear(neap_round_trips *trips, uint32_t seats) {
  static const neap_trade_tally none = {.wins = 0};
  for (uint32_t i = 0; i < seats; i++) neap_round_trips_set_tally(trips, i, &none);
}

void state_begin_tally(neap_state *state, fields *event) {
  if (state->counts_trades || !fields_bool(event, "counts_trades")) return;
  state->counts_trades = true;
  tally_clear(state->round_trips, state->seat_count);
}

void state_record_tally(const neap_state *state, uint32_t seat, neap_buffer *out) {
  const neap_trade_tally *tally = neap_round_trips_tally(state->round_trips, seat);
  if (!state->counts_trades || tally->wins + tally->losses == 0) return;
  neap_record_map(out, "closed_trades");
  neap_record_int(out, "wins", (int64_t)tally->wins);
  neap_record_int(out, "losses", (int64_t)tally->losses);
  neap_record_decimal(out, "won", tally->won);
  neap_record_decimal(out, "lost", tally->lost);
  neap_record_end(out);
}

void state_restore_tally(neap_state *state, uint32_t seat, fields *map) {
  neap_record_field field;
  if (!fields_find(map, "closed_trades", NEAP_RECORD_MAP, &field)) return;
  fields one = {map->event, field.value.bytes.data, field.value.bytes.size, NEAP_OK, map->fault};
  const neap_trade_tally tally = {.wins = (uint64_t)fields_int(&one, "wins"),
                                  .losses = (uint64_t)fields_int(&one, "losses"),
                                  .won = fields_decimal(&one, "won"),
                                  .lost = fields_decimal(&one, "lost")};
  if (one.status == NEAP_OK)
    neap_round_trips_set_tally(state->round_trips, seat, &tally);
  else
    map->status = one.status;
}
