/* SPDX-License-Identifier: MIT */
/* fault: how a function says what went wrong: a status to branch on, and words for a person. */
#ifndef NEAP_BASE_FAULT_H
#define NEAP_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum neap_status {
  NEAP_OK = 0,
  NEAP_END,     /* nothing more to read; not an error */
  NEAP_INVALID, /* an argument or an input is not acceptable */
  NEAP_RANGE,   /* a number does not fit its type: overflow */
  NEAP_INEXACT, /* a number has more digits than may be kept */
  NEAP_NOT_FOUND,
  NEAP_EXISTS,  /* duplicate */
  NEAP_REFUSED, /* a rule says no */
  NEAP_IO,      /* the operating system or a file failed */
  NEAP_CORRUPT, /* stored bytes are not what was written */
  NEAP_MEMORY,
  NEAP_STOPPED,     /* a person, a time limit or a memory limit stopped it */
  NEAP_UNSUPPORTED, /* not in this version */
  NEAP_BROKEN       /* an invariant does not hold: halt */
} neap_status;

/* Detail of a failure, in the caller's memory. Functions take a `neap_fault *` that may be NULL. */
typedef struct neap_fault {
  neap_status status;
  char code[48];     /* stable word, snake_case: tests and scripts compare it */
  char message[320]; /* one line: what, and what would be valid */
  char where[192];   /* file:line, field, product …; empty where there is none */
  char nearest[64];  /* the nearest valid word or value; empty where there is none */
} neap_fault;

/* Fills `fault` (if not NULL) and returns `status`, so that a caller writes `return neap_fail(…)`.
 * Clears `where` and `nearest`. */
neap_status neap_fail(neap_fault *fault, neap_status status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the place, and the nearest valid thing, to a fault that is already filled. NULL is accepted everywhere. */
void neap_fault_set_where(neap_fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
void neap_fault_set_nearest(neap_fault *fault, const char *nearest);

const char *neap_status_name(neap_status status); /* "ok", "invalid", … */

/* The candidate nearest to `word` by edit distance (a transposition counts one), or NULL when none is within
 * max(1, length/3). `candidates` has `count` entries. */
const char *neap_nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
