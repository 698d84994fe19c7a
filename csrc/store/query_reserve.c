/* SPDX-License-Identifier: MIT */
/* query_reserve: filters and renders what no database does here. */
#include "store/query_reserve.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"

neap_status neap_reserve_rows_init(neap_reserve_rows *rows, const char *store, neap_fault *fault) {
  *rows = (neap_reserve_rows){0};
  neap_buffer_init(&rows->texts);
  neap_buffer_init(&rows->body);
  return neap_reserve_read(store, &rows->contents, fault);
}

void neap_reserve_rows_fini(neap_reserve_rows *rows) {
  neap_reserve_contents_fini(&rows->contents);
  neap_buffer_fini(&rows->texts);
  neap_buffer_fini(&rows->body);
  free(rows->event);
  *rows = (neap_reserve_rows){0};
}

static bool is_text(const neap_bytes *bytes, const char *wanted) {
  return !wanted || (bytes->size == strlen(wanted) && bytes->size > 0 && memcmp(bytes->data, wanted, bytes->size) == 0);
}

static bool passes(const neap_packed_event *event, const neap_event_filter *filter) {
  return event->seq >= filter->since_seq && (!filter->until_seq || event->seq <= filter->until_seq) &&
         (!filter->since_ns || event->ts_ns >= filter->since_ns) &&
         (!filter->until_ns || event->ts_ns < filter->until_ns) &&
         (!filter->cause_seq || event->cause_seq == filter->cause_seq) && is_text(&event->type, filter->type) &&
         is_text(&event->product, filter->product) && is_text(&event->client_order_id, filter->client_order_id);
}

static void select_unit(neap_reserve_rows *rows, const neap_unit *unit, const neap_event_filter *filter,
                        uint64_t after) {
  neap_packed_event event;
  for (size_t at = 0; at < unit->size;) {
    at += neap_event_unpack(unit->data + at, &event);
    if (event.seq > after && passes(&event, filter)) rows->event[rows->count++] = event;
  }
}

neap_status neap_reserve_rows_select(neap_reserve_rows *rows, const neap_event_filter *filter, uint64_t after,
                                     neap_fault *fault) {
  neap_unit unit;
  rows->count = rows->given = 0;
  if (rows->contents.events == 0) return NEAP_OK;
  if (!rows->event) rows->event = calloc((size_t)rows->contents.events, sizeof *rows->event);
  if (!rows->event) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the reserve's events");
  for (size_t at = 0; at < rows->contents.units.size;) {
    at += neap_unit_take(rows->contents.units.data + at, &unit);
    select_unit(rows, &unit, filter, after);
  }
  return NEAP_OK;
}

static neap_status render(neap_reserve_rows *rows, const neap_packed_event *event, neap_fault *fault) {
  neap_buffer_clear(&rows->texts);
  neap_buffer_clear(&rows->body);
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++) {
    neap_buffer_append(&rows->texts, event->text[i].data, event->text[i].size);
    neap_buffer_append(&rows->texts, "", 1);
  }
  neap_status status = neap_record_to_json(event->record.data, event->record.size, &rows->body, fault);
  neap_buffer_append(&rows->body, "", 1);
  if (status == NEAP_OK && (rows->texts.status != NEAP_OK || rows->body.status != NEAP_OK))
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an event");
  return status;
}

neap_status neap_reserve_rows_next(neap_reserve_rows *rows, bool newest_first, neap_event_row *out, neap_fault *fault) {
  if (rows->given == rows->count) return NEAP_END;
  const neap_packed_event *event = &rows->event[newest_first ? rows->count - 1 - rows->given : rows->given];
  rows->given++;
  neap_status status = render(rows, event, fault);
  if (status != NEAP_OK) return status;
  const char *type = (const char *)rows->texts.data, *run = type + event->type.size + 1;
  const char *product = run + event->run.size + 1;
  *out = (neap_event_row){.seq = event->seq,
                          .ts_ns = event->ts_ns,
                          .type = type,
                          .version = event->version,
                          .run = run,
                          .cause_seq = event->cause_seq,
                          .product = product,
                          .client_order_id = product + event->product.size + 1,
                          .body = (const char *)rows->body.data,
                          .record = event->record.data,
                          .record_size = event->record.size};
  return NEAP_OK;
}
