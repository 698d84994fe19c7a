/* SPDX-License-Identifier: MIT */
/* transport: libcurl as REST and feed have it in common: one configuration of TLS, proxy and time limits, and one way
 * onto the caller's poller. Only files of net include it. */
#ifndef NEAP_NET_TRANSPORT_H
#define NEAP_NET_TRANSPORT_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/poller.h"

/* A multi handle that waits in the caller's poller. Does not move while it is in use. */
typedef struct neap_transport {
  CURLM *multi;
  const neap_poller *poller;
  int64_t (*now)(void);
  int64_t due;                    /* when tick is to be called; INT64_MAX: not */
  void (*stirred)(void *context); /* curl did something; the last of a call, so that it may end the transport */
  void *context;
} neap_transport;

/* Sets multi and due; the rest is the caller's. NEAP_MEMORY. */
neap_status neap_transport_init(neap_transport *transport);
void neap_transport_fini(neap_transport *transport); /* after its easy handles; one of zeros is accepted */
void neap_transport_tick(neap_transport *transport);

/* TLS is verified against `authorities` (a PEM file; NULL: the system's), the environment's proxy is for other hosts
 * than this one. `user_agent` may be NULL. Texts are copied. */
void neap_transport_set(CURL *easy, const char *authorities, const char *user_agent, int64_t connect_ns);
long neap_transport_ms(int64_t ns); /* for curl, to which 0 is no limit: 1 at least */
/* "localhost", "127.0.0.1" or "[::1]", with or without a port or a path behind it. */
bool neap_transport_is_loopback(const char *host);
/* "resolve" "connect" "timeout" "tls" "cut" "reset" "no_memory"; "transport" for all else. */
const char *neap_transport_code(CURLcode result);

#endif
