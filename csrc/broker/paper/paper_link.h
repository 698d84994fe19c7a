/* SPDX-License-Identifier: MIT */
/* paper_link: what is on its way between us and the simulated venue: orders and cancels out, reports back. Neither
 * overtakes its like. For paper only. */
#ifndef NEAP_BROKER_PAPER_LINK_H
#define NEAP_BROKER_PAPER_LINK_H

#include "broker/broker.h"
#include "match/latency.h"

typedef struct neap_paper_letter { /* to the venue */
  int64_t arrives;
  uint64_t order; /* number */
  bool is_cancel;
} neap_paper_letter;

typedef struct neap_paper_answer {
  int64_t arrives;
  neap_report report;
} neap_paper_answer;

typedef struct neap_paper_fifo { /* a ring that grows */
  unsigned char *items;
  size_t each, first, count, size;
} neap_paper_fifo;

typedef struct neap_paper_link {
  neap_latency out, back;
  uint64_t out_draws, back_draws;
  int64_t last_out, last_back; /* arrivals */
  neap_paper_fifo letters, answers;
} neap_paper_link;

void neap_paper_link_init(neap_paper_link *link, const neap_latency *out, const neap_latency *back, uint64_t seed);
void neap_paper_link_fini(neap_paper_link *link);

neap_status neap_paper_link_send(neap_paper_link *link, uint64_t order, bool is_cancel, int64_t now); /* NEAP_MEMORY */
neap_status neap_paper_link_answer(neap_paper_link *link, const neap_report *report, int64_t now);
const neap_paper_letter *neap_paper_link_letter(const neap_paper_link *link); /* the next, or NULL */
const neap_paper_answer *neap_paper_link_next(const neap_paper_link *link);
bool neap_paper_link_take_letter(neap_paper_link *link, neap_paper_letter *out); /* false: there is none */
bool neap_paper_link_take_answer(neap_paper_link *link, neap_paper_answer *out);

/* Fills that were made and that nobody knows of: of a strategy's orders of that product and side, or of one order. */
neap_decimal neap_paper_link_untold(const neap_paper_link *link, const neap_ticket *ticket);
neap_decimal neap_paper_link_untold_of(const neap_paper_link *link, uint64_t order);
bool neap_paper_link_ends(const neap_paper_link *link, uint64_t order); /* the end of an order is on its way */

#endif
