/* SPDX-License-Identifier: MIT */
/* json_frames: reads JSON of a shape that is known, in one pass and without a copy: an object's plain members by name,
 * then the objects of one of its arrays. For the hot path; base/json reads what is cold. What is not asked for is
 * passed over without a look at its grammar, but the whole text is UTF-8 with all strings closed, or it is refused. */
#ifndef NEAP_NET_JSON_FRAMES_H
#define NEAP_NET_JSON_FRAMES_H

#include "base/fault.h"

enum {
  NEAP_JSON_FRAMES_PADDING =
      64,                      /* readable bytes behind a text, which may be looked at: behind JSON they mean nothing */
  NEAP_JSON_FRAMES_DEPTH = 4,  /* objects that may be at hand within each other, the root among them */
  NEAP_JSON_FRAMES_NAMES = 32, /* that are asked for at once */
  NEAP_JSON_FRAMES_TEXT = 1024 /* the longest text that neap_json_frames_text reads */
};

/* A value as it stands in the text: what is between a string's quotes, escapes and all; a number's digits; true or
 * false. NULL: not there, null, an object or an array. */
typedef struct neap_json_span {
  const char *text;
  size_t length;
} neap_json_span;

/* A member's name, which has no escapes in the text either. */
typedef struct neap_json_name {
  const char *text;
  size_t length;
} neap_json_name;
#define NEAP_JSON_NAME(literal)                                                                                        \
  { literal, sizeof literal - 1 }

typedef struct neap_json_frames neap_json_frames;

neap_json_frames *neap_json_frames_new(void); /* NULL: no memory */
void neap_json_frames_free(neap_json_frames *frames);

/* A text begins, and its root object is at hand. Spans point into the text. All below: NEAP_INVALID "bad_frame", after
 * which nothing but the next text may be read; NEAP_MEMORY. */
neap_status neap_json_frames_begin(neap_json_frames *frames, const char *text, size_t length, neap_fault *fault);

/* Members of the object at hand, once for each object and before its arrays: out[i] is what names[i] has, the first of
 * that name. Reading ends as soon as the first `enough` names are found: the others are then what came before. */
neap_status neap_json_frames_members(neap_json_frames *frames, const neap_json_name *names, size_t count, size_t enough,
                                     neap_json_span *out, neap_fault *fault);

/* Into the array `name` of the object at hand. NEAP_NOT_FOUND: there is none. */
neap_status neap_json_frames_enter(neap_json_frames *frames, const char *name, neap_fault *fault);
/* The array's next object is at hand; what is no object is passed over. NEAP_END: the array is left, and the object
 * that has it is at hand. */
neap_status neap_json_frames_next(neap_json_frames *frames, neap_fault *fault);
/* Out of an array before its end. */
void neap_json_frames_leave(neap_json_frames *frames);
/* neap_json_frames_next and neap_json_frames_members of all names in one call. */
neap_status neap_json_frames_row(neap_json_frames *frames, const neap_json_name *names, size_t count,
                                 neap_json_span *out, neap_fault *fault);

/* Tells each plain item of each array of the object `name` of the object at hand. NEAP_NOT_FOUND: there is none. */
typedef void neap_json_frames_item(void *context, neap_json_span key, neap_json_span item);
neap_status neap_json_frames_lists(neap_json_frames *frames, const char *name, neap_json_frames_item *item,
                                   void *context, neap_fault *fault);

/* A string's span with its escapes resolved, and a final 0. NEAP_RANGE: it does not fit, or is longer than
 * NEAP_JSON_FRAMES_TEXT; NEAP_INVALID: a wrong escape, or a zero byte. `out` is then empty. */
neap_status neap_json_frames_text(neap_json_frames *frames, neap_json_span span, char *out, size_t size);

#endif
