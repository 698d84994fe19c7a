/* SPDX-License-Identifier: MIT */
/* lbroker: a broker written as a Lua table, before the session's own: what its functions let pass goes on to that one.
 */
#ifndef NEAP_LUA_LBROKER_H
#define NEAP_LUA_LBROKER_H

#include "lua/lneap.h"
#include "session/session.h"

struct session_run;

typedef struct neap_lua_broker {
  struct session_run *run; /* whose options table has the field `broker` */
  bool can_preview;
  uint32_t said, has; /* by the word's index: said, and what */
  neap_broker_abilities abilities;
  const neap_broker *inner;
  const neap_broker_sink *sink;
  neap_broker broker;
} neap_lua_broker;

/* Reads the field `broker` of the options table at `table`; without it nothing changes. Raises on what it does not
 * know. */
void neap_lua_broker_read(lua_State *L, int table, struct session_run *run, neap_session_options *session);

#endif
