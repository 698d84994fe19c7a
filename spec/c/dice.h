/* SPDX-License-Identifier: MIT */
/* dice: what tests throw, the same on every machine. */
#ifndef NEAP_SPEC_DICE_H
#define NEAP_SPEC_DICE_H

#include <stdint.h>

/* The finalizer of splitmix64. */
static inline uint64_t dice_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* The next throw: 0 … sides − 1. */
static inline uint64_t dice_roll(uint64_t *at, uint64_t sides) {
  return dice_mix(*at += UINT64_C(0x9e3779b97f4a7c15)) % sides;
}

/* A throw that depends on the moment, the salt and the seed alone: it does not matter who threw before. */
static inline uint64_t dice_at(uint64_t moment, uint64_t salt, uint64_t seed, uint64_t sides) {
  return dice_mix(moment * UINT64_C(0x9e3779b97f4a7c15) + salt * UINT64_C(0xd1b54a32d192ed03) +
                  seed * UINT64_C(0x8cb92ba72f3d8dd7)) %
         sides;
}

#endif
