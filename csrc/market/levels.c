/* SPDX-License-Identifier: MIT */
#include "market/levels.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY = NEAP_LEVELS_NODE, HALF = CAPACITY / 2, DEEPEST = 16, FIRST_SIZE = 64 };
#define NONE UINT32_MAX

/* The way from the root to a leaf: each node, and which of its children, or entries, was taken. */
typedef struct way {
  neap_levels_cursor step[DEEPEST];
} way;

void neap_levels_clear(neap_levels *levels) {
  neap_levels_node *nodes = levels->nodes;
  *levels = (neap_levels){.nodes = nodes, .size = levels->size, .used = 1, .free = NONE};
  nodes[0].count = 0;
  nodes[0].next = nodes[0].previous = NONE;
}

neap_status neap_levels_init(neap_levels *levels) {
  *levels = (neap_levels){.nodes = malloc(FIRST_SIZE * sizeof *levels->nodes), .size = FIRST_SIZE};
  if (!levels->nodes) return NEAP_MEMORY;
  neap_levels_clear(levels);
  return NEAP_OK;
}

void neap_levels_fini(neap_levels *levels) {
  free(levels->nodes);
  *levels = (neap_levels){.nodes = NULL};
}

neap_status neap_levels_copy(const neap_levels *levels, neap_levels *out) {
  *out = *levels;
  out->nodes = malloc(levels->size * sizeof *levels->nodes);
  if (!out->nodes) return NEAP_MEMORY;
  memcpy(out->nodes, levels->nodes, levels->used * sizeof *levels->nodes);
  return NEAP_OK;
}

/* The first entry whose key is not below `key`. */
static uint32_t lower_bound(const neap_levels_node *node, int64_t key) {
  uint32_t low = 0, left = node->count;
  while (left > 0) {
    uint32_t half = left / 2;
    low += node->key[low + half] < key ? left - half : 0;
    left = half;
  }
  return low;
}

/* The child below which `key` belongs: the last one whose key is not above it. */
static uint32_t child_of(const neap_levels_node *node, int64_t key) {
  uint32_t at = lower_bound(node, key);
  if (at < node->count && node->key[at] == key) return at;
  return at ? at - 1 : 0;
}

static uint32_t descend(const neap_levels *levels, int64_t key, way *taken) {
  uint32_t at = levels->root;
  for (uint32_t depth = 0; depth < levels->height; depth++) {
    const neap_levels_node *node = &levels->nodes[at];
    uint32_t child = child_of(node, key);
    if (taken) taken->step[depth] = (neap_levels_cursor){at, child};
    at = (uint32_t)node->value[child];
  }
  return at;
}

int64_t *neap_levels_find(const neap_levels *levels, int64_t key) {
  neap_levels_node *leaf = &levels->nodes[descend(levels, key, NULL)];
  uint32_t at = lower_bound(leaf, key);
  return at < leaf->count && leaf->key[at] == key ? &leaf->value[at] : NULL;
}

/* Enough nodes for a split of every node on the way and a new root. */
neap_status neap_levels_reserve(neap_levels *levels) {
  uint32_t wanted = levels->height + 2;
  if (levels->height + 2 > DEEPEST) return NEAP_MEMORY;
  if (levels->size - levels->used >= wanted) return NEAP_OK;
  for (uint32_t at = levels->free, found = levels->size - levels->used; at != NONE; at = levels->nodes[at].next)
    if (++found >= wanted) return NEAP_OK;
  neap_levels_node *nodes = realloc(levels->nodes, 2 * (size_t)levels->size * sizeof *nodes);
  if (!nodes) return NEAP_MEMORY;
  levels->nodes = nodes;
  levels->size *= 2;
  return NEAP_OK;
}

static uint32_t take_node(neap_levels *levels) {
  uint32_t at = levels->free;
  if (at == NONE) return levels->used++;
  levels->free = levels->nodes[at].next;
  return at;
}

static void give_node(neap_levels *levels, uint32_t at) {
  levels->nodes[at].next = levels->free;
  levels->free = at;
}

static void insert_here(neap_levels_node *node, uint32_t at, int64_t key, int64_t value) {
  size_t bytes = (node->count - at) * sizeof(int64_t);
  memmove(&node->key[at + 1], &node->key[at], bytes);
  memmove(&node->value[at + 1], &node->value[at], bytes);
  node->key[at] = key;
  node->value[at] = value;
  node->count++;
}

static void remove_here(neap_levels_node *node, uint32_t at) {
  size_t bytes = (--node->count - at) * sizeof(int64_t);
  memmove(&node->key[at], &node->key[at + 1], bytes);
  memmove(&node->value[at], &node->value[at + 1], bytes);
}

static void link_behind(neap_levels *levels, uint32_t at, uint32_t right) {
  neap_levels_node *node = &levels->nodes[at], *other = &levels->nodes[right];
  other->next = node->next, other->previous = at;
  if (node->next != NONE) levels->nodes[node->next].previous = right;
  node->next = right;
}

/* Moves the upper half of a node into a new one behind it. */
static uint32_t split(neap_levels *levels, uint32_t at) {
  uint32_t right = take_node(levels);
  neap_levels_node *node = &levels->nodes[at], *other = &levels->nodes[right];
  memcpy(other->key, node->key + HALF, HALF * sizeof(int64_t));
  memcpy(other->value, node->value + HALF, HALF * sizeof(int64_t));
  node->count = other->count = HALF;
  return right;
}

static void grow_root(neap_levels *levels, int64_t key, uint32_t right) {
  uint32_t root = take_node(levels);
  neap_levels_node *node = &levels->nodes[root];
  node->count = 2;
  node->key[0] = INT64_MIN, node->key[1] = key;
  node->value[0] = levels->root, node->value[1] = right;
  levels->root = root;
  levels->height++;
}

/* Inserts into the node at `depth` of the way (the leaf is at `height`), and the halves of full ones above it. */
static void insert_at(neap_levels *levels, const way *taken, uint32_t at, int64_t key, int64_t value) {
  for (uint32_t depth = levels->height;; depth--) {
    neap_levels_node *node = &levels->nodes[at];
    uint32_t place = depth == levels->height ? lower_bound(node, key) : taken->step[depth].index + 1;
    if (node->count < CAPACITY) {
      insert_here(node, place, key, value);
      return;
    }
    uint32_t right = split(levels, at);
    if (depth == levels->height) link_behind(levels, at, right);
    if (place <= HALF)
      insert_here(&levels->nodes[at], place, key, value);
    else
      insert_here(&levels->nodes[right], place - HALF, key, value);
    key = levels->nodes[right].key[0];
    value = right;
    if (depth < levels->height) levels->nodes[right].key[0] = INT64_MIN;
    if (depth == 0) {
      grow_root(levels, key, right);
      return;
    }
    at = taken->step[depth - 1].node;
  }
}

neap_status neap_levels_put(neap_levels *levels, int64_t key, int64_t value) {
  way taken;
  uint32_t leaf = descend(levels, key, &taken);
  neap_levels_node *node = &levels->nodes[leaf];
  uint32_t at = lower_bound(node, key);
  if (at < node->count && node->key[at] == key) {
    node->value[at] = value;
    return NEAP_OK;
  }
  if (node->count < CAPACITY) {
    insert_here(node, at, key, value);
  } else {
    if (neap_levels_reserve(levels) != NEAP_OK) return NEAP_MEMORY;
    insert_at(levels, &taken, leaf, key, value);
  }
  levels->count++;
  return NEAP_OK;
}

static void unlink_leaf(neap_levels *levels, uint32_t at) {
  const neap_levels_node *node = &levels->nodes[at];
  if (node->previous != NONE) levels->nodes[node->previous].next = node->next;
  if (node->next != NONE) levels->nodes[node->next].previous = node->previous;
  if (levels->first == at) levels->first = node->next;
}

/* Frees the empty leaf, what becomes empty above it, and a root that has one child only. */
static void drop_leaf(neap_levels *levels, const way *taken, uint32_t at) {
  unlink_leaf(levels, at);
  for (uint32_t depth = levels->height; depth > 0 && levels->nodes[at].count == 0; depth--) {
    give_node(levels, at);
    at = taken->step[depth - 1].node;
    remove_here(&levels->nodes[at], taken->step[depth - 1].index);
    levels->nodes[at].key[0] = INT64_MIN;
  }
  while (levels->height > 0 && levels->nodes[levels->root].count == 1) {
    uint32_t root = levels->root;
    levels->root = (uint32_t)levels->nodes[root].value[0];
    levels->height--;
    give_node(levels, root);
  }
}

bool neap_levels_remove(neap_levels *levels, int64_t key) {
  way taken;
  uint32_t leaf = descend(levels, key, &taken);
  neap_levels_node *node = &levels->nodes[leaf];
  uint32_t at = lower_bound(node, key);
  if (at == node->count || node->key[at] != key) return false;
  remove_here(node, at);
  if (--levels->count == 0)
    neap_levels_clear(levels);
  else if (node->count == 0)
    drop_leaf(levels, &taken, leaf);
  return true;
}
