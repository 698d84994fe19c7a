/* SPDX-License-Identifier: MIT */
/* verify: reads every row as it lies there, packs it again, renders its record again, and follows the chain. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/record.h"
#include "store/chain.h"
#include "store/query.h"
#include "store/reader.h"
#include "store/schema.h"

typedef struct walk {
  const char *path, *remembered;
  neap_verify_report *report;
  sqlite3 *database;
  sqlite3_stmt *rows;
  neap_chain chain;
  neap_buffer group, body;
  uint64_t group_first;   /* seq of the first event that no hash covers yet */
  uint64_t remembered_at; /* the event after which the chain had the remembered head */
  bool saw_remembered;
} walk;

static const char rows_sql[] = "SELECT seq, ts_ns, type, version, run, cause_seq, product, client_order_id, record,"
                               " body, hash FROM event NOT INDEXED ORDER BY seq";

enum { SEQ, TS_NS, TYPE, VERSION, RUN, CAUSE_SEQ, PRODUCT, CLIENT_ORDER_ID, RECORD, BODY, HASH, COLUMNS };

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
  uint64_t seq = self->report->events + 1;
  return say(self, seq, seq, code, words, fault);
}

static bool has_right_types(sqlite3_stmt *rows) {
  static const int types[COLUMNS] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_TEXT, SQLITE_INTEGER,
                                     SQLITE_TEXT,    SQLITE_INTEGER, SQLITE_TEXT, SQLITE_TEXT,
                                     SQLITE_BLOB,    SQLITE_TEXT,    SQLITE_NULL};
  for (int i = 0; i < HASH; i++)
    if (sqlite3_column_type(rows, i) != types[i]) return false;
  int hash = sqlite3_column_type(rows, HASH);
  return hash == SQLITE_NULL || (hash == SQLITE_BLOB && sqlite3_column_bytes(rows, HASH) == NEAP_DIGEST_SIZE);
}

static bool has_right_numbers(sqlite3_stmt *rows) {
  int64_t version = sqlite3_column_int64(rows, VERSION), cause = sqlite3_column_int64(rows, CAUSE_SEQ);
  return version >= 0 && version <= UINT16_MAX && cause >= 0;
}

static neap_bytes text_of(sqlite3_stmt *rows, int column) {
  const void *text = sqlite3_column_text(rows, column);
  return (neap_bytes){text, (size_t)sqlite3_column_bytes(rows, column)};
}

static neap_packed_event read_event(sqlite3_stmt *rows) {
  const void *record = sqlite3_column_blob(rows, RECORD);
  return (neap_packed_event){.seq = (uint64_t)sqlite3_column_int64(rows, SEQ),
                             .ts_ns = sqlite3_column_int64(rows, TS_NS),
                             .version = (uint16_t)sqlite3_column_int64(rows, VERSION),
                             .cause_seq = (uint64_t)sqlite3_column_int64(rows, CAUSE_SEQ),
                             .type = text_of(rows, TYPE),
                             .run = text_of(rows, RUN),
                             .product = text_of(rows, PRODUCT),
                             .client_order_id = text_of(rows, CLIENT_ORDER_ID),
                             .record = {record, (size_t)sqlite3_column_bytes(rows, RECORD)}};
}

static neap_status check_seq(walk *self, neap_fault *fault) {
  int64_t seq = sqlite3_column_int64(self->rows, SEQ), expected = (int64_t)self->report->events + 1;
  if (seq == expected) return NEAP_OK;
  if (seq < expected) return say_one(self, "event_inserted", "a row was inserted before it", fault);
  return say(self, (uint64_t)expected, (uint64_t)seq - 1, "event_missing", "missing", fault);
}

static neap_status check_body(walk *self, const neap_packed_event *event, neap_fault *fault) {
  neap_buffer *body = &self->body;
  neap_bytes found = text_of(self->rows, BODY);
  neap_buffer_clear(body);
  neap_status status = neap_record_to_json(event->record.data, event->record.size, body, fault);
  if (status == NEAP_CORRUPT) return say_one(self, "event_changed", "the record was changed: it cannot be read", fault);
  if (status != NEAP_OK) return status;
  if (body->size == found.size && memcmp(body->data, found.data, found.size) == 0) return NEAP_OK;
  return say_one(self, "event_changed", "record and body do not say the same: one of them was changed", fault);
}

static void note_head(walk *self, const char *text) {
  if (!self->remembered || strcasecmp(text, self->remembered) != 0) return;
  self->saw_remembered = true;
  self->remembered_at = self->report->events;
}

static neap_status end_group(walk *self, neap_fault *fault) {
  unsigned char head[NEAP_DIGEST_SIZE];
  uint64_t last = self->report->events;
  neap_chain_next(&self->chain, &self->group, head);
  if (memcmp(head, sqlite3_column_blob(self->rows, HASH), NEAP_DIGEST_SIZE) != 0)
    return say(self, self->group_first, last, "group_changed",
               "a column, the order of the rows or the hash was changed", fault);
  neap_chain_move(&self->chain, head);
  neap_buffer_clear(&self->group);
  self->group_first = last + 1;
  self->report->groups++;
  neap_digest_hex(head, self->report->head);
  note_head(self, self->report->head);
  return NEAP_OK;
}

static neap_status check_row(walk *self, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (!has_right_types(self->rows) || !has_right_numbers(self->rows))
    return say_one(self, "event_changed", "a column holds what Neap never writes there", fault);
  if ((status = check_seq(self, fault)) != NEAP_OK) return status;
  neap_packed_event event = read_event(self->rows);
  if ((status = check_body(self, &event, fault)) != NEAP_OK) return status;
  if ((status = neap_event_pack(&event, &self->group, fault)) != NEAP_OK) return status;
  self->report->events++;
  if (sqlite3_column_type(self->rows, HASH) == SQLITE_BLOB) return end_group(self, fault);
  if (self->report->events - self->group_first + 1 < NEAP_GROUP_SIZE) return NEAP_OK;
  return say(self, self->report->events, self->report->events, "hash_missing", "the group's hash was removed", fault);
}

/* Damage that SQLite itself meets lies in or behind the next event. */
static neap_status say_damaged(walk *self, neap_fault *fault) {
  self->report->bad_seq = self->report->bad_last = self->report->events + 1;
  return neap_sql_fail(self->database, self->path, "read an event", fault);
}

static neap_status check_rows(walk *self, neap_fault *fault) {
  neap_status status = neap_sql_prepare(self->database, self->path, rows_sql, &self->rows, fault);
  int code = SQLITE_ROW;
  while (status == NEAP_OK && (code = sqlite3_step(self->rows)) == SQLITE_ROW) status = check_row(self, fault);
  if (status != NEAP_OK) return status;
  if (code != SQLITE_DONE) return say_damaged(self, fault);
  if (self->group_first > self->report->events) return NEAP_OK;
  return say(self, self->group_first, self->report->events, "not_sealed",
             "no hash covers them: the last rows were cut off, or these were added", fault);
}

static neap_status check_integrity(walk *self, neap_fault *fault) {
  sqlite3_stmt *check = NULL;
  neap_status status = neap_sql_prepare(self->database, self->path, "PRAGMA integrity_check(1)", &check, fault);
  if (status == NEAP_OK && sqlite3_step(check) != SQLITE_ROW) {
    status = neap_sql_fail(self->database, self->path, "check its pages", fault);
  } else if (status == NEAP_OK && strcmp((const char *)sqlite3_column_text(check, 0), "ok") != 0) {
    status = neap_fail(fault, NEAP_CORRUPT, "damaged", "the file is damaged: %s", sqlite3_column_text(check, 0));
    neap_fault_set_where(fault, "%s", self->path);
  }
  sqlite3_finalize(check);
  return status;
}

static neap_status check_head(walk *self, neap_fault *fault) {
  const neap_verify_report *report = self->report;
  if (!self->remembered || strcasecmp(self->remembered, report->head) == 0) return NEAP_OK;
  if (self->saw_remembered)
    return say(self, self->remembered_at + 1, report->events, "events_after_head", "written after the given head",
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

static neap_status check_all(walk *self, neap_fault *fault) {
  neap_status status = neap_schema_compare(self->database, self->path, fault);
  if (status == NEAP_OK) status = check_rows(self, fault);
  if (status == NEAP_OK) status = check_integrity(self, fault);
  if (status == NEAP_OK) status = check_head(self, fault);
  return status;
}

neap_status neap_store_verify(const char *path, const char *head, neap_verify_report *out, neap_fault *fault) {
  *out = (neap_verify_report){0};
  walk self = {.path = path, .remembered = head, .report = out, .group_first = 1};
  neap_status status = check_head_text(head, fault);
  if (status == NEAP_OK) status = neap_reader_open(path, &self.database, fault);
  if (status != NEAP_OK) return status;
  if ((status = neap_chain_init(&self.chain, fault)) == NEAP_OK) {
    neap_digest_hex(self.chain.head, out->head);
    note_head(&self, out->head);
    /* One transaction, so that all is read of one moment though a writer goes on. */
    status = neap_sql_run(self.database, path, "BEGIN", fault);
  }
  if (status == NEAP_OK) status = check_all(&self, fault);
  sqlite3_finalize(self.rows);
  sqlite3_close(self.database);
  neap_chain_fini(&self.chain);
  neap_buffer_fini(&self.group);
  neap_buffer_fini(&self.body);
  return status;
}
