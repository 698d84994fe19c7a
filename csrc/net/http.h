/* SPDX-License-Identifier: MIT */
/* http: requests to one server over kept HTTP/1.1 connections, many at once, on the caller's loop. It says of each what
 * an order needs to know: it was answered, it was never sent, or it may have arrived. TLS is always verified. One
 * thread; answers come from within neap_http_tick and the poller. */
#ifndef NEAP_NET_HTTP_H
#define NEAP_NET_HTTP_H

#include <stdint.h>

#include "base/poller.h"

typedef struct neap_http neap_http;
typedef struct neap_http_call neap_http_call; /* a request that is under way */

typedef struct neap_http_options {
  const char *base;        /* "https://api.coinbase.com", without a slash at its end; http only to loopback addresses */
  const char *authorities; /* a PEM file to trust instead of the system's; NULL: the system's */
  const char *user_agent;  /* NULL: none */
  const neap_poller *poller;
  int64_t (*now)(void); /* monotonic ns */
  int64_t connect_ns;   /* 0: 5 s */
  int64_t request_ns;   /* from asking to the last byte; 0: 15 s */
  size_t answer_bytes;  /* the most that an answer may have; 0: 32 MB */
  unsigned connections; /* at once; 0: 4. Requests beyond wait for one */
  bool numbers_answers; /* no two answers of the server are alike to the byte, headers and all: one that is the answer
                         * before it on its connection is not this request's: DOUBTFUL, "answer_twice" */
} neap_http_options;

typedef struct neap_http_request {
  const char *method, *path; /* path with its query, from '/' on */
  const char *authorization; /* value of the header; NULL: none */
  const char *const *lines;  /* further headers, "Name: value", NULL at the end; NULL: none */
  const char *body;          /* NULL: none; else application/json */
  size_t length;
  int64_t request_ns; /* from asking to the last byte; 0: as the options say */
} neap_http_request;

typedef enum neap_http_end {
  NEAP_HTTP_ANSWERED, /* whole */
  NEAP_HTTP_UNSENT,   /* no byte of the request left: it may be asked again */
  NEAP_HTTP_DOUBTFUL  /* some of it left, no whole answer came: it may have been done */
} neap_http_end;

/* Valid within the call that gets it. */
typedef struct neap_http_answer {
  neap_http_end end;
  int status;       /* of an answer */
  const char *body; /* ends with a 0 that is not counted */
  size_t length;
  int64_t retry_after; /* ns, as the server asked, a day at most; 0: it did not, or in no words that are known */
  int64_t date;        /* of the server's Date header, ns since 1970; 0: none */
  int64_t took;        /* ns from asking on */
  bool was_fresh;      /* on a new connection */
  char code[48];       /* of no answer: "resolve" "connect" "tls" "timeout" "reset" "too_large" … */
  char message[160];   /* and in words; never a header's */
} neap_http_answer;

typedef void neap_http_done(void *context, const neap_http_answer *answer);

/* NEAP_INVALID "bad_base"; NEAP_REFUSED "not_safe": http, and not to a loopback address; NEAP_MEMORY. */
neap_status neap_http_open(const neap_http_options *options, neap_http **out, neap_fault *fault);
/* What is under way ends first, unsent or doubtful, and is told. NULL is accepted. Not from within an answer. */
void neap_http_close(neap_http *http);

/* `done` is called once, not before this returns. *call (may be NULL) is good until then. NEAP_INVALID "bad_request",
 * NEAP_MEMORY: it is not called. */
neap_status neap_http_ask(neap_http *http, const neap_http_request *request, neap_http_done *done, void *context,
                          neap_http_call **call, neap_fault *fault);
/* Nobody wants the answer: `done` is not called. */
void neap_http_forget(neap_http_call *call);

/* When neap_http_tick is to be called at the latest, on the caller's clock; INT64_MAX: only when a file is ready. */
int64_t neap_http_next(const neap_http *http);
void neap_http_tick(neap_http *http);
size_t neap_http_under_way(const neap_http *http);

#endif
