/* SPDX-License-Identifier: MIT */
#include "venue/market_shelf.h"

#include <stdlib.h>

static int64_t key_of(neap_side side, int64_t price) { return side == NEAP_BUY ? -price : price; }

neap_status neap_shelf_init(neap_shelf *shelf) {
  *shelf = (neap_shelf){.levels = NULL};
  neap_status status = neap_levels_init(&shelf->side[NEAP_BUY]);
  return status == NEAP_OK ? neap_levels_init(&shelf->side[NEAP_SELL]) : status;
}

void neap_shelf_fini(neap_shelf *shelf) {
  neap_levels_fini(&shelf->side[NEAP_BUY]);
  neap_levels_fini(&shelf->side[NEAP_SELL]);
  free(shelf->levels);
  free(shelf->free_levels);
  free(shelf->touched);
}

static neap_status touch(neap_shelf *shelf, uint32_t number) {
  if (shelf->levels[number].is_touched) return NEAP_OK;
  uint32_t *added =
      neap_venue_push(&shelf->touched, &shelf->touched_count, &shelf->touched_size, sizeof *shelf->touched);
  if (!added) return NEAP_MEMORY;
  *added = number;
  shelf->levels[number].is_touched = true;
  return NEAP_OK;
}

/* A level that is in use nowhere; UINT32_MAX: memory is short. */
static uint32_t new_level(neap_shelf *shelf) {
  if (shelf->free_count) return shelf->free_levels[--shelf->free_count];
  if (!neap_venue_push(&shelf->levels, &shelf->level_count, &shelf->level_size, sizeof *shelf->levels))
    return UINT32_MAX;
  return (uint32_t)(shelf->level_count - 1);
}

static neap_status find(neap_shelf *shelf, neap_side side, int64_t price, uint32_t *out) {
  const int64_t *found = neap_levels_find(&shelf->side[side], key_of(side, price));
  if (found) return *out = (uint32_t)*found, NEAP_OK;
  uint32_t number = new_level(shelf);
  if (number == UINT32_MAX) return NEAP_MEMORY;
  shelf->levels[number] = (neap_shelf_level){.price = price, .side = side};
  *out = number;
  return neap_levels_put(&shelf->side[side], key_of(side, price), number);
}

neap_status neap_shelf_record(neap_shelf *shelf, neap_side side, int64_t price, int64_t size) {
  uint32_t number;
  neap_status status = find(shelf, side, price, &number);
  if (status != NEAP_OK) return status;
  shelf->levels[number].recorded = size;
  return touch(shelf, number);
}

void neap_shelf_forget(neap_shelf *shelf) {
  for (int side = 0; side < 2; side++) {
    neap_levels_cursor at = {shelf->side[side].first, 0};
    int64_t key, number;
    while (neap_levels_next(&shelf->side[side], &at, &key, &number)) {
      shelf->levels[number].recorded = 0;
      touch(shelf, (uint32_t)number);
    }
  }
}

/* What of the maker's still rests there; orders that are gone are left out. */
static int64_t count_orders(neap_shelf_level *level, const neap_venue_market *market) {
  int64_t sum = 0;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < level->count; i++) {
    int64_t left = neap_market_left(market, level->order[i]);
    if (left > 0) level->order[kept++] = level->order[i];
    sum += left;
  }
  level->count = kept;
  return sum;
}

static void shrink(neap_shelf_level *level, neap_venue_market *market, int64_t wanted) {
  int64_t less = count_orders(level, market) - wanted;
  while (less > 0 && level->count > 0) {
    uint64_t youngest = level->order[level->count - 1];
    int64_t left = neap_market_left(market, youngest);
    if (left > less) {
      neap_market_reduce(market, youngest, left - less);
      return;
    }
    neap_market_cancel(market, youngest);
    level->count--;
    less -= left;
  }
}

static void grow(neap_shelf_level *level, neap_venue_market *market, int64_t wanted) {
  int64_t more = wanted - count_orders(level, market);
  if (more <= 0) return;
  if (level->count == NEAP_SHELF_ORDERS) {
    uint64_t youngest = level->order[--level->count];
    more += neap_market_left(market, youngest);
    neap_market_cancel(market, youngest);
  }
  level->order[level->count++] = neap_market_rest(market, level->side, level->price, more);
}

/* A price at which nothing is recorded and nothing rests is forgotten. */
static void leave(neap_shelf *shelf, uint32_t number) {
  neap_shelf_level *level = &shelf->levels[number];
  level->is_touched = false;
  if (level->recorded > 0) return;
  uint32_t *added =
      neap_venue_push(&shelf->free_levels, &shelf->free_count, &shelf->free_size, sizeof *shelf->free_levels);
  if (!added) return;
  neap_levels_remove(&shelf->side[level->side], key_of(level->side, level->price));
  *added = number;
}

void neap_shelf_settle(neap_shelf *shelf, neap_venue_market *market) {
  if (!neap_market_may_quote(market)) return;
  for (size_t i = 0; i < shelf->touched_count; i++) {
    neap_shelf_level *level = &shelf->levels[shelf->touched[i]];
    shrink(level, market, level->recorded);
  }
  for (size_t i = 0; i < shelf->touched_count; i++) {
    neap_shelf_level *level = &shelf->levels[shelf->touched[i]];
    grow(level, market, level->recorded);
  }
  for (size_t i = 0; i < shelf->touched_count; i++) leave(shelf, shelf->touched[i]);
  shelf->touched_count = 0;
}

/* Takes back what stands at the keys below `key`. */
static void withdraw(neap_shelf *shelf, neap_venue_market *market, neap_side side, int64_t below) {
  neap_levels_cursor at = {shelf->side[side].first, 0};
  int64_t key, number;
  while (neap_levels_next(&shelf->side[side], &at, &key, &number) && key < below) {
    shrink(&shelf->levels[number], market, 0);
    touch(shelf, (uint32_t)number);
  }
}

neap_status neap_shelf_expose(neap_shelf *shelf, neap_venue_market *market, neap_side side, int64_t price,
                              int64_t size) {
  neap_side other = side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  uint32_t number;
  neap_status status = find(shelf, side, price, &number);
  if (status == NEAP_OK) status = touch(shelf, number);
  if (status != NEAP_OK) return status;
  withdraw(shelf, market, side, key_of(side, price));
  withdraw(shelf, market, other, key_of(other, price) + 1);
  grow(&shelf->levels[number], market, size);
  return NEAP_OK;
}

void neap_shelf_clear(neap_shelf *shelf, neap_venue_market *market) {
  for (int side = 0; side < 2; side++) withdraw(shelf, market, (neap_side)side, INT64_MAX);
}
