/* SPDX-License-Identifier: MIT */
/* csv_fuzz: any bytes read as a file of candles; each bar that is accepted is a possible one, and aggregation keeps it
 * so. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "market/candle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MINUTE_S = 60, HEAD = 4096 };
static const int64_t SECOND = 1000000000;

static void must(bool truth) {
  if (!truth) abort();
}

static void check_bar(const neap_candle *bar) {
  must(neap_candle_check(bar, NULL) == NEAP_OK);
  must(bar->high_float >= bar->low_float);
}

static void aggregate(neap_aggregator *hours, const neap_candle *bar) {
  neap_candle out[2];
  int count = neap_aggregator_add(hours, bar, MINUTE_S * SECOND, out);
  must(count >= 0 && count <= 2);
  for (int i = 0; i < count; i++) must(neap_decimal_cmp(out[i].high, out[i].low) >= 0);
}

static void read_lines(const neap_candle_dialect *dialect, const char *text, size_t size) {
  neap_aggregator hours;
  neap_aggregator_init(&hours, 60 * MINUTE_S * SECOND);
  int64_t last = INT64_MIN;
  for (size_t at = 0; at < size;) {
    const char *end = memchr(text + at, '\n', size - at);
    size_t length = end ? (size_t)(end - text) - at : size - at;
    neap_candle bar;
    neap_fault fault;
    if (neap_candle_parse(dialect, text + at, length, &bar, &fault) == NEAP_OK) {
      check_bar(&bar);
      if (bar.time > last) aggregate(&hours, &bar);
      if (bar.time > last) last = bar.time;
    }
    at += length + 1;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  neap_candle_dialect dialect;
  neap_fault fault;
  if (neap_candle_detect(text, size < HEAD ? size : HEAD, &dialect, &fault) == NEAP_OK)
    read_lines(&dialect, text, size);
  return 0;
}
