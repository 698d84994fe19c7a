/* SPDX-License-Identifier: MIT */
/* journal: reads a store through neap_query. */
#include "journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t digest, const void *bytes, size_t size) {
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < size; i++) digest = (digest ^ byte[i]) * UINT64_C(0x100000001b3);
  return (digest ^ size) * UINT64_C(0x100000001b3);
}

static uint64_t digest_of(const neap_event_row *row) {
  const char *const texts[] = {row->type, row->run, row->product, row->client_order_id, row->body};
  uint64_t digest = UINT64_C(0xcbf29ce484222325);
  digest = mix(digest, &row->seq, sizeof row->seq);
  digest = mix(digest, &row->cause_seq, sizeof row->cause_seq);
  digest = mix(digest, &row->ts_ns, sizeof row->ts_ns);
  digest = mix(digest, &row->version, sizeof row->version);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) digest = mix(digest, texts[i], strlen(texts[i]));
  return mix(digest, row->record, row->record_size);
}

static void *grown(void *array, uint64_t count, size_t size) {
  if (count & (count - 1)) return array;
  array = realloc(array, (count ? 2 * count : 1) * size);
  if (!array) abort();
  return array;
}

static void take(journal *out, const neap_event_row *row) {
  out->rows = grown(out->rows, out->count, sizeof *out->rows);
  out->times = grown(out->times, out->count, sizeof *out->times);
  out->times[out->count] = row->ts_ns;
  out->types = grown(out->types, out->count, sizeof *out->types);
  snprintf(out->types[out->count], sizeof *out->types, "%s", row->type);
  out->rows[out->count++] = digest_of(row);
  if (strcmp(row->type, "order_intent") != 0) return;
  out->intents = grown(out->intents, out->intent_count, sizeof *out->intents);
  snprintf(out->intents[out->intent_count++], sizeof *out->intents, "%s", row->client_order_id);
}

neap_status journal_read(const char *path, journal *out, neap_fault *fault) {
  const neap_event_filter all = {0};
  neap_query *query = NULL;
  neap_event_row row;
  uint64_t first = 1;
  *out = (journal){0};
  neap_status status = neap_query_open(path, &query, fault);
  if (status == NEAP_OK) status = neap_query_events(query, &all, fault);
  while (status == NEAP_OK && (status = neap_query_next(query, &row, fault)) == NEAP_OK) {
    take(out, &row);
    if (out->count == 1) first = row.seq; /* a trimmed store begins later */
    if (row.seq != first + out->count - 1)
      status = neap_fail(fault, NEAP_CORRUPT, "numbers", "event %" PRIu64 " is the %" PRIu64 "th", row.seq, out->count);
  }
  neap_query_close(query);
  return status == NEAP_END ? NEAP_OK : status;
}

void journal_free(journal *self) {
  free(self->rows);
  free(self->times);
  free(self->types);
  free(self->intents);
  *self = (journal){0};
}

bool journal_has_intent(const journal *self, const char *client_order_id) {
  for (uint64_t i = 0; i < self->intent_count; i++)
    if (strcmp(self->intents[i], client_order_id) == 0) return true;
  return false;
}

bool journal_is_prefix(const journal *self, const journal *whole, uint64_t *differs) {
  for (uint64_t i = 0; i < self->count; i++) {
    *differs = i + 1;
    if (i >= whole->count || self->rows[i] != whole->rows[i]) return false;
  }
  return true;
}
