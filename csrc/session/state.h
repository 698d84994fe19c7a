/* SPDX-License-Identifier: MIT */
/* state: what a session's events make of it: orders, ledger, timers, the strategies' own state, modes, counters. The
 * session changes it as it works; replay makes the same from the stored events alone, and the hashes say whether they
 * agree. Events of older versions are read through session/upcast. */
#ifndef NEAP_SESSION_STATE_H
#define NEAP_SESSION_STATE_H

#include "base/buffer.h"
#include "base/digest.h"
#include "store/query.h"

typedef struct neap_state neap_state;

neap_status neap_state_new(neap_state **out, neap_fault *fault); /* of no events */
void neap_state_free(neap_state *state);
/* The next event of the session, in order of seq. Kinds that change nothing (decision, log lines) are taken, too. An
 * event that cannot follow is NEAP_CORRUPT "impossible_event" and names it. A state_snapshot on a fresh state is taken
 * over; on another it is compared: NEAP_CORRUPT "state_differs" with both hashes. */
neap_status neap_state_apply(neap_state *state, const neap_event *event, neap_fault *fault);
/* Canonical: the same state gives the same bytes, whichever way it came about. */
neap_status neap_state_record(const neap_state *state, neap_buffer *out, neap_fault *fault);
neap_status neap_state_hash(const neap_state *state, char out[NEAP_DIGEST_TEXT], neap_fault *fault);

typedef struct neap_replay_report {
  uint64_t first_seq, last_seq; /* events applied; first_seq > 1: began with that snapshot */
  uint64_t snapshots;           /* compared and equal */
  char hash[NEAP_DIGEST_TEXT];  /* of the state after last_seq */
} neap_replay_report;

/* Applies the events of a store up to `until_seq` (0: all). `from_start`: from the first event there is, comparing
 * every snapshot; else from the latest snapshot before. */
neap_status neap_state_replay(const char *path, uint64_t until_seq, bool from_start, neap_state **out,
                              neap_replay_report *report, neap_fault *fault);

#endif
