/* SPDX-License-Identifier: MIT */
/* random_support: a run of a strategy that does anything at random. */
#ifndef NEAP_SPEC_RANDOM_SUPPORT_H
#define NEAP_SPEC_RANDOM_SUPPORT_H

#include "session_support.h"

/* The same seed makes the same products, bars, limits and behavior. One run at a time: the dice are shared. */
void random_play(act *play, actor *who, uint64_t seed);
/* One that throws dice of its own: what it does follows from what it sees, whoever sits beside it. */
actor random_actor(const char *name, uint64_t seed);

#endif
