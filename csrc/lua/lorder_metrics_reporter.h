/* SPDX-License-Identifier: MIT */
/* lorder_metrics_reporter: what became of orders, as a Lua table. */
#ifndef NEAP_LUA_LORDER_METRICS_REPORTER_H
#define NEAP_LUA_LORDER_METRICS_REPORTER_H

#include <lua.h>

#include "engine/advanced/order_metrics_reporter.h"
#include "store/event_store.h"

/* Pushes { asked =, placed =, …, rejections = {code = count}, engines = {name = {…}}, strategies = {…} }. */
void neap_push_order_metrics(lua_State *L, const neap_order_metrics_reporter *reporter);
/* Of a store's events, by what lies at the path; NULL and a fault. To be freed. */
neap_order_metrics_reporter *neap_read_order_metrics(const char *path, neap_fault *fault);
/* A tap of a store (neap_event_store_options): `context` is a reporter. */
void neap_count_order_event(void *context, const neap_event *event);

#endif
