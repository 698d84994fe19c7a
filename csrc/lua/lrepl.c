/* SPDX-License-Identifier: MIT */
/* lrepl: neap.repl_c, the C half of neap.repl: a line editor (libedit), and calls that Ctrl-C ends. */
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lua/lneap.h"

#define EDITOR_TYPE "neap.line_editor"

enum { KEPT_LINES = 2000, HOOK_STEPS = 1000 };

NEAP_EXPORT int luaopen_neap_repl_c(lua_State *L);

typedef struct editor {
  EditLine *line; /* NULL: closed */
  History *history;
  lua_State *L; /* of the read that is on its way; its stack has the function that completes at `complete` */
  int complete;
  char prompt[32];
  locale_t locale;
  struct sigaction before; /* of SIGINT */
} editor;

static editor *check(lua_State *L) {
  editor *self = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (!self->line) luaL_error(L, "the line editor is closed");
  return self;
}

static editor *editor_of(EditLine *line) {
  void *self = NULL;
  el_get(line, EL_CLIENTDATA, &self);
  return self;
}

static char *show_prompt(EditLine *line) { return editor_of(line)->prompt; }

/* What the Lua function says of the text before the cursor: text to insert, text to show; either may be nil. */
static bool ask(editor *self, const LineInfo *info) {
  lua_State *L = self->L;
  if (!lua_checkstack(L, 8)) return false;
  lua_pushvalue(L, self->complete);
  lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
  return neap_call(L, 1, 2, NULL) == NEAP_OK;
}

static unsigned char complete(EditLine *line, int character) {
  (void)character;
  editor *self = editor_of(line);
  lua_State *L = self->L;
  unsigned char answer = CC_ERROR;
  int top = lua_gettop(L);
  if (lua_isfunction(L, self->complete) && ask(self, el_line(line))) {
    const char *inserted = lua_tostring(L, -2), *shown = lua_tostring(L, -1);
    if (inserted && el_insertstr(line, inserted) == 0) answer = CC_REFRESH;
    if (shown) {
      printf("\n%s\n", shown);
      answer = CC_REDISPLAY;
    }
  }
  lua_settop(L, top);
  return answer;
}

/* Only there so that a read returns; that it came is in what the read says. */
static void heard(int number) { (void)number; }

static void take_signal(editor *self) {
  struct sigaction ours = {.sa_handler = heard};
  sigemptyset(&ours.sa_mask);
  sigaction(SIGINT, &ours, &self->before);
}

static int editor_close(lua_State *L) {
  editor *self = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (self->line) {
    el_end(self->line);
    sigaction(SIGINT, &self->before, NULL);
  }
  if (self->history) history_end(self->history);
  if (self->locale) freelocale(self->locale);
  self->line = NULL;
  self->history = NULL;
  self->locale = (locale_t)0;
  return 0;
}

static void set_up(editor *self) {
  HistEvent event;
  history(self->history, &event, H_SETSIZE, KEPT_LINES);
  history(self->history, &event, H_SETUNIQUE, 1);
  el_set(self->line, EL_CLIENTDATA, self);
  el_set(self->line, EL_PROMPT, show_prompt);
  el_set(self->line, EL_EDITOR, "emacs");
  el_set(self->line, EL_HIST, history, self->history);
  el_set(self->line, EL_ADDFN, "neap-complete", "completes a word of Neap", complete);
  el_set(self->line, EL_BIND, "^I", "neap-complete", NULL);
  el_set(self->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(self->line, NULL);
}

/* editor() → a line editor on the terminal */
static int new_editor(lua_State *L) {
  editor *self = lua_newuserdatauv(L, sizeof *self, 0);
  memset(self, 0, sizeof *self);
  luaL_setmetatable(L, EDITOR_TYPE);
  self->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  self->history = history_init();
  locale_t before = self->locale ? uselocale(self->locale) : (locale_t)0;
  self->line = self->history ? el_init("neap", stdin, stdout, stderr) : NULL;
  if (self->line) {
    take_signal(self);
    set_up(self);
  }
  if (before) uselocale(before);
  return self->line ? 1 : luaL_error(L, "the terminal cannot be edited on: TERM is not set?");
}

/* editor:read(prompt, complete) → line without its end; nil, "end"; nil, "interrupted" */
static int editor_read(lua_State *L) {
  editor *self = check(L);
  int count = 0;
  lua_settop(L, 3);
  strncpy(self->prompt, luaL_checkstring(L, 2), sizeof self->prompt - 1);
  self->L = L;
  self->complete = 3;
  locale_t before = self->locale ? uselocale(self->locale) : (locale_t)0;
  const char *line = el_gets(self->line, &count);
  if (before) uselocale(before);
  if (line && count > 0) {
    lua_pushlstring(L, line, (size_t)(line[count - 1] == '\n' ? count - 1 : count));
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, count < 0 ? "interrupted" : "end");
  return 2;
}

/* editor:add(line, path): remembers it, in the file too (made for its owner alone); false: the file cannot be written
 */
static int editor_add(lua_State *L) {
  HistEvent event;
  editor *self = check(L);
  const char *line = luaL_checkstring(L, 2), *path = luaL_optstring(L, 3, NULL);
  history(self->history, &event, H_ENTER, line);
  int file = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  bool saved = file >= 0 && history(self->history, &event, H_SAVE, path) >= 0;
  if (file >= 0) close(file);
  lua_pushboolean(L, saved);
  return 1;
}

/* editor:load(path): what an earlier one remembered; a file that is not there is none */
static int editor_load(lua_State *L) {
  HistEvent event;
  editor *self = check(L);
  lua_pushboolean(L, history(self->history, &event, H_LOAD, luaL_checkstring(L, 2)) >= 0);
  return 1;
}

static bool is_pending(void) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGINT);
}

static bool is_blocked(void) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  return sigismember(&now, SIGINT);
}

/* A coroutine that outlives its call still carries the hook: then it is taken off. Once it came, every step raises:
 * a script that catches errors is left, too. */
static void look(lua_State *L, lua_Debug *at) {
  (void)at;
  if (!is_blocked()) {
    lua_sethook(L, NULL, 0, 0);
  } else if (is_pending()) {
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    luaL_error(L, "interrupted");
  }
}

/* guarded(f, …) → true and f's results; false, "interrupted" or what f raised. Ctrl-C is held back, so that a session
 * in f ends its step in order, and raises in f's Lua until f is left. */
static int guarded(lua_State *L) {
  neap_fault fault;
  sigset_t interrupt, before;
  const struct timespec at_once = {0};
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_Hook hook_before = lua_gethook(L);
  int mask = lua_gethookmask(L), steps = lua_gethookcount(L);
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  lua_sethook(L, look, LUA_MASKCOUNT, HOOK_STEPS);
  neap_status status = neap_call(L, lua_gettop(L) - 1, LUA_MULTRET, &fault);
  lua_sethook(L, hook_before, mask, steps);
  bool interrupted = is_pending() && !sigismember(&before, SIGINT);
  if (interrupted) sigtimedwait(&interrupt, NULL, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (status != NEAP_OK) lua_settop(L, 0);
  lua_pushboolean(L, status == NEAP_OK && !interrupted);
  lua_insert(L, 1);
  if (interrupted) return lua_settop(L, 1), lua_pushliteral(L, "interrupted"), 2;
  if (status != NEAP_OK) lua_pushstring(L, fault.message);
  return lua_gettop(L);
}

/* width() → columns of the terminal, or nil */
static int width(lua_State *L) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return lua_pushnil(L), 1;
  lua_pushinteger(L, size.ws_col);
  return 1;
}

int luaopen_neap_repl_c(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"read", editor_read}, {"add", editor_add}, {"load", editor_load}, {"close", editor_close}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", editor_close}, {"__close", editor_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"editor", new_editor}, {"guarded", guarded}, {"width", width}, {NULL, NULL}};
  luaL_newmetatable(L, EDITOR_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
