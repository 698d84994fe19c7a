/* SPDX-License-Identifier: MIT */
/* lneap: what every binding shares: the export attribute, the one place that builds error tables, the one protected
 * call, decimals, records and buffers across the border. */
#ifndef NEAP_LUA_LNEAP_H
#define NEAP_LUA_LNEAP_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buffer.h"
#include "base/decimal.h"
#include "base/fault.h"

#define NEAP_EXPORT __attribute__((visibility("default")))

/* Pushes nil and the error table {code=, message=, where=, nearest=} with __tostring; returns 2: `return
 * neap_push_fault(L, &fault)`. */
int neap_push_fault(lua_State *L, const neap_fault *fault);
/* Of what has no result: true when it went well, else as neap_push_fault. */
int neap_push_done(lua_State *L, neap_status status, const neap_fault *fault);
/* Pushes only the error table. */
void neap_push_fault_table(lua_State *L, const neap_fault *fault);
/* Raises the fault's message (with where and nearest) as a misuse, with position information. */
int neap_raise_fault(lua_State *L, const neap_fault *fault);

/* luaL_tolstring without addresses, which no two runs share: what has no text of its own is its type's name. */
const char *neap_tolstring(lua_State *L, int index, size_t *length);

/* The one lua_pcall of the tree, with a traceback in fault->message on failure (code "lua_error"; memory:
 * "memory_limit"). */
neap_status neap_call(lua_State *L, int arguments, int results, neap_fault *fault);
/* The same for a state that is called often: what makes the traceback was pushed once, to the index `handler`. */
void neap_push_call_handler(lua_State *L);
neap_status neap_call_handled(lua_State *L, int arguments, int results, int handler, neap_fault *fault);

/* Decimals are full userdata with metatable "neap.decimal" (lua/ldecimal.c), in the host's states and in the cells
 * alike. */
void neap_push_decimal(lua_State *L, neap_decimal value);
/* The value at `index` when it is a decimal, else NULL. */
const neap_decimal *neap_test_decimal(lua_State *L, int index);
/* A decimal, an integer, or text that is an exact number; anything else (a float too: "use text or a decimal") raises.
 */
neap_decimal neap_check_decimal(lua_State *L, int index);

/* A record as a table: fields by their names, lists by position. */
void neap_push_record(lua_State *L, const void *data, size_t size);
/* An empty buffer that Lua frees, whatever is raised while it fills. Who is done with it may empty it before. */
neap_buffer *neap_push_buffer(lua_State *L);

/* Raises unless each key of the table at `index` is in `allowed` (NULL-terminated), naming the nearest allowed one.
 * `what` is used in the message: "buy: unknown option 'quantty'; did you mean 'quantity'?". */
void neap_check_options(lua_State *L, int index, const char *what, const char *const *allowed);
/* Raises for a word of a closed set (NULL-terminated): "daily: unknown day 'mnday'; did you mean 'monday'?", or with
 * the words that are known when none is near. */
int neap_raise_unknown(lua_State *L, const char *what, const char *kind, const char *word, const char *const *allowed);

#endif
