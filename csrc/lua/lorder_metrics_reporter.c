/* SPDX-License-Identifier: MIT */
/* lorder_metrics_reporter: neap.order_metrics_reporter: what became of the orders of a stored session. */
#include "lua/lorder_metrics_reporter.h"

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "store/query.h"

NEAP_EXPORT int luaopen_neap_order_metrics_reporter(lua_State *L);

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void push_counts(lua_State *L, const neap_order_metrics *counts) {
  const struct {
    const char *name;
    uint64_t value;
  } numbers[] = {{"asked", counts->asked},
                 {"placed", counts->placed},
                 {"pending", counts->pending},
                 {"filled", counts->filled},
                 {"partially_filled", counts->partially_filled},
                 {"cancelled", counts->cancelled},
                 {"expired", counts->expired},
                 {"rejected", counts->rejected},
                 {"post_only_rejected", counts->post_only_rejected},
                 {"replacements", counts->replacements},
                 {"triggers_registered", counts->triggers_registered},
                 {"triggers_active", counts->triggers_active},
                 {"triggers_fired", counts->triggers_fired}};
  luaL_checkstack(L, 4, "order metrics");
  lua_createtable(L, 0, 20);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    neap_set_integer(L, numbers[i].name, (int64_t)numbers[i].value);
  if (counts->priced_fills && counts->slippage_value > 0) {
    set_number(L, "slippage_bps", counts->slippage_cost / counts->slippage_value * 10000);
    set_number(L, "worst_slippage_bps", counts->slippage_worst);
  }
  if (!counts->filled) return;
  set_number(L, "seconds_to_fill", counts->fill_time / (double)counts->filled / 1e9);
  set_number(L, "longest_to_fill", counts->fill_time_longest / 1e9);
}

static void push_groups(lua_State *L, const neap_order_metrics_reporter *reporter, neap_metrics_kind kind) {
  const neap_metrics_group *group;
  lua_newtable(L);
  for (unsigned i = 0; (group = neap_order_metrics_reporter_group(reporter, i)); i++) {
    if (group->kind != kind) continue;
    push_counts(L, &group->metrics);
    lua_setfield(L, -2, group->name);
  }
}

void neap_push_order_metrics(lua_State *L, const neap_order_metrics_reporter *reporter) {
  const neap_metrics_reason *reason;
  push_counts(L, neap_order_metrics_reporter_total(reporter));
  lua_newtable(L);
  for (unsigned i = 0; (reason = neap_order_metrics_reporter_reason(reporter, i)); i++)
    neap_set_integer(L, reason->code, (int64_t)reason->count);
  lua_setfield(L, -2, "rejections");
  push_groups(L, reporter, NEAP_METRICS_ENGINE);
  lua_setfield(L, -2, "engines");
  push_groups(L, reporter, NEAP_METRICS_STRATEGY);
  lua_setfield(L, -2, "strategies");
}

static neap_status read_all(neap_query *query, neap_order_metrics_reporter *reporter, neap_fault *fault) {
  const neap_event_filter all = {.type = NULL};
  neap_event_row row;
  neap_status status = neap_query_events(query, &all, fault);
  while (status == NEAP_OK && (status = neap_query_next(query, &row, fault)) == NEAP_OK) {
    const neap_metrics_event event = {row.type, row.client_order_id, row.ts_ns, row.record, row.record_size};
    status = neap_order_metrics_reporter_apply(reporter, &event);
    if (status != NEAP_OK) neap_fail(fault, status, "memory", "no memory for the orders of a store");
  }
  return status == NEAP_END ? NEAP_OK : status;
}

neap_order_metrics_reporter *neap_read_order_metrics(const char *path, neap_fault *fault) {
  neap_query *query;
  neap_order_metrics_reporter *reporter = neap_order_metrics_reporter_new();
  neap_status status = reporter ? neap_query_open(path, &query, fault) : NEAP_MEMORY;
  if (!reporter) neap_fail(fault, status, "memory", "no memory for order metrics");
  if (status == NEAP_OK) {
    status = read_all(query, reporter, fault);
    neap_query_close(query);
  }
  if (status == NEAP_OK) return reporter;
  neap_order_metrics_reporter_free(reporter);
  return NULL;
}

void neap_count_order_event(void *context, const neap_event *event) {
  const neap_metrics_event seen = {event->type, event->client_order_id, event->ts_ns, event->record,
                                   event->record_size};
  neap_order_metrics_reporter_apply(context, &seen);
}

static int push_and_free(lua_State *L) {
  neap_push_order_metrics(L, lua_touserdata(L, 1));
  return 1;
}

/* order_metrics_reporter.read(path of a store) → what became of its orders, or nil and a fault */
static int read(lua_State *L) {
  neap_fault fault = {0};
  neap_order_metrics_reporter *reporter = neap_read_order_metrics(luaL_checkstring(L, 1), &fault);
  if (!reporter) return neap_push_fault(L, &fault);
  lua_settop(L, 0);
  lua_pushcfunction(L, push_and_free);
  lua_pushlightuserdata(L, reporter);
  neap_status status = neap_call(L, 1, 1, &fault);
  neap_order_metrics_reporter_free(reporter);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

int luaopen_neap_order_metrics_reporter(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
