/* SPDX-License-Identifier: MIT */
/* lsigner: what the halves of neap.signer share. */
#ifndef NEAP_LUA_LSIGNER_H
#define NEAP_LUA_LSIGNER_H

#include <lua.h>

#include "net/signer.h"

/* The key at `index`; raises when there is something else or it is closed. */
neap_signer_key *neap_check_signer_key(lua_State *L, int index);
/* A text without zero bytes; raises for anything else, numbers too. */
const char *neap_check_line(lua_State *L, int index, const char *what);
/* The same of the member `name` of the table at `table`, which stays alive as long as that; NULL: absent. */
const char *neap_field_line(lua_State *L, int table, const char *what, const char *name);

int neap_new_verifier(lua_State *L); /* verifier(skew in seconds) */

#endif
