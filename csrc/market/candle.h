/* SPDX-License-Identifier: MIT */
/* candle: bars of prices, read from text in the dialects that people have, and put together into longer bars. Parses
 * bytes, opens nothing (files: session/feed). */
#ifndef NEAP_MARKET_CANDLE_H
#define NEAP_MARKET_CANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

typedef struct neap_candle {
  int64_t time;                                /* start of the bar, UTC ns */
  neap_decimal open, high, low, close, volume; /* volume in base units unless the source says otherwise */
  uint8_t price_digits,
      volume_digits; /* fractional digits that prices and volume need at most; 16 when not looked at */
  double open_float, high_float, low_float, close_float,
      volume_float; /* the same numbers, nearest double, for indicators */
} neap_candle;

enum { NEAP_CANDLE_FIELDS = 6 };

typedef enum neap_time_unit { NEAP_TIME_S, NEAP_TIME_MS, NEAP_TIME_US, NEAP_TIME_NS, NEAP_TIME_ISO } neap_time_unit;

/* How a file's lines are read. Found from the header line, or from the first lines where there is none. */
typedef struct neap_candle_dialect {
  char name[24];                  /* "coinbase", "binance", "kraken", "ohlcv" */
  int column[NEAP_CANDLE_FIELDS]; /* of time, open, high, low, close, volume; volume −1: absent, read as 0 */
  int columns;                    /* per line */
  bool has_header;
  char separator;      /* ',' ';' or tab */
  neap_time_unit unit; /* a time before 1990 or after 2200 in the unit is an error that names the unit that would fit */
} neap_candle_dialect;

/* Looks at the head of a file (at least its first lines, all of it when short). NEAP_INVALID says what is missing:
 * empty file, header only, binary, a header without one of the six columns (with the nearest header word), too few
 * columns. */
neap_status neap_candle_detect(const char *text, size_t length, neap_candle_dialect *out, neap_fault *fault);

/* A line of blanks only: it is no bar and no mistake. */
bool neap_candle_blank(const char *line, size_t length);

/* Reads one line (without its newline; a \r at the end is ignored). NEAP_INVALID codes: columns, time, number,
 * negative, zero_price, impossible (high below open, low or close; low above open or close). Prices and volume keep 16
 * digits, more are cut. Fast: about 100 ns. */
neap_status neap_candle_parse(const neap_candle_dialect *dialect, const char *line, size_t length, neap_candle *out,
                              neap_fault *fault);

/* The rules for a bar, wherever it comes from: time (before 1900, after 2200), negative, zero_price, impossible. */
neap_status neap_candle_check(const neap_candle *bar, neap_fault *fault);
/* Computes the five floats from the five decimals. */
void neap_candle_set_floats(neap_candle *bar);

/* The start of the bar of that frame in which `time` lies: aligned to the epoch, frames of whole weeks to a Monday. */
int64_t neap_candle_frame_start(int64_t time, int64_t frame);

/* Puts bars of one frame together into bars of a longer one, aligned to the epoch (a week starts on Monday). */
typedef struct neap_aggregator {
  int64_t frame; /* of the result, ns */
  bool open;     /* a bar is being built */
  neap_candle bar;
} neap_aggregator;

void neap_aggregator_init(neap_aggregator *aggregator, int64_t frame);
/* Adds a bar whose frame is `source_frame` (it must divide the longer frame). Up to two results: a bar that ended
 * before this one because of a gap, and the one that this bar completes. Returns their number; `out[0]` is the earlier.
 */
int neap_aggregator_add(neap_aggregator *aggregator, const neap_candle *bar, int64_t source_frame, neap_candle out[2]);

#endif
