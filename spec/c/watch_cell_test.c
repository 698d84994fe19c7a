/* SPDX-License-Identifier: MIT */
/* The time limit of a cell and time that the machine, not the script, took: a thread that its host does not let run is
 * charged for it afterwards, in one late tick. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "lua/cell.h"

static int64_t thread_time(void) {
  struct timespec at;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return at.tv_sec * NEAP_SECOND + at.tv_nsec;
}

/* `ms` of CPU time; its ticks arrive as one, at the end, when they are held back. */
static void spend(int64_t ms, bool is_held) {
  sigset_t all, before;
  sigfillset(&all);
  if (is_held) pthread_sigmask(SIG_BLOCK, &all, &before);
  for (int64_t end = thread_time() + ms * 1000000; thread_time() < end;) continue;
  if (is_held) pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Two slices: at the first a tick finds the call, the second is what it would be charged. */
static int stolen(lua_State *L) {
  spend(30, true);
  spend(30, true);
  lua_pushinteger(L, 7);
  return 1;
}

/* Long enough for ticks of a machine that is late with them. */
static int busy(lua_State *L) {
  spend(300, false);
  lua_pushinteger(L, 7);
  return 1;
}

static int script(lua_State *L) {
  lua_CFunction function = *(lua_CFunction *)lua_touserdata(L, 1);
  if (luaL_loadstring(L, "local work = ... local n = work() for i = 1, 200 do n = n + 1 end return n") != LUA_OK)
    return lua_error(L);
  lua_pushcfunction(L, function);
  lua_call(L, 1, 1);
  return 1;
}

static neap_status run(lua_CFunction function, int64_t limit, lua_Integer *result, char code[64]) {
  neap_cell *cell = NULL;
  neap_fault fault = {0};
  assert_int_equal(neap_cell_new(&(neap_cell_options){.seed = 1}, &cell, &fault), NEAP_OK);
  neap_status status = neap_cell_call(cell, script, &function, 1, limit, &fault);
  *result = status == NEAP_OK ? lua_tointeger(neap_cell_state(cell), -1) : 0;
  strcpy(code, fault.code);
  neap_cell_free(cell);
  return status;
}

static void lost_time_is_not_the_scripts(void **state) {
  (void)state;
  static const int64_t limits[] = {2, 20};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    lua_Integer result = 0;
    char code[64];
    assert_int_equal(run(stolen, limits[i] * 1000000, &result, code), NEAP_OK);
    assert_int_equal(result, 207);
  }
}

static void spent_time_is(void **state) {
  (void)state;
  lua_Integer result = 0;
  char code[64];
  assert_int_equal(run(busy, 2 * 1000000, &result, code), NEAP_STOPPED);
  assert_string_equal(code, "time_limit");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lost_time_is_not_the_scripts),
      cmocka_unit_test(spent_time_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
