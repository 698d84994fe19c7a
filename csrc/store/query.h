/* SPDX-License-Identifier: MIT */
/* query: reads a store that is closed or being written, and the reserve beside it: events, verify. */
#ifndef NEAP_STORE_QUERY_H
#define NEAP_STORE_QUERY_H

#include "store/event_store.h"

typedef struct neap_query neap_query;

typedef struct neap_event_row { /* valid until the next step */
  uint64_t seq, cause_seq;
  int64_t ts_ns;
  unsigned version;
  const char *type, *run, *product, *client_order_id, *body; /* body: JSON */
  const void *record;                                        /* base/record bytes */
  size_t record_size;
} neap_event_row;

typedef struct neap_event_filter { /* NULL or 0: any */
  const char *type, *product, *client_order_id;
  uint64_t since_seq, until_seq, cause_seq; /* until: that event too */
  int64_t since_ns, until_ns;               /* until: not that moment itself */
  uint64_t limit;
  bool newest_first;
} neap_event_filter;

/* Read-only. NEAP_NOT_FOUND, NEAP_CORRUPT ("not_a_store": not SQLite, or SQLite of something else), NEAP_UNSUPPORTED
 * (written by a newer program), NEAP_IO ("locked": another program holds all of it). */
neap_status neap_query_open(const char *path, neap_query **out, neap_fault *fault);
void neap_query_close(neap_query *query);
neap_status neap_query_events(neap_query *query, const neap_event_filter *filter, neap_fault *fault);
uint64_t neap_query_reserve(const neap_query *query); /* events that lay in the reserve when it was opened */
neap_status neap_query_next(neap_query *query, neap_event_row *out, neap_fault *fault); /* NEAP_END after the last */
/* The number of the last event that is not later than `ns`, in a time that grows with the logarithm of the store;
 * NEAP_NOT_FOUND "before_all": there is none. A time of events that goes back may hide those before. */
neap_status neap_query_seq_at(neap_query *query, int64_t ns, uint64_t *seq, neap_fault *fault);

typedef struct neap_verify_report {
  uint64_t events, groups;
  uint64_t first_seq;          /* over 1: the store was trimmed, and begins with that snapshot */
  uint64_t open;               /* events behind the last ended group */
  uint64_t reserve;            /* events that lie in the reserve beside the store; part of `events` */
  char head[NEAP_DIGEST_TEXT]; /* after the last ended group */
  char tail[NEAP_DIGEST_TEXT]; /* of that head and the events behind it (neap_chain_tail) */
  uint64_t bad_seq,
      bad_last; /* the event that is wrong, or the first and last among which it is: a hash covers a group; 0: none */
} neap_verify_report;

/* Walks the chain: missing, inserted, changed (any column, the JSON body too, which is rendered again), reordered rows;
 * also SQLite's own integrity check. `head` (may be NULL): the head that the caller remembers: finds a cut tail or a
 * rewritten chain. NEAP_OK, or NEAP_CORRUPT that says which event and what. */
neap_status neap_store_verify(const char *path, const char *head, neap_verify_report *out, neap_fault *fault);

#endif
