/* SPDX-License-Identifier: MIT */
/* fault_sweep [--stride N] [--seed S] [SCENARIO [KIND [FIRST]]]: lets the n-th allocation, write, sync or rename of
 * each scenario fail, alone and with all that follow, for every n (or every about Nth) until the scenario never gets
 * there. After each: no crash, no leak, a clear error, a store that verifies, no order that left without its intent. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "complaints.h"
#include "inject.h"
#include "journal.h"
#include "scenarios.h"

static const char *const kind_names[INJECT_KINDS] = {"allocation", "write", "sync", "rename"};

typedef struct sweep {
  stage stage;
  uint64_t stride, random;
  const char *only_scenario, *only_kind;
  uint64_t first;
  unsigned long tried;
  unsigned long outcomes[2]; /* went well in spite of it, told an error */
} sweep;

static complaints said; /* the handler of a crash says what is tried */

static void crashed(int number) {
  static const char words[] = "\nCRASHED or hung: ";
  (void)!write(2, words, sizeof words - 1);
  (void)!write(2, said.tried, strlen(said.tried));
  (void)!write(2, "\n", 1);
  signal(number, SIG_DFL);
  raise(number);
}

/* A fault of the machine is told as one, with words; never as damage, a broken invariant, or a mistake of the user's.
 */
static void check_words(neap_status status, const neap_fault *fault) {
  bool fits = status == NEAP_MEMORY || status == NEAP_IO || status == NEAP_STOPPED;
  if (status == NEAP_OK) return;
  if (!fits || fault->status != status || !fault->code[0] || !fault->message[0])
    complain(&said, "status %s, fault %s \"%s\": %s (%s)", neap_status_name(status), neap_status_name(fault->status),
             fault->code, fault->message, fault->where);
}

static void try_once(sweep *self, const scenario *what, inject_kind kind, uint64_t nth, bool onwards, bool *fired) {
  neap_fault fault = {0};
  stage_clean(&self->stage);
  self->stage.is_exact = kind != INJECT_ALLOCATION;
  if (what->prepare) what->prepare(&self->stage);
  int64_t live = inject_live();
  alarm(120);
  inject_arm(kind, nth, onwards);
  neap_status status = what->run(&self->stage, &fault);
  *fired = inject_disarm();
  int64_t left = inject_live() - live;
  char problem[512] = "";
  check_words(status, &fault);
  if (!what->check(&self->stage, status, problem, sizeof problem))
    complain(&said, "%s (it said %s: %s)", problem, status == NEAP_OK ? "all is well" : fault.code, fault.message);
  if (*fired) self->outcomes[status != NEAP_OK]++;
  if (left == 0) return;
  /* What is made once and kept, in a library, is no leak: the same again shows it. */
  stage_clean(&self->stage);
  if (what->prepare) what->prepare(&self->stage);
  inject_trace();
  live = inject_live();
  inject_arm(kind, nth, onwards);
  what->run(&self->stage, &fault);
  inject_disarm();
  left = inject_live() - live;
  if (left != 0)
    complain(&said, "%" PRId64 " blocks leak", left), fflush(stdout), inject_trace_print();
  else
    inject_trace_stop();
}

/* There are ten times fewer writes than allocations, and fewer syncs. */
static uint64_t step_of(sweep *self, inject_kind kind) {
  static const uint64_t fewer[INJECT_KINDS] = {1, 10, 50, 1000};
  uint64_t stride = self->stride / fewer[kind];
  return stride < 2 ? 1 : 1 + neap_splitmix(&self->random) % (2 * stride - 1);
}

static void sweep_kind(sweep *self, const scenario *what, inject_kind kind, bool onwards) {
  bool fired = true;
  uint64_t step = 0, most = 0;
  unsigned long tried = 0, bad = said.count;
  for (uint64_t nth = self->first; fired; nth += step) {
    snprintf(said.tried, sizeof said.tried, "%s %s %" PRIu64 "%s", what->name, kind_names[kind], nth,
             onwards ? " and all that follow" : "");
    try_once(self, what, kind, nth, onwards, &fired);
    most = nth;
    tried++;
    step = step_of(self, kind);
  }
  self->tried += tried;
  printf("%-12s %-10s %-7s  up to the %5" PRIu64 "th, %5lu tried, %lu bad\n", what->name, kind_names[kind],
         onwards ? "from on" : "one", most, tried, said.count - bad);
  fflush(stdout);
}

static void sweep_scenario(sweep *self, const scenario *what) {
  if (self->only_scenario && strcmp(self->only_scenario, what->name) != 0) return;
  scenario_learn(what, &self->stage);
  for (inject_kind kind = 0; kind < INJECT_KINDS; kind++) {
    if (self->only_kind && strcmp(self->only_kind, kind_names[kind]) != 0) continue;
    sweep_kind(self, what, kind, false);
    sweep_kind(self, what, kind, true);
  }
}

static void read_arguments(sweep *self, int argc, char **argv) {
  int at = 1;
  for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
    uint64_t value = strtoull(argv[at + 1], NULL, 10);
    if (strcmp(argv[at], "--stride") == 0)
      self->stride = value;
    else if (strcmp(argv[at], "--seed") == 0)
      self->random = value * 2 + 1;
  }
  if (at < argc) self->only_scenario = argv[at++];
  if (at < argc) self->only_kind = argv[at++];
  if (at < argc) self->first = strtoull(argv[at], NULL, 10);
}

int main(int argc, char **argv) {
  static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
  static sweep self = {.stride = 1, .random = 1, .first = 1};
  read_arguments(&self, argc, argv);
  for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) signal(deaths[i], crashed);
  signal(SIGPIPE, SIG_IGN);
  stage_make(&self.stage, 24);
  printf("stride %" PRIu64 ", seed %" PRIu64 "\n", self.stride, self.random / 2);
  for (const scenario *what = scenarios; what->name; what++) sweep_scenario(&self, what);
  stage_remove(&self.stage);
  printf("%lu ended well in spite of it, %lu told an error\n", self.outcomes[0], self.outcomes[1]);
  printf("%lu passed, %lu failed\n", self.tried > said.count ? self.tried - said.count : 0, said.count);
  return said.count || !self.tried;
}
