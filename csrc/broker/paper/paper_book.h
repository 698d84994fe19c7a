/* SPDX-License-Identifier: MIT */
/* paper_book: the simulator on recorded books: a venue at some distance, which our orders reach later than they leave,
 * and whose answers reach us later than they are given.
 *
 * What takes (a market order, a limit that crosses, a stop that a trade has set off) takes what the book shows when it
 * arrives, level by level; what a market order does not find is cancelled. What we took of a level is missing for us
 * until a message tells of that level. What rests stands in a queue (match/queue_place) and is filled by trades that
 * reach it, and by what the other side shows at its price or beyond, which is then taken. Our orders change nothing
 * else in the recording. While the book is not whole, what arrives waits. Times are those of the venue; a good_till is
 * over with the first event behind it. */
#ifndef NEAP_BROKER_PAPER_BOOK_H
#define NEAP_BROKER_PAPER_BOOK_H

#include "broker/paper/paper.h"

/* A product of which `book` is what the venue shows; it outlives the paper. Before any order. NEAP_MEMORY. */
neap_status neap_paper_book_open(neap_paper *paper, uint32_t product, const neap_price_book *book, neap_fault *fault);

/* When the next order arrives at the venue, or the next answer here; INT64_MAX: nothing is on its way. */
int64_t neap_paper_next(const neap_paper *paper);
/* That one. NEAP_MEMORY, and the failures of what the sink is asked, but for refusals. */
neap_status neap_paper_run(neap_paper *paper, neap_fault *fault);
/* All that is on its way, at once: a run ends at `now`. */
neap_status neap_paper_land(neap_paper *paper, int64_t now, neap_fault *fault);

/* The market has traded; the book has taken this message, or refused it. */
neap_status neap_paper_trade(neap_paper *paper, uint32_t product, const neap_market_trade *trade, neap_fault *fault);
neap_status neap_paper_message(neap_paper *paper, uint32_t product, const neap_book_message *message, bool is_snapshot,
                               neap_fault *fault);

#endif
