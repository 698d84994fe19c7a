/* SPDX-License-Identifier: MIT */
/* lpolicy: a policy file in a cell of its own, seen by the session as engine/policy.h. */
#ifndef NEAP_LUA_LPOLICY_H
#define NEAP_LUA_LPOLICY_H

#include <lua.h>

#include "base/inputs.h"
#include "engine/policy.h"

typedef struct neap_policy_cell neap_policy_cell;

enum { NEAP_POLICY_LIMIT = 2000000 }; /* ns of CPU time per question */

/* Loads the file, which returns function(order, ctx) → engine, reason. `lua_root` holds neap/: the cell's `require`
 * finds neap.engine_factory there, neap.decimal, and nothing else. `inputs`: as a cell's. Faults: those of the cell,
 * and "no_policy". */
neap_status neap_policy_cell_new(const char *path, const char *lua_root, neap_inputs *inputs, neap_policy_cell **out,
                                 neap_fault *fault);
void neap_policy_cell_free(neap_policy_cell *cell); /* NULL is accepted */
/* The contract; valid as long as the cell. Every failure has the code "policy_failed". */
neap_policy neap_policy_cell_policy(neap_policy_cell *cell);

/* The policy at `index` (an object of neap.policy, open), or NULL: what a session is given. It lives as long as the
 * object. */
const neap_policy *neap_test_policy(lua_State *L, int index);

#endif
