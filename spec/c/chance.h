/* SPDX-License-Identifier: MIT */
/* chance: what happens at a moment depends on nothing but the moment and a seed, so that it does not matter who lived
 * before: a session that was killed and one that was not meet the same market, and their strategies want the same. */
#ifndef NEAP_SPEC_CHANCE_H
#define NEAP_SPEC_CHANCE_H

#include "session_support.h"

void chance_begin(uint64_t seed);
uint64_t chance(int64_t time, uint64_t salt, uint64_t sides); /* 0 … sides − 1 */
/* An amount from `from` times the mark upwards, within 4 %. */
neap_amount chance_near_mark(actor *me, int64_t now, uint64_t salt, double from);
/* Forty bars of a quarter of an hour around 100, of a volume of less than `volume` each. */
void chance_bars(act *play, uint64_t volume);

#endif
