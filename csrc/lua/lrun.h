/* SPDX-License-Identifier: MIT */
/* lrun: the loop of neap.run_c, for the session that is turned by it. */
#ifndef NEAP_LUA_LRUN_H
#define NEAP_LUA_LRUN_H

#include "base/inputs.h"
#include "lua/lneap.h"
#include "session/loop.h"
#include "store/input_log.h"

typedef struct neap_control neap_control;

typedef struct neap_run_loop {
  neap_loop *loop; /* NULL: closed */
  neap_control *control;
  neap_inputs *inputs;       /* all that comes by this loop */
  neap_input_log *log;       /* where they are recorded; NULL: nowhere */
  neap_input_reader *reader; /* where they are played from; NULL: they come */
} neap_run_loop;

neap_run_loop *neap_check_run_loop(lua_State *L, int index); /* raises when it is none, or closed */
/* Serves what comes, at most until `wake`; no longer than nothing where a line of its control socket waits. Then it is
 * a moment later. When it plays: what the recording has of one turn; false: it is held in the turn's middle. */
bool neap_run_loop_turn(neap_run_loop *self, int64_t wake);

/* lrun_inputs.c: the table of open_loop at `index`, and what there is to do with inputs */
neap_status neap_run_inputs_open(lua_State *L, int index, neap_run_loop *self, neap_fault *fault);
void neap_run_inputs_close(neap_run_loop *self, bool discard);
extern const luaL_Reg neap_run_inputs_methods[];

/* lrun_segments.c */
int neap_run_segments(lua_State *L);
int neap_run_trim(lua_State *L);

#endif
