/* SPDX-License-Identifier: MIT */
/* splitmix: numbers from a seed, the same with every compiler and on every machine (Steele, Lea and Flood 2014). For
 * simulations, ids of a local venue and tests; never for a secret. */
#ifndef NEAP_BASE_SPLITMIX_H
#define NEAP_BASE_SPLITMIX_H

#include <stdint.h>

/* The next 64 bits; any state is a good one to begin with. */
static inline uint64_t neap_splitmix(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

#endif
