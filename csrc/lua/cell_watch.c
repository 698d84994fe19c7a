/* SPDX-License-Identifier: MIT */
/* cell_watch: the time limit. One periodic timer on the thread's CPU time per cell, never armed per call; its tick
 * compares call numbers and sets a hook only on a call that is over its limit.
 * A guest that its host does not let run is charged the lost time as CPU time, all at once: one late tick. So a call is
 * over its limit only at its third tick, and no tick counts for more than TICK_WORTH. */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "lua/cell_parts.h"

#define TICK (2 * 1000 * 1000)        /* ns; the kernel rounds up to its own tick, 10 ms at most */
#define TICK_WORTH (10 * 1000 * 1000) /* ns */

static int64_t thread_time(void) {
  struct timespec at;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return at.tv_sec * NEAP_SECOND + at.tv_nsec;
}

static const char *stop_text(const neap_cell *cell, char out[96]) {
  char limit[NEAP_TIME_TEXT];
  if (cell->watch.stop == NEAP_CELL_MEMORY) {
    snprintf(out, 96, "stopped: over the memory limit of %zu MiB", cell->limit >> 20);
  } else {
    neap_duration_format(cell->watch.limit, limit);
    snprintf(out, 96, "stopped: over the time limit of %s of CPU time in one call", limit);
  }
  return out;
}

int neap_cell_raise_stop(lua_State *L) {
  char text[96];
  stop_text(neap_cell_of(L), text);
  return luaL_error(L, "%s", text);
}

void neap_cell_poll(lua_State *L) { neap_cell_check_stop(L); }

/* A coroutine may still carry the hook of an earlier stop: then it is taken off. */
static void hooked(lua_State *L, lua_Debug *at) {
  char text[96];
  neap_cell *cell = neap_cell_of(L);
  if (cell->watch.stop == NEAP_CELL_RUNS) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  lua_getinfo(L, "Sl", at);
  luaL_error(L, "%s:%d: %s", at->short_src, at->currentline, stop_text(cell, text));
}

/* Only the count hook: it does not fire for the C function that makes the traceback. */
void neap_cell_arm(lua_State *L) { lua_sethook(L, hooked, LUA_MASKCOUNT, 1); }

bool neap_cell_is_armed(lua_State *L) { return lua_gethook(L) == hooked; }

static void tick(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  if (info->si_code != SI_TIMER) return;
  neap_cell *cell = info->si_value.sival_ptr;
  neap_cell_watch *watch = &cell->watch;
  if (watch->call == 0 || watch->limit == 0) return;
  int saved = errno;
  int64_t now = thread_time(), passed = now - watch->seen_at;
  watch->seen_at = now;
  if (watch->seen != watch->call) {
    watch->seen = watch->call;
    watch->ticks = 0, watch->spent = 0;
    errno = saved;
    return;
  }
  watch->spent += passed < TICK_WORTH ? passed : TICK_WORTH;
  if (++watch->ticks >= 2 && watch->spent >= watch->limit) {
    if (watch->stop == NEAP_CELL_RUNS) watch->stop = NEAP_CELL_TIME;
    /* Arming walks all frames: again at each tick it would leave a deep stack no time. */
    if (!neap_cell_is_armed(watch->current)) neap_cell_arm(watch->current);
  }
  errno = saved;
}

/* The first real-time signal that is ours or nobody's; 0 when there is none. */
static int claim_signal(void) {
  struct sigaction old, ours = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&ours.sa_mask);
  for (int number = SIGRTMIN + 8; number <= SIGRTMAX; number++) {
    if (sigaction(number, NULL, &old) != 0) continue;
    if ((old.sa_flags & SA_SIGINFO) && old.sa_sigaction == tick) return number;
    bool nobody = !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL;
    if (nobody && sigaction(number, &ours, NULL) == 0) return number;
  }
  return 0;
}

static void unblock(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static bool make_timer(neap_cell *cell, int number) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number, .sigev_value.sival_ptr = cell};
  struct itimerspec period = {{0, TICK}, {0, TICK}};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &cell->watch.timer) != 0) return false;
  cell->watch.running = true;
  return timer_settime(cell->watch.timer, 0, &period, NULL) == 0;
}

neap_status neap_cell_watch_follow(neap_cell *cell, neap_fault *fault) {
  neap_cell_watch *watch = &cell->watch;
  if (watch->running && pthread_equal(watch->thread, pthread_self())) return NEAP_OK;
  neap_cell_watch_end(cell);
  int number = claim_signal();
  if (number == 0) return neap_fail(fault, NEAP_IO, "no_timer", "no free real-time signal for the time limit");
  unblock(number);
  watch->thread = pthread_self();
  if (make_timer(cell, number)) return NEAP_OK;
  neap_cell_watch_end(cell);
  return neap_fail(fault, NEAP_IO, "no_timer", "the system gives no timer for the time limit");
}

void neap_cell_watch_end(neap_cell *cell) {
  if (cell->watch.running) timer_delete(cell->watch.timer);
  cell->watch.running = false;
}
