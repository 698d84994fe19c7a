/* SPDX-License-Identifier: MIT */
/* units: framing of events in memory, and their hashes. */
#include "store/units.h"

#include <stdlib.h>
#include <string.h>

typedef struct header {
  uint64_t size, events, sealed;
} header;

neap_status neap_unit_put(neap_buffer *out, const neap_unit *unit) {
  header head = {unit->size, unit->events, unit->sealed};
  unsigned char *to = neap_buffer_reserve(out, sizeof head + unit->size);
  if (!to) return NEAP_MEMORY;
  memcpy(to, &head, sizeof head);
  if (unit->size) memcpy(to + sizeof head, unit->data, unit->size);
  out->size += sizeof head + unit->size;
  return NEAP_OK;
}

size_t neap_unit_take(const unsigned char *data, neap_unit *out) {
  header head;
  memcpy(&head, data, sizeof head);
  *out = (neap_unit){data + sizeof head, (size_t)head.size, (uint32_t)head.events, head.sealed};
  return sizeof head + out->size;
}

static bool has_events(const neap_unit *unit) {
  size_t at = 0;
  neap_packed_event event;
  for (uint32_t i = 0; i < unit->events; i++) {
    size_t taken = neap_event_unpack_checked(unit->data + at, unit->size - at, &event);
    if (taken == 0) return false;
    at += taken;
  }
  return at == unit->size;
}

size_t neap_unit_take_checked(const unsigned char *data, size_t size, neap_unit *out) {
  header head;
  if (size < sizeof head) return 0;
  memcpy(&head, data, sizeof head);
  if (head.size > size - sizeof head || head.events > UINT32_MAX) return 0;
  size_t taken = neap_unit_take(data, out);
  return has_events(out) ? taken : 0;
}

void neap_batch_fini(neap_batch *batch) {
  free(batch->rows);
  *batch = (neap_batch){0};
}

void neap_batch_clear(neap_batch *batch) {
  batch->count = 0;
  batch->late_seq = 0;
}

static neap_status grow(neap_batch *batch, size_t count, neap_fault *fault) {
  if (count <= batch->capacity) return NEAP_OK;
  size_t capacity = count < NEAP_GROUP_SIZE ? NEAP_GROUP_SIZE : count;
  neap_batch_row *rows = realloc(batch->rows, capacity * sizeof *rows);
  if (!rows) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %zu events", count);
  batch->rows = rows;
  batch->capacity = capacity;
  return NEAP_OK;
}

static void end_group(neap_batch *batch, neap_chain *chain) {
  if (chain->open_count == 0) return;
  neap_chain_end_group(chain);
  unsigned char *hash = batch->late_hash;
  if (batch->count > 0) {
    hash = batch->rows[batch->count - 1].hash;
    batch->rows[batch->count - 1].ends_group = true;
  } else {
    batch->late_seq = chain->last_seq;
  }
  memcpy(hash, chain->head, NEAP_DIGEST_SIZE);
}

static neap_status add_event(neap_batch *batch, neap_chain *chain, const unsigned char *data, size_t *size,
                             neap_fault *fault) {
  neap_batch_row *row = &batch->rows[batch->count];
  *size = neap_event_unpack(data, &row->event);
  neap_buffer_append(&chain->open, data, *size);
  if (chain->open.status != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an event of %zu bytes", *size);
  row->ends_group = false;
  batch->count++;
  if (neap_chain_added(chain, row->event.seq)) end_group(batch, chain);
  return NEAP_OK;
}

neap_status neap_batch_add(neap_batch *batch, neap_chain *chain, const neap_unit *unit, neap_fault *fault) {
  neap_status status = grow(batch, batch->count + unit->events, fault);
  if (unit->events == 0) end_group(batch, chain);
  for (size_t at = 0, size = 0; status == NEAP_OK && at < unit->size; at += size)
    status = add_event(batch, chain, unit->data + at, &size, fault);
  return status;
}

void neap_batch_end(neap_batch *batch, neap_chain *chain) {
  batch->last_seq = chain->last_seq;
  neap_chain_tail(chain, batch->tail);
}
