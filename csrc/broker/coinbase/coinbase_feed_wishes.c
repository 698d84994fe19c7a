/* SPDX-License-Identifier: MIT */
/* coinbase_feed_wishes: what is subscribed, when and how often: a message a channel, seven a second, each with a token
 * of its own. What is not answered, or is refused, is asked for again, later each time. */
#include <string.h>

#include "broker/coinbase/coinbase_feed_parts.h"

#define PATIENCE (15 * NEAP_SECOND) /* for the first answer of a channel */
#define LEAST (NEAP_SECOND / 2)
#define MOST (8 * NEAP_SECOND)
enum {
  MESSAGES = 7, /* a second; the venue takes eight */
  ALONE = 2     /* tries, after which a product is asked for in a message of its own */
};

static const char *const names[] = {"heartbeats", "level2", "market_trades", "status"};

/* A channel without books of its own has one wish. NULL: no more. */
static neap_coinbase_wish *wish_at(neap_coinbase_feed *feed, unsigned channel, uint32_t i) {
  if (channel == NEAP_FEED_HEARTBEATS || channel == NEAP_FEED_STATUSES)
    return i > 0 ? NULL : channel == NEAP_FEED_STATUSES ? &feed->statuses : &feed->heartbeats;
  if (i >= feed->stream_count) return NULL;
  return channel == NEAP_FEED_BOOKS ? &feed->streams[i].book : &feed->streams[i].trade;
}

/* The tries are those of before unless it went well for long. */
void neap_coinbase_feed_want(neap_coinbase_feed *feed, neap_coinbase_wish *wish) {
  int64_t now = neap_coinbase_feed_now(feed);
  if (wish->state == NEAP_WISH_WANTED) return;
  bool went_well = wish->state == NEAP_WISH_DONE && now - wish->due >= NEAP_FEED_HEALTHY;
  wish->tries = went_well || wish->state == NEAP_WISH_NONE ? 0 : wish->tries + 1;
  wish->state = NEAP_WISH_WANTED;
  wish->due = wish->tries ? now + neap_coinbase_feed_delay(feed, wish->tries - 1, LEAST, MOST) : now;
}

static bool is_wished(const neap_coinbase_feed *feed, unsigned channel) {
  return (channel != NEAP_FEED_BOOKS || feed->options.books) && (channel != NEAP_FEED_TRADES || feed->options.trades);
}

void neap_coinbase_feed_want_all(neap_coinbase_feed *feed) {
  neap_coinbase_wish *wish;
  for (unsigned channel = 0; channel < NEAP_FEED_CHANNELS; channel++)
    for (uint32_t i = 0; is_wished(feed, channel) && (wish = wish_at(feed, channel, i)); i++) {
      *wish = (neap_coinbase_wish){.state = NEAP_WISH_NONE};
      neap_coinbase_feed_want(feed, wish);
    }
}

/* What was left meanwhile has to be asked for all the same: only what was sent is done. */
void neap_coinbase_feed_got(neap_coinbase_feed *feed, neap_coinbase_wish *wish) {
  if (wish->state != NEAP_WISH_SENT) return;
  wish->state = NEAP_WISH_DONE;
  wish->due = neap_coinbase_feed_now(feed);
}

bool neap_coinbase_feed_awaits_books(const neap_coinbase_feed *feed) {
  for (uint32_t i = 0; i < feed->stream_count; i++)
    if (feed->streams[i].book.state == NEAP_WISH_SENT && feed->streams[i].book.tries == 0) return true;
  return false;
}

static void want_unanswered(neap_coinbase_feed *feed, int64_t since) {
  neap_coinbase_wish *wish;
  for (unsigned channel = 0; channel < NEAP_FEED_CHANNELS; channel++)
    for (uint32_t i = 0; (wish = wish_at(feed, channel, i)); i++)
      if (wish->state == NEAP_WISH_SENT && wish->due <= since) neap_coinbase_feed_want(feed, wish);
}

/* It does not say which message it refuses. All channels are public: where a token is no good, none is better. */
void neap_coinbase_feed_refused(neap_coinbase_feed *feed, const char *message) {
  neap_coinbase_feed_note(feed, "error", "the stream of %s refuses: %s", feed->url, message);
  if (strstr(message, "authentication")) feed->goes_without_token = true;
  want_unanswered(feed, INT64_MAX);
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

/* What goes into a message: what is due of a channel, or (`only`) one of it alone. */
typedef struct batch {
  unsigned channel;
  int64_t now;
  const neap_coinbase_wish *only;
  bool leaves; /* what is subscribed, to have it told from its beginning */
} batch;

static bool is_in(const batch *what, const neap_coinbase_wish *wish) {
  bool is_due = wish->state == NEAP_WISH_WANTED && wish->due <= what->now;
  bool is_meant = what->only ? wish == what->only : wish->tries < ALONE;
  return is_due && is_meant && (!what->leaves || wish->is_subscribed);
}

static bool has_any(neap_coinbase_feed *feed, const batch *what) {
  const neap_coinbase_wish *wish;
  for (uint32_t i = 0; (wish = wish_at(feed, what->channel, i)); i++)
    if (is_in(what, wish)) return true;
  return false;
}

/* A message is refused as a whole: what was refused together often enough is asked for one by one. */
static bool find_batch(neap_coinbase_feed *feed, unsigned channel, int64_t now, batch *out) {
  *out = (batch){.channel = channel, .now = now};
  for (uint32_t i = 0; !has_any(feed, out); i++)
    if (!(out->only = wish_at(feed, channel, i))) return false;
  out->leaves = true;
  out->leaves = has_any(feed, out);
  return true;
}

static void move_on(neap_coinbase_wish *wish, const batch *what) {
  wish->is_subscribed = !what->leaves;
  if (what->leaves) return;
  wish->state = NEAP_WISH_SENT;
  wish->due = what->now + PATIENCE;
}

static void write_ids(neap_coinbase_feed *feed, const batch *what, neap_buffer *out) {
  const char *comma = "";
  for (uint32_t i = 0; i < feed->stream_count && what->channel != NEAP_FEED_HEARTBEATS; i++) {
    if (!is_in(what, wish_at(feed, what->channel, what->channel == NEAP_FEED_STATUSES ? 0 : i))) continue;
    neap_buffer_printf(out, "%s\"%s\"", comma, feed->streams[i].id);
    comma = ",";
  }
}

static void write_token(neap_coinbase_feed *feed, neap_buffer *out) {
  neap_fault fault = {0};
  neap_buffer token;
  if (feed->goes_without_token) return;
  neap_buffer_init(&token);
  neap_status status = neap_coinbase_client_token(feed->options.client, &token, &fault);
  if (status == NEAP_OK && token.status == NEAP_OK)
    neap_buffer_printf(out, ",\"jwt\":\"%.*s\"", (int)token.size, (const char *)token.data);
  else if (strcmp(fault.code, "no_token") != 0)
    neap_coinbase_feed_note(feed, "warn", "subscribing without a token: %s", fault.message);
  neap_buffer_fini(&token);
}

static void send(neap_coinbase_feed *feed, const batch *what) {
  neap_buffer text;
  neap_coinbase_wish *wish;
  neap_buffer_init(&text);
  neap_buffer_printf(&text, "{\"type\":\"%s\",\"channel\":\"%s\",\"product_ids\":[",
                     what->leaves ? "unsubscribe" : "subscribe", names[what->channel]);
  write_ids(feed, what, &text);
  neap_buffer_append_text(&text, "]");
  write_token(feed, &text);
  neap_buffer_append_text(&text, "}");
  bool is_sent = feed->socket && text.status == NEAP_OK &&
                 neap_recorded_socket_send(feed->socket, (const char *)text.data, text.size, NULL) == NEAP_OK;
  for (uint32_t i = 0; is_sent && (wish = wish_at(feed, what->channel, i)); i++)
    if (is_in(what, wish)) move_on(wish, what);
  neap_buffer_fini(&text);
}

/* A message that cannot be sent is due again in its turn: the connection's end is near, and is told by itself. */
void neap_coinbase_feed_ask_channels(neap_coinbase_feed *feed) {
  int64_t now = neap_coinbase_feed_now(feed);
  batch what;
  want_unanswered(feed, now);
  for (unsigned channel = 0; channel < NEAP_FEED_CHANNELS && feed->say_at <= now; channel++) {
    if (!find_batch(feed, channel, now, &what)) continue;
    feed->say_at = now + NEAP_SECOND / MESSAGES;
    send(feed, &what);
  }
}

int64_t neap_coinbase_feed_next_wish(const neap_coinbase_feed *feed) {
  int64_t wanted = INT64_MAX, sent = INT64_MAX;
  const neap_coinbase_wish *wish;
  for (unsigned channel = 0; channel < NEAP_FEED_CHANNELS && feed->is_open; channel++)
    for (uint32_t i = 0; (wish = wish_at((neap_coinbase_feed *)feed, channel, i)); i++) {
      if (wish->state == NEAP_WISH_WANTED && wish->due < wanted) wanted = wish->due;
      if (wish->state == NEAP_WISH_SENT && wish->due < sent) sent = wish->due;
    }
  if (wanted != INT64_MAX && wanted < feed->say_at) wanted = feed->say_at;
  return wanted < sent ? wanted : sent;
}
