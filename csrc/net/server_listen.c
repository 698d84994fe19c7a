/* SPDX-License-Identifier: MIT */
/* server_listen: a listener on a loopback address and nowhere else, and who comes in. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server_parts.h"

enum { BACKLOG = 128, ACCEPT_MOST = 64, HOST_ROOM = 48 };

typedef union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} address;

static neap_status bad_address(const char *where, neap_fault *fault) {
  neap_fail(fault, NEAP_INVALID, "bad_address", "'%s' is not ADDRESS:PORT", where);
  neap_fault_set_nearest(fault, "127.0.0.1:0");
  return NEAP_INVALID;
}

/* The host without brackets, and the port; false: no such thing. */
static bool take_apart(const char *where, char host[HOST_ROOM], uint16_t *port) {
  const char *colon = strrchr(where, ':');
  size_t length = colon ? (size_t)(colon - where) : 0, digits = colon ? strspn(colon + 1, "0123456789") : 0;
  if (length == 0 || length >= HOST_ROOM || digits == 0 || digits > 5 || colon[1 + digits]) return false;
  long number = strtol(colon + 1, NULL, 10);
  bool brackets = where[0] == '[' && where[length - 1] == ']';
  snprintf(host, HOST_ROOM, "%.*s", (int)(brackets ? length - 2 : length), where + (brackets ? 1 : 0));
  *port = (uint16_t)number;
  return number <= UINT16_MAX && brackets == (strchr(host, ':') != NULL);
}

static bool fill(const char *host, uint16_t port, address *out, socklen_t *size) {
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET, out->v4.sin_port = htons(port), *size = sizeof out->v4;
    return true;
  }
  if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1) return false;
  out->v6.sin6_family = AF_INET6, out->v6.sin6_port = htons(port), *size = sizeof out->v6;
  return true;
}

static bool is_loopback(const address *at) {
  if (at->any.sa_family == AF_INET) return ntohl(at->v4.sin_addr.s_addr) >> 24 == 127;
  return IN6_IS_ADDR_LOOPBACK(&at->v6.sin6_addr);
}

static neap_status read_address(const char *where, address *out, socklen_t *size, neap_fault *fault) {
  char host[HOST_ROOM];
  uint16_t port;
  if (!where || !take_apart(where, host, &port)) return bad_address(where ? where : "", fault);
  if (!fill(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, out, size)) return bad_address(where, fault);
  if (is_loopback(out)) return NEAP_OK;
  neap_fail(fault, NEAP_REFUSED, "not_loopback", "%s is not an address of this machine alone", host);
  neap_fault_set_nearest(fault, "127.0.0.1");
  return NEAP_REFUSED;
}

static neap_status failed(const char *where, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "listen", "%s cannot be listened on: %s", where, strerror(errno));
  return NEAP_IO;
}

static uint16_t port_of(const address *at) {
  return ntohs(at->any.sa_family == AF_INET ? at->v4.sin_port : at->v6.sin6_port);
}

neap_status server_listen(neap_server *server, const char *where, neap_fault *fault) {
  const int on = 1;
  address at;
  socklen_t size;
  neap_status status = read_address(where, &at, &size, fault);
  if (status != NEAP_OK) return status;
  server->listener = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server->listener < 0) return failed(where, fault);
  setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server->listener, &at.any, size) != 0 || listen(server->listener, BACKLOG) != 0) return failed(where, fault);
  size = sizeof at;
  if (getsockname(server->listener, &at.any, &size) != 0) return failed(where, fault);
  server->port = port_of(&at);
  return NEAP_OK;
}

static void name_peer(const address *at, char out[SERVER_PEER_TEXT]) {
  char host[INET6_ADDRSTRLEN] = "?";
  bool v4 = at->any.sa_family == AF_INET;
  inet_ntop(at->any.sa_family, v4 ? (const void *)&at->v4.sin_addr : (const void *)&at->v6.sin6_addr, host,
            sizeof host);
  snprintf(out, SERVER_PEER_TEXT, v4 ? "%s:%u" : "[%s]:%u", host, port_of(at));
}

static void welcome(neap_server *server, int fd, const address *at) {
  const int on = 1;
  char peer[SERVER_PEER_TEXT];
  server->counts.accepted++;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  name_peer(at, peer);
  if (server->counts.connections >= server->limits.connections)
    server->counts.refused++, close(fd);
  else if (server_connection_new(server, fd, peer) != NEAP_OK)
    server->counts.refused++;
}

/* No files are left: one that was kept for this is given up for a moment, so that the client is not left waiting and
 * the listener does not stay ready forever. */
static void turn_away(neap_server *server) {
  if (server->spare < 0) return;
  close(server->spare);
  int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0) server->counts.refused++, close(fd);
  server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void server_accept(neap_server *server) {
  for (int i = 0; i < ACCEPT_MOST; i++) {
    address at;
    socklen_t size = sizeof at;
    int fd = accept4(server->listener, &at.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      welcome(server, fd, &at);
    else if (errno == EMFILE || errno == ENFILE)
      turn_away(server);
    else if (errno != ECONNABORTED && errno != EINTR)
      return;
  }
}
