/* SPDX-License-Identifier: MIT */
/* lsession_reconcile: our books against the account at the venue, and what a person says of a difference. */
#include "lua/laccount.h"
#include "lua/lsession.h"
#include "session/reconcile.h"

static void set_row(lua_State *L, const neap_reconcile_row *row) {
  lua_createtable(L, 0, 8);
  neap_set_text(L, "currency", row->currency);
  neap_set_decimal(L, "ours", row->ours);
  neap_set_decimal(L, "external", row->external);
  if (!neap_decimal_is_zero(row->allowed)) neap_set_decimal(L, "allowed", row->allowed);
  if (row->has_venue) neap_set_decimal(L, "venue", row->venue);
  if (!row->id) return;
  neap_set_integer(L, "id", (int64_t)row->id);
  neap_set_decimal(L, "difference", row->difference);
  neap_set_integer(L, "since", row->since);
}

static void set_rows(lua_State *L, const neap_session *session) {
  neap_reconcile_row row;
  lua_newtable(L);
  for (uint32_t i = 0; neap_session_reconcile_row(session, i, &row); i++) {
    set_row(L, &row);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "rows");
}

static void set_orders(lua_State *L, const neap_session *session) {
  const neap_foreign_order *order;
  lua_newtable(L);
  for (uint32_t i = 0; (order = neap_session_foreign_order(session, i)) != NULL; i++) {
    lua_createtable(L, 0, 7);
    neap_set_text(L, "order_id", order->order_id);
    neap_set_text(L, "client_id", order->client_id);
    neap_set_text(L, "product", order->product_id);
    neap_set_text(L, "side", neap_side_name(order->side));
    neap_set_decimal(L, "quantity", order->quantity);
    neap_set_decimal(L, "filled", order->filled);
    if (!neap_decimal_is_zero(order->limit)) neap_set_decimal(L, "limit", order->limit);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "orders");
}

/* reconciliation() → { external =, baseline_at =, looked_at =, rows =, orders = }; nil: the broker is no venue. Asks
 * for another look, too. */
static int object_reconciliation(lua_State *L) {
  static const char *const policies[] = {"ignore", "adopt", "halt"};
  const session_run *run = session_object_check(L, 1);
  const neap_reconcile_view view = neap_session_reconciliation(run->session);
  if (!view.is_outside) return lua_pushnil(L), 1;
  neap_session_reconcile_look(run->session);
  lua_createtable(L, 0, 5);
  neap_set_text(L, "external", policies[view.external]);
  if (view.has_baseline) neap_set_integer(L, "baseline_at", view.baseline_at);
  if (view.looked_at) neap_set_integer(L, "looked_at", view.looked_at);
  set_rows(L, run->session);
  set_orders(L, run->session);
  return 1;
}

typedef struct settlement {
  uint64_t id;
  neap_settlement how;
} settlement;

static neap_status settle(session_run *run, const settlement *wish, neap_fault *fault) {
  return neap_session_settle_difference(run->session, wish->id, wish->how, run->words, run->who, fault);
}

/* settle_difference(id, "adopt" | "dismiss", why, who) */
static int object_settle_difference(lua_State *L) {
  static const char *const ways[] = {"adopt", "dismiss", NULL};
  neap_fault fault = {0};
  lua_Integer id = luaL_checkinteger(L, 2);
  const settlement wish = {.id = id > 0 ? (uint64_t)id : 0, .how = (neap_settlement)luaL_checkoption(L, 3, NULL, ways)};
  const char *why = luaL_checkstring(L, 4), *who = luaL_optstring(L, 5, "operator");
  session_run *run = session_object_begin(L);
  run->words = why;
  run->who = who;
  neap_status status = settle(run, &wish, &fault);
  session_object_done(run);
  return neap_push_done(L, status, &fault);
}

const luaL_Reg session_reconcile_methods[] = {
    {"reconciliation", object_reconciliation}, {"settle_difference", object_settle_difference}, {NULL, NULL}};
