/* SPDX-License-Identifier: MIT */
/* fast_clock: a clock that runs faster, for programs that need not know. Preloaded (tools/fast_clock/run) it stands
 * between a program and libc: the time of day and the monotonic clock win time, and who waits for them waits as much
 * shorter. Left as they are: CPU time, which a script's limit is made of, the times of files, and the kernel's own
 * timers, such as TCP's.
 *
 * FAST_CLOCK names a file: int64 count, then that many pieces of a line, each of three int64: since when (the machine's
 * CLOCK_MONOTONIC, ns), how far the fast clock is ahead then, its pace. No piece: the machine's own time. Whoever has
 * the file mapped has the same time at the same moment; clock.lua adds a piece to change the pace. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define SLICE (SECOND / 50) /* at most so long nobody looks whether the pace has changed */

typedef struct piece {
  int64_t from, ahead, pace;
} piece;

enum { SIZE = 1 << 20, PIECES = (SIZE - sizeof(int64_t)) / sizeof(piece) };

typedef struct line {
  _Atomic int64_t count;
  piece pieces[PIECES];
} line;

typedef int clock_reader(clockid_t, struct timespec *);
typedef int epoll_waiter(int, struct epoll_event *, int, int, const sigset_t *);

static const line *shared;
static clock_reader *read_machine;
static epoll_waiter *wait_epoll;

__attribute__((constructor)) static void begin(void) {
  if (shared) return;
  *(void **)&read_machine = dlsym(RTLD_NEXT, "clock_gettime");
  *(void **)&wait_epoll = dlsym(RTLD_NEXT, "epoll_pwait");
  const char *path = getenv("FAST_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *map = file >= 0 ? mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  if (file >= 0) close(file);
  if (map == MAP_FAILED || !read_machine || !wait_epoll) {
    fprintf(stderr, "fast_clock: FAST_CLOCK=%s cannot be mapped\n", path ? path : "");
    _exit(127);
  }
  shared = map;
}

static int64_t ns_of(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }
static struct timespec time_of(int64_t ns) { return (struct timespec){ns / SECOND, ns % SECOND}; }

static int64_t machine(clockid_t id) {
  struct timespec time;
  begin();
  read_machine(id, &time);
  return ns_of(&time);
}

static const piece *piece_at(int64_t now) {
  static const piece own = {0, 0, 1};
  for (int64_t i = atomic_load_explicit(&shared->count, memory_order_acquire); i-- > 0;)
    if (shared->pieces[i].from <= now) return &shared->pieces[i];
  return &own;
}

/* How far the fast clock is ahead of the machine's. */
static int64_t ahead(void) {
  int64_t now = machine(CLOCK_MONOTONIC);
  const piece *at = piece_at(now);
  return at->ahead + (now - at->from) * (at->pace - 1);
}

static int64_t fast(clockid_t id) {
  int64_t won = ahead();
  return machine(id) + won;
}

/* What the machine may wait now for `left` ns of the fast clock; 1 at least, so that the deadline is passed. */
static struct timespec slice(int64_t left) {
  int64_t real = left / piece_at(machine(CLOCK_MONOTONIC))->pace + 1;
  return time_of(real < SLICE ? real : SLICE);
}

static int is_fast(clockid_t id) {
  return id == CLOCK_REALTIME || id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME || id == CLOCK_REALTIME_COARSE ||
         id == CLOCK_MONOTONIC_COARSE || id == CLOCK_MONOTONIC_RAW || id == CLOCK_TAI;
}

/* ---- reading ---- */

int clock_gettime(clockid_t id, struct timespec *out) {
  begin();
  if (!is_fast(id)) return read_machine(id, out);
  *out = time_of(fast(id));
  return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  int64_t now = fast(CLOCK_REALTIME);
  *out = (struct timeval){now / SECOND, now % SECOND / 1000};
  return 0;
}

time_t time(time_t *out) {
  time_t now = fast(CLOCK_REALTIME) / SECOND;
  if (out) *out = now;
  return now;
}

/* ---- waiting for files ---- */

int poll(struct pollfd *files, nfds_t count, int ms) {
  if (ms <= 0) return ppoll(files, count, ms < 0 ? NULL : &(struct timespec){0, 0}, NULL);
  for (int64_t till = fast(CLOCK_MONOTONIC) + ms * INT64_C(1000000);;) {
    int64_t left = till - fast(CLOCK_MONOTONIC);
    struct timespec real = slice(left > 0 ? left : 0);
    int ready = ppoll(files, count, &real, NULL);
    if (ready != 0 || left <= 0) return ready;
  }
}

/* epoll counts in whole milliseconds, which are long here: its file is waited for to the nanosecond. */
int epoll_pwait(int file, struct epoll_event *events, int most, int ms, const sigset_t *mask) {
  begin();
  if (ms <= 0) return wait_epoll(file, events, most, ms, mask);
  for (int64_t till = fast(CLOCK_MONOTONIC) + ms * INT64_C(1000000);;) {
    int ready = wait_epoll(file, events, most, 0, mask);
    int64_t left = till - fast(CLOCK_MONOTONIC);
    if (ready != 0 || left <= 0) return ready;
    struct pollfd own = {.fd = file, .events = POLLIN};
    struct timespec real = slice(left);
    if (ppoll(&own, 1, &real, mask) < 0) return -1;
  }
}

int epoll_wait(int file, struct epoll_event *events, int most, int ms) {
  return epoll_pwait(file, events, most, ms, NULL);
}

/* ---- waiting for time ---- */

/* A deadline of this century is one of the time of day. Woken for a new slice its caller looks again, as it must. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict till) {
  clockid_t id = till->tv_sec > INT32_MAX / 4 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  int64_t left = ns_of(till) - fast(id);
  struct timespec real = slice(left > 0 ? left : 0);
  real = time_of(machine(CLOCK_MONOTONIC) + ns_of(&real));
  int code = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &real);
  return code == ETIMEDOUT && fast(id) < ns_of(till) ? 0 : code;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *want, struct timespec *rest) {
  int64_t till = ns_of(want) + (flags & TIMER_ABSTIME ? 0 : fast(id)), left;
  while ((left = till - fast(id)) > 0) {
    struct timespec real = slice(left);
    if (ppoll(NULL, 0, &real, NULL) == 0) continue;
    if (rest && !(flags & TIMER_ABSTIME)) *rest = time_of(left);
    return EINTR;
  }
  return 0;
}

int nanosleep(const struct timespec *want, struct timespec *rest) {
  errno = clock_nanosleep(CLOCK_MONOTONIC, 0, want, rest);
  return errno ? -1 : 0;
}

int usleep(useconds_t us) {
  struct timespec want = time_of(us * INT64_C(1000));
  return nanosleep(&want, NULL);
}

unsigned sleep(unsigned seconds) {
  struct timespec want = {seconds, 0}, rest = {0, 0};
  return nanosleep(&want, &rest) == 0 ? 0 : (unsigned)rest.tv_sec + 1;
}
