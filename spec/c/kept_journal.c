/* SPDX-License-Identifier: MIT */
/* kept_journal: keeps a run's events, and writes the first of them to a store. */
#include "kept_journal.h"

#include "session/state.h"

static size_t keep_text(neap_buffer *out, const char *text) {
  size_t at = out->size;
  neap_buffer_append(out, text, strlen(text) + 1);
  return at;
}

static bool keep_event(void *context, const neap_event *event) {
  journal *to = context;
  assert_true(to->count < JOURNAL_EVENTS);
  neap_buffer *text = &to->text[to->count];
  neap_event *copy = &to->event[to->count++];
  neap_buffer_clear(text);
  size_t type = keep_text(text, event->type), run = keep_text(text, event->run);
  size_t product = keep_text(text, event->product), id = keep_text(text, event->client_order_id), record = text->size;
  neap_buffer_append(text, event->record, event->record_size);
  const char *base = (const char *)text->data;
  *copy = *event;
  copy->type = base + type, copy->run = base + run, copy->product = base + product;
  copy->client_order_id = base + id, copy->record = base + record;
  return true;
}

size_t journal_stride(void) {
  const char *text = getenv("NEAP_TEST_STRIDE");
  size_t stride = text ? strtoul(text, NULL, 10) : 1;
  return stride > 0 ? stride : 1;
}

void journal_keep(journal *book, const act *play) {
  book->count = 0;
  neap_event_store_each(neap_session_store(play->session), keep_event, book);
  assert_int_equal(book->count, neap_event_store_count(neap_session_store(play->session)));
}

static bool keep_if_new(void *context, const neap_event *event) {
  const journal *to = context;
  return event->seq <= to->count || keep_event(context, event);
}

void journal_keep_more(journal *book, const act *play) {
  neap_event_store_each(neap_session_store(play->session), keep_if_new, book);
  assert_int_equal(book->count, neap_event_store_count(neap_session_store(play->session)));
}

void journal_forget(journal *book) {
  for (size_t i = 0; i < JOURNAL_EVENTS; i++) neap_buffer_fini(&book->text[i]);
}

void journal_write(const journal *book, size_t count, const char *path) {
  neap_event_store *store;
  neap_fault fault;
  const neap_event_store_options options = {.path = path, .run = book->event[0].run};
  if (neap_event_store_create(&options, &store, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(book->event[i].type, "state_snapshot") == 0)
      assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
    assert_int_equal(neap_event_store_append(store, &book->event[i], NULL, NULL), NEAP_OK);
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

bool journal_is_quiet(const journal *book, size_t count) {
  return count < book->count && book->event[count].ts_ns > book->event[count - 1].ts_ns;
}

void act_check_replay(const place *at, act *play, actor *who, const char *when) {
  char live[NEAP_DIGEST_TEXT];
  neap_replay_report replayed;
  neap_state *again;
  neap_fault fault;
  assert_int_equal(neap_session_state_hash(play->session, live, NULL), NEAP_OK);
  act_close(play, who);
  if (neap_state_replay(at->path, 0, true, &again, &replayed, &fault) != NEAP_OK)
    fail_msg("%s: %s", when, fault.message);
  assert_string_equal(replayed.hash, live);
  neap_state_free(again);
  remove_store(at);
}
