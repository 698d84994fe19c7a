/* SPDX-License-Identifier: MIT */
/* event_store: numbers events, ends groups, and hands each group to the chain and to the writer. */
#include "store/event_store.h"

#include <stdlib.h>
#include <string.h>

#include "store/chain.h"
#include "store/recent.h"
#include "store/writer.h"

enum { RECENT_SIZE = 4 << 20 };

struct neap_event_store {
  neap_chain chain;
  neap_writer *writer; /* NULL: memory only */
  neap_buffer group;   /* packed events that no hash covers yet */
  size_t group_count;
  uint64_t count;
  neap_recent recent;
  neap_fault failed; /* the first failed write; status NEAP_OK while there is none */
  char *run;
  size_t run_size;
};

static void free_store(neap_event_store *store) {
  neap_chain_fini(&store->chain);
  neap_recent_fini(&store->recent);
  neap_buffer_fini(&store->group);
  free(store->run);
  free(store);
}

static neap_status copy_run(neap_event_store *store, const char *run, neap_fault *fault) {
  store->run = strdup(run ? run : "");
  if (!store->run) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  store->run_size = strlen(store->run);
  return NEAP_OK;
}

neap_status neap_event_store_create(const neap_event_store_options *options, neap_event_store **out,
                                    neap_fault *fault) {
  neap_event_store *store = calloc(1, sizeof *store);
  if (!store) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  neap_status status = copy_run(store, options->run, fault);
  if (status == NEAP_OK) status = neap_chain_init(&store->chain, fault);
  if (status == NEAP_OK) status = neap_recent_init(&store->recent, RECENT_SIZE, fault);
  if (status == NEAP_OK && options->path) status = neap_writer_open(options->path, &store->writer, fault);
  if (status == NEAP_OK)
    *out = store;
  else
    free_store(store);
  return status;
}

/* Remembers a failure and tells it; nothing is written after it. */
static neap_status fail_for_good(neap_event_store *store, neap_status status, neap_fault *fault) {
  store->failed.status = status;
  if (fault) *fault = store->failed;
  return status;
}

static neap_status end_group(neap_event_store *store, neap_fault *fault) {
  unsigned char head[NEAP_DIGEST_SIZE];
  if (store->group_count == 0) return NEAP_OK;
  neap_chain_next(&store->chain, &store->group, head);
  neap_status status = NEAP_OK;
  if (store->writer) status = neap_writer_write(store->writer, &store->group, head, &store->failed);
  if (status != NEAP_OK) return fail_for_good(store, status, fault);
  neap_chain_move(&store->chain, head);
  neap_buffer_clear(&store->group);
  store->group_count = 0;
  return NEAP_OK;
}

static neap_bytes bytes_of(const char *text) { return text ? (neap_bytes){text, strlen(text)} : (neap_bytes){"", 0}; }

static neap_packed_event packed_from(const neap_event_store *store, const neap_event *event) {
  return (neap_packed_event){.seq = store->count + 1,
                             .cause_seq = event->cause_seq,
                             .ts_ns = event->ts_ns,
                             .version = event->version,
                             .type = bytes_of(event->type),
                             .run = {store->run, store->run_size},
                             .product = bytes_of(event->product),
                             .client_order_id = bytes_of(event->client_order_id),
                             .record = {event->record, event->record_size}};
}

/* An event that is too long is the caller's mistake; without memory nothing may follow, or the chain would have a gap.
 */
static neap_status refuse(neap_event_store *store, const neap_fault *problem, neap_fault *fault) {
  if (problem->status != NEAP_RANGE) store->failed = *problem;
  if (fault) *fault = *problem;
  return problem->status;
}

neap_status neap_event_store_append(neap_event_store *store, const neap_event *event, uint64_t *seq,
                                    neap_fault *fault) {
  if (store->failed.status != NEAP_OK) return fail_for_good(store, store->failed.status, fault);
  neap_packed_event packed = packed_from(store, event);
  size_t before = store->group.size;
  neap_fault problem;
  neap_status status = neap_event_pack(&packed, &store->group, &problem);
  if (status != NEAP_OK) return refuse(store, &problem, fault);
  neap_recent_push(&store->recent, store->group.data + before, store->group.size - before);
  store->count++;
  if (seq) *seq = store->count;
  return ++store->group_count == NEAP_GROUP_SIZE ? end_group(store, fault) : NEAP_OK;
}

neap_status neap_event_store_seal(neap_event_store *store, neap_fault *fault) {
  if (store->failed.status != NEAP_OK) return fail_for_good(store, store->failed.status, fault);
  return end_group(store, fault);
}

void neap_event_store_head(const neap_event_store *store, char out[NEAP_DIGEST_TEXT]) {
  neap_digest_hex(store->chain.head, out);
}

uint64_t neap_event_store_count(const neap_event_store *store) { return store->count; }

typedef struct visitor {
  bool (*visit)(void *context, const neap_event *event);
  void *context;
  neap_buffer texts; /* the event's texts, each with its final 0 */
} visitor;

static void copy_texts(const neap_packed_event *packed, neap_buffer *out) {
  neap_buffer_clear(out);
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++) {
    neap_buffer_append(out, packed->text[i].data, packed->text[i].size);
    neap_buffer_append(out, "", 1);
  }
}

static bool visit_packed(void *context, const unsigned char *bytes, size_t count) {
  visitor *self = context;
  neap_packed_event packed;
  (void)count;
  neap_event_unpack(bytes, &packed);
  copy_texts(&packed, &self->texts);
  if (self->texts.status != NEAP_OK) return false;
  const char *type = (const char *)self->texts.data;
  const char *run = type + packed.type.size + 1, *product = run + packed.run.size + 1;
  neap_event event = {.seq = packed.seq,
                      .ts_ns = packed.ts_ns,
                      .type = type,
                      .version = packed.version,
                      .cause_seq = packed.cause_seq,
                      .run = run,
                      .product = product,
                      .client_order_id = product + packed.product.size + 1,
                      .record = packed.record.data,
                      .record_size = packed.record.size};
  return self->visit(self->context, &event);
}

void neap_event_store_each(const neap_event_store *store, bool (*visit)(void *context, const neap_event *event),
                           void *context) {
  visitor self = {visit, context, {0}};
  neap_recent_each(&store->recent, visit_packed, &self);
  neap_buffer_fini(&self.texts);
}

neap_status neap_event_store_close(neap_event_store *store, neap_fault *fault) {
  if (!store) return NEAP_OK;
  neap_status status = neap_event_store_seal(store, fault);
  neap_status closed = neap_writer_close(store->writer, status == NEAP_OK ? fault : NULL);
  free_store(store);
  return status == NEAP_OK ? closed : status;
}
