/* SPDX-License-Identifier: MIT */
/* writer_import: moves a reserve's events into the store, in one transaction. A commit that was reported as failed may
 * have reached the disk all the same, and an import may have been killed: events that are there already are skipped. */
#include <inttypes.h>
#include <string.h>

#include "store/reserve.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/writer_open.h"

typedef struct mover {
  neap_writer *writer;
  neap_chain *chain;
  neap_batch batch;
  sqlite3_stmt *find;
  neap_buffer packed;
  uint64_t had; /* the store's last event before */
} mover;

static neap_status say(const mover *self, const char *code, uint64_t seq, const char *words, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, code, "event %" PRIu64 " of the reserve: %s", seq, words);
  neap_fault_set_where(fault, "%s-reserve", self->writer->path);
  return NEAP_CORRUPT;
}

static neap_status compare(mover *self, const neap_unit *one, uint64_t seq, neap_fault *fault) {
  neap_status status = NEAP_OK;
  bool is_same = false;
  sqlite3_bind_int64(self->find, 1, (int64_t)seq);
  int code = sqlite3_step(self->find);
  if (code == SQLITE_ROW && neap_row_is_sound(self->find)) {
    neap_packed_event event = neap_row_event(self->find);
    neap_buffer_clear(&self->packed);
    status = neap_event_pack(&event, &self->packed, fault);
    is_same =
        status == NEAP_OK && self->packed.size == one->size && memcmp(self->packed.data, one->data, one->size) == 0;
  }
  sqlite3_reset(self->find);
  if (status != NEAP_OK || is_same) return status;
  return say(self, "reserve_differs", seq, "the store has another event of that number", fault);
}

static neap_status move_event(mover *self, const neap_unit *one, uint64_t seq, neap_fault *fault) {
  if (seq <= self->had) return compare(self, one, seq, fault);
  if (seq == self->chain->last_seq + 1) return neap_batch_add(&self->batch, self->chain, one, fault);
  return say(self, "reserve_differs", seq, "the events between it and the store's last one are missing", fault);
}

static neap_status move_unit(mover *self, const neap_unit *unit, neap_fault *fault) {
  neap_status status = NEAP_OK;
  neap_packed_event event;
  if (unit->events == 0)
    return unit->sealed == self->chain->last_seq ? neap_batch_add(&self->batch, self->chain, unit, fault) : NEAP_OK;
  for (size_t at = 0; status == NEAP_OK && at < unit->size;) {
    neap_unit one = {unit->data + at, neap_event_unpack(unit->data + at, &event), 1, 0};
    status = move_event(self, &one, event.seq, fault);
    at += one.size;
  }
  return status;
}

static neap_status move_all(mover *self, const neap_buffer *units, neap_fault *fault) {
  neap_unit unit;
  neap_status status =
      neap_sql_prepare(self->writer->database, self->writer->path, NEAP_ROW_SQL " WHERE seq = ?1", &self->find, fault);
  for (size_t at = 0; status == NEAP_OK && at < units->size;) {
    at += neap_unit_take(units->data + at, &unit);
    status = move_unit(self, &unit, fault);
  }
  neap_batch_end(&self->batch, self->chain);
  return status == NEAP_OK ? neap_writer_write(self->writer, &self->batch, fault) : status;
}

neap_status neap_writer_import(neap_writer *writer, neap_chain *chain, uint64_t *count, neap_fault *fault) {
  neap_reserve_contents contents;
  mover self = {.writer = writer, .chain = chain, .had = chain->last_seq};
  neap_status status = neap_reserve_read(writer->path, &contents, fault);
  if (status == NEAP_OK && contents.units.size > 0) status = move_all(&self, &contents.units, fault);
  if (status == NEAP_OK) status = neap_reserve_check_behind(&contents, writer->path, chain->last_seq, fault);
  *count = chain->last_seq - self.had;
  sqlite3_finalize(self.find);
  neap_buffer_fini(&self.packed);
  neap_batch_fini(&self.batch);
  neap_reserve_contents_fini(&contents);
  return status;
}
