/* SPDX-License-Identifier: MIT */
/* stream_message: what a client says: subscribe and unsubscribe. A message is done as a whole or, with one error, not
 * at all. */
#include <string.h>

#include "venue/rest.h"
#include "venue/stream_state.h"

enum { LONGEST = 1 << 18 }; /* bytes: room for every product of the venue many times over */

typedef struct message {
  bool subscribes;
  enum neap_stream_channel channel;
  const neap_json_value *ids; /* an array, or NULL */
  const char *token;          /* NULL: none */
} message;

static bool read_channel(neap_venue_stream *stream, const char *name, enum neap_stream_channel *out) {
  const char *names[NEAP_STREAM_CHANNELS];
  for (unsigned i = 0; i < NEAP_STREAM_CHANNELS; i++) {
    names[i] = neap_stream_kinds[i].name;
    if (name && strcmp(name, names[i]) == 0) return *out = (enum neap_stream_channel)i, true;
  }
  const char *nearest = name ? neap_nearest_word(name, names, NEAP_STREAM_CHANNELS) : NULL;
  if (!name)
    neap_stream_refuse(stream, "failure to subscribe: the message names no channel");
  else
    neap_stream_refuse(stream, "failure to subscribe: unknown channel '%.60s'%s%s%s", name,
                       nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  return false;
}

static bool read_ids(neap_venue_stream *stream, const neap_json_value *value, const neap_json_value **out) {
  *out = NULL;
  if (!value || value->kind == NEAP_JSON_NULL) return true;
  bool is_list = value->kind == NEAP_JSON_ARRAY;
  for (const neap_json_value *id = is_list ? value->first : NULL; id; id = id->next)
    is_list = is_list && id->kind == NEAP_JSON_STRING;
  if (!is_list) return neap_stream_refuse(stream, "failure to subscribe: product_ids is no list of texts"), false;
  *out = value->count ? value : NULL;
  return true;
}

static bool read(neap_venue_stream *stream, const neap_json_value *root, message *out) {
  if (root->kind != NEAP_JSON_OBJECT) return neap_stream_refuse(stream, "the message is no JSON object"), false;
  const char *type = neap_rest_text(root, "type");
  out->subscribes = type && strcmp(type, "subscribe") == 0;
  if (!out->subscribes && !(type && strcmp(type, "unsubscribe") == 0))
    return neap_stream_refuse(stream, "unknown message type: subscribe and unsubscribe are known"), false;
  out->token = neap_rest_text(root, "jwt");
  return read_channel(stream, neap_rest_text(root, "channel"), &out->channel) &&
         read_ids(stream, neap_json_get(root, "product_ids"), &out->ids);
}

/* NULL: the token is nobody's, or may not look. A connection is one portfolio's: the first that it showed. */
static const neap_venue_key *key_of(const neap_venue_stream *stream, const char *token) {
  neap_venue *venue = stream->venue;
  const neap_venue_gate *gate = &venue->options.gate;
  uint32_t number = 0;
  if (!token || !gate->check || gate->check(gate->self, token, strlen(token), venue->now, &number, NULL) != NEAP_OK)
    return NULL;
  const neap_venue_key *key = neap_venue_key_of(venue, number);
  return key && key->permissions & NEAP_MAY_VIEW ? key : NULL;
}

/* Public channels ask for no token, and a bad one is no matter to them. */
static bool may(neap_venue_stream *stream, const message *said) {
  const neap_venue_key *key = key_of(stream, said->token);
  stream->is_known = stream->is_known || key;
  if (!neap_stream_kinds[said->channel].is_signed || (!said->subscribes && stream->portfolio != UINT32_MAX))
    return true;
  bool is_ours = key && (stream->portfolio == UINT32_MAX || stream->portfolio == key->portfolio);
  if (!is_ours) return neap_stream_refuse(stream, "authentication failure"), false;
  stream->portfolio = key->portfolio;
  stream->user = key->user;
  return true;
}

/* What a channel of the market tells of an alias is its book's; a user's orders keep the name they were given. */
static neap_venue_product *product_of(neap_venue *venue, enum neap_stream_channel channel, const char *id) {
  neap_venue_product *product = neap_venue_product_named(venue, id);
  if (!product || neap_stream_kinds[channel].scope != NEAP_STREAM_BY_PRODUCT) return product;
  return neap_venue_product_book(venue, product);
}

static bool knows_all(neap_venue_stream *stream, const message *said) {
  for (const neap_json_value *id = said->ids ? said->ids->first : NULL; id; id = id->next)
    if (!neap_venue_product_named(stream->venue, id->text))
      return neap_stream_refuse(stream, "failure to subscribe: unknown product '%.60s'", id->text), false;
  if (said->ids || !said->subscribes || neap_stream_kinds[said->channel].scope != NEAP_STREAM_BY_PRODUCT) return true;
  neap_stream_refuse(stream, "failure to subscribe: %s needs product_ids", neap_stream_kinds[said->channel].name);
  return false;
}

static void begin(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product) {
  if (neap_stream_kinds[channel].begin) neap_stream_kinds[channel].begin(stream, product);
}

/* Per product a snapshot of its own, but only one however often a message names it. */
static void subscribe_products(neap_venue_stream *stream, const message *said) {
  neap_venue *venue = stream->venue;
  for (const neap_json_value *id = said->ids->first; id; id = id->next) {
    neap_venue_product *product = product_of(venue, said->channel, id->text);
    uint16_t *mask = &stream->products[product - venue->products];
    if (*mask & NEAP_STREAM_NAMED || !neap_stream_join(stream, said->channel, product)) continue;
    *mask |= NEAP_STREAM_NAMED;
    if (neap_stream_kinds[said->channel].scope == NEAP_STREAM_BY_PRODUCT) begin(stream, said->channel, product);
  }
  for (size_t i = 0; i < venue->product_count; i++) stream->products[i] &= (uint16_t)~NEAP_STREAM_NAMED;
}

/* What is no channel of products has one snapshot for them all. */
static void subscribe(neap_venue_stream *stream, const message *said) {
  neap_stream_scope scope = neap_stream_kinds[said->channel].scope;
  if (!said->ids || scope == NEAP_STREAM_WHOLE)
    neap_stream_join(stream, said->channel, NULL);
  else
    subscribe_products(stream, said);
  if (scope != NEAP_STREAM_BY_PRODUCT) begin(stream, said->channel, NULL);
  stream->has_subscribed = true;
}

static void unsubscribe(neap_venue_stream *stream, const message *said) {
  if (!said->ids || neap_stream_kinds[said->channel].scope == NEAP_STREAM_WHOLE) {
    neap_stream_leave_channel(stream, said->channel);
    return;
  }
  for (const neap_json_value *id = said->ids->first; id; id = id->next)
    neap_stream_leave(stream, said->channel, product_of(stream->venue, said->channel, id->text));
}

static void obey(neap_venue_stream *stream, const neap_json_value *root) {
  message said;
  if (!read(stream, root, &said) || !knows_all(stream, &said) || !may(stream, &said)) return;
  if (said.subscribes)
    subscribe(stream, &said);
  else
    unsubscribe(stream, &said);
  neap_stream_acknowledge(stream);
}

void neap_venue_stream_message(neap_venue_stream *stream, const char *text, size_t length, int64_t now) {
  neap_json *json;
  neap_venue_advance(stream->venue, now);
  if (length > LONGEST || neap_json_parse(text, length, &json, NULL) != NEAP_OK) {
    neap_stream_refuse(stream, "the message is no JSON object");
    return;
  }
  obey(stream, neap_json_root(json));
  neap_json_free(json);
}
