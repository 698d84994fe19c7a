/* SPDX-License-Identifier: MIT */
/* scenarios: the runs of the sweep. */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "journal.h"
#include "session/state.h"
#include "store/upkeep.h"

static journal undisturbed; /* of the scenario that is swept */

static bool say(char *problem, size_t size, const char *what, const neap_fault *fault) {
  snprintf(problem, size, "%s: %s: %s", what, fault->code, fault->message);
  return false;
}

static off_t size_of(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 ? found.st_size : 0;
}

static bool check_intents(const stage *place, const journal *found, char *problem, size_t size) {
  for (int i = 0; i < place->sent_count; i++)
    if (!journal_has_intent(found, place->sent[i])) {
      snprintf(problem, size, "order %s left and has no intent", place->sent[i]);
      return false;
    }
  return true;
}

/* A journal that had no room is how the undisturbed one begins; one that had no memory may tell of what failed. */
static bool check_beginning(const journal *found, neap_status status, char *problem, size_t size) {
  uint64_t differs;
  if (!journal_is_prefix(found, &undisturbed, &differs)) {
    snprintf(problem, size, "event %" PRIu64 " (%s) is not that of the undisturbed run", differs,
             found->types[differs - 1]);
    return false;
  }
  if (status != NEAP_OK || found->count == undisturbed.count) return true;
  snprintf(problem, size, "a good end with %" PRIu64 " of %" PRIu64 " events", found->count, undisturbed.count);
  return false;
}

/* What the events say makes sense, and each snapshot agrees. */
static bool check_replay(const char *path, char *problem, size_t size) {
  neap_state *state = NULL;
  neap_replay_report report;
  neap_fault fault = {0};
  bool good = neap_state_replay(path, 0, true, &state, &report, &fault) == NEAP_OK;
  neap_state_free(state);
  return good || say(problem, size, "it does not replay", &fault);
}

static bool check_contents(const stage *place, const char *path, neap_status status, bool is_exact, char *problem,
                           size_t size) {
  neap_verify_report report;
  neap_fault fault = {0};
  journal found = {0};
  if (neap_store_verify(path, NULL, &report, &fault) != NEAP_OK)
    return say(problem, size, "the store does not verify", &fault);
  bool good = journal_read(path, &found, &fault) == NEAP_OK || say(problem, size, "it is not read", &fault);
  good = good && check_intents(place, &found, problem, size);
  good = good && (found.count == 0 || check_replay(path, problem, size));
  if (good && is_exact) good = check_beginning(&found, status, problem, size);
  journal_free(&found);
  return good;
}

/* Whether it never began: nothing was sent, and nothing or an empty file is there. */
static bool is_nothing(const stage *place, neap_status status) {
  return status != NEAP_OK && place->sent_count == 0 && size_of(place->store) == 0;
}

static bool check_store(stage *place, neap_status status, char *problem, size_t size) {
  return is_nothing(place, status) || check_contents(place, place->store, status, place->is_exact, problem, size);
}

static neap_status run_backtest(stage *place, neap_fault *fault) {
  const stage_run run = {.strategies = {"trader"}, .store = place->store};
  return stage_perform(place, &run, fault);
}

static const stage_run of_several = {
    .strategies = {"trader", "keeper", "failing"}, .quarantine = true, .snapshot_every = 60};

static neap_status run_several(stage *place, neap_fault *fault) {
  stage_run run = of_several;
  run.store = place->store;
  return stage_perform(place, &run, fault);
}

static void must(neap_status status, const char *name, const neap_fault *fault);

/* A session that stopped after 12 bars, as by a crash. */
static void prepare_resumed(stage *place) {
  neap_fault fault = {0};
  stage_run run = of_several;
  run.store = place->store;
  run.until_bar = 12;
  must(stage_perform(place, &run, &fault), "the run before the resumption", &fault);
}

static neap_status run_resumed(stage *place, neap_fault *fault) {
  stage_run run = of_several;
  run.store = place->store;
  run.resume = true;
  return stage_perform(place, &run, fault);
}

static neap_status run_reserve(stage *place, neap_fault *fault) {
  stage_run run = of_several;
  run.store = place->store;
  run.reserve = 1 << 18;
  return stage_perform(place, &run, fault);
}

/* Opened again, a store takes in what its reserve holds. */
static bool check_reserve(stage *place, neap_status status, char *problem, size_t size) {
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = place->store, .run = "faults", .resume = true};
  neap_fault fault = {0};
  if (is_nothing(place, status)) return true;
  neap_status opened = neap_event_store_create(&options, &store, &fault);
  if (opened == NEAP_OK) opened = neap_event_store_close(store, &fault);
  if (opened != NEAP_OK) return say(problem, size, "the store does not open again", &fault);
  return check_contents(place, place->store, status, false, problem, size);
}

static void prepare_upkeep(stage *place) {
  neap_fault fault = {0};
  must(run_several(place, &fault), "the run before the upkeep", &fault);
}

static neap_status run_upkeep(stage *place, neap_fault *fault) {
  neap_trim_report trimmed;
  neap_status status = neap_store_backup(place->store, place->copy, NULL, fault);
  return status == NEAP_OK ? neap_store_trim(place->store, INT64_MAX, &trimmed, fault) : status;
}

/* Trimmed or not, copied or not: nothing in between. */
static bool check_upkeep(stage *place, neap_status status, char *problem, size_t size) {
  bool has_copy = size_of(place->copy) > 0;
  place->sent_count = 0; /* a trimmed store has no longer all intents */
  if (status == NEAP_OK && !has_copy) return snprintf(problem, size, "no copy"), false;
  return (!has_copy || check_contents(place, place->copy, status, true, problem, size)) &&
         check_contents(place, place->store, status, false, problem, size) && stage_is_tidy(place, problem, size);
}

const scenario scenarios[] = {
    {"backtest", NULL, run_backtest, check_store},        {"resume", prepare_resumed, run_resumed, check_store},
    {"several", NULL, run_several, check_store},          {"reserve", NULL, run_reserve, check_reserve},
    {"upkeep", prepare_upkeep, run_upkeep, check_upkeep}, {NULL, NULL, NULL, NULL},
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
  const char *path = size_of(place->copy) > 0 ? place->copy : place->store;
  must(journal_read(path, &undisturbed, &fault), what->name, &fault);
  printf("%s: %" PRIu64 " events, %d orders sent\n", what->name, undisturbed.count, place->sent_count);
}
