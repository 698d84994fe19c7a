/* SPDX-License-Identifier: MIT */
/* levels: an ordered map of int64 to int64: one side of a book. A B+tree in one pool of nodes that grows by doubling
 * and is kept: once it has been as large as it gets, no change allocates. Everything is O(log n). A node is split when
 * it is full and freed when it is empty, which beats merging half-empty ones where inserts and removals mix (Johnson
 * and Shasha 1993). */
#ifndef NEAP_MARKET_LEVELS_H
#define NEAP_MARKET_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

enum { NEAP_LEVELS_NODE = 32 };

typedef struct neap_levels_node {
  uint32_t count, next, previous;  /* a leaf's neighbours; of a free node: the next free one */
  int64_t key[NEAP_LEVELS_NODE];   /* of an inner node: no key below child i is less; key[0] is INT64_MIN */
  int64_t value[NEAP_LEVELS_NODE]; /* of an inner node: the child's number */
} neap_levels_node;

typedef struct neap_levels {
  neap_levels_node *nodes;
  uint32_t size, used, free; /* `free`: of the list of free nodes */
  uint32_t root, first;      /* `first`: the leaf of the least keys */
  uint32_t height;           /* inner nodes above a leaf */
  size_t count;
} neap_levels;

typedef struct neap_levels_cursor {
  uint32_t node, index;
} neap_levels_cursor;

neap_status neap_levels_init(neap_levels *levels); /* NEAP_MEMORY */
void neap_levels_fini(neap_levels *levels);
neap_status neap_levels_copy(const neap_levels *levels, neap_levels *out); /* as init. NEAP_MEMORY */
void neap_levels_clear(neap_levels *levels);                               /* keeps the memory */

/* The value of the key, or NULL; valid until the next put or remove. */
int64_t *neap_levels_find(const neap_levels *levels, int64_t key);
/* Makes room, so that the next put cannot fail. NEAP_MEMORY. */
neap_status neap_levels_reserve(neap_levels *levels);
/* Inserts or replaces. NEAP_MEMORY: nothing is changed. */
neap_status neap_levels_put(neap_levels *levels, int64_t key, int64_t value);
bool neap_levels_remove(neap_levels *levels, int64_t key); /* false: there was none */

/* In rising order of keys. Begin with {levels->first, 0}. */
static inline bool neap_levels_next(const neap_levels *levels, neap_levels_cursor *at, int64_t *key, int64_t *value) {
  const neap_levels_node *node = &levels->nodes[at->node];
  if (at->index == node->count) {
    if (node->next == UINT32_MAX || levels->count == 0) return false;
    *at = (neap_levels_cursor){node->next, 0};
    node = &levels->nodes[at->node];
  }
  *key = node->key[at->index];
  *value = node->value[at->index++];
  return true;
}

/* The least key and its value. */
static inline bool neap_levels_first(const neap_levels *levels, int64_t *key, int64_t *value) {
  neap_levels_cursor at = {levels->first, 0};
  return neap_levels_next(levels, &at, key, value);
}

#endif
