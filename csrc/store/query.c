/* SPDX-License-Identifier: MIT */
/* query: events of a store, filtered. */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "store/query_reserve.h"
#include "store/reader.h"
#include "store/schema.h"

struct neap_query {
  sqlite3 *database;
  sqlite3_stmt *events;
  neap_reserve_rows reserve; /* what is not in the file yet */
  bool newest_first;
  uint64_t left; /* rows that may still be given */
  char path[];
};

/* What is not asked for is bound so that it lets every row through. */
static const char all_sql[] =
    "SELECT seq, ts_ns, type, version, run, cause_seq, product, client_order_id, body, record FROM event"
    " WHERE seq >= ?1 AND ts_ns >= ?2 AND ts_ns < ?3 AND (?4 IS NULL OR cause_seq = ?4) AND seq <= ?9";

/* The reserve is read before the file: what moves into it meanwhile is met in both. */
neap_status neap_query_open(const char *path, neap_query **out, neap_fault *fault) {
  neap_query *query = calloc(1, sizeof *query + strlen(path) + 1);
  if (!query) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a query");
  strcpy(query->path, path);
  neap_status status = neap_reader_open(path, &query->database, fault);
  if (status == NEAP_OK) status = neap_reserve_rows_init(&query->reserve, path, fault);
  if (status == NEAP_OK)
    *out = query;
  else
    neap_query_close(query);
  return status;
}

void neap_query_close(neap_query *query) {
  if (!query) return;
  sqlite3_finalize(query->events);
  sqlite3_close(query->database);
  neap_reserve_rows_fini(&query->reserve);
  free(query);
}

uint64_t neap_query_reserve(const neap_query *query) { return query->reserve.contents.events; }

/* The column whose index serves, one for each text of the filter that is given. */
static void write_sql(const neap_event_filter *filter, neap_buffer *sql) {
  neap_buffer_append_text(sql, all_sql);
  if (filter->type) neap_buffer_append_text(sql, " AND type = ?5");
  if (filter->product) neap_buffer_append_text(sql, " AND product = ?6 AND product <> ''");
  if (filter->client_order_id) neap_buffer_append_text(sql, " AND client_order_id = ?7 AND client_order_id <> ''");
  neap_buffer_append_text(sql, filter->newest_first ? " ORDER BY seq DESC" : " ORDER BY seq");
  neap_buffer_append_text(sql, " LIMIT ?8");
  neap_buffer_append(sql, "", 1);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
  if (text) sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static void bind_filter(sqlite3_stmt *statement, const neap_event_filter *filter) {
  sqlite3_bind_int64(statement, 1, filter->since_seq > INT64_MAX ? INT64_MAX : (int64_t)filter->since_seq);
  sqlite3_bind_int64(statement, 2, filter->since_ns ? filter->since_ns : INT64_MIN);
  sqlite3_bind_int64(statement, 3, filter->until_ns ? filter->until_ns : INT64_MAX);
  if (filter->cause_seq) sqlite3_bind_int64(statement, 4, (int64_t)filter->cause_seq);
  bind_text(statement, 5, filter->type);
  bind_text(statement, 6, filter->product);
  bind_text(statement, 7, filter->client_order_id);
  sqlite3_bind_int64(statement, 9,
                     filter->until_seq && filter->until_seq <= INT64_MAX ? (int64_t)filter->until_seq : INT64_MAX);
  sqlite3_bind_int64(statement, 8, filter->limit && filter->limit <= INT64_MAX ? (int64_t)filter->limit : -1);
}

static neap_status prepare(neap_query *query, const neap_event_filter *filter, neap_fault *fault) {
  neap_buffer sql;
  neap_buffer_init(&sql);
  write_sql(filter, &sql);
  neap_status status = sql.status;
  if (status == NEAP_OK)
    status = neap_sql_prepare(query->database, query->path, (const char *)sql.data, &query->events, fault);
  else
    neap_fail(fault, status, "no_memory", "no memory for a query");
  neap_buffer_fini(&sql);
  if (status == NEAP_OK) bind_filter(query->events, filter);
  return status;
}

/* Picks from the reserve what the file lacks, at the moment that the rows are then read of. */
static neap_status select_reserve(neap_query *query, const neap_event_filter *filter, neap_fault *fault) {
  sqlite3_stmt *last = NULL;
  const neap_reserve_contents *contents = &query->reserve.contents;
  if (contents->events == 0 && contents->behind == 0) return NEAP_OK;
  neap_status status = neap_sql_run(query->database, query->path, "BEGIN", fault);
  if (status == NEAP_OK)
    status = neap_sql_prepare(query->database, query->path, "SELECT max(seq) FROM event", &last, fault);
  if (status == NEAP_OK && sqlite3_step(last) != SQLITE_ROW)
    status = neap_sql_fail(query->database, query->path, "read", fault);
  uint64_t after = status == NEAP_OK ? (uint64_t)sqlite3_column_int64(last, 0) : 0;
  sqlite3_finalize(last);
  const uint64_t there = contents->events ? contents->first_seq + contents->events - 1 : 0;
  if (status == NEAP_OK)
    status = neap_reserve_check_behind(contents, query->path, there > after ? there : after, fault);
  return status == NEAP_OK ? neap_reserve_rows_select(&query->reserve, filter, after, fault) : status;
}

static void end_rows(neap_query *query) {
  sqlite3_finalize(query->events);
  query->events = NULL;
  if (!sqlite3_get_autocommit(query->database)) sqlite3_exec(query->database, "COMMIT", NULL, NULL, NULL);
}

neap_status neap_query_events(neap_query *query, const neap_event_filter *filter, neap_fault *fault) {
  end_rows(query);
  query->newest_first = filter->newest_first;
  query->left = filter->limit ? filter->limit : UINT64_MAX;
  neap_status status = select_reserve(query, filter, fault);
  return status == NEAP_OK ? prepare(query, filter, fault) : status;
}

static const char *column(sqlite3_stmt *statement, int index) {
  const char *text = (const char *)sqlite3_column_text(statement, index);
  return text ? text : "";
}

static void read_row(sqlite3_stmt *events, neap_event_row *out) {
  *out = (neap_event_row){.seq = (uint64_t)sqlite3_column_int64(events, 0),
                          .ts_ns = sqlite3_column_int64(events, 1),
                          .type = column(events, 2),
                          .version = (unsigned)sqlite3_column_int64(events, 3),
                          .run = column(events, 4),
                          .cause_seq = (uint64_t)sqlite3_column_int64(events, 5),
                          .product = column(events, 6),
                          .client_order_id = column(events, 7),
                          .body = column(events, 8),
                          .record = sqlite3_column_blob(events, 9),
                          .record_size = (size_t)sqlite3_column_bytes(events, 9)};
}

static neap_status next_row(neap_query *query, neap_event_row *out, neap_fault *fault) {
  if (!query->events) return NEAP_END;
  int code = sqlite3_step(query->events);
  if (code == SQLITE_ROW) {
    read_row(query->events, out);
    return NEAP_OK;
  }
  neap_status status = NEAP_END;
  if (code != SQLITE_DONE) status = neap_sql_fail(query->database, query->path, "read", fault);
  end_rows(query);
  return status;
}

/* The reserve's events are the newest. */
neap_status neap_query_next(neap_query *query, neap_event_row *out, neap_fault *fault) {
  neap_status status = NEAP_END;
  if (query->left == 0) return NEAP_END;
  if (query->newest_first) status = neap_reserve_rows_next(&query->reserve, true, out, fault);
  if (status == NEAP_END) status = next_row(query, out, fault);
  if (status == NEAP_END && !query->newest_first) status = neap_reserve_rows_next(&query->reserve, false, out, fault);
  if (status == NEAP_OK) query->left--;
  return status;
}
