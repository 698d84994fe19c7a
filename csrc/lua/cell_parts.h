/* SPDX-License-Identifier: MIT */
/* cell_parts: what the files of the cell share with each other and with nobody else. */
#ifndef NEAP_LUA_CELL_PARTS_H
#define NEAP_LUA_CELL_PARTS_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>

#include "base/buffer.h"
#include "lua/cell.h"

typedef enum neap_cell_stop { NEAP_CELL_RUNS, NEAP_CELL_TIME, NEAP_CELL_MEMORY } neap_cell_stop;

/* What the tick reads and writes; the rest of the cell is not its business. */
typedef struct neap_cell_watch {
  timer_t timer;
  pthread_t thread;
  bool running;
  volatile uint64_t call; /* number of the call that runs; 0: none */
  volatile int64_t limit; /* of that call */
  uint64_t seen;          /* call that the last tick found, and the CPU time then */
  int64_t seen_at;
  int64_t spent;  /* by that call since its first tick */
  unsigned ticks; /* after its first */
  volatile sig_atomic_t stop;
  lua_State *volatile current; /* the coroutine that runs */
} neap_cell_watch;

struct neap_cell {
  lua_State *L;
  size_t used, limit;
  jmp_buf *escape; /* where to go when nobody protects; NULL: nowhere */
  bool starved;    /* in this call the machine had no memory for a block within the limit */
  char lua_root[512], lib_root[512];
  const char *const *modules;
  const luaL_Reg *built_in;
  uint64_t seed;
  void *context;
  neap_status (*print)(void *context, const char *text, neap_fault *fault);
  neap_status (*now)(void *context, int64_t *ns, neap_fault *fault);
  uint64_t calls;
  unsigned depth;
  unsigned closing; /* coroutines that close each other */
  bool sealed;
  neap_inputs *inputs; /* NULL: nothing is noted */
  uint32_t number;     /* there */
  uint64_t touches;    /* of the outermost call */
  bool obeys;          /* this call was stopped when it was recorded */
  neap_input_stop stop;
  neap_cell_watch watch;
  char digest[NEAP_DIGEST_TEXT]; /* chain: SHA-256 of the digest before and the bytes of the file */
};

/* cell_watch.c */
neap_status neap_cell_watch_follow(neap_cell *cell, neap_fault *fault); /* the timer counts for the calling thread */
void neap_cell_watch_end(neap_cell *cell);
int neap_cell_raise_stop(lua_State *L); /* raises again what stopped the cell */
void neap_cell_arm(lua_State *L);       /* every further instruction of L raises */
bool neap_cell_is_armed(lua_State *L);
/* What a loop in C looks at on each turn: the tick cannot end it otherwise. */
static inline bool neap_cell_is_stopped(lua_State *L) { return neap_cell_of(L)->watch.stop != NEAP_CELL_RUNS; }
static inline void neap_cell_check_stop(lua_State *L) {
  if (neap_cell_is_stopped(L)) neap_cell_raise_stop(L);
}

/* Each fills the globals of L. */
void neap_cell_open_libraries(lua_State *L); /* cell_string.c, with cell_table.c */
void neap_cell_open_table(lua_State *L);
void neap_cell_open_metatables(lua_State *L);
void neap_cell_set_patterns(lua_State *L); /* cell_pattern.c: into the table on the top of the stack */
void neap_cell_open_base(lua_State *L);
void neap_cell_open_order(lua_State *L);
void neap_cell_open_coroutine(lua_State *L);
void neap_cell_open_require(lua_State *L);
void neap_cell_open_os(lua_State *L);
void neap_cell_close_globals(lua_State *L); /* last: none is read that is not there, none is made */

/* Text of a value without addresses. */
const char *neap_cell_tostring(lua_State *L, int index, size_t *length);
/* Compiles text and pushes the function or the error; a result of lua_load. The time limit ends it. */
int neap_cell_compile_text(lua_State *L, const char *text, size_t length, const char *name);
/* cell_file.c: a file of at most 1 MiB. `own`: the author's, whose text is an input. */
neap_status neap_cell_read(neap_cell *cell, const char *path, bool own, neap_buffer *out, neap_fault *fault);
/* Reads a file of at most 1 MiB and compiles it: NEAP_OK and the function is on the top of the stack. `own`: goes into
 * the digest. */
neap_status neap_cell_compile(neap_cell *cell, lua_State *L, const char *path, bool own, neap_fault *fault);

#endif
