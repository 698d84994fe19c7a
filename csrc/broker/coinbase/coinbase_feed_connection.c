/* SPDX-License-Identifier: MIT */
/* coinbase_feed_connection: the one connection, from its beginning to its end, and the next. */
#include <stdio.h>

#include "broker/coinbase/coinbase_feed_parts.h"

#define LEAST                                                                                                          \
  (NEAP_SECOND / 4) /* four connects a second at most: a broker's stream may need as many; the venue takes 8 */
#define MOST (30 * NEAP_SECOND)
#define LONGEST_BURST (NEAP_SECOND / 10)
enum { FIRST_TIMES = 3 }; /* as patient while the first snapshots come: they may be megabytes */

static void on_opened(void *context) {
  neap_coinbase_feed *feed = context;
  feed->is_open = true;
  feed->opened_at = feed->heard_at = feed->say_at = neap_coinbase_feed_now(feed);
  feed->expected = 0;
  feed->goes_without_token = false;
  feed->counts.connections++;
  neap_coinbase_feed_note(feed, "info", "connected to %s", feed->url);
  neap_coinbase_feed_want_all(feed);
  neap_coinbase_feed_ask_channels(feed);
}

static void on_message(void *context, const char *text, size_t length) {
  neap_coinbase_feed *feed = context;
  feed->heard_at = neap_coinbase_feed_now(feed);
  neap_coinbase_feed_frame(feed, text, length);
  if (feed->told_since && feed->heard_at - feed->told_since >= LONGEST_BURST) neap_coinbase_feed_settle(feed);
}

static void on_drained(void *context) { neap_coinbase_feed_settle(context); }

static void on_ended(void *context, neap_websocket_end end, int close_code, const char *code, const char *message) {
  neap_coinbase_feed *feed = context;
  char words[160];
  (void)end;
  snprintf(words, sizeof words, "%s (%d): %s", code, close_code, message);
  neap_coinbase_feed_break_off(feed, "disconnected", words);
  neap_coinbase_feed_settle(feed);
}

static void connect_later(neap_coinbase_feed *feed, const char *words) {
  int64_t now = neap_coinbase_feed_now(feed);
  if (feed->is_open && now - feed->opened_at >= NEAP_FEED_HEALTHY) feed->failures = 0;
  int64_t delay = neap_coinbase_feed_delay(feed, feed->failures++, LEAST, MOST);
  feed->is_open = false;
  feed->connect_at = now + delay;
  neap_coinbase_feed_note(feed, "warn", "%s: %s; the next connection is in %d ms", feed->url, words,
                          (int)(delay / 1000000));
}

void neap_coinbase_feed_break_off(neap_coinbase_feed *feed, const char *why, const char *words) {
  neap_recorded_socket_close(feed->socket);
  feed->socket = NULL;
  connect_later(feed, words);
  for (uint32_t i = 0; i < feed->stream_count; i++) {
    feed->streams[i].trades.is_unsure = true;
    neap_coinbase_feed_lose(feed, &feed->streams[i], why);
  }
}

void neap_coinbase_feed_connect(neap_coinbase_feed *feed) {
  char header[48];
  neap_fault fault = {0};
  snprintf(header, sizeof header, "x-cb-retry-counter: %u", feed->failures);
  const neap_websocket_options options = {.url = feed->url,
                                          .authorities = feed->authorities,
                                          .user_agent = "neap/" NEAP_VERSION,
                                          .poller = feed->options.poller,
                                          .now = feed->options.now,
                                          .header = feed->failures ? header : NULL};
  const neap_websocket_handlers handlers = {
      .context = feed, .opened = on_opened, .message = on_message, .drained = on_drained, .ended = on_ended};
  neap_inputs *inputs = feed->options.inputs;
  if (neap_recorded_socket_open(&options, &handlers, inputs, &feed->socket, &fault) == NEAP_OK) return;
  feed->socket = NULL;
  connect_later(feed, fault.message);
}

int64_t neap_coinbase_feed_heard(const neap_coinbase_feed *feed) { return feed->heard_at; }

int64_t neap_coinbase_feed_silent_at(const neap_coinbase_feed *feed) {
  if (!feed->is_open) return INT64_MAX;
  int64_t patience = feed->options.heartbeat_ns;
  return feed->heard_at + (neap_coinbase_feed_awaits_books(feed) ? FIRST_TIMES * patience : patience);
}
