/* SPDX-License-Identifier: MIT */
/* finish: how a session ends: on_stop, what works is cancelled, positions are closed when asked, the last event. */
#include "base/record.h"
#include "session/mode.h"
#include "session/stop_trigger_manager.h"
#include "session/tape.h"
#include "session/transit.h"

static neap_status hook_stop(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->stop(desk->strategy->self, argument, fault);
}

static neap_status close_position(neap_desk *desk, uint32_t product, neap_close_at_end how, neap_fault *fault) {
  neap_session *session = desk->session;
  if (neap_decimal_is_zero(neap_desk_position(desk, product)->quantity)) return NEAP_OK;
  const market_state *market = &session->markets[product];
  bool is_long = neap_decimal_sign(neap_desk_position(desk, product)->quantity) > 0;
  neap_order *order = NULL;
  neap_status status = neap_desk_close(desk, product, "end of the run", "", &order, fault);
  if (status != NEAP_OK) return status;
  neap_desk_release(desk, order);
  status = order_flush(session, fault);
  if (status != NEAP_OK) return status;
  neap_decimal price = how == NEAP_END_OPEN ? market->bar_open : market->mark;
  if (market->tape && market->tape->has_quote) price = is_long ? market->tape->quote.bid : market->tape->quote.ask;
  return neap_paper_settle(session->paper, product, price, market->bar_time, fault);
}

static neap_status close_positions(neap_session *session, neap_close_at_end how, neap_fault *fault) {
  neap_status status = NEAP_OK;
  uint32_t count = how == NEAP_END_NO ? 0 : session->product_count * session->desk_count;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    status = close_position(&session->desks[i / session->product_count], i % session->product_count, how, fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

static bool is_held(const neap_session *session, uint32_t product) {
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (neap_ledger_position(session->ledger, i, product)->quantity.units) return true;
  return false;
}

/* What the equity goes by: no other event says it. */
static void record_marks(const neap_session *session, neap_buffer *out) {
  bool holds = false;
  for (uint32_t i = 0; i < session->product_count; i++) {
    if (!is_held(session, i) || !session->markets[i].has_mark) continue;
    if (!holds) neap_record_list(out, "marks");
    holds = true;
    neap_record_map(out, "");
    neap_record_text(out, "product", session->products[i].id);
    neap_record_decimal(out, "mark", session->marks[i]);
    neap_record_end(out);
  }
  if (holds) neap_record_end(out);
}

static neap_status record_stop(neap_session *session, const char *reason, neap_fault *fault) {
  neap_decimal equity = NEAP_ZERO;
  neap_status status = session_equity(session, &equity);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
  neap_statistics_restate_last(session->statistics, neap_decimal_to_double(equity));
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "reason", reason);
  neap_record_decimal(out, "equity", equity);
  neap_record_decimal(out, "cash", neap_ledger_account_cash(session->ledger));
  neap_record_int(out, "orders", (int64_t)session->orders);
  neap_record_int(out, "fills", (int64_t)session->fills);
  neap_record_int(out, "trades", (int64_t)(session->earlier_trades + session->trade_count));
  record_marks(session, out);
  triggers_record_unwatched(session, out);
  status = session_event(session, "session_stopped", NULL, -1, 0, out, NULL, fault);
  session->told = status == NEAP_OK;
  return status != NEAP_OK ? status : neap_event_store_seal(session->store, fault);
}

static neap_status cancel_working(neap_session *session, const char *reason, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    status = order_cancel(session, order, reason, fault);
  if (status == NEAP_OK) status = order_flush(session, fault);
  if (status == NEAP_OK) status = session_drain(session, fault);
  return status == NEAP_OK ? transit_land(session, fault) : status;
}

static neap_status seal(neap_session *session, const char *reason, neap_fault *fault) {
  neap_status status = neap_ledger_check(session->ledger, fault);
  if (status == NEAP_OK) status = session_checkpoint(session, fault);
  return status == NEAP_OK ? record_stop(session, reason, fault) : status;
}

/* What on_order and on_fill of the last moments ask for is cancelled, too. */
static neap_status wind_down(neap_session *session, const char *reason, neap_close_at_end how, neap_fault *fault) {
  neap_status status = cancel_working(session, reason, fault);
  if (status == NEAP_OK) status = close_positions(session, how, fault);
  session->ended = true;
  if (status == NEAP_OK && session->first) status = cancel_working(session, reason, fault);
  return status == NEAP_OK ? seal(session, reason, fault) : status;
}

static neap_status cancel_entries(neap_session *session, const char *reason, neap_fault *fault) {
  neap_status status = entries_cancel(session, NULL, reason, fault);
  return status == NEAP_OK ? session_drain(session, fault) : status;
}

neap_status neap_session_wind_down(neap_session *session, const char *reason, neap_on_stop how, neap_fault *fault) {
  uint32_t closing;
  session->finishing = true;
  if (how == NEAP_STOP_FLATTEN) return neap_session_flatten(session, reason, "stop", &closing, fault);
  return how == NEAP_STOP_KEEP ? NEAP_OK : session_watch(session, cancel_entries(session, reason, fault), fault);
}

/* Nobody knows yet what becomes of it. */
static bool is_under_way(const neap_order *order) {
  return order->status == NEAP_ORDER_SUBMITTED || order->status == NEAP_ORDER_CANCEL_PENDING;
}

static bool is_flat(const neap_session *session) {
  for (uint32_t i = 0; i < session->product_count * session->desk_count; i++)
    if (neap_ledger_position(session->ledger, i / session->product_count, i % session->product_count)->quantity.units)
      return false;
  return true;
}

bool neap_session_is_left(const neap_session *session, neap_on_stop how) {
  if (how == NEAP_STOP_FLATTEN) return !session->first && is_flat(session);
  for (const neap_order *order = session->first; order; order = order->next)
    if (is_under_way(order) || (how == NEAP_STOP_CANCEL && !order_is_exit(session, order))) return false;
  return true;
}

neap_status neap_session_close_rest(neap_session *session, const char *reason, neap_fault *fault) {
  uint32_t closing;
  if (session->first || is_flat(session)) return NEAP_OK;
  return neap_session_flatten(session, reason, "stop", &closing, fault);
}

/* Orders stay; entries only if they are asked for. */
static neap_status leave(neap_session *session, const char *reason, neap_on_stop how, neap_fault *fault) {
  neap_status status = how == NEAP_STOP_KEEP ? NEAP_OK : cancel_entries(session, reason, fault);
  if (status == NEAP_OK) status = transit_land(session, fault);
  session->ended = true;
  triggers_say_unwatched(session);
  return status == NEAP_OK ? seal(session, reason, fault) : status;
}

/* Each is told, whatever the one before said; the first fault stays. */
static neap_status stop_strategies(neap_session *session, const char *reason, neap_fault *fault) {
  neap_status first = NEAP_OK;
  for (uint32_t i = 0; i < session->desk_count; i++) {
    neap_desk *desk = &session->desks[i];
    if (!(desk->hooks & NEAP_HOOK_STOP)) continue;
    neap_status status = session_callback(desk, "on_stop", hook_stop, reason, first == NEAP_OK ? fault : NULL);
    if (first == NEAP_OK) first = status;
  }
  return first;
}

/* The last status of `hook`, what on_stop gave, and `status`, what followed. */
static neap_status worse(neap_session *session, neap_status hook, neap_status status, neap_fault *fault) {
  if (hook == NEAP_OK) status = session_watch(session, status, fault);
  return hook != NEAP_OK ? hook : status;
}

neap_status neap_session_finish(neap_session *session, const char *reason, neap_close_at_end close_at_end,
                                neap_fault *fault) {
  session->finishing = true;
  neap_status hook = stop_strategies(session, reason, fault);
  neap_status status = wind_down(session, reason, close_at_end, hook == NEAP_OK ? fault : NULL);
  return worse(session, hook, status, fault);
}

neap_status neap_session_stop(neap_session *session, const char *reason, neap_on_stop how, neap_fault *fault) {
  if (how == NEAP_STOP_FLATTEN) return neap_session_finish(session, reason, NEAP_END_CLOSE, fault);
  session->finishing = true;
  neap_status hook = stop_strategies(session, reason, fault);
  neap_status status = leave(session, reason, how, hook == NEAP_OK ? fault : NULL);
  return worse(session, hook, status, fault);
}

void neap_session_failed(neap_session *session, const neap_fault *why) {
  if (!session || !session->store || session->told) return;
  if (neap_event_store_count(session->store) == 0) return; /* it never started */
  session->told = session->ended = true;
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "code", why->code);
  neap_record_text(out, "message", why->message);
  neap_record_text(out, "where", why->where);
  if (session_event(session, "session_failed", NULL, -1, 0, out, NULL, NULL) == NEAP_OK)
    neap_event_store_seal(session->store, NULL);
}
