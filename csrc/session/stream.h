/* SPDX-License-Identifier: MIT */
/* stream: a series of bars or of floats with the indicators that hang on it. */
#ifndef NEAP_SESSION_STREAM_H
#define NEAP_SESSION_STREAM_H

#include "market/candle.h"
#include "market/indicator.h"

typedef struct neap_stream neap_stream;

enum { NEAP_STREAM_KEPT = 512 }; /* bars or values that stay readable */

neap_status neap_stream_new(bool of_bars, neap_stream **out, neap_fault *fault);
void neap_stream_free(neap_stream *stream); /* with its indicators */
bool neap_stream_is_of_bars(const neap_stream *stream);
/* An indicator fed by this stream and owned by it; the same kind and period give the same object. It sees what comes
 * from now on, and the values that are still kept. */
neap_status neap_stream_indicator(neap_stream *stream, neap_indicator_kind kind, int64_t period, neap_indicator **out,
                                  neap_fault *fault);
const neap_indicator *neap_stream_member(const neap_stream *stream, size_t i); /* NULL behind the last one */
neap_status neap_stream_push_bar(neap_stream *stream, const neap_candle *bar, neap_fault *fault);
neap_status neap_stream_push(neap_stream *stream, double value, neap_fault *fault);
uint64_t neap_stream_count(const neap_stream *stream);
/* back = 0: the newest. NULL / false: not there (yet, or no longer). */
const neap_candle *neap_stream_bar(const neap_stream *stream, int64_t back);
bool neap_stream_value(const neap_stream *stream, int64_t back, double *out); /* of bars: the close */
bool neap_stream_is_ready(const neap_stream *stream);                         /* every indicator is */

#endif
