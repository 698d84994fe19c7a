/* SPDX-License-Identifier: MIT */
/* session_story: what a journal says of one strategy among several, comparable between runs with other siblings. */
#include <stdio.h>

#include "base/record.h"
#include "session_support.h"

enum { STORY_ORDERS = 4096 };

typedef struct story {
  const char *strategy;
  char ids[STORY_ORDERS][NEAP_ORDER_ID];
  size_t id_count, at, size;
  char *out;
} story;

static bool is_own_order(const story *tale, const char *id) {
  for (size_t i = tale->id_count; i > 0; i--)
    if (strcmp(tale->ids[i - 1], id) == 0) return true;
  return false;
}

static bool names(const neap_event *event, const char *strategy) {
  neap_record_field field;
  return neap_record_find(event->record, event->record_size, "strategy", &field) == NEAP_OK &&
         field.type == NEAP_RECORD_TEXT && field.value.bytes.size == strlen(strategy) &&
         memcmp(field.value.bytes.data, strategy, field.value.bytes.size) == 0;
}

static bool is_own(story *tale, const neap_event *event) {
  bool named = names(event, tale->strategy);
  if (!event->client_order_id[0]) return named;
  if (!named || strcmp(event->type, "order_intent") != 0) return is_own_order(tale, event->client_order_id);
  assert_true(tale->id_count < STORY_ORDERS);
  snprintf(tale->ids[tale->id_count++], NEAP_ORDER_ID, "%s", event->client_order_id);
  return true;
}

/* The number behind `word` becomes a dash. */
static void hide(char *text, const char *word) {
  for (char *at = text; (at = strstr(at, word)) != NULL;) {
    at += strlen(word);
    size_t digits = strspn(at, "0123456789");
    if (digits == 0) continue;
    *at = '-';
    memmove(at + 1, at + digits, strlen(at + digits) + 1);
  }
}

static bool tell(void *context, const neap_event *event) {
  static const char *const numbers[] = {
      "\"number\":", "\"replaces\":", "\"replaced_by\":", "\"order\":", "\"parent\":", "\"trade\":", "\"seat\":", "#"};
  story *tale = context;
  if (!is_own(tale, event)) return true;
  neap_buffer json;
  neap_buffer_init(&json);
  assert_int_equal(neap_record_to_json(event->record, event->record_size, &json, NULL), NEAP_OK);
  char *line = tale->out + tale->at, when[16];
  int length = snprintf(line, tale->size - tale->at, "%s %s %s %.*s\n", instant(event->ts_ns, when), event->type,
                        event->product, (int)json.size, (const char *)json.data);
  neap_buffer_fini(&json);
  assert_true(length > 0 && (size_t)length < tale->size - tale->at);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) hide(line, numbers[i]);
  tale->at += strlen(line);
  return true;
}

const char *act_story(const act *play, const char *strategy, char *out, size_t size) {
  static story tale;
  tale = (story){.strategy = strategy, .out = out, .size = size};
  *out = 0;
  neap_event_store_each(neap_session_store(play->session), tell, &tale);
  return out;
}
