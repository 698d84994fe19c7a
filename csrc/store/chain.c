/* SPDX-License-Identifier: MIT */
/* chain: packs events, and links groups of them. */
#include "store/chain.h"

#include <string.h>

enum { FIXED_SIZE = 8 + 8 + 2 + 8, TEXT_LENGTH = 2, RECORD_LENGTH = 4 };

static const char seed[] = "neap.chain/1";

static unsigned char *put_word(unsigned char *to, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++) to[i] = (unsigned char)(value >> (8 * i));
  return to + size;
}

static uint64_t take_word(const unsigned char **at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value |= (uint64_t)(*at)[i] << (8 * i);
  *at += size;
  return value;
}

static unsigned char *put_bytes(unsigned char *to, const neap_bytes *bytes, size_t length_size) {
  to = put_word(to, bytes->size, length_size);
  if (bytes->size > 0) memcpy(to, bytes->data, bytes->size);
  return to + bytes->size;
}

static neap_bytes take_bytes(const unsigned char **at, size_t length_size) {
  neap_bytes bytes = {NULL, (size_t)take_word(at, length_size)};
  bytes.data = *at;
  *at += bytes.size;
  return bytes;
}

/* The bytes that the packed event takes, 0 when a part of it is too long. */
static size_t packed_size(const neap_packed_event *event) {
  size_t size = FIXED_SIZE + NEAP_EVENT_TEXTS * TEXT_LENGTH + RECORD_LENGTH;
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++) {
    if (event->text[i].size > UINT16_MAX) return 0;
    size += event->text[i].size;
  }
  return event->record.size > UINT32_MAX ? 0 : size + event->record.size;
}

neap_status neap_event_pack(const neap_packed_event *event, neap_buffer *out, neap_fault *fault) {
  size_t size = packed_size(event);
  if (size == 0)
    return neap_fail(fault, NEAP_RANGE, "event_too_large",
                     "an event's text is over 65535 bytes or its record over 4 GB");
  unsigned char *to = neap_buffer_reserve(out, size);
  if (!to) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an event of %zu bytes", size);
  to = put_word(to, event->seq, 8);
  to = put_word(to, (uint64_t)event->ts_ns, 8);
  to = put_word(to, event->version, 2);
  to = put_word(to, event->cause_seq, 8);
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++) to = put_bytes(to, &event->text[i], TEXT_LENGTH);
  put_bytes(to, &event->record, RECORD_LENGTH);
  out->size += size;
  return NEAP_OK;
}

size_t neap_event_unpack(const unsigned char *data, neap_packed_event *out) {
  const unsigned char *at = data;
  out->seq = take_word(&at, 8);
  out->ts_ns = (int64_t)take_word(&at, 8);
  out->version = (uint16_t)take_word(&at, 2);
  out->cause_seq = take_word(&at, 8);
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++) out->text[i] = take_bytes(&at, TEXT_LENGTH);
  out->record = take_bytes(&at, RECORD_LENGTH);
  return (size_t)(at - data);
}

/* Whether `count` more bytes are there. */
static bool has(const unsigned char *at, const unsigned char *end, uint64_t count) {
  return (uint64_t)(end - at) >= count;
}

static bool has_bytes(const unsigned char **at, const unsigned char *end, size_t length_size) {
  if (!has(*at, end, length_size)) return false;
  uint64_t size = take_word(at, length_size);
  if (!has(*at, end, size)) return false;
  *at += size;
  return true;
}

size_t neap_event_unpack_checked(const unsigned char *data, size_t size, neap_packed_event *out) {
  const unsigned char *at = data + FIXED_SIZE, *end = data + size;
  if (size < FIXED_SIZE) return 0;
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++)
    if (!has_bytes(&at, end, TEXT_LENGTH)) return 0;
  return has_bytes(&at, end, RECORD_LENGTH) ? neap_event_unpack(data, out) : 0;
}

neap_status neap_chain_init(neap_chain *chain, neap_fault *fault) {
  *chain = (neap_chain){.group.digest = neap_digest_new(), .tail.digest = neap_digest_new()};
  neap_buffer_init(&chain->open);
  if (!chain->group.digest || !chain->tail.digest)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a digest");
  neap_digest_update(chain->group.digest, seed, sizeof seed - 1);
  neap_digest_finish(chain->group.digest, chain->head);
  return NEAP_OK;
}

void neap_chain_fini(neap_chain *chain) {
  neap_digest_free(chain->group.digest);
  neap_digest_free(chain->tail.digest);
  neap_buffer_fini(&chain->open);
  chain->group.digest = chain->tail.digest = NULL;
}

static void hash_new(const neap_chain *chain, neap_chain_run *run, const char *prefix) {
  if (run->hashed == 0) {
    neap_digest_start(run->digest);
    neap_digest_update(run->digest, prefix, strlen(prefix));
    neap_digest_update(run->digest, chain->head, NEAP_DIGEST_SIZE);
  }
  neap_digest_update(run->digest, chain->open.data + run->hashed, chain->open.size - run->hashed);
  run->hashed = chain->open.size;
}

bool neap_chain_added(neap_chain *chain, uint64_t seq) {
  chain->last_seq = seq;
  hash_new(chain, &chain->group, "");
  return ++chain->open_count == NEAP_GROUP_SIZE;
}

void neap_chain_next(neap_chain *chain, unsigned char out[NEAP_DIGEST_SIZE]) {
  hash_new(chain, &chain->group, "");
  neap_digest_peek(chain->group.digest, out);
}

void neap_chain_tail(neap_chain *chain, unsigned char out[NEAP_DIGEST_SIZE]) {
  hash_new(chain, &chain->tail, "neap.tail/1");
  neap_digest_peek(chain->tail.digest, out);
}

void neap_chain_end_group(neap_chain *chain) {
  if (chain->open_count == 0) return;
  neap_digest_finish(chain->group.digest, chain->head);
  chain->group.hashed = chain->tail.hashed = 0;
  neap_buffer_clear(&chain->open);
  chain->open_count = 0;
}
