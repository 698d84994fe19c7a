/* SPDX-License-Identifier: MIT */
/* lrun_inputs: what comes by the loop of neap.run_c, recorded or played: the driver notes what it calls, and a replay
 * asks what was called next. */
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "lua/laccount.h"
#include "lua/lrun.h"

static int64_t machine_time(void) {
  neap_clock clock = neap_clock_real();
  return neap_clock_now(&clock);
}

static void keep(void *self, const neap_input *input) { neap_input_log_keep(self, input); }

static neap_status next(void *self, neap_input *out, neap_fault *fault) {
  return neap_input_reader_next(self, out, fault);
}

static const char *path_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  const char *path = luaL_optstring(L, -1, NULL);
  lua_pop(L, 1); /* the table keeps it */
  return path;
}

static unsigned number_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  lua_Integer number = luaL_optinteger(L, -1, 0);
  luaL_argcheck(L, number >= 0 && number <= INT_MAX, index, "the number of a segment is wanted");
  lua_pop(L, 1);
  return (unsigned)number;
}

neap_status neap_run_inputs_open(lua_State *L, int index, neap_run_loop *self, neap_fault *fault) {
  static const char *const words[] = {"record", "replay", "from", "loose", "may_loosen", "ignores_stops", NULL};
  const char *record = NULL, *replay = NULL;
  unsigned from = 0;
  neap_inputs_options options = {.now = neap_loop_now, .wall = machine_time};
  if (!lua_isnoneornil(L, index)) {
    neap_check_options(L, index, "open_loop", words);
    record = path_field(L, index, "record");
    replay = path_field(L, index, "replay");
    from = number_field(L, index, "from");
    options.is_loose = replay && neap_field_flag(L, index, "open_loop", "loose");
    options.may_loosen = replay && neap_field_flag(L, index, "open_loop", "may_loosen");
    options.ignores_stops = replay && neap_field_flag(L, index, "open_loop", "ignores_stops");
  }
  neap_status status = NEAP_OK;
  if (record) status = neap_input_log_open(record, &self->log, fault);
  if (replay) status = neap_input_reader_open(replay, from, &self->reader, fault);
  if (status != NEAP_OK) return status;
  if (self->log) options.self = self->log, options.keep = keep;
  if (self->reader) {
    options.self = self->reader;
    options.next = next;
    options.count = neap_input_reader_ordinal(self->reader);
  }
  return neap_inputs_new(&options, &self->inputs, fault);
}

void neap_run_inputs_close(neap_run_loop *self, bool discard) {
  neap_inputs_free(self->inputs);
  neap_input_log_close(self->log, discard);
  neap_input_reader_close(self->reader);
}

static neap_run_loop *check(lua_State *L) { return neap_check_run_loop(L, 1); }

/* inputs() → what notes and plays for who is handed it; good for as long as the loop is open. */
static int inputs(lua_State *L) {
  lua_pushlightuserdata(L, check(L)->inputs);
  return 1;
}

static void note(lua_State *L, neap_input_kind kind) {
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  neap_inputs_note(check(L)->inputs, kind, 0, text, length);
}

/* note(text): something is called; it is a moment later. life(text): a process begins to record. */
static int note_call(lua_State *L) { return note(L, NEAP_INPUT_CALL), 0; }
static int note_life(lua_State *L) { return note(L, NEAP_INPUT_LIFE), 0; }

/* now(): the moment of what is being dealt with, on the loop's clock; wall(): ns since 1970 */
static int now(lua_State *L) {
  lua_pushinteger(L, neap_inputs_now(check(L)->inputs));
  return 1;
}

static int wall(lua_State *L) {
  lua_pushinteger(L, neap_inputs_wall(check(L)->inputs));
  return 1;
}

static int plays(lua_State *L) {
  lua_pushboolean(L, neap_inputs_plays(check(L)->inputs));
  return 1;
}

/* is_recording() → true; false: nowhere; or nil and why it has ended */
static int is_recording(lua_State *L) {
  neap_fault fault = {0};
  const neap_run_loop *self = check(L);
  if (self->log && neap_input_log_state(self->log, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushboolean(L, self->log != NULL);
  return 1;
}

/* coming() → kind, text, time and number (of a socket, a request, a cell) of what comes next in the recording; nil:
 * nothing does */
static int coming(lua_State *L) {
  const neap_run_loop *self = check(L);
  const neap_input *input = self->reader ? neap_inputs_peek(self->inputs) : NULL;
  if (!input) return lua_pushnil(L), 1;
  lua_pushstring(L, neap_input_kind_name(input->kind));
  lua_pushlstring(L, input->text ? input->text : "", input->length);
  lua_pushinteger(L, input->time);
  lua_pushinteger(L, input->number);
  return 4;
}

static int pass(lua_State *L) {
  const neap_run_loop *self = check(L);
  if (self->reader && neap_inputs_peek(self->inputs)) neap_inputs_pass(self->inputs);
  return 0;
}

static bool is_found(const neap_input *input) {
  return input->kind <= NEAP_INPUT_CALL || (input->kind == NEAP_INPUT_FILE && !input->has_failed);
}

/* find() → the next call, life or file, as coming(), and what is before it is passed; nil: there is none */
static int find(lua_State *L) {
  const neap_run_loop *self = check(L);
  const neap_input *input = self->reader ? neap_inputs_peek(self->inputs) : NULL;
  for (; input && !is_found(input); input = neap_inputs_peek(self->inputs)) neap_inputs_skip(self->inputs);
  return coming(L);
}

/* skip(count): passes so many inputs. */
static int skip(lua_State *L) {
  const neap_run_loop *self = check(L);
  uint64_t until = neap_inputs_count(self->inputs) + (uint64_t)luaL_checkinteger(L, 2);
  while (self->reader && neap_inputs_count(self->inputs) < until && neap_inputs_peek(self->inputs))
    neap_inputs_skip(self->inputs);
  return 0;
}

static bool ends_life(const neap_input *input) { return !input || input->kind == NEAP_INPUT_LIFE; }

typedef struct input_search {
  const char *word;
  size_t length; /* 0: no word */
  /* numbers: of the newest message, and with the word in it; of the newest answer with it; of the newest turn */
  uint64_t message, naming, answer, turn;
} input_search;

static bool has_word(const input_search *search, const neap_input *input) {
  return search->length && memmem(input->text, input->length, search->word, search->length);
}

static void look_at(input_search *search, const neap_input *input, uint64_t number) {
  if (input->kind == NEAP_INPUT_TURN) search->turn = number;
  if (input->kind == NEAP_INPUT_MESSAGE) search->message = number;
  if (input->kind == NEAP_INPUT_MESSAGE && has_word(search, input)) search->naming = number;
  if (input->kind == NEAP_INPUT_ANSWER && has_word(search, input)) search->answer = number;
}

/* Of one turn a message goes before an answer: it says more. */
static uint64_t frame_of(const input_search *search) {
  if (search->naming > search->turn || search->naming > search->answer) return search->naming;
  return search->answer ? search->answer : search->message;
}

static const neap_input *skip_one(const neap_run_loop *self, input_search *search, const neap_input *input) {
  look_at(search, input, neap_inputs_count(self->inputs) + 1);
  neap_inputs_skip(self->inputs);
  return neap_inputs_peek(self->inputs);
}

/* What belongs to the input that was reached, and passed: what came within its tick. */
static void look_within(const neap_run_loop *self, input_search *search) {
  const neap_input *input = neap_inputs_peek(self->inputs);
  while (!ends_life(input) && !neap_input_is_from(input, INT64_MIN)) input = skip_one(self, search, input);
}

/* reach(time, word or nil) → number, kind, text, segment and time (since 1970) of the next input with a moment of its
 * own that is not before `time`, on the loop's clock, in the life that has begun, which is passed with all that belongs
 * to it; and the number of the newest by then of what the network brought with the word in it, else of the newest
 * message, or 0; nil: there is none */
static int reach(lua_State *L) {
  const neap_run_loop *self = check(L);
  int64_t time = luaL_checkinteger(L, 2);
  input_search search = {.word = luaL_optlstring(L, 3, "", &search.length)};
  const neap_input *input = self->reader ? neap_inputs_peek(self->inputs) : NULL;
  while (!ends_life(input) && !neap_input_is_from(input, time)) input = skip_one(self, &search, input);
  if (ends_life(input)) return lua_pushnil(L), 1;
  lua_pushinteger(L, (lua_Integer)neap_inputs_count(self->inputs) + 1);
  lua_pushstring(L, neap_input_kind_name(input->kind));
  lua_pushlstring(L, input->text ? input->text : "", input->length);
  lua_pushinteger(L, neap_input_reader_segment(self->reader));
  neap_inputs_skip(self->inputs);
  lua_pushinteger(L, neap_inputs_wall(self->inputs));
  look_within(self, &search);
  lua_pushinteger(L, (lua_Integer)frame_of(&search));
  return 6;
}

/* hold(until): what came later, on the loop's clock, does not come yet; nil: all comes. */
static int hold(lua_State *L) {
  neap_inputs_hold(check(L)->inputs, luaL_optinteger(L, 2, INT64_MAX));
  return 0;
}

/* loosen(ignores_stops): what plays strictly so far, between two inputs, plays loosely from here on. */
static int loosen(lua_State *L) {
  neap_inputs_loosen(check(L)->inputs, lua_toboolean(L, 2));
  return 0;
}

/* keep_file(path, text): from here on that is the file's text. May loosen. */
static int keep_file(lua_State *L) {
  neap_fault fault = {0};
  size_t length;
  const char *path = luaL_checkstring(L, 2), *text = luaL_checklstring(L, 3, &length);
  return neap_push_done(L, neap_inputs_keep_file(check(L)->inputs, path, text, length, &fault), &fault);
}

/* file(ending) → path of the file that was last read in this life and whose path ends thus; nil: none. Loose. */
static int file(lua_State *L) {
  lua_pushstring(L, neap_inputs_file_path(check(L)->inputs, luaL_checkstring(L, 2)));
  return 1;
}

/* input() → number of the input that is being dealt with, and of its segment (0: the tail) */
static int input_number(lua_State *L) {
  const neap_run_loop *self = check(L);
  lua_pushinteger(L, (lua_Integer)neap_inputs_count(self->inputs));
  if (!self->reader) return 1;
  lua_pushinteger(L, neap_input_reader_segment(self->reader));
  return 2;
}

/* difference() → how the replay differs, and at which input; nil: it does not */
static int difference(lua_State *L) {
  uint64_t number;
  const char *words = neap_inputs_difference(check(L)->inputs, &number);
  lua_pushstring(L, words);
  lua_pushinteger(L, (lua_Integer)number);
  return 2;
}

/* damage() → true; or nil and why the recording cannot be read on */
static int damage(lua_State *L) {
  neap_fault fault = {0};
  if (neap_inputs_damage(check(L)->inputs, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushboolean(L, true);
  return 1;
}

const luaL_Reg neap_run_inputs_methods[] = {{"inputs", inputs},
                                            {"note", note_call},
                                            {"life", note_life},
                                            {"now", now},
                                            {"wall", wall},
                                            {"plays", plays},
                                            {"is_recording", is_recording},
                                            {"coming", coming},
                                            {"pass", pass},
                                            {"find", find},
                                            {"skip", skip},
                                            {"reach", reach},
                                            {"hold", hold},
                                            {"loosen", loosen},
                                            {"keep_file", keep_file},
                                            {"file", file},
                                            {"input", input_number},
                                            {"difference", difference},
                                            {"damage", damage},
                                            {NULL, NULL}};
