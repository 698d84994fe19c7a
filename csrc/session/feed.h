/* SPDX-License-Identifier: MIT */
/* feed: bars of one product from a CSV file (plain or gzip) or from memory, streamed, checked, in order; or a recorded
 * book and its trades, of which the bars are made. */
#ifndef NEAP_SESSION_FEED_H
#define NEAP_SESSION_FEED_H

#include "base/buffer.h"
#include "base/digest.h"
#include "market/candle.h"
#include "market/product.h"
#include "market/recording.h"

typedef struct neap_feed neap_feed;

typedef enum neap_bad_bars { NEAP_BAD_BARS_REFUSE, NEAP_BAD_BARS_SKIP } neap_bad_bars;

typedef struct neap_feed_options {
  neap_bad_bars bad_bars;
  int64_t from, to; /* bar starts: from ≤ time < to; 0: no limit */
} neap_feed_options;

typedef struct neap_feed_report {             /* what the assumptions print; complete at the end of the feed */
  uint64_t bars, skipped, gaps, missing_bars; /* missing: how many whole frames the gaps hold */
  int64_t first, last;                        /* starts of the first and last bar */
  uint64_t first_gap_line;
  char skipped_example[160]; /* "line 17: high 9 is below open 10" */
  char dialect[24];
  uint64_t messages, changes, trades; /* of a recording, all of it */
} neap_feed_report;

/* Opens a .csv or .csv.gz (told by its bytes, not its name) and finds dialect and frame from its head. `path` is kept
 * for messages: every fault's `where` is "path:line". NEAP_NOT_FOUND, NEAP_IO (directory, unreadable, damaged gzip),
 * NEAP_INVALID. Memory: well under 1 MB. */
neap_status neap_feed_open(const char *path, const neap_feed_options *options, neap_feed **out, neap_fault *fault);
/* Bars that the caller holds; they are copied and go through the same checks ("bar 17" instead of a line). */
neap_status neap_feed_from_bars(const neap_candle *bars, size_t count, const neap_feed_options *options,
                                neap_feed **out, neap_fault *fault);
/* A recording in two files (market/recording.h says what they hold), in memory whole. Its increments are the product's,
 * or as fine as the texts need. Bars of `frame` are made of the trades; a frame without a trade has no bar. With
 * `from`, what the book was told before is told at `from`. NEAP_INVALID "no_book", "no_trades", "no_snapshot": there is
 * none. */
typedef struct neap_recorded_files {
  const char *book, *trades;
  const neap_product *product;
  int64_t frame;
} neap_recorded_files;
neap_status neap_feed_open_recording(const neap_recorded_files *files, const neap_feed_options *options,
                                     neap_feed **out, neap_fault *fault);
const neap_recording *neap_feed_recording(const neap_feed *feed); /* NULL: bars are all there is */
/* Is it a file of level-2 messages, by its first line? False also where it cannot be read. */
bool neap_feed_is_recorded_book(const char *path);
/* Where the trades of such a file lie, by name: X_l2.csv.gz → X_trades.csv.gz. False: the name does not say. */
bool neap_feed_trades_beside(const char *book, char *out, size_t size);

/* The whole text of such a file, its line ends as newlines, behind what `out` holds. The same failures; NEAP_MEMORY. */
neap_status neap_feed_text(const char *path, neap_buffer *out, char digest[NEAP_DIGEST_TEXT], neap_fault *fault);

void neap_feed_close(neap_feed *feed); /* NULL is accepted */

int64_t neap_feed_frame(const neap_feed *feed); /* ns: the smallest difference among the first 512 bars, a rare slip
                                                 * left out; one bar only: 60 s */

/* The next bar. NEAP_OK, NEAP_END, or with refuse NEAP_INVALID: malformed line, duplicate time, time going back, a bar
 * that starts before the one before it ended, an impossible bar. With skip such lines are counted and left out. */
neap_status neap_feed_next(neap_feed *feed, neap_candle *out, neap_fault *fault);

/* Sets the fault's `where` to the bar that came last: "path:line" or "bar 17". NULL is accepted. */
void neap_feed_place(const neap_feed *feed, neap_fault *fault);

void neap_feed_report_get(const neap_feed *feed, neap_feed_report *out);
/* BLAKE2b (256 bits) of the bytes read so far (after decompression); for bars of memory, of their fields. Valid after
 * NEAP_END. */
void neap_feed_digest(neap_feed *feed, char out[NEAP_DIGEST_TEXT]);

#endif
