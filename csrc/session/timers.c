/* SPDX-License-Identifier: MIT */
/* timers: named, simulated on the session's clock, set and cancelled when the callback that asked for it returns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/groups.h"
#include "session/room.h"
#include "session/slices.h"

static const int64_t day = 86400 * NEAP_SECOND;
enum { EPOCH_WEEKDAY = 4 /* 1970-01-01 was a Thursday */ };

/* Beyond the end of time: never. */
static int64_t later(int64_t time, int64_t span) {
  int64_t sum;
  return __builtin_add_overflow(time, span, &sum) ? INT64_MAX : sum;
}

void timers_find_next(neap_desk *desk) {
  desk->next_due = INT64_MAX;
  for (const desk_timer *timer = desk->timers; timer; timer = timer->next)
    if (!timer->pending && timer->due < desk->next_due) desk->next_due = timer->due;
  timers_join(desk->session);
}

void timers_join(neap_session *session) {
  session->next_due = session->next_slice < session->next_preview ? session->next_slice : session->next_preview;
  if (session->next_unwind < session->next_due) session->next_due = session->next_unwind;
  if (session->next_room < session->next_due) session->next_due = session->next_room;
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (session->desks[i].next_due < session->next_due) session->next_due = session->desks[i].next_due;
}

static neap_status add(neap_desk *desk, const char *name, timer_kind kind, int64_t due, int64_t period, int missed,
                       neap_fault *fault) {
  if (!name[0] || strlen(name) >= sizeof((desk_timer *)0)->name)
    return neap_fail(fault, NEAP_INVALID, "timer_name", "a timer's name has 1 to 63 characters");
  desk_timer *timer = calloc(1, sizeof *timer);
  if (!timer) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a timer");
  snprintf(timer->name, sizeof timer->name, "%s", name);
  timer->kind = kind;
  timer->due = due;
  timer->period = period;
  timer->missed = missed;
  timer->pending = true;
  neap_desk_cancel_timer(desk, name);
  desk_timer **end = &desk->timers;
  while (*end) end = &(*end)->next;
  *end = timer;
  return NEAP_OK;
}

static neap_status check_length(int64_t length, const char *word, neap_fault *fault) {
  if (length > 0) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "timer_length", "%s needs a duration above zero, such as \"5m\"", word);
}

neap_status neap_desk_after(neap_desk *desk, const char *name, int64_t delay, neap_fault *fault) {
  neap_status status = check_length(delay, "after", fault);
  return status != NEAP_OK ? status : add(desk, name, TIMER_ONCE, later(neap_desk_now(desk), delay), 0, 0, fault);
}

neap_status neap_desk_every(neap_desk *desk, const char *name, int64_t period, neap_fault *fault) {
  neap_status status = check_length(period, "every", fault);
  return status != NEAP_OK ? status
                           : add(desk, name, TIMER_EVERY, later(neap_desk_now(desk), period), period, 0, fault);
}

neap_status neap_desk_calendar(neap_desk *desk, const char *name, int weekday, int64_t at, int missed,
                               neap_fault *fault) {
  if (at < 0 || at >= day || weekday < 0 || weekday > 7)
    return neap_fail(fault, NEAP_INVALID, "timer_time", "a daily or weekly timer needs a time from 00:00 to 23:59");
  int64_t now = neap_desk_now(desk), days = now / day - (now % day < 0);
  int64_t period = weekday ? 7 * day : day;
  int64_t today = (days % 7 + 7 + EPOCH_WEEKDAY - 1) % 7 + 1;
  int64_t due = (days + (weekday ? (weekday - today + 7) % 7 : 0)) * day + at;
  return add(desk, name, TIMER_CALENDAR, due > now ? due : due + period, period, missed, fault);
}

bool neap_desk_cancel_timer(neap_desk *desk, const char *name) {
  bool found = false;
  for (desk_timer *timer = desk->timers; timer; timer = timer->next)
    if (!timer->cancelled && strcmp(timer->name, name) == 0) timer->cancelled = found = true;
  return found;
}

/* What it was set to; when it fired, when it will again. */
static void record_plan(const char *type, const desk_timer *timer, neap_buffer *out) {
  if (strcmp(type, "timer_set") == 0) {
    neap_record_text(out, "kind", word_of_timer(timer->kind));
    neap_record_int(out, "period", timer->period);
    neap_record_int(out, "missed", timer->missed);
  } else if (strcmp(type, "timer_fired") == 0 && timer->period) {
    neap_record_time(out, "next", later(timer->due, timer->period));
  }
}

static void record(neap_desk *desk, const char *type, const desk_timer *timer, uint64_t cause) {
  neap_buffer *out = session_scratch(desk->session);
  neap_fault fault = {0};
  session_record_desk(desk, out);
  neap_record_text(out, "name", timer->name);
  neap_record_time(out, "due", timer->due);
  record_plan(type, timer, out);
  if (session_event(desk->session, type, NULL, -1, cause, out, &desk->session->cause, &fault) != NEAP_OK)
    session_fail(desk->session, &fault);
}

static void remove_timer(desk_timer **at) {
  desk_timer *gone = *at;
  *at = gone->next;
  free(gone);
}

/* A failed callback's new timers go, and what it cancelled stays; `keep` makes both true. */
void timers_commit(neap_desk *desk, bool keep) {
  uint64_t cause = desk->session->cause;
  bool changed = false;
  for (desk_timer **at = &desk->timers; *at;) {
    desk_timer *timer = *at;
    bool gone = keep ? timer->cancelled : timer->pending;
    if (keep && timer->pending != timer->cancelled)
      record(desk, timer->cancelled ? "timer_cancelled" : "timer_set", timer, cause);
    changed = changed || timer->pending || timer->cancelled;
    if (gone) {
      remove_timer(at);
      continue;
    }
    timer->pending = timer->cancelled = false;
    at = &timer->next;
  }
  desk->session->cause = cause;
  if (changed) timers_find_next(desk);
}

void timers_drop(neap_desk *desk) {
  timers_free(desk);
  timers_find_next(desk);
}

void timers_free(neap_desk *desk) {
  while (desk->timers) remove_timer(&desk->timers);
}

static neap_status hook_timer(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->timer(desk->strategy->self, argument, fault);
}

static desk_timer **earliest(neap_desk *desk) {
  for (desk_timer **at = &desk->timers; *at; at = &(*at)->next)
    if ((*at)->due == desk->next_due) return at;
  return NULL;
}

/* Of timers that are due together those of the first seat go first, and all of them before previews, these before
 * what waits for room, what could not be unwound, and slices. */
static neap_desk *due_desk(neap_session *session) {
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (session->desks[i].next_due == session->next_due) return &session->desks[i];
  return NULL;
}

static neap_status fire(neap_session *session, neap_fault *fault) {
  neap_desk *desk = due_desk(session);
  if (!desk && session->next_preview == session->next_due) return previews_expire(session, fault);
  if (!desk && session->next_room == session->next_due) return room_expire(session, fault);
  if (!desk && session->next_unwind == session->next_due) return groups_try_again(session, fault);
  if (!desk) return slices_fire(session, fault);
  desk_timer **at = earliest(desk), copy = **at;
  neap_status status = neap_clock_advance(&session->clock, copy.due, fault);
  if (status != NEAP_OK) return status;
  record(desk, "timer_fired", &copy, 0);
  if (copy.period == 0)
    remove_timer(at);
  else
    (*at)->due = later(copy.due, copy.period);
  timers_find_next(desk);
  if (!(desk->hooks & NEAP_HOOK_TIMER)) return NEAP_OK;
  const neap_timer_event event = {.name = copy.name, .due = copy.due};
  status = session_callback(desk, "on_timer", hook_timer, &event, fault);
  return status == NEAP_OK ? session_drain(session, fault) : status;
}

neap_status timer_fire(neap_session *session, neap_fault *fault) {
  neap_status status = fire(session, fault);
  session->cause = 0;
  return status;
}
