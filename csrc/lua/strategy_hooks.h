/* SPDX-License-Identifier: MIT */
/* strategy_hooks: fills in the session's contract of a strategy cell; used by strategy_cell only. */
#ifndef NEAP_LUA_STRATEGY_HOOKS_H
#define NEAP_LUA_STRATEGY_HOOKS_H

#include "lua/lstrategy.h"

void neap_strategy_set_hooks(neap_strategy_cell *self);
/* Moves the place that a Lua message begins with into `where`. */
void neap_strategy_place(neap_fault *fault);

#endif
