/* SPDX-License-Identifier: MIT */
/* loop: libuv behind our own words; no other file knows it. */
#include "session/loop.h"

#include <stdlib.h>
#include <uv.h>

enum { LOOP_SIGNALS = 4 };

typedef struct loop_signal {
  uv_signal_t handle;
  int number; /* 0: free */
  unsigned heard;
} loop_signal;

struct neap_watch {
  uv_poll_t handle;
  void (*ready)(void *context, int what);
  void *context;
};

struct neap_loop {
  uv_loop_t uv;
  uv_timer_t timer;
  loop_signal signal[LOOP_SIGNALS];
  neap_poller poller;
};

static neap_status say(int code, const char *what, neap_fault *fault) {
  neap_status status = code == UV_ENOMEM ? NEAP_MEMORY : NEAP_IO;
  return neap_fail(fault, status, "loop", "%s: %s", what, uv_strerror(code));
}

int64_t neap_loop_now(void) { return (int64_t)uv_hrtime(); }

static void on_ready(uv_poll_t *handle, int status, int events) {
  neap_watch *watch = handle->data;
  int what = (events & UV_WRITABLE) ? NEAP_WRITABLE : 0;
  if (status < 0 || (events & (UV_READABLE | UV_DISCONNECT))) what |= NEAP_READABLE;
  watch->ready(watch->context, what);
}

static neap_status want(neap_watch *watch, int wanted, neap_fault *fault) {
  int events = (wanted & NEAP_READABLE ? UV_READABLE : 0) | (wanted & NEAP_WRITABLE ? UV_WRITABLE : 0);
  int code = events ? uv_poll_start(&watch->handle, events, on_ready) : uv_poll_stop(&watch->handle);
  return code == 0 ? NEAP_OK : say(code, "a file cannot be waited for", fault);
}

static void free_watch(uv_handle_t *handle) { free(handle->data); }

static void let_go(neap_watch *watch) {
  if (watch && !uv_is_closing((uv_handle_t *)&watch->handle)) uv_close((uv_handle_t *)&watch->handle, free_watch);
}

static neap_status watch(void *self, int fd, int wanted, void (*ready)(void *context, int what), void *context,
                         neap_watch **out, neap_fault *fault) {
  neap_loop *loop = self;
  neap_watch *made = calloc(1, sizeof *made);
  *out = NULL;
  if (!made) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a file that is waited for");
  made->ready = ready;
  made->context = context;
  int code = uv_poll_init(&loop->uv, &made->handle, fd);
  if (code != 0) return free(made), say(code, "a file cannot be waited for", fault);
  made->handle.data = made;
  neap_status status = want(made, wanted, fault);
  if (status != NEAP_OK) return let_go(made), status;
  *out = made;
  return NEAP_OK;
}

neap_status neap_loop_open(neap_loop **out, neap_fault *fault) {
  *out = NULL;
  neap_loop *loop = calloc(1, sizeof *loop);
  if (!loop) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a loop");
  int code = uv_loop_init(&loop->uv);
  if (code != 0) return free(loop), say(code, "no event loop", fault);
  uv_timer_init(&loop->uv, &loop->timer);
  loop->poller = (neap_poller){.self = loop, .watch = watch, .want = want, .let_go = let_go};
  *out = loop;
  return NEAP_OK;
}

static void close_any(uv_handle_t *handle, void *context) {
  (void)context;
  if (!uv_is_closing(handle)) uv_close(handle, handle->type == UV_POLL ? free_watch : NULL);
}

void neap_loop_close(neap_loop *loop) {
  if (!loop) return;
  uv_walk(&loop->uv, close_any, NULL);
  uv_run(&loop->uv, UV_RUN_DEFAULT);
  uv_loop_close(&loop->uv);
  free(loop);
}

const neap_poller *neap_loop_poller(const neap_loop *loop) { return &loop->poller; }

static loop_signal *find_signal(neap_loop *loop, int number) {
  for (int i = 0; i < LOOP_SIGNALS; i++)
    if (loop->signal[i].number == number) return &loop->signal[i];
  return NULL;
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  ((loop_signal *)handle->data)->heard++;
}

neap_status neap_loop_hear(neap_loop *loop, int number, neap_fault *fault) {
  loop_signal *signal = find_signal(loop, number);
  bool is_new = !signal;
  if (is_new && (signal = find_signal(loop, 0)) == NULL)
    return neap_fail(fault, NEAP_INVALID, "signals", "a loop hears at most %d signals", LOOP_SIGNALS);
  int code = is_new ? uv_signal_init(&loop->uv, &signal->handle) : 0;
  if (code != 0) return say(code, "signals cannot be heard", fault);
  signal->handle.data = signal;
  signal->number = number;
  code = uv_signal_start(&signal->handle, on_signal, number);
  return code == 0 ? NEAP_OK : say(code, "a signal cannot be heard", fault);
}

void neap_loop_ignore(neap_loop *loop, int number) {
  loop_signal *signal = number ? find_signal(loop, number) : NULL;
  if (signal) uv_signal_stop(&signal->handle);
}

unsigned neap_loop_heard(neap_loop *loop, int number) {
  loop_signal *signal = number ? find_signal(loop, number) : NULL;
  unsigned heard = signal ? signal->heard : 0;
  if (signal) signal->heard = 0;
  return heard;
}

static void on_timer(uv_timer_t *timer) { (void)timer; }

/* Rounded up, so that the moment has come when the timer strikes. */
static uint64_t milliseconds(int64_t span) { return (uint64_t)(span / 1000000 + (span % 1000000 != 0)); }

/* The timer repeats: when this thread does not run for so long that it strikes before files are waited for, they are
 * waited for until it strikes again, not for ever. */
void neap_loop_turn(neap_loop *loop, int64_t wake) {
  int64_t now = neap_loop_now();
  if (wake <= now) {
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    return;
  }
  uv_update_time(&loop->uv);
  uv_timer_start(&loop->timer, on_timer, milliseconds(wake - now), 1);
  uv_run(&loop->uv, UV_RUN_ONCE);
  uv_timer_stop(&loop->timer);
}
