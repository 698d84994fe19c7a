/* SPDX-License-Identifier: MIT */
/* lstore: require "neap.event_store". */
#include "lua/lstore.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "lua/lneap.h"
#include "store/query.h"

#define STORE_TYPE "neap.event_store"
#define QUERY_TYPE "neap.event_query"

NEAP_EXPORT int luaopen_neap_event_store(lua_State *L);

typedef struct store_box {
  neap_event_store *store; /* NULL: closed */
  neap_buffer scratch;     /* the record or the JSON at hand: it lives here because a raise may come between */
} store_box;

static void set_text(lua_State *L, const char *field, const char *text) {
  if (*text == '\0') return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

/* row.body = json.decode(row.json, {numbers = "float"}); a body that cannot be read stays away. */
static void set_body(lua_State *L, const char *json) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushstring(L, json);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "float");
  lua_setfield(L, -2, "numbers");
  lua_call(L, 2, 1);
  lua_setfield(L, -2, "body");
}

static void push_row(lua_State *L, const neap_event_row *row) {
  char time[NEAP_TIME_TEXT];
  neap_time_format(row->ts_ns, time);
  luaL_checkstack(L, 8, "a row");
  lua_createtable(L, 0, 11);
  set_integer(L, "seq", (int64_t)row->seq);
  set_integer(L, "ts_ns", row->ts_ns);
  set_text(L, "time", time);
  set_text(L, "type", row->type);
  set_integer(L, "version", row->version);
  set_text(L, "run", row->run);
  set_integer(L, "cause_seq", (int64_t)row->cause_seq);
  set_text(L, "product", row->product);
  set_text(L, "client_order_id", row->client_order_id);
  set_text(L, "json", row->body);
  set_body(L, row->body);
}

static const char *text_option(lua_State *L, int table, const char *what, const char *field, const char *otherwise) {
  int type = lua_getfield(L, table, field);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    luaL_error(L, "%s: %s is text, not %s", what, field, luaL_typename(L, -1));
  const char *text = type == LUA_TNIL ? otherwise : lua_tostring(L, -1);
  lua_pop(L, 1); /* the options hold it */
  return text;
}

static int64_t integer_option(lua_State *L, int table, const char *what, const char *field, int64_t least) {
  int64_t value = 0;
  if (lua_getfield(L, table, field) != LUA_TNIL) {
    if (!lua_isinteger(L, -1))
      luaL_error(L, "%s: %s is a whole number, not %s", what, field, luaL_tolstring(L, -1, NULL));
    value = lua_tointeger(L, -1);
    if (value < least) luaL_error(L, "%s: %s is at least %I", what, field, (LUAI_UACINT)least);
  }
  lua_pop(L, 1);
  return value;
}

static bool boolean_option(lua_State *L, int table, const char *what, const char *field) {
  int type = lua_getfield(L, table, field);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    luaL_error(L, "%s: %s is true or false, not %s", what, field, luaL_typename(L, -1));
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static neap_query **check_query(lua_State *L) { return luaL_checkudata(L, 1, QUERY_TYPE); }

static int query_close(lua_State *L) {
  neap_query **query = check_query(L);
  neap_query_close(*query);
  *query = NULL;
  return 0;
}

static int query_next(lua_State *L) {
  neap_event_row row;
  neap_fault fault;
  neap_query **query = check_query(L);
  neap_status status = *query ? neap_query_next(*query, &row, &fault) : NEAP_END;
  if (status == NEAP_OK) {
    push_row(L, &row);
    return 1;
  }
  neap_query_close(*query);
  *query = NULL;
  if (status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushnil(L);
  return 1;
}

/* As an iterator it has no one to hand an error to. */
static int query_call(lua_State *L) {
  lua_settop(L, 1);
  if (query_next(L) == 1) return 1;
  return lua_error(L);
}

static int query_tostring(lua_State *L) {
  lua_pushstring(L, *check_query(L) ? "events (open)" : "events (closed)");
  return 1;
}

/* since and until are numbers of events; moments are since_ns and until_ns. */
static neap_event_filter read_filter(lua_State *L, int table) {
  static const char *const allowed[] = {"type",     "product",  "order", "cause",        "since", "until",
                                        "since_ns", "until_ns", "limit", "newest_first", NULL};
  neap_event_filter filter = {0};
  if (lua_isnoneornil(L, table)) return filter;
  neap_check_options(L, table, "events", allowed);
  filter.type = text_option(L, table, "events", "type", NULL);
  filter.product = text_option(L, table, "events", "product", NULL);
  filter.client_order_id = text_option(L, table, "events", "order", NULL);
  filter.cause_seq = (uint64_t)integer_option(L, table, "events", "cause", 1);
  filter.since_seq = (uint64_t)integer_option(L, table, "events", "since", 0);
  filter.until_seq = (uint64_t)integer_option(L, table, "events", "until", 1);
  filter.since_ns = integer_option(L, table, "events", "since_ns", INT64_MIN);
  filter.until_ns = integer_option(L, table, "events", "until_ns", INT64_MIN);
  filter.limit = (uint64_t)integer_option(L, table, "events", "limit", 1);
  filter.newest_first = boolean_option(L, table, "events", "newest_first");
  return filter;
}

/* Gives what a for loop needs: the query itself is called for each row, and closed when the loop is left. */
static int events(lua_State *L) {
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 2);
  const char *path = lua_tostring(L, 1);
  neap_event_filter filter = read_filter(L, 2);
  neap_query **query = lua_newuserdatauv(L, sizeof *query, 0);
  *query = NULL;
  luaL_setmetatable(L, QUERY_TYPE);
  if (neap_query_open(path, query, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  if (neap_query_events(*query, &filter, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, -3);
  return 4;
}

/* seq_at(path, ns) */
static int seq_at(lua_State *L) {
  neap_fault fault;
  uint64_t seq = 0;
  luaL_checktype(L, 1, LUA_TSTRING);
  int64_t ns = luaL_checkinteger(L, 2);
  neap_query *query = NULL;
  neap_status status = neap_query_open(lua_tostring(L, 1), &query, &fault);
  if (status == NEAP_OK) status = neap_query_seq_at(query, ns, &seq, &fault);
  neap_query_close(query);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)seq);
  return 1;
}

static int verify(lua_State *L) {
  static const char *const allowed[] = {"head", NULL};
  neap_verify_report report;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) neap_check_options(L, 2, "verify", allowed);
  const char *head = lua_isnil(L, 2) ? NULL : text_option(L, 2, "verify", "head", NULL);
  neap_status status = neap_store_verify(lua_tostring(L, 1), head, &report, &fault);
  if (status == NEAP_INVALID) return neap_raise_fault(L, &fault);
  if (status != NEAP_OK) neap_push_fault(L, &fault);
  neap_store_push_report(L, &report);
  return status == NEAP_OK ? 1 : 3;
}

static store_box *check_box(lua_State *L) { return luaL_checkudata(L, 1, STORE_TYPE); }

static store_box *check_open(lua_State *L) {
  store_box *box = check_box(L);
  if (!box->store) luaL_error(L, "the event store is closed");
  return box;
}

static int create(lua_State *L) {
  static const char *const allowed[] = {"path", "run", "resume", "ack_fd", "reserve", NULL};
  neap_fault fault;
  neap_check_options(L, 1, "create", allowed);
  neap_event_store_options options = {.path = text_option(L, 1, "create", "path", NULL),
                                      .run = text_option(L, 1, "create", "run", "run"),
                                      .resume = boolean_option(L, 1, "create", "resume"),
                                      .reserve = (size_t)integer_option(L, 1, "create", "reserve", 0)};
  int64_t ack = integer_option(L, 1, "create", "ack_fd", 0);
  if (ack > INT_MAX) luaL_error(L, "create: ack_fd is the number of an open file");
  options.ack_fd = (int)ack;
  if (options.resume && !options.path) luaL_error(L, "create: resume needs a path");
  store_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (store_box){0};
  luaL_setmetatable(L, STORE_TYPE);
  if (neap_event_store_create(&options, &box->store, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

/* A table is packed; text is taken as the packed bytes themselves. */
static void read_record(lua_State *L, int table, neap_buffer *out) {
  size_t length;
  neap_buffer_clear(out);
  int type = lua_getfield(L, table, "record");
  if (type == LUA_TTABLE) {
    neap_store_pack_table(L, -1, out);
  } else if (type == LUA_TSTRING) {
    const char *bytes = lua_tolstring(L, -1, &length);
    neap_buffer_append(out, bytes, length);
  } else if (type != LUA_TNIL) {
    luaL_error(L, "append: record is a table or packed bytes, not %s", luaL_typename(L, -1));
  }
  lua_pop(L, 1);
  if (out->status != NEAP_OK) luaL_error(L, "append: the record cannot be packed: %s", neap_status_name(out->status));
}

static neap_event read_event(lua_State *L, int table) {
  static const char *const allowed[] = {"ts_ns",           "type",   "version", "cause_seq", "product",
                                        "client_order_id", "record", NULL};
  neap_check_options(L, table, "append", allowed);
  neap_event event = {.ts_ns = integer_option(L, table, "append", "ts_ns", INT64_MIN),
                      .type = text_option(L, table, "append", "type", NULL),
                      .cause_seq = (uint64_t)integer_option(L, table, "append", "cause_seq", 0),
                      .product = text_option(L, table, "append", "product", ""),
                      .client_order_id = text_option(L, table, "append", "client_order_id", "")};
  int64_t version = integer_option(L, table, "append", "version", 1);
  if (!event.type) luaL_error(L, "append: type is missing");
  if (version > UINT16_MAX) luaL_error(L, "append: version is at most %d", UINT16_MAX);
  event.version = version ? (uint16_t)version : 1;
  return event;
}

static int append(lua_State *L) {
  uint64_t seq;
  neap_fault fault;
  store_box *box = check_open(L);
  neap_event event = read_event(L, 2);
  read_record(L, 2, &box->scratch);
  event.record = box->scratch.data;
  event.record_size = box->scratch.size;
  if (neap_event_store_append(box->store, &event, &seq, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)seq);
  return 1;
}

static int seal(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_event_store_seal(check_open(L)->store, &fault), &fault);
}

static int hold(lua_State *L) {
  neap_event_store_hold(check_open(L)->store);
  return 0;
}

static int release(lua_State *L) {
  neap_event_store_release(check_open(L)->store);
  return 0;
}

static int wait(lua_State *L) {
  neap_fault fault;
  store_box *box = check_open(L);
  lua_Integer seq = luaL_checkinteger(L, 2);
  luaL_argcheck(L, seq >= 0, 2, "the number of an event");
  return neap_push_done(L, neap_event_store_wait(box->store, (uint64_t)seq, &fault), &fault);
}

static int durable(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)neap_event_store_durable(check_open(L)->store));
  return 1;
}

/* "writes"; or "reserve" or "lost", and why. */
static int state(lua_State *L) {
  static const char *const names[] = {"writes", "reserve", "lost"};
  neap_fault why;
  neap_journal_state found = neap_event_store_state(check_open(L)->store, &why);
  if (found == NEAP_JOURNAL_WRITES) {
    lua_pushstring(L, names[found]);
    return 1;
  }
  neap_push_fault(L, &why);
  lua_pushstring(L, names[found]);
  lua_insert(L, -2);
  return 2;
}

static int head(lua_State *L) {
  char text[NEAP_DIGEST_TEXT];
  neap_event_store_head(check_open(L)->store, text);
  lua_pushstring(L, text);
  return 1;
}

static int count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)neap_event_store_count(check_open(L)->store));
  return 1;
}

static int close_store(lua_State *L) {
  neap_fault fault;
  store_box *box = check_box(L);
  neap_event_store *store = box->store;
  box->store = NULL;
  neap_buffer_fini(&box->scratch);
  return neap_push_done(L, neap_event_store_close(store, &fault), &fault);
}

static int store_tostring(lua_State *L) {
  store_box *box = check_box(L);
  if (box->store)
    lua_pushfstring(L, "event store (%I events)", (LUAI_UACINT)neap_event_store_count(box->store));
  else
    lua_pushliteral(L, "event store (closed)");
  return 1;
}

static const luaL_Reg store_methods[] = {
    {"append", append}, {"seal", seal}, {"hold", hold},   {"release", release},   {"wait", wait}, {"durable", durable},
    {"state", state},   {"head", head}, {"count", count}, {"close", close_store}, {NULL, NULL}};
static const luaL_Reg query_methods[] = {{"next", query_next}, {"close", query_close}, {NULL, NULL}};

/* Each function's first upvalue is json.decode. Stack: decode. */
static void set_functions(lua_State *L, const luaL_Reg *functions) {
  lua_pushvalue(L, 1);
  luaL_setfuncs(L, functions, 1);
}

static void make_type(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  set_functions(L, metamethods);
  lua_newtable(L);
  set_functions(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

static void push_decode(lua_State *L) {
  lua_settop(L, 0);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "neap.json");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "decode");
  lua_remove(L, 1);
}

int luaopen_neap_event_store(lua_State *L) {
  static const luaL_Reg functions[] = {{"create", create},
                                       {"events", events},
                                       {"seq_at", seq_at},
                                       {"verify", verify},
                                       {"backup", neap_store_lua_backup},
                                       {"trim", neap_store_lua_trim},
                                       {"replay", neap_store_replay},
                                       {NULL, NULL}};
  static const luaL_Reg store_meta[] = {
      {"__gc", close_store}, {"__close", close_store}, {"__tostring", store_tostring}, {NULL, NULL}};
  static const luaL_Reg query_meta[] = {{"__gc", query_close},
                                        {"__close", query_close},
                                        {"__call", query_call},
                                        {"__tostring", query_tostring},
                                        {NULL, NULL}};
  push_decode(L);
  make_type(L, STORE_TYPE, store_meta, store_methods);
  make_type(L, QUERY_TYPE, query_meta, query_methods);
  lua_newtable(L);
  set_functions(L, functions);
  return 1;
}
