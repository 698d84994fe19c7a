/* SPDX-License-Identifier: MIT */
/* feed_recording: a recorded book and its trades from two files, and the bars that the trades make. */
#include "session/feed_recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "session/feed_source.h"

typedef neap_status reader(neap_recording *recording, const char *text, size_t length, neap_fault *fault);

typedef struct recorded_file {
  const char *path;
  reader *fit, *parse;
  neap_buffer text;
  char digest[NEAP_DIGEST_TEXT];
} recorded_file;

static neap_status read_lines(neap_source *source, const char *path, neap_buffer *out, neap_fault *fault) {
  const char *line;
  size_t length;
  neap_status status;
  while ((status = neap_source_line(source, &line, &length, fault)) == NEAP_OK) {
    neap_buffer_append(out, line, length);
    neap_buffer_append(out, "\n", 1);
  }
  if (out->status != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for %s", path);
  return status == NEAP_END ? NEAP_OK : status;
}

neap_status neap_feed_text(const char *path, neap_buffer *out, char digest[NEAP_DIGEST_TEXT], neap_fault *fault) {
  neap_source *source = NULL;
  neap_status status = neap_source_open(path, &source, fault);
  if (status == NEAP_OK) status = read_lines(source, path, out, fault);
  if (status == NEAP_OK) neap_source_digest(source, digest);
  if (status != NEAP_OK) neap_fault_set_where(fault, "%s", path);
  neap_source_close(source);
  return status;
}

static neap_status read_file(recorded_file *file, neap_fault *fault) {
  neap_buffer_init(&file->text);
  return neap_feed_text(file->path, &file->text, file->digest, fault);
}

/* "line 7" of a text is FILE:7. */
static neap_status place(neap_status status, const recorded_file *file, neap_fault *fault) {
  unsigned long line;
  if (status == NEAP_OK || !fault) return status;
  if (sscanf(fault->where, "line %lu", &line) == 1)
    neap_fault_set_where(fault, "%s:%lu", file->path, line);
  else
    neap_fault_set_where(fault, "%s", file->path);
  return status;
}

static neap_status use(recorded_file *file, reader *read, neap_recording *recording, neap_fault *fault) {
  return place(read(recording, (const char *)file->text.data, file->text.size, fault), file, fault);
}

static bool has_snapshot(const neap_recording *recording) {
  for (size_t i = 0; i < recording->message_count; i++)
    if (recording->messages[i].is_snapshot) return true;
  return false;
}

static neap_status check_whole(const neap_recording *recording, const recorded_file *book, const recorded_file *trades,
                               neap_fault *fault) {
  if (recording->message_count == 0)
    return place(neap_fail(fault, NEAP_INVALID, "no_book", "the file holds no level-2 message"), book, fault);
  if (!has_snapshot(recording))
    return place(neap_fail(fault, NEAP_INVALID, "no_snapshot", "no snapshot: nobody knows what the changes change"),
                 book, fault);
  if (recording->trade_count) return NEAP_OK;
  return place(neap_fail(fault, NEAP_INVALID, "no_trades", "the file holds no trade"), trades, fault);
}

static neap_status parse_files(recorded_file *book, recorded_file *trades, const neap_product *product,
                               neap_recording *out, neap_fault *fault) {
  neap_recording_init(out, product->price_increment, product->base_increment);
  neap_status status = use(book, book->fit, out, fault);
  if (status == NEAP_OK) status = use(trades, trades->fit, out, fault);
  if (status == NEAP_OK) status = use(book, book->parse, out, fault);
  if (status == NEAP_OK) status = use(trades, trades->parse, out, fault);
  return status == NEAP_OK ? check_whole(out, book, trades, fault) : status;
}

static void digest_both(const recorded_file *book, const recorded_file *trades, char out[NEAP_DIGEST_TEXT]) {
  unsigned char digest[NEAP_DIGEST_SIZE];
  neap_digest *both = neap_digest_new_blake2b();
  out[0] = '\0';
  if (!both) return;
  neap_digest_update(both, book->digest, strlen(book->digest));
  neap_digest_update(both, trades->digest, strlen(trades->digest));
  neap_digest_finish(both, digest);
  neap_digest_hex(digest, out);
  neap_digest_free(both);
}

/* What the book was told before `from` it is told then, at once; trades of before are over. */
static void begin_at(neap_recording *recording, int64_t from) {
  size_t early = 0;
  for (size_t i = 0; i < recording->message_count && recording->messages[i].time < from; i++)
    recording->messages[i].time = from;
  while (early < recording->trade_count && recording->trades[early].time < from) early++;
  recording->trade_count -= early;
  if (early) memmove(recording->trades, recording->trades + early, recording->trade_count * sizeof *recording->trades);
}

static void end_at(neap_recording *recording, int64_t to) {
  while (recording->message_count && recording->messages[recording->message_count - 1].time >= to)
    recording->message_count--;
  while (recording->trade_count && recording->trades[recording->trade_count - 1].time >= to) recording->trade_count--;
}

static neap_candle candle_of(const neap_recording *recording, const neap_market_trade *trade) {
  neap_decimal price = neap_recording_price(recording, trade->price);
  neap_candle bar = {.time = trade->time,
                     .open = price,
                     .high = price,
                     .low = price,
                     .close = price,
                     .volume = neap_recording_size(recording, trade->size),
                     .price_digits = NEAP_DECIMAL_DIGITS,
                     .volume_digits = NEAP_DECIMAL_DIGITS};
  neap_candle_set_floats(&bar);
  return bar;
}

static void keep_bar(neap_recorded *out, const neap_candle *bar) {
  out->bars[out->bar_count] = *bar;
  neap_candle_set_floats(&out->bars[out->bar_count++]);
}

/* A trade is a bar of no length. */
static neap_status make_bars(neap_recorded *out, int64_t frame, neap_fault *fault) {
  const neap_recording *recording = &out->recording;
  neap_aggregator aggregator;
  neap_candle done[2];
  out->bars = malloc((recording->trade_count + 1) * sizeof *out->bars);
  if (!out->bars) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the bars of a recording");
  neap_aggregator_init(&aggregator, frame);
  for (size_t i = 0; i < recording->trade_count; i++) {
    const neap_candle bar = candle_of(recording, &recording->trades[i]);
    int count = neap_aggregator_add(&aggregator, &bar, 0, done);
    for (int k = 0; k < count; k++) keep_bar(out, &done[k]);
  }
  if (aggregator.open) keep_bar(out, &aggregator.bar);
  return NEAP_OK;
}

neap_status neap_recorded_load(const neap_recorded_files *files, const neap_feed_options *options, neap_recorded *out,
                               neap_fault *fault) {
  recorded_file book = {files->book, neap_recording_fit_changes, neap_recording_parse_changes, {0}, ""};
  recorded_file trades = {files->trades, neap_recording_fit_trades, neap_recording_parse_trades, {0}, ""};
  *out = (neap_recorded){.bars = NULL};
  neap_status status = read_file(&book, fault);
  if (status == NEAP_OK) status = read_file(&trades, fault);
  if (status == NEAP_OK) status = parse_files(&book, &trades, files->product, &out->recording, fault);
  digest_both(&book, &trades, out->digest);
  neap_buffer_fini(&book.text);
  neap_buffer_fini(&trades.text);
  if (status != NEAP_OK) return status;
  if (options && options->from) begin_at(&out->recording, options->from);
  if (options && options->to) end_at(&out->recording, options->to);
  if (out->recording.message_count == 0)
    return neap_fail(fault, NEAP_INVALID, "no_book", "no message of the book lies in the period asked for");
  return make_bars(out, files->frame, fault);
}

bool neap_feed_is_recorded_book(const char *path) {
  neap_source *source;
  const char *text;
  size_t length;
  neap_recording probe;
  struct stat facts; /* a pipe can be read once */
  if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  if (neap_source_open(path, &source, NULL) != NEAP_OK) return false;
  neap_source_peek(source, &text, &length);
  const char *end = memchr(text, '\n', length);
  neap_recording_init(&probe, neap_decimal_from_int(1), neap_decimal_from_int(1));
  size_t line = end ? (size_t)(end - text) : length;
  bool is_book = line > 0 && neap_recording_parse_changes(&probe, text, line, NULL) == NEAP_OK;
  neap_source_close(source);
  return is_book;
}

bool neap_feed_trades_beside(const char *book, char *out, size_t size) {
  const char *name = strrchr(book, '/'), *mark = strstr(name ? name : book, "_l2");
  if (!mark) return false;
  int length = snprintf(out, size, "%.*s_trades%s", (int)(mark - book), book, mark + strlen("_l2"));
  return length > 0 && (size_t)length < size;
}
