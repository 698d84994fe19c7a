/* SPDX-License-Identifier: MIT */
/* verify: each way of tampering with a store is found, and the event is named. */
#include <ctype.h>
#include <sqlite3.h>

#include "store/query.h"
#include "store_support.h"

enum { EVENTS = 170 }; /* groups: 1-50, 51-100, 101-150, 151-170 */

static void read_file(place *self) {
  FILE *file = fopen(self->path, "rb");
  fseek(file, 0, SEEK_END);
  self->good_size = (size_t)ftell(file);
  self->good = malloc(self->good_size);
  rewind(file);
  assert_int_equal(fread(self->good, 1, self->good_size, file), self->good_size);
  fclose(file);
}

static void write_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

static void write_good(const place *self) { write_file(self->path, self->good, self->good_size); }

static int make_store(void **state) {
  if (make_place(state) != 0) return -1;
  place *self = *state;
  write_store(self->path, EVENTS, NULL);
  read_file(self);
  return 0;
}

static sqlite3 *open_file(const char *path) {
  sqlite3 *database;
  assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
  sqlite3_exec(database, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY", NULL, NULL, NULL);
  return database;
}

static void tamper(const char *path, const char *sql) {
  char *message = NULL;
  sqlite3 *database = open_file(path);
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* Runs `sql` on a fresh store and verifies it: the code must be this one, and `seq` (0: none) among the named events.
 */
static void finds(const place *self, const char *sql, const char *code, uint64_t seq) {
  neap_verify_report report;
  neap_fault fault = {0};
  write_good(self);
  tamper(self->path, sql);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_CORRUPT);
  if (strcmp(fault.code, code) != 0) fail_msg("%s: %s, not %s: %s", sql, fault.code, code, fault.message);
  if (seq) assert_in_range(seq, report.bad_seq, report.bad_last);
  unlink(self->path);
}

static void a_good_store_is_good(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT];
  neap_verify_report report;
  neap_fault fault;
  write_store(self->path, EVENTS, head);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_int_equal(report.events, EVENTS);
  assert_int_equal(report.groups, 4);
  assert_int_equal(report.bad_seq, 0);
  assert_string_equal(report.head, head);
  assert_int_equal(neap_store_verify(self->path, head, &report, &fault), NEAP_OK);
  for (char *c = head; *c; c++) *c = (char)toupper(*c);
  assert_int_equal(neap_store_verify(self->path, head, &report, &fault), NEAP_OK);
}

static void finds_missing_and_inserted_rows(void **state) {
  const place *self = *state;
  const char *copy = ", ts_ns, type, version, run, cause_seq, product, client_order_id, record, body, ";
  char sql[400];
  finds(self, "DELETE FROM event WHERE seq = 1", "event_missing", 1);
  finds(self, "DELETE FROM event WHERE seq = 77", "event_missing", 77);
  finds(self, "DELETE FROM event WHERE seq BETWEEN 51 AND 100", "event_missing", 75);
  finds(self, "DELETE FROM event WHERE seq = 50", "event_missing", 50);
  finds(self, "DELETE FROM event WHERE seq >= 160", "event_missing", 165);
  finds(self, "DELETE FROM event WHERE seq = 30; UPDATE event SET seq = seq - 1 WHERE seq > 30", "group_changed", 30);
  snprintf(sql, sizeof sql, "INSERT INTO event SELECT 0%sNULL FROM event WHERE seq = 3", copy);
  finds(self, sql, "event_inserted", 1);
  snprintf(sql, sizeof sql, "INSERT INTO event SELECT 171%sNULL FROM event WHERE seq = 3", copy);
  finds(self, sql, "not_sealed", 171);
  snprintf(sql, sizeof sql, "INSERT INTO event SELECT 171%shash FROM event WHERE seq = 170", copy);
  finds(self, sql, "group_changed", 171);
  snprintf(sql, sizeof sql,
           "UPDATE event SET seq = -seq WHERE seq > 20; UPDATE event SET seq = 1 - seq WHERE seq < 0;"
           "INSERT INTO event SELECT 21%sNULL FROM event WHERE seq = 3",
           copy);
  finds(self, sql, "group_changed", 21);
}

static void finds_moved_rows(void **state) {
  const place *self = *state;
  finds(self,
        "UPDATE event SET seq = -1 WHERE seq = 8; UPDATE event SET seq = 8 WHERE seq = 9;"
        "UPDATE event SET seq = 9 WHERE seq = -1",
        "group_changed", 8);
  finds(self,
        "UPDATE event SET seq = -1 WHERE seq = 8; UPDATE event SET seq = 8 WHERE seq = 109;"
        "UPDATE event SET seq = 109 WHERE seq = -1",
        "group_changed", 8);
  finds(self,
        "CREATE TEMP TABLE t AS SELECT * FROM event WHERE seq IN (60, 61); UPDATE event SET (record, body) ="
        " (SELECT record, body FROM t WHERE t.seq = 121 - event.seq) WHERE seq IN (60, 61)",
        "group_changed", 60);
  finds(self, "UPDATE event SET seq = 1000 WHERE seq = 170", "event_missing", 170);
}

static void finds_changed_hashes(void **state) {
  const place *self = *state;
  finds(self, "UPDATE event SET hash = NULL WHERE seq = 100", "hash_missing", 114);
  finds(self, "UPDATE event SET hash = NULL WHERE seq = 170", "not_sealed", 170);
  finds(self,
        "UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 100) WHERE seq = 99;"
        "UPDATE event SET hash = NULL WHERE seq = 100",
        "group_changed", 99);
  finds(self, "UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 50) WHERE seq = 20", "group_changed", 20);
  finds(self, "UPDATE event SET hash = zeroblob(32) WHERE seq = 7", "group_changed", 7);
  finds(self, "UPDATE event SET hash = zeroblob(31) WHERE seq = 50", "event_changed", 50);
  finds(self, "UPDATE event SET hash = 'text' WHERE seq = 9", "event_changed", 9);
  finds(self, "UPDATE meta SET value = '170 00' WHERE key = 'tail'", "tail_changed", 170);
  finds(self, "UPDATE meta SET value = '' WHERE key = 'tail'", "tail_changed", 170);
  finds(self, "UPDATE meta SET value = replace(value, '170', '171') WHERE key = 'tail'", "event_missing", 171);
}

static void finds_values_of_another_type(void **state) {
  const place *self = *state;
  finds(self, "UPDATE event SET version = 'one' WHERE seq = 4", "event_changed", 4);
  finds(self, "UPDATE event SET version = 65537 WHERE seq = 4", "event_changed", 4);
  finds(self, "UPDATE event SET cause_seq = -1 WHERE seq = 4", "event_changed", 4);
  finds(self, "UPDATE event SET ts_ns = 4000.5 WHERE seq = 4", "event_changed", 4);
  finds(self, "UPDATE event SET type = CAST(type AS BLOB) WHERE seq = 66", "event_changed", 66);
  finds(self, "UPDATE event SET body = CAST(body AS BLOB) WHERE seq = 66", "event_changed", 66);
  finds(self, "UPDATE event SET record = CAST(record AS TEXT) WHERE seq = 66", "event_changed", 66);
  finds(self, "UPDATE event SET body = body || ' ' WHERE seq = 66", "event_changed", 66);
  finds(self, "UPDATE event SET body = body || char(0) WHERE seq = 66", "event_changed", 66);
  finds(self, "UPDATE event SET run = run || char(0) WHERE seq = 66", "group_changed", 66);
  finds(self, "UPDATE event SET record = x'' WHERE seq = 12", "event_changed", 12);
}

static void finds_another_schema(void **state) {
  const place *self = *state;
  static const char *const changes[] = {"CREATE TABLE notes(text)",
                                        "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM meta; END",
                                        "DROP VIEW fills",
                                        "DROP VIEW orders; CREATE VIEW orders AS SELECT * FROM event LIMIT 1",
                                        "DROP INDEX event_type",
                                        "CREATE INDEX another ON event(run)",
                                        "ALTER TABLE event ADD COLUMN more",
                                        "UPDATE meta SET value = 'neap.chain/2' WHERE key = 'chain'",
                                        "INSERT INTO meta VALUES ('a', 'b')",
                                        "DELETE FROM meta",
                                        "DROP TABLE meta"};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) finds(self, changes[i], "schema_changed", 0);
  finds(self,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema"
        " WHERE name IN ('event_type', 'event_product')) - rootpage WHERE name IN ('event_type', 'event_product')",
        "damaged", 0);
  finds(self, "PRAGMA user_version = 0", "not_a_store", 0);
  finds(self, "PRAGMA application_id = 1", "not_a_store", 0);
}

static void refuses_a_newer_store(void **state) {
  const place *self = *state;
  neap_verify_report report;
  neap_query *query;
  neap_fault fault;
  write_store(self->path, 3, NULL);
  tamper(self->path, "PRAGMA user_version = 3");
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_UNSUPPORTED);
  assert_string_equal(fault.code, "newer_store");
  assert_int_equal(neap_query_open(self->path, &query, &fault), NEAP_UNSUPPORTED);
}

/* Whoever cuts the end off can also write the row that covers it: here, that of a store that has no more. */
static void cut_to(const char *path, int last, const char *shorter) {
  char sql[600];
  snprintf(sql, sizeof sql,
           "ATTACH '%s' AS shorter; DELETE FROM event WHERE seq > %d;"
           "UPDATE meta SET value = (SELECT value FROM shorter.meta WHERE key = 'tail') WHERE key = 'tail'",
           shorter, last);
  tamper(path, sql);
}

static void remembered_head_finds_a_cut_end_and_a_new_chain(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT], shorter[NEAP_DIGEST_TEXT], other[PATH_SIZE];
  neap_verify_report report;
  neap_fault fault;
  write_store(self->path, EVENTS, head);
  snprintf(other, sizeof other, "%.240s/other.db", self->directory);
  write_store(other, 150, shorter);
  cut_to(self->path, 150, other);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_string_equal(report.head, shorter);
  assert_int_equal(neap_store_verify(self->path, head, &report, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "head_differs");
  unlink(other);
  write_store(other, 0, NULL);
  cut_to(self->path, 0, other);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_int_equal(neap_store_verify(self->path, head, &report, &fault), NEAP_CORRUPT);
  unlink(other);
  unlink(self->path);
  write_store(self->path, EVENTS, NULL);
  assert_int_equal(neap_store_verify(self->path, shorter, &report, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "events_after_head");
  assert_int_equal(report.bad_seq, 151);
  assert_int_equal(neap_store_verify(self->path, "abc", &report, &fault), NEAP_INVALID);
}

static const char *const columns[] = {"seq",     "ts_ns",           "type",   "version", "run", "cause_seq",
                                      "product", "client_order_id", "record", "body",    "hash"};

/* Another value of the same type that differs in one byte, or one bit of a number. */
static void bind_changed(sqlite3_stmt *update, sqlite3_stmt *row, unsigned char *copy) {
  int size = sqlite3_column_bytes(row, 0), type = sqlite3_column_type(row, 0);
  if (type == SQLITE_INTEGER) {
    sqlite3_int64 bit = 1;
    sqlite3_bind_int64(update, 1, sqlite3_column_int64(row, 0) ^ (bit << rand() % 63));
    return;
  }
  if (size == 0) {
    sqlite3_bind_text(update, 1, "x", 1, SQLITE_STATIC);
    return;
  }
  memcpy(copy, sqlite3_column_blob(row, 0), (size_t)size);
  copy[rand() % size] ^= (unsigned char)(1 << rand() % 8);
  if (type == SQLITE_BLOB)
    sqlite3_bind_blob(update, 1, copy, size, SQLITE_STATIC);
  else
    sqlite3_bind_text(update, 1, (const char *)copy, size, SQLITE_STATIC);
}

/* Changes one byte of one column of one row; false when the new seq is taken. */
static bool change_one(const char *path, const char *column, int seq) {
  char sql[128];
  unsigned char copy[512];
  sqlite3_stmt *select, *update;
  sqlite3 *database = open_file(path);
  snprintf(sql, sizeof sql, "SELECT %s FROM event WHERE seq = %d", column, seq);
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &select, NULL), SQLITE_OK);
  snprintf(sql, sizeof sql, "UPDATE event SET %s = ?1 WHERE seq = %d", column, seq);
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &update, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(select), SQLITE_ROW);
  bind_changed(update, select, copy);
  sqlite3_finalize(select);
  bool changed = sqlite3_step(update) == SQLITE_DONE;
  sqlite3_finalize(update);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
  return changed;
}

static void any_changed_byte_of_any_column_is_found(void **state) {
  const place *self = *state;
  neap_verify_report report;
  neap_fault fault = {0};
  srand(11);
  for (int i = 0; i < 330; i++) {
    const char *column = columns[(size_t)i % (sizeof columns / sizeof *columns)];
    int seq = strcmp(column, "hash") == 0 ? (int[]){50, 100, 150, 170}[rand() % 4] : 1 + rand() % EVENTS;
    write_good(self);
    if (!change_one(self->path, column, seq)) continue;
    if (neap_store_verify(self->path, NULL, &report, &fault) != NEAP_CORRUPT) fail_msg("%s of %d", column, seq);
    if (strcmp(column, "seq") != 0)
      assert_in_range(seq, report.bad_seq, report.bad_last);
    else
      assert_true(report.bad_seq > 0);
  }
}

/* A byte of the file that no event, hash, index or schema lies in (free space, counters) may change without harm: then
 * everything reads as before, down to the head. */
static void any_changed_byte_of_the_file_is_found_or_harmless(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT];
  neap_verify_report report;
  neap_fault fault;
  size_t found = 0;
  srand(13);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  strcpy(head, report.head);
  for (int i = 0; i < 700; i++) {
    size_t at = (size_t)rand() % self->good_size;
    unsigned char bit = (unsigned char)(1 << rand() % 8);
    self->good[at] ^= bit;
    write_good(self);
    self->good[at] ^= bit;
    if (neap_store_verify(self->path, NULL, &report, &fault) != NEAP_OK)
      found++;
    else
      assert_string_equal(report.head, head);
  }
  assert_true(found > 200);
}

static void a_cut_file_is_found(void **state) {
  const place *self = *state;
  neap_verify_report report;
  neap_fault fault;
  for (size_t size = 0; size < self->good_size; size += 1024) {
    write_file(self->path, self->good, size);
    if (neap_store_verify(self->path, NULL, &report, &fault) != NEAP_CORRUPT)
      fail_msg("cut to %zu of %zu", size, self->good_size);
  }
}

static void says_what_the_file_is_instead(void **state) {
  const place *self = *state;
  char other[PATH_SIZE];
  neap_verify_report report;
  neap_fault fault;
  assert_int_equal(neap_store_verify(self->directory, NULL, &report, &fault), NEAP_CORRUPT);
  assert_non_null(strstr(fault.message, "a directory"));
  write_file(self->path, "", 0);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_CORRUPT);
  assert_non_null(strstr(fault.message, "empty"));
  snprintf(other, sizeof other, "%.240s/event.db", self->directory);
  assert_int_equal(neap_store_verify(other, NULL, &report, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.nearest, "events.db");
  write_file(self->path, "time,open,high,low,close,volume\n", 32);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "not_a_store");
  unlink(self->path);
  tamper(self->path, "CREATE TABLE event(seq)");
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "not_a_store");
  assert_int_equal(neap_store_verify("/dev/null", NULL, &report, &fault), NEAP_CORRUPT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_good_store_is_good, make_place, remove_place),
      cmocka_unit_test_setup_teardown(finds_missing_and_inserted_rows, make_store, remove_place),
      cmocka_unit_test_setup_teardown(finds_moved_rows, make_store, remove_place),
      cmocka_unit_test_setup_teardown(finds_changed_hashes, make_store, remove_place),
      cmocka_unit_test_setup_teardown(finds_values_of_another_type, make_store, remove_place),
      cmocka_unit_test_setup_teardown(finds_another_schema, make_store, remove_place),
      cmocka_unit_test_setup_teardown(refuses_a_newer_store, make_place, remove_place),
      cmocka_unit_test_setup_teardown(remembered_head_finds_a_cut_end_and_a_new_chain, make_place, remove_place),
      cmocka_unit_test_setup_teardown(any_changed_byte_of_any_column_is_found, make_store, remove_place),
      cmocka_unit_test_setup_teardown(any_changed_byte_of_the_file_is_found_or_harmless, make_store, remove_place),
      cmocka_unit_test_setup_teardown(a_cut_file_is_found, make_store, remove_place),
      cmocka_unit_test_setup_teardown(says_what_the_file_is_instead, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
