/* SPDX-License-Identifier: MIT */
/* event_store: the journal. Events are appended as packed bytes, chained by SHA-256 in groups, and written to SQLite
 * with their JSON beside them, by a writer thread; without a path the chain's head and a ring of the latest 4 MB are
 * kept in memory. Takes bytes; knows nothing of orders. All functions are for the session's thread but _durable.
 *
 * Chain: head(0) = SHA-256 of "neap.chain/1". A group is at most 64 consecutive events; head(g) = SHA-256(head(g−1) ‖
 * packed(e) for each e of g), kept in column `hash` of the group's last row (NULL in the others). packed(e) = header
 * (seq u64, ts_ns i64, version u16, cause_seq u64, lengths and bytes of type, run, product, client_order_id) ‖ record
 * length u32 ‖ record; little-endian. Groups end when full and at neap_event_store_seal, nowhere else, so the head does
 * not depend on timing or on whether there is a store. What is committed when is another matter: the writer takes what
 * is queued, at most 64 events or 1 ms, at once when idle, and never parts of a unit (_hold … _release). The events
 * behind the last ended group are covered by a row of `meta` that each commit renews.
 *
 * When the file cannot be written (promise 5): with a reserve, a small file PATH-reserve that was allocated beforehand
 * takes the events that are not durable yet and those that follow, synced one by one; the session sees it by _state and
 * refuses entries. When that fails too: NEAP_JOURNAL_LOST, every append is NEAP_IO "journal_lost". Opened again with
 * `resume`, the reserve's events move to the file first. Without a reserve a failed write sticks at once. */
#ifndef NEAP_STORE_EVENT_STORE_H
#define NEAP_STORE_EVENT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

typedef struct neap_event {
  uint64_t seq;                          /* given by append */
  int64_t ts_ns;                         /* the session's clock at receipt; never goes back */
  const char *type;                      /* snake_case, past tense where something happened: order_filled */
  uint16_t version;                      /* of the record's shape, from 1 */
  uint64_t cause_seq;                    /* the event that caused it; 0: none */
  const char *run;                       /* id of the run */
  const char *product, *client_order_id; /* "" where there is none */
  const void *record;                    /* base/record bytes */
  size_t record_size;
} neap_event;

typedef struct neap_event_store neap_event_store;

typedef struct neap_event_store_options {
  const char *path; /* of the SQLite file; NULL: memory only */
  const char *run;  /* id of this run, copied */
  bool resume;      /* the file is there: goes on behind its last event */
  int ack_fd;       /* "durable <seq>\n" after each commit; 0: nowhere. Open for writing; once it is not, left alone */
  size_t reserve;   /* bytes of PATH-reserve; 0: none */
  bool ahead;      /* what is waited for is durable in the reserve first: one small write; the file has it soon after */
  bool by_instant; /* events of one ts_ns are one unit: it goes to the writer when time has moved on, at _rest, and
                    * when something of it is waited for; above 512 KB in pieces */
  void (*see)(void *context, const neap_event *event); /* told of each event that was appended; may be NULL */
  void *see_context;
} neap_event_store_options;

typedef enum neap_journal_state { NEAP_JOURNAL_WRITES, NEAP_JOURNAL_RESERVE, NEAP_JOURNAL_LOST } neap_journal_state;

/* A new store. NEAP_EXISTS when the file is there and not empty (a run never writes over another), NEAP_IO (no such
 * directory, not writable, disk full: with path and the system's words; "locked": another process writes it). With
 * `resume` also what neap_query_open says. */
neap_status neap_event_store_create(const neap_event_store_options *options, neap_event_store **out, neap_fault *fault);
/* seq, run are filled in; *seq (may be NULL) is the number given. The strings and the record are copied. A failed write
 * sticks: every later append returns it. */
neap_status neap_event_store_append(neap_event_store *store, const neap_event *event, uint64_t *seq, neap_fault *fault);
/* There is no memory for the record of an event: as if its append had failed, for without it nothing may follow. Gives
 * NEAP_MEMORY. */
neap_status neap_event_store_give_up(neap_event_store *store, const char *words, neap_fault *fault);
/* What is appended between these two is committed together or not at all. They nest. */
void neap_event_store_hold(neap_event_store *store);
void neap_event_store_release(neap_event_store *store);
/* By instant: nothing more of the present instant will come for a while; what there is of it goes to the writer. */
void neap_event_store_rest(neap_event_store *store);
/* Ends the group and waits until it is durable. */
neap_status neap_event_store_seal(neap_event_store *store, neap_fault *fault);
/* Waits until event `seq` is durable, in the file or in the reserve. NEAP_IO: it never will be. Nothing to wait for in
 * memory. */
neap_status neap_event_store_wait(neap_event_store *store, uint64_t seq, neap_fault *fault);
uint64_t neap_event_store_durable(const neap_event_store *store); /* number of the last durable event; any thread */
/* `why` (may be NULL) is filled when the state is not WRITES. */
neap_journal_state neap_event_store_state(const neap_event_store *store, neap_fault *why);
/* The chain's head after the last sealed group, in hex; seal first for the head of everything. */
void neap_event_store_head(const neap_event_store *store, char out[NEAP_DIGEST_TEXT]);
uint64_t neap_event_store_count(const neap_event_store *store);
/* Walks what memory still holds, oldest first (explain without a store). The event is valid inside the call. Stops when
 * visit returns false. */
void neap_event_store_each(const neap_event_store *store, bool (*visit)(void *context, const neap_event *event),
                           void *context);
/* Seals and closes; the store is freed in any case. NULL is accepted. */
neap_status neap_event_store_close(neap_event_store *store, neap_fault *fault);

#endif
