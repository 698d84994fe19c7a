/* SPDX-License-Identifier: MIT */
/* pace: how the session's time goes with that of the machine: N seconds in one. Pure. */
#ifndef NEAP_BASE_PACE_H
#define NEAP_BASE_PACE_H

#include <stdint.h>

typedef struct neap_pace {
  double speed;          /* above 0 */
  int64_t wall, session; /* ns: where the two meet */
} neap_pace;

int64_t neap_pace_session(const neap_pace *pace, int64_t wall);
int64_t neap_pace_wall(const neap_pace *pace, int64_t session); /* the first moment at which `session` is reached */

#endif
