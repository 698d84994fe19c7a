/* SPDX-License-Identifier: MIT */
/* cell: birth and end of a cell, the memory limit, the one way in. */
#include "lua/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/cell_parts.h"
#include "lua/lneap.h"

enum { USUAL_MEMORY = 64 << 20, ROOM = 64 << 10, HANDLER = 1 /* its place on the bottom of the stack */ };
#define LOAD_LIMIT (2 * INT64_C(1000000000))
#define PATIENCE 50 /* limits, with a script that plays: only one that was killed before it was stopped needs them */

static void *allocate(void *self, void *block, size_t old, size_t size) {
  neap_cell *cell = self;
  if (!block) old = 0; /* then it is the kind of the object */
  if (size > old && size - old > cell->limit - cell->used) return NULL;
  cell->used = cell->used - old + size;
  if (size == 0) {
    free(block);
    return NULL;
  }
  void *moved = realloc(block, size);
  if (moved) return moved;
  cell->used = cell->used + old - size;
  cell->starved = true;
  return moved;
}

lua_State *neap_cell_state(const neap_cell *cell) { return cell->L; }
size_t neap_cell_memory(const neap_cell *cell) { return cell->used; }
neap_cell *neap_cell_of(lua_State *L) { return *(neap_cell **)lua_getextraspace(L); }

void *neap_cell_context(lua_State *L) { return neap_cell_of(L)->context; }

/* Without a limit there is no timer either. */
static neap_status watch(neap_cell *cell, int64_t limit, neap_fault *fault) {
  if (limit > 0 || cell->depth > 0) return neap_cell_watch_follow(cell, fault);
  neap_cell_watch_end(cell);
  return NEAP_OK;
}

/* As its time limit would. */
static void stop_here(neap_cell *cell) {
  cell->watch.stop = NEAP_CELL_TIME;
  neap_cell_arm(cell->watch.current);
}

static void begin(neap_cell *cell, int64_t limit) {
  if (cell->depth++ > 0) return;
  cell->watch.current = cell->L;
  bool plays = cell->inputs && neap_inputs_plays(cell->inputs);
  cell->watch.stop = NEAP_CELL_RUNS;
  cell->watch.limit = plays ? PATIENCE * limit : limit;
  cell->starved = false;
  cell->touches = 0;
  cell->watch.call = ++cell->calls;
  cell->obeys = plays && neap_inputs_take_stop(cell->inputs, cell->number, cell->calls, &cell->stop);
  if (cell->obeys && cell->stop.touches == 0) stop_here(cell);
}

/* Behind this, nothing that it did was seen. */
void neap_cell_touch(lua_State *L) {
  neap_cell *cell = neap_cell_of(L);
  if (++cell->touches == cell->stop.touches && cell->obeys) stop_here(cell);
}

static void end(neap_cell *cell) {
  if (--cell->depth > 0) return;
  cell->watch.call = 0;
  if (cell->watch.stop != NEAP_CELL_RUNS) lua_sethook(cell->L, NULL, 0, 0);
}

static neap_status tell_stop(const neap_cell *cell, neap_fault *fault) {
  if (!fault) return NEAP_STOPPED;
  fault->status = NEAP_STOPPED;
  if (cell->watch.stop == NEAP_CELL_TIME) {
    snprintf(fault->code, sizeof fault->code, "time_limit");
    return NEAP_STOPPED;
  }
  if (cell->starved) return neap_fail(fault, NEAP_STOPPED, "no_memory", "stopped: the machine has no memory left");
  return neap_fail(fault, NEAP_STOPPED, "memory_limit", "stopped: over the memory limit of %zu MiB", cell->limit >> 20);
}

/* What cannot be measured again is noted; what was noted is obeyed. */
static void settle_stop(neap_cell *cell, neap_fault *fault) {
  if (cell->depth > 1 || !cell->inputs) return;
  if (cell->obeys) {
    cell->watch.stop = NEAP_CELL_TIME;
    snprintf(fault->message, sizeof fault->message, "%s", cell->stop.words);
  } else if (cell->watch.stop == NEAP_CELL_TIME && !neap_inputs_plays(cell->inputs)) {
    neap_input_stop stop = {.call = cell->calls, .touches = cell->touches};
    snprintf(stop.words, sizeof stop.words, "%s", fault->message);
    neap_inputs_note_stop(cell->inputs, cell->number, &stop);
  }
}

/* A nested call runs above a frame of its own, from where the bottom of the stack is out of sight. */
static neap_status call_function(neap_cell *cell, int arguments, int results, neap_fault *fault) {
  if (cell->depth > 1) return neap_call(cell->L, arguments, results, fault);
  return neap_call_handled(cell->L, arguments, results, HANDLER, fault);
}

/* The stack is left as it was before the function was pushed, results aside. */
static neap_status call_top(neap_cell *cell, int arguments, int results, int64_t limit, neap_fault *fault) {
  int top = lua_gettop(cell->L) - arguments - 1;
  begin(cell, limit);
  neap_status status = call_function(cell, arguments, results, fault);
  if (status != NEAP_OK && strcmp(fault->code, "memory_limit") == 0) cell->watch.stop = NEAP_CELL_MEMORY;
  settle_stop(cell, fault);
  if (cell->watch.stop != NEAP_CELL_RUNS) status = tell_stop(cell, fault);
  end(cell);
  if (status != NEAP_OK) lua_settop(cell->L, top);
  return status;
}

neap_status neap_cell_call(neap_cell *cell, lua_CFunction function, void *argument, int results, int64_t limit,
                           neap_fault *fault) {
  neap_fault own;
  neap_fault *told = fault ? fault : &own;
  neap_status status = watch(cell, limit, told);
  if (status != NEAP_OK) return status;
  lua_pushcfunction(cell->L, function);
  lua_pushlightuserdata(cell->L, argument);
  return call_top(cell, 1, results, limit, told);
}

uint64_t neap_cell_call_number(const neap_cell *cell) { return cell->calls; }
void neap_cell_seal(neap_cell *cell) { cell->sealed = true; }
void neap_cell_push_weight(lua_State *L, size_t bytes) { lua_newuserdatauv(L, bytes, 0); }

/* What Lua calls before it aborts: outside of protection there is no memory. */
static int panicked(lua_State *L) {
  const neap_cell *cell = neap_cell_of(L);
  if (cell->escape) longjmp(*cell->escape, 1);
  return 0;
}

/* Lua has emptied the stack on its way. */
static neap_status start_again(neap_cell *cell, neap_fault *fault) {
  lua_settop(cell->L, 0);
  neap_push_call_handler(cell->L);
  return neap_fail(fault, NEAP_STOPPED, "no_memory", "stopped: the machine has no memory left");
}

neap_status neap_cell_push(neap_cell *cell, void (*push)(lua_State *L, const void *argument), const void *argument,
                           neap_fault *fault) {
  jmp_buf escape;
  cell->escape = &escape;
  int failed = _setjmp(escape);
  if (!failed) push(cell->L, argument);
  cell->escape = NULL;
  return failed ? start_again(cell, fault) : NEAP_OK;
}

bool neap_cell_has_room(const neap_cell *cell) { return cell->depth == 0 && cell->limit - cell->used >= ROOM; }

neap_status neap_cell_call_pushed(neap_cell *cell, int arguments, int64_t limit, neap_fault *fault) {
  neap_fault own;
  neap_fault *told = fault ? fault : &own;
  neap_status status = watch(cell, limit, told);
  if (status == NEAP_OK) return call_top(cell, arguments, 0, limit, told);
  lua_pop(cell->L, arguments + 1);
  return status;
}

static int open_all(lua_State *L) {
  neap_cell_open_base(L);
  neap_cell_open_libraries(L);
  neap_cell_open_order(L);
  neap_cell_open_coroutine(L);
  neap_cell_open_os(L);
  neap_cell_open_require(L);
  neap_cell_close_globals(L);
  return 0;
}

static neap_status start(neap_cell *cell, neap_fault *fault) {
  cell->L = lua_newstate(allocate, cell);
  if (!cell->L && cell->starved) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a script's cell");
  if (!cell->L)
    return neap_fail(fault, NEAP_INVALID, "memory_limit", "the memory limit is too small to start a script");
  *(neap_cell **)lua_getextraspace(cell->L) = cell;
  lua_atpanic(cell->L, panicked);
  neap_push_call_handler(cell->L);
  lua_gc(cell->L, LUA_GCINC, 400, 0, 0); /* rarely: heaps are small, and the limit collects */
  return neap_cell_call(cell, open_all, NULL, 0, LOAD_LIMIT, fault);
}

static void set_options(neap_cell *cell, const neap_cell_options *options) {
  cell->limit = options->memory_limit ? options->memory_limit : USUAL_MEMORY;
  snprintf(cell->lua_root, sizeof cell->lua_root, "%s", options->lua_root ? options->lua_root : "");
  snprintf(cell->lib_root, sizeof cell->lib_root, "%s", options->lib_root ? options->lib_root : "");
  cell->modules = options->modules;
  cell->built_in = options->built_in;
  cell->seed = options->seed;
  cell->context = options->context;
  cell->inputs = options->inputs;
  cell->number = options->inputs ? neap_inputs_number(options->inputs) : 0;
  cell->print = options->print;
  cell->now = options->now;
}

neap_status neap_cell_new(const neap_cell_options *options, neap_cell **out, neap_fault *fault) {
  neap_cell *cell = calloc(1, sizeof *cell);
  if (!cell) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a script's cell");
  set_options(cell, options);
  neap_status status = start(cell, fault);
  if (status != NEAP_OK) {
    neap_cell_free(cell);
    return status;
  }
  *out = cell;
  return NEAP_OK;
}

void neap_cell_free(neap_cell *cell) {
  if (!cell) return;
  neap_cell_watch_end(cell);
  if (cell->L) lua_close(cell->L);
  free(cell);
}

void neap_cell_digest(const neap_cell *cell, char out[NEAP_DIGEST_TEXT]) {
  memcpy(out, cell->digest, NEAP_DIGEST_TEXT);
}
