/* SPDX-License-Identifier: MIT */
/* journal: events through the event store beside a bare SQLite loop that inserts the same columns, and the opening of a
 * store of a million events. Usage: journal DIRECTORY [EVENTS]. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/record.h"
#include "bench/program.h"
#include "store/event_store.h"

enum { GROUP = 64, ROUNDS = 5, PATH = 512 };

typedef struct sample {
  neap_buffer record, body;
  neap_event event;
} sample;

/* An intent as a session writes it. */
static void make_sample(sample *self) {
  neap_buffer *out = &self->record;
  neap_buffer_init(out);
  neap_buffer_init(&self->body);
  neap_record_int(out, "number", 1234);
  neap_record_text(out, "strategy", "ma_cross");
  neap_record_text(out, "why", "fast over slow");
  neap_record_text(out, "side", "buy");
  neap_record_text(out, "type", "limit");
  neap_record_decimal(out, "quantity", neap_decimal_from_int(2));
  neap_record_decimal(out, "limit", neap_decimal_from_int(42001));
  neap_record_text(out, "time_in_force", "good_till_cancelled");
  bench_must(neap_record_to_json(out->data, out->size, &self->body, NULL), "no memory", NULL);
  self->event = (neap_event){.ts_ns = 1713459600000000000,
                             .type = "order_intent",
                             .version = 1,
                             .product = "BTC-USD",
                             .client_order_id = "3f2a9c1e-1111-5222-8333-444455556666",
                             .record = out->data,
                             .record_size = out->size};
}

static neap_event_store *open_store(const char *path, bool resume) {
  neap_event_store *store = NULL;
  neap_fault fault;
  neap_event_store_options options = {.path = path, .run = "backtest-0123456789abcdef", .resume = resume};
  bench_must(neap_event_store_create(&options, &store, &fault), path, &fault);
  return store;
}

static void append_groups(neap_event_store *store, const sample *given, uint64_t events) {
  for (uint64_t i = 0; i < events; i += GROUP) {
    neap_event_store_hold(store);
    for (uint64_t k = 0; k < GROUP; k++)
      bench_must(neap_event_store_append(store, &given->event, NULL, NULL), "an append failed", NULL);
    neap_event_store_release(store);
  }
  bench_must(neap_event_store_seal(store, NULL), "a seal failed", NULL);
}

/* Events per second, until all are durable. */
static double measure_store(const char *path, const sample *given, uint64_t events) {
  bench_remove_store(path);
  neap_event_store *store = open_store(path, false);
  double begin = bench_now();
  append_groups(store, given, events);
  double seconds = bench_now() - begin;
  neap_event_store_close(store, NULL);
  return (double)events / seconds;
}

static void run(sqlite3 *database, const char *sql) {
  bench_check(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(database));
}

static void insert(sqlite3_stmt *statement, const sample *given, uint64_t seq, const unsigned char *hash) {
  const neap_event *event = &given->event;
  sqlite3_bind_int64(statement, 1, (int64_t)seq);
  sqlite3_bind_int64(statement, 2, event->ts_ns);
  sqlite3_bind_text(statement, 3, event->type, -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 4, 1);
  sqlite3_bind_text(statement, 5, "backtest-0123456789abcdef", -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 6, 0);
  sqlite3_bind_text(statement, 7, event->product, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 8, event->client_order_id, -1, SQLITE_STATIC);
  sqlite3_bind_blob(statement, 9, event->record, (int)event->record_size, SQLITE_STATIC);
  sqlite3_bind_text(statement, 10, (const char *)given->body.data, (int)given->body.size, SQLITE_STATIC);
  if (hash)
    sqlite3_bind_blob(statement, 11, hash, 32, SQLITE_STATIC);
  else
    sqlite3_bind_null(statement, 11);
  bench_check(sqlite3_step(statement) == SQLITE_DONE, "an insert failed");
  sqlite3_reset(statement);
}

/* The same table and indexes, one prepared insert, nothing else: no numbers, no hashes, JSON that is there already. */
static double measure_bare(const char *path, const sample *given, uint64_t events) {
  static const unsigned char hash[32] = {1};
  sqlite3 *database;
  sqlite3_stmt *statement, *begin, *commit;
  bench_remove_store(path);
  bench_check(sqlite3_open(path, &database) == SQLITE_OK, "cannot open");
  run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "CREATE TABLE event(seq INTEGER PRIMARY KEY, ts_ns INTEGER NOT NULL, type TEXT NOT NULL, version "
                "INTEGER NOT NULL,"
                " run TEXT NOT NULL, cause_seq INTEGER NOT NULL, product TEXT NOT NULL, client_order_id TEXT NOT NULL,"
                " record BLOB NOT NULL, body TEXT NOT NULL, hash BLOB);"
                "CREATE INDEX event_type ON event(type);"
                "CREATE INDEX event_client_order_id ON event(client_order_id) WHERE client_order_id <> '';"
                "CREATE INDEX event_product ON event(product) WHERE product <> ''");
  sqlite3_prepare_v2(database, "INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", -1, &statement, NULL);
  sqlite3_prepare_v2(database, "BEGIN IMMEDIATE", -1, &begin, NULL);
  sqlite3_prepare_v2(database, "COMMIT", -1, &commit, NULL);
  double start = bench_now();
  for (uint64_t i = 0; i < events; i += GROUP) {
    sqlite3_step(begin);
    sqlite3_reset(begin);
    for (uint64_t k = 1; k <= GROUP; k++) insert(statement, given, i + k, k == GROUP ? hash : NULL);
    bench_check(sqlite3_step(commit) == SQLITE_DONE, "a commit failed");
    sqlite3_reset(commit);
  }
  double seconds = bench_now() - start;
  sqlite3_finalize(statement);
  sqlite3_finalize(begin);
  sqlite3_finalize(commit);
  sqlite3_close(database);
  return (double)events / seconds;
}

static void compare_with_bare(const char *path, const sample *given, uint64_t events) {
  double ours[ROUNDS], bare[ROUNDS], ratio[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    bare[i] = measure_bare(path, given, events);
    ours[i] = measure_store(path, given, events);
    ratio[i] = ours[i] / bare[i];
  }
  double share = bench_median(ratio, ROUNDS);
  printf("events/s, durable, groups of %d: event store %.0f, bare SQLite loop %.0f: %.0f %% of it (medians of %d)\n",
         GROUP, bench_median(ours, ROUNDS), bench_median(bare, ROUNDS), share * 100, ROUNDS);
}

static double measure_open(const char *path) {
  double begin = bench_now();
  neap_event_store *store = open_store(path, true);
  double seconds = bench_now() - begin;
  neap_event_store_close(store, NULL);
  return seconds;
}

/* A writer that is killed leaves its log to be read again. */
static void die_writing(const char *path, const sample *given) {
  pid_t child = fork();
  if (child == 0) {
    neap_event_store *store = open_store(path, true);
    append_groups(store, given, 100 * GROUP);
    kill(getpid(), SIGKILL);
  }
  waitpid(child, NULL, 0);
}

static void measure_start(const char *path, const sample *given) {
  uint64_t million = 1000000 / GROUP * GROUP + GROUP;
  measure_store(path, given, million);
  double closed = measure_open(path);
  die_writing(path, given);
  printf("opening a store of %llu events: %.3f s; after a kill: %.3f s\n", (unsigned long long)million, closed,
         measure_open(path));
}

int main(int count, char **words) {
  char path[PATH];
  sample given;
  uint64_t events = count > 2 ? strtoull(words[2], NULL, 10) / GROUP * GROUP : 64000;
  bench_check(count > 1 && events > 0, "usage: journal DIRECTORY [EVENTS]");
  snprintf(path, sizeof path, "%s/journal.db", words[1]);
  make_sample(&given);
  compare_with_bare(path, &given, events);
  measure_start(path, &given);
  bench_remove_store(path);
  neap_buffer_fini(&given.record);
  neap_buffer_fini(&given.body);
  return 0;
}
