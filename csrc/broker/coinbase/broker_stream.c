/* SPDX-License-Identifier: MIT */
/* broker_stream: the user channel: what becomes of orders, as it happens. It connects again without end; what was
 * missed in between the lists have. */
#include <stdlib.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"

#define SILENCE (10 * NEAP_SECOND) /* heartbeats come every second */
#define BEGINS (10 * NEAP_SECOND)  /* until the snapshot has come */
#define AGAIN_FIRST (250 * BROKER_MS)
#define AGAIN_MOST (30 * NEAP_SECOND)
enum { PAGE = 50 };

static void look_at_all(neap_coinbase_broker *broker) {
  broker_want(broker, BROKER_OPEN, broker_now(broker));
  broker_want(broker, BROKER_FILLS, broker_now(broker));
}

static void hang_up(neap_coinbase_broker *broker) {
  broker_stream *stream = &broker->stream;
  neap_recorded_socket_close(stream->socket);
  stream->socket = NULL;
  stream->up = false;
  stream->retry_at = broker_now(broker) + broker_backoff(broker, AGAIN_FIRST, stream->failures++, AGAIN_MOST);
  broker_due(broker, stream->retry_at);
  look_at_all(broker);
}

/* --- what it says --------------------------------------------------------------------------------------------------
 */

/* Numbers count the connection's frames. What is missing may have been of an order. */
static bool is_next(neap_coinbase_broker *broker, const neap_frame *frame) {
  broker_stream *stream = &broker->stream;
  if (!frame->has_sequence) return true;
  bool is_late = stream->numbered && frame->sequence <= stream->sequence;
  bool is_gap = frame->sequence != (stream->numbered ? stream->sequence + 1 : 0);
  if (is_late) return false;
  stream->numbered = true;
  stream->sequence = frame->sequence;
  if (is_gap) look_at_all(broker);
  return true;
}

static bool begins(void *context, const neap_frame *frame) {
  neap_coinbase_broker *broker = context;
  if (frame->channel == NEAP_CHANNEL_ERROR) broker->stream.begun = INT64_MIN / 2;
  return is_next(broker, frame) && frame->channel == NEAP_CHANNEL_USER;
}

static void hear_order(void *context, const neap_user_order *order, bool is_snapshot) {
  neap_order_status status = order->status;
  bool is_open = !neap_order_is_terminal(status);
  (void)is_snapshot;
  if (status == NEAP_ORDER_REJECTED && !neap_decimal_is_zero(order->filled)) status = NEAP_ORDER_CANCELLED;
  const broker_said said = {.order_id = order->order_id,
                            .client_id = order->client_id,
                            .product_id = order->product_id,
                            .knows_side = order->known & NEAP_KNOWS_SIDE,
                            .knows_status = order->known & NEAP_KNOWS_STATUS,
                            .side = order->side,
                            .status = status,
                            .filled = order->filled,
                            .quantity = is_open ? (neap_decimal){order->filled.units + order->leaves.units} : NEAP_ZERO,
                            .limit = order->limit,
                            .fills = order->fills,
                            .message = order->reason};
  broker_hear(context, &said);
}

static void end_orders(void *context, bool is_snapshot, size_t count) {
  neap_coinbase_broker *broker = context;
  if (!is_snapshot || count >= PAGE || broker->stream.up) return;
  broker->stream.up = true;
  broker->stream.failures = 0;
  look_at_all(broker);
}

static void message(void *context, const char *text, size_t length) {
  neap_coinbase_broker *broker = context;
  const neap_frame_listener listener = {
      .context = broker, .begins = begins, .order = hear_order, .orders_end = end_orders};
  broker->stream.heard = broker->stream.frame_at = broker_now(broker);
  if (neap_frames_read(broker->stream.frames, text, length, &listener, NULL) != NEAP_OK) look_at_all(broker);
}

static void drained(void *context) {
  neap_coinbase_broker *broker = context;
  broker_tell(broker);
  broker_due(broker, broker_now(broker));
}

/* --- connecting ----------------------------------------------------------------------------------------------------
 */

static neap_status subscribe(neap_coinbase_broker *broker, const char *channel) {
  neap_buffer text;
  neap_buffer_init(&text);
  neap_buffer_printf(&text, "{\"type\":\"subscribe\",\"channel\":\"%s\",\"product_ids\":[],\"jwt\":\"", channel);
  neap_status status = neap_coinbase_client_token(broker->options.client, &text, NULL);
  neap_buffer_append_text(&text, "\"}");
  if (status == NEAP_OK) status = text.status;
  if (status == NEAP_OK)
    status = neap_recorded_socket_send(broker->stream.socket, (const char *)text.data, text.size, NULL);
  neap_buffer_fini(&text);
  return status;
}

static void opened(void *context) {
  neap_coinbase_broker *broker = context;
  broker->stream.heard = broker_now(broker);
  neap_status status = subscribe(broker, "heartbeats");
  if (status == NEAP_OK) status = subscribe(broker, "user");
  if (status != NEAP_OK) hang_up(broker);
}

static void ended(void *context, neap_websocket_end end, int close_code, const char *code, const char *message) {
  (void)end, (void)close_code, (void)code, (void)message;
  hang_up(context);
}

static neap_status connect(neap_coinbase_broker *broker, neap_fault *fault) {
  broker_stream *stream = &broker->stream;
  const neap_websocket_options options = {.url = broker->stream_url,
                                          .authorities = broker->authorities,
                                          .poller = broker->options.poller,
                                          .now = broker->options.now};
  const neap_websocket_handlers handlers = {
      .context = broker, .opened = opened, .message = message, .drained = drained, .ended = ended};
  stream->numbered = false;
  stream->begun = stream->heard = broker_now(broker);
  return neap_recorded_socket_open(&options, &handlers, broker->options.inputs, &stream->socket, fault);
}

neap_status broker_stream_open(neap_coinbase_broker *broker, neap_fault *fault) {
  if (!broker->stream_url) return NEAP_OK;
  neap_frame_product *products = calloc(broker->options.product_count + 1, sizeof *products);
  if (!products) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a stream");
  for (uint32_t i = 0; i < broker->options.product_count; i++)
    products[i] = (neap_frame_product){broker->products[i].id, broker->products[i].price_increment,
                                       broker->products[i].base_increment};
  neap_status status = neap_frames_new(products, broker->options.product_count, &broker->stream.frames, fault);
  free(products);
  return status == NEAP_OK ? connect(broker, fault) : status;
}

void broker_stream_due(neap_coinbase_broker *broker) {
  broker_stream *stream = &broker->stream;
  int64_t now = broker_now(broker);
  if (!broker->stream_url) return;
  if (stream->socket && (now - stream->heard > SILENCE || (!stream->up && now - stream->begun > BEGINS)))
    hang_up(broker);
  if (!stream->socket && now >= stream->retry_at && connect(broker, NULL) != NEAP_OK) {
    stream->socket = NULL;
    stream->retry_at = now + broker_backoff(broker, AGAIN_FIRST, stream->failures++, AGAIN_MOST);
  }
  broker_due(broker, stream->socket ? now + NEAP_SECOND : stream->retry_at);
}

int64_t neap_coinbase_broker_heard(const neap_coinbase_broker *broker) { return broker->stream.frame_at; }

void broker_stream_close(neap_coinbase_broker *broker) {
  neap_recorded_socket_close(broker->stream.socket);
  neap_frames_free(broker->stream.frames);
}
