/* SPDX-License-Identifier: MIT */
/* verify: reads every row as it lies there, packs it again, renders its record again, and follows the chain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/record.h"
#include "store/query.h"
#include "store/reader.h"
#include "store/reserve.h"
#include "store/rows.h"
#include "store/schema.h"

typedef struct walk {
  const char *path, *remembered;
  neap_verify_report *report;
  sqlite3 *database;
  sqlite3_stmt *rows;
  neap_chain chain;
  neap_buffer body;
  int version;
  uint64_t remembered_at; /* the event after which the chain had the remembered head */
  bool saw_remembered;
  neap_reserve_contents reserve;
} walk;

static neap_status say(walk *self, uint64_t first, uint64_t last, const char *code, const char *words,
                       neap_fault *fault) {
  self->report->bad_seq = first;
  self->report->bad_last = last;
  if (first == last)
    neap_fail(fault, NEAP_CORRUPT, code, "event %" PRIu64 ": %s", first, words);
  else
    neap_fail(fault, NEAP_CORRUPT, code, "events %" PRIu64 " to %" PRIu64 ": %s", first, last, words);
  neap_fault_set_where(fault, "%s", self->path);
  return NEAP_CORRUPT;
}

static neap_status say_one(walk *self, const char *code, const char *words, neap_fault *fault) {
  uint64_t seq = self->chain.last_seq + 1;
  return say(self, seq, seq, code, words, fault);
}

/* The first event that no hash covers yet. */
static uint64_t group_first(const walk *self) { return self->chain.last_seq - self->chain.open_count + 1; }

static void note_head(walk *self) {
  neap_digest_hex(self->chain.head, self->report->head);
  if (!self->remembered || strcasecmp(self->report->head, self->remembered) != 0) return;
  self->saw_remembered = true;
  self->remembered_at = self->chain.last_seq;
}

/* A store that was trimmed begins with a snapshot, which carries the head of what was before. */
static bool begins_trimmed(walk *self, int64_t seq) {
  neap_packed_event event = neap_row_event(self->rows);
  if (self->report->events > 0 || seq <= 1 || !neap_row_chain_head(&event, self->chain.head)) return false;
  self->chain.last_seq = event.seq - 1;
  note_head(self);
  return true;
}

static neap_status check_seq(walk *self, neap_fault *fault) {
  int64_t seq = sqlite3_column_int64(self->rows, NEAP_ROW_SEQ), expected = (int64_t)self->chain.last_seq + 1;
  if (seq == expected || begins_trimmed(self, seq)) return NEAP_OK;
  if (seq < expected) return say_one(self, "event_inserted", "a row was inserted before it", fault);
  return say(self, (uint64_t)expected, (uint64_t)seq - 1, "event_missing", "missing", fault);
}

static neap_status check_body(walk *self, const neap_packed_event *event, neap_fault *fault) {
  neap_buffer *body = &self->body;
  neap_bytes found = neap_row_text(self->rows, NEAP_ROW_BODY);
  neap_buffer_clear(body);
  neap_status status = neap_record_to_json(event->record.data, event->record.size, body, fault);
  if (status == NEAP_CORRUPT) return say_one(self, "event_changed", "the record was changed: it cannot be read", fault);
  if (status != NEAP_OK) return status;
  if (body->size == found.size && memcmp(body->data, found.data, found.size) == 0) return NEAP_OK;
  return say_one(self, "event_changed", "record and body do not say the same: one of them was changed", fault);
}

static void end_group(walk *self) {
  neap_chain_end_group(&self->chain);
  self->report->groups++;
  note_head(self);
}

static neap_status check_hash(walk *self, neap_fault *fault) {
  unsigned char head[NEAP_DIGEST_SIZE];
  neap_chain_next(&self->chain, head);
  if (memcmp(head, sqlite3_column_blob(self->rows, NEAP_ROW_HASH), NEAP_DIGEST_SIZE) != 0)
    return say(self, group_first(self), self->chain.last_seq, "group_changed",
               "a column, the order of the rows or the hash was changed", fault);
  end_group(self);
  return NEAP_OK;
}

static neap_status examine_row(walk *self, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (!neap_row_is_sound(self->rows))
    return say_one(self, "event_changed", "a column holds what Neap never writes there", fault);
  if ((status = check_seq(self, fault)) != NEAP_OK) return status;
  neap_packed_event event = neap_row_event(self->rows);
  if ((status = check_body(self, &event, fault)) != NEAP_OK) return status;
  if ((status = neap_event_pack(&event, &self->chain.open, fault)) != NEAP_OK) return status;
  if (self->report->events++ == 0) self->report->first_seq = event.seq;
  bool is_full = neap_chain_added(&self->chain, event.seq);
  if (neap_row_ends_group(self->rows)) return check_hash(self, fault);
  return is_full ? say(self, event.seq, event.seq, "hash_missing", "the group's hash was removed", fault) : NEAP_OK;
}

/* A column that SQLite had no memory to fetch reads as empty: that is no damage. */
static neap_status check_row(walk *self, neap_fault *fault) {
  neap_status status = examine_row(self, fault);
  if (status != NEAP_CORRUPT || sqlite3_errcode(self->database) != SQLITE_NOMEM) return status;
  self->report->bad_seq = self->report->bad_last = 0;
  return neap_sql_fail(self->database, self->path, "read an event", fault);
}

/* Damage that SQLite itself meets lies in or behind the next event. */
static neap_status say_damaged(walk *self, neap_fault *fault) {
  self->report->bad_seq = self->report->bad_last = self->chain.last_seq + 1;
  return neap_sql_fail(self->database, self->path, "read an event", fault);
}

static neap_status check_rows(walk *self, neap_fault *fault) {
  neap_status status =
      neap_sql_prepare(self->database, self->path, NEAP_ROW_SQL " NOT INDEXED ORDER BY seq", &self->rows, fault);
  int code = SQLITE_ROW;
  while (status == NEAP_OK && (code = sqlite3_step(self->rows)) == SQLITE_ROW) status = check_row(self, fault);
  if (status != NEAP_OK) return status;
  if (code != SQLITE_DONE) return say_damaged(self, fault);
  return NEAP_OK;
}

/* The events behind the last ended group, which the tail covers. Version 1 wrote whole groups only. */
static neap_status check_tail(walk *self, neap_fault *fault) {
  char found[NEAP_TAIL_TEXT], expected[NEAP_TAIL_TEXT];
  unsigned char tail[NEAP_DIGEST_SIZE];
  uint64_t last = self->chain.last_seq;
  const char *words = "their hash is not theirs: the last rows were changed or cut off, or these were added";
  if (self->version == 1)
    return self->chain.open_count == 0 ? NEAP_OK : say(self, group_first(self), last, "not_sealed", words, fault);
  neap_status status = neap_tail_read(self->database, self->path, found, fault);
  if (status != NEAP_OK) return status;
  neap_chain_tail(&self->chain, tail);
  neap_tail_text(last, tail, expected);
  if (strcmp(found, expected) == 0) return NEAP_OK;
  uint64_t written = strtoull(found, NULL, 10);
  if (written > last && written <= INT64_MAX)
    return say(self, last + 1, written, "event_missing", "missing: the end was cut off", fault);
  if (self->chain.open_count > 0) return say(self, group_first(self), last, "not_sealed", words, fault);
  return say(self, last, last, "tail_changed", "the row of meta that covers the last events was changed", fault);
}

static neap_status add_reserve_event(walk *self, const unsigned char *data, size_t *size, neap_fault *fault) {
  neap_packed_event event;
  *size = neap_event_unpack(data, &event);
  if (event.seq <= self->chain.last_seq) return NEAP_OK;
  if (event.seq != self->chain.last_seq + 1)
    return say(self, self->chain.last_seq + 1, event.seq - 1, "event_missing", "missing between store and reserve",
               fault);
  neap_buffer_clear(&self->body);
  if (neap_record_to_json(event.record.data, event.record.size, &self->body, fault) == NEAP_CORRUPT)
    return say_one(self, "event_changed", "the record, in the reserve, cannot be read", fault);
  neap_buffer_append(&self->chain.open, data, *size);
  self->report->events++;
  self->report->reserve++;
  if (neap_chain_added(&self->chain, event.seq)) end_group(self);
  return NEAP_OK;
}

static neap_status check_reserve(walk *self, neap_fault *fault) {
  neap_unit unit;
  neap_status status = NEAP_OK;
  for (size_t at = 0; status == NEAP_OK && at < self->reserve.units.size;) {
    at += neap_unit_take(self->reserve.units.data + at, &unit);
    for (size_t in = 0, size = 0; status == NEAP_OK && in < unit.size; in += size)
      status = add_reserve_event(self, unit.data + in, &size, fault);
    bool is_seal = unit.events == 0 && unit.sealed == self->chain.last_seq && self->chain.open_count > 0;
    if (status == NEAP_OK && is_seal) end_group(self);
  }
  if (status == NEAP_OK && self->chain.open.status != NEAP_OK)
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the reserve's events");
  self->report->open = self->chain.open_count;
  return status == NEAP_OK ? neap_reserve_check_behind(&self->reserve, self->path, self->chain.last_seq, fault)
                           : status;
}

/* What the pragma says of pages. One that could not be loaded for want of memory it tells as damage, too, with the code
 * of that. */
static neap_status say_pages(const walk *self, const char *words, neap_fault *fault) {
  char no_memory[24];
  snprintf(no_memory, sizeof no_memory, "error code=%d", SQLITE_NOMEM);
  if (!words || strstr(words, no_memory))
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to check the pages of the store");
  neap_fail(fault, NEAP_CORRUPT, "damaged", "the file is damaged: %s", words);
  neap_fault_set_where(fault, "%s", self->path);
  return NEAP_CORRUPT;
}

static neap_status check_integrity(walk *self, neap_fault *fault) {
  sqlite3_stmt *check = NULL;
  neap_status status = neap_sql_prepare(self->database, self->path, "PRAGMA integrity_check(1)", &check, fault);
  bool has_row = status == NEAP_OK && sqlite3_step(check) == SQLITE_ROW;
  if (status == NEAP_OK && !has_row) status = neap_sql_fail(self->database, self->path, "check its pages", fault);
  const char *words = has_row ? (const char *)sqlite3_column_text(check, 0) : NULL;
  if (has_row && (!words || strcmp(words, "ok") != 0)) status = say_pages(self, words, fault);
  sqlite3_finalize(check);
  return status;
}

static neap_status check_head(walk *self, neap_fault *fault) {
  const neap_verify_report *report = self->report;
  bool is_last = self->remembered && strcasecmp(self->remembered, report->head) == 0;
  if (!self->remembered || (is_last && self->chain.open_count == 0)) return NEAP_OK;
  if (self->saw_remembered)
    return say(self, self->remembered_at + 1, self->chain.last_seq, "events_after_head", "written after the given head",
               fault);
  neap_fail(fault, NEAP_CORRUPT, "head_differs",
            "the chain of %" PRIu64
            " events holds in itself, but never had the given head: its end was cut off, or it was "
            "written anew",
            report->events);
  neap_fault_set_where(fault, "%s", self->path);
  return NEAP_CORRUPT;
}

static neap_status check_head_text(const char *head, neap_fault *fault) {
  if (!head || (strlen(head) == NEAP_DIGEST_TEXT - 1 && strspn(head, "0123456789abcdefABCDEF") == NEAP_DIGEST_TEXT - 1))
    return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "bad_head", "a head is %d hexadecimal digits", NEAP_DIGEST_TEXT - 1);
}

static void note_tail(walk *self) {
  unsigned char tail[NEAP_DIGEST_SIZE];
  neap_chain_tail(&self->chain, tail);
  neap_digest_hex(tail, self->report->tail);
}

static neap_status check_all(walk *self, neap_fault *fault) {
  neap_status status = neap_schema_version(self->database, self->path, &self->version, fault);
  if (status == NEAP_OK) status = neap_schema_compare(self->database, self->path, fault);
  if (status == NEAP_OK) status = check_rows(self, fault);
  if (status == NEAP_OK) status = check_tail(self, fault);
  if (status == NEAP_OK) status = check_reserve(self, fault);
  if (status == NEAP_OK) status = check_integrity(self, fault);
  if (status == NEAP_OK) status = check_head(self, fault);
  if (status == NEAP_OK) note_tail(self);
  return status;
}

/* One transaction, so that all is read of one moment though a writer goes on. The reserve is read before: what moves
 * into the file meanwhile is met in both. */
static neap_status walk_store(walk *self, neap_fault *fault) {
  neap_status status = neap_chain_init(&self->chain, fault);
  if (status != NEAP_OK) return status;
  note_head(self);
  status = neap_reserve_read(self->path, &self->reserve, fault);
  if (status == NEAP_OK) status = neap_sql_run(self->database, self->path, "BEGIN", fault);
  return status == NEAP_OK ? check_all(self, fault) : status;
}

neap_status neap_store_verify(const char *path, const char *head, neap_verify_report *out, neap_fault *fault) {
  *out = (neap_verify_report){0};
  walk self = {.path = path, .remembered = head, .report = out};
  neap_status status = check_head_text(head, fault);
  if (status == NEAP_OK) status = neap_reader_open(path, &self.database, fault);
  if (status != NEAP_OK) return status;
  status = walk_store(&self, fault);
  sqlite3_finalize(self.rows);
  sqlite3_close(self.database);
  neap_chain_fini(&self.chain);
  neap_buffer_fini(&self.body);
  neap_reserve_contents_fini(&self.reserve);
  return status;
}
