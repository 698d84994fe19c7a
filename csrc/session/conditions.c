/* SPDX-License-Identifier: MIT */
/* conditions: four numbers, as they were last written and as they are. */
#include "session/conditions.h"

#include <stdio.h>

#include "base/record.h"
#include "store/query.h"

enum { MAKER, TAKER, SLIPPAGE, VOLUME, CONDITIONS };

typedef struct conditions {
  neap_decimal value[CONDITIONS];
} conditions;

static const char *const names[CONDITIONS] = {
    [MAKER] = "maker_bps", [TAKER] = "taker_bps", [SLIPPAGE] = "slippage_bps", [VOLUME] = "volume_share"};

static conditions present(const neap_session *session, const neap_session_options *options) {
  return (conditions){{session->fees.maker_bps, session->fees.taker_bps, options->fill_model.slippage_bps,
                       options->fill_model.volume_share}};
}

void conditions_record(const neap_session *session, const neap_session_options *options, neap_buffer *out) {
  const conditions now = present(session, options);
  for (size_t i = 0; i < CONDITIONS; i++) neap_record_decimal(out, names[i], now.value[i]);
}

/* A field that is not there counts as unchanged. */
static void read_row(const neap_event_row *row, conditions *out) {
  neap_record_field field;
  for (size_t i = 0; i < CONDITIONS; i++)
    if (neap_record_find(row->record, row->record_size, names[i], &field) == NEAP_OK &&
        field.type == NEAP_RECORD_DECIMAL)
      out->value[i] = field.value.decimal;
}

/* The latest event of that type, if there is one. */
static neap_status read_latest(neap_query *query, const char *type, conditions *out, bool *found, neap_fault *fault) {
  const neap_event_filter filter = {.type = type, .newest_first = true, .limit = 1};
  neap_event_row row;
  neap_status status = neap_query_events(query, &filter, fault);
  if (status == NEAP_OK) status = neap_query_next(query, &row, fault);
  if (status == NEAP_OK) read_row(&row, out);
  *found = status == NEAP_OK;
  return status == NEAP_END ? NEAP_OK : status;
}

static neap_status read_stored(const char *path, conditions *out, bool *found, neap_fault *fault) {
  neap_query *query = NULL;
  neap_status status = neap_query_open(path, &query, fault);
  if (status == NEAP_OK) status = read_latest(query, "conditions_changed", out, found, fault);
  if (status == NEAP_OK && !*found) status = read_latest(query, "session_started", out, found, fault);
  neap_query_close(query);
  return status;
}

static void warn(neap_session *session, size_t i, neap_decimal before, neap_decimal now) {
  char text[64 + 2 * NEAP_DECIMAL_TEXT], old[NEAP_DECIMAL_TEXT], new[NEAP_DECIMAL_TEXT];
  neap_decimal_format(before, old);
  neap_decimal_format(now, new);
  snprintf(text, sizeof text, "%s was %s, and is %s from here on", names[i], old, new);
  session_say(session, "resume", "warn", text);
}

static void record_change(size_t i, neap_decimal before, neap_decimal now, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "name", names[i]);
  neap_record_decimal(out, "old", before);
  neap_record_decimal(out, "new", now);
  neap_record_end(out);
}

static neap_status tell(neap_session *session, const neap_session_options *options, const conditions *before,
                        const conditions *now, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  conditions_record(session, options, out);
  neap_record_list(out, "changed");
  for (size_t i = 0; i < CONDITIONS; i++)
    if (before->value[i].units != now->value[i].units) record_change(i, before->value[i], now->value[i], out);
  neap_record_end(out);
  neap_status status = session_event(session, "conditions_changed", NULL, -1, 0, out, NULL, fault);
  for (size_t i = 0; status == NEAP_OK && i < CONDITIONS; i++)
    if (before->value[i].units != now->value[i].units) warn(session, i, before->value[i], now->value[i]);
  return status;
}

/* Fees by a table are the table's: they go by what was traded. */
neap_status conditions_compare(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  conditions now = present(session, options), before = now;
  bool found;
  neap_status status = read_stored(options->store_path, &before, &found, fault);
  if (status != NEAP_OK || !found) return status;
  if (session->fee_plan) before.value[MAKER] = now.value[MAKER], before.value[TAKER] = now.value[TAKER];
  for (size_t i = 0; i < CONDITIONS; i++)
    if (before.value[i].units != now.value[i].units) return tell(session, options, &before, &now, fault);
  return NEAP_OK;
}
