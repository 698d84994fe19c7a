/* SPDX-License-Identifier: MIT */
/* conditions: numbers and words, as they were last written and as they are. */
#include "session/conditions.h"

#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "store/query.h"

enum { MAKER, TAKER, SLIPPAGE, VOLUME, NUMBERS };
enum { QUEUE, LATENCY, PARAMS, WORDS };

typedef struct conditions {
  neap_decimal number[NUMBERS];
  neap_buffer word[WORDS]; /* empty: not known, or of no account here */
} conditions;

static const char *const names[NUMBERS] = {
    [MAKER] = "maker_bps", [TAKER] = "taker_bps", [SLIPPAGE] = "slippage_bps", [VOLUME] = "volume_share"};
static const char *const words[WORDS] = {[QUEUE] = "queue", [LATENCY] = "latency", [PARAMS] = "params"};

static void init(conditions *out) {
  memset(out, 0, sizeof *out);
  for (size_t i = 0; i < WORDS; i++) neap_buffer_init(&out->word[i]);
}

static void fini(conditions *out) {
  for (size_t i = 0; i < WORDS; i++) neap_buffer_fini(&out->word[i]);
}

static void write_way(const char *name, const neap_latency *way, neap_buffer *out) {
  neap_buffer_printf(out, "%s%s", out->size ? ", " : "", name);
  for (size_t i = 0; i < way->count; i++) neap_buffer_printf(out, " %lld", (long long)way->quantile[i]);
}

/* A map becomes its JSON; what is no map and no text is not known. */
static void write_word(const neap_record_field *field, neap_buffer *out) {
  neap_buffer_clear(out);
  if (field->type == NEAP_RECORD_TEXT) neap_buffer_append(out, field->value.bytes.data, field->value.bytes.size);
  if (field->type == NEAP_RECORD_MAP) neap_record_to_json(field->value.bytes.data, field->value.bytes.size, out, NULL);
}

/* Who has no recorded book has no queue, and is at no distance. */
static void take_present(const neap_session *session, const neap_session_options *options, conditions *out) {
  static const char *const queues[] = {
      [NEAP_QUEUE_RISK_AVERSE] = "risk_averse", [NEAP_QUEUE_PROBABILISTIC] = "probabilistic"};
  const neap_decimal numbers[NUMBERS] = {session->fees.maker_bps, session->fees.taker_bps,
                                         options->fill_model.slippage_bps, options->fill_model.volume_share};
  neap_record_field params;
  memcpy(out->number, numbers, sizeof numbers);
  if (session->has_transit) {
    neap_buffer_append_text(&out->word[QUEUE], queues[options->queue]);
    write_way("order", &options->latency_out, &out->word[LATENCY]);
    write_way("answer", &options->latency_back, &out->word[LATENCY]);
  }
  bool is_given = options->details_size &&
                  neap_record_find(options->details, options->details_size, words[PARAMS], &params) == NEAP_OK;
  if (is_given) write_word(&params, &out->word[PARAMS]);
}

static void record(const conditions *now, neap_buffer *out) {
  for (size_t i = 0; i < NUMBERS; i++) neap_record_decimal(out, names[i], now->number[i]);
  for (size_t i = 0; i < WORDS; i++)
    if (now->word[i].size) neap_record_bytes(out, words[i], (const char *)now->word[i].data, now->word[i].size);
}

void conditions_record_words(const neap_session *session, const neap_session_options *options, neap_buffer *out) {
  conditions now;
  init(&now);
  take_present(session, options, &now);
  for (size_t i = 0; i < PARAMS; i++) /* these are among the details */
    if (now.word[i].size) neap_record_bytes(out, words[i], (const char *)now.word[i].data, now.word[i].size);
  fini(&now);
}

/* A field that is not there counts as unchanged. */
static void read_row(const neap_event_row *row, conditions *out) {
  neap_record_field field;
  for (size_t i = 0; i < NUMBERS; i++)
    if (neap_record_find(row->record, row->record_size, names[i], &field) == NEAP_OK &&
        field.type == NEAP_RECORD_DECIMAL)
      out->number[i] = field.value.decimal;
  for (size_t i = 0; i < WORDS; i++)
    if (neap_record_find(row->record, row->record_size, words[i], &field) == NEAP_OK) write_word(&field, &out->word[i]);
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

static bool is_other_number(const conditions *before, const conditions *now, size_t i) {
  return before->number[i].units != now->number[i].units;
}

/* What either does not know is as it was. */
static bool is_other_word(const conditions *before, const conditions *now, size_t i) {
  const neap_buffer *a = &before->word[i], *b = &now->word[i];
  return a->size && b->size && (a->size != b->size || memcmp(a->data, b->data, a->size) != 0);
}

static bool differs(const conditions *before, const conditions *now) {
  bool some = false;
  for (size_t i = 0; i < NUMBERS; i++) some |= is_other_number(before, now, i);
  for (size_t i = 0; i < WORDS; i++) some |= is_other_word(before, now, i);
  return some;
}

static void warn(neap_session *session, const char *name, const char *before, const char *now) {
  char text[512];
  snprintf(text, sizeof text, "%s was %.200s, and is %.200s from here on", name, before, now);
  session_say(session, "resume", "warn", text);
}

static void warn_all(neap_session *session, const conditions *before, const conditions *now) {
  char old[NEAP_DECIMAL_TEXT > 256 ? NEAP_DECIMAL_TEXT : 256], new[sizeof old];
  for (size_t i = 0; i < NUMBERS; i++) {
    if (!is_other_number(before, now, i)) continue;
    neap_decimal_format(before->number[i], old);
    neap_decimal_format(now->number[i], new);
    warn(session, names[i], old, new);
  }
  for (size_t i = 0; i < WORDS; i++) {
    if (!is_other_word(before, now, i)) continue;
    snprintf(old, sizeof old, "%.*s", (int)before->word[i].size, (const char *)before->word[i].data);
    snprintf(new, sizeof new, "%.*s", (int)now->word[i].size, (const char *)now->word[i].data);
    warn(session, words[i], old, new);
  }
}

static void record_change(const conditions *before, const conditions *now, size_t i, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "name", names[i]);
  neap_record_decimal(out, "old", before->number[i]);
  neap_record_decimal(out, "new", now->number[i]);
  neap_record_end(out);
}

static void record_other_word(const conditions *before, const conditions *now, size_t i, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "name", words[i]);
  neap_record_bytes(out, "old", (const char *)before->word[i].data, before->word[i].size);
  neap_record_bytes(out, "new", (const char *)now->word[i].data, now->word[i].size);
  neap_record_end(out);
}

static neap_status tell(neap_session *session, const conditions *before, const conditions *now, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  record(now, out);
  neap_record_list(out, "changed");
  for (size_t i = 0; i < NUMBERS; i++)
    if (is_other_number(before, now, i)) record_change(before, now, i, out);
  for (size_t i = 0; i < WORDS; i++)
    if (is_other_word(before, now, i)) record_other_word(before, now, i, out);
  neap_record_end(out);
  neap_status status = session_event(session, "conditions_changed", NULL, -1, 0, out, NULL, fault);
  if (status == NEAP_OK) warn_all(session, before, now);
  return status;
}

/* Fees by a table are the table's: they go by what was traded. */
static neap_status compare(neap_session *session, const char *path, conditions *before, const conditions *now,
                           neap_fault *fault) {
  bool found;
  memcpy(before->number, now->number, sizeof before->number);
  neap_status status = read_stored(path, before, &found, fault);
  if (status != NEAP_OK || !found) return status;
  if (session->fee_plan) memcpy(before->number, now->number, 2 * sizeof *now->number);
  return differs(before, now) ? tell(session, before, now, fault) : NEAP_OK;
}

neap_status conditions_compare(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  conditions before, now;
  init(&before);
  init(&now);
  take_present(session, options, &now);
  neap_status status = compare(session, options->store_path, &before, &now, fault);
  fini(&before);
  fini(&now);
  return status;
}
