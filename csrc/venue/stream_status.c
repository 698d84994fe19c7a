/* SPDX-License-Identifier: MIT */
/* stream_status: products and whether they are traded: those that were asked for or all, every five seconds, and one by
 * itself when it has changed. */
#include <string.h>

#include "venue/rest.h"
#include "venue/stream_state.h"

static const char *status_of(const neap_venue_product *product) {
  const char *listed = neap_rest_text(product->answer, "status");
  if (product->is_delisted) return "delisted";
  if (!(product->facts.flags & NEAP_PRODUCT_DISABLED)) return "online";
  return listed && *listed && strcmp(listed, "online") != 0 ? listed : "offline";
}

static void write_listed(neap_json_writer *json, const neap_venue_product *product, const char *key,
                         const char *listed_key, const char *otherwise) {
  const char *listed = neap_rest_text(product->answer, listed_key);
  neap_json_string(json, key, listed && *listed ? listed : otherwise);
}

static void write_product(neap_json_writer *json, const neap_venue_product *product) {
  const neap_product *facts = &product->facts;
  neap_json_object(json, NULL);
  write_listed(json, product, "product_type", "product_type", "SPOT");
  neap_json_string(json, "id", facts->id);
  neap_json_string(json, "base_currency", facts->base);
  neap_json_string(json, "quote_currency", facts->quote);
  neap_json_decimal(json, "base_increment", facts->base_increment);
  write_listed(json, product, "quote_increment", "quote_increment", "0.01");
  write_listed(json, product, "display_name", "display_name", facts->id);
  neap_json_string(json, "status", status_of(product));
  neap_json_string(json, "status_message", "");
  write_listed(json, product, "min_market_funds", "quote_min_size", "1");
  neap_json_end_object(json);
}

/* `only` NULL: each product that the stream asked for. */
static void tell(neap_venue_stream *stream, const char *type, const neap_venue_product *only) {
  const neap_venue *venue = stream->venue;
  neap_stream_draft draft;
  neap_stream_draft_begin(&draft);
  neap_stream_draft_event(&draft, type);
  neap_json_array(&draft.json, "products");
  for (size_t i = 0; i < venue->product_count; i++) {
    const neap_venue_product *product = &venue->products[i];
    bool is_meant = !only || product == only;
    if (is_meant && neap_stream_has(stream, NEAP_STREAM_STATUS, product)) write_product(&draft.json, product);
  }
  neap_json_end_array(&draft.json);
  neap_json_end_object(&draft.json);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_STATUS].frame);
  neap_stream_draft_end(&draft);
}

void neap_stream_status_begin(neap_venue_stream *stream, neap_venue_product *product) {
  tell(stream, "snapshot", product);
  neap_stream_due(stream->venue, NULL, NEAP_RHYTHM_STATUS);
}

void neap_stream_status_beat(neap_venue *venue) {
  bool goes_on = false;
  for (neap_venue_stream *stream = venue->streams; stream; stream = stream->next) {
    if (!(stream->channels & 1u << NEAP_STREAM_STATUS)) continue;
    tell(stream, "update", NULL);
    goes_on = true;
  }
  if (goes_on) neap_stream_due(venue, NULL, NEAP_RHYTHM_STATUS);
}

void neap_stream_product_changed(neap_venue *venue, neap_venue_product *product) {
  for (neap_venue_stream *stream = venue->streams; stream; stream = stream->next)
    if (neap_stream_has(stream, NEAP_STREAM_STATUS, product)) tell(stream, "update", product);
}
