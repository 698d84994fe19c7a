/* SPDX-License-Identifier: MIT */
/* webhook: JSON to one address, a few at once, for a thread that has no loop. Whether a post is tried again, and what
 * is in it, is the caller's affair. No fault and no result has the address' path or the authorization in it. */
#ifndef NEAP_NET_WEBHOOK_H
#define NEAP_NET_WEBHOOK_H

#include <stdint.h>

#include "base/fault.h"

typedef struct neap_webhook neap_webhook;

enum { NEAP_WEBHOOK_AT_ONCE = 4 };

typedef struct neap_webhook_options {
  const char *base;          /* "https://hooks.example.com"; http only to loopback addresses */
  const char *path;          /* "/services/…", with its query */
  const char *authorization; /* value of the header; NULL: none */
  const char *authorities;   /* a PEM file to trust instead of the system's; NULL: the system's */
  int64_t request_ns;        /* from posting to the last byte; 0: 5 s */
  int64_t (*now)(void);      /* monotonic ns */
} neap_webhook_options;

typedef struct neap_webhook_result {
  uint64_t id;
  int status;                  /* HTTP; 0: no whole answer came */
  int64_t retry_after;         /* ns, as the server asked; 0: it did not */
  char code[48], message[160]; /* of no answer, as net/http.h has them */
} neap_webhook_result;

/* As neap_http_open, and NEAP_IO "waiter". Strings are copied. */
neap_status neap_webhook_open(const neap_webhook_options *options, neap_webhook **out, neap_fault *fault);
void neap_webhook_close(neap_webhook *webhook); /* what is under way is forgotten; NULL is accepted */
/* NEAP_RANGE "busy": so many are under way or wait to be looked at; NEAP_INVALID, NEAP_MEMORY. */
neap_status neap_webhook_post(neap_webhook *webhook, uint64_t id, const char *body, size_t length, neap_fault *fault);
/* Goes on; where there is nothing to do, waits for it, at most `ms`. */
void neap_webhook_turn(neap_webhook *webhook, int ms);
bool neap_webhook_next(neap_webhook *webhook, neap_webhook_result *out); /* the oldest that ended; false: none */
/* Readable, or neap_webhook_due reached: neap_webhook_turn has something to do. */
int neap_webhook_file(const neap_webhook *webhook);
int64_t neap_webhook_due(const neap_webhook *webhook); /* of `now`; INT64_MAX: never */

#endif
