/* SPDX-License-Identifier: MIT */
/* scenarios: what is run while something fails, and what has to hold afterwards. */
#ifndef NEAP_SPEC_FAULTS_SCENARIOS_H
#define NEAP_SPEC_FAULTS_SCENARIOS_H

#include "stage.h"

typedef struct scenario {
  const char *name;
  void (*prepare)(stage *place); /* before each run, when nothing fails; may be NULL */
  neap_status (*run)(stage *place, neap_fault *fault);
  /* After a run that ended with `status`, when nothing fails any more. False fills `problem`. */
  bool (*check)(stage *place, neap_status status, char *problem, size_t size);
} scenario;

extern const scenario scenarios[]; /* the last has no name */

/* Runs it undisturbed, twice, so that libraries have made what they keep; remembers its journal for the checks. */
void scenario_learn(const scenario *what, stage *place);

#endif
