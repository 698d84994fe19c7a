/* SPDX-License-Identifier: MIT */
/* complaints: what is tried now, and what was found to be wrong, a line each. */
#ifndef NEAP_SPEC_FAULTS_COMPLAINTS_H
#define NEAP_SPEC_FAULTS_COMPLAINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

typedef struct complaints {
  char tried[128]; /* the beginning of each line */
  unsigned long count;
} complaints;

void complain(complaints *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The hash of what the first `until` events replay to, 0: all; false, with a complaint, where they do not. */
bool state_of_store(complaints *self, const char *path, uint64_t until, char hash[NEAP_DIGEST_TEXT]);
/* Where the first `count` events of `theirs` do not replay to the state of the store `ours`, which has as many. */
void complain_of_state(complaints *self, const char *ours, const char *theirs, uint64_t count);

#endif
