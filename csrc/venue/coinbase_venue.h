/* SPDX-License-Identifier: MIT */
/* coinbase_venue: a Coinbase Advanced Trade of our own, without its sockets: told requests, messages and the time, it
 * answers as the venue does. It is exact and deterministic: the same options, keys, requests and times give the same
 * answers and frames, byte for byte, however the time between them was cut. Times are UTC nanoseconds. */
#ifndef NEAP_VENUE_COINBASE_VENUE_H
#define NEAP_VENUE_COINBASE_VENUE_H

#include "base/buffer.h"
#include "base/decimal.h"
#include "match/order_book.h"

enum { NEAP_VENUE_ID = 37, NEAP_VENUE_CURRENCY = 20, NEAP_VENUE_TOKEN_OF = 160 };

typedef struct neap_venue neap_venue;

/* Whose key signed a token that came in a WebSocket message (REST requests come with their key): handed in, so that the
 * venue knows no cryptography. NEAP_REFUSED: nobody's. */
typedef struct neap_venue_gate {
  neap_status (*check)(void *self, const char *token, size_t length, int64_t now, uint32_t *key, neap_fault *fault);
  void *self;
} neap_venue_gate;

typedef struct neap_venue_options {
  uint64_t seed;        /* of ids, and of what a market draws */
  int64_t start;        /* the time at which it opens */
  const char *products; /* a products answer of the venue; NULL: a small list of our own */
  size_t products_length;
  neap_self_trade self_trade; /* what happens where an order meets one of its own user */
  bool refuses_reused_ids;    /* of client_order_id; false: answers with the order that has it */
  bool names_client;          /* "client_id" in frames, as the SDK's typed reader wants it */
  neap_decimal price_band;    /* a limit price further from the last than this share is refused; zero: none is */
  int64_t visible_after;      /* ns for which a new order is not found by GET; 0: at once */
  int64_t cancel_after;       /* ns for which a cancel is queued and the order may still fill; 0: at once */
  neap_venue_gate gate;       /* check NULL: no token is good */
} neap_venue_options;

neap_venue_options neap_venue_default_options(void);
/* NEAP_INVALID: what neap_products_parse refuses. NEAP_MEMORY. */
neap_status neap_venue_new(const neap_venue_options *options, neap_venue **out, neap_fault *fault);
void neap_venue_free(neap_venue *venue);

/* Lets everything happen that is due until `now`, in its order. An earlier time changes nothing. */
void neap_venue_advance(neap_venue *venue, int64_t now);
/* As advance, but for the markets, which rest until then: the venue was away. */
void neap_venue_skip(neap_venue *venue, int64_t now);
int64_t neap_venue_now(const neap_venue *venue);
int64_t neap_venue_next(const neap_venue *venue); /* when something is due; INT64_MAX: nothing is */

/* A user with one portfolio "Default" and a key that is bound to it. */
enum neap_venue_permission { NEAP_MAY_VIEW = 1 << 0, NEAP_MAY_TRADE = 1 << 1, NEAP_MAY_TRANSFER = 1 << 2 };
typedef struct neap_venue_key_options {
  const char *name; /* the key's, as tokens name it */
  unsigned permissions;
  uint32_t beside; /* a key of the same user and portfolio; 0: a new user */
} neap_venue_key_options;
/* Numbers keys from 1. NEAP_EXISTS "duplicate_key", NEAP_NOT_FOUND "unknown_key" (beside). */
neap_status neap_venue_add_key(neap_venue *venue, const neap_venue_key_options *options, uint32_t *key,
                               neap_fault *fault);
uint32_t neap_venue_key_named(const neap_venue *venue, const char *name); /* 0: there is none */
/* Gives money to the portfolio of a key (or takes it: a negative amount). NEAP_NOT_FOUND, NEAP_REFUSED
 * "not_enough". */
neap_status neap_venue_deposit(neap_venue *venue, uint32_t key, const char *currency, neap_decimal amount,
                               neap_fault *fault);

/* Requests. */
typedef struct neap_venue_request {
  const char *method, *path; /* "GET", "/api/v3/brokerage/accounts" */
  const char *query;         /* what stands behind '?', as it came; "" */
  const char *body;
  size_t length;
  uint32_t key; /* who signed it; 0: nobody */
  int64_t now;  /* the venue advances to it first */
} neap_venue_request;

typedef struct neap_venue_answer {
  int status;               /* HTTP's */
  const char *content_type; /* static */
  neap_buffer body;
} neap_venue_answer;

void neap_venue_answer_init(neap_venue_answer *answer);
void neap_venue_answer_fini(neap_venue_answer *answer);
/* Whether a path asks for a key: then a request without one is answered with 401. */
bool neap_venue_is_signed(const char *method, const char *path);
/* Whether the key may ask for that at all: else the answer is 401 or 403, and nothing changes. */
bool neap_venue_allows(const neap_venue *venue, const char *method, const char *path, uint32_t key);
/* Whether it may change the venue: what a log of it must hold. */
bool neap_venue_is_change(const char *method, const char *path);
/* Always fills `answer` (which it clears first): refusals, unknown routes and want of memory (500) too. */
void neap_venue_request_do(neap_venue *venue, const neap_venue_request *request, neap_venue_answer *answer);

/* Streams: one per WebSocket connection, whose rules are its keeper's. `send` may not call the venue; the text is its
 * for the call. */
typedef struct neap_venue_stream neap_venue_stream;
typedef struct neap_venue_sink {
  void (*send)(void *self, const char *text, size_t length);
  void *self;
} neap_venue_sink;
neap_status neap_venue_stream_open(neap_venue *venue, const neap_venue_sink *sink, int64_t now, neap_venue_stream **out,
                                   neap_fault *fault);
void neap_venue_stream_message(neap_venue_stream *stream, const char *text, size_t length, int64_t now);
bool neap_venue_stream_has_subscribed(const neap_venue_stream *stream); /* once is enough */
bool neap_venue_stream_is_known(const neap_venue_stream *stream);       /* a message came with a good token */
void neap_venue_stream_free(neap_venue_stream *stream); /* NULL is accepted; what is left goes with the venue */

/* What no client can do: for faults, schedules and tests. */
/* Flags of csrc/market/product.h: cancel-only, post-only, auction, disabled …; leaving an auction matches what crossed.
 * `delisted` sets status "delisted" and cancels what rests. NEAP_NOT_FOUND "unknown_product" (nearest). */
neap_status neap_venue_set_product(neap_venue *venue, const char *product, uint32_t flags, bool delisted,
                                   neap_fault *fault);
/* Cancels an open order as the venue would, with this cancel_message. NEAP_NOT_FOUND. */
neap_status neap_venue_end_order(neap_venue *venue, const char *order_id, const char *message, neap_fault *fault);

/* What was deposited is what all hold, in each currency; no book is crossed; holds are what open orders hold.
 * NEAP_BROKEN names what is not. Walks everything. */
neap_status neap_venue_check(const neap_venue *venue, neap_fault *fault);

#endif
