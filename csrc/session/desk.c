/* SPDX-License-Identifier: MIT */
/* desk: what a strategy sees of its session: time, products, positions, money, series, log. */
#include "session/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/record.h"
#include "session/session_state.h"

int64_t neap_desk_now(const neap_desk *desk) { return neap_clock_now(&desk->session->clock); }
neap_mode neap_desk_mode(const neap_desk *desk) { return neap_guard_manager_mode(&desk->session->guards); }
uint32_t neap_desk_product_count(const neap_desk *desk) { return desk->session->product_count; }
const neap_product *neap_desk_product(const neap_desk *desk, uint32_t product) {
  return &desk->session->products[product];
}

int neap_desk_find_product(const neap_desk *desk, const char *id) {
  for (uint32_t i = 0; i < desk->session->product_count; i++)
    if (neap_desk_trades(desk, i) && strcmp(desk->session->products[i].id, id) == 0) return (int)i;
  return -1;
}

bool neap_desk_trades(const neap_desk *desk, uint32_t product) { return desk->products >> product & 1; }

int neap_desk_only_product(const neap_desk *desk) {
  bool is_one = desk->products && (desk->products & (desk->products - 1)) == 0;
  return is_one ? __builtin_ctz(desk->products) : -1;
}

const neap_position *neap_desk_position(const neap_desk *desk, uint32_t product) {
  return neap_ledger_position(desk->session->ledger, desk->index, product);
}

bool neap_desk_mark(const neap_desk *desk, uint32_t product, neap_decimal *mark, int64_t *time) {
  const market_state *market = &desk->session->markets[product];
  *mark = market->mark;
  if (time) *time = market->mark_time;
  return market->has_mark;
}

neap_status neap_desk_equity(const neap_desk *desk, neap_decimal *out) {
  return neap_ledger_equity(desk->session->ledger, desk->index, desk->session->marks, out);
}

neap_decimal neap_desk_cash(const neap_desk *desk) { return neap_ledger_cash(desk->session->ledger, desk->index); }

neap_status neap_desk_buying_power(const neap_desk *desk, neap_decimal *out) {
  int only = neap_desk_only_product(desk);
  return session_buying_power(desk, only > 0 ? (uint32_t)only : 0, out);
}

static neap_status unknown_frame(const neap_desk *desk, const market_state *market, int64_t frame, neap_fault *fault) {
  char wanted[NEAP_TIME_TEXT], known[96] = "", text[NEAP_TIME_TEXT];
  neap_duration_format(frame, wanted);
  for (uint32_t i = 0; i < market->series_count; i++) {
    if (!market->series[i].streams[desk->index]) continue;
    neap_duration_format(market->series[i].frame, text);
    size_t at = strlen(known);
    snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", text);
  }
  return neap_fail(fault, NEAP_INVALID, "timeframe", "no bars of %s: declare it in timeframes; there are %s", wanted,
                   known);
}

neap_status neap_desk_bars(neap_desk *desk, uint32_t product, int64_t frame, neap_stream **out, neap_fault *fault) {
  market_state *market = &desk->session->markets[product];
  if (frame == 0) frame = desk->timeframe ? desk->timeframe : market->frame;
  for (uint32_t i = 0; i < market->series_count; i++)
    if (market->series[i].frame == frame && market->series[i].streams[desk->index])
      return *out = market->series[i].streams[desk->index], NEAP_OK;
  return unknown_frame(desk, market, frame, fault);
}

neap_status neap_desk_series(neap_desk *desk, const char *name, neap_stream **out, neap_fault *fault) {
  for (named_series *series = desk->series; series; series = series->next)
    if (strcmp(series->name, name) == 0) return *out = series->stream, NEAP_OK;
  if (!name[0] || strlen(name) >= sizeof desk->series->name)
    return neap_fail(fault, NEAP_INVALID, "series_name", "a series' name has 1 to 63 characters");
  named_series *series = calloc(1, sizeof *series);
  if (!series) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a series");
  neap_status status = neap_stream_new(false, &series->stream, fault);
  if (status != NEAP_OK) return free(series), status;
  snprintf(series->name, sizeof series->name, "%s", name);
  series->next = desk->series;
  desk->series = series;
  *out = series->stream;
  return NEAP_OK;
}

/* What the session calls an alert is seen even when no journal takes it any more. */
static void show_alert(neap_session *session, const char *who, const char *text) {
  neap_buffer record;
  neap_buffer_init(&record);
  neap_record_text(&record, "source", who);
  neap_record_text(&record, "message", text);
  const neap_event event = {.ts_ns = neap_clock_now(&session->clock),
                            .type = "session_alert",
                            .product = "",
                            .client_order_id = "",
                            .record = record.data,
                            .record_size = record.size};
  if (record.status == NEAP_OK) session->observer.see(session->observer.context, &event);
  neap_buffer_fini(&record);
}

void session_say(neap_session *session, const char *who, const char *level, const char *text) {
  if (session->observer.see && strcmp(level, "alert") == 0) show_alert(session, who, text);
  if (!session->log) return;
  char time[NEAP_TIME_TEXT];
  neap_buffer line;
  neap_buffer_init(&line);
  neap_time_format(neap_clock_now(&session->clock), time);
  neap_buffer_printf(&line, "%s %s %s #%llu: %s", time, level, who, (unsigned long long)session->last_seq, text);
  if (line.status == NEAP_OK) session->log(session->log_context, level, (const char *)line.data);
  neap_buffer_fini(&line);
}

neap_status neap_desk_log(neap_desk *desk, const char *level, const char *text, const void *fields, size_t size,
                          neap_fault *fault) {
  neap_session *session = desk->session;
  if (session_is_in_doubt(session)) { /* the journal's reserve is for exits */
    session_say(session, desk->name, level, text);
    return NEAP_OK;
  }
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "level", level);
  neap_record_text(out, "strategy", desk->name);
  neap_record_text(out, "text", text);
  if (size) {
    neap_record_map(out, "fields");
    neap_buffer_append(out, fields, size);
    neap_record_end(out);
  }
  neap_status status = session_event(session, "log", NULL, -1, session->cause, out, NULL, fault);
  if (status == NEAP_OK) session_say(session, desk->name, level, text);
  return status;
}

void neap_desk_order_id(const neap_desk *desk, uint64_t number, char out[NEAP_ORDER_ID]) {
  neap_order_id_with(desk->session->id_digest, desk->session->id, number, out);
}

typedef struct explain_search {
  uint64_t seq;
  neap_buffer *out;
  neap_fault *fault;
  neap_status status;
} explain_search;

static bool render_decision(void *context, const neap_event *event) {
  explain_search *search = context;
  if (event->seq != search->seq) return true;
  search->status = neap_record_to_json(event->record, event->record_size, search->out, search->fault);
  return false;
}

neap_status neap_desk_explain(neap_desk *desk, const neap_order *order, neap_buffer *out, neap_fault *fault) {
  explain_search search = {.seq = order->decision_seq, .out = out, .fault = fault, .status = NEAP_NOT_FOUND};
  if (order->decision_seq) neap_event_store_each(desk->session->store, render_decision, &search);
  if (search.status != NEAP_NOT_FOUND) return search.status;
  return neap_fail(fault, NEAP_NOT_FOUND, "no_decision",
                   order->decision_seq ? "the decision has left memory: run with --store and use `explain`"
                                       : "the decision is journalled when this callback returns");
}
