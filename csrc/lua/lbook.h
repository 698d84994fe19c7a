/* SPDX-License-Identifier: MIT */
/* lbook: books and recordings as Lua objects. */
#ifndef NEAP_LUA_LBOOK_H
#define NEAP_LUA_LBOOK_H

#include <lua.h>

#include "market/recording.h"

extern const char *const neap_book_side_words[]; /* bid, ask */

/* The book, or recording, at `index`; raises when there is something else, or it is closed. */
neap_price_book *neap_check_price_book(lua_State *L, int index);
neap_recording *neap_check_recording(lua_State *L, int index);

/* Pushes a copy; or nil and a fault, and returns 2. */
int neap_push_price_book(lua_State *L, const neap_price_book *book);

/* An amount in increments: raises when it is no multiple of the increment, or below zero. */
int64_t neap_check_increments(lua_State *L, neap_decimal value, neap_decimal increment, const char *what);
/* price_increment and size_increment of the options at 1; raises unless both are over zero. */
void neap_check_increment_options(lua_State *L, const char *what, neap_decimal *price, neap_decimal *size);

#endif
