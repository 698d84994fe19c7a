/* SPDX-License-Identifier: MIT */
/* inputs: all that comes into a session from outside, in the order in which it came, each with its moment: what the
 * network brought, what the driver called, what a script's file said. They are recorded as they come, or played from a
 * recording; whoever takes them cannot tell. What the session asks of the network is noted beside them, so that a
 * replay which does otherwise is seen where it does. One thread. */
#ifndef NEAP_BASE_INPUTS_H
#define NEAP_BASE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

typedef enum neap_input_kind {
  /* What comes: each has a moment of its own, later than the one before. */
  NEAP_INPUT_LIFE = 1, /* a process begins to record: what it is (JSON) */
  NEAP_INPUT_CALL,     /* the driver calls something, with these arguments (JSON) */
  NEAP_INPUT_TURN,     /* the loop has turned: what it brought is before this */
  NEAP_INPUT_OPENED,   /* of a socket */
  NEAP_INPUT_MESSAGE,
  NEAP_INPUT_DRAINED,
  NEAP_INPUT_ENDED,  /* base/record */
  NEAP_INPUT_ANSWER, /* to a request; base/record */
  /* What belongs to the input before it. */
  NEAP_INPUT_WALL,   /* `time` is from here on what the machine's time is ahead of the monotonic one */
  NEAP_INPUT_FILE,   /* a script's file was read: its path, a zero, its text */
  NEAP_INPUT_STOP,   /* a cell was stopped by its time limit: "CALL TOUCHES WORDS" */
  NEAP_INPUT_ASKED,  /* a request left: "POST /path?query", a zero, its body; behind `failure` if it could not */
  NEAP_INPUT_SOCKET, /* a socket was opened */
  NEAP_INPUT_SENT,   /* a message left on it; never its text, which may hold a token */
  NEAP_INPUT_KINDS
} neap_input_kind;

typedef struct neap_input {
  neap_input_kind kind;
  bool is_within;  /* came from within a tick, at the moment of what is going on */
  bool has_failed; /* of what is asked: `text` is status, code and message (base/record) */
  uint32_t number; /* of a socket or a request, one after the other; of a cell */
  int64_t time;    /* monotonic ns */
  const char *text;
  size_t length;
} neap_input;

/* What stopped a script: it cannot be measured again. */
typedef struct neap_input_stop {
  uint64_t call;    /* of the cell */
  uint64_t touches; /* how often that call had done something to the session by then */
  char words[320];
} neap_input_stop;

typedef struct neap_inputs neap_inputs;

typedef struct neap_inputs_options {
  int64_t (*now)(void), (*wall)(void); /* the machine's clocks; not read when it plays */
  void *self;
  /* Keeps an input; NULL: nothing is kept. */
  void (*keep)(void *self, const neap_input *input);
  /* Not NULL: it plays. The input after the last one that was given; NEAP_END, or why there is none. Valid until the
   * next call. */
  neap_status (*next)(void *self, neap_input *out, neap_fault *fault);
  uint64_t count; /* of inputs that are before the first one that it gives */
  /* It plays to a session that may ask for other things than the recorded one did (inputs_loose.c): nothing differs. */
  bool is_loose;
  bool may_loosen;    /* it is strict, and remembers what neap_inputs_loosen needs */
  bool ignores_stops; /* of cells; loose only */
} neap_inputs_options;

/* Where inputs of a number go when they are played. */
typedef struct neap_input_source {
  uint32_t number; /* loose: the recording's; 0: not found there yet */
  void *self;
  void (*take)(void *self, const neap_input *input); /* its text is to be copied: it is gone with the next input */
  struct neap_input_source *next;                    /* its own matter, as what follows */
  neap_input_kind kind;
  uint64_t wanted;
} neap_input_source;

neap_status neap_inputs_new(const neap_inputs_options *options, neap_inputs **out, neap_fault *fault);
void neap_inputs_free(neap_inputs *inputs); /* NULL is accepted */

/* The moment of what is being dealt with: it stands until the next input. */
int64_t neap_inputs_now(const neap_inputs *inputs);
int64_t neap_inputs_wall(const neap_inputs *inputs);   /* ns since 1970 */
uint64_t neap_inputs_count(const neap_inputs *inputs); /* of inputs so far; while one is dealt with: its number */
bool neap_inputs_plays(const neap_inputs *inputs);

/* --- as they come; nothing happens when it plays -------------------------------------------------------------------
 */

/* `text` NULL: none. */
void neap_inputs_note(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const void *text, size_t length);
void neap_inputs_note_stop(neap_inputs *inputs, uint32_t number, const neap_input_stop *stop);
/* Something was tried and could not be done: what was to come next is not to be expected. */
void neap_inputs_note_failure(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const neap_fault *fault);

/* --- when it plays --------------------------------------------------------------------------------------------------
 */

/* The next input, which is not passed; NULL: there is none, because the recording ends or the replay differs. */
const neap_input *neap_inputs_peek(neap_inputs *inputs);
/* Passes it, and its moment is now. */
void neap_inputs_pass(neap_inputs *inputs);
/* What came within a tick of a socket, or (0) of requests: tells what the recording has here. */
void neap_inputs_play_tick(neap_inputs *inputs, uint32_t socket);
/* What the loop brought, up to the next input of another kind, which is a TURN and is passed. False: it is none. */
bool neap_inputs_turn(neap_inputs *inputs);
/* From here on a turn brings nothing that came later than `until`, and is then none: the next one brings the rest.
 * INT64_MAX: it brings everything, as at the beginning. */
void neap_inputs_hold(neap_inputs *inputs, int64_t until);
bool neap_inputs_is_held(neap_inputs *inputs); /* is what comes next in this life later than that? */
/* Passes what is next without anybody being told; what stopped a script there is forgotten. */
void neap_inputs_skip(neap_inputs *inputs);
/* The session does what was noted here: NEAP_OK, or the failure that it met. With another, or none, it differs:
 * NEAP_END. `text` NULL: is not compared. */
neap_status neap_inputs_expect(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const void *text,
                               size_t length, neap_fault *fault);
/* The same of what a source asks: a request, a socket. It is added; that the recording ends is no failure, and nothing
 * comes. Loose: what is recorded of the same text in this moment, or later, is its own. */
neap_status neap_inputs_expect_source(neap_inputs *inputs, neap_input_kind kind, neap_input_source *source,
                                      const void *text, size_t length, neap_fault *fault);
bool neap_inputs_is_loose(const neap_inputs *inputs);
/* From here on, between two inputs, it is loose; with `may_loosen`. */
void neap_inputs_loosen(neap_inputs *inputs, bool ignores_stops);
/* Loose: the text of a script's file: that which is kept, else as it was last read in this life; false: it was not.
 * Valid until the next input. */
bool neap_inputs_find_file(neap_inputs *inputs, const char *path, const char **text, size_t *length);
/* Loose: from here on that is the file's text, in later lives, too. */
neap_status neap_inputs_keep_file(neap_inputs *inputs, const char *path, const char *text, size_t length,
                                  neap_fault *fault);
/* One of those that are kept, the newest first; false: there are fewer. */
bool neap_inputs_own_file(const neap_inputs *inputs, size_t index, const char **path, const char **text,
                          size_t *length);
/* Loose: until it is taken back scripts' files are read from the disk, and kept. */
void neap_inputs_read_anew(neap_inputs *inputs, bool is_so);
bool neap_inputs_reads_anew(const neap_inputs *inputs);
/* Loose: the path of the file that was last read in this life whose path ends thus; NULL: none. */
const char *neap_inputs_file_path(neap_inputs *inputs, const char *ending);
/* Was this call of the cell stopped by its time limit? Then where. */
bool neap_inputs_take_stop(neap_inputs *inputs, uint32_t number, uint64_t call, neap_input_stop *out);
/* Of a replay that differs: which input, and how; NULL: it does not. Of the end of the recording: NULL. */
const char *neap_inputs_difference(const neap_inputs *inputs, uint64_t *input);
void neap_inputs_differ(neap_inputs *inputs, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Why the recording cannot be read on; NEAP_OK: it can, or it has ended. */
neap_status neap_inputs_damage(const neap_inputs *inputs, neap_fault *fault);

/* --- both -----------------------------------------------------------------------------------------------------------
 */

/* A number for a socket, a request, a cell. */
uint32_t neap_inputs_number(neap_inputs *inputs);
void neap_inputs_add(neap_inputs *inputs, neap_input_source *source);
void neap_inputs_remove(neap_inputs *inputs, neap_input_source *source); /* one that is not there is accepted */
/* Between these two, something ticks: what comes meanwhile belongs to the present moment. */
void neap_inputs_tick_begin(neap_inputs *inputs);
void neap_inputs_tick_end(neap_inputs *inputs);

/* Has it a moment of its own, which is not before `time`? */
bool neap_input_is_from(const neap_input *input, int64_t time);
const char *neap_input_kind_name(neap_input_kind kind);

#endif
