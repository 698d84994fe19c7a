/* SPDX-License-Identifier: MIT */
/* figure: a decimal's text as a number of increments, without a decimal and a division of 128 bits between: the stream
 * has two for each level. The result is that of base/decimal. Inside broker/coinbase only. */
#ifndef NEAP_BROKER_COINBASE_FIGURE_H
#define NEAP_BROKER_COINBASE_FIGURE_H

#include "base/decimal.h"

enum { NEAP_FIGURE_DIGITS = 18 }; /* what always fits an int64 */

/* An increment as steps × 10^-digits. */
typedef struct neap_figure_unit {
  neap_decimal increment;
  int64_t steps; /* 0: it does not fit, so base/decimal does the work */
  unsigned digits;
} neap_figure_unit;

typedef enum neap_figure_fit { NEAP_FIGURE_EXACT, NEAP_FIGURE_CUT, NEAP_FIGURE_BAD } neap_figure_fit;

neap_figure_unit neap_figure_unit_of(neap_decimal increment); /* over zero */

/* `out`: how many whole increments it is. CUT: there is a rest, which is left out. BAD: no number, below zero, or more
 * than fits; `out` is untouched. */
neap_figure_fit neap_figure_read(const neap_figure_unit *unit, const char *text, size_t length, int64_t *out);

#endif
