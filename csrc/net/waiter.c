/* SPDX-License-Identifier: MIT */
/* waiter: epoll. A watch that is let go while events are served is freed behind them, for one of them may name it. */
#include "net/waiter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AT_ONCE = 16 };

struct neap_watch {
  neap_waiter *waiter;
  neap_watch *next;
  int fd;
  int wanted; /* 0: not with epoll, which tells an error of a file that nobody asked about, again and again */
  bool is_over;
  void (*ready)(void *context, int what);
  void *context;
};

struct neap_waiter {
  int file;
  bool is_serving;
  neap_watch *watches;
  neap_poller poller;
};

static neap_status say(const char *what, neap_fault *fault) {
  return neap_fail(fault, errno == ENOMEM ? NEAP_MEMORY : NEAP_IO, "waiter", "%s: %s", what, strerror(errno));
}

static neap_status want(neap_watch *watch, int wanted, neap_fault *fault) {
  int act = !wanted ? EPOLL_CTL_DEL : watch->wanted ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  struct epoll_event event = {.data.ptr = watch};
  if (wanted & NEAP_READABLE) event.events |= EPOLLIN | EPOLLRDHUP;
  if (wanted & NEAP_WRITABLE) event.events |= EPOLLOUT;
  if (wanted == watch->wanted) return NEAP_OK;
  if (epoll_ctl(watch->waiter->file, act, watch->fd, &event) != 0) return say("a file cannot be waited for", fault);
  watch->wanted = wanted;
  return NEAP_OK;
}

static void sweep(neap_waiter *waiter) {
  for (neap_watch **at = &waiter->watches; *at;) {
    neap_watch *watch = *at;
    if (watch->is_over) {
      *at = watch->next;
      free(watch);
    } else {
      at = &watch->next;
    }
  }
}

static void let_go(neap_watch *watch) {
  if (!watch || watch->is_over) return;
  want(watch, 0, NULL);
  watch->is_over = true;
  if (!watch->waiter->is_serving) sweep(watch->waiter);
}

static neap_status watch(void *self, int fd, int wanted, void (*ready)(void *context, int what), void *context,
                         neap_watch **out, neap_fault *fault) {
  neap_waiter *waiter = self;
  neap_watch *made = malloc(sizeof *made);
  *out = NULL;
  if (!made) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a file that is waited for");
  *made = (neap_watch){.waiter = waiter, .next = waiter->watches, .fd = fd, .ready = ready, .context = context};
  waiter->watches = made;
  neap_status status = want(made, wanted, fault);
  if (status == NEAP_OK)
    *out = made;
  else
    let_go(made);
  return status;
}

neap_status neap_waiter_open(neap_waiter **out, neap_fault *fault) {
  neap_waiter *waiter = calloc(1, sizeof *waiter);
  *out = NULL;
  if (!waiter) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory to wait for files");
  waiter->poller = (neap_poller){.self = waiter, .watch = watch, .want = want, .let_go = let_go};
  waiter->file = epoll_create1(EPOLL_CLOEXEC);
  if (waiter->file >= 0) return *out = waiter, NEAP_OK;
  free(waiter);
  return say("nothing can be waited for", fault);
}

void neap_waiter_close(neap_waiter *waiter) {
  if (!waiter) return;
  while (waiter->watches) let_go(waiter->watches);
  close(waiter->file);
  free(waiter);
}

const neap_poller *neap_waiter_poller(const neap_waiter *waiter) { return &waiter->poller; }
int neap_waiter_file(const neap_waiter *waiter) { return waiter->file; }

static void serve(const struct epoll_event *event) {
  neap_watch *watch = event->data.ptr;
  int what = event->events & EPOLLOUT ? NEAP_WRITABLE : 0;
  if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) what |= NEAP_READABLE;
  if (!watch->is_over && watch->wanted) watch->ready(watch->context, what);
}

void neap_waiter_turn(neap_waiter *waiter, int ms) {
  struct epoll_event events[AT_ONCE];
  int count = epoll_wait(waiter->file, events, AT_ONCE, ms);
  waiter->is_serving = true;
  for (int i = 0; i < count; i++) serve(&events[i]);
  waiter->is_serving = false;
  sweep(waiter);
}
