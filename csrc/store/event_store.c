/* SPDX-License-Identifier: MIT */
/* event_store: the session's side: numbers and packs events, and hands them to the journal or, in memory, to the chain.
 */
#include "store/event_store.h"

#include <stdlib.h>
#include <string.h>

#include "store/chain.h"
#include "store/journal.h"
#include "store/recent.h"

/* An instant, the queue and what the writer has taken of it are together less than the memory. */
enum { RECENT_SIZE = 4 << 20, INSTANT_SIZE = 512 << 10 };

struct neap_event_store {
  neap_chain chain;      /* in memory; a journal has its own */
  neap_journal *journal; /* NULL: memory only */
  neap_buffer unit;      /* with a journal: packed events on their way to it */
  uint32_t unit_events;
  unsigned depth;   /* of holds */
  uint32_t held_at; /* events in the unit when the outermost began */
  bool by_instant;
  bool owes_wake;  /* what was waited for may be queued, and the writer asleep */
  int64_t instant; /* of the events in the unit */
  uint64_t count;
  neap_recent recent;
  neap_fault failed; /* the first failure of this side; status NEAP_OK while there is none */
  char *run;
  size_t run_size;
  void (*see)(void *context, const neap_event *event);
  void *see_context;
};

static void free_store(neap_event_store *store) {
  neap_chain_fini(&store->chain);
  neap_recent_fini(&store->recent);
  neap_buffer_fini(&store->unit);
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
  store->see = options->see, store->see_context = options->see_context;
  store->by_instant = options->by_instant;
  neap_status status = copy_run(store, options->run, fault);
  if (status == NEAP_OK) status = neap_chain_init(&store->chain, fault);
  if (status == NEAP_OK) status = neap_recent_init(&store->recent, RECENT_SIZE, fault);
  if (status == NEAP_OK && options->path) status = neap_journal_open(options, &store->journal, &store->count, fault);
  if (status == NEAP_OK)
    *out = store;
  else
    free_store(store);
  return status;
}

/* What sticks: a failure of this side, or that of the journal. */
static neap_status check(const neap_event_store *store, neap_fault *fault) {
  if (store->failed.status != NEAP_OK && fault) *fault = store->failed;
  if (store->failed.status != NEAP_OK) return store->failed.status;
  return store->journal ? neap_journal_lost(store->journal, fault) : NEAP_OK;
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

static neap_status push(neap_event_store *store, const neap_unit *unit, neap_journal_wake wake, neap_fault *fault) {
  neap_fault problem;
  neap_status status = neap_journal_push(store->journal, unit, wake, &problem);
  if (wake == NEAP_JOURNAL_NOW) store->owes_wake = false;
  neap_buffer_clear(&store->unit);
  store->unit_events = 0;
  return status == NEAP_OK ? status : refuse(store, &problem, fault);
}

static neap_status push_events(neap_event_store *store, neap_journal_wake wake, neap_fault *fault) {
  if (store->unit_events == 0) return NEAP_OK;
  return push(store, &(neap_unit){store->unit.data, store->unit.size, store->unit_events, 0}, wake, fault);
}

/* Does the unit wait for more? */
static bool is_held(const neap_event_store *store) {
  return store->depth > 0 || (store->by_instant && store->unit.size < INSTANT_SIZE);
}

static neap_status added(neap_event_store *store, neap_fault *fault) {
  store->count++;
  if (store->journal) {
    store->unit_events++;
    return is_held(store) ? NEAP_OK : push_events(store, NEAP_JOURNAL_NOW, fault);
  }
  if (neap_chain_added(&store->chain, store->count)) neap_chain_end_group(&store->chain);
  return NEAP_OK;
}

/* Time has moved on: the instant before is whole, but for one that reaches into this hold. */
static neap_status begin_instant(neap_event_store *store, int64_t ts_ns, neap_fault *fault) {
  bool is_new = store->by_instant && ts_ns != store->instant;
  store->instant = ts_ns;
  bool is_whole = is_new && (store->depth == 0 || store->unit_events == store->held_at);
  return is_whole ? push_events(store, NEAP_JOURNAL_NOW, fault) : NEAP_OK;
}

neap_status neap_event_store_append(neap_event_store *store, const neap_event *event, uint64_t *seq,
                                    neap_fault *fault) {
  neap_status status = check(store, fault);
  if (status == NEAP_OK) status = begin_instant(store, event->ts_ns, fault);
  if (status != NEAP_OK) return status;
  neap_packed_event packed = packed_from(store, event);
  neap_buffer *out = store->journal ? &store->unit : &store->chain.open;
  size_t before = out->size;
  neap_fault problem;
  status = neap_event_pack(&packed, out, &problem);
  if (status != NEAP_OK) return refuse(store, &problem, fault);
  neap_recent_push(&store->recent, out->data + before, out->size - before);
  if (seq) *seq = store->count + 1;
  if (store->see) store->see(store->see_context, event);
  return added(store, fault);
}

neap_status neap_event_store_give_up(neap_event_store *store, const char *words, neap_fault *fault) {
  neap_fault problem;
  neap_fail(&problem, NEAP_MEMORY, "memory", "%s", words);
  return refuse(store, &problem, fault);
}

void neap_event_store_hold(neap_event_store *store) {
  if (store->depth++ == 0) store->held_at = store->unit_events;
}

void neap_event_store_release(neap_event_store *store) {
  bool is_over = store->depth > 0 && --store->depth == 0;
  if (is_over && !is_held(store) && check(store, NULL) == NEAP_OK) push_events(store, NEAP_JOURNAL_NOW, NULL);
}

static neap_status rest(neap_event_store *store, neap_journal_wake wake, neap_fault *fault) {
  neap_status status = check(store, fault);
  return status == NEAP_OK ? push_events(store, wake, fault) : status;
}

/* Not when it was waited for: an order's bytes leave first. */
static void wake_writer(neap_event_store *store) {
  if (store->owes_wake) neap_journal_wake_writer(store->journal);
  store->owes_wake = false;
}

void neap_event_store_rest(neap_event_store *store) {
  if (store->depth == 0) rest(store, NEAP_JOURNAL_NOW, NULL);
  wake_writer(store);
}

static neap_status say_held(neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "held", "events that are held together cannot be waited for");
}

neap_status neap_event_store_seal(neap_event_store *store, neap_fault *fault) {
  neap_status status = check(store, fault);
  if (status != NEAP_OK) return status;
  if (!store->journal) return neap_chain_end_group(&store->chain), NEAP_OK;
  if (store->depth > 0) return say_held(fault);
  status = rest(store, NEAP_JOURNAL_WAIT, fault);
  if (status == NEAP_OK) status = push(store, &(neap_unit){.sealed = store->count}, NEAP_JOURNAL_WAIT, fault);
  return status == NEAP_OK ? neap_journal_wait(store->journal, UINT64_MAX, fault) : status;
}

neap_status neap_event_store_wait(neap_event_store *store, uint64_t seq, neap_fault *fault) {
  if (!store->journal) return NEAP_OK;
  if (seq > store->count) seq = store->count;
  bool is_here = seq > store->count - store->unit_events;
  if (is_here && store->depth > 0) return say_held(fault);
  neap_status status = is_here ? rest(store, NEAP_JOURNAL_WAIT, fault) : NEAP_OK;
  if (status == NEAP_OK) status = neap_journal_wait(store->journal, seq, fault);
  store->owes_wake = true;
  if (!store->by_instant) wake_writer(store);
  return status;
}

uint64_t neap_event_store_durable(const neap_event_store *store) {
  return store->journal ? neap_journal_durable(store->journal) : store->count;
}

neap_journal_state neap_event_store_state(const neap_event_store *store, neap_fault *why) {
  if (store->failed.status != NEAP_OK) {
    if (why) *why = store->failed;
    return NEAP_JOURNAL_LOST;
  }
  return store->journal ? neap_journal_state_get(store->journal, why) : NEAP_JOURNAL_WRITES;
}

void neap_event_store_head(const neap_event_store *store, char out[NEAP_DIGEST_TEXT]) {
  unsigned char head[NEAP_DIGEST_SIZE];
  if (store->journal)
    neap_journal_head(store->journal, head);
  else
    memcpy(head, store->chain.head, NEAP_DIGEST_SIZE);
  neap_digest_hex(head, out);
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
  if (store->depth > 0) { /* it was not released: it never happened */
    neap_buffer_clear(&store->unit);
    store->unit_events = store->depth = 0;
  }
  neap_status status = neap_event_store_seal(store, fault), closed = NEAP_OK;
  if (store->journal) closed = neap_journal_close(store->journal, status == NEAP_OK ? fault : NULL);
  free_store(store);
  return status == NEAP_OK ? closed : status;
}
