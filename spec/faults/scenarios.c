/* SPDX-License-Identifier: MIT */
/* scenarios: the runs of the sweep. */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "journal.h"

static journal undisturbed; /* of the scenario that is swept */

static bool say(char *problem, size_t size, const char *what, const neap_fault *fault) {
  snprintf(problem, size, "%s: %s: %s", what, fault->code, fault->message);
  return false;
}

static off_t size_of(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 ? found.st_size : 0;
}

/* Each order that left has its intent, and what there is of the journal is how the undisturbed one begins. */
static bool check_journal(const stage *place, const journal *found, neap_status status, char *problem, size_t size) {
  uint64_t differs;
  for (int i = 0; i < place->sent_count; i++)
    if (!journal_has_intent(found, place->sent[i])) {
      snprintf(problem, size, "order %s left and has no intent", place->sent[i]);
      return false;
    }
  if (!journal_is_prefix(found, &undisturbed, &differs)) {
    snprintf(problem, size, "event %" PRIu64 " is not that of the undisturbed run", differs);
    return false;
  }
  if (status != NEAP_OK || found->count == undisturbed.count) return true;
  snprintf(problem, size, "a good end with %" PRIu64 " of %" PRIu64 " events", found->count, undisturbed.count);
  return false;
}

static bool check_store(stage *place, neap_status status, char *problem, size_t size) {
  neap_verify_report report;
  neap_fault fault = {0};
  journal found = {0};
  if (status != NEAP_OK && place->sent_count == 0 && size_of(place->store) == 0) return true; /* it never began */
  if (neap_store_verify(place->store, NULL, &report, &fault) != NEAP_OK)
    return say(problem, size, "the store does not verify", &fault);
  bool good = journal_read(place->store, &found, &fault) == NEAP_OK || say(problem, size, "it is not read", &fault);
  if (good) good = check_journal(place, &found, status, problem, size);
  journal_free(&found);
  return good;
}

static neap_status run_backtest(stage *place, neap_fault *fault) {
  const stage_run run = {.strategies = {"trader"}, .store = place->store};
  return stage_perform(place, &run, fault);
}

const scenario scenarios[] = {
    {"backtest", NULL, run_backtest, check_store},
    {NULL, NULL, NULL, NULL},
};

static void must(neap_status status, const char *name, const neap_fault *fault) {
  if (status == NEAP_OK) return;
  fprintf(stderr, "%s fails undisturbed: %s: %s (%s)\n", name, fault->code, fault->message, fault->where);
  exit(2);
}

void scenario_learn(const scenario *what, stage *place) {
  neap_fault fault = {0};
  for (int i = 0; i < 2; i++) {
    stage_clean(place);
    if (what->prepare) what->prepare(place);
    must(what->run(place, &fault), what->name, &fault);
  }
  journal_free(&undisturbed);
  must(journal_read(place->store, &undisturbed, &fault), what->name, &fault);
  printf("%s: %" PRIu64 " events, %d orders sent\n", what->name, undisturbed.count, place->sent_count);
}
