/* SPDX-License-Identifier: MIT */
/* server: its files, and the round that it goes. */
#include "net/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/server_parts.h"

enum { EVENTS = 64 };

static void fill_limits(neap_server_limits *limits) {
  if (!limits->header_bytes) limits->header_bytes = 16 * 1024;
  if (!limits->body_bytes) limits->body_bytes = 1024 * 1024;
  if (!limits->message_bytes) limits->message_bytes = 256 * 1024;
  if (!limits->queued_bytes) limits->queued_bytes = 32 * 1024 * 1024;
  if (!limits->connections) limits->connections = 256;
  if (!limits->idle_ns) limits->idle_ns = 60 * NEAP_SECOND;
  if (!limits->request_ns) limits->request_ns = 10 * NEAP_SECOND;
  if (!limits->write_ns) limits->write_ns = 20 * NEAP_SECOND;
}

static neap_server *new_server(const neap_server_options *options, const neap_server_handlers *handlers) {
  neap_server *server = calloc(1, sizeof *server);
  if (!server) return NULL;
  server->handlers = *handlers;
  server->limits = options->limits;
  fill_limits(&server->limits);
  server->own_clock = neap_clock_real();
  server->clock = options->clock ? options->clock : &server->own_clock;
  server->epoll = server->listener = server->waker = server->spare = -1;
  server->sweep_at = SERVER_NEVER;
  return server;
}

static bool watch(neap_server *server, int *fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = fd};
  return epoll_ctl(server->epoll, EPOLL_CTL_ADD, *fd, &event) == 0;
}

static neap_status open_files(neap_server *server, neap_fault *fault) {
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  server->waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (server->epoll >= 0 && server->waker >= 0 && watch(server, &server->waker) && watch(server, &server->listener))
    return NEAP_OK;
  return neap_fail(fault, NEAP_IO, "listen", "the server cannot wait for clients: %s", strerror(errno));
}

static void close_file(int fd) {
  if (fd >= 0) close(fd);
}

static void free_server(neap_server *server) {
  server_timers_fini(server);
  server_tls_fini(server);
  close_file(server->listener);
  close_file(server->waker);
  close_file(server->spare);
  close_file(server->epoll);
  free(server);
}

neap_status neap_server_open(const neap_server_options *options, const neap_server_handlers *handlers,
                             neap_server **out, neap_fault *fault) {
  neap_server *server = new_server(options, handlers);
  if (!server) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a server");
  neap_status status = server_tls_init(server, options, fault);
  if (status == NEAP_OK) status = server_listen(server, options->listen, fault);
  if (status == NEAP_OK) status = open_files(server, fault);
  if (status != NEAP_OK) return free_server(server), status;
  *out = server;
  return NEAP_OK;
}

/* Handlers may make further ones dirty, whose turn comes in the same round. */
static void settle_all(neap_server *server) {
  while (server->dirty) {
    server_connection *connection = server->dirty;
    server->dirty = connection->next_dirty;
    connection->dirty = false;
    server_connection_settle(connection);
  }
}

void neap_server_close(neap_server *server) {
  if (!server) return;
  for (server_connection *each = server->connections; each; each = each->next) {
    if (each->phase == SERVER_SOCKET) server_socket_leave(each);
    server_connection_die(each, NEAP_SERVER_FIN);
  }
  settle_all(server);
  free_server(server);
}

uint16_t neap_server_port(const neap_server *server) { return server->port; }

void neap_server_counts_get(const neap_server *server, neap_server_counts *out) { *out = server->counts; }

void neap_server_wake(neap_server *server) {
  const uint64_t one = 1;
  ssize_t done = write(server->waker, &one, sizeof one);
  (void)done; /* it fails only when as many wakes are due as it can count */
}

static void sweep(neap_server *server, int64_t now) {
  if (now < server->sweep_at) return;
  server->sweep_at = SERVER_NEVER;
  for (server_connection *each = server->connections; each; each = each->next) {
    if (each->deadline <= now) each->deadline = SERVER_NEVER, server_connection_expire(each);
    if (each->deadline < server->sweep_at) server->sweep_at = each->deadline;
  }
}

static void run_due(neap_server *server) {
  int64_t now = neap_clock_now(server->clock);
  server_timers_run(server, now);
  sweep(server, now);
  settle_all(server);
}

/* Rounded up, so that nothing is looked for before it is due. */
static int patience(neap_server *server, int most) {
  int64_t next = server_timers_next(server), now = neap_clock_now(server->clock);
  if (server->sweep_at < next) next = server->sweep_at;
  if (next == SERVER_NEVER) return most;
  int64_t left = next <= now ? 0 : (next - now - 1) / 1000000 + 1;
  if (left > INT32_MAX) left = INT32_MAX;
  return most < 0 || left < most ? (int)left : most;
}

static void ready(neap_server *server, const struct epoll_event *event) {
  uint64_t wakes;
  if (event->data.ptr == &server->listener)
    server_accept(server);
  else if (event->data.ptr == &server->waker) {
    while (read(server->waker, &wakes, sizeof wakes) > 0) continue;
  } else
    server_connection_ready(event->data.ptr, event->events);
}

neap_status neap_server_step(neap_server *server, int timeout_ms, neap_fault *fault) {
  struct epoll_event events[EVENTS];
  run_due(server);
  int count = epoll_wait(server->epoll, events, EVENTS, patience(server, timeout_ms));
  if (count < 0 && errno != EINTR)
    return neap_fail(fault, NEAP_IO, "poll", "the server cannot wait for clients: %s", strerror(errno));
  neap_clock_now(server->clock);
  for (int i = 0; i < count; i++) ready(server, &events[i]);
  settle_all(server);
  run_due(server);
  return NEAP_OK;
}
