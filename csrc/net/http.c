/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/http_parts.h"

enum { CONNECT_S = 5, REQUEST_S = 15, ANSWER_MB = 32, CONNECTIONS = 4 };

static void finish_all(void *self) {
  neap_http *http = self;
  int left;
  CURLMsg *told;
  while ((told = curl_multi_info_read(http->transport.multi, &left))) {
    neap_http_call *call = NULL;
    if (told->msg != CURLMSG_DONE) continue;
    CURLcode result = told->data.result;
    curl_easy_getinfo(told->easy_handle, CURLINFO_PRIVATE, &call);
    neap_http_finish(call, result);
  }
}

static neap_status check_base(const char *base, neap_fault *fault) {
  static const char safe[] = "https://", plain[] = "http://";
  bool is_safe = !strncmp(base, safe, sizeof safe - 1), is_plain = !strncmp(base, plain, sizeof plain - 1);
  const char *host = base + (is_safe ? sizeof safe : sizeof plain) - 1;
  if ((!is_safe && !is_plain) || !*host || strpbrk(host, "/?#@ \r\n") || strlen(base) >= NEAP_HTTP_BASE)
    return neap_fail(fault, NEAP_INVALID, "bad_base", "'%.80s' is not https://HOST or https://HOST:PORT", base);
  if (is_plain && !neap_transport_is_loopback(host))
    return neap_fail(fault, NEAP_REFUSED, "not_safe", "only a loopback address is asked without TLS, not %.80s", host);
  return NEAP_OK;
}

static char *copy_of(const char *text, bool *failed) {
  char *copy = text ? strdup(text) : NULL;
  *failed |= text && !copy;
  return copy;
}

static void set_defaults(neap_http_options *options) {
  if (!options->connect_ns) options->connect_ns = CONNECT_S * NEAP_SECOND;
  if (!options->request_ns) options->request_ns = REQUEST_S * NEAP_SECOND;
  if (!options->answer_bytes) options->answer_bytes = (size_t)ANSWER_MB << 20;
  if (!options->connections) options->connections = CONNECTIONS;
}

neap_status neap_http_open(const neap_http_options *options, neap_http **out, neap_fault *fault) {
  bool failed = false;
  neap_status status = check_base(options->base, fault);
  if (status != NEAP_OK) return status;
  neap_http *http = calloc(1, sizeof *http);
  if (!http) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a connection");
  http->options = *options;
  set_defaults(&http->options);
  strcpy(http->base, options->base);
  http->authorities = copy_of(options->authorities, &failed);
  http->user_agent = copy_of(options->user_agent, &failed);
  http->transport = (neap_transport){.poller = options->poller, .now = options->now};
  http->transport.stirred = finish_all, http->transport.context = http;
  if (failed || neap_transport_init(&http->transport) != NEAP_OK) {
    neap_http_close(http);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a connection");
  }
  curl_multi_setopt(http->transport.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)http->options.connections);
  *out = http;
  return NEAP_OK;
}

void neap_http_close(neap_http *http) {
  if (!http) return;
  while (http->calls) neap_http_finish(http->calls, CURLE_ABORTED_BY_CALLBACK);
  neap_transport_fini(&http->transport);
  free(http->authorities);
  free(http->user_agent);
  free(http);
}

int64_t neap_http_next(const neap_http *http) { return http->transport.due; }

void neap_http_tick(neap_http *http) { neap_transport_tick(&http->transport); }
size_t neap_http_under_way(const neap_http *http) { return http->count; }
