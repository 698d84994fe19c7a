/* SPDX-License-Identifier: MIT */
#include "session/transit.h"

#include "session/tape.h"

neap_status transit_open(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && !session->outside && i < session->product_count; i++) {
    const market_tape *tape = session->markets[i].tape;
    if (!tape) continue;
    session->has_transit = true;
    status = neap_paper_book_open(session->paper, i, &tape->book, fault);
  }
  return status;
}

/* An order of the present instant, at no distance, arrives in the past of the clock, which does not go back. */
neap_status transit_step(neap_session *session, neap_fault *fault) {
  int64_t next = neap_paper_next(session->paper), now = session->clock.latest;
  neap_status status = neap_clock_advance(&session->clock, next > now ? next : now, fault);
  if (status == NEAP_OK) status = neap_paper_run(session->paper, fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

neap_status transit_answers(neap_session *session, neap_fault *fault) {
  neap_status status = session_settle(session, fault);
  while (status == NEAP_OK && neap_paper_next(session->paper) <= session->clock.latest)
    status = transit_step(session, fault);
  return status;
}

neap_status transit_land(neap_session *session, neap_fault *fault) {
  if (!session->has_transit) return NEAP_OK;
  neap_status status = neap_paper_land(session->paper, session->clock.latest, fault);
  return status == NEAP_OK ? session_drain(session, fault) : status;
}
