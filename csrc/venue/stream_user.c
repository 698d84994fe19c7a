/* SPDX-License-Identifier: MIT */
/* stream_user: what one portfolio may see: its open orders at first, then each change of an order as it happens, with
 * the whole of its state; and its positions. */
#include <string.h>

#include "venue/orders.h"
#include "venue/stream_state.h"

static void begin_event(neap_stream_draft *draft, const char *type) {
  neap_stream_draft_begin(draft);
  neap_stream_draft_event(draft, type);
  neap_json_array(&draft->json, "orders");
}

/* `portfolio` UINT32_MAX: no positions. */
static void end_event(neap_stream_draft *draft, neap_venue *venue, uint32_t portfolio) {
  neap_json_end_array(&draft->json);
  neap_stream_write_positions(&draft->json, venue, portfolio);
  neap_json_end_object(&draft->json);
}

static bool is_told(const neap_venue_stream *stream, const neap_venue_order *order) {
  return stream->portfolio == order->portfolio &&
         neap_stream_has(stream, NEAP_STREAM_USER, neap_stream_order_product(stream->venue, order));
}

/* Writes open orders from `*at` of the portfolio's list on, at most a page of them; returns how many. */
static size_t write_page(neap_stream_draft *draft, const neap_venue_stream *stream, size_t *at) {
  const neap_venue *venue = stream->venue;
  const neap_venue_portfolio *owner = &venue->portfolios[stream->portfolio];
  size_t count = 0;
  for (; *at < owner->order_count && count < NEAP_STREAM_PAGE; ++*at) {
    const neap_venue_order *order = venue->orders[owner->orders[*at] - 1];
    if (neap_venue_order_is_over(order) || !is_told(stream, order)) continue;
    neap_stream_write_order(&draft->json, venue, order);
    count++;
  }
  return count;
}

/* Pages of 50 until one has fewer; the first of them has the positions too. */
void neap_stream_user_begin(neap_venue_stream *stream, neap_venue_product *product) {
  (void)product;
  uint32_t portfolio = stream->portfolio;
  for (size_t at = 0, count = NEAP_STREAM_PAGE; count == NEAP_STREAM_PAGE; portfolio = UINT32_MAX) {
    neap_stream_draft draft;
    begin_event(&draft, "snapshot");
    count = write_page(&draft, stream, &at);
    end_event(&draft, stream->venue, portfolio);
    neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_USER].frame);
    neap_stream_draft_end(&draft);
  }
}

static neap_venue_stream *next_told(neap_venue_stream *stream, const neap_venue_order *order) {
  while (stream && !is_told(stream, order)) stream = stream->next;
  return stream;
}

static void note_accounts(neap_venue *venue, uint32_t portfolio, bool positions) {
  bool is_due = false;
  for (neap_venue_stream *stream = venue->streams; stream; stream = stream->next) {
    if (stream->portfolio != portfolio) continue;
    stream->positions_due = stream->positions_due || (positions && stream->channels & 1u << NEAP_STREAM_USER);
    stream->balance_due = stream->balance_due || stream->channels & 1u << NEAP_STREAM_FUTURES_BALANCE;
    is_due = is_due || stream->positions_due || stream->balance_due;
  }
  if (is_due) neap_stream_due(venue, NULL, NEAP_RHYTHM_ACCOUNTS);
}

void neap_stream_order_changed(neap_venue *venue, const neap_venue_order *order) {
  neap_venue_stream *stream = next_told(venue->streams, order);
  neap_stream_draft draft;
  if (!neap_product_pays_notional(&venue->products[order->product].facts))
    note_accounts(venue, order->portfolio, false);
  if (!stream) return;
  begin_event(&draft, "update");
  neap_stream_write_order(&draft.json, venue, order);
  end_event(&draft, venue, UINT32_MAX);
  for (; stream; stream = next_told(stream->next, order))
    neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_USER].frame);
  neap_stream_draft_end(&draft);
}

void neap_stream_position_changed(neap_venue *venue, uint32_t portfolio) { note_accounts(venue, portfolio, true); }

static void tell_positions(neap_venue_stream *stream) {
  neap_stream_draft draft;
  begin_event(&draft, "update");
  end_event(&draft, stream->venue, stream->portfolio);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_USER].frame);
  neap_stream_draft_end(&draft);
}

static void tell_balance(neap_venue_stream *stream, const char *type) {
  neap_stream_draft draft;
  neap_stream_draft_begin(&draft);
  neap_stream_draft_event(&draft, type);
  neap_stream_write_balance(&draft.json, stream->venue, stream->portfolio);
  neap_json_end_object(&draft.json);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_FUTURES_BALANCE].frame);
  neap_stream_draft_end(&draft);
}

void neap_stream_balance_begin(neap_venue_stream *stream, neap_venue_product *product) {
  (void)product;
  tell_balance(stream, "snapshot");
}

void neap_stream_accounts_beat(neap_venue *venue) {
  for (neap_venue_stream *stream = venue->streams; stream; stream = stream->next) {
    if (stream->positions_due && stream->channels & 1u << NEAP_STREAM_USER) tell_positions(stream);
    if (stream->balance_due && stream->channels & 1u << NEAP_STREAM_FUTURES_BALANCE) tell_balance(stream, "update");
    stream->positions_due = stream->balance_due = false;
  }
}
