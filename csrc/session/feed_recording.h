/* SPDX-License-Identifier: MIT */
/* feed_recording: a recorded book and its trades from two files, and the bars that the trades make. For feed only. */
#ifndef NEAP_SESSION_FEED_RECORDING_H
#define NEAP_SESSION_FEED_RECORDING_H

#include "session/feed.h"

typedef struct neap_recorded {
  neap_recording recording;
  neap_candle *bars;
  size_t bar_count;
  char digest[NEAP_DIGEST_TEXT]; /* of both files' digests */
} neap_recorded;

/* `out` is to be freed in any case: recording and bars. */
neap_status neap_recorded_load(const neap_recorded_files *files, const neap_feed_options *options, neap_recorded *out,
                               neap_fault *fault);

#endif
