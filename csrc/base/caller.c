/* SPDX-License-Identifier: MIT */
/* caller: asks the system for a user's name. */
#include "base/caller.h"

#include <pwd.h>
#include <stdio.h>

void neap_caller_name(uid_t user, pid_t process, char out[NEAP_CALLER]) {
  struct passwd entry, *found = NULL;
  char text[1024];
  if (getpwuid_r(user, &entry, text, sizeof text, &found) == 0 && found)
    snprintf(out, NEAP_CALLER, "%.40s@%d", entry.pw_name, (int)process);
  else
    snprintf(out, NEAP_CALLER, "%u@%d", (unsigned)user, (int)process);
}
