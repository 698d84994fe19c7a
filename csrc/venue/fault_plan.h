/* SPDX-License-Identifier: MIT */
/* fault_plan: what shall go wrong at the exchange, to whom, how often and when. It only decides; the exchange acts.
 * The same seed and the same order of requests and frames give the same faults. */
#ifndef NEAP_VENUE_FAULT_PLAN_H
#define NEAP_VENUE_FAULT_PLAN_H

#include "base/buffer.h"

/* Where a fault strikes. */
typedef enum neap_fault_place {
  NEAP_BEFORE_CALL, /* a request came; it is not handled, or later */
  NEAP_AFTER_CALL,  /* it was handled, or refused: there is an answer */
  NEAP_AFTER_ORDER, /* it was handled and made an order */
  NEAP_AT_HANDSHAKE,
  NEAP_AT_MESSAGE, /* a client asks for a channel */
  NEAP_AT_FRAME,   /* ours */
  NEAP_AT_TIME     /* the venue itself, from `at` for as long as `for` says */
} neap_fault_place;

typedef enum neap_fault_kind {
  NEAP_FAULT_LATENCY,
  NEAP_FAULT_RATE_LIMITED,
  NEAP_FAULT_SERVER_ERROR,
  NEAP_FAULT_BAD_GATEWAY,
  NEAP_FAULT_UNAVAILABLE,
  NEAP_FAULT_GATEWAY_TIMEOUT,
  NEAP_FAULT_UNAUTHORIZED,
  NEAP_FAULT_FORBIDDEN,
  NEAP_FAULT_NOT_FOUND,
  NEAP_FAULT_REQUEST_LOST,
  NEAP_FAULT_REQUEST_HANGS,
  NEAP_FAULT_REQUEST_TWICE,
  NEAP_FAULT_ANSWER_LATE,
  NEAP_FAULT_ANSWER_NEVER,
  NEAP_FAULT_ANSWER_LOST,
  NEAP_FAULT_ANSWER_CLOSED,
  NEAP_FAULT_ANSWER_CUT,
  NEAP_FAULT_ANSWER_GARBLED,
  NEAP_FAULT_ANSWER_ERROR,
  NEAP_FAULT_ANSWER_TWICE,
  NEAP_FAULT_PARTIAL_THEN_CANCEL,
  NEAP_FAULT_VENUE_CANCEL,
  NEAP_FAULT_HANDSHAKE_REFUSED,
  NEAP_FAULT_SUBSCRIBE_REFUSED,
  NEAP_FAULT_SUBSCRIBE_IGNORED,
  NEAP_FAULT_SOCKET_RESET,
  NEAP_FAULT_SOCKET_FIN,
  NEAP_FAULT_SOCKET_CLOSE,
  NEAP_FAULT_SOCKET_RESET_WITH_DATA,
  NEAP_FAULT_SOCKET_SILENT,
  NEAP_FAULT_FRAME_LOST,
  NEAP_FAULT_FRAME_TWICE,
  NEAP_FAULT_FRAME_LATE,
  NEAP_FAULT_FRAME_CUT,
  NEAP_FAULT_FRAME_SWAPPED,
  NEAP_FAULT_FRAME_UNKNOWN,
  NEAP_FAULT_CANCEL_ONLY,
  NEAP_FAULT_LIMIT_ONLY,
  NEAP_FAULT_POST_ONLY,
  NEAP_FAULT_AUCTION,
  NEAP_FAULT_HALT,
  NEAP_FAULT_DELISTING,
  NEAP_FAULT_CLOCK_SKEW,
  NEAP_FAULT_KINDS
} neap_fault_kind;

typedef enum neap_fault_spread {
  NEAP_SPREAD_FIXED,
  NEAP_SPREAD_UNIFORM,
  NEAP_SPREAD_EXPONENTIAL,
  NEAP_SPREAD_PARETO
} neap_fault_spread;

enum { NEAP_FAULT_WORD = 64, NEAP_FAULT_TEXT = 320 };

typedef struct neap_planned_fault {
  uint32_t id;
  neap_fault_kind kind;
  uint32_t chance;      /* of a million */
  int64_t from, until;  /* ns of the exchange's clock; until INT64_MAX: without end */
  uint64_t after, most; /* passes over so many first; strikes so often, 0: without end */
  char method[12], path[NEAP_FAULT_WORD], channel[NEAP_FAULT_WORD], product[NEAP_FAULT_WORD]; /* "": any */
  int64_t time; /* ns: how late, how long, how far off; may be below zero for a skew */
  neap_fault_spread spread;
  uint32_t number; /* an HTTP status, a close code, bytes */
  uint64_t seen, struck;
  bool is_on, is_over;        /* AT_TIME: in force; never again */
  char text[NEAP_FAULT_TEXT]; /* as it was asked for */
} neap_planned_fault;

/* What a fault may strike: unused words are "". A product is looked for in `text`, `query` and `path`. */
typedef struct neap_fault_subject {
  const char *method, *path, *query, *channel;
  const char *text;
  size_t length;
} neap_fault_subject;

typedef struct neap_fault_plan neap_fault_plan;

neap_status neap_fault_plan_new(uint64_t seed, neap_fault_plan **out, neap_fault *fault); /* NEAP_MEMORY */
void neap_fault_plan_free(neap_fault_plan *plan);                                         /* NULL is accepted */

/* "KIND" or "KIND:name=value,…": p (0…1), at, for, after, count, method, path (a part of it), channel, product, time
 * (a duration), spread, number; a kind has those that mean something to it. Times count from `now`. NEAP_INVALID
 * "fault_kind", "fault_word" (both with the nearest), "fault_value", "too_many"; NEAP_MEMORY. */
neap_status neap_fault_plan_add(neap_fault_plan *plan, const char *text, int64_t now, uint32_t *id, neap_fault *fault);
/* One that is in force turns first. NEAP_NOT_FOUND "unknown_fault". */
neap_status neap_fault_plan_remove(neap_fault_plan *plan, uint32_t id, neap_fault *fault);
const neap_planned_fault *neap_fault_plan_get(const neap_fault_plan *plan, size_t index); /* by id; NULL: no more */
/* The same, before it is in a plan: what neap_fault_plan_add reads. */
neap_status neap_fault_read(const char *text, int64_t now, neap_planned_fault *out, neap_fault *fault);

/* The next fault that strikes here and now, from *cursor (0 at first) on; NULL: no more. It is counted. */
const neap_planned_fault *neap_fault_plan_strike(neap_fault_plan *plan, neap_fault_place place,
                                                 const neap_fault_subject *subject, int64_t now, size_t *cursor);
/* The next of those AT_TIME that begins or ends now: *begins says which. */
const neap_planned_fault *neap_fault_plan_turn(neap_fault_plan *plan, int64_t now, bool *begins);
int64_t neap_fault_plan_next(const neap_fault_plan *plan); /* when one AT_TIME turns; INT64_MAX: none does */
/* How long, drawn by its spread. */
int64_t neap_fault_plan_time(neap_fault_plan *plan, const neap_planned_fault *planned);

const char *neap_fault_kind_name(neap_fault_kind kind); /* "latency" … */
neap_fault_place neap_fault_kind_place(neap_fault_kind kind);
/* {"faults":[{id, fault, seen, struck}, …]}; "on" of those AT_TIME */
void neap_fault_plan_write(const neap_fault_plan *plan, neap_buffer *out);

#endif
