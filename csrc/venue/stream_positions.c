/* SPDX-License-Identifier: MIT */
/* stream_positions: a portfolio's positions in derivatives, as the user channel tells them. */
#include "venue/margin.h"
#include "venue/stream_state.h"

static const char *side_of(const neap_venue_position *position) { return position->contracts < 0 ? "Short" : "Long"; }

static void write_perpetual(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio,
                            const neap_venue_position *position) {
  neap_venue_view at = neap_venue_view_of(venue, position);
  neap_json_object(json, NULL);
  neap_json_string(json, "product_id", at.product->id);
  neap_json_string(json, "portfolio_uuid", venue->portfolios[portfolio].id);
  neap_json_decimal(json, "vwap", at.entry);
  neap_json_decimal(json, "entry_vwap", at.entry);
  neap_json_string(json, "position_side", side_of(position));
  neap_json_string(json, "margin_type", "Cross");
  neap_json_decimal(json, "net_size", at.size);
  neap_venue_write_working(json, venue, portfolio, position->product);
  neap_json_decimal(json, "leverage", at.leverage);
  neap_json_decimal(json, "mark_price", at.mark);
  neap_json_decimal(json, "liquidation_price", neap_venue_liquidation_price(venue, portfolio, position));
  neap_json_decimal(json, "im_notional", at.initial);
  neap_json_decimal(json, "mm_notional", at.maintenance);
  neap_json_decimal(json, "position_notional", at.notional);
  neap_json_decimal(json, "unrealized_pnl", at.unrealized);
  neap_json_decimal(json, "aggregated_pnl", neap_venue_sum(at.unrealized, position->realized));
  neap_json_end_object(json);
}

static void write_expiring(neap_json_writer *json, const neap_venue *venue, const neap_venue_position *position) {
  neap_venue_view at = neap_venue_view_of(venue, position);
  neap_json_object(json, NULL);
  neap_json_string(json, "product_id", at.product->id);
  neap_json_string(json, "side", side_of(position));
  neap_json_decimal(json, "number_of_contracts", neap_decimal_abs(at.size));
  neap_json_decimal(json, "realized_pnl", position->realized);
  neap_json_decimal(json, "unrealized_pnl", at.unrealized);
  neap_json_decimal(json, "entry_price", at.entry);
  neap_json_end_object(json);
}

static void write_kind(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio, neap_product_kind kind) {
  const neap_venue_portfolio *owner = portfolio == UINT32_MAX ? NULL : &venue->portfolios[portfolio];
  for (size_t i = 0; owner && i < owner->position_count; i++) {
    const neap_venue_position *position = &owner->positions[i];
    if (!position->contracts || venue->products[position->product].facts.kind != kind) continue;
    if (kind == NEAP_PERPETUAL)
      write_perpetual(json, venue, portfolio, position);
    else
      write_expiring(json, venue, position);
  }
}

void neap_stream_write_positions(neap_json_writer *json, neap_venue *venue, uint32_t portfolio) {
  neap_json_object(json, "positions");
  neap_json_array(json, "perpetual_futures_positions");
  write_kind(json, venue, portfolio, NEAP_PERPETUAL);
  neap_json_end_array(json);
  neap_json_array(json, "expiring_futures_positions");
  write_kind(json, venue, portfolio, NEAP_FUTURE);
  neap_json_end_array(json);
  neap_json_end_object(json);
}
