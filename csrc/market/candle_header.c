/* SPDX-License-Identifier: MIT */
/* candle_header: which column of a header line is which field of a candle. */
#include "market/candle_header.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 32 };

/* The words of the header, lower case, letters and digits only: "Open Time" and "open_time" are "opentime". */
typedef struct header_words {
  char word[NEAP_CANDLE_COLUMNS][WORD];
  int count;
} header_words;

static const char *const field_names[NEAP_CANDLE_FIELDS] = {"time", "open", "high", "low", "close", "volume"};

/* Best first. A word with a * is the start of a header word. */
static const char *const aliases[NEAP_CANDLE_FIELDS][24] = {
    {"time",         "timestamp",   "unix",        "opentime", "unixtime", "unixtimestamp",  "epoch",   "start",
     "starttime",    "begin",       "ts",          "t",        "datetime", "date",           "dateutc", "timeutc",
     "timestamputc", "timestampms", "timestampns", "gmttime",  "timeopen", "timeperiodstart"},
    {"open", "o", "openprice", "priceopen", "first"},
    {"high", "h", "highprice", "pricehigh", "max"},
    {"low", "l", "lowprice", "pricelow", "min"},
    {"close", "c", "closeprice", "priceclose", "last"},
    {"volume", "vol", "v", "basevolume", "volumebase", "volumefrom", "size", "volumetraded", "amount", "tickvolume",
     "tickvol", "volume*", "vol*"},
};

static void normalize(neap_field field, char out[WORD]) {
  size_t n = 0;
  for (size_t i = 0; i < field.length && n < WORD - 1; i++) {
    int c = (unsigned char)field.text[i];
    if (c < 128 && isalnum(c)) out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  out[n] = 0;
}

static bool matches(const char *word, const char *alias) {
  size_t length = strlen(alias);
  if (alias[length - 1] == '*') return strncmp(word, alias, length - 1) == 0;
  return strcmp(word, alias) == 0;
}

static int find_column(const header_words *words, int field) {
  for (size_t a = 0; aliases[field][a]; a++)
    for (int i = 0; i < words->count; i++)
      if (matches(words->word[i], aliases[field][a])) return i;
  return -1;
}

static int find_times(const header_words *words, int *times) {
  int count = 0;
  for (size_t a = 0; aliases[0][a]; a++)
    for (int i = 0; i < words->count; i++)
      if (matches(words->word[i], aliases[0][a])) times[count++] = i;
  if (count == 0 && words->word[0][0] == 0) times[count++] = 0; /* an index without a name */
  return count;
}

static void list_words(const neap_field *header, int columns, char *out, size_t size) {
  size_t used = 0;
  out[0] = 0;
  for (int i = 0; i < columns && used + NEAP_CANDLE_QUOTED + 2 < size; i++) {
    char text[NEAP_CANDLE_QUOTED];
    used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "," : "", neap_field_quote(header[i], text));
  }
}

static bool holds_quotes(const header_words *words) {
  bool bid = false, ask = false;
  for (int i = 0; i < words->count; i++) {
    bid = bid || strstr(words->word[i], "bid");
    ask = ask || strstr(words->word[i], "ask");
  }
  return bid && ask;
}

static bool holds_trades(const header_words *words) {
  for (int i = 0; i < words->count; i++)
    if (matches(words->word[i], "price") || matches(words->word[i], "tradeid")) return true;
  return false;
}

static neap_status fail_missing(const neap_field *header, const header_words *words, int field, neap_fault *fault) {
  const char *candidates[NEAP_CANDLE_COLUMNS], *name = field_names[field];
  char list[160];
  list_words(header, words->count, list, sizeof list);
  const char *kind = holds_quotes(words)   ? "; this file holds quotes (bid and ask), not trade candles"
                     : holds_trades(words) ? "; this file holds single trades or prices, not candles"
                                           : "";
  for (int i = 0; i < words->count; i++) candidates[i] = words->word[i];
  const char *nearest = neap_nearest_word(name, candidates, (size_t)words->count);
  neap_status status = neap_fail(fault, NEAP_INVALID, holds_quotes(words) ? "quotes" : "missing_column",
                                 "no column '%s' in the header '%s'%s", name, list, kind);
  if (nearest && !*kind) neap_fault_set_nearest(fault, nearest);
  return status;
}

static const char *dialect_name(const header_words *words) {
  if (words->count == 12 && strcmp(words->word[0], "opentime") == 0) return "binance";
  if (words->count == 6 && strcmp(words->word[1], "low") == 0 && strcmp(words->word[3], "open") == 0) return "coinbase";
  return "ohlcv";
}

neap_status neap_candle_header(const neap_field *header, int columns, neap_candle_dialect *out,
                               int times[NEAP_CANDLE_COLUMNS], int *time_count, neap_fault *fault) {
  header_words words = {.count = columns};
  for (int i = 0; i < columns; i++) normalize(header[i], words.word[i]);
  *time_count = find_times(&words, times);
  if (*time_count == 0) return fail_missing(header, &words, 0, fault);
  for (int field = 1; field < NEAP_CANDLE_FIELDS; field++) {
    out->column[field] = find_column(&words, field);
    if (out->column[field] < 0 && field < 5) return fail_missing(header, &words, field, fault);
  }
  snprintf(out->name, sizeof out->name, "%s", dialect_name(&words));
  return NEAP_OK;
}
