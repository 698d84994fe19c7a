/* SPDX-License-Identifier: MIT */
/* lorder_map: require "neap.order_map": our orders as Coinbase's order configurations, and back. */
#include "broker/broker_adapter.h"
#include "broker/coinbase/order_map.h"

#include <string.h>

#include "base/text.h"
#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"

NEAP_EXPORT int luaopen_neap_order_map(lua_State *L);

static const char *const forms[] = {"single", "bracket", "twap", NULL};
static const char *const margins[] = {"", "cross", "isolated", NULL};
static const char *const types[] = {"market", "limit", "stop", "stop_limit", "trailing_stop", NULL};
static const char *const times[] = {"gtc", "gtd", "ioc", "fok", NULL};

typedef neap_status (*encoder)(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault);

/* Stays on the stack: the table may not be what keeps it. */
static const char *field_text(lua_State *L, const char *name) {
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TNIL && type != LUA_TSTRING) luaL_error(L, "order: %s is text", name);
  const char *text = type == LUA_TNIL ? "" : lua_tostring(L, -1);
  if (type == LUA_TSTRING && strlen(text) != lua_rawlen(L, -1)) luaL_error(L, "order: %s has a zero byte", name);
  return text;
}

static void read_sizing(lua_State *L, neap_ticket *ticket) {
  static const char *const names[] = {"quantity", "notional", "fraction"};
  neap_decimal *const amounts[] = {&ticket->quantity, &ticket->notional, &ticket->fraction};
  int given = 0;
  for (int i = 0; i < 3; i++) {
    bool absent = lua_getfield(L, 1, names[i]) == LUA_TNIL;
    lua_pop(L, 1);
    if (absent) continue;
    *amounts[i] = neap_field_decimal(L, 1, "order", names[i]);
    ticket->sizing = (neap_sizing)i;
    given++;
  }
  if (given > 1) luaL_error(L, "order: only one of quantity, notional and fraction");
}

static void read_ticket(lua_State *L, neap_ticket *ticket) {
  const char *id = field_text(L, "id");
  if (strlen(id) >= sizeof ticket->id) luaL_error(L, "order: id has at most %d bytes", NEAP_ORDER_ID - 1);
  neap_text_copy(ticket->id, sizeof ticket->id, id);
  ticket->side = (neap_side)neap_field_word(L, 1, "order", "side", neap_side_words, -1);
  ticket->type = (neap_order_type)neap_field_word(L, 1, "order", "type", types, NEAP_MARKET);
  ticket->time_in_force = (neap_time_in_force)neap_field_word(L, 1, "order", "time_in_force", times, NEAP_GTC);
  read_sizing(L, ticket);
  ticket->limit = neap_field_decimal_or_zero(L, 1, "order", "limit");
  ticket->stop = neap_field_decimal_or_zero(L, 1, "order", "stop");
  ticket->trail_bps = neap_field_decimal_or_zero(L, 1, "order", "trail_bps");
  ticket->good_till = neap_field_integer(L, 1, "order", "good_till", 0);
  ticket->post_only = neap_field_flag(L, 1, "order", "post_only");
  ticket->reduce_only = neap_field_flag(L, 1, "order", "reduce_only");
}

static void read_slices(lua_State *L, neap_coinbase_slices *slices) {
  int64_t buckets = neap_field_integer(L, 1, "order", "buckets", 0);
  if (buckets < 0 || buckets > UINT32_MAX) luaL_error(L, "order: buckets is a count");
  slices->buckets = (uint32_t)buckets;
  slices->start = neap_field_integer(L, 1, "order", "start", 0);
  slices->duration = neap_field_integer(L, 1, "order", "bucket_duration", 0);
  slices->size = neap_field_decimal_or_zero(L, 1, "order", "bucket_size");
}

static void read_product(lua_State *L, neap_coinbase_request *request) {
  lua_getfield(L, 1, "product");
  request->product = neap_test_product(L, -1); /* stays on the stack */
  request->product_id = request->product ? request->product->id : field_text(L, "product");
}

static void read_request(lua_State *L, neap_coinbase_request *request, neap_ticket *ticket) {
  static const char *const allowed[] = {
      "id",          "product",  "side",  "form",      "type",        "time_in_force",   "quantity",    "notional",
      "fraction",    "limit",    "stop",  "trail_bps", "good_till",   "post_only",       "reduce_only", "leverage",
      "margin_type", "order_id", "start", "buckets",   "bucket_size", "bucket_duration", NULL};
  luaL_checktype(L, 1, LUA_TTABLE);
  neap_check_options(L, 1, "order", allowed);
  read_ticket(L, ticket);
  read_product(L, request);
  read_slices(L, &request->slices);
  request->ticket = ticket;
  request->order_id = field_text(L, "order_id");
  request->form = (neap_coinbase_form)neap_field_word(L, 1, "order", "form", forms, NEAP_COINBASE_SINGLE);
  request->margin = (neap_coinbase_margin)neap_field_word(L, 1, "order", "margin_type", margins, NEAP_COINBASE_UNSAID);
  request->leverage = neap_field_decimal_or_zero(L, 1, "order", "leverage");
}

/* → body and, where the row has one, its note. */
static int encode(lua_State *L, encoder write) {
  neap_ticket ticket = {.number = 0};
  neap_coinbase_request request = {.ticket = NULL};
  neap_fault fault;
  read_request(L, &request, &ticket);
  neap_buffer *buffer = neap_push_buffer(L);
  if (write(&request, buffer, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushlstring(L, (const char *)buffer->data, buffer->size);
  lua_pushstring(L, neap_coinbase_row_of(request.form, ticket.type, ticket.time_in_force)->note);
  return 2;
}

static int create(lua_State *L) { return encode(L, neap_coinbase_encode_create); }
static int preview(lua_State *L) { return encode(L, neap_coinbase_encode_preview); }
static int edit(lua_State *L) { return encode(L, neap_coinbase_encode_edit); }

static void set_word(lua_State *L, const char *name, const char *text) {
  if (text[0]) neap_set_text(L, name, text);
}

static void set_amount(lua_State *L, const char *name, neap_decimal amount) {
  if (!neap_decimal_is_zero(amount)) neap_set_decimal(L, name, amount);
}

static void set_time(lua_State *L, const char *name, int64_t time) {
  if (time) neap_set_integer(L, name, time);
}

static void set_flag(lua_State *L, const char *name, bool flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, name);
}

static void set_ticket(lua_State *L, const neap_coinbase_order *order) {
  const neap_ticket *ticket = &order->ticket;
  set_word(L, "id", order->client_id);
  set_word(L, "product", order->product_id);
  set_amount(L, "quantity", ticket->quantity);
  set_amount(L, "notional", ticket->notional);
  set_amount(L, "limit", ticket->limit);
  set_amount(L, "stop", ticket->stop);
  set_time(L, "good_till", ticket->good_till);
  set_flag(L, "post_only", ticket->post_only);
  set_flag(L, "reduce_only", ticket->reduce_only);
  set_time(L, "start", order->slices.start);
  set_time(L, "buckets", order->slices.buckets);
  set_amount(L, "bucket_size", order->slices.size);
  set_time(L, "bucket_duration", order->slices.duration);
}

/* What is not known is not there. */
static void set_known(lua_State *L, const neap_coinbase_order *order) {
  const neap_ticket *ticket = &order->ticket;
  if (order->known & NEAP_KNOWS_SIDE) neap_set_text(L, "side", neap_side_name(ticket->side));
  if (order->known & NEAP_KNOWS_STATUS) neap_set_text(L, "status", neap_order_status_name(order->status));
  if (!(order->known & NEAP_KNOWS_KIND)) return;
  neap_set_text(L, "form", forms[order->form]);
  neap_set_text(L, "type", neap_order_type_name(ticket->type));
  neap_set_text(L, "time_in_force", neap_time_in_force_name(ticket->time_in_force));
}

static void set_outcome(lua_State *L, const neap_coinbase_order *order) {
  neap_set_text(L, "order_id", order->order_id);
  neap_set_decimal(L, "filled", order->filled);
  set_amount(L, "average_price", order->average);
  neap_set_decimal(L, "value", order->value);
  neap_set_decimal(L, "fees", order->fees);
  set_amount(L, "leverage", order->leverage);
  set_word(L, "margin_type", margins[order->margin]);
  set_time(L, "created", order->created);
  set_time(L, "updated", order->updated);
  set_flag(L, "triggered", order->triggered);
  set_flag(L, "fees_inside", order->fees_inside);
  set_word(L, "code", order->code);
  set_word(L, "reason", order->reason);
  set_word(L, "message", order->message);
  set_word(L, "unknown", order->unknown);
  if (order->truncated) neap_set_integer(L, "truncated", order->truncated);
}

static int decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  neap_coinbase_order order;
  neap_fault fault;
  if (neap_coinbase_decode_order(text, length, &order, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_createtable(L, 0, 32);
  set_ticket(L, &order);
  set_known(L, &order);
  set_outcome(L, &order);
  return 1;
}

static int answer(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  neap_coinbase_answer read;
  neap_fault fault;
  if (neap_coinbase_decode_answer(text, length, &read, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_createtable(L, 0, 6);
  set_flag(L, "success", read.success);
  set_word(L, "order_id", read.order_id);
  if (read.success) return 1;
  set_word(L, "code", read.code);
  set_word(L, "reason", read.reason);
  set_word(L, "message", read.message);
  set_flag(L, "known", read.known);
  return 1;
}

static const struct {
  unsigned bit;
  const char *name;
} takes[] = {{NEAP_TAKES_BASE, "quantity"},
             {NEAP_TAKES_QUOTE, "notional"},
             {NEAP_TAKES_LIMIT, "limit"},
             {NEAP_TAKES_STOP, "stop"},
             {NEAP_TAKES_TRIGGER, "trigger"},
             {NEAP_TAKES_END, "good_till"},
             {NEAP_TAKES_POST_ONLY, "post_only"},
             {NEAP_TAKES_SLICES, "slices"},
             {NEAP_TAKES_EDIT, "edit"},
             {NEAP_QUOTE_ONLY_BUYS, "notional_only_buys"},
             {NEAP_ONLY_DERIVATIVES, "only_derivatives"}};

static void push_row(lua_State *L, const neap_coinbase_row *row) {
  lua_createtable(L, 0, 7);
  neap_set_text(L, "form", forms[row->form]);
  neap_set_text(L, "type", neap_order_type_name(row->type));
  neap_set_text(L, "time_in_force", neap_time_in_force_name(row->time_in_force));
  if (row->key) neap_set_text(L, "key", row->key);
  if (row->instead) neap_set_text(L, "instead", row->instead);
  if (row->note) neap_set_text(L, "note", row->note);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
    if (row->takes & takes[i].bit) set_flag(L, takes[i].name, true);
  lua_setfield(L, -2, "takes");
}

static int rows(lua_State *L) {
  const neap_coinbase_row *row;
  lua_newtable(L);
  for (size_t i = 0; (row = neap_coinbase_rows(i)); i++) {
    push_row(L, row);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static void push_times(lua_State *L, unsigned bits) {
  lua_newtable(L);
  for (unsigned time = 0, count = 0; time <= NEAP_FOK; time++) {
    if (!(bits >> time & 1)) continue;
    lua_pushstring(L, neap_time_in_force_name((neap_time_in_force)time));
    lua_rawseti(L, -2, (lua_Integer)++count);
  }
}

/* Of a type the times in force that it has, of the rest whether there is such a thing. */
static int abilities(lua_State *L) {
  const neap_broker_abilities venue = neap_coinbase_abilities();
  lua_newtable(L);
  for (unsigned i = 0; neap_broker_ability_word(i); i++) {
    if (i < NEAP_ORDER_TYPES)
      push_times(L, venue.times[i]);
    else
      lua_pushboolean(L, neap_broker_ability_get(&venue, i));
    lua_setfield(L, -2, neap_broker_ability_word(i));
  }
  return 1;
}

static int reasons(lua_State *L) {
  const char *name, *word;
  lua_newtable(L);
  for (size_t list = 0; (name = neap_coinbase_reason_list(list)); list++) {
    lua_newtable(L);
    for (size_t i = 0; (word = neap_coinbase_reason_word(list, i)); i++) {
      lua_pushstring(L, word);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, name);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"create", create},   {"preview", preview},     {"edit", edit},
                                     {"decode", decode},   {"answer", answer},       {"rows", rows},
                                     {"reasons", reasons}, {"abilities", abilities}, {NULL, NULL}};

int luaopen_neap_order_map(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
