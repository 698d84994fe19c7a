/* SPDX-License-Identifier: MIT */
/* inputs: what recording costs the session's thread, and how large a recording is.
 * Usage: inputs DIRECTORY [FRAMES] < a frame a line. Each is noted as a session's loop does: the message, that the
 * socket is drained, the turn; FRAMES times in all, at no pace. CPU time of this thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "bench/program.h"
#include "session/loop.h"
#include "store/input_log.h"

enum { LINES = 1 << 20, SNAPSHOT = 100000 /* a frame as large as this is no usual one */ };

static int64_t wall(void) {
  neap_clock clock = neap_clock_real();
  return neap_clock_now(&clock);
}

static char *frames[LINES];
static size_t lengths[LINES], count, bytes, large;

static void read_frames(void) {
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while (count < LINES && (length = getline(&line, &size, stdin)) > 0) {
    frames[count] = malloc((size_t)length);
    bench_check(frames[count] != NULL, "no memory");
    lengths[count] = (size_t)length - 1;
    memcpy(frames[count], line, (size_t)length);
    if (lengths[count] >= SNAPSHOT) large++;
    bytes += lengths[count++];
  }
  free(line);
  bench_check(count > 0, "a frame a line is wanted");
}

static void keep(void *self, const neap_input *input) { neap_input_log_keep(self, input); }

/* ns of this thread's time a usual frame. */
static double note_all(neap_inputs *inputs, size_t wanted) {
  double spent = 0;
  size_t timed = 0;
  for (size_t i = 0; i < wanted; i++) {
    size_t at = i % count;
    double begun = bench_cpu();
    neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 1, frames[at], lengths[at]);
    neap_inputs_note(inputs, NEAP_INPUT_DRAINED, 1, NULL, 0);
    neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
    if (lengths[at] < SNAPSHOT) spent += bench_cpu() - begun, timed++;
  }
  double begun = bench_cpu();
  for (int i = 0; i < 1000; i++) bench_cpu();
  double look = (bench_cpu() - begun) / 1000;
  return (spent / (double)timed - look) * 1e9;
}

static double bare(size_t wanted) {
  neap_inputs *inputs;
  const neap_inputs_options options = {.now = neap_loop_now, .wall = wall};
  bench_must(neap_inputs_new(&options, &inputs, NULL), "no memory", NULL);
  double cost = note_all(inputs, wanted);
  neap_inputs_free(inputs);
  return cost;
}

static double recorded(const char *directory, size_t wanted) {
  neap_inputs *inputs;
  neap_input_log *log;
  neap_fault fault = {0};
  bench_must(neap_input_log_open(directory, &log, &fault), directory, &fault);
  const neap_inputs_options options = {.now = neap_loop_now, .wall = wall, .self = log, .keep = keep};
  bench_must(neap_inputs_new(&options, &inputs, NULL), "no memory", NULL);
  double cost = note_all(inputs, wanted);
  neap_inputs_free(inputs);
  neap_input_log_close(log, false);
  return cost;
}

static double size_of(const char *directory) {
  char path[512];
  struct stat facts;
  double sum = 0;
  for (unsigned i = 1;; i++) {
    snprintf(path, sizeof path, "%s/%04u.seg", directory, i);
    if (stat(path, &facts) != 0) return sum;
    sum += (double)facts.st_size;
  }
}

int main(int argc, char **argv) {
  bench_check(argc > 1, "usage: inputs DIRECTORY [FRAMES] < frames");
  read_frames();
  size_t wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : count;
  if (wanted < count) wanted = count;
  double without = bare(wanted), with = recorded(argv[1], wanted), packed = size_of(argv[1]);
  double raw = (double)bytes * (double)wanted / (double)count;
  printf("%zu frames of %.0f bytes (%zu of %zu are snapshots, not in the times): %.0f ns each for their moments, %.0f "
         "ns recorded: %.0f more\n",
         wanted, (double)bytes / (double)count, large, count, without, with, with - without);
  printf("%.1f MB became %.1f MB: %.1f to 1\n", raw / 1e6, packed / 1e6, raw / packed);
  return 0;
}
