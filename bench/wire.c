/* SPDX-License-Identifier: MIT */
/* wire: from the text of a level-2 frame in memory to a strategy's callback, and from there to the bytes of its order
 * with the intent durable on the disk, beside a bare fdatasync of as many bytes in the same directory, in turns.
 * Usage: wire DIRECTORY [ORDERS]. Not in the figures: the socket, TLS and WebSocket before the text; signing and
 * writing behind the bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/wire_stage.h"

enum {
  LEVELS = 20000,
  BEST_BID = 6500000,
  TEXT = 2048,
  FRAMES = 100000,
  WARM_UP = 1000,
  WARM_ORDERS = 400,
  LOG = 4 << 20,
  PATH = 512
};

static const char BEGIN[] =
    "{\"channel\":\"l2_data\",\"client_id\":\"\",\"timestamp\":\"2026-08-09T21:05:48.505350477Z\","
    "\"sequence_num\":14,\"events\":[{\"type\":\"%s\",\"product_id\":\"BTC-USD\",\"updates\":[";

/* A price is in hundredths. */
static void write_level(FILE *out, bool is_first, const char *side, int64_t price, int64_t size) {
  fprintf(out,
          "%s{\"side\":\"%s\",\"event_time\":\"2026-08-09T21:05:48.210883Z\",\"price_level\":\"%lld.%02lld\","
          "\"new_quantity\":\"%lld.%08lld\"}",
          is_first ? "" : ",", side, (long long)(price / 100), (long long)(price % 100), (long long)(size / 100000000),
          (long long)(size % 100000000));
}

static void read_snapshot(stage *on) {
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (!out) bench_die("no memory", NULL);
  fprintf(out, BEGIN, "snapshot");
  for (int i = 0; i < LEVELS; i++) {
    write_level(out, i == 0, "bid", BEST_BID - 3 * i, 1000000 + i);
    write_level(out, false, "offer", BEST_BID + 1 + 3 * i, 1000000 + i);
  }
  fprintf(out, "]}]}");
  fflush(out);
  const size_t whole = length;
  for (int i = 0; i < NEAP_FRAMES_PADDING; i++) fputc(' ', out);
  fclose(out);
  stage_read(on, text, whole);
  free(text);
}

/* The best bid has another size, and four levels behind it: as long as the venue's frames are half of the time. */
static size_t write_update(char text[TEXT], int64_t number) {
  FILE *out = fmemopen(text, TEXT - NEAP_FRAMES_PADDING, "w");
  if (!out) bench_die("no memory", NULL);
  fprintf(out, BEGIN, "update");
  write_level(out, true, "bid", BEST_BID, 2000000 + number);
  for (int64_t i = 1; i < 5; i++)
    write_level(out, false, i & 1 ? "offer" : "bid", BEST_BID + (i & 1 ? 1 + 3 * i : -3 * (i + number % 50)),
                3000000 + number);
  fprintf(out, "]}]}");
  const size_t length = (size_t)ftell(out);
  fclose(out);
  return length;
}

/* --- measuring ---------------------------------------------------------------------------------------------------- */

typedef struct samples {
  double *took; /* seconds */
  size_t count;
} samples;

static samples room_for(size_t count) { return (samples){.took = bench_room(count, sizeof(double))}; }

/* Gives the median, in microseconds, and frees. */
static double tell(const char *what, samples *of) {
  const double median = bench_median(of->took, of->count) * 1e6;
  printf("%-52s p50 %8.2f us   p99 %9.2f us   p99.9 %9.2f us\n", what, median, of->took[of->count * 99 / 100] * 1e6,
         of->took[of->count * 999 / 1000] * 1e6);
  free(of->took);
  return median;
}

/* Bytes that this process has handed to the kernel's files so far. */
static long long written(void) {
  long long bytes = 0;
  FILE *file = fopen("/proc/self/io", "r");
  if (!file || fscanf(file, "rchar: %*d wchar: %lld", &bytes) != 1) bench_die("/proc/self/io", NULL);
  fclose(file);
  return bytes;
}

static void time_callbacks(void) {
  static stage on;
  char text[TEXT] = {0};
  size_t length = 0;
  samples took = room_for(FRAMES);
  stage_open(&on, NULL);
  read_snapshot(&on);
  for (int64_t i = -WARM_UP; i < FRAMES; i++) {
    length = write_update(text, i + WARM_UP);
    const double begun = bench_now();
    stage_read(&on, text, length);
    if (i >= 0) took.took[took.count++] = on.told - begun;
    if (i % 256 == 0) stage_rest(&on);
  }
  if (on.quotes < FRAMES + WARM_UP) bench_die("a frame was not told", NULL);
  printf("%zu bytes a frame, 5 changes, a book of %d levels a side\n", length, LEVELS);
  stage_close(&on);
  tell("frame, to the strategy's callback", &took);
}

/* One order: from its frame's text to the request's bytes. Gives the bytes that the journal wrote in between. */
static size_t time_order(stage *on, int64_t number, samples *took) {
  char text[TEXT] = {0};
  const size_t length = write_update(text, number);
  const uint64_t placed = on->placed;
  const long long before = written();
  const double begun = bench_now();
  stage_read(on, text, length);
  const long long after = written();
  if (on->placed != placed + 1) bench_die("a quote without an order", NULL);
  took->took[took->count++] = on->encoded - begun;
  stage_rest(on);
  return (size_t)(after - before);
}

/* As SQLite's log: over what is there, from its beginning again at its end. */
typedef struct bare {
  int file;
  off_t at;
} bare;

static bare open_bare(const char *directory) {
  static const char zeros[LOG];
  char path[PATH];
  snprintf(path, sizeof path, "%s/wire.bare", directory);
  bare made = {.file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (made.file < 0 || write(made.file, zeros, LOG) != LOG || fsync(made.file) != 0) bench_die(path, NULL);
  unlink(path);
  return made;
}

static void time_bare(bare *log, size_t bytes, samples *took) {
  static char block[LOG];
  memset(block, (int)took->count, bytes);
  if (log->at + (off_t)bytes > LOG) log->at = 0;
  const double begun = bench_now();
  if (pwrite(log->file, block, bytes, log->at) != (ssize_t)bytes || fdatasync(log->file) != 0)
    bench_die("fdatasync", NULL);
  took->took[took->count++] = bench_now() - begun;
  log->at += (off_t)bytes;
}

static void time_in_memory(size_t count) {
  static stage on = {.orders = true};
  samples took = room_for(count);
  stage_open(&on, NULL);
  read_snapshot(&on);
  stage_rest(&on);
  for (size_t i = 0; i < count; i++) time_order(&on, (int64_t)i, &took);
  stage_close(&on);
  tell("frame, to the order's bytes, journal in memory", &took);
}

/* A journal that has run for a while: its log was written once, and is written over from its beginning. */
static void warm_up(stage *on) {
  samples unused = room_for(WARM_ORDERS);
  for (int64_t i = 0; i < WARM_ORDERS; i++) time_order(on, i, &unused);
  free(unused.took);
}

static void time_durable(const char *directory, size_t count) {
  static stage on = {.orders = true};
  samples took = room_for(count), synced = room_for(count);
  size_t bytes = 0;
  char path[PATH];
  snprintf(path, sizeof path, "%s/wire.db", directory);
  bench_remove_store(path);
  stage_open(&on, path);
  read_snapshot(&on);
  stage_rest(&on);
  warm_up(&on);
  bare log = open_bare(directory);
  for (size_t i = 0; i < count; i++) {
    const size_t wrote = time_order(&on, (int64_t)i + WARM_ORDERS, &took);
    time_bare(&log, wrote, &synced);
    bytes += wrote;
  }
  printf("%zu bytes a request, %zu bytes a commit (mean)\n", on.request, bytes / count);
  stage_close(&on);
  close(log.file);
  bench_remove_store(path);
  const double order = tell("frame, to the order's bytes, intent durable", &took);
  const double sync = tell("bare fdatasync of as many bytes, in turns", &synced);
  printf("%-52s p50 %8.2f us\n", "the order beyond the fdatasync", order - sync);
}

int main(int count, char **words) {
  const int orders = count > 2 ? atoi(words[2]) : 2000;
  double load = 0;
  if (count < 2 || orders < 1) bench_die("usage: wire DIRECTORY [ORDERS]", NULL);
  getloadavg(&load, 1);
  printf("wire: %d orders, at a load of %.1f; not in it: socket, TLS, signature\n", orders, load);
  time_callbacks();
  time_in_memory((size_t)orders);
  time_durable(words[1], (size_t)orders);
  return 0;
}
