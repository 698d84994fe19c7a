/* SPDX-License-Identifier: MIT */
/* state_replay: the state of a store, from its first event or from its latest snapshot. */
#include <string.h>

#include "session/state_parts.h"

neap_event state_event_of(const neap_event_row *row) {
  return (neap_event){.seq = row->seq,
                      .ts_ns = row->ts_ns,
                      .type = row->type,
                      .version = (uint16_t)row->version,
                      .cause_seq = row->cause_seq,
                      .run = row->run,
                      .product = row->product,
                      .client_order_id = row->client_order_id,
                      .record = row->record,
                      .record_size = row->record_size};
}

/* The number of the latest snapshot that is not later than `until`; 0: none. */
static neap_status find_snapshot(neap_query *query, uint64_t until, uint64_t *seq, neap_fault *fault) {
  const neap_event_filter filter = {.type = "state_snapshot", .until_seq = until, .newest_first = true, .limit = 1};
  neap_event_row row;
  *seq = 0;
  neap_status status = neap_query_events(query, &filter, fault);
  if (status == NEAP_OK) status = neap_query_next(query, &row, fault);
  if (status == NEAP_OK) *seq = row.seq;
  return status == NEAP_END ? NEAP_OK : status;
}

bool state_begins(const char *type) {
  return strcmp(type, "session_started") == 0 || strcmp(type, "state_snapshot") == 0;
}

static neap_status apply_rows(neap_query *query, uint64_t until, neap_state *state, neap_replay_report *report,
                              neap_fault *fault) {
  neap_event_row row;
  neap_status status;
  while ((status = neap_query_next(query, &row, fault)) == NEAP_OK && row.seq <= until) {
    const neap_event event = state_event_of(&row);
    if (!report->first_seq && !state_begins(event.type))
      return neap_fail(fault, NEAP_NOT_FOUND, "no_session", "the store is no session's: it begins with %s", event.type);
    if (!report->first_seq) report->first_seq = event.seq;
    if ((status = neap_state_apply(state, &event, fault)) != NEAP_OK) return status;
    report->last_seq = event.seq;
  }
  return status == NEAP_END ? NEAP_OK : status;
}

static neap_status replay(neap_query *query, uint64_t until, bool from_start, neap_state *state,
                          neap_replay_report *report, neap_fault *fault) {
  neap_event_filter filter = {0};
  neap_status status = from_start ? NEAP_OK : find_snapshot(query, until, &filter.since_seq, fault);
  if (status == NEAP_OK) status = neap_query_events(query, &filter, fault);
  if (status == NEAP_OK) status = apply_rows(query, until, state, report, fault);
  if (status != NEAP_OK) return status;
  if (!report->last_seq) return neap_fail(fault, NEAP_NOT_FOUND, "no_events", "there is no event to replay");
  report->snapshots = state->snapshots;
  return neap_state_hash(state, report->hash, fault);
}

neap_status neap_state_replay(const char *path, uint64_t until_seq, bool from_start, neap_state **out,
                              neap_replay_report *report, neap_fault *fault) {
  neap_query *query = NULL;
  *out = NULL;
  *report = (neap_replay_report){0};
  neap_status status = neap_query_open(path, &query, fault);
  if (status == NEAP_OK) status = neap_state_new(out, fault);
  if (status == NEAP_OK) status = replay(query, until_seq ? until_seq : UINT64_MAX, from_start, *out, report, fault);
  neap_query_close(query);
  if (status == NEAP_OK) return status;
  neap_state_free(*out);
  *out = NULL;
  return status;
}
