/* SPDX-License-Identifier: MIT */
/* sizing_view: what a session shows for the advice on sizes (risk/sizing): volatility and closed trades. */
#include <string.h>

#include "session/session_state.h"

bool sizing_wants_closes(const neap_limits *limits) {
  return limits->enable_dynamic_position_sizing && !neap_decimal_is_zero(limits->sizing_target_volatility);
}

bool sizing_wants_liquidity(const neap_limits *limits) {
  return limits->enable_dynamic_position_sizing && !neap_decimal_is_zero(limits->sizing_max_impact_bps);
}

bool sizing_begins_count(const neap_session *session, const neap_limits *limits, neap_buffer *event) {
  bool wanted = limits->enable_dynamic_position_sizing && strcmp(limits->position_sizing_method, "kelly") == 0;
  if (!wanted || session->counts_trades) return false;
  neap_record_bool(event, "counts_trades", true);
  return true;
}

void sizing_begin_count(neap_session *session) {
  session->counts_trades = true;
  tally_clear(session->round_trips, session->desk_count);
}

static bool volatility_of(const neap_session *session, uint32_t product, neap_decimal *out) {
  int64_t periods = session->limits->volatility_periods_per_year;
  double value;
  if (!session->closes ||
      !neap_volatility(&session->closes[product],
                       periods ? (double)periods : neap_periods_per_year(session->markets[product].frame), &value))
    return false;
  return neap_decimal_from_double(value, NEAP_DECIMAL_DIVISION, out, NULL) == NEAP_OK;
}

void sizing_show(const neap_session *session, const neap_order *order, neap_snapshot *out) {
  if (!session->limits->enable_dynamic_position_sizing) return;
  if (session->counts_trades) out->tally = neap_round_trips_tally(session->round_trips, order->ticket.strategy);
  if (sizing_wants_closes(session->limits))
    out->has_volatility = volatility_of(session, order->ticket.product, &out->volatility);
}
