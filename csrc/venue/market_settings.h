/* SPDX-License-Identifier: MIT */
/* market_settings: what is said of a market, "generated:seed=7,levels=50", read and checked. */
#ifndef NEAP_VENUE_MARKET_SETTINGS_H
#define NEAP_VENUE_MARKET_SETTINGS_H

#include "base/decimal.h"

typedef enum neap_market_kind {
  NEAP_MARKET_GENERATED,
  NEAP_MARKET_CANDLES,
  NEAP_MARKET_TRADES,
  NEAP_MARKET_BOOK,
  NEAP_MARKET_KINDS
} neap_market_kind;

typedef enum neap_market_word {
  NEAP_WORD_SEED,
  NEAP_WORD_LEVELS,     /* a side */
  NEAP_WORD_SPREAD,     /* basis points */
  NEAP_WORD_VOLATILITY, /* percent a day */
  NEAP_WORD_RATE,       /* events a second */
  NEAP_WORD_TREND,      /* 1: up to one deviation of its time */
  NEAP_WORD_GAPS,       /* a day */
  NEAP_WORD_CRASHES,    /* a day */
  NEAP_WORD_THIN,       /* percent of the usual book that is left in a crash */
  NEAP_WORD_PRICE,      /* to begin at; 0: the product's last */
  NEAP_WORD_VOLUME,     /* base a day; 0: the product's */
  NEAP_WORD_PRINTS,     /* a bar */
  NEAP_WORD_FROM,       /* ns since 1970, where a replay begins; 0: at its first moment */
  NEAP_WORD_END,
  NEAP_MARKET_WORDS
} neap_market_word;

typedef enum neap_market_end { NEAP_END_STAYS, NEAP_END_LOOPS, NEAP_END_HALTS } neap_market_end;

typedef struct neap_market_settings {
  neap_market_kind kind;
  neap_decimal value[NEAP_MARKET_WORDS]; /* words that the kind does not know have their usual value */
} neap_market_settings;

/* NEAP_INVALID "market_kind", "market_option", "out_of_range". */
neap_status neap_market_settings_parse(const char *text, neap_market_settings *out, neap_fault *fault);

/* A value in units of 10^-digits, cut. */
int64_t neap_market_setting(const neap_market_settings *settings, neap_market_word word, unsigned digits);

#endif
