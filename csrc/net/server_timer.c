/* SPDX-License-Identifier: MIT */
/* server_timer: a heap by due time, then by the order of setting. */
#include <stdlib.h>

#include "net/server_parts.h"

struct neap_server_timer {
  neap_server *server;
  int64_t at;
  uint64_t number;
  size_t index;
  void (*due)(void *context);
  void *context;
};

static bool earlier(const neap_server_timer *a, const neap_server_timer *b) {
  return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void put(server_timers *timers, size_t index, neap_server_timer *timer) {
  timers->heap[index] = timer;
  timer->index = index;
}

static void rise(server_timers *timers, size_t index, neap_server_timer *timer) {
  for (; index && earlier(timer, timers->heap[(index - 1) / 2]); index = (index - 1) / 2)
    put(timers, index, timers->heap[(index - 1) / 2]);
  put(timers, index, timer);
}

static void sink(server_timers *timers, size_t index, neap_server_timer *timer) {
  for (size_t child; (child = 2 * index + 1) < timers->count; index = child) {
    if (child + 1 < timers->count && earlier(timers->heap[child + 1], timers->heap[child])) child++;
    if (!earlier(timers->heap[child], timer)) break;
    put(timers, index, timers->heap[child]);
  }
  put(timers, index, timer);
}

static bool make_room(server_timers *timers) {
  if (timers->count < timers->room) return true;
  size_t room = timers->room ? timers->room * 2 : 16;
  neap_server_timer **heap = realloc(timers->heap, room * sizeof(neap_server_timer *));
  if (!heap) return false;
  timers->heap = heap;
  timers->room = room;
  return true;
}

static int64_t due_at(neap_server *server, int64_t delay_ns) {
  int64_t now = neap_clock_now(server->clock);
  if (delay_ns < 0) return now;
  return delay_ns > SERVER_NEVER - now ? SERVER_NEVER : now + delay_ns;
}

neap_server_timer *neap_server_at(neap_server *server, int64_t delay_ns, void (*due)(void *context), void *context) {
  server_timers *timers = &server->timers;
  neap_server_timer *timer = make_room(timers) ? malloc(sizeof *timer) : NULL;
  if (!timer) return NULL;
  *timer = (neap_server_timer){.server = server, .at = due_at(server, delay_ns), .due = due, .context = context};
  timer->number = timers->set++;
  rise(timers, timers->count++, timer);
  return timer;
}

static void take_out(server_timers *timers, neap_server_timer *timer) {
  neap_server_timer *last = timers->heap[--timers->count];
  if (last == timer) return;
  sink(timers, timer->index, last);
  rise(timers, last->index, last);
}

void neap_server_cancel(neap_server_timer *timer) {
  if (!timer) return;
  take_out(&timer->server->timers, timer);
  free(timer);
}

/* Those that were set before this round: one that sets itself again for now waits for the next. */
void server_timers_run(neap_server *server, int64_t now) {
  server_timers *timers = &server->timers;
  uint64_t set = timers->set;
  while (timers->count && timers->heap[0]->at <= now && timers->heap[0]->number < set) {
    neap_server_timer timer = *timers->heap[0];
    neap_server_cancel(timers->heap[0]);
    timer.due(timer.context);
  }
}

int64_t server_timers_next(const neap_server *server) {
  return server->timers.count ? server->timers.heap[0]->at : SERVER_NEVER;
}

void server_timers_fini(neap_server *server) {
  while (server->timers.count) neap_server_cancel(server->timers.heap[0]);
  free(server->timers.heap);
}
