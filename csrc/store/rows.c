/* SPDX-License-Identifier: MIT */
/* rows: reads events back from their columns. */
#include "store/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "store/schema.h"

static bool has_right_types(sqlite3_stmt *rows) {
  static const int types[NEAP_ROW_COLUMNS] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_TEXT, SQLITE_INTEGER,
                                              SQLITE_TEXT,    SQLITE_INTEGER, SQLITE_TEXT, SQLITE_TEXT,
                                              SQLITE_BLOB,    SQLITE_TEXT,    SQLITE_NULL};
  for (int i = 0; i < NEAP_ROW_HASH; i++)
    if (sqlite3_column_type(rows, i) != types[i]) return false;
  int hash = sqlite3_column_type(rows, NEAP_ROW_HASH);
  return hash == SQLITE_NULL || (hash == SQLITE_BLOB && sqlite3_column_bytes(rows, NEAP_ROW_HASH) == NEAP_DIGEST_SIZE);
}

bool neap_row_is_sound(sqlite3_stmt *rows) {
  if (!has_right_types(rows)) return false;
  int64_t version = sqlite3_column_int64(rows, NEAP_ROW_VERSION),
          cause = sqlite3_column_int64(rows, NEAP_ROW_CAUSE_SEQ);
  return version >= 0 && version <= UINT16_MAX && cause >= 0;
}

neap_bytes neap_row_text(sqlite3_stmt *rows, int column) {
  const void *text = sqlite3_column_text(rows, column);
  return (neap_bytes){text, (size_t)sqlite3_column_bytes(rows, column)};
}

neap_packed_event neap_row_event(sqlite3_stmt *rows) {
  const void *record = sqlite3_column_blob(rows, NEAP_ROW_RECORD);
  return (neap_packed_event){.seq = (uint64_t)sqlite3_column_int64(rows, NEAP_ROW_SEQ),
                             .ts_ns = sqlite3_column_int64(rows, NEAP_ROW_TS_NS),
                             .version = (uint16_t)sqlite3_column_int64(rows, NEAP_ROW_VERSION),
                             .cause_seq = (uint64_t)sqlite3_column_int64(rows, NEAP_ROW_CAUSE_SEQ),
                             .type = neap_row_text(rows, NEAP_ROW_TYPE),
                             .run = neap_row_text(rows, NEAP_ROW_RUN),
                             .product = neap_row_text(rows, NEAP_ROW_PRODUCT),
                             .client_order_id = neap_row_text(rows, NEAP_ROW_CLIENT_ORDER_ID),
                             .record = {record, (size_t)sqlite3_column_bytes(rows, NEAP_ROW_RECORD)}};
}

bool neap_row_ends_group(sqlite3_stmt *rows) { return sqlite3_column_type(rows, NEAP_ROW_HASH) == SQLITE_BLOB; }

static int digit(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

static bool read_hex(const unsigned char *text, unsigned char out[NEAP_DIGEST_SIZE]) {
  for (size_t i = 0; i < NEAP_DIGEST_SIZE; i++) {
    int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

bool neap_row_chain_head(const neap_packed_event *event, unsigned char out[NEAP_DIGEST_SIZE]) {
  static const char type[] = "state_snapshot";
  neap_record_field field;
  if (event->type.size != sizeof type - 1 || memcmp(event->type.data, type, sizeof type - 1) != 0) return false;
  if (neap_record_find(event->record.data, event->record.size, "chain_head", &field) != NEAP_OK) return false;
  return field.type == NEAP_RECORD_TEXT && field.value.bytes.size == NEAP_DIGEST_TEXT - 1 &&
         read_hex(field.value.bytes.data, out);
}

void neap_tail_text(uint64_t last_seq, const unsigned char tail[NEAP_DIGEST_SIZE], char out[NEAP_TAIL_TEXT]) {
  char hex[NEAP_DIGEST_TEXT];
  neap_digest_hex(tail, hex);
  snprintf(out, NEAP_TAIL_TEXT, "%" PRIu64 " %s", last_seq, hex);
}

neap_status neap_tail_read(sqlite3 *database, const char *path, char out[NEAP_TAIL_TEXT], neap_fault *fault) {
  sqlite3_stmt *tail = NULL;
  neap_status status = neap_sql_prepare(database, path, "SELECT value FROM meta WHERE key = 'tail'", &tail, fault);
  int code = status == NEAP_OK ? sqlite3_step(tail) : SQLITE_DONE;
  out[0] = '\0';
  if (code == SQLITE_ROW)
    snprintf(out, NEAP_TAIL_TEXT, "%s", (const char *)sqlite3_column_text(tail, 0));
  else if (code != SQLITE_DONE)
    status = neap_sql_fail(database, path, "read its tail", fault);
  sqlite3_finalize(tail);
  return status;
}
