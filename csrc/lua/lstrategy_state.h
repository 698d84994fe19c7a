/* SPDX-License-Identifier: MIT */
/* lstrategy_state: self.state between a script and its session (session/strategy.h: save, restore, revert). */
#ifndef NEAP_LUA_LSTRATEGY_STATE_H
#define NEAP_LUA_LSTRATEGY_STATE_H

#include "lua/lstrategy.h"

int neap_lstrategy_get_state(lua_State *L);  /* the word: pushes the table, made on first use */
void neap_lstrategy_set_state(lua_State *L); /* pops a table: it is the state from now on */

/* Only of a script that has used it. Packed fields are in the order of their names. NEAP_INVALID "bad_state" names the
 * path of what cannot be kept. */
neap_status neap_lstrategy_save_state(neap_strategy_cell *self, neap_buffer *out, bool *changed, neap_fault *fault);
neap_status neap_lstrategy_restore_state(neap_strategy_cell *self, const void *record, size_t size, neap_fault *fault);
neap_status neap_lstrategy_revert_state(neap_strategy_cell *self, neap_fault *fault);

#endif
