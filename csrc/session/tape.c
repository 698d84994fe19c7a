/* SPDX-License-Identifier: MIT */
#include "session/tape.h"

#include <stdio.h>
#include <stdlib.h>

#include "session/instant.h"
#include "session/stop_trigger_manager.h"
#include "session/transit.h"

neap_status tape_check_feeds(const neap_session *session, const neap_desk *desk, neap_fault *fault) {
  for (uint32_t i = 0; desk->strategy && desk->strategy->feeds && i < session->product_count; i++)
    if (neap_desk_trades(desk, i) && !session->markets[i].tape)
      return neap_fail(fault, NEAP_INVALID, "no_feed", "strategy %s asks for feeds, and the data of %s are bars alone",
                       desk->name, session->products[i].id);
  return NEAP_OK;
}

static neap_status new_tape(const neap_session_book *book, market_tape **out, neap_fault *fault) {
  market_tape *tape = calloc(1, sizeof *tape);
  if (!tape) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a book");
  neap_status status = neap_price_book_init(&tape->book, book->price_increment, book->size_increment, fault);
  if (status != NEAP_OK) return free(tape), status;
  *out = tape;
  return NEAP_OK;
}

neap_status tapes_init(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && options->books && i < session->product_count; i++)
    if (options->books[i].price_increment.units)
      status = new_tape(&options->books[i], &session->markets[i].tape, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = tape_check_feeds(session, &session->desks[i], fault);
  return status;
}

void tapes_free(neap_session *session) {
  for (uint32_t i = 0; session->markets && i < session->product_count; i++) {
    market_tape *tape = session->markets[i].tape;
    if (tape) neap_price_book_fini(&tape->book);
    free(tape);
  }
}

static neap_decimal price_of(const market_tape *tape, int64_t ticks) {
  return (neap_decimal){tape->book.price_increment.units * ticks};
}

static neap_decimal size_of(const market_tape *tape, int64_t lots) {
  return (neap_decimal){tape->book.size_increment.units * lots};
}

static bool same_quote(const neap_quote *a, const neap_quote *b) {
  return a->bid.units == b->bid.units && a->ask.units == b->ask.units && a->bid_size.units == b->bid_size.units &&
         a->ask_size.units == b->ask_size.units;
}

static void find_quote(market_tape *tape, uint32_t product) {
  neap_book_level bid, ask;
  const neap_quote before = tape->quote;
  bool had = tape->has_quote;
  tape->has_quote = neap_price_book_best(&tape->book, NEAP_BID, &bid) == NEAP_OK &&
                    neap_price_book_best(&tape->book, NEAP_ASK, &ask) == NEAP_OK;
  if (!tape->has_quote) return;
  tape->quote = (neap_quote){.product = product,
                             .time = tape->message_time,
                             .bid = price_of(tape, bid.price),
                             .ask = price_of(tape, ask.price),
                             .bid_size = size_of(tape, bid.size),
                             .ask_size = size_of(tape, ask.size)};
  if (!had || !same_quote(&before, &tape->quote)) tape->moved = true;
  neap_trade_flow_quote(&tape->flow, tape->message_time, tape->quote.bid, tape->quote.ask);
}

/* The middle is exact: half of a sum has one digit more. */
static void mark_middle(neap_session *session, uint32_t product, const market_tape *tape) {
  neap_decimal sum = {tape->quote.bid.units + tape->quote.ask.units};
  market_set_mark(session, product, (neap_decimal){sum.units / 2}, tape->message_time);
}

void tape_take_bar(neap_session *session, const neap_bar_event *bar) {
  market_state *market = &session->markets[bar->product];
  market->bar_time = bar->candle->time;
  market->bar_open = bar->candle->open;
  if (!market->tape->has_quote) market_set_mark(session, bar->product, bar->candle->close, bar->close_time);
}

static neap_status doubt(neap_session *session, uint32_t product, const neap_fault *why, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  snprintf(tape->doubt, sizeof tape->doubt, "%s", why->code);
  if (session_has_seen(session, session->clock.latest)) return NEAP_OK;
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "code", why->code);
  neap_record_text(out, "message", why->message);
  return session_event(session, "book_in_doubt", NULL, product, 0, out, NULL, fault);
}

/* A message that is merely old changes nothing; memory is the run's. */
static neap_status refused(neap_session *session, uint32_t product, const neap_fault *why, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  if (why->status == NEAP_MEMORY && fault) *fault = *why;
  if (why->status == NEAP_MEMORY) return NEAP_MEMORY;
  if (tape->book.whole || tape->doubt[0]) return NEAP_OK;
  return doubt(session, product, why, fault);
}

/* Every mark, as it comes: what a trigger waits for may be there for one message. */
static neap_status show_mark(neap_session *session, uint32_t product, neap_fault *fault) {
  const market_state *market = &session->markets[product];
  return market->has_mark ? triggers_see(session, product, market->mark, fault) : NEAP_OK;
}

static neap_status take_message(neap_session *session, uint32_t product, const neap_book_message *message,
                                bool is_snapshot, neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  neap_fault why = {0};
  neap_status status = market_advance(session, message->time, message->time, fault);
  if (status != NEAP_OK) return status;
  status = is_snapshot ? neap_price_book_snapshot(&tape->book, message, &why)
                       : neap_price_book_update(&tape->book, message, &why);
  tape->message_time = message->time;
  tape->touched = tape->has_message = true;
  if (status == NEAP_OK) tape->doubt[0] = '\0';
  find_quote(tape, product);
  if (tape->has_quote) mark_middle(session, product, tape);
  if (status != NEAP_OK) status = refused(session, product, &why, fault);
  if (status != NEAP_OK || session_has_seen(session, message->time)) return status;
  if (!session->outside) status = neap_paper_message(session->paper, product, message, is_snapshot, fault);
  if (status == NEAP_OK) status = transit_answers(session, fault);
  return status == NEAP_OK && tape->has_quote ? show_mark(session, product, fault) : status;
}

neap_status neap_session_book_message(neap_session *session, uint32_t product, const neap_book_message *message,
                                      bool is_snapshot, neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, take_message(session, product, message, is_snapshot, fault), fault);
}

static neap_status take_trade(neap_session *session, uint32_t product, const neap_market_trade *trade,
                              neap_fault *fault) {
  market_tape *tape = session->markets[product].tape;
  neap_status status = market_advance(session, trade->time, trade->time, fault);
  if (status != NEAP_OK) return status;
  tape->has_print = true;
  tape->print = (neap_print){.product = product,
                             .time = trade->time,
                             .price = price_of(tape, trade->price),
                             .size = size_of(tape, trade->size),
                             .bought = trade->taken == NEAP_ASK};
  neap_trade_flow_trade(&tape->flow, session->clock.latest, trade->time, tape->print.price, tape->print.size);
  if (!tape->has_quote) market_set_mark(session, product, tape->print.price, trade->time);
  if (session_has_seen(session, trade->time)) return NEAP_OK;
  if (!session->outside) status = neap_paper_trade(session->paper, product, trade, fault);
  if (status == NEAP_OK) status = transit_answers(session, fault);
  if (status == NEAP_OK && !tape->has_quote) status = show_mark(session, product, fault);
  return status == NEAP_OK ? tape_tell_trade(session, product, fault) : status;
}

neap_status neap_session_market_trade(neap_session *session, uint32_t product, const neap_market_trade *trade,
                                      neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, take_trade(session, product, trade, fault), fault);
}

const neap_price_book *neap_session_book_of(const neap_session *session, uint32_t product) {
  const market_tape *tape = session->markets[product].tape;
  return tape ? &tape->book : NULL;
}

const neap_price_book *neap_desk_book(const neap_desk *desk, uint32_t product) {
  return neap_session_book_of(desk->session, product);
}

bool neap_desk_quote(const neap_desk *desk, uint32_t product, neap_quote *out) {
  const market_tape *tape = desk->session->markets[product].tape;
  if (!tape || !tape->has_quote) return false;
  *out = tape->quote;
  return true;
}

bool neap_desk_last_trade(const neap_desk *desk, uint32_t product, neap_print *out) {
  const market_tape *tape = desk->session->markets[product].tape;
  if (!tape || !tape->has_print) return false;
  *out = tape->print;
  return true;
}

bool neap_desk_book_is_fresh(const neap_desk *desk, uint32_t product) {
  const market_tape *tape = desk->session->markets[product].tape;
  return tape && tape_is_fresh(desk->session, tape);
}
