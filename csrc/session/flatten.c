/* SPDX-License-Identifier: MIT */
/* flatten: out of everything: no entry works on, every position is closed at the market. */
#include <stdio.h>

#include "base/record.h"
#include "session/mode.h"
#include "session/session_state.h"

typedef struct way_out {
  uint32_t product;
  char why[NEAP_WHY];
  uint32_t *closing;
} way_out;

static neap_status act_close(neap_desk *desk, const void *argument, neap_fault *fault) {
  const way_out *out = argument;
  neap_order *order = NULL;
  neap_status status = neap_desk_close(desk, out->product, out->why, "", &order, fault);
  if (status != NEAP_OK) return status;
  if (neap_order_is_terminal(order->status) == false) ++*out->closing;
  neap_desk_release(desk, order);
  return NEAP_OK;
}

static neap_status cancel_entries(neap_session *session, const char *why, const char *who, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "why", why);
  neap_record_text(out, "who", who);
  neap_status told = session_event(session, "flatten_requested", NULL, -1, 0, out, NULL, fault);
  neap_status status = entries_cancel(session, NULL, "flatten", told == NEAP_OK ? fault : NULL);
  if (status == NEAP_OK) status = session_settle(session, told == NEAP_OK ? fault : NULL);
  return told != NEAP_OK ? told : status;
}

static bool is_flat(neap_session *session, uint32_t desk, uint32_t product) {
  return neap_decimal_is_zero(neap_ledger_position(session->ledger, desk, product)->quantity);
}

neap_status neap_session_flatten(neap_session *session, const char *why, const char *who, uint32_t *closing,
                                 neap_fault *fault) {
  way_out out = {.closing = closing};
  *closing = 0;
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  snprintf(out.why, sizeof out.why, "flatten: %s", why);
  neap_status first = cancel_entries(session, why, who, fault);
  for (uint32_t i = 0; i < session->desk_count; i++)
    for (out.product = 0; out.product < session->product_count; out.product++) {
      if (is_flat(session, i, out.product)) continue;
      neap_status status = neap_session_act(session, i, act_close, &out, first == NEAP_OK ? fault : NULL);
      if (first == NEAP_OK) first = status;
    }
  return session_watch(session, first, fault);
}
