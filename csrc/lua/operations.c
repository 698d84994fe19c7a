/* SPDX-License-Identifier: MIT */
/* operations: two rings, a thread, an eventfd that wakes it. A flag that both sides exchange says whether it sleeps, so
 * that the session makes a system call only then. */
#include "lua/operations.h"

#include <errno.h>
#include <lualib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/record.h"
#include "base/ring.h"
#include "base/shelter.h"
#include "lua/lneap.h"

enum { ROOM = 1 << 20, ROOM_BACK = 1 << 16, LONGEST_WAIT = 1000, FILES = 8, TEXT_KIND = 1, EVENT_KIND = 2 };

NEAP_EXPORT int luaopen_neap_clock(lua_State *L);
NEAP_EXPORT int luaopen_neap_decimal(lua_State *L);
NEAP_EXPORT int luaopen_neap_json(lua_State *L);

typedef struct letter { /* the head of a message; type, product and record follow */
  int64_t ts_ns;
  uint32_t kind, type_size, product_size, record_size;
} letter;

struct neap_operations {
  neap_ring *there, *back;
  pthread_t thread;
  bool running;                   /* the owner's: the thread is there to be joined */
  int wake;                       /* eventfd */
  struct pollfd files[1 + FILES]; /* what the thread waits for: `wake`, and what the desk named */
  nfds_t file_count;
  _Atomic int asleep, closing;
  _Atomic uint64_t seen, dropped, failed;
  uint64_t told_dropped; /* the thread's: how many drops the desk knows of */
  int64_t latest;        /* the thread's: time of the last event */
  lua_State *L;          /* the thread's, once it runs; the desk is at 1, its functions at 2 … */
  neap_buffer packed;    /* the session's */
  neap_buffer text;      /* the thread's */
};

/* Orders are what there is most of; of them two kinds are looked at. */
static bool is_wanted_order(const char *type) {
  if (strncmp(type, "order_", 6) != 0) return false;
  return (type[6] == 'r' && strcmp(type, "order_rejected") == 0) ||
         (type[6] == 'c' && strcmp(type, "order_cancel_refused") == 0);
}

/* The kinds that the desk looks at. The rest does not take room from them. */
static bool is_wanted(const char *type) {
  static const char *const wanted[] = {
      "callback_failed", "configuration_changed", "dead_man",        "guard_tripped",        "liquidation",
      "mode_changed",    "policy_failed",         "product_trading", "reconcile_difference", "session_alert",
      "session_failed",  "session_resumed",       "session_started", "session_stopped",      "strategy_quarantined",
      "venue_access",    "watcher_lost"};
  if (type[0] == 'o') return is_wanted_order(type);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (wanted[i][0] == type[0] && strcmp(wanted[i], type) == 0) return true;
  return false;
}

static void wake(neap_operations *operations) {
  uint64_t one = 1;
  if (atomic_exchange(&operations->asleep, 0) && write(operations->wake, &one, sizeof one) < 0) return;
}

static neap_status push(neap_operations *operations, const letter *head, const char *type, const char *product,
                        const void *record) {
  neap_buffer *packed = &operations->packed;
  neap_buffer_clear(packed);
  neap_buffer_append(packed, head, sizeof *head);
  neap_buffer_append(packed, type, head->type_size);
  neap_buffer_append(packed, product, head->product_size);
  neap_buffer_append(packed, record, head->record_size);
  if (packed->status != NEAP_OK) return NEAP_RANGE;
  neap_status status = neap_ring_push(operations->there, packed->data, packed->size);
  if (status == NEAP_OK) wake(operations);
  return status;
}

void neap_operations_see(void *context, const neap_event *event) {
  neap_operations *operations = context;
  if (!is_wanted(event->type) || !operations->running) return;
  const char *product = event->product ? event->product : "";
  const letter head = {.ts_ns = event->ts_ns,
                       .kind = EVENT_KIND,
                       .type_size = (uint32_t)strlen(event->type),
                       .product_size = (uint32_t)strlen(product),
                       .record_size = (uint32_t)event->record_size};
  bool fits = push(operations, &head, event->type, product, event->record) == NEAP_OK;
  atomic_fetch_add_explicit(fits ? &operations->seen : &operations->dropped, 1, memory_order_relaxed);
}

neap_status neap_operations_tell(neap_operations *operations, const char *text) {
  const letter head = {.kind = TEXT_KIND, .record_size = (uint32_t)strlen(text)};
  return operations->running ? push(operations, &head, "", "", text) : NEAP_RANGE;
}

neap_status neap_operations_next(neap_operations *operations, neap_buffer *out) {
  const void *bytes;
  size_t count;
  neap_buffer_clear(out);
  if (neap_ring_peek(operations->back, &bytes, &count) != NEAP_OK) return NEAP_END;
  neap_buffer_append(out, bytes, count);
  neap_ring_pop(operations->back);
  return out->status;
}

/* desk.send(text): a command back to the session; false: no room. */
static int send_back(lua_State *L) {
  size_t size;
  neap_operations *operations = lua_touserdata(L, lua_upvalueindex(1));
  const char *text = luaL_checklstring(L, 1, &size);
  lua_pushboolean(L, neap_ring_push(operations->back, text, size) == NEAP_OK);
  return 1;
}

/* Calls desk[name] with what lies above `top`; one result. A desk that fails is heard of on stderr by its own means. */
static bool call_desk(neap_operations *operations, const char *name, int arguments) {
  lua_State *L = operations->L;
  lua_getfield(L, 1, name);
  lua_insert(L, -1 - arguments);
  if (neap_call(L, arguments, 1, NULL) == NEAP_OK) return true;
  atomic_fetch_add_explicit(&operations->failed, 1, memory_order_relaxed);
  lua_settop(L, 1);
  return false;
}

static void show_event(neap_operations *operations, int64_t ts_ns, const char *type, size_t type_size,
                       const char *product, size_t product_size) {
  lua_State *L = operations->L;
  if (operations->text.status == NEAP_OK) {
    lua_pushlstring(L, type, type_size);
    lua_pushinteger(L, ts_ns);
    lua_pushlstring(L, product, product_size);
    lua_pushlstring(L, (const char *)operations->text.data, operations->text.size);
    call_desk(operations, "see", 4);
  }
  lua_settop(L, 1);
}

static void take_event(neap_operations *operations, const letter *head, const char *rest) {
  const char *product = rest + head->type_size, *record = product + head->product_size;
  neap_buffer_clear(&operations->text);
  operations->latest = head->ts_ns;
  if (neap_record_to_json(record, head->record_size, &operations->text, NULL) == NEAP_OK)
    show_event(operations, head->ts_ns, rest, head->type_size, product, head->product_size);
}

static void take_text(neap_operations *operations, const letter *head, const char *rest) {
  lua_pushlstring(operations->L, rest, head->record_size);
  call_desk(operations, "tell", 1);
  lua_settop(operations->L, 1);
}

static void say_drops(neap_operations *operations) {
  static const char type[] = "events_dropped";
  uint64_t dropped = atomic_load_explicit(&operations->dropped, memory_order_relaxed);
  if (dropped == operations->told_dropped) return;
  neap_buffer_clear(&operations->text);
  neap_buffer_printf(&operations->text, "{\"count\":%llu}", (unsigned long long)(dropped - operations->told_dropped));
  operations->told_dropped = dropped;
  show_event(operations, operations->latest, type, sizeof type - 1, "", 0);
}

static void take_all(neap_operations *operations) {
  const void *bytes;
  size_t count;
  while (neap_ring_peek(operations->there, &bytes, &count) == NEAP_OK) {
    letter head;
    memcpy(&head, bytes, sizeof head);
    const char *rest = (const char *)bytes + sizeof head;
    if (head.kind == TEXT_KIND)
      take_text(operations, &head, rest);
    else
      take_event(operations, &head, rest);
    neap_ring_pop(operations->there);
  }
  say_drops(operations);
}

/* What is due is tried again. → ms until the next. */
static int tick(neap_operations *operations) {
  lua_Integer wait = LONGEST_WAIT;
  if (call_desk(operations, "tick", 0)) wait = lua_tointeger(operations->L, -1);
  lua_settop(operations->L, 1);
  return wait < 1 ? 1 : wait > LONGEST_WAIT ? LONGEST_WAIT : (int)wait;
}

static void rest(neap_operations *operations, int wait) {
  const void *bytes;
  size_t count;
  uint64_t calls;
  atomic_exchange(&operations->asleep, 1);
  if (neap_ring_peek(operations->there, &bytes, &count) == NEAP_END && !atomic_load(&operations->closing))
    poll(operations->files, operations->file_count, wait);
  atomic_exchange(&operations->asleep, 0);
  if (read(operations->wake, &calls, sizeof calls) < 0) return; /* nobody called */
}

static void *work(void *argument) {
  neap_operations *operations = argument;
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  for (bool last = false; !last;) {
    last = atomic_load(&operations->closing); /* before the ring: what came first is taken */
    take_all(operations);
    if (!last) rest(operations, tick(operations));
  }
  if (call_desk(operations, "close", 0))
    atomic_fetch_add_explicit(&operations->failed, (uint64_t)lua_tointeger(operations->L, -1), memory_order_relaxed);
  neap_shelter_leave(&shelter);
  return NULL;
}

/* require finds Neap's own Lua files, and the modules of C that they use. Arguments: root, config, operations. */
static int load_desk(lua_State *L) {
  static const luaL_Reg built_in[] = {{"neap.clock", luaopen_neap_clock},
                                      {"neap.decimal", luaopen_neap_decimal},
                                      {"neap.json", luaopen_neap_json},
                                      {NULL, NULL}};
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, built_in, 0);
  lua_getglobal(L, "package");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", lua_tostring(L, 1), lua_tostring(L, 1));
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_getglobal(L, "require");
  lua_pushliteral(L, "neap.operations.desk");
  lua_call(L, 1, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_pushcclosure(L, send_back, 1);
  lua_call(L, 2, 1);
  luaL_checktype(L, -1, LUA_TTABLE);
  return 1;
}

/* Files of the desk's channels, which are readable when a tick has something to do: those that find no place are looked
 * at once a second. */
static neap_status find_files(neap_operations *operations, neap_fault *fault) {
  lua_State *L = operations->L;
  operations->files[0] = (struct pollfd){.fd = operations->wake, .events = POLLIN};
  operations->file_count = 1;
  lua_getfield(L, 1, "files");
  neap_status status = neap_call(L, 0, 1, fault);
  if (status != NEAP_OK) return status;
  for (lua_Integer i = 1; i <= FILES && lua_rawgeti(L, 2, i) == LUA_TNUMBER; i++, lua_settop(L, 2))
    operations->files[operations->file_count++] = (struct pollfd){.fd = (int)lua_tointeger(L, -1), .events = POLLIN};
  lua_settop(L, 1);
  return NEAP_OK;
}

static neap_status open_desk(neap_operations *operations, const neap_operations_options *options, neap_fault *fault) {
  lua_State *L = operations->L = luaL_newstate();
  if (!L) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the operations thread");
  lua_pushcfunction(L, load_desk);
  lua_pushstring(L, options->lua_root);
  lua_pushstring(L, options->config);
  lua_pushlightuserdata(L, operations);
  neap_status status = neap_call(L, 3, 1, fault);
  return status == NEAP_OK ? find_files(operations, fault) : status;
}

static neap_status start(neap_operations *operations, neap_fault *fault) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = pthread_create(&operations->thread, NULL, work, operations);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  operations->running = code == 0;
  if (code == 0) return NEAP_OK;
  return neap_fail(fault, NEAP_MEMORY, "no_thread", "cannot start the operations thread: %s", strerror(code));
}

static neap_status open_parts(neap_operations *operations, const neap_operations_options *options, neap_fault *fault) {
  neap_buffer_init(&operations->packed);
  neap_buffer_init(&operations->text);
  operations->there = neap_ring_new(options->room ? options->room : ROOM);
  operations->back = neap_ring_new(ROOM_BACK);
  operations->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (!operations->there || !operations->back)
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the operations thread");
  if (operations->wake < 0)
    return neap_fail(fault, NEAP_IO, "no_eventfd", "cannot make an eventfd: %s", strerror(errno));
  neap_status status = open_desk(operations, options, fault);
  return status == NEAP_OK ? start(operations, fault) : status;
}

neap_status neap_operations_open(const neap_operations_options *options, neap_operations **out, neap_fault *fault) {
  neap_operations *operations = calloc(1, sizeof *operations);
  *out = NULL;
  if (!operations) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the operations thread");
  neap_status status = open_parts(operations, options, fault);
  if (status == NEAP_OK)
    *out = operations;
  else
    neap_operations_free(operations);
  return status;
}

void neap_operations_close(neap_operations *operations) {
  if (!operations->running) return;
  uint64_t one = 1;
  atomic_store(&operations->closing, 1);
  if (write(operations->wake, &one, sizeof one) < 0) wake(operations);
  pthread_join(operations->thread, NULL);
  operations->running = false;
}

void neap_operations_counts_get(const neap_operations *operations, neap_operations_counts *out) {
  out->seen = atomic_load_explicit(&operations->seen, memory_order_relaxed);
  out->dropped = atomic_load_explicit(&operations->dropped, memory_order_relaxed);
  out->failed = atomic_load_explicit(&operations->failed, memory_order_relaxed);
}

void neap_operations_free(neap_operations *operations) {
  if (!operations) return;
  neap_operations_close(operations);
  if (operations->L) lua_close(operations->L);
  neap_ring_free(operations->there);
  neap_ring_free(operations->back);
  if (operations->wake >= 0) close(operations->wake);
  neap_buffer_fini(&operations->packed);
  neap_buffer_fini(&operations->text);
  free(operations);
}
