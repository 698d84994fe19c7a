/* SPDX-License-Identifier: MIT */
/* market_dice: what a market throws: the same numbers with every compiler and on every machine. */
#ifndef NEAP_VENUE_MARKET_DICE_H
#define NEAP_VENUE_MARKET_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/splitmix.h"

typedef struct neap_market_dice {
  uint64_t state;
} neap_market_dice;

static inline uint64_t neap_dice_draw(neap_market_dice *dice) { return neap_splitmix(&dice->state); }

static inline int64_t neap_dice_below(neap_market_dice *dice, int64_t n) {
  return (int64_t)(neap_dice_draw(dice) % (uint64_t)n);
}

static inline int64_t neap_dice_between(neap_market_dice *dice, int64_t low, int64_t high) {
  return low + neap_dice_below(dice, high - low + 1);
}

static inline bool neap_dice_percent(neap_market_dice *dice, int64_t chance) {
  return neap_dice_below(dice, 100) < chance;
}

/* Nearly normal, 65536 for one deviation: the sum of twelve throws of 16 bits. */
static inline int64_t neap_dice_normal(neap_market_dice *dice) {
  int64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    uint64_t four = neap_dice_draw(dice);
    for (int k = 0; k < 4; k++, four >>= 16) sum += (int64_t)(four & 0xffff);
  }
  return sum - 6 * INT64_C(65535);
}

/* A wait of this mean between events that do not know of one another, nearly: how often a coin falls on its head and a
 * straight line between. At most 64 times the mean. */
static inline int64_t neap_dice_wait(neap_market_dice *dice, int64_t mean) {
  uint64_t draw = neap_dice_draw(dice);
  int64_t heads = draw ? __builtin_clzll(draw) : 64, part = (int64_t)(draw & 0xffff);
  return (int64_t)((__int128)mean * (heads * 65536 + part) * 2 / (3 * 65536)) + 1;
}

static inline int64_t neap_integer_root(int64_t n) { /* Newton's; rounded down */
  if (n < 2) return n < 0 ? 0 : n;
  int64_t x = INT64_C(1) << ((65 - __builtin_clzll((unsigned long long)n)) / 2);
  for (int64_t y = (x + n / x) / 2; y < x; y = (x + n / x) / 2) x = y;
  return x;
}

#endif
