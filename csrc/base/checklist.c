/* SPDX-License-Identifier: MIT */
/* checklist: which check is left out, in the build that tests the tests. */
#include "base/checklist.h"

#ifdef NEAP_MUTATE
#include <stdlib.h>
#include <string.h>

bool neap_check_is_on(const char *name) {
  const char *left_out = getenv("NEAP_MUTATE");
  return !left_out || strcmp(left_out, name) != 0;
}

bool neap_guard_is_on(const char *name) {
  const char *left_out = getenv("NEAP_MUTATE");
  return !left_out || strncmp(left_out, "guard:", 6) != 0 || strcmp(left_out + 6, name) != 0;
}
#endif
