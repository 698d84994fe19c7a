/* SPDX-License-Identifier: MIT */
/* lsession: sessions from Lua: the options read, the parts held, the result as a table; a back-test in one go, or an
 * object that is stepped. */
#ifndef NEAP_LUA_LSESSION_H
#define NEAP_LUA_LSESSION_H

#include <signal.h>

#include "base/pace.h"
#include "lua/lbroker.h"
#include "lua/lneap.h"
#include "lua/lorder_metrics_reporter.h"
#include "lua/strategy_cell.h"
#include "session/backtest.h"
#include "session/wire.h"

enum {
  SESSION_RUN_PARAMS = 64,
  SESSION_RUN_STRATEGIES = 16,
  SESSION_RUN_SEATS = SESSION_RUN_STRATEGIES + 1,
  SESSION_RUN_SOURCES = 96
};

typedef struct session_strategy {
  neap_strategy_cell *cell;
  neap_strategy_cell_options options;
  neap_param_text params[SESSION_RUN_PARAMS];
} session_strategy;

/* Everything that a run holds, in a userdata whose __gc frees it, so that an error may leave from anywhere. Texts point
 * into Lua strings that the options table keeps. */
typedef struct session_run session_run;
struct session_run {
  lua_State *L;  /* of the call that is on its way */
  int callbacks; /* there, the stack index of the options table, where on_log and on_progress are looked up */
  neap_backtest *driver;
  neap_wire *wire;       /* instead of the driver, of a session with a feed that runs */
  neap_session *session; /* the driver's */
  neap_product products[NEAP_STRATEGY_PRODUCTS];
  neap_feed *feeds[NEAP_STRATEGY_PRODUCTS];
  session_strategy strategies[SESSION_RUN_STRATEGIES];
  neap_session_seat seats[SESSION_RUN_SEATS]; /* the strategies', then the operator's if there is one */
  neap_desk *desks[SESSION_RUN_SEATS];        /* of the seats; NULL: the session is closed */
  uint32_t strategy_count, seat_count;        /* seat_count 0: one strategy with all the cash */
  neap_backtest_options options;
  const struct neap_outside *outside; /* NULL: its data are given */
  bool reads_files;                   /* of strategies, also where the rest plays */
  neap_wire_options wire_options;
  neap_pace pace; /* of its time, and the latest that was read */
  int64_t latest;
  neap_feed_options feed_options;
  int64_t recorded_frame; /* of the bars that a recording's trades make */
  neap_backtest_report report;
  const char *sources[SESSION_RUN_SOURCES]; /* of the limits, in the order of their fields; NULL: not known */
  const struct neap_configuration *change;  /* that is being put in force */
  neap_buffer details, text;
  neap_lua_broker broker;
  neap_order_metrics_reporter *metrics; /* of a run without a store; with one its events are read */
  sigset_t stop_signals;
  int64_t next_progress; /* real time, ns: when the caller hears next */
  uint64_t instants;     /* of the step that is on its way */
  const char *words;     /* the reason of the stop, the why of a mode */
  const char *who;       /* and whose */
  neap_mode wanted;      /* by the operator */
  uint32_t closing;      /* orders of the flatten that was asked for */
  uint32_t entries;      /* that a dead man's switch has told to go */
  bool open;             /* an object that is not closed */
  bool stopped;          /* finished: only to be read */
  bool on_clock;         /* signals are heard by a loop */
  bool busy;             /* in a call: what the caller's functions may not begin again */
};

/* lsession.c */
session_run *session_run_new(lua_State *L, const char *type); /* pushed, with a metatable that has __gc */
void session_run_release(session_run *run);
/* Loads the strategies and opens the feeds of the options table at `index`. */
neap_status session_run_load(lua_State *L, int index, session_run *run, neap_fault *fault);
/* Has the run what this strategy trades? product_without_data. */
neap_status session_run_check_products(const session_run *run, const neap_strategy *strategy, neap_fault *fault);
/* `work` with SIGINT and SIGTERM held back, unless a loop hears them: they end it between two bars. One that the caller
 * had held back himself is left for him. */
neap_status session_run_guarded(session_run *run, neap_status (*work)(session_run *run, neap_fault *fault),
                                neap_fault *fault);
/* lsession_configure.c: the list `limit_sources` of the table at `index`. */
void session_read_sources(lua_State *L, int index, session_run *run);
/* What the table at `table` says is to be put in force; of what is in force the policy is kept with the object, at 1.
 */
void session_read_change(lua_State *L, int table, session_run *run, struct neap_configuration *out);
void session_keep_policy(lua_State *L, int table, const session_run *run, const struct neap_configuration *change);
/* lsession_options.c: reads the table at `index`; raises on what cannot be. */
void session_run_read(lua_State *L, int index, session_run *run);
/* lsession_feeds.c: opens the feeds of the table's `feeds`: a path, a list of bars, or {book =, trades =}; `trades` of
 * the table has the paths of trades by number. A path of level-2 messages is a recording. */
neap_status session_run_open_feeds(lua_State *L, int index, session_run *run, neap_fault *fault);
/* lsession_result.c: pushes the table of results. */
neap_status session_run_push(lua_State *L, session_run *run, neap_fault *fault);
void session_run_push_trades(lua_State *L, const session_run *run, const neap_session_totals *totals);
void session_push_trade(lua_State *L, const neap_round_trip *trade, const neap_product *product);
void session_push_statistics(lua_State *L,
                             const neap_statistics_result *from); /* figures that are not defined: absent */
const char *session_run_seat_name(const session_run *run, uint32_t seat);

/* The object. lsession_object.c: */
int session_object_open(lua_State *L);                      /* options → the object, or nil and a fault */
session_run *session_object_check(lua_State *L, int index); /* raises when it is closed */
/* At 1, and raises when it is stopped or in a call; what follows is one, to be ended by _done. */
session_run *session_object_begin(lua_State *L);
void session_object_pause(session_run *run); /* the same, where the present instant may not be over */
void session_object_done(session_run *run);
typedef neap_status session_act(neap_desk *desk, const void *argument, neap_fault *fault);
neap_status session_object_act(session_run *run, uint32_t seat, session_act *act, const void *argument,
                               neap_fault *fault);
/* What a call gave: misuse raises; what the world did is nil and a fault, 2 is returned. */
int session_object_failed(lua_State *L, const char *what, neap_status status, const neap_fault *fault);
int session_words(lua_State *L); /* lsession_orders.c */
/* lsession_orders.c, lsession_view.c, lsession_mode.c, lsession_clock.c, lsession_reconcile.c: methods, each table ends
 * with a NULL name. */
extern const luaL_Reg session_order_methods[], session_view_methods[], session_mode_methods[],
    session_configure_methods[], session_clock_methods[], session_reconcile_methods[];

/* lsession_fork.c, lsession_sight.c */
extern const luaL_Reg session_fork_methods[];
extern const luaL_Reg session_sight_methods[];

/* lsession_wire.c */
void session_wire_read(lua_State *L, int table, session_run *run); /* the field `outside` */
neap_status session_wire_open(session_run *run, neap_fault *fault);
neap_status session_wire_stop(session_run *run, const char *reason, neap_fault *fault);
extern const luaL_Reg session_wire_methods[];

#endif
