/* SPDX-License-Identifier: MIT */
/* unwound: reads the journal of a run. */
#include "unwound.h"

#include "base/record.h"

/* Who is who by the journal: what each order protects or unwinds, and which legs have an unwinding that was taken. */
typedef struct unwindings {
  char id[512][NEAP_ORDER_ID];
  uint64_t parent[512], unwinds[512];
  bool taken[512];
  unsigned seen;
} unwindings;

static uint64_t number_in(const neap_event *event, const char *key) {
  neap_record_field field;
  bool is_there = neap_record_find(event->record, event->record_size, key, &field) == NEAP_OK;
  return is_there ? (uint64_t)field.value.integer : 0;
}

static uint64_t order_of(unwindings *all, const neap_event *event) {
  uint64_t number = strcmp(event->type, "order_intent") == 0 ? number_in(event, "number") : 0;
  if (number) {
    assert_true(number < 512);
    memcpy(all->id[number], event->client_order_id, NEAP_ORDER_ID);
    all->parent[number] = number_in(event, "parent");
    all->unwinds[number] = number_in(event, "unwinds");
  }
  for (uint64_t i = 1; !number && event->client_order_id[0] && i < 512; i++)
    if (strcmp(all->id[i], event->client_order_id) == 0) return i;
  return number;
}

static bool look_at(void *context, const neap_event *event) {
  unwindings *all = context;
  uint64_t number = order_of(all, event);
  bool is_taken = strcmp(event->type, "order_accepted") == 0 || strcmp(event->type, "order_filled") == 0;
  if (is_taken) all->taken[all->unwinds[number]] = true;
  if (strcmp(event->type, "order_cancel_requested") != 0 || !all->parent[number]) return true;
  neap_record_field why;
  assert_int_equal(neap_record_find(event->record, event->record_size, "why", &why), NEAP_OK);
  if (why.value.bytes.size != 20 || memcmp(why.value.bytes.data, "its group is unwound", 20) != 0) return true;
  all->seen++;
  if (!all->taken[all->parent[number]]) fail_msg("exit #%d goes before its leg is unwound", (int)number);
  return true;
}

unsigned unwound_check(const act *play) {
  static unwindings all;
  memset(&all, 0, sizeof all);
  neap_event_store_each(neap_session_store(play->session), look_at, &all);
  return all.seen;
}
