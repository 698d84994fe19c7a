/* SPDX-License-Identifier: MIT */
/* query: events of a store, filtered. */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "store/reader.h"
#include "store/schema.h"

struct neap_query {
  sqlite3 *database;
  sqlite3_stmt *events;
  char path[];
};

/* What is not asked for is bound so that it lets every row through. */
static const char all_sql[] =
    "SELECT seq, ts_ns, type, version, run, cause_seq, product, client_order_id, body FROM event"
    " WHERE seq >= ?1 AND ts_ns >= ?2 AND ts_ns < ?3 AND (?4 IS NULL OR cause_seq = ?4)";

neap_status neap_query_open(const char *path, neap_query **out, neap_fault *fault) {
  sqlite3 *database;
  neap_status status = neap_reader_open(path, &database, fault);
  if (status != NEAP_OK) return status;
  neap_query *query = calloc(1, sizeof *query + strlen(path) + 1);
  if (!query) {
    sqlite3_close(database);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a query");
  }
  query->database = database;
  strcpy(query->path, path);
  *out = query;
  return NEAP_OK;
}

void neap_query_close(neap_query *query) {
  if (!query) return;
  sqlite3_finalize(query->events);
  sqlite3_close(query->database);
  free(query);
}

/* The column whose index serves, one for each text of the filter that is given. */
static void write_sql(const neap_event_filter *filter, neap_buffer *sql) {
  neap_buffer_append_text(sql, all_sql);
  if (filter->type) neap_buffer_append_text(sql, " AND type = ?5");
  if (filter->product) neap_buffer_append_text(sql, " AND product = ?6 AND product <> ''");
  if (filter->client_order_id) neap_buffer_append_text(sql, " AND client_order_id = ?7 AND client_order_id <> ''");
  neap_buffer_append_text(sql, " ORDER BY seq LIMIT ?8");
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
  sqlite3_bind_int64(statement, 8, filter->limit && filter->limit <= INT64_MAX ? (int64_t)filter->limit : -1);
}

neap_status neap_query_events(neap_query *query, const neap_event_filter *filter, neap_fault *fault) {
  neap_buffer sql;
  sqlite3_finalize(query->events);
  query->events = NULL;
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
                          .body = column(events, 8)};
}

neap_status neap_query_next(neap_query *query, neap_event_row *out, neap_fault *fault) {
  if (!query->events) return NEAP_END;
  int code = sqlite3_step(query->events);
  if (code == SQLITE_ROW) {
    read_row(query->events, out);
    return NEAP_OK;
  }
  neap_status status = NEAP_END;
  if (code != SQLITE_DONE) status = neap_sql_fail(query->database, query->path, "read", fault);
  sqlite3_finalize(query->events);
  query->events = NULL;
  return status;
}
