/* SPDX-License-Identifier: MIT */
/* callbacks: a callback is atomic. What it asked for leaves when it returned; when it failed, entries and timers are
 * dropped, exits and cancels are kept. */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/replace.h"

/* Orders that are answers to answers, without end: each costs time that the limit of a single callback does not see. */
static neap_status check_storm(neap_desk *desk, neap_fault *fault) {
  uint32_t generation = desk->session->generation;
  if (generation < 2) return NEAP_OK;
  if (desk->session->clock.latest != desk->storm_time) {
    desk->storm_time = desk->session->clock.latest;
    desk->answers_now = 0;
  }
  if (++desk->answers_now <= SESSION_STORM && generation <= SESSION_CHAIN) return NEAP_OK;
  return neap_fail(fault, NEAP_STOPPED, "callback_storm",
                   "orders placed in on_order, on_fill or on_reject breed more of them: over %d in one chain, or %d at "
                   "one instant",
                   SESSION_CHAIN, SESSION_STORM);
}

typedef struct drop_context {
  neap_session *session;
  int64_t dropped;
} drop_context;

static void dropped(void *context, neap_order *order) {
  drop_context *drop = context;
  drop->dropped++;
  replace_dropped(drop->session, order);
  neap_order_apply(order, NEAP_MOVE_CANCEL, neap_clock_now(&drop->session->clock), NULL);
  order_retire(drop->session, order);
}

/* The hook failed: its journal entry, and its exits. */
static neap_status drop(neap_desk *desk, const char *name, const neap_fault *detail, neap_fault *fault) {
  neap_session *session = desk->session;
  drop_context drop = {.session = session};
  neap_outbox_drop_entries(&session->outbox, dropped, &drop);
  timers_commit(desk, false);
  neap_buffer *out = session_scratch(session);
  session_record_desk(desk, out);
  neap_record_text(out, "hook", name);
  neap_record_text(out, "code", detail->code);
  neap_record_text(out, "message", detail->message);
  neap_record_bool(out, "stopped", detail->status == NEAP_STOPPED);
  neap_record_int(out, "entries_dropped", drop.dropped);
  neap_event_store_hold(session->store);
  neap_status status = session_event(session, "callback_failed", NULL, -1, session->cause, out, NULL, fault);
  if (status == NEAP_OK) status = order_journal(session, fault);
  neap_event_store_release(session->store);
  return status == NEAP_OK ? order_flush(session, fault) : status;
}

static neap_status first_failure(const neap_session *session, neap_fault *fault) {
  if (session->failed != NEAP_OK && fault) *fault = session->failure;
  return session->failed;
}

/* The strategy is put aside where the session may go on without it; else its own fault ends the run. */
static neap_status callback_failed(neap_desk *desk, const char *name, neap_fault *detail, neap_fault *fault) {
  neap_session *session = desk->session;
  if (desk->strategy->revert) desk->strategy->revert(desk->strategy->self, NULL);
  neap_status status = drop(desk, name, detail, fault);
  bool goes_on = session->quarantine && session->failed == NEAP_OK;
  if (goes_on && status == NEAP_OK) status = desk_put_aside(desk, name, detail, fault);
  if (goes_on) return status == NEAP_OK ? first_failure(session, fault) : status;
  if (fault) *fault = *detail;
  return detail->status;
}

static neap_status record_state(neap_desk *desk, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "strategy", desk->name);
  neap_record_map(out, "state");
  neap_buffer_append(out, session->kept.data, session->kept.size);
  neap_record_end(out);
  neap_buffer_clear(&desk->saved);
  neap_buffer_append(&desk->saved, session->kept.data, session->kept.size);
  if (desk->saved.status != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a strategy's state");
  return session_event(session, "state_saved", NULL, -1, session->cause, out, NULL, fault);
}

/* State, timers and intents: all of them or none. */
static neap_status commit(neap_desk *desk, bool state_changed, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_event_store_hold(session->store);
  neap_status status = state_changed ? record_state(desk, fault) : NEAP_OK;
  timers_commit(desk, true);
  if (status == NEAP_OK) status = order_journal(session, fault);
  neap_event_store_release(session->store);
  return status;
}

static neap_status callback_returned(neap_desk *desk, bool state_changed, neap_fault *fault) {
  neap_session *session = desk->session;
  if (!state_changed && !session->outbox.count && !desk->timers) return first_failure(session, fault);
  neap_status status = commit(desk, state_changed, fault);
  bool goes_on = status == NEAP_OK || neap_event_store_state(session->store, NULL) == NEAP_JOURNAL_LOST;
  neap_status sent = goes_on && session->outbox.count /* cancels leave always */
                         ? order_flush(session, status == NEAP_OK ? fault : NULL)
                         : NEAP_OK;
  if (status == NEAP_OK) status = sent;
  return session->failed != NEAP_OK ? first_failure(session, fault) : status;
}

static neap_status run(neap_desk *desk, session_hook hook, const void *argument, neap_fault *detail) {
  detail->status = NEAP_OK;
  detail->code[0] = detail->message[0] = detail->where[0] = detail->nearest[0] = 0;
  neap_status status = check_storm(desk, detail);
  return status == NEAP_OK ? hook(desk, argument, detail) : status;
}

static neap_status ask_state(neap_desk *desk, bool *changed, neap_fault *detail) {
  const neap_strategy *strategy = desk->strategy;
  if (!strategy->save) return NEAP_OK;
  neap_buffer_clear(&desk->session->kept);
  return strategy->save(strategy->self, &desk->session->kept, changed, detail);
}

neap_status session_callback(neap_desk *desk, const char *name, session_hook hook, const void *argument,
                             neap_fault *fault) {
  neap_fault detail; /* emptied where it matters: this is on the path of every bar */
  bool state_changed = false;
  neap_status status = run(desk, hook, argument, &detail);
  if (status == NEAP_OK) status = ask_state(desk, &state_changed, &detail);
  detail.status = status;
  return status == NEAP_OK ? callback_returned(desk, state_changed, fault)
                           : callback_failed(desk, name, &detail, fault);
}

typedef struct operators_act {
  neap_status (*act)(neap_desk *desk, const void *argument, neap_fault *fault);
  const void *argument;
} operators_act;

static neap_status hook_act(neap_desk *desk, const void *argument, neap_fault *fault) {
  const operators_act *asked = argument;
  return asked->act(desk, asked->argument, fault);
}

/* The operator's slip is not the strategy's: nobody is put aside. */
static neap_status act_failed(neap_desk *desk, neap_fault *detail, neap_fault *fault) {
  neap_status status = drop(desk, "act", detail, fault);
  if (status != NEAP_OK) return status;
  if (fault) *fault = *detail;
  return detail->status;
}

neap_status neap_session_act(neap_session *session, uint32_t seat,
                             neap_status (*act)(neap_desk *desk, const void *argument, neap_fault *fault),
                             const void *argument, neap_fault *fault) {
  if (seat >= session->desk_count)
    return neap_fail(fault, NEAP_INVALID, "seat", "there is no seat %u, there are %u", seat, session->desk_count);
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  const operators_act asked = {.act = act, .argument = argument};
  neap_desk *desk = &session->desks[seat];
  neap_fault detail;
  neap_status status = run(desk, hook_act, &asked, &detail), settled;
  detail.status = status;
  status = status == NEAP_OK ? callback_returned(desk, false, fault) : act_failed(desk, &detail, fault);
  settled = session_settle(session, status == NEAP_OK ? fault : NULL);
  return session_watch(session, status == NEAP_OK ? settled : status, fault);
}

static uint32_t hook_of(notice_kind kind) {
  static const uint32_t hooks[] = {
      [NOTICE_ORDER] = NEAP_HOOK_ORDER, [NOTICE_FILL] = NEAP_HOOK_FILL, [NOTICE_REJECT] = NEAP_HOOK_REJECT};
  return hooks[kind];
}

static bool make_room(neap_session *session) {
  if (session->notice_count < session->notice_capacity) return true;
  size_t capacity = session->notice_capacity ? session->notice_capacity * 2 : 32;
  notice *notices = malloc(capacity * sizeof *notices);
  if (!notices) return false;
  for (size_t i = 0; i < session->notice_count; i++)
    notices[i] = session->notices[(session->notice_head + i) % session->notice_capacity];
  free(session->notices);
  session->notices = notices;
  session->notice_capacity = capacity;
  session->notice_head = 0;
  return true;
}

void session_notify(neap_session *session, notice_kind kind, neap_order *order, const neap_fill *fill) {
  if (!(order_desk(session, order)->hooks & hook_of(kind))) return;
  if (!make_room(session)) {
    neap_fault fault;
    neap_fail(&fault, NEAP_MEMORY, "memory", "no memory to tell the strategy of order %s", order->ticket.id);
    session_fail(session, &fault);
    return;
  }
  size_t at = (session->notice_head + session->notice_count++) % session->notice_capacity;
  session->notices[at] = (notice){.kind = kind, .order = order, .cause = session->last_seq};
  if (fill) session->notices[at].fill = *fill;
  order->references++;
}

static neap_status hook_notice(neap_desk *desk, const void *argument, neap_fault *fault) {
  const notice *news = argument;
  const neap_strategy *strategy = desk->strategy;
  if (news->kind == NOTICE_FILL) return strategy->fill(strategy->self, news->order, &news->fill, fault);
  if (news->kind == NOTICE_REJECT) return strategy->reject(strategy->self, news->order, fault);
  return strategy->order(strategy->self, news->order, fault);
}

static neap_status deliver(neap_session *session, neap_fault *fault) {
  static const char *const names[] = {
      [NOTICE_ORDER] = "on_order", [NOTICE_FILL] = "on_fill", [NOTICE_REJECT] = "on_reject"};
  const notice news = session->notices[session->notice_head];
  session->notice_head = (session->notice_head + 1) % session->notice_capacity;
  session->notice_count--;
  /* of a refusal the decision is journalled after it was noticed */
  session->cause = news.cause > news.order->decision_seq ? news.cause : news.order->decision_seq;
  neap_desk *desk = order_desk(session, news.order);
  bool is_heard = desk->hooks & hook_of(news.kind); /* not by one that was put aside since */
  session->generation = news.order->created == session->clock.latest ? news.order->generation : 0;
  neap_status status = is_heard ? session_callback(desk, names[news.kind], hook_notice, &news, fault) : NEAP_OK;
  session->generation = 0;
  order_release(session, news.order);
  return status;
}

neap_status session_drain(neap_session *session, neap_fault *fault) {
  uint64_t cause = session->cause;
  neap_status status = NEAP_OK;
  if (session->retired) order_sweep(session);
  while (status == NEAP_OK && (session->notice_count || session->mode_untold)) {
    status = session->notice_count ? deliver(session, fault) : mode_tell(session, fault);
    if (session->retired) order_sweep(session);
  }
  session->cause = cause;
  return status == NEAP_OK ? first_failure(session, fault) : status;
}

void notices_free(neap_session *session) {
  for (; session->notice_count; session->notice_count--) {
    order_release(session, session->notices[session->notice_head].order);
    session->notice_head = (session->notice_head + 1) % session->notice_capacity;
  }
  free(session->notices);
}
