/* SPDX-License-Identifier: MIT */
/* recent: the latest packed events in a block of fixed size; the oldest give way. One thread. */
#ifndef NEAP_STORE_RECENT_H
#define NEAP_STORE_RECENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

typedef struct neap_recent {
  unsigned char *block;
  size_t capacity;
  size_t head, tail; /* first byte of the oldest message; first free byte */
  size_t end;        /* where the messages before the wrap end; capacity while there is no wrap */
  size_t count;
} neap_recent;

neap_status neap_recent_init(neap_recent *recent, size_t capacity, neap_fault *fault);
void neap_recent_fini(neap_recent *recent);
/* Keeps a copy. A message that is larger than the block is not kept, and all before it are dropped: no gap inside. */
void neap_recent_push(neap_recent *recent, const void *bytes, size_t count);
/* Oldest first, until visit says false. */
void neap_recent_each(const neap_recent *recent, bool (*visit)(void *context, const unsigned char *bytes, size_t count),
                      void *context);

#endif
