/* SPDX-License-Identifier: MIT */
/* stage: what a run needs around it, made of files as a person gives them: bars, risk limits, policy, strategies. */
#ifndef NEAP_SPEC_FAULTS_STAGE_H
#define NEAP_SPEC_FAULTS_STAGE_H

#include "lua/lpolicy.h"
#include "lua/strategy_cell.h"
#include "session/backtest.h"

enum { STAGE_PATH = 256, STAGE_SEATS = 3, STAGE_SENT = 512 };

typedef struct stage {
  char directory[STAGE_PATH]; /* the test's own; removed by stage_remove */
  char bars[STAGE_PATH], store[STAGE_PATH], copy[STAGE_PATH];
  int bar_count; /* in the file */
  int ack_fd;    /* 0: none */
  bool is_exact; /* what fails cannot change what a strategy sees: writes and syncs, no allocations */
  /* What the broker was given since stage_clean: numbers of orders as client order ids. */
  char sent[STAGE_SENT][NEAP_ORDER_ID];
  int sent_count;
} stage;

/* A directory with `bar_count` hourly bars in a gzip file. Ends the program when the machine will not. */
void stage_make(stage *self, int bar_count);
void stage_clean(stage *self); /* removes the stores that a run left */
void stage_remove(stage *self);
/* Whether nothing lies in the directory but bars, stores and what belongs to a store that is open. */
bool stage_is_tidy(const stage *self, char *problem, size_t size);

typedef struct stage_run {
  const char *strategies[STAGE_SEATS]; /* files beside this one; NULL ends them */
  const char *store;                   /* NULL: memory only */
  bool resume, quarantine;
  size_t reserve;
  uint64_t snapshot_every;
  int until_bar; /* stops before this bar, without finishing; 0: runs to the end */
} stage_run;

/* Opens everything from its files, runs, and closes everything, whatever happens. Brokers count as outside of the
 * process, so that each order waits until its intent is durable. */
neap_status stage_perform(stage *self, const stage_run *run, neap_fault *fault);

#endif
