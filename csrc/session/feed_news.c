/* SPDX-License-Identifier: MIT */
/* feed_news: what a feed that runs tells beside its messages: that a book is lost, that all is well, what a venue lets
 * be done. */
#include <stdio.h>

#include "base/record.h"
#include "market/market_feed.h"
#include "session/instant.h"
#include "session/refused_exits.h"
#include "session/tape.h"

static neap_status lose(neap_session *session, uint32_t product, const char *why, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  if (!tape || (!tape->book.whole && tape->doubt[0])) return NEAP_OK;
  tape->book.whole = false;
  tape->has_quote = false;
  tape->touched = true; /* the strategies hear that it is no longer fresh */
  snprintf(tape->doubt, sizeof tape->doubt, "%s", why);
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "code", why);
  return session_event(session, "book_in_doubt", NULL, product, 0, out, NULL, fault);
}

neap_status neap_session_book_lost(neap_session *session, uint32_t product, const char *why, neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, lose(session, product, why, fault), fault);
}

void neap_session_feed_alive(neap_session *session, int64_t now) {
  for (uint32_t i = 0; i < session->product_count; i++) {
    market_state *market = &session->markets[i];
    if (!market->tape || !market->tape->has_quote || now < market->tape->message_time) continue;
    market->tape->message_time = now;
    if (market->has_mark) market->mark_time = now;
  }
}

static void record_flags(uint32_t flags, neap_buffer *out) {
  neap_record_bool(out, "cancel_only", flags & NEAP_TRADING_CANCEL_ONLY);
  neap_record_bool(out, "limit_only", flags & NEAP_TRADING_LIMIT_ONLY);
  neap_record_bool(out, "post_only", flags & NEAP_TRADING_POST_ONLY);
  neap_record_bool(out, "auction", flags & NEAP_TRADING_AUCTION);
  neap_record_bool(out, "disabled", flags & NEAP_TRADING_DISABLED);
}

static uint32_t trading_of(uint32_t flags) {
  static const uint32_t words[][2] = {
      {NEAP_PRODUCT_DISABLED, NEAP_TRADING_DISABLED},     {NEAP_PRODUCT_CANCEL_ONLY, NEAP_TRADING_CANCEL_ONLY},
      {NEAP_PRODUCT_LIMIT_ONLY, NEAP_TRADING_LIMIT_ONLY}, {NEAP_PRODUCT_POST_ONLY, NEAP_TRADING_POST_ONLY},
      {NEAP_PRODUCT_VIEW_ONLY, NEAP_TRADING_DISABLED},    {NEAP_PRODUCT_AUCTION, NEAP_TRADING_AUCTION}};
  uint32_t trading = 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (flags & words[i][0]) trading |= words[i][1];
  return trading;
}

/* The engines refuse by a product's flags, exits, too: those of a moment are not among them. */
void session_trading_begin(neap_session *session) {
  for (uint32_t i = 0; i < session->product_count; i++) {
    session->markets[i].trading = trading_of(session->products[i].flags);
    session->products[i].flags = 0;
  }
}

bool neap_desk_is_open(const neap_desk *desk, uint32_t product) {
  uint32_t flags = trading_of(desk->session->products[product].flags) | desk->session->markets[product].trading;
  return !(flags & (NEAP_TRADING_DISABLED | NEAP_TRADING_CANCEL_ONLY | NEAP_TRADING_AUCTION));
}

static neap_status take_flags(neap_session *session, uint32_t product, uint32_t flags, neap_fault *fault) {
  market_state *market = &session->markets[product];
  if (market->trading == flags && market->told == flags) return NEAP_OK;
  market->trading = market->told = flags;
  neap_buffer *out = session_scratch(session);
  record_flags(flags, out);
  neap_status status = session_event(session, "product_trading", NULL, product, 0, out, NULL, fault);
  refused_exits_hear(session, product);
  return status;
}

neap_status neap_session_trading(neap_session *session, uint32_t product, uint32_t flags, neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, take_flags(session, product, flags, fault), fault);
}

const char *session_trading_forbids(const neap_session *session, const neap_ticket *ticket) {
  uint32_t flags = session->markets[ticket->product].trading;
  if (flags & NEAP_TRADING_DISABLED) return "trading_disabled";
  if (flags & NEAP_TRADING_CANCEL_ONLY) return "cancel_only";
  if (flags & NEAP_TRADING_POST_ONLY && !ticket->post_only) return "post_only";
  bool is_limit = ticket->type == NEAP_LIMIT || ticket->type == NEAP_STOP_LIMIT;
  if (flags & (NEAP_TRADING_LIMIT_ONLY | NEAP_TRADING_AUCTION) && !is_limit) return "limit_only";
  return NULL;
}
