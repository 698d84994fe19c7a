/* SPDX-License-Identifier: MIT */
/* late_venue: the simulator behind it fills. */
#include "late_venue.h"

#include <stdio.h>

#include "session/session_state.h"

/* Never two live orders of one chain. */
static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  venue *at = self;
  const neap_order *order = order_find(at->session, ticket->number);
  for (uint64_t number = order->replaces; number;) {
    const neap_order *old = order_find(at->session, number);
    if (old && !neap_order_is_terminal(old->status))
      fail_msg("#%d leaves while #%d lives", (int)ticket->number, (int)number);
    number = old ? old->replaces : 0;
  }
  if (at->rejects == ticket->number || (at->rejects_unwinding && order->unwinds))
    return neap_fail(fault, NEAP_REFUSED, "VENUE_NO", "the venue does not take it");
  at->submitted++;
  if (at->ponders == ticket->number) return NEAP_OK;
  return at->simulator->submit(at->simulator->self, ticket, now, fault);
}

static neap_status cancel(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  venue *at = self;
  if (at->manner == REFUSES) return neap_fail(fault, NEAP_REFUSED, "no", "the venue keeps it");
  if (at->manner == AT_ONCE) return at->simulator->cancel(at->simulator->self, order, now, fault);
  assert_true(at->waiting_count < ACT_ORDERS);
  at->waiting[at->waiting_count++] = order;
  return NEAP_OK;
}

static neap_status resize(void *self, const neap_order *order, int64_t now, neap_fault *fault) {
  const neap_broker *to = ((venue *)self)->simulator;
  return to->resize(to->self, order, now, fault);
}

static neap_status restore(void *self, const neap_order *order, neap_fault *fault) {
  const neap_broker *to = ((venue *)self)->simulator;
  return to->restore(to->self, order, fault);
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  venue *at = self;
  at->session = sink->context;
  at->simulator = simulator;
  at->broker = (neap_broker){.self = at,
                             .name = "venue",
                             .abilities = simulator->abilities | at->abilities,
                             .orders = at->orders,
                             .submit = submit,
                             .cancel = cancel,
                             .resize = resize,
                             .restore = restore};
  return &at->broker;
}

void venue_answer(venue *at) {
  for (unsigned i = 0; i < at->waiting_count; i++) {
    const neap_report no = {.kind = NEAP_REPORT_CANCEL_REFUSED, .order = at->waiting[i], .code = "UNKNOWN"};
    if (at->manner == SAYS_NO_LATER)
      session_report(at->session, &no);
    else
      at->simulator->cancel(at->simulator->self, at->waiting[i], neap_clock_now(&at->session->clock), NULL);
  }
  at->waiting_count = 0;
}

void venue_refuse(venue *at) {
  const neap_report no = {.kind = NEAP_REPORT_REJECTED, .order = at->ponders, .code = "VENUE_NO"};
  session_report(at->session, &no);
}

void venue_open(venue *at, act *play, venue_manner manner) {
  *at = (venue){.manner = manner};
  play->options.session.broker = (neap_broker_maker){.self = at, .make = make};
}
