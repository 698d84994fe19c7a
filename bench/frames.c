/* SPDX-License-Identifier: MIT */
/* frames: what it takes to decode a stream, and to keep its books. Usage: frames FILE ROUNDS PRODUCT...; a frame per
 * line; a product is ID,PRICE_INCREMENT,SIZE_INCREMENT. Each line of output is a name and processor seconds of the best
 * round, or a count; bench/frames.lua reads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program.h"
#include "broker/coinbase/frames.h"

enum { MOST_PRODUCTS = 8 };

typedef struct stream {
  char *text;
  size_t length;
  neap_frames *frames;
  neap_price_book books[MOST_PRODUCTS];
  uint32_t count;
  size_t changes, refused;
  bool in_books; /* what is told is applied */
} stream;

static void load(stream *self, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) exit(1);
  self->length = (size_t)ftell(file);
  rewind(file);
  self->text = calloc(1, self->length + NEAP_FRAMES_PADDING);
  if (!self->text || fread(self->text, 1, self->length, file) != self->length) exit(1);
  fclose(file);
}

static neap_decimal decimal(const char *text) {
  neap_decimal value;
  neap_fault fault;
  bench_must(neap_decimal_parse(text, strlen(text), &value, &fault), text, &fault);
  return value;
}

static void open_stream(stream *self, int count, char **words) {
  neap_frame_product products[MOST_PRODUCTS];
  neap_fault fault;
  for (int i = 0; i < count && i < MOST_PRODUCTS; i++, self->count++) {
    const char *id = strtok(words[i], ","), *price = strtok(NULL, ","), *size = strtok(NULL, ",");
    if (!id || !price || !size) exit(1);
    products[i] = (neap_frame_product){id, decimal(price), decimal(size)};
    bench_must(neap_price_book_init(&self->books[i], products[i].price_increment, products[i].size_increment, &fault),
               "a book", &fault);
  }
  bench_must(neap_frames_new(products, self->count, &self->frames, &fault), "frames", &fault);
}

static void take_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  stream *self = context;
  neap_price_book *book = &self->books[product];
  self->changes += message->count;
  if (!self->in_books) return;
  self->refused += (is_snapshot ? neap_price_book_snapshot : neap_price_book_update)(book, message, NULL) != NEAP_OK;
}

static void take_trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id, bool is_snapshot) {
  (void)context, (void)product, (void)trade, (void)id, (void)is_snapshot;
}
static void take_ticker(void *context, const neap_frame_ticker *ticker) { (void)context, (void)ticker; }
static void take_beat(void *context, uint64_t counter) { (void)context, (void)counter; }
static void take_candle(void *context, uint32_t product, int64_t start, const neap_decimal ohlcv[5]) {
  (void)context, (void)product, (void)start, (void)ohlcv;
}

static void read_all(stream *self) {
  const neap_frame_listener listener = {.context = self,
                                        .book = take_book,
                                        .trade = take_trade,
                                        .ticker = take_ticker,
                                        .heartbeat = take_beat,
                                        .candle = take_candle};
  neap_fault fault;
  for (const char *at = self->text, *end = self->text + self->length; at < end;) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    bench_must(neap_frames_read(self->frames, at, (size_t)(stop - at), &listener, &fault), "a frame", &fault);
    at = stop + 1;
  }
}

static void measure(stream *self, const char *name, int rounds) {
  double best = 1e9;
  for (int i = 0; i < rounds; i++) {
    self->changes = 0;
    const double begin = bench_cpu();
    read_all(self);
    const double took = bench_cpu() - begin;
    best = took < best ? took : best;
  }
  printf("%s %.9f\n", name, best);
}

int main(int argc, char **argv) {
  static stream self;
  if (argc < 4) return 2;
  const int rounds = atoi(argv[2]);
  load(&self, argv[1]);
  open_stream(&self, argc - 3, argv + 3);
  measure(&self, "decoded", rounds);
  self.in_books = true;
  measure(&self, "in_books", rounds);
  printf("changes %zu\nrefused %zu\n", self.changes, self.refused);
  return 0;
}
