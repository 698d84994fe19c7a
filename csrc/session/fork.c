/* SPDX-License-Identifier: MIT */
/* fork: checks what is to come, writes it down, and changes the parts of a session in their places. */
#include "session/fork.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/account.h"
#include "session/instant.h"
#include "session/reconcile_watch.h"
#include "session/room.h"
#include "session/tape.h"
#include "session/transit.h"

static const neap_strategy *to_come(const neap_session *session, const neap_fork *fork, uint32_t seat) {
  return seat < NEAP_FORK_SEATS && session->desks[seat].strategy ? fork->strategies[seat] : NULL;
}

const neap_strategy *neap_session_seat_strategy(const neap_session *session, uint32_t seat) {
  return seat < session->desk_count ? session->desks[seat].strategy : NULL;
}

/* As the desk will be; of it nothing is kept. */
static neap_desk desk_for(const neap_desk *desk, const neap_strategy *strategy) {
  neap_desk made = *desk;
  made.strategy = strategy;
  made.name = strategy->name;
  made.timeframe = strategy->timeframe;
  return made;
}

static neap_status check_name(const neap_session *session, const neap_fork *fork, uint32_t seat, neap_fault *fault) {
  const neap_strategy *own = to_come(session, fork, seat);
  for (uint32_t i = 0; i < session->desk_count; i++) {
    const neap_strategy *other = to_come(session, fork, i);
    if (i != seat && strcmp(own->name, other ? other->name : session->desks[i].name) == 0)
      return neap_fail(fault, NEAP_INVALID, "strategy_name", "two strategies of a session are named '%s'", own->name);
  }
  return NEAP_OK;
}

/* All desks, as they will be. */
static neap_status plan(const neap_session *session, const neap_fork *fork, neap_desk *desks, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    const neap_strategy *strategy = to_come(session, fork, i);
    desks[i] = strategy ? desk_for(&session->desks[i], strategy) : session->desks[i];
    if (!strategy) continue;
    status = check_name(session, fork, i, fault);
    if (status == NEAP_OK) status = desk_find_products(&desks[i], fault);
    if (status == NEAP_OK) status = tape_check_feeds(session, &desks[i], fault);
  }
  return status;
}

static neap_status check(const neap_session *session, const neap_fork *fork, neap_fault *fault) {
  neap_desk *desks = calloc(session->desk_count, sizeof *desks);
  if (!desks) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a fork");
  neap_status status = plan(session, fork, desks, fault);
  if (status == NEAP_OK) status = series_check(session, desks, fault);
  free(desks);
  return status;
}

static neap_status record_forked(neap_session *session, const neap_fork *fork, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "session", fork->session);
  neap_record_int(out, "event", (int64_t)fork->event);
  neap_record_text(out, "chain", fork->chain);
  neap_record_text(out, "mode", session->mode);
  neap_record_text(out, "version", NEAP_VERSION);
  neap_record_list(out, "strategies");
  for (uint32_t i = 0; i < session->desk_count; i++) {
    const neap_strategy *next = to_come(session, fork, i), *now = session->desks[i].strategy;
    neap_record_map(out, "");
    neap_record_text(out, "name", next ? next->name : session->desks[i].name);
    neap_record_text(out, "digest", next ? next->digest : now ? now->digest : "");
    neap_record_end(out);
  }
  neap_record_end(out);
  if (fork->details_size) neap_buffer_append(out, fork->details, fork->details_size);
  return session_event(session, "session_forked", NULL, -1, 0, out, NULL, fault);
}

/* The account at the venue is nobody's any more; what was seen of it stays in the books. */
static neap_status go_on_paper(neap_session *session, neap_fault *fault) {
  if (!session->outside) return NEAP_OK;
  session->broker = neap_paper_broker(session->paper);
  session->outside = false;
  reconcile_free(session);
  session->account_watch = NULL;
  neap_paper_charge(session->paper, &session->fees);
  neap_status status = transit_open(session, fault);
  return status == NEAP_OK ? session_move_orders(session, fault) : status;
}

/* Quarantine ends when the source has changed. */
static neap_status take_seat(neap_desk *desk, const neap_strategy *strategy, neap_fault *fault) {
  bool is_other = strcmp(desk->strategy->digest, strategy->digest) != 0;
  *desk = desk_for(desk, strategy);
  desk->session->names[desk->index] = desk->name;
  if (is_other) desk->aside = (neap_fault){.status = NEAP_OK};
  desk->hooks = desk->aside.status == NEAP_OK ? strategy->hooks : 0;
  desk->warm = desk->mode_untold = false;
  desk_free_series(desk);
  neap_status status = desk_find_products(desk, fault);
  if (status == NEAP_OK) status = series_seat(desk, fault);
  return status == NEAP_OK ? desk_wake(desk, fault) : status;
}

static neap_status change(neap_session *session, const neap_fork *fork, neap_fault *fault) {
  neap_status status = check(session, fork, fault);
  if (status != NEAP_OK) return status;
  snprintf(session->mode, sizeof session->mode, "paper");
  status = record_forked(session, fork, fault);
  if (status == NEAP_OK) status = go_on_paper(session, fault);
  if (status == NEAP_OK && fork->change) status = neap_session_configure(session, fork->change, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    if (to_come(session, fork, i)) status = take_seat(&session->desks[i], fork->strategies[i], fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

neap_status neap_session_fork(neap_session *session, const neap_fork *fork, neap_fault *fault) {
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  instant_begin(session);
  return instant_end(session, change(session, fork, fault), fault);
}
