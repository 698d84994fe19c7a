/* SPDX-License-Identifier: MIT */
/* input_log: the recording of a session: its inputs (base/inputs) as one run of bytes, in a directory. The session's
 * thread copies them into a mapped tail (input_tail) and goes on; a thread of the log compresses them into segments
 * (segment), and syncs at least once a second. When the disk fails the recording ends, and nothing else.
 *
 * An input: size u32 (with these 24 bytes), number u32, time i64, kind u8, flags u8 (1 within, 2 failed), 6 zeros; its
 * text. Little-endian. */
#ifndef NEAP_STORE_INPUT_LOG_H
#define NEAP_STORE_INPUT_LOG_H

#include "base/inputs.h"

typedef struct neap_input_log neap_input_log;

/* Makes the directory, or goes on behind what is there. NEAP_IO "locked", "disk_full", "cannot_record"; NEAP_CORRUPT
 * "bad_segment". */
neap_status neap_input_log_open(const char *directory, neap_input_log **out, neap_fault *fault);
/* Waits only when the tail is full. Nothing is kept any more after a failure. */
void neap_input_log_keep(neap_input_log *log, const neap_input *input);
/* NEAP_OK, or why the recording has ended; from any thread. */
neap_status neap_input_log_state(neap_input_log *log, neap_fault *fault);
/* With all that was kept. `discard`: and takes away what this process recorded, if nothing was there before. NULL is
 * accepted. */
void neap_input_log_close(neap_input_log *log, bool discard);

/* Takes away the segments before that one; 0: all that was recorded, while nobody records. What is recorded later goes
 * on behind it. NEAP_IO "locked": somebody records, or trims; NEAP_INVALID "bad_segment": there is no such segment. */
neap_status neap_input_log_trim(const char *directory, unsigned first, neap_fault *fault);

typedef struct neap_input_reader neap_input_reader;

/* Reads it from the first input that begins in that segment, as neap_segment_reading has it (0: from where it begins),
 * also while it is written, up to what is there when it gets there. NEAP_NOT_FOUND "not_recorded". */
neap_status neap_input_reader_open(const char *directory, unsigned from, neap_input_reader **out, neap_fault *fault);
/* NEAP_END behind the last one. NEAP_CORRUPT as neap_segment_read; `where` names file and place. Valid until the next
 * call. */
neap_status neap_input_reader_next(neap_input_reader *reader, neap_input *out, neap_fault *fault);
/* Of the input that was given last: which one of all that ever were it is, from 1 on, and the segment in which it
 * begins; 0: the tail. Before one was given: of the one before it. */
uint64_t neap_input_reader_ordinal(const neap_input_reader *reader);
unsigned neap_input_reader_segment(const neap_input_reader *reader);
void neap_input_reader_close(neap_input_reader *reader); /* NULL is accepted */

#endif
