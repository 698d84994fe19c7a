/* SPDX-License-Identifier: MIT */
/* lbroker: asks the functions submit, cancel and preview of a table; one that is absent lets everything pass. */
#include "lua/lbroker.h"

#include <stdio.h>
#include <string.h>

#include "broker/broker_adapter.h"
#include "lua/laccount.h"
#include "lua/lsession.h"

/* Pushes the function of that name; false, and nothing pushed: it is absent, or nobody is there to ask. */
static bool push_function(const neap_lua_broker *self, const char *name) {
  lua_State *L = self->run->L;
  if (!L || !lua_checkstack(L, 8)) return false;
  lua_getfield(L, self->run->callbacks, "broker");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  if (lua_isfunction(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

static void push_ticket(lua_State *L, const neap_lua_broker *self, const neap_ticket *ticket) {
  lua_createtable(L, 0, 14);
  neap_set_integer(L, "number", (int64_t)ticket->number);
  neap_set_text(L, "id", ticket->id);
  neap_set_text(L, "product", self->run->products[ticket->product].id);
  neap_set_text(L, "side", neap_side_name(ticket->side));
  neap_set_text(L, "type", neap_order_type_name(ticket->type));
  neap_set_text(L, "time_in_force", neap_time_in_force_name(ticket->time_in_force));
  if (ticket->quantity.units) neap_set_decimal(L, "quantity", ticket->quantity);
  if (ticket->notional.units) neap_set_decimal(L, "notional", ticket->notional);
  if (ticket->fraction.units) neap_set_decimal(L, "fraction", ticket->fraction);
  if (ticket->limit.units) neap_set_decimal(L, "limit", ticket->limit);
  if (ticket->stop.units) neap_set_decimal(L, "stop", ticket->stop);
  if (ticket->trail_bps.units) neap_set_decimal(L, "trail_bps", ticket->trail_bps);
  if (ticket->good_till) neap_set_integer(L, "good_till", ticket->good_till);
  lua_pushboolean(L, ticket->reduce_only);
  lua_setfield(L, -2, "reduce_only");
  lua_pushboolean(L, ticket->post_only);
  lua_setfield(L, -2, "post_only");
}

static void copy_field(lua_State *L, int index, const char *name, char *out, size_t size) {
  if (lua_istable(L, index) && lua_getfield(L, index, name) == LUA_TSTRING)
    snprintf(out, size, "%s", lua_tostring(L, -1));
  if (lua_istable(L, index)) lua_pop(L, 1);
}

/* What a function returned at -2 and -1: true passes; nil and words are a no; nil alone is an answer without an order.
 */
static neap_status read_answer(lua_State *L, neap_fault *fault) {
  char code[48] = "refused", message[160] = "";
  if (lua_toboolean(L, -2)) return NEAP_OK;
  if (lua_isnil(L, -1)) return neap_fail(fault, NEAP_NOT_FOUND, "no_order", "the broker answered, and gave no order");
  int index = lua_gettop(L);
  if (lua_isstring(L, index)) snprintf(message, sizeof message, "%s", lua_tostring(L, index));
  copy_field(L, index, "code", code, sizeof code);
  copy_field(L, index, "message", message, sizeof message);
  return neap_fail(fault, NEAP_REFUSED, code, "%s", message);
}

/* The function and its argument are pushed. Two answers are left. */
static neap_status ask(lua_State *L, neap_fault *fault) {
  neap_fault raised = {0};
  if (neap_call(L, 1, 2, &raised) == NEAP_OK) return NEAP_OK;
  lua_pushnil(L);
  lua_pushnil(L);
  raised.message[strcspn(raised.message, "\n")] = '\0';
  return neap_fail(fault, NEAP_IO, raised.code, "%.160s", raised.message);
}

static neap_status submit(void *context, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_lua_broker *self = context;
  lua_State *L = self->run->L;
  if (push_function(self, "submit")) {
    push_ticket(L, self, ticket);
    neap_status status = ask(L, fault);
    if (status == NEAP_OK) status = read_answer(L, fault);
    lua_pop(L, 2);
    if (status != NEAP_OK) return status;
  }
  return self->inner->submit(self->inner->self, ticket, now, fault);
}

static neap_status cancel(void *context, uint64_t order, int64_t now, neap_fault *fault) {
  neap_lua_broker *self = context;
  lua_State *L = self->run->L;
  if (push_function(self, "cancel")) {
    lua_pushinteger(L, (lua_Integer)order);
    neap_status status = ask(L, fault);
    if (status == NEAP_OK) status = read_answer(L, fault);
    lua_pop(L, 2);
    if (status != NEAP_OK) return status;
  }
  return self->inner->cancel(self->inner->self, order, now, fault);
}

static neap_decimal amount(lua_State *L, int index, const char *name) {
  neap_decimal value = NEAP_ZERO;
  lua_getfield(L, index, name);
  const neap_decimal *given = neap_test_decimal(L, -1);
  if (given)
    value = *given;
  else if (lua_isstring(L, -1))
    neap_decimal_parse(lua_tostring(L, -1), strlen(lua_tostring(L, -1)), &value, NULL);
  lua_pop(L, 1);
  return value;
}

static void report_preview(const neap_lua_broker *self, const neap_ticket *ticket, int index, const neap_fault *no) {
  lua_State *L = self->run->L;
  neap_report report = {.kind = NEAP_REPORT_PREVIEWED, .order = ticket->number};
  if (no) {
    snprintf(report.code, sizeof report.code, "%s", no->code);
    snprintf(report.message, sizeof report.message, "%.159s", no->message);
  } else {
    report.preview = (neap_preview){.quantity = amount(L, index, "quantity"),
                                    .price = amount(L, index, "price"),
                                    .fee = amount(L, index, "fee"),
                                    .total = amount(L, index, "total")};
  }
  self->sink->report(self->sink->context, &report);
}

/* "later": the answer comes by nobody, as of a venue that does not answer. */
static neap_status answer_preview(neap_lua_broker *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  lua_State *L = self->run->L;
  neap_fault no = {0};
  int first = lua_gettop(L) - 1;
  if (lua_isstring(L, first) && strcmp(lua_tostring(L, first), "later") == 0) return NEAP_OK;
  if (lua_istable(L, first)) return report_preview(self, ticket, first, NULL), NEAP_OK;
  if (read_answer(L, &no) == NEAP_OK) return self->inner->preview(self->inner->self, ticket, now, fault);
  report_preview(self, ticket, 0, &no);
  return NEAP_OK;
}

static neap_status preview(void *context, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_lua_broker *self = context;
  lua_State *L = self->run->L;
  if (!push_function(self, "preview")) return self->inner->preview(self->inner->self, ticket, now, fault);
  push_ticket(L, self, ticket);
  int top = lua_gettop(L) - 2;
  neap_status status = ask(L, fault);
  if (status == NEAP_OK) status = answer_preview(self, ticket, now, fault);
  lua_settop(L, top);
  return status;
}

static neap_status resize(void *context, const neap_order *order, int64_t now, neap_fault *fault) {
  const neap_lua_broker *self = context;
  return self->inner->resize(self->inner->self, order, now, fault);
}

static neap_status restore(void *context, const neap_order *order, neap_fault *fault) {
  const neap_lua_broker *self = context;
  return self->inner->restore(self->inner->self, order, fault);
}

/* What is not said is as it is with the simulator. */
static void state_abilities(neap_lua_broker *self, const neap_broker *simulator) {
  self->abilities = *simulator->orders;
  for (unsigned i = 0; neap_broker_ability_word(i); i++)
    if (self->said >> i & 1) neap_broker_ability_set(&self->abilities, i, self->has >> i & 1);
  if (!self->can_preview) self->abilities.preview = false;
}

static const neap_broker *make(void *context, const neap_broker *simulator, const neap_broker_sink *sink) {
  neap_lua_broker *self = context;
  self->inner = simulator;
  self->sink = sink;
  state_abilities(self, simulator);
  self->broker = (neap_broker){.self = self,
                               .name = "lua",
                               .abilities = simulator->abilities,
                               .orders = &self->abilities,
                               .submit = submit,
                               .cancel = cancel,
                               .preview = self->abilities.preview ? preview : NULL,
                               .resize = resize,
                               .restore = restore};
  return &self->broker;
}

enum { ABILITIES = 32 };

static void read_ability(lua_State *L, neap_lua_broker *self, const char *word, unsigned i) {
  if (lua_getfield(L, -1, word) != LUA_TNIL) {
    if (!lua_isboolean(L, -1)) luaL_error(L, "broker: abilities: %s is true or false", word);
    self->said |= 1u << i;
    if (lua_toboolean(L, -1)) self->has |= 1u << i;
  }
  lua_pop(L, 1);
}

static void read_abilities(lua_State *L, int broker, neap_lua_broker *self) {
  const char *words[ABILITIES] = {NULL};
  self->said = self->has = 0;
  for (unsigned i = 0; (words[i] = neap_broker_ability_word(i)); i++)
    ;
  if (lua_getfield(L, broker, "abilities") != LUA_TNIL) {
    neap_check_options(L, lua_gettop(L), "broker: abilities", words);
    for (unsigned i = 0; words[i]; i++) read_ability(L, self, words[i], i);
  }
  lua_pop(L, 1);
}

void neap_lua_broker_read(lua_State *L, int table, session_run *run, neap_session_options *session) {
  static const char *const words[] = {"submit", "cancel", "preview", NULL};
  static const char *const options[] = {"submit", "cancel", "preview", "abilities", "holds", NULL};
  if (lua_getfield(L, table, "broker") != LUA_TNIL) {
    int at = lua_gettop(L);
    neap_check_options(L, at, "broker", options);
    for (int i = 0; words[i]; i++, lua_pop(L, 1)) {
      int type = lua_getfield(L, at, words[i]);
      bool is_off = i == 2 && type == LUA_TBOOLEAN && !lua_toboolean(L, -1);
      if (type != LUA_TNIL && type != LUA_TFUNCTION && !is_off)
        luaL_error(L, "broker: %s is a function, not %s", words[i], luaL_typename(L, -1));
      if (i == 2) run->broker.can_preview = !is_off;
    }
    read_abilities(L, at, &run->broker);
    if (lua_getfield(L, at, "holds") != LUA_TNIL && !lua_isboolean(L, -1))
      luaL_error(L, "broker: holds is true or false, not %s", luaL_typename(L, -1));
    session->holds = lua_toboolean(L, -1);
    lua_pop(L, 1);
    run->broker.run = run;
    session->broker = (neap_broker_maker){.self = &run->broker, .make = make};
  }
  lua_pop(L, 1);
}
