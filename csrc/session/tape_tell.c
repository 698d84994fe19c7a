/* SPDX-License-Identifier: MIT */
/* tape_tell: the strategies hear of a recorded market: each trade, and at the end of an instant the newest state. */
#include "session/instant.h"
#include "session/margin.h"
#include "session/stop_trigger_manager.h"
#include "session/tape.h"

bool tape_is_fresh(const neap_session *session, const market_tape *tape) {
  int64_t age;
  bool endless = __builtin_mul_overflow(session->limits->max_mark_staleness_seconds, NEAP_SECOND, &age);
  return tape->has_quote && (endless || session->clock.latest - tape->message_time <= age);
}

static neap_status hook_trade(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->trade(desk->strategy->self, argument, fault);
}

static bool hears(const neap_desk *desk, uint32_t product, uint32_t hook) {
  return (desk->hooks & hook) && neap_desk_trades(desk, product);
}

static neap_status hook_feed(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->feed(desk->strategy->self, argument, fault);
}

static neap_status hook_quote(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->quote(desk->strategy->self, argument, fault);
}

static neap_status hook_book(neap_desk *desk, const void *argument, neap_fault *fault) {
  const uint32_t *product = argument;
  return desk->strategy->book(desk->strategy->self, *product, fault);
}

typedef struct telling { /* what one product's strategies are told at the end of an instant */
  const char *name;
  uint32_t hook;
  session_hook call;
  const void *argument;
} telling;

static neap_status tell(neap_session *session, uint32_t product, const telling *what, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    if (!hears(&session->desks[i], product, what->hook)) continue;
    status = session_callback(&session->desks[i], what->name, what->call, what->argument, fault);
    if (status == NEAP_OK) status = session_settle(session, fault);
  }
  return status;
}

neap_status tape_tell_trade(neap_session *session, uint32_t product, neap_fault *fault) {
  const neap_print print = session->markets[product].tape->print;
  const telling what = {"on_market_trade", NEAP_HOOK_TRADE, hook_trade, &print};
  return tell(session, product, &what, fault);
}

static const char *why_stale(const market_tape *tape) {
  if (tape->doubt[0]) return tape->doubt;
  return tape->has_quote ? "silent" : "one_sided";
}

/* Whatever the strategies do about it, the state that they were told is the one to compare with. */
static neap_status tell_fresh(neap_session *session, uint32_t product, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  bool fresh = tape_is_fresh(session, tape);
  if (fresh == tape->fresh) return NEAP_OK;
  const neap_feed_event event = {product, "book", fresh ? "" : why_stale(tape), fresh};
  const telling what = {"on_feed", NEAP_HOOK_FEED, hook_feed, &event};
  tape->fresh = fresh;
  return tell(session, product, &what, fault);
}

static neap_status tell_book(neap_session *session, uint32_t product, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  const neap_quote quote = tape->quote;
  const telling of_quote = {"on_quote", NEAP_HOOK_QUOTE, hook_quote, &quote};
  const telling of_book = {"on_book", NEAP_HOOK_BOOK, hook_book, &product};
  bool moved = tape->moved && tape->has_quote, touched = tape->touched;
  neap_status status = tell_fresh(session, product, fault);
  tape->moved = tape->touched = false;
  if (status == NEAP_OK && moved) status = tell(session, product, &of_quote, fault);
  return status == NEAP_OK && touched && tape->has_quote ? tell(session, product, &of_book, fault) : status;
}

/* What a resumed session had seen is nobody's news. */
static void forget_news(neap_session *session) {
  for (uint32_t i = 0; i < session->product_count; i++)
    if (session->markets[i].tape) session->markets[i].tape->touched = session->markets[i].tape->moved = false;
}

/* Prices first, with all that watches them; then what the strategies make of it. */
static neap_status end_instant(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (session_has_seen(session, session->clock.latest)) return forget_news(session), NEAP_OK;
  status = triggers_expire(session, session->clock.latest, fault);
  if (status == NEAP_OK && session->carries) status = margin_watch(session, fault);
  if (status == NEAP_OK) status = guards_watch(session, NEAP_AT_MARK, fault);
  if (status == NEAP_OK) status = session_settle(session, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    if (session->markets[i].tape) status = tell_book(session, i, fault);
  return status;
}

neap_status neap_session_market_instant(neap_session *session, neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, end_instant(session, fault), fault);
}
