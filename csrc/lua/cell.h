/* SPDX-License-Identifier: MIT */
/* cell: a Lua state of its own for one script: fenced, deterministic, limited in memory and time. */
#ifndef NEAP_LUA_CELL_H
#define NEAP_LUA_CELL_H

#include <lauxlib.h>
#include <lua.h>

#include "base/digest.h"
#include "base/fault.h"
#include "base/inputs.h"

typedef struct neap_cell neap_cell;

typedef struct neap_cell_options {
  const char *lua_root; /* holds neap/…: `require "neap.x"` reads neap/x.lua there. NULL: only what is built in */
  const char *lib_root; /* `require "a.b"` reads a/b.lua there. NULL: no files of the author's */
  const char *const
      *modules; /* the x of the neap.x of lua_root that may be required; NULL-terminated; NULL: the usual ones */
  const luaL_Reg *built_in; /* more modules written in C, name and opener; NULL: none. `neap`, `neap.decimal`,
                               `neap.json` and `neap.indicator` are always there */
  size_t memory_limit;      /* bytes; 0: 64 MiB */
  uint64_t seed;            /* of math.random */
  neap_inputs *inputs;      /* where files and stops are noted, or come from; outlives the cell. NULL: nowhere */
  void *context;            /* for the next two, which may be NULL: print goes nowhere, os.time() raises */
  neap_status (*print)(void *context, const char *text, neap_fault *fault);
  neap_status (*now)(void *context, int64_t *ns, neap_fault *fault);
} neap_cell_options;

/* The texts of the options are copied. NEAP_MEMORY, NEAP_INVALID (a limit too small to start), NEAP_IO (no timer).
 * A cell is used and freed on one thread at a time; the time limit follows the thread that calls. The process's first
 * free real-time signal from SIGRTMIN + 8 on gets a handler, which stays: it may not be missing when a late tick
 * arrives. */
neap_status neap_cell_new(const neap_cell_options *options, neap_cell **out, neap_fault *fault);
void neap_cell_free(neap_cell *cell); /* NULL is accepted */

lua_State *neap_cell_state(const neap_cell *cell);
neap_cell *neap_cell_of(lua_State *L); /* of a state or coroutine that is known to be a cell's */
void *neap_cell_context(lua_State *L); /* the options' context */

/* Calls `function` with `argument` as light userdata, protected and limited; its `results` are left on the stack of
 * neap_cell_state when NEAP_OK. Everything that may raise, pushing a string too, belongs inside such a function.
 * NEAP_STOPPED (codes "time_limit", "memory_limit"): a script cannot catch it. NEAP_INVALID ("lua_error" …): it raised.
 * `limit` is CPU time of this thread in ns, judged at ticks of about 4 ms, from the third tick on; 0: none. The cell
 * may be called again afterwards. Calls may nest: the outermost limit counts. */
neap_status neap_cell_call(neap_cell *cell, lua_CFunction function, void *argument, int results, int64_t limit,
                           neap_fault *fault);

/* The fast way in, for what is called a million times: when there is room (64 KiB and more below the limit), and no
 * call is under way, `push` may push a function and a few small arguments outside of protection, and they are called by
 * _call_pushed as above; their results are dropped. A machine without memory for them: NEAP_STOPPED "no_memory". */
bool neap_cell_has_room(const neap_cell *cell);
neap_status neap_cell_push(neap_cell *cell, void (*push)(lua_State *L, const void *argument), const void *argument,
                           neap_fault *fault);
neap_status neap_cell_call_pushed(neap_cell *cell, int arguments, int64_t limit, neap_fault *fault);

/* Reads a text file, compiles it and runs it within `limit`; leaves its one result on the stack. NEAP_NOT_FOUND,
 * NEAP_IO, NEAP_INVALID "does_not_compile" (where: file:line), and those of neap_cell_call. */
neap_status neap_cell_load(neap_cell *cell, const char *path, int64_t limit, neap_fault *fault);

/* From now on `require` finds no further file of the author's: what is loaded belongs to the digest. */
void neap_cell_seal(neap_cell *cell);
uint64_t neap_cell_call_number(const neap_cell *cell); /* of the outermost call that runs, or ran last */
/* The script does something to the session: where it is stopped is told by how often it did. */
void neap_cell_touch(lua_State *L);
void neap_cell_poll(lua_State *L); /* raises when the script is to stop: for what loops in C */
int neap_cell_sort(lua_State *L);  /* a cell's table.sort, whatever the script has put into its table */
/* Bytes that a script made the host allocate count against its limit: pushes a block of that size, which the caller
 * anchors for as long as they live. */
void neap_cell_push_weight(lua_State *L, size_t bytes);

/* SHA-256 of the files of the author's that were loaded so far, in their order. */
void neap_cell_digest(const neap_cell *cell, char out[NEAP_DIGEST_TEXT]);
size_t neap_cell_memory(const neap_cell *cell); /* bytes in use */

#endif
