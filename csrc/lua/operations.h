/* SPDX-License-Identifier: MIT */
/* operations: a thread of its own, with a Lua state of its own (neap.operations.desk), that gets copies of a session's
 * events through a bounded ring and never reads the session. What the ring has no room for is counted and said; the
 * session never waits. */
#ifndef NEAP_LUA_OPERATIONS_H
#define NEAP_LUA_OPERATIONS_H

#include "base/buffer.h"
#include "store/event_store.h"

typedef struct neap_operations neap_operations;

typedef struct neap_operations_options {
  const char *lua_root; /* where neap/ lies */
  const char *config;   /* JSON for the desk */
  size_t room;          /* bytes of the ring; 0: 1 MiB */
} neap_operations_options;

typedef struct neap_operations_counts {
  uint64_t seen, dropped; /* events that went into the ring, that found no room */
  uint64_t failed;        /* alerts that did not arrive; complete after close */
} neap_operations_counts;

/* The desk is loaded here; NEAP_INVALID: it refuses its config. */
neap_status neap_operations_open(const neap_operations_options *options, neap_operations **out, neap_fault *fault);

/* For the session's thread. A copy, if it is of a kind that anybody there looks at. Never waits. */
void neap_operations_see(void *operations, const neap_event *event);
/* Text for the desk: a command of a person, as JSON. NEAP_RANGE: no room now. */
neap_status neap_operations_tell(neap_operations *operations, const char *text);
/* The oldest command that the desk sent back, as JSON; NEAP_END: none. */
neap_status neap_operations_next(neap_operations *operations, neap_buffer *out);

/* Everything that went in is dealt with, what could not be delivered gets its last try, and the thread ends. What is
 * told afterwards is dropped. Again is allowed. */
void neap_operations_close(neap_operations *operations);
void neap_operations_counts_get(const neap_operations *operations, neap_operations_counts *out);
void neap_operations_free(neap_operations *operations); /* closes; NULL is accepted */

#endif
