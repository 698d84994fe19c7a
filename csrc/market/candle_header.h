/* SPDX-License-Identifier: MIT */
/* candle_header: which column of a header line is which field of a candle. For candle_dialect only. */
#ifndef NEAP_MARKET_CANDLE_HEADER_H
#define NEAP_MARKET_CANDLE_HEADER_H

#include "market/candle_text.h"

/* Fills name and column of `out` (column[0] excepted), and the columns that may hold the time, best first.
 * NEAP_INVALID: missing_column, quotes. */
neap_status neap_candle_header(const neap_field *header, int columns, neap_candle_dialect *out,
                               int times[NEAP_CANDLE_COLUMNS], int *time_count, neap_fault *fault);

#endif
