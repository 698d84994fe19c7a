/* SPDX-License-Identifier: MIT */
/* lsession: one run of a session from Lua: its options read, its parts held, its result as a table. */
#ifndef NEAP_LUA_LSESSION_H
#define NEAP_LUA_LSESSION_H

#include <signal.h>

#include "lua/lneap.h"
#include "lua/strategy_cell.h"
#include "session/backtest.h"

enum { SESSION_RUN_PARAMS = 64, SESSION_RUN_MESSAGE = 320 };

/* Everything that a run holds, in a userdata whose __gc frees it, so that an error may leave from anywhere. Texts point
 * into Lua strings that the options table keeps. */
typedef struct session_run {
  lua_State *L;
  neap_strategy_cell *cell;
  neap_session *session;
  neap_product products[NEAP_STRATEGY_PRODUCTS];
  neap_feed *feeds[NEAP_STRATEGY_PRODUCTS];
  neap_param_text params[SESSION_RUN_PARAMS];
  neap_strategy_cell_options strategy;
  neap_backtest_options options;
  neap_feed_options feed_options;
  neap_backtest_report report;
  neap_buffer details, text;
  sigset_t stop_signals;
  int64_t next_progress; /* real time, ns: when the caller hears next */
  int callbacks;         /* stack index of the options table, where on_log and on_progress are looked up */
} session_run;

/* lsession_options.c: reads the table at `index`; raises on what cannot be. */
void session_run_read(lua_State *L, int index, session_run *run);
/* Opens the feeds of the table's `feeds`. */
neap_status session_run_open_feeds(lua_State *L, int index, session_run *run, neap_fault *fault);
/* lsession_result.c: pushes the table of results. */
neap_status session_run_push(lua_State *L, session_run *run, neap_fault *fault);

#endif
