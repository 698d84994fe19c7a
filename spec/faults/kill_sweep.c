/* SPDX-License-Identifier: MIT */
/* kill_sweep [--count N] [--seed S] LUA [ARGUMENT…]: kills a session (session.lua, run by this interpreter) by SIGKILL
 * at N random moments. After each: the store opens and verifies, is how the undisturbed run's began, byte for byte,
 * holds what was acknowledged, replays to the same state, and a resumed session goes on to the end. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "complaints.h"
#include "journal.h"
#include "session/state.h"
#include "stage.h"

enum { BARS = 150, ACK_FD = 3, WORDS = 16 };

typedef struct sweep {
  stage stage;
  complaints said;
  char reference[STAGE_PATH];
  char *words[WORDS]; /* of the command: interpreter …, script, bars, store, how */
  int word_count;
  uint64_t count, seed, random;
  journal whole;       /* what the undisturbed run wrote */
  int64_t whole_ns;    /* how long it took */
  uint64_t whole_acks; /* lines on its ack descriptor */
  unsigned long killed, early, resumed;
  uint64_t tried; /* number of the moment */
} sweep;

typedef struct outcome { /* of one child */
  uint64_t acknowledged, lines;
  int status;
} outcome;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static pid_t start(sweep *self, const char *store, const char *how, int *acks) {
  int ends[2];
  if (pipe(ends) != 0) exit(2);
  self->words[self->word_count + 1] = self->stage.bars;
  self->words[self->word_count + 2] = (char *)(uintptr_t)store;
  self->words[self->word_count + 3] = (char *)(uintptr_t)how;
  pid_t child = fork();
  if (child == 0) {
    if (ends[1] != ACK_FD) dup2(ends[1], ACK_FD);
    execvp(self->words[0], self->words);
    _exit(127);
  }
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *acks = ends[0];
  return child;
}

/* Takes "durable 17" lines; a line that is not whole waits in `text`. False: the other end is closed. */
static bool read_acks(int file, char *text, size_t *length, outcome *out) {
  ssize_t count = read(file, text + *length, 255 - *length);
  if (count <= 0) return count < 0 && errno == EAGAIN;
  *length += (size_t)count;
  text[*length] = '\0';
  char *line = text, *end;
  for (; (end = strchr(line, '\n')); line = end + 1, out->lines++) sscanf(line, "durable %" SCNu64, &out->acknowledged);
  *length = strlen(line);
  memmove(text, line, *length + 1);
  return true;
}

/* Follows a child to its end; kills it at `deadline`, or `delay` after that many acknowledgements. */
static outcome follow(pid_t child, int acks, int64_t deadline, uint64_t lines, int64_t delay) {
  char text[256];
  size_t length = 0;
  outcome out = {0};
  bool open = true;
  while (open) {
    int64_t left = deadline - now_ns();
    if (left <= 0) kill(child, SIGKILL), deadline = INT64_MAX, lines = UINT64_MAX;
    struct timespec wait = {left > 0 ? left / 1000000000 : 1, left > 0 ? left % 1000000000 : 0};
    struct pollfd polled = {.fd = acks, .events = POLLIN};
    if (ppoll(&polled, 1, &wait, NULL) > 0) open = read_acks(acks, text, &length, &out);
    if (out.lines >= lines) deadline = now_ns() + delay, lines = UINT64_MAX;
  }
  kill(child, SIGKILL); /* one that closed its end early */
  waitpid(child, &out.status, 0);
  close(acks);
  return out;
}

static outcome run(sweep *self, const char *store, const char *how) {
  int acks;
  char text[256];
  size_t length = 0;
  outcome out = {0};
  pid_t child = start(self, store, how, &acks);
  fcntl(acks, F_SETFL, 0);
  while (read_acks(acks, text, &length, &out)) continue;
  waitpid(child, &out.status, 0);
  close(acks);
  return out;
}

static bool verifies(sweep *self, const char *when) {
  neap_verify_report report;
  neap_fault fault = {0};
  if (neap_store_verify(self->stage.store, NULL, &report, &fault) == NEAP_OK) return true;
  complain(&self->said, "%s it does not verify: %s: %s", when, fault.code, fault.message);
  return false;
}

static void check_resumed(sweep *self, const journal *before) {
  journal after = {0};
  uint64_t differs;
  neap_fault fault = {0};
  outcome out = run(self, self->stage.store, "resume");
  self->resumed++;
  if (out.status != 0) complain(&self->said, "resumed, it ends with status %d", out.status);
  char hash[NEAP_DIGEST_TEXT];
  if (!verifies(self, "resumed,") || !state_of_store(&self->said, self->stage.store, 0, hash)) return;
  if (journal_read(self->stage.store, &after, &fault) != NEAP_OK)
    complain(&self->said, "resumed, it is not read: %s", fault.message);
  else if (!journal_is_prefix(before, &after, &differs) || after.count <= before->count)
    complain(&self->said, "resumed, event %" PRIu64 " is another", differs);
  journal_free(&after);
}

/* From the end of its data on a session stops, which it does again when it goes on. */
static bool is_at_its_end(const sweep *self, uint64_t count) {
  for (uint64_t i = 0; i <= count && i < self->whole.count; i++)
    if (!strcmp(self->whole.types[i], "data_read")) return true;
  return count == self->whole.count;
}

/* What began before the first bar is durable when the session is open; else an instant is there or is not, and behind
 * it maybe its snapshot. */
static void check_instants(sweep *self, uint64_t count) {
  const int64_t *times = self->whole.times;
  if (is_at_its_end(self, count) || times[count] != times[count - 1] || times[count] == times[0]) return;
  if (strcmp(self->whole.types[count], "state_snapshot") != 0)
    complain(&self->said, "the journal ends in the middle of an instant, behind event %" PRIu64, count);
}

static void check_killed(sweep *self, const outcome *out) {
  struct stat found;
  journal left = {0};
  uint64_t differs;
  neap_fault fault = {0};
  bool is_there = stat(self->stage.store, &found) == 0 && found.st_size > 0;
  if (!is_there || journal_read(self->stage.store, &left, &fault) != NEAP_OK || left.count == 0) {
    self->early++;
    if (out->acknowledged > 0)
      complain(&self->said, "%" PRIu64 " events acknowledged, none there: %s", out->acknowledged, fault.message);
    else if (is_there && strcmp(fault.code, "not_a_store") != 0)
      verifies(self, "without events");
  } else if (verifies(self, "killed,")) {
    if (left.count < out->acknowledged)
      complain(&self->said, "%" PRIu64 " events acknowledged, %" PRIu64 " there", out->acknowledged, left.count);
    if (!journal_is_prefix(&left, &self->whole, &differs))
      complain(&self->said, "event %" PRIu64 " is another", differs);
    check_instants(self, left.count);
    complain_of_state(&self->said, self->stage.store, self->reference, left.count);
    check_resumed(self, &left);
  }
  journal_free(&left);
}

/* Half of the moments are by the clock, from before the store is there until after its end; half by acknowledgements.
 */
static void try_moment(sweep *self) {
  int acks;
  bool by_clock = self->tried % 2 == 0;
  snprintf(self->said.tried, sizeof self->said.tried, "moment %" PRIu64, self->tried);
  int64_t deadline = INT64_MAX, begin = now_ns();
  uint64_t lines = UINT64_MAX;
  int64_t delay = (int64_t)(neap_splitmix(&self->random) % 2000000);
  if (by_clock)
    deadline = begin + (int64_t)(neap_splitmix(&self->random) % (uint64_t)(self->whole_ns + self->whole_ns / 10));
  else
    lines = 1 + neap_splitmix(&self->random) % self->whole_acks;
  stage_clean(&self->stage);
  pid_t child = start(self, self->stage.store, NULL, &acks);
  outcome out = follow(child, acks, deadline, lines, delay);
  if (WIFSIGNALED(out.status)) self->killed++;
  check_killed(self, &out);
}

static void learn(sweep *self) {
  neap_fault fault = {0};
  int64_t begin = now_ns();
  outcome out = run(self, self->reference, NULL);
  self->whole_ns = now_ns() - begin;
  self->whole_acks = out.lines;
  if (out.status != 0 || journal_read(self->reference, &self->whole, &fault) != NEAP_OK) {
    printf("the undisturbed run fails: status %d, %s\n", out.status, fault.message);
    exit(2);
  }
  printf("%" PRIu64 " events, %" PRIu64 " acknowledgements, %" PRId64 " ms, seed %" PRIu64 "\n", self->whole.count,
         self->whole_acks, self->whole_ns / 1000000, self->seed);
}

static void read_arguments(sweep *self, int argc, char **argv) {
  int at = 1;
  for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
    uint64_t value = strtoull(argv[at + 1], NULL, 10);
    if (strcmp(argv[at], "--count") == 0) self->count = value;
    if (strcmp(argv[at], "--seed") == 0) self->seed = value;
  }
  while (at < argc && self->word_count < WORDS - 5) self->words[self->word_count++] = argv[at++];
  if (self->word_count == 0) {
    fprintf(stderr, "usage: kill_sweep [--count N] [--seed S] LUA [ARGUMENT...]\n");
    exit(2);
  }
  self->words[self->word_count] = (char *)(uintptr_t)(NEAP_ROOT "/spec/faults/session.lua");
  self->random = self->seed * 2 + 1;
}

int main(int argc, char **argv) {
  static sweep self = {.count = 60, .seed = 1};
  read_arguments(&self, argc, argv);
  signal(SIGPIPE, SIG_IGN);
  stage_make(&self.stage, BARS);
  snprintf(self.reference, STAGE_PATH, "%s", self.stage.copy);
  learn(&self);
  snprintf(self.stage.copy, STAGE_PATH, "%.230s/none", self.stage.directory);
  for (self.tried = 1; self.tried <= self.count; self.tried++) try_moment(&self);
  snprintf(self.stage.copy, STAGE_PATH, "%s", self.reference);
  stage_remove(&self.stage);
  journal_free(&self.whole);
  printf("%lu killed, %lu before the first event, %lu resumed\n", self.killed, self.early, self.resumed);
  printf("%" PRIu64 " passed, %lu failed\n", self.count > self.said.count ? self.count - self.said.count : 0,
         self.said.count);
  return self.said.count > 0;
}
