/* SPDX-License-Identifier: MIT */
/* client: the venue's REST API, signed, paced and told in one taxonomy. Each call gets a fresh token; what may be done
 * twice is tried again, an order never. One thread; answers come from within the poller and neap_coinbase_client_tick.
 */
#ifndef NEAP_BROKER_COINBASE_CLIENT_H
#define NEAP_BROKER_COINBASE_CLIENT_H

#include "base/inputs.h"
#include "net/http.h"
#include "net/signer.h"

typedef struct neap_coinbase_client neap_coinbase_client;

typedef struct neap_coinbase_client_options {
  const char *base;                       /* "https://api.coinbase.com", or a local exchange's "rest" */
  const char *authorities;                /* PEM file; NULL: the system's */
  neap_signer_key *key;                   /* the caller's, outlives the client; NULL: public endpoints only */
  const char *key_name;                   /* kid; NULL: the key's own */
  const char *legacy_key, *legacy_secret; /* HMAC instead of a token; both or none */
  const char *sign_host;                  /* host of the token's uri; NULL: that of base with its port */
  const neap_poller *poller;
  int64_t (*now)(void);               /* monotonic ns */
  int64_t (*wall)(void);              /* ns since 1970: the machine's idea of the time */
  unsigned private_rate, public_rate; /* requests a second; 0: 30 and 10 */
  unsigned tries;                     /* of what may be tried again; 0: 4 */
  uint64_t seed;                      /* of the jitter of retries */
  neap_inputs *inputs; /* what comes is noted, or played; both clocks stand while it is dealt with. NULL: none */
} neap_coinbase_client_options;

/* What a call may be repeated for. */
typedef enum neap_coinbase_repeat {
  NEAP_REPEAT_READ, /* a GET: after everything that may pass */
  NEAP_REPEAT_SAFE, /* a POST that does the same once or twice (batch_cancel, preview): the same */
  NEAP_REPEAT_ORDER /* create, edit, convert, move …: only when it surely was not done: UNSENT, 401, 429 */
} neap_coinbase_repeat;

typedef struct neap_coinbase_question {
  const char *method, *path; /* "/api/v3/brokerage/orders", without query */
  const char *query;         /* encoded, without "?"; NULL: none */
  const char *body;          /* NULL: none. A GET sends none */
  size_t length;
  bool is_public; /* needs no key; is signed where there is one */
  neap_coinbase_repeat repeat;
  bool is_urgent;   /* cancels, edits, exits: before what waits for its turn; ten seconds of a Retry-After at most */
  int64_t patience; /* ns for all tries together; 0: 20 s */
} neap_coinbase_question;

typedef enum neap_coinbase_outcome {
  NEAP_COINBASE_DONE,      /* 2xx */
  NEAP_COINBASE_REFUSED,   /* the venue said no: code, reason */
  NEAP_COINBASE_UNREACHED, /* surely not done: not sent, or every try was turned away (429, 401 …) */
  NEAP_COINBASE_IN_DOUBT   /* it may have been done: the answer was lost, cut, or a 5xx */
} neap_coinbase_outcome;

/* Valid within the call that gets it. Codes of the taxonomy: auth, permission, not_found, rate_limited,
 * invalid_request, venue_error (5xx), maintenance (503), unreachable, timeout, tls, clock_skew, bad_answer; and where
 * the venue names a reason that order_map knows, its code. `reason` is the venue's own word, `message` its sentence. */
typedef struct neap_coinbase_reply {
  neap_coinbase_outcome outcome;
  int status;       /* HTTP; 0: none */
  const char *body; /* ends with a 0; "" where the last try had no answer */
  size_t length;
  unsigned tries;
  int64_t took; /* ns, from the first try */
  char code[48], reason[96], message[160];
} neap_coinbase_reply;

typedef void neap_coinbase_done(void *context, const neap_coinbase_reply *reply);

/* As neap_http_open; NEAP_INVALID "legacy_key" (half of a pair, or beside a key). Texts are copied. */
neap_status neap_coinbase_client_open(const neap_coinbase_client_options *options, neap_coinbase_client **out,
                                      neap_fault *fault);
/* What is under way is told first. NULL is accepted. Not from within an answer. */
void neap_coinbase_client_close(neap_coinbase_client *client);

/* `done` is called once, not before this returns, unless it fails or is forgotten. `*id` (from 1 on) may be NULL.
 * NEAP_INVALID "bad_request", "no_key" (a private path without one), NEAP_STOPPED "closed", NEAP_MEMORY. */
neap_status neap_coinbase_ask(neap_coinbase_client *client, const neap_coinbase_question *question,
                              neap_coinbase_done *done, void *context, uint64_t *id, neap_fault *fault);
void neap_coinbase_forget(neap_coinbase_client *client, uint64_t id);  /* `done` is not called; it may have been sent */
int64_t neap_coinbase_client_next(const neap_coinbase_client *client); /* monotonic ns; INT64_MAX: only a file */
void neap_coinbase_client_tick(neap_coinbase_client *client);

/* The venue's clock against the machine's, from the Date of answers, and from /time where a token was refused: ns to
 * add to wall; 0 while unknown. Tokens are made with it. */
int64_t neap_coinbase_client_skew(const neap_coinbase_client *client, bool *known);
/* Appends a token for a subscribe message. NEAP_UNSUPPORTED "no_token": there is no key, or a legacy one. */
neap_status neap_coinbase_client_token(neap_coinbase_client *client, neap_buffer *out, neap_fault *fault);
/* When the venue last gave an answer of any kind but its own failure (5xx), monotonic ns; INT64_MIN: never. */
int64_t neap_coinbase_client_heard(const neap_coinbase_client *client);
/* How it stands with the key: private requests in a row that ended with 401, a fresh token each. 0: the latest was let
 * in, or none was asked. `code` and `message` are those of the latest refusal: auth, or clock_skew. */
typedef struct neap_coinbase_access {
  unsigned refused;
  char code[48], message[160];
} neap_coinbase_access;

const neap_coinbase_access *neap_coinbase_client_access(const neap_coinbase_client *client);
/* The end of the key's own id, which is no secret: "…89abcdef". "": there is no name. */
void neap_coinbase_client_key_words(const neap_coinbase_client *client, char out[16]);
size_t neap_coinbase_client_under_way(const neap_coinbase_client *client);

#endif
