/* SPDX-License-Identifier: MIT */
/* pretrade: the limits that every entry must keep, in one order for both engines (engines C2 and D): judged on the
 * portfolio that would result, with every working order on its worst side, of the strategy and of the whole account.
 * Exact, and what equals a limit passes. Pure: portfolio, order and limits in, lines of verdicts out. Exits are not
 * asked: who can only reduce passes. */
#ifndef NEAP_RISK_PRETRADE_H
#define NEAP_RISK_PRETRADE_H

#include "risk/exposure.h"
#include "risk/limits.h"
#include "risk/recent.h"
#include "risk/verdict.h"

/* What moves the price when an order takes: given by the engine, from the session's book or its stated model. */
typedef struct neap_impact {
  neap_decimal bps;
  bool is_liquid; /* enough rests there to take it */
  bool is_walked; /* along a book of two sides; told also where what is behind the book's end cannot be priced */
} neap_impact;

typedef struct neap_impact_source {
  const void *self;
  /* Another status than NEAP_OK: it cannot tell, and the entry is refused. */
  neap_status (*estimate)(const void *self, const neap_ticket *ticket, neap_decimal value, neap_impact *out,
                          neap_fault *fault);
} neap_impact_source;

typedef struct neap_pretrade { /* the question */
  const neap_limits *limits;
  const neap_ticket *ticket; /* its product's index is that of the portfolios' lists */
  int64_t now;
  const neap_portfolio *own, *account; /* account NULL: the strategy is alone in it */
  const neap_recent_orders *recent;    /* NULL: nothing was ordered before */
  const neap_failures *failures;       /* of the strategy; NULL: none */
  const neap_impact_source *impact;    /* NULL: nobody can tell */
  neap_decimal venue_leverage;         /* the venue's own cap; zero: none is known */
} neap_pretrade;

enum { NEAP_PRETRADE_LINES = 20 };

typedef struct neap_pretrade_answer {
  uint32_t count;
  neap_check *line; /* the caller's, with room for NEAP_PRETRADE_LINES */
  const char *code; /* of the refusal, which is the last line; NULL: accepted */
} neap_pretrade_answer;

/* Asks each limit that is on until one refuses; one that is off has no line. An entry whose amounts do not fit, or
 * whose portfolio holds something without a mark, is refused ("exposure_unknown"). */
void neap_pretrade_ask(const neap_pretrade *question, neap_pretrade_answer *out);
/* The same limits for what is about to be booked: `quantity` at `price` beside what is held now. NEAP_REFUSED names the
 * limit. Rate, duplicate, collar, impact and failures are no matter of a fill. */
neap_status neap_pretrade_admit(const neap_pretrade *question, neap_decimal price, neap_decimal quantity,
                                neap_fault *fault);
/* The names of all checks in their order; NULL after the last. */
const char *neap_pretrade_name(unsigned i);

#endif
