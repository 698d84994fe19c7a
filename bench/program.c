/* SPDX-License-Identifier: MIT */
#include "bench/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void bench_die(const char *what, const neap_fault *fault) {
  fprintf(stderr, "bench/run: %s%s%s\n", what, fault ? ": " : "", fault ? fault->message : "");
  exit(1);
}

void bench_must(neap_status status, const char *what, const neap_fault *fault) {
  if (status != NEAP_OK) bench_die(what, fault);
}

void bench_check(bool truth, const char *what) {
  if (!truth) bench_die(what, NULL);
}

double bench_clock(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

double bench_now(void) { return bench_clock(CLOCK_MONOTONIC); }
double bench_cpu(void) { return bench_clock(CLOCK_THREAD_CPUTIME_ID); }

void *bench_room(size_t count, size_t size) {
  void *made = calloc(count, size);
  bench_check(made != NULL, "no memory");
  return made;
}

static int by_size(const void *a, const void *b) {
  double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

void bench_sort(double *samples, size_t count) { qsort(samples, count, sizeof *samples, by_size); }

double bench_median(double *samples, size_t count) {
  bench_sort(samples, count);
  return samples[count / 2];
}

void bench_remove_store(const char *path) {
  static const char *const endings[] = {"", "-wal", "-shm", "-lock", "-reserve", "-journal"};
  char name[1024];
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    unlink(name);
  }
}
