/* SPDX-License-Identifier: MIT */
/* lstrategy_order: the handle of an order. It holds a reference that it gives back when it is collected. */
#include <string.h>

#include "lua/lstrategy.h"

#define ORDER_TYPE "neap.order"

typedef struct handle {
  neap_order *order;
  neap_desk *const *desk;          /* NULL behind it: the session is gone */
  const neap_lstrategy_acts *acts; /* NULL: within a callback, by the desk */
} handle;

static handle *check_handle(lua_State *L) {
  handle *self = luaL_checkudata(L, 1, ORDER_TYPE);
  if (!*self->desk) luaL_error(L, "the session of this order is closed");
  return self;
}

static neap_order *check(lua_State *L) { return check_handle(L)->order; }
static neap_desk *desk_of(lua_State *L) { return *check_handle(L)->desk; }

neap_order *neap_lstrategy_test_order(lua_State *L, int index) {
  const handle *self = luaL_testudata(L, index, ORDER_TYPE);
  return self ? self->order : NULL;
}

static int push_text(lua_State *L, const char *text) {
  if (text[0] == '\0') return 0;
  lua_pushstring(L, text);
  return 1;
}

static int push_positive(lua_State *L, neap_decimal value) {
  if (neap_decimal_is_zero(value)) return 0;
  neap_push_decimal(L, value);
  return 1;
}

static int push_decimal(lua_State *L, neap_decimal value) {
  neap_push_decimal(L, value);
  return 1;
}

static int get_id(lua_State *L) { return push_text(L, check(L)->ticket.id); }
static int get_tag(lua_State *L) { return push_text(L, check(L)->tag); }
static int get_why(lua_State *L) { return push_text(L, check(L)->why); }
static int get_engine(lua_State *L) { return push_text(L, check(L)->engine); }
static int get_side(lua_State *L) { return push_text(L, neap_side_name(check(L)->ticket.side)); }
static int get_type(lua_State *L) { return push_text(L, neap_order_type_name(check(L)->ticket.type)); }
/* No venue has an order that leaves in slices: it works. */
static const char *status_of(const neap_order *order) {
  bool works = order->status == NEAP_ORDER_OPEN && neap_order_is_sliced(order);
  return works ? "working" : neap_order_status_name(order->status);
}

static int get_status(lua_State *L) { return push_text(L, status_of(check(L))); }
static int get_execution(lua_State *L) { return push_text(L, neap_execution_name(check(L)->ticket.execution)); }
static int get_filled(lua_State *L) { return push_decimal(L, check(L)->filled); }
static int get_fees(lua_State *L) { return push_decimal(L, check(L)->fees); }
static int get_limit(lua_State *L) { return push_positive(L, check(L)->ticket.limit); }
static int get_stop(lua_State *L) { return push_positive(L, check(L)->ticket.stop); }
static int get_trail_bps(lua_State *L) { return push_positive(L, check(L)->ticket.trail_bps); }
static int get_average(lua_State *L) { return push_positive(L, neap_order_average_price(check(L))); }

static int get_product(lua_State *L) {
  return push_text(L, neap_desk_product(desk_of(L), check(L)->ticket.product)->id);
}

static int get_time_in_force(lua_State *L) {
  return push_text(L, neap_time_in_force_name(check(L)->ticket.time_in_force));
}

/* nil while an order by notional or fraction has not met a price. */
static int get_quantity(lua_State *L) {
  const neap_ticket *ticket = &check(L)->ticket;
  if (ticket->sizing == NEAP_BY_QUANTITY) return push_decimal(L, ticket->quantity);
  return push_positive(L, ticket->quantity);
}

static int get_paused(lua_State *L) {
  lua_pushboolean(L, check(L)->slices.paused);
  return 1;
}

static int get_is_open(lua_State *L) {
  lua_pushboolean(L, !neap_order_is_terminal(check(L)->status));
  return 1;
}

static int get_emulated(lua_State *L) {
  lua_pushboolean(L, check(L)->trigger.emulated);
  return 1;
}

static int get_reason(lua_State *L) {
  const neap_reason *reason = &check(L)->reason;
  if (reason->code[0] == '\0') return 0;
  neap_lstrategy_push_reason(L, reason);
  return 1;
}

static int cancel(lua_State *L) {
  neap_fault fault;
  const handle *self = check_handle(L);
  bool works = !neap_order_is_terminal(self->order->status);
  if (self->acts) return works ? self->acts->cancel(L, self->order) : (lua_pushboolean(L, false), 1);
  neap_cell_touch(L);
  neap_lstrategy_check(L, neap_desk_cancel(*self->desk, self->order, &fault), "cancel", &fault);
  lua_pushboolean(L, works);
  return 1;
}

static int push_link(lua_State *L, uint64_t number) {
  char id[NEAP_ORDER_ID];
  if (!number) return 0;
  neap_desk_order_id(desk_of(L), number, id);
  return push_text(L, id);
}

/* The id of what it is a slice of, or protects. */
static int get_parent(lua_State *L) {
  const neap_order *order = check(L);
  return push_link(L, order->ticket.slice_of ? order->ticket.slice_of : order->parent);
}

static int get_replaces(lua_State *L) { return push_link(L, check(L)->replaces); }
static int get_replaced_by(lua_State *L) { return push_link(L, check(L)->replaced_by); }

static int replace(lua_State *L) {
  neap_fault fault;
  neap_order *order = NULL;
  neap_replacement wish = {.limit = {.kind = NEAP_AMOUNT_NONE}};
  const handle *self = check_handle(L);
  if (self->acts) return self->acts->replace(L, self->order);
  neap_cell_touch(L);
  neap_lstrategy_read_replacement(L, 2, &wish);
  neap_status status = neap_desk_replace(*self->desk, self->order, &wish, &order, &fault);
  neap_lstrategy_check(L, status, "replace", &fault);
  neap_lstrategy_push_order(L, order);
  return 1;
}

typedef neap_status hold_word(neap_desk *desk, neap_order *order, bool *works, neap_fault *fault);

static int hold(lua_State *L, const char *what, hold_word *word) {
  neap_fault fault;
  bool works = false;
  const handle *self = check_handle(L);
  neap_cell_touch(L);
  neap_lstrategy_check(L, word(*self->desk, self->order, &works, &fault), what, &fault);
  lua_pushboolean(L, works);
  return 1;
}

static int pause_slices(lua_State *L) {
  const handle *self = check_handle(L);
  return self->acts ? self->acts->pause(L, self->order) : hold(L, "pause", neap_desk_pause);
}

static int resume_slices(lua_State *L) {
  const handle *self = check_handle(L);
  return self->acts ? self->acts->resume(L, self->order) : hold(L, "resume", neap_desk_resume);
}

static neap_status explain_to(lua_State *L, neap_desk *desk, const neap_order *order, neap_fault *fault) {
  neap_buffer json;
  neap_buffer_init(&json);
  neap_status status = neap_desk_explain(desk, order, &json, fault);
  if (status == NEAP_OK) status = json.status;
  char *text = status == NEAP_OK ? lua_newuserdatauv(L, json.size + 1, 0) : NULL;
  if (text) {
    memcpy(text, json.data, json.size);
    text[json.size] = '\0';
  }
  neap_buffer_fini(&json);
  return status;
}

static int explain(lua_State *L) {
  neap_fault fault;
  neap_order *order = check(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "neap.json");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "decode");
  if (explain_to(L, desk_of(L), order, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, lua_touserdata(L, -1));
  lua_remove(L, -2);
  lua_call(L, 1, 2);
  return 2;
}

typedef struct field {
  const char *name;
  lua_CFunction get, method; /* neither: not in this version */
} field;

static const field fields[] = {{"status", get_status, NULL},
                               {"id", get_id, NULL},
                               {"tag", get_tag, NULL},
                               {"side", get_side, NULL},
                               {"type", get_type, NULL},
                               {"quantity", get_quantity, NULL},
                               {"filled", get_filled, NULL},
                               {"average_price", get_average, NULL},
                               {"fees", get_fees, NULL},
                               {"reason", get_reason, NULL},
                               {"product", get_product, NULL},
                               {"limit", get_limit, NULL},
                               {"stop", get_stop, NULL},
                               {"trail_bps", get_trail_bps, NULL},
                               {"time_in_force", get_time_in_force, NULL},
                               {"why", get_why, NULL},
                               {"engine", get_engine, NULL},
                               {"is_open", get_is_open, NULL},
                               {"execution", get_execution, NULL},
                               {"parent", get_parent, NULL},
                               {"paused", get_paused, NULL},
                               {"pause", NULL, pause_slices},
                               {"resume", NULL, resume_slices},
                               {"emulated", get_emulated, NULL},
                               {"cancel", NULL, cancel},
                               {"explain", NULL, explain},
                               {"replace", NULL, replace},
                               {"replaces", get_replaces, NULL},
                               {"replaced_by", get_replaced_by, NULL}};
enum { FIELDS = sizeof fields / sizeof *fields };

const char *neap_lstrategy_order_word(size_t i, bool *is_method) {
  if (i >= FIELDS) return NULL;
  *is_method = fields[i].get == NULL;
  return fields[i].name;
}

static int get(lua_State *L) {
  const char *words[FIELDS], *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
  for (size_t i = 0; i < FIELDS; i++) {
    words[i] = fields[i].name;
    if (strcmp(key, fields[i].name) != 0) continue;
    if (fields[i].get) return fields[i].get(L);
    if (!fields[i].method) return luaL_error(L, "'%s' is not in this version", key);
    lua_pushcfunction(L, fields[i].method);
    return 1;
  }
  const char *nearest = neap_nearest_word(key, words, FIELDS);
  if (nearest) return luaL_error(L, "an order has no '%s'; did you mean '%s'?", key, nearest);
  return luaL_error(L, "an order has no '%s'", key);
}

static int set(lua_State *L) { return luaL_error(L, "an order is read-only"); }

static int equals(lua_State *L) {
  const neap_order *a = neap_lstrategy_test_order(L, 1), *b = neap_lstrategy_test_order(L, 2);
  lua_pushboolean(L, a && a == b);
  return 1;
}

static int to_string(lua_State *L) {
  const neap_order *order = check(L);
  char quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(order->ticket.quantity, quantity);
  lua_pushfstring(L, "order %s %s %s %s %s", order->ticket.id[0] ? order->ticket.id : "(not needed)",
                  neap_side_name(order->ticket.side),
                  neap_decimal_is_zero(order->ticket.quantity) ? "(size at the fill)" : quantity,
                  neap_desk_product(desk_of(L), order->ticket.product)->id, status_of(order));
  return 1;
}

static int collect(lua_State *L) {
  handle *self = luaL_checkudata(L, 1, ORDER_TYPE);
  if (self->order && *self->desk) neap_desk_release(*self->desk, self->order);
  self->order = NULL;
  return 0;
}

static const luaL_Reg metamethods[] = {{"__index", get},          {"__newindex", set}, {"__eq", equals},
                                       {"__tostring", to_string}, {"__gc", collect},   {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, ORDER_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  lua_pushliteral(L, "order");
  lua_setfield(L, -2, "__metatable");
}

static handle *push(lua_State *L, neap_order *order, neap_desk *const *desk, int values) {
  handle *self = lua_newuserdatauv(L, sizeof *self, values);
  *self = (handle){.order = order, .desk = desk};
  push_metatable(L);
  lua_setmetatable(L, -2);
  return self;
}

/* Without memory for the handle the reference stays with the desk until the session closes; it frees all orders. */
void neap_lstrategy_push_order(lua_State *L, neap_order *order) { push(L, order, &neap_lstrategy(L)->desk, 0); }

void neap_lstrategy_push_order_of(lua_State *L, neap_order *order, neap_desk *const *desk, int holder,
                                  const neap_lstrategy_acts *acts) {
  handle *self = push(L, order, desk, 1);
  lua_pushvalue(L, holder);
  lua_setiuservalue(L, -2, 1);
  self->acts = acts;
}

void neap_lstrategy_push_order_holder(lua_State *L, int index) { lua_getiuservalue(L, index, 1); }
