/* SPDX-License-Identifier: MIT */
/* coinbase_feed_products: what the venue says of the products: under which name their market data come, and whether
 * they may be traded. Asked every half minute, more often while one of them may not be traded freely, and when the
 * status channel has a new word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/coinbase_feed_parts.h"
#include "broker/coinbase/order_read.h"

#define POLL (30 * NEAP_SECOND)
#define POLL_SHUT (5 * NEAP_SECOND) /* who waits to trade again */

/* --- reading ------------------------------------------------------------------------------------------------------ */

static uint32_t flags_of(neap_coinbase_reading *r) {
  static const struct {
    const char *name;
    uint32_t flag;
  } flags[] = {{"cancel_only", NEAP_TRADING_CANCEL_ONLY}, {"limit_only", NEAP_TRADING_LIMIT_ONLY},
               {"post_only", NEAP_TRADING_POST_ONLY},     {"auction_mode", NEAP_TRADING_AUCTION},
               {"is_disabled", NEAP_TRADING_DISABLED},    {"trading_disabled", NEAP_TRADING_DISABLED},
               {"view_only", NEAP_TRADING_DISABLED}};
  const char *status = neap_coinbase_word(r, "status");
  uint32_t found = *status && strcmp(status, "online") != 0 ? NEAP_TRADING_DISABLED : 0;
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    bool is_set = false;
    neap_coinbase_flag(r, flags[i].name, &is_set);
    if (is_set) found |= flags[i].flag;
  }
  return found;
}

/* Passes over products of others, and what is no product. */
static void learn_product(neap_coinbase_feed *feed, const neap_json_value *object) {
  neap_fault fault = {0};
  neap_coinbase_reading r = {.object = object, .fault = &fault};
  if (object->kind != NEAP_JSON_OBJECT) return;
  const char *id = neap_coinbase_word(&r, "product_id"), *alias = neap_coinbase_word(&r, "alias");
  uint32_t flags = flags_of(&r);
  for (uint32_t i = 0; i < feed->member_count && r.status == NEAP_OK; i++) {
    neap_coinbase_member *member = &feed->members[i];
    if (strcmp(member->id, id) != 0) continue;
    member->is_known = member->is_listed = true;
    if (member->is_shut) continue; /* whatever the venue lets be done with it */
    if (member->flags != flags) member->is_told = false;
    member->flags = flags;
    if (!feed->streams) neap_text_copy(member->alias, NEAP_FEED_ID, alias);
  }
}

neap_status neap_coinbase_feed_learn(neap_coinbase_feed *feed, const char *json, size_t length, neap_fault *fault) {
  neap_json *tree;
  neap_status status = neap_json_parse(json, length, &tree, fault);
  if (status != NEAP_OK) return status;
  const neap_json_value *root = neap_json_root(tree);
  const neap_json_value *list = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, "products") : NULL;
  if (list && list->kind == NEAP_JSON_ARRAY)
    for (const neap_json_value *product = list->first; product; product = product->next) learn_product(feed, product);
  else if (root->kind == NEAP_JSON_OBJECT && neap_json_get(root, "product_id"))
    learn_product(feed, root);
  else
    status = neap_fail(fault, NEAP_INVALID, "bad_answer", "no products in the answer");
  neap_json_free(tree);
  return status;
}

/* --- streams ------------------------------------------------------------------------------------------------------ */

static neap_coinbase_stream *stream_named(neap_coinbase_feed *feed, const char *id) {
  for (uint32_t i = 0; i < feed->stream_count; i++)
    if (!strcmp(feed->streams[i].id, id)) return &feed->streams[i];
  return NULL;
}

static neap_coinbase_stream *add_stream(neap_coinbase_feed *feed, const neap_coinbase_member *member, const char *id) {
  neap_coinbase_stream *stream = &feed->streams[feed->stream_count++];
  *stream = (neap_coinbase_stream){.price_increment = member->price_increment,
                                   .size_increment = member->size_increment,
                                   .first = UINT32_MAX,
                                   .trades = {.fetch_at = INT64_MAX}};
  neap_text_copy(stream->id, NEAP_FEED_ID, id);
  return stream;
}

static void shut(neap_coinbase_feed *feed, neap_coinbase_member *member, const char *why) {
  member->flags = NEAP_TRADING_DISABLED;
  member->is_shut = true;
  neap_coinbase_feed_note(feed, "error", "%s has no market data: %s", member->id, why);
}

static void join_stream(neap_coinbase_feed *feed, neap_coinbase_member *member) {
  const char *id = *member->alias ? member->alias : member->id;
  neap_coinbase_stream *stream = stream_named(feed, id);
  if (!member->is_known) {
    shut(feed, member, "the venue does not know it");
    return;
  }
  if (!stream) stream = add_stream(feed, member, id);
  if (neap_decimal_cmp(stream->price_increment, member->price_increment) != 0 ||
      neap_decimal_cmp(stream->size_increment, member->size_increment) != 0) {
    shut(feed, member, "it shares a book with a product of other increments");
    return;
  }
  member->stream = (uint32_t)(stream - feed->streams);
  member->next = stream->first;
  stream->first = (uint32_t)(member - feed->members);
}

static neap_status make_decoder(neap_coinbase_feed *feed, neap_fault *fault) {
  neap_frame_product *products = calloc(feed->stream_count + 1, sizeof *products);
  if (!products) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for products");
  for (uint32_t i = 0; i < feed->stream_count; i++) {
    const neap_coinbase_stream *stream = &feed->streams[i];
    products[i] = (neap_frame_product){stream->id, stream->price_increment, stream->size_increment};
  }
  neap_status status = neap_frames_new(products, feed->stream_count, &feed->frames, fault);
  free(products);
  return status;
}

/* Backwards, so that a stream's products come in their order. */
static void make_streams(neap_coinbase_feed *feed) {
  neap_fault fault = {0};
  feed->streams = calloc(feed->member_count, sizeof *feed->streams);
  for (uint32_t i = feed->member_count; feed->streams && i-- > 0;) join_stream(feed, &feed->members[i]);
  if (feed->streams && make_decoder(feed, &fault) == NEAP_OK) {
    feed->connect_at = feed->stream_count ? neap_coinbase_feed_now(feed) : INT64_MAX;
    return;
  }
  free(feed->streams);
  feed->streams = NULL;
  feed->stream_count = 0;
  neap_coinbase_feed_note(feed, "error", "no memory for market data");
}

static bool is_one_shut(const neap_coinbase_feed *feed) {
  for (uint32_t i = 0; i < feed->member_count; i++)
    if (feed->members[i].is_known && !feed->members[i].is_shut && feed->members[i].flags) return true;
  return false;
}

void neap_coinbase_feed_use_products(neap_coinbase_feed *feed) {
  int64_t soon = neap_coinbase_feed_now(feed) + POLL_SHUT;
  if (!feed->streams) make_streams(feed);
  if (is_one_shut(feed) && feed->poll_at > soon) feed->poll_at = soon;
  for (uint32_t i = 0; i < feed->member_count && !feed->is_stopped; i++) {
    neap_coinbase_member *member = &feed->members[i];
    if (member->is_told) continue;
    member->is_told = true;
    neap_coinbase_feed_told(feed);
    feed->listener.trading(feed->listener.context, i, member->flags);
  }
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void fail(neap_coinbase_feed *feed, const char *code, const char *message) {
  neap_coinbase_feed_note(feed, "warn", "the venue's products are not told (%s): %s", code, message);
  feed->poll_at =
      neap_coinbase_feed_now(feed) + neap_coinbase_feed_delay(feed, feed->poll_failures++, NEAP_SECOND, POLL);
}

/* One that is not there is not known; of one that was not told what is known stays. */
static void on_product(const neap_coinbase_feed_question *question, const neap_coinbase_reply *reply) {
  neap_coinbase_feed *feed = question->feed;
  neap_fault fault = {0};
  feed->polls--;
  if (reply->outcome == NEAP_COINBASE_DONE)
    neap_coinbase_feed_learn(feed, reply->body, reply->length, &fault);
  else if (reply->status != 404)
    fail(feed, reply->code, reply->message);
  if (!feed->polls && (feed->streams || !feed->poll_failures)) neap_coinbase_feed_use_products(feed);
}

/* The list has spot unless something else is named, and nobody says what naming does: what it lacks is asked for. What
 * was not known at first has no stream, and is left. */
static void ask_missing(neap_coinbase_feed *feed) {
  char path[128];
  for (uint32_t i = 0; i < feed->member_count; i++) {
    const neap_coinbase_feed_question question = {.feed = feed, .heard = on_product, .index = i};
    bool is_wanted = feed->members[i].is_known || !feed->streams;
    if (feed->members[i].is_listed || !is_wanted) continue;
    snprintf(path, sizeof path, "/api/v3/brokerage/market/products/%s", feed->members[i].id);
    if (neap_coinbase_feed_ask(&question, path, NULL, NULL) == NEAP_OK) feed->polls++;
  }
}

static void on_list(const neap_coinbase_feed_question *question, const neap_coinbase_reply *reply) {
  neap_coinbase_feed *feed = question->feed;
  neap_fault fault = {0};
  feed->polls--;
  if (reply->outcome != NEAP_COINBASE_DONE) {
    fail(feed, reply->code, reply->message);
    return;
  }
  if (neap_coinbase_feed_learn(feed, reply->body, reply->length, &fault) != NEAP_OK) {
    fail(feed, fault.code, fault.message);
    return;
  }
  feed->poll_failures = 0;
  ask_missing(feed);
  if (!feed->polls) neap_coinbase_feed_use_products(feed);
}

neap_status neap_coinbase_feed_poll(neap_coinbase_feed *feed, neap_fault *fault) {
  const neap_coinbase_feed_question question = {.feed = feed, .heard = on_list};
  neap_buffer query;
  feed->poll_at = neap_coinbase_feed_now(feed) + POLL;
  if (feed->polls) return NEAP_OK;
  neap_buffer_init(&query);
  for (uint32_t i = 0; i < feed->member_count; i++) {
    feed->members[i].is_listed = false;
    neap_buffer_printf(&query, "%sproduct_ids=%s", i ? "&" : "", feed->members[i].id);
  }
  neap_buffer_append(&query, "", 1);
  neap_status status = query.status;
  if (status == NEAP_OK)
    status = neap_coinbase_feed_ask(&question, "/api/v3/brokerage/market/products", (const char *)query.data, fault);
  else
    neap_fail(fault, status, "no_memory", "no memory for a request");
  feed->polls += status == NEAP_OK;
  neap_buffer_fini(&query);
  return status;
}
