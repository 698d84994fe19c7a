/* SPDX-License-Identifier: MIT */
/* policy_view: what a policy's function sees: `order` and `ctx`, made once, read-only, valid while it is asked. */
#ifndef NEAP_LUA_POLICY_VIEW_H
#define NEAP_LUA_POLICY_VIEW_H

#include <lua.h>

#include "engine/policy.h"

typedef struct neap_policy_view {
  const neap_policy_question *question; /* NULL: nobody is asked */
  const neap_limits **limits;           /* what ctx.risk shows */
} neap_policy_view;

/* Pushes order and ctx. The view belongs to them. */
neap_policy_view *neap_policy_push_views(lua_State *L);
void neap_policy_view_show(neap_policy_view *view, const neap_policy_question *question);

#endif
