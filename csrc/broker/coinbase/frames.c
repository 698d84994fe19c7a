/* SPDX-License-Identifier: MIT */
/* frames: the envelope, and which reader has the events of which channel. */
#include "broker/coinbase/frames.h"

#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/frames_parts.h"

_Static_assert((int)NEAP_FRAMES_PADDING >= (int)NEAP_JSON_FRAMES_PADDING, "what the parser may look at");

typedef neap_frames_reading reading;

static const struct {
  const char *word;
  neap_frame_channel channel;
  neap_frames_reader *read; /* NULL: nothing of it is told */
} CHANNELS[] = {{"l2_data", NEAP_CHANNEL_LEVEL2, neap_frames_read_book},
                {"market_trades", NEAP_CHANNEL_TRADES, neap_frames_read_trades},
                {"ticker", NEAP_CHANNEL_TICKER, neap_frames_read_tickers},
                {"ticker_batch", NEAP_CHANNEL_TICKER, neap_frames_read_tickers},
                {"candles", NEAP_CHANNEL_CANDLES, neap_frames_read_candles},
                {"heartbeats", NEAP_CHANNEL_HEARTBEATS, neap_frames_read_heartbeat},
                {"status", NEAP_CHANNEL_STATUS, neap_frames_read_status},
                {"user", NEAP_CHANNEL_USER, neap_frames_read_orders},
                {"futures_balance_summary", NEAP_CHANNEL_BALANCE, NULL},
                {"subscriptions", NEAP_CHANNEL_SUBSCRIPTIONS, neap_frames_read_subscriptions}};
enum { CHANNEL_COUNT = sizeof CHANNELS / sizeof CHANNELS[0] };

static size_t channel_named(neap_json_span word) {
  size_t i = 0;
  while (i < CHANNEL_COUNT && !neap_frames_is(word, CHANNELS[i].word, strlen(CHANNELS[i].word))) i++;
  return i;
}

/* The events of the channel at `place` of CHANNELS, one after the other. */
static neap_status read_events(reading *r, size_t place) {
  neap_json_frames *json = r->frames->json;
  neap_status status = neap_json_frames_enter(json, "events", r->fault);
  if (status == NEAP_NOT_FOUND) return NEAP_OK;
  while (status == NEAP_OK && (status = neap_json_frames_next(json, r->fault)) == NEAP_OK)
    status = CHANNELS[place].read(r);
  return status == NEAP_END ? NEAP_OK : status;
}

static bool is_wanted(const reading *r) {
  const neap_frame_listener *listener = r->listener;
  return !listener->begins || listener->begins(listener->context, r->frame);
}

enum { CHANNEL, TIMESTAMP, SEQUENCE, IN_EACH, TYPE = IN_EACH, MESSAGE, MEMBERS };
static const neap_json_name NAMES[MEMBERS] = {NEAP_JSON_NAME("channel"), NEAP_JSON_NAME("timestamp"),
                                              NEAP_JSON_NAME("sequence_num"), NEAP_JSON_NAME("type"),
                                              NEAP_JSON_NAME("message")};

static neap_status read_error(reading *r, const neap_json_span *said, neap_frame *frame) {
  if (!NEAP_FRAMES_IS(said[TYPE], "error"))
    return neap_fail(r->fault, NEAP_INVALID, "bad_frame", "a frame without a channel");
  frame->channel = NEAP_CHANNEL_ERROR;
  neap_frames_words(r, said[MESSAGE], frame->message, sizeof frame->message);
  is_wanted(r);
  return NEAP_OK;
}

static neap_status read_frame(reading *r, neap_frame *frame) {
  neap_json_span said[MEMBERS];
  neap_status status = neap_json_frames_members(r->frames->json, NAMES, MEMBERS, IN_EACH, said, r->fault);
  if (status != NEAP_OK) return status;
  if (!said[CHANNEL].text) return read_error(r, said, frame);
  const size_t place = channel_named(said[CHANNEL]);
  frame->channel = place < CHANNEL_COUNT ? CHANNELS[place].channel : NEAP_CHANNEL_UNKNOWN;
  frame->has_sequence = said[SEQUENCE].length > 0 && neap_frames_count(said[SEQUENCE], &frame->sequence);
  neap_frames_time(said[TIMESTAMP], &frame->time);
  r->frames->counts.unknown_channels += place == CHANNEL_COUNT;
  if (!is_wanted(r) || place == CHANNEL_COUNT || !CHANNELS[place].read) return NEAP_OK;
  return read_events(r, place);
}

neap_status neap_frames_read(neap_frames *frames, const char *text, size_t length, const neap_frame_listener *listener,
                             neap_fault *fault) {
  neap_frame frame = {.channel = NEAP_CHANNEL_UNKNOWN};
  reading r = {frames, listener, &frame, fault};
  frames->counts.frames++;
  neap_status status = neap_json_frames_begin(frames->json, text, length, fault);
  return status == NEAP_OK ? read_frame(&r, &frame) : status;
}

static neap_status copy_products(neap_frames *frames, const neap_frame_product *products, uint32_t count,
                                 neap_fault *fault) {
  for (uint32_t i = 0; i < count; i++) {
    const neap_frame_product *p = &products[i];
    if (p->price_increment.units <= 0 || p->size_increment.units <= 0)
      return neap_fail(fault, NEAP_INVALID, "increment", "an increment of '%s' is not over zero", p->id);
    if (!p->id[0]) return neap_fail(fault, NEAP_INVALID, "no_product", "a product has no id");
    char *id = strdup(p->id);
    if (!id) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a product");
    frames->products[frames->product_count++] = (neap_frames_product){
        id, strlen(id), neap_figure_unit_of(p->price_increment), neap_figure_unit_of(p->size_increment)};
  }
  return NEAP_OK;
}

neap_status neap_frames_new(const neap_frame_product *products, uint32_t count, neap_frames **out, neap_fault *fault) {
  neap_frames *frames = calloc(1, sizeof *frames);
  if (frames) frames->json = neap_json_frames_new();
  if (frames) frames->products = calloc(count ? count : 1, sizeof *frames->products);
  neap_status status = frames && frames->json && frames->products
                           ? copy_products(frames, products, count, fault)
                           : neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a stream");
  if (status != NEAP_OK) return neap_frames_free(frames), status;
  *out = frames;
  return NEAP_OK;
}

void neap_frames_free(neap_frames *frames) {
  if (!frames) return;
  for (uint32_t i = 0; i < frames->product_count; i++) free(frames->products[i].id);
  free(frames->products);
  free(frames->changes);
  free(frames->trades);
  neap_json_frames_free(frames->json);
  free(frames);
}

void neap_frames_counts_get(const neap_frames *frames, neap_frames_counts *out) { *out = frames->counts; }
