/* SPDX-License-Identifier: MIT */
/* http_parts: what the parts of the HTTP client share among themselves; nobody else includes it. */
#ifndef NEAP_NET_HTTP_PARTS_H
#define NEAP_NET_HTTP_PARTS_H

#include "base/buffer.h"
#include "net/http.h"
#include "net/transport.h"

enum { NEAP_HTTP_BASE = 256, NEAP_HTTP_PORTS = 16 };

/* What an answer was, as hashes of its bytes. */
typedef struct neap_http_trace {
  long port; /* of our end of its connection; 0: none */
  uint64_t head, body;
} neap_http_trace;

struct neap_http_call {
  neap_http *http;
  neap_http_call *next, *previous;
  CURL *easy;
  struct curl_slist *lines;
  neap_buffer url, request, answer;
  neap_http_done *done; /* NULL: forgotten */
  void *context;
  int64_t began;
  size_t given; /* of the body, to curl */
  bool is_too_large;
  bool may_be_twice; /* its head is that of the answer before it on its connection, Date and all */
  neap_http_trace trace;
  char words[CURL_ERROR_SIZE];
};

struct neap_http {
  neap_http_options options;
  char base[NEAP_HTTP_BASE];
  char *authorities, *user_agent;
  neap_transport transport;
  neap_http_call *calls; /* under way */
  size_t count;
  neap_http_trace last[NEAP_HTTP_PORTS]; /* the last answer of each connection */
  size_t last_at;
};

/* Takes a request out and tells its end. */
void neap_http_finish(neap_http_call *call, CURLcode result);

#endif
