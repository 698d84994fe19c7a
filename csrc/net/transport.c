/* SPDX-License-Identifier: MIT */
/* transport: what curl wishes of the poller, and what we wish of curl. */
#include "net/transport.h"

#include <stdlib.h>
#include <string.h>

enum { MS = 1000000 };

/* --- curl's wishes ------------------------------------------------------------------------------------------------ */

/* A socket of curl's, watched. */
typedef struct socket_watch {
  neap_transport *transport;
  neap_watch *watch;
  curl_socket_t file;
} socket_watch;

static void act(neap_transport *transport, curl_socket_t file, int what) {
  int running;
  curl_multi_socket_action(transport->multi, file, what, &running);
  transport->stirred(transport->context);
}

static void on_ready(void *context, int what) {
  socket_watch *watched = context;
  int action = (what & NEAP_READABLE ? CURL_CSELECT_IN : 0) | (what & NEAP_WRITABLE ? CURL_CSELECT_OUT : 0);
  act(watched->transport, watched->file, action);
}

static void stop_watching(neap_transport *transport, socket_watch *watched) {
  if (!watched) return;
  transport->poller->let_go(watched->watch);
  free(watched);
}

static int watch(neap_transport *transport, curl_socket_t file, int wanted) {
  socket_watch *made = calloc(1, sizeof *made);
  if (!made) return -1;
  *made = (socket_watch){.transport = transport, .file = file};
  if (transport->poller->watch(transport->poller->self, file, wanted, on_ready, made, &made->watch, NULL) != NEAP_OK) {
    free(made);
    return -1;
  }
  curl_multi_assign(transport->multi, file, made);
  return 0;
}

static int on_socket(CURL *easy, curl_socket_t file, int what, void *self, void *held) {
  neap_transport *transport = self;
  socket_watch *watched = held;
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    stop_watching(transport, watched);
    curl_multi_assign(transport->multi, file, NULL);
    return 0;
  }
  int wanted = (what & CURL_POLL_IN ? NEAP_READABLE : 0) | (what & CURL_POLL_OUT ? NEAP_WRITABLE : 0);
  if (!watched) return watch(transport, file, wanted);
  return transport->poller->want(watched->watch, wanted, NULL) == NEAP_OK ? 0 : -1;
}

static int on_timer(CURLM *multi, long ms, void *self) {
  neap_transport *transport = self;
  (void)multi;
  transport->due = ms < 0 ? INT64_MAX : transport->now() + (int64_t)ms * MS;
  return 0;
}

neap_status neap_transport_init(neap_transport *transport) {
  transport->due = INT64_MAX;
  transport->multi = curl_multi_init();
  if (!transport->multi) return NEAP_MEMORY;
  curl_multi_setopt(transport->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(transport->multi, CURLMOPT_SOCKETDATA, transport);
  curl_multi_setopt(transport->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(transport->multi, CURLMOPT_TIMERDATA, transport);
  return NEAP_OK;
}

void neap_transport_fini(neap_transport *transport) {
  if (transport->multi) curl_multi_cleanup(transport->multi);
  transport->multi = NULL;
  transport->due = INT64_MAX;
}

void neap_transport_tick(neap_transport *transport) {
  if (transport->now() < transport->due) return;
  transport->due = INT64_MAX;
  act(transport, CURL_SOCKET_TIMEOUT, 0);
}

/* --- ours --------------------------------------------------------------------------------------------------------- */

bool neap_transport_is_loopback(const char *host) {
  static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    size_t length = strlen(hosts[i]);
    if (!strncmp(host, hosts[i], length) && (!host[length] || host[length] == ':' || host[length] == '/')) return true;
  }
  return false;
}

long neap_transport_ms(int64_t ns) { return ns <= MS ? 1 : (long)(ns / MS); }

/* The file of authorities is read for each connection: one that was replaced while a session ran counts. */
static void set_authorities(CURL *easy, const char *authorities) {
  curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0 began to keep it */
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
}

/* Quick exit: a connection that is given up does not wait for the thread that asks for its host's address, which may
 * take as long as the resolver likes; the thread cleans up after itself. */
void neap_transport_set(CURL *easy, const char *authorities, const char *user_agent, int64_t connect_ns) {
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, neap_transport_ms(connect_ns));
  if (authorities) set_authorities(easy, authorities);
  if (user_agent) curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
}

const char *neap_transport_code(CURLcode result) {
  switch (result) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return "resolve";
  case CURLE_COULDNT_CONNECT:
    return "connect";
  case CURLE_OPERATION_TIMEDOUT:
    return "timeout";
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    return "tls";
  case CURLE_PARTIAL_FILE:
    return "cut";
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
    return "reset";
  case CURLE_OUT_OF_MEMORY:
    return "no_memory";
  default:
    return "transport";
  }
}
