/* SPDX-License-Identifier: MIT */
/* strategy_cell: a strategy file in a cell of its own, seen by the session as session/strategy.h. */
#ifndef NEAP_LUA_STRATEGY_CELL_H
#define NEAP_LUA_STRATEGY_CELL_H

#include "base/inputs.h"
#include "session/strategy.h"

typedef struct neap_strategy_cell neap_strategy_cell;

typedef struct neap_param_text { /* a parameter as text; the declaration in the file gives its type */
  const char *name, *text;
} neap_param_text;

typedef struct neap_strategy_cell_options {
  const char *path;     /* of the strategy file */
  const char *lua_root; /* directory that holds neap/ and its .lua files, for require "neap.*" inside the cell */
  const neap_param_text *params;
  size_t param_count;
  uint64_t seed;       /* of math.random and self.random */
  size_t memory_limit; /* bytes; 0: 64 MiB */
  neap_inputs *inputs; /* as a cell's */
  int64_t time_limit;  /* ns of thread CPU time per callback; 0: 100 ms, on_start and loading 2 s; −1: no limit */
} neap_strategy_cell_options;

/* Loads the file, checks the declaration, sets the parameters, runs check(). Faults name file:line and the nearest
 * valid word: not_found, does not compile, returns no strategy, unknown hook or key, unknown parameter, out of range.
 */
neap_status neap_strategy_cell_new(const neap_strategy_cell_options *options, neap_strategy_cell **out,
                                   neap_fault *fault);
void neap_strategy_cell_free(neap_strategy_cell *cell);
const neap_strategy *neap_strategy_cell_strategy(const neap_strategy_cell *cell);
/* The parameters in force, one base/record field each, in the order of their names. */
neap_status neap_strategy_cell_params(const neap_strategy_cell *cell, neap_buffer *out, neap_fault *fault);

#endif
