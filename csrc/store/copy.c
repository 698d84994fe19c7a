/* SPDX-License-Identifier: MIT */
/* copy: the beginning of a store as a store of its own: what a session knew when it began again. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/query.h"
#include "store/reader.h"
#include "store/upkeep.h"
#include "store/writer.h"

enum { PIECE = 256 };

/* Numbers of the events that end a group, one after the other. */
typedef struct group_ends {
  sqlite3 *database;
  sqlite3_stmt *rows;
  uint64_t next; /* 0: none */
} group_ends;

static void step(group_ends *ends) {
  ends->next = sqlite3_step(ends->rows) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(ends->rows, 0) : 0;
}

static neap_status open_ends(const char *path, group_ends *ends, neap_fault *fault) {
  static const char sql[] = "SELECT seq FROM event WHERE hash IS NOT NULL ORDER BY seq";
  neap_status status = neap_reader_open(path, &ends->database, fault);
  if (status != NEAP_OK) return status;
  if (sqlite3_prepare_v2(ends->database, sql, -1, &ends->rows, NULL) != SQLITE_OK)
    return neap_fail(fault, NEAP_IO, "database_failed", "cannot read the store: %s", sqlite3_errmsg(ends->database));
  step(ends);
  return NEAP_OK;
}

static void close_ends(group_ends *ends) {
  sqlite3_finalize(ends->rows);
  sqlite3_close(ends->database);
}

/* What goes into one transaction. */
typedef struct piece {
  neap_buffer bytes; /* packed events */
  size_t sizes[PIECE];
  bool ends[PIECE];
  size_t count;
  uint64_t last;
} piece;

static neap_status add(piece *self, const neap_event_row *row, group_ends *ends, neap_fault *fault) {
  const neap_packed_event event = {.seq = row->seq,
                                   .cause_seq = row->cause_seq,
                                   .ts_ns = row->ts_ns,
                                   .version = (uint16_t)row->version,
                                   .type = {row->type, strlen(row->type)},
                                   .run = {row->run, strlen(row->run)},
                                   .product = {row->product, strlen(row->product)},
                                   .client_order_id = {row->client_order_id, strlen(row->client_order_id)},
                                   .record = {row->record, row->record_size}};
  size_t before = self->bytes.size;
  if (row->seq != self->last + 1)
    return neap_fail(fault, NEAP_UNSUPPORTED, "trimmed", "the store was trimmed: its first events are gone");
  neap_status status = neap_event_pack(&event, &self->bytes, fault);
  while (ends->next && ends->next < row->seq) step(ends);
  self->ends[self->count] = ends->next == row->seq;
  self->sizes[self->count++] = self->bytes.size - before;
  self->last = row->seq;
  return status;
}

static neap_status fill_batch(const piece *self, neap_chain *chain, neap_batch *batch, neap_fault *fault) {
  neap_status status = NEAP_OK;
  uint64_t seq = self->last - self->count;
  size_t at = 0;
  for (size_t i = 0; status == NEAP_OK && i < self->count; i++) {
    const neap_unit one = {self->bytes.data + at, self->sizes[i], 1, 0}, seal = {.sealed = ++seq};
    status = neap_batch_add(batch, chain, &one, fault);
    if (status == NEAP_OK && self->ends[i]) status = neap_batch_add(batch, chain, &seal, fault);
    at += self->sizes[i];
  }
  neap_batch_end(batch, chain);
  return status;
}

static neap_status flush(piece *self, neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  neap_batch batch = {0};
  neap_status status = fill_batch(self, chain, &batch, fault);
  if (status == NEAP_OK) status = neap_writer_write(writer, &batch, fault);
  neap_batch_fini(&batch);
  neap_buffer_clear(&self->bytes);
  self->count = 0;
  return status;
}

static neap_status copy_rows(neap_query *query, neap_writer *writer, uint64_t until, group_ends *ends,
                             neap_fault *fault) {
  neap_event_row row;
  neap_chain chain;
  piece self = {.count = 0};
  neap_status status = neap_chain_init(&chain, fault);
  if (status != NEAP_OK) return status;
  neap_buffer_init(&self.bytes);
  while (status == NEAP_OK && self.last < until) {
    status = neap_query_next(query, &row, fault);
    if (status == NEAP_OK) status = add(&self, &row, ends, fault);
    if (status == NEAP_OK && (self.count == PIECE || self.last == until)) status = flush(&self, writer, &chain, fault);
  }
  if (status == NEAP_END) status = neap_fail(fault, NEAP_NOT_FOUND, "no_such_event", "the store has no event that far");
  neap_buffer_fini(&self.bytes);
  neap_chain_fini(&chain);
  return status;
}

/* Its groups are those of the store, so that the chain goes on as it did there. */
static neap_status write_copy(neap_query *query, const char *to, uint64_t until, group_ends *ends, neap_fault *fault) {
  neap_writer *writer = NULL;
  char *place = neap_path_place(to);
  neap_status status = place ? neap_writer_create(place, &writer, fault)
                             : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  if (status == NEAP_OK) status = copy_rows(query, writer, until, ends, fault);
  neap_status closed = neap_writer_close(writer, status == NEAP_OK ? fault : NULL);
  free(place);
  return status == NEAP_OK ? closed : status;
}

neap_status neap_store_copy(const char *path, const char *to, uint64_t until, const char *groups, neap_fault *fault) {
  neap_query *query = NULL;
  group_ends ends = {0};
  const neap_event_filter all = {0};
  neap_status status = neap_query_open(path, &query, fault);
  if (status == NEAP_OK) status = open_ends(groups ? groups : path, &ends, fault);
  if (status == NEAP_OK) status = neap_query_events(query, &all, fault);
  if (status == NEAP_OK) status = write_copy(query, to, until, &ends, fault);
  close_ends(&ends);
  neap_query_close(query);
  return status;
}
