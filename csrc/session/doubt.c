/* SPDX-License-Identifier: MIT */
/* doubt: what becomes of a session whose journal cannot be written. In its reserve: entries stop, exits and cancels go
 * on. Lost: everything that works is cancelled, nothing passes any more, and what is open is said. */
#include <stdio.h>
#include <string.h>

#include "session/session_state.h"

bool session_is_in_doubt(const neap_session *session) {
  return session->has_reserve && neap_event_store_state(session->store, NULL) != NEAP_JOURNAL_WRITES;
}

static void set_mode(neap_session *session, neap_mode mode) {
  if (session->guards.mode < mode) mode_hold(session, mode, "journal", "session");
}

/* Acts first and records after. */
static neap_status stop_entries(neap_session *session, const neap_fault *why, neap_fault *fault) {
  char line[sizeof *why + 128];
  session->journal = NEAP_JOURNAL_RESERVE;
  set_mode(session, NEAP_MODE_REDUCE_ONLY);
  snprintf(line, sizeof line, "the journal cannot be written: %s; entries stop, exits and cancels go on in its reserve",
           why->message);
  session_say(session, "journal", "alert", line);
  neap_status status = entries_cancel(session, NULL, "journal", fault);
  if (status == NEAP_OK) status = session_drain(session, fault);
  return status == NEAP_OK ? mode_record(session, why->message, fault) : status;
}

static void say_orders(const neap_session *session, neap_buffer *out) {
  for (const neap_order *order = session->first; order; order = order->next) {
    char quantity[NEAP_DECIMAL_TEXT];
    neap_decimal_format(neap_order_remaining(order), quantity);
    neap_buffer_printf(out, "; order #%llu %s %s %s is %s", (unsigned long long)order->ticket.number,
                       neap_side_name(order->ticket.side), quantity, session->products[order->ticket.product].id,
                       neap_order_status_name(order->status));
  }
}

static void say_position(const neap_session *session, const neap_desk *desk, uint32_t product, neap_buffer *out) {
  char quantity[NEAP_DECIMAL_TEXT];
  neap_decimal held = neap_desk_position(desk, product)->quantity;
  if (neap_decimal_is_zero(held)) return;
  neap_decimal_format(neap_decimal_abs(held), quantity);
  neap_buffer_printf(out, "; %s is %s %s %s without a stop", desk->name, neap_decimal_sign(held) > 0 ? "long" : "short",
                     quantity, session->products[product].id);
}

static void say_what_is_open(const neap_session *session, neap_buffer *out) {
  size_t before = out->size;
  say_orders(session, out);
  for (uint32_t i = 0; i < session->desk_count; i++)
    for (uint32_t k = 0; k < session->product_count; k++) say_position(session, &session->desks[i], k, out);
  if (out->size == before) neap_buffer_printf(out, "; nothing is open");
}

/* From here on events are not written and no strategy is called; the broker's answers still move the orders. */
static void cancel_all(neap_session *session) {
  session->journal = NEAP_JOURNAL_LOST;
  session->ended = true;
  set_mode(session, NEAP_MODE_HALTED);
  for (uint32_t i = 0; i < session->desk_count; i++) session->desks[i].hooks = 0;
  for (neap_order *order = session->first; order; order = order->next) order_cancel(session, order, "journal", NULL);
  order_flush(session, NULL);
  session->failed = NEAP_OK;
  session_drain(session, NULL);
}

static neap_status halt(neap_session *session, const neap_fault *why, neap_fault *fault) {
  neap_buffer text;
  char cause[sizeof why->message];
  memcpy(cause, why->message, sizeof cause);
  neap_buffer_init(&text);
  cancel_all(session);
  neap_buffer_printf(&text, "%.140s; the session halts, all orders were told to go", cause);
  say_what_is_open(session, &text);
  const char *line = text.status == NEAP_OK ? (const char *)text.data : cause;
  session_say(session, "journal", "alert", line);
  neap_fail(fault, NEAP_IO, "journal_lost", "%s", line);
  neap_buffer_fini(&text);
  return NEAP_IO;
}

/* The reserve is waited for: the session does not run ahead of it. */
static neap_journal_state look(neap_session *session, neap_fault *why) {
  if (session->journal == NEAP_JOURNAL_RESERVE)
    neap_event_store_wait(session->store, neap_event_store_count(session->store), NULL);
  return neap_event_store_state(session->store, why);
}

neap_status session_watch(neap_session *session, neap_status status, neap_fault *fault) {
  if (!session->has_reserve || session->journal == NEAP_JOURNAL_LOST) return status;
  neap_fault why = {0};
  neap_journal_state state = look(session, &why);
  if (status == NEAP_OK && state == NEAP_JOURNAL_RESERVE && session->journal == NEAP_JOURNAL_WRITES) {
    status = stop_entries(session, &why, fault);
    state = look(session, &why);
  }
  return state == NEAP_JOURNAL_LOST ? halt(session, &why, fault) : status;
}
