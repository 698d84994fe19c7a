/* SPDX-License-Identifier: MIT */
/* lrun: neap.run_c, the C half of neap.run: the loop that a session on a clock waits with, its control socket from both
 * sides, and how session time goes with the machine's. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pace.h"
#include "lua/lrun.h"
#include "session/control.h"

#define LOOP_TYPE "neap.run_loop"

int luaopen_neap_run_c(lua_State *L);

neap_run_loop *neap_check_run_loop(lua_State *L, int index) {
  neap_run_loop *self = luaL_checkudata(L, index, LOOP_TYPE);
  if (!self->loop) luaL_error(L, "the loop is closed");
  return self;
}

static neap_run_loop *check_loop(lua_State *L) { return neap_check_run_loop(L, 1); }

bool neap_run_loop_turn(neap_run_loop *self, int64_t wake) {
  if (neap_inputs_plays(self->inputs)) return neap_inputs_turn(self->inputs) || !neap_inputs_is_held(self->inputs);
  neap_loop_turn(self->loop, self->control && neap_control_is_waiting(self->control) ? INT64_MIN : wake);
  neap_inputs_note(self->inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  return true;
}

/* close(discard): with `discard` what was recorded is of no use to anybody. */
static int loop_close(lua_State *L) {
  neap_run_loop *self = luaL_checkudata(L, 1, LOOP_TYPE);
  neap_control_close(self->control);
  neap_loop_close(self->loop);
  neap_run_inputs_close(self, lua_toboolean(L, 2));
  *self = (neap_run_loop){0};
  return 0;
}

static const int heard[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
enum { STOPS = 2, ASKS = 3, HEARD = 4 }; /* how many of them ask for a stop, for something, are heard at all */

/* hear(): SIGINT and SIGTERM ask for a stop, SIGHUP for the configuration to be read again. A reader of our output who
 * has gone is no reason to end. */
static int loop_hear(lua_State *L) {
  neap_fault fault = {0};
  neap_run_loop *self = check_loop(L);
  neap_status status = NEAP_OK;
  for (int i = 0; status == NEAP_OK && i < HEARD; i++) status = neap_loop_hear(self->loop, heard[i], &fault);
  return neap_push_done(L, status, &fault);
}

/* asked() → "SIGTERM", "SIGINT", "SIGHUP" or nil. After a stop was asked for, the next one ends the
 * process. */
static int loop_asked(lua_State *L) {
  static const char *const names[] = {"SIGINT", "SIGTERM", "SIGHUP"};
  neap_run_loop *self = check_loop(L);
  for (int i = 0; i < ASKS; i++) {
    if (neap_loop_heard(self->loop, heard[i]) == 0) continue;
    for (int k = 0; i < STOPS && k < STOPS; k++) neap_loop_ignore(self->loop, heard[k]);
    lua_pushstring(L, names[i]);
    return 1;
  }
  lua_pushnil(L);
  return 1;
}

static int loop_listen(lua_State *L) {
  neap_fault fault = {0};
  neap_run_loop *self = check_loop(L);
  const char *directory = luaL_checkstring(L, 2);
  if (self->control) return luaL_error(L, "the loop listens already");
  return neap_push_done(L, neap_control_open(neap_loop_poller(self->loop), directory, &self->control, &fault), &fault);
}

/* turn(wake): serves what came, at most until `wake`; no longer than nothing where a line waits. */
static int loop_turn(lua_State *L) {
  neap_run_loop *self = check_loop(L);
  neap_run_loop_turn(self, luaL_checkinteger(L, 2));
  return 0;
}

/* poller() → what watches files for who is handed it; good for as long as the loop is open. */
static int loop_poller(lua_State *L) {
  neap_poller *poller = (neap_poller *)(uintptr_t)neap_loop_poller(check_loop(L)->loop);
  lua_pushlightuserdata(L, poller);
  return 1;
}

/* request() → client, line, who; nil: none. */
static int loop_request(lua_State *L) {
  neap_control_request request;
  neap_run_loop *self = check_loop(L);
  if (!self->control || !neap_control_next(self->control, &request)) return lua_pushnil(L), 1;
  lua_pushinteger(L, (lua_Integer)request.client);
  lua_pushlstring(L, request.line, request.length);
  lua_pushstring(L, request.who);
  return 3;
}

static int loop_answer(lua_State *L) {
  size_t length;
  neap_run_loop *self = check_loop(L);
  lua_Integer client = luaL_checkinteger(L, 2);
  const char *text = luaL_checklstring(L, 3, &length);
  luaL_argcheck(L, !memchr(text, '\n', length), 3, "an answer is one line");
  if (self->control) neap_control_answer(self->control, (uint64_t)client, text, length);
  return 0;
}

static const luaL_Reg loop_methods[] = {{"hear", loop_hear},     {"asked", loop_asked},     {"listen", loop_listen},
                                        {"turn", loop_turn},     {"request", loop_request}, {"answer", loop_answer},
                                        {"poller", loop_poller}, {"close", loop_close},     {NULL, NULL}};

/* open_loop{ record = directory, or replay = directory, from = its segment, loose = to another session, ignores_stops =
 * of cells } */
static int open_loop(lua_State *L) {
  neap_fault fault = {0};
  lua_settop(L, 1);
  neap_run_loop *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = (neap_run_loop){0};
  if (luaL_newmetatable(L, LOOP_TYPE)) {
    luaL_newlib(L, loop_methods);
    luaL_setfuncs(L, neap_run_inputs_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, loop_close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, loop_close);
    lua_setfield(L, -2, "__close");
  }
  lua_setmetatable(L, -2);
  neap_status status = neap_run_inputs_open(L, 1, self, &fault);
  if (status == NEAP_OK) status = neap_loop_open(&self->loop, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static int now(lua_State *L) {
  lua_pushinteger(L, neap_loop_now());
  return 1;
}

static neap_pace read_pace(lua_State *L) {
  neap_pace pace = {
      .speed = luaL_checknumber(L, 1), .wall = luaL_checkinteger(L, 2), .session = luaL_checkinteger(L, 3)};
  luaL_argcheck(L, pace.speed > 0, 1, "above 0 is wanted");
  return pace;
}

/* session_time(speed, wall0, session0, wall), wall_time(speed, wall0, session0, session) */
static int session_time(lua_State *L) {
  const neap_pace pace = read_pace(L);
  lua_pushinteger(L, neap_pace_session(&pace, luaL_checkinteger(L, 4)));
  return 1;
}

static int wall_time(lua_State *L) {
  const neap_pace pace = read_pace(L);
  lua_pushinteger(L, neap_pace_wall(&pace, luaL_checkinteger(L, 4)));
  return 1;
}

static int push_answer(lua_State *L) {
  const neap_buffer *answer = lua_touserdata(L, 1);
  lua_pushlstring(L, (const char *)answer->data, answer->size);
  return 1;
}

/* ask(directory, line, patience ns) → the answer, or nil and a fault */
static int ask(lua_State *L) {
  size_t length;
  neap_fault fault = {0};
  neap_buffer answer;
  const char *directory = luaL_checkstring(L, 1), *line = luaL_checklstring(L, 2, &length);
  int64_t patience = luaL_checkinteger(L, 3);
  luaL_argcheck(L, !memchr(line, '\n', length), 2, "a question is one line");
  neap_buffer_init(&answer);
  neap_status status = neap_control_ask(directory, line, length, patience, &answer, &fault);
  lua_pushcfunction(L, push_answer);
  lua_pushlightuserdata(L, &answer);
  if (status == NEAP_OK) status = neap_call(L, 1, 1, &fault);
  neap_buffer_fini(&answer);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static int is_served(lua_State *L) {
  lua_pushboolean(L, neap_control_is_served(luaL_checkstring(L, 1)));
  return 1;
}

static int pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* forbid_core(): the memory of this process is written to no file when it dies, nor read by others of its user. The
 * limit alone would not do: where cores go to a program, the kernel does not ask it. */
static int forbid_core(lua_State *L) {
  lua_pushboolean(L, setrlimit(RLIMIT_CORE, &(struct rlimit){0}) == 0 && prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0);
  return 1;
}

/* is_writable(fd): a line would not wait. */
static int is_writable(lua_State *L) {
  struct pollfd file = {.fd = (int)luaL_checkinteger(L, 1), .events = POLLOUT};
  lua_pushboolean(L, poll(&file, 1, 0) == 1 && (file.revents & POLLOUT));
  return 1;
}

/* own_directory(path): made, or found, for the owner only → true, or nil and a fault */
static int own_directory(lua_State *L) {
  neap_fault fault = {0};
  neap_status status;
  struct stat facts;
  const char *path = luaL_checkstring(L, 1);
  bool is_new = mkdir(path, S_IRWXU) == 0;
  if (!is_new && (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)))
    status = neap_fail(&fault, NEAP_IO, "cannot_create", "the session's directory cannot be made");
  else if (!is_new && facts.st_uid != geteuid())
    status = neap_fail(&fault, NEAP_REFUSED, "open_directory", "the session's directory belongs to another user");
  else if (chmod(path, S_IRWXU) != 0)
    status = neap_fail(&fault, NEAP_IO, "cannot_create", "the session's directory cannot be closed to others");
  else
    status = NEAP_OK;
  if (status != NEAP_OK) neap_fault_set_where(&fault, "%s", path);
  return neap_push_done(L, status, &fault);
}

NEAP_EXPORT int luaopen_neap_run_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"open_loop", open_loop},
                                       {"now", now},
                                       {"segments", neap_run_segments},
                                       {"trim_recording", neap_run_trim},
                                       {"session_time", session_time},
                                       {"wall_time", wall_time},
                                       {"ask", ask},
                                       {"is_served", is_served},
                                       {"pid", pid},
                                       {"forbid_core", forbid_core},
                                       {"is_writable", is_writable},
                                       {"own_directory", own_directory},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
