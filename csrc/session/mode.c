/* SPDX-License-Identifier: MIT */
/* mode: takes it, cancels entries, writes it down, tells the strategies; a journal that fails holds nothing back. */
#include "session/mode.h"

#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "session/session_state.h"

bool mode_is_lasting(const char *who) { return strcmp(who, "configuration") != 0 && strcmp(who, "session") != 0; }

void mode_name_over(const char *who, const char *under, char out[MODE_WHO]) {
  const char *last = strstr(under, " over ");
  char names[2][24];
  neap_text_copy(names[0], sizeof names[0], who);
  neap_text_copy(names[1], sizeof names[1], last ? last + strlen(" over ") : under);
  snprintf(out, MODE_WHO, "%.13s over %.20s", names[0], names[1]);
}

void mode_hold(neap_session *session, neap_mode mode, const char *reason, const char *who) {
  neap_guard_manager *guards = &session->guards;
  guards->mode = mode;
  guards->since = neap_clock_now(&session->clock);
  snprintf(guards->reason, sizeof guards->reason, "%s", reason);
  snprintf(guards->who, sizeof guards->who, "%s", who);
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (session->desks[i].hooks & NEAP_HOOK_MODE) session->desks[i].mode_untold = session->mode_untold = true;
}

neap_status mode_record(neap_session *session, const char *message, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "mode", neap_mode_name(session->guards.mode));
  neap_record_text(out, "reason", session->guards.reason);
  neap_record_text(out, "who", session->guards.who);
  if (message) neap_record_text(out, "message", message);
  return session_event(session, "mode_changed", NULL, -1, session->cause, out, NULL, fault);
}

neap_status cancels_send(neap_session *session, neap_status before, neap_fault *fault) {
  neap_status kept = order_journal(session, before == NEAP_OK ? fault : NULL);
  neap_event_store_release(session->store);
  neap_status first = before == NEAP_OK ? kept : before;
  neap_status sent = order_flush_now(session, first == NEAP_OK ? fault : NULL);
  return first == NEAP_OK ? sent : first;
}

/* The mode holds before anything is written; then it and what it cancels are one piece of the journal. */
neap_status mode_change(neap_session *session, neap_mode mode, const char *why, const char *who, neap_fault *fault) {
  bool is_stricter = mode > session->guards.mode;
  mode_hold(session, mode, why, who);
  if (mode == NEAP_MODE_NORMAL) neap_risk_state_resume(&session->guards.risk);
  neap_event_store_hold(session->store);
  neap_status told = mode_record(session, NULL, fault), asked = NEAP_OK;
  if (is_stricter) asked = entries_withdraw(session, NULL, -1, neap_mode_name(mode), told == NEAP_OK ? fault : NULL);
  return cancels_send(session, told == NEAP_OK ? asked : told, fault);
}

static neap_status check_way_back(const neap_session *session, neap_mode mode, const char *why, neap_fault *fault) {
  if (!why[strspn(why, " \t\r\n")])
    return neap_fail(fault, NEAP_INVALID, "why_needed", "a mode is lifted with words that say why");
  if (mode != NEAP_MODE_NORMAL)
    return neap_fail(fault, NEAP_REFUSED, "halted", "the session is halted, which is stricter: resume it first");
  if (session_is_in_doubt(session))
    return neap_fail(fault, NEAP_REFUSED, "journal", "the journal cannot be written: entries stay stopped");
  if (neap_guard_manager_configured(session->limits) == NEAP_MODE_NORMAL) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "configured", "the configuration in force says %s: change it first",
                   session->limits->kill_switch_enabled ? "kill_switch_enabled" : "reduce_only_mode");
}

neap_status neap_session_set_mode(neap_session *session, neap_mode mode, const char *why, const char *who,
                                  neap_fault *fault) {
  const neap_guard_manager *guards = &session->guards;
  bool is_there = mode == guards->mode;
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  if (is_there && (mode == NEAP_MODE_NORMAL || mode_is_lasting(guards->who) || !mode_is_lasting(who))) return NEAP_OK;
  neap_status status = mode < guards->mode ? check_way_back(session, mode, why, fault) : NEAP_OK;
  if (status != NEAP_OK) return status;
  char over[MODE_WHO];
  bool is_lost = guards->mode != NEAP_MODE_NORMAL && mode_is_lasting(guards->who) && !mode_is_lasting(who);
  if (is_lost) mode_name_over(who, guards->who, over);
  status = mode_change(session, mode, why, is_lost ? over : who, fault);
  neap_status drained = session_settle(session, status == NEAP_OK ? fault : NULL);
  if (status == NEAP_OK) status = drained;
  neap_status kept = neap_event_store_wait(session->store, session->last_seq, status == NEAP_OK ? fault : NULL);
  return session_watch(session, status != NEAP_OK ? status : kept, fault); /* it was said */
}

neap_mode neap_session_mode(const neap_session *session) { return session->guards.mode; }

neap_mode_view neap_session_mode_view(const neap_session *session) {
  const neap_guard_manager *guards = &session->guards;
  return (neap_mode_view){.mode = guards->mode, .reason = guards->reason, .who = guards->who, .since = guards->since};
}

static neap_status hook_mode(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->mode(desk->strategy->self, argument, fault);
}

neap_status mode_tell(neap_session *session, neap_fault *fault) {
  const neap_guard_manager guards = session->guards; /* as it was when the telling began */
  const neap_mode_event event = {
      .mode = neap_mode_name(guards.mode), .reason = guards.reason, .who = guards.who, .since = guards.since};
  neap_status status = NEAP_OK;
  session->mode_untold = false;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    neap_desk *desk = &session->desks[i];
    bool is_heard = desk->mode_untold && desk->hooks & NEAP_HOOK_MODE;
    desk->mode_untold = false;
    if (is_heard) status = session_callback(desk, "on_mode", hook_mode, &event, fault);
  }
  return status;
}
