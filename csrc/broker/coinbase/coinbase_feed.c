/* SPDX-License-Identifier: MIT */
#include "broker/coinbase/coinbase_feed.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/splitmix.h"
#include "broker/coinbase/coinbase_feed_parts.h"

enum { LINE = 240, HEARTBEAT_S = 5 };

int64_t neap_coinbase_feed_now(const neap_coinbase_feed *feed) {
  return feed->options.inputs ? neap_inputs_now(feed->options.inputs) : feed->options.now();
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

void neap_coinbase_feed_note(neap_coinbase_feed *feed, const char *level, const char *format, ...) {
  char line[LINE];
  va_list arguments;
  if (feed->is_stopped) return;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  feed->listener.said(feed->listener.context, level, line);
}

void neap_coinbase_feed_told(neap_coinbase_feed *feed) {
  if (!feed->told_since) feed->told_since = neap_coinbase_feed_now(feed);
}

void neap_coinbase_feed_settle(neap_coinbase_feed *feed) {
  if (!feed->told_since || feed->is_in_frame || feed->is_stopped) return;
  feed->told_since = 0;
  feed->listener.instant(feed->listener.context);
}

void neap_coinbase_feed_lose(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const char *why) {
  bool was_live = stream->is_live;
  stream->is_live = false;
  for (uint32_t i = stream->first; was_live && i != UINT32_MAX; i = feed->members[i].next) {
    if (feed->is_stopped) return;
    neap_coinbase_feed_told(feed);
    feed->listener.lost(feed->listener.context, i, why);
  }
}

int64_t neap_coinbase_feed_delay(neap_coinbase_feed *feed, unsigned tries, int64_t least, int64_t most) {
  int64_t delay = tries < 20 && least << tries < most ? least << tries : most;
  return delay + (int64_t)(neap_splitmix(&feed->dice) % (uint64_t)(delay / 4 + 1));
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

static void on_reply(void *context, const neap_coinbase_reply *reply) {
  neap_coinbase_feed_question *question = context, **link = &question->feed->questions;
  while (*link != question) link = &(*link)->following;
  *link = question->following;
  question->heard(question, reply);
  neap_coinbase_feed_settle(question->feed);
  free(question);
}

neap_status neap_coinbase_feed_ask(const neap_coinbase_feed_question *made, const char *path, const char *query,
                                   neap_fault *fault) {
  neap_coinbase_feed *feed = made->feed;
  if (feed->is_stopped) return neap_fail(fault, NEAP_STOPPED, "stopped", "the feed was stopped");
  neap_coinbase_feed_question *question = malloc(sizeof *question);
  if (!question) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a request");
  *question = *made;
  const struct neap_coinbase_question asked = {
      .method = "GET", .path = path, .query = query, .is_public = true, .repeat = NEAP_REPEAT_READ};
  neap_status status = neap_coinbase_ask(feed->options.client, &asked, on_reply, question, &question->id, fault);
  if (status != NEAP_OK) {
    free(question);
    return status;
  }
  question->following = feed->questions;
  feed->questions = question;
  return NEAP_OK;
}

static void forget_questions(neap_coinbase_feed *feed) {
  while (feed->questions) {
    neap_coinbase_feed_question *question = feed->questions;
    feed->questions = question->following;
    neap_coinbase_forget(feed->options.client, question->id);
    free(question);
  }
}

/* --- the contract ------------------------------------------------------------------------------------------------- */

static neap_status listen(void *self, const neap_market_listener *listener, neap_fault *fault) {
  neap_coinbase_feed *feed = self;
  if (feed->is_heard) return neap_fail(fault, NEAP_EXISTS, "heard", "a feed has one listener, once");
  feed->listener = *listener;
  feed->is_heard = true;
  return neap_coinbase_feed_poll(feed, fault);
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t next_fetch(const neap_coinbase_feed *feed) {
  int64_t due = INT64_MAX;
  for (uint32_t i = 0; i < feed->stream_count; i++) due = sooner(due, feed->streams[i].trades.fetch_at);
  return due;
}

static int64_t next(void *self) {
  const neap_coinbase_feed *feed = self;
  if (!feed->is_heard || feed->is_stopped) return INT64_MAX;
  int64_t due = sooner(feed->poll_at, next_fetch(feed));
  if (!feed->socket) return feed->streams ? sooner(due, feed->connect_at) : due;
  due = sooner(due, neap_recorded_socket_next(feed->socket));
  due = sooner(due, neap_coinbase_feed_next_wish(feed));
  return sooner(due, neap_coinbase_feed_silent_at(feed));
}

/* Who was away himself hears first what came meanwhile. */
static void judge_silence(neap_coinbase_feed *feed, int64_t now) {
  int64_t due = neap_coinbase_feed_silent_at(feed);
  if (due > now) return;
  if (now - due >= NEAP_SECOND) {
    feed->heard_at += now - due + NEAP_SECOND;
    return;
  }
  feed->counts.silences++;
  neap_coinbase_feed_break_off(feed, "silent", "nothing came for too long");
}

static void tick_connection(neap_coinbase_feed *feed, int64_t now) {
  if (feed->socket) neap_recorded_socket_tick(feed->socket);
  if (feed->is_stopped) return;
  judge_silence(feed, now);
  if (feed->is_open) neap_coinbase_feed_ask_channels(feed);
  if (!feed->socket && feed->streams && feed->connect_at <= now) neap_coinbase_feed_connect(feed);
}

static void tick(void *self) {
  neap_coinbase_feed *feed = self;
  if (!feed->is_heard || feed->is_stopped) return;
  int64_t now = neap_coinbase_feed_now(feed);
  tick_connection(feed, now);
  if (feed->poll_at <= now && neap_coinbase_feed_poll(feed, NULL) != NEAP_OK) feed->poll_at = now + NEAP_SECOND;
  for (uint32_t i = 0; i < feed->stream_count; i++)
    if (feed->streams[i].trades.fetch_at <= now) neap_coinbase_feed_fetch(feed, &feed->streams[i]);
  neap_coinbase_feed_settle(feed);
}

static void refuse(void *self, uint32_t product, const char *why) {
  neap_coinbase_feed *feed = self;
  uint32_t stream = product < feed->member_count ? feed->members[product].stream : UINT32_MAX;
  if (feed->is_stopped || stream == UINT32_MAX || !feed->streams[stream].is_live) return;
  feed->counts.unusable++;
  snprintf(feed->streams[stream].refused, NEAP_FEED_WHY, "%s", *why ? why : "refused");
  if (feed->is_in_frame) return;
  neap_coinbase_feed_renew_refused(feed);
  neap_coinbase_feed_settle(feed);
}

static void stop(void *self) {
  neap_coinbase_feed *feed = self;
  feed->is_stopped = true;
  forget_questions(feed);
  neap_recorded_socket_close(feed->socket);
  feed->socket = NULL;
  feed->is_open = false;
}

const neap_market_feed *neap_coinbase_feed_contract(neap_coinbase_feed *feed) { return &feed->contract; }

void neap_coinbase_feed_counts_get(const neap_coinbase_feed *feed, neap_coinbase_feed_counts *out) {
  *out = feed->counts;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* Ids are written into messages and paths as they are. */
static bool is_id(const char *id) {
  size_t length = 0;
  while (isalnum((unsigned char)id[length]) || (id[length] && strchr("-_.", id[length]))) length++;
  return length > 0 && !id[length] && length < NEAP_FEED_ID;
}

static neap_status check(const neap_coinbase_feed_options *options, neap_fault *fault) {
  if (!options->product_count)
    return neap_fail(fault, NEAP_INVALID, "no_products", "a feed is of at least one product");
  for (uint32_t i = 0; i < options->product_count; i++) {
    const neap_coinbase_feed_product *product = &options->products[i];
    if (!is_id(product->id) || product->price_increment.units <= 0 || product->size_increment.units <= 0)
      return neap_fail(fault, NEAP_INVALID, "bad_product", "'%.40s' is no product with increments above zero",
                       product->id);
  }
  return NEAP_OK;
}

static void copy_products(neap_coinbase_feed *feed, const neap_coinbase_feed_options *options) {
  for (uint32_t i = 0; i < options->product_count; i++) {
    neap_coinbase_member *member = &feed->members[i];
    const neap_coinbase_feed_product *product = &options->products[i];
    *member = (neap_coinbase_member){.price_increment = product->price_increment,
                                     .size_increment = product->size_increment,
                                     .stream = UINT32_MAX,
                                     .next = UINT32_MAX};
    strcpy(member->id, product->id);
  }
  feed->member_count = options->product_count;
}

neap_status neap_coinbase_feed_open(const neap_coinbase_feed_options *options, neap_coinbase_feed **out,
                                    neap_fault *fault) {
  neap_status status = check(options, fault);
  if (status != NEAP_OK) return status;
  neap_coinbase_feed *feed = calloc(1, sizeof *feed);
  if (!feed) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a feed");
  feed->options = *options;
  if (!feed->options.heartbeat_ns) feed->options.heartbeat_ns = HEARTBEAT_S * NEAP_SECOND;
  feed->dice = options->seed;
  feed->url = strdup(options->stream);
  feed->authorities = options->authorities ? strdup(options->authorities) : NULL;
  feed->members = calloc(options->product_count, sizeof *feed->members);
  feed->contract = (neap_market_feed){.self = feed,
                                      .listen = listen,
                                      .ask_bars = neap_coinbase_feed_ask_bars,
                                      .next = next,
                                      .tick = tick,
                                      .refuse = refuse,
                                      .stop = stop};
  if (!feed->url || !feed->members || (options->authorities && !feed->authorities)) {
    neap_coinbase_feed_close(feed);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a feed");
  }
  copy_products(feed, options);
  *out = feed;
  return NEAP_OK;
}

void neap_coinbase_feed_close(neap_coinbase_feed *feed) {
  if (!feed) return;
  stop(feed);
  for (uint32_t i = 0; i < feed->stream_count; i++) free(feed->streams[i].trades.held);
  neap_frames_free(feed->frames);
  free(feed->streams);
  free(feed->members);
  free(feed->authorities);
  free(feed->url);
  free(feed);
}
