/* SPDX-License-Identifier: MIT */
#include "session/replay_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "store/query.h"

typedef struct kept_event { /* of a difference */
  char type[64], product[64], client_order_id[64];
  neap_buffer body; /* ends with a zero */
  int64_t ts_ns;
  uint64_t cause_seq;
  unsigned version;
} kept_event;

struct neap_replay_check {
  neap_observer observer;
  const neap_inputs *inputs;
  neap_query *query;
  uint64_t seq, until; /* seq: of the last event that was made */
  uint64_t compared, beyond;
  bool differs;
  uint64_t input;
  kept_event stored, replayed;
};

static void keep_body(kept_event *kept, const char *json, size_t length) {
  neap_buffer_append(&kept->body, json, length);
  neap_buffer_append(&kept->body, "", 1);
}

static void keep_stored(kept_event *kept, const neap_event_row *row) {
  neap_text_copy(kept->type, sizeof kept->type, row->type);
  neap_text_copy(kept->product, sizeof kept->product, row->product);
  neap_text_copy(kept->client_order_id, sizeof kept->client_order_id, row->client_order_id);
  kept->ts_ns = row->ts_ns;
  kept->cause_seq = row->cause_seq;
  kept->version = row->version;
  keep_body(kept, row->body, strlen(row->body));
}

static void keep_made(kept_event *kept, const neap_event *event) {
  neap_buffer json;
  neap_text_copy(kept->type, sizeof kept->type, event->type);
  neap_text_copy(kept->product, sizeof kept->product, event->product ? event->product : "");
  neap_text_copy(kept->client_order_id, sizeof kept->client_order_id,
                 event->client_order_id ? event->client_order_id : "");
  kept->ts_ns = event->ts_ns;
  kept->cause_seq = event->cause_seq;
  kept->version = event->version;
  neap_buffer_init(&json);
  if (neap_record_to_json(event->record, event->record_size, &json, NULL) != NEAP_OK) neap_buffer_clear(&json);
  keep_body(kept, (const char *)json.data, json.size);
  neap_buffer_fini(&json);
}

static bool is_text(const char *a, const char *b) { return strcmp(a, b ? b : "") == 0; }

static bool is_same(const neap_event_row *row, const neap_event *event) {
  return row->ts_ns == event->ts_ns && row->version == event->version && row->cause_seq == event->cause_seq &&
         is_text(row->type, event->type) && is_text(row->product, event->product) &&
         is_text(row->client_order_id, event->client_order_id) && row->record_size == event->record_size &&
         (row->record_size == 0 || memcmp(row->record, event->record, row->record_size) == 0);
}

static void see(void *context, const neap_event *event) {
  neap_replay_check *check = context;
  neap_event_row row;
  if (check->differs) return;
  if (check->seq >= check->until) {
    check->seq++, check->beyond++;
    return;
  }
  bool is_there = neap_query_next(check->query, &row, NULL) == NEAP_OK;
  check->seq++;
  if (is_there && row.seq == check->seq && is_same(&row, event)) {
    check->compared++;
    return;
  }
  check->differs = true;
  check->input = neap_inputs_count(check->inputs);
  if (is_there) keep_stored(&check->stored, &row);
  keep_made(&check->replayed, event);
}

neap_status neap_replay_check_open(const char *path, uint64_t after, uint64_t until, const neap_inputs *inputs,
                                   neap_replay_check **out, neap_fault *fault) {
  const neap_event_filter filter = {.since_seq = after + 1};
  neap_replay_check *check = *out = calloc(1, sizeof *check);
  if (!check) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to compare events");
  check->observer = (neap_observer){.context = check, .see = see};
  check->inputs = inputs;
  check->seq = after;
  check->until = until;
  neap_buffer_init(&check->stored.body);
  neap_buffer_init(&check->replayed.body);
  neap_status status = neap_query_open(path, &check->query, fault);
  return status == NEAP_OK ? neap_query_events(check->query, &filter, fault) : status;
}

void neap_replay_check_close(neap_replay_check *check) {
  if (!check) return;
  neap_query_close(check->query);
  neap_buffer_fini(&check->stored.body);
  neap_buffer_fini(&check->replayed.body);
  free(check);
}

const neap_observer *neap_replay_check_observer(const neap_replay_check *check) { return &check->observer; }

static neap_replay_event shown(const kept_event *kept) {
  return (neap_replay_event){.ts_ns = kept->ts_ns,
                             .type = kept->type,
                             .product = kept->product,
                             .client_order_id = kept->client_order_id,
                             .body = kept->body.size ? (const char *)kept->body.data : "",
                             .cause_seq = kept->cause_seq,
                             .version = kept->version};
}

void neap_replay_check_result(const neap_replay_check *check, neap_replay_result *out) {
  *out = (neap_replay_result){.compared = check->compared,
                              .beyond = check->beyond,
                              .differs = check->differs,
                              .seq = check->seq,
                              .input = check->input,
                              .stored = shown(&check->stored),
                              .replayed = shown(&check->replayed)};
}
