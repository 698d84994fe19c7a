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
  bool is_at_odds; /* of a stored one: its record and its body do not say the same */
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
  neap_buffer json; /* of the event that is looked at */
};

static void keep_body(kept_event *kept, const void *json, size_t length) {
  neap_buffer_append(&kept->body, json, length);
  neap_buffer_append(&kept->body, "", 1);
}

/* What a record says, as its body has to have it; false: it cannot be read. */
static bool to_json(const void *record, size_t size, neap_buffer *out) {
  neap_buffer_clear(out);
  return neap_record_to_json(record, size, out, NULL) == NEAP_OK && out->status == NEAP_OK;
}

static bool is_body(const neap_buffer *json, const char *body) {
  return strlen(body) == json->size && (json->size == 0 || memcmp(body, json->data, json->size) == 0);
}

/* Of the two that a store has of an event, the record is what the session went by; where that is as it was made again,
 * or cannot be read, the body is what was changed. */
static void keep_stored(neap_replay_check *check, const neap_event_row *row) {
  kept_event *kept = &check->stored;
  neap_text_copy(kept->type, sizeof kept->type, row->type);
  neap_text_copy(kept->product, sizeof kept->product, row->product);
  neap_text_copy(kept->client_order_id, sizeof kept->client_order_id, row->client_order_id);
  kept->ts_ns = row->ts_ns;
  kept->cause_seq = row->cause_seq;
  kept->version = row->version;
  bool is_read = to_json(row->record, row->record_size, &check->json);
  kept->is_at_odds = !is_read || !is_body(&check->json, row->body);
  if (is_read && !is_body(&check->json, (const char *)check->replayed.body.data))
    keep_body(kept, check->json.data, check->json.size);
  else
    keep_body(kept, row->body, strlen(row->body));
}

static void keep_made(neap_replay_check *check, const neap_event *event) {
  kept_event *kept = &check->replayed;
  neap_text_copy(kept->type, sizeof kept->type, event->type);
  neap_text_copy(kept->product, sizeof kept->product, event->product ? event->product : "");
  neap_text_copy(kept->client_order_id, sizeof kept->client_order_id,
                 event->client_order_id ? event->client_order_id : "");
  kept->ts_ns = event->ts_ns;
  kept->cause_seq = event->cause_seq;
  kept->version = event->version;
  if (!to_json(event->record, event->record_size, &check->json)) neap_buffer_clear(&check->json);
  keep_body(kept, check->json.data, check->json.size);
}

static bool is_text(const char *a, const char *b) { return strcmp(a, b ? b : "") == 0; }

static bool is_same(neap_replay_check *check, const neap_event_row *row, const neap_event *event) {
  return row->ts_ns == event->ts_ns && row->version == event->version && row->cause_seq == event->cause_seq &&
         is_text(row->type, event->type) && is_text(row->product, event->product) &&
         is_text(row->client_order_id, event->client_order_id) && row->record_size == event->record_size &&
         (row->record_size == 0 || memcmp(row->record, event->record, row->record_size) == 0) &&
         to_json(event->record, event->record_size, &check->json) && is_body(&check->json, row->body);
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
  if (is_there && row.seq == check->seq && is_same(check, &row, event)) {
    check->compared++;
    return;
  }
  check->differs = true;
  check->input = neap_inputs_count(check->inputs);
  keep_made(check, event);
  if (is_there) keep_stored(check, &row);
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
  neap_buffer_init(&check->json);
  neap_status status = neap_query_open(path, &check->query, fault);
  return status == NEAP_OK ? neap_query_events(check->query, &filter, fault) : status;
}

void neap_replay_check_close(neap_replay_check *check) {
  if (!check) return;
  neap_query_close(check->query);
  neap_buffer_fini(&check->stored.body);
  neap_buffer_fini(&check->replayed.body);
  neap_buffer_fini(&check->json);
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
                             .version = kept->version,
                             .is_at_odds = kept->is_at_odds};
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
