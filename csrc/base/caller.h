/* SPDX-License-Identifier: MIT */
/* caller: who did it, as the system says it: for journals and histories. */
#ifndef NEAP_BASE_CALLER_H
#define NEAP_BASE_CALLER_H

#include <sys/types.h>

enum { NEAP_CALLER = 64 };

/* "user@pid"; the user's number where it has no name. */
void neap_caller_name(uid_t user, pid_t process, char out[NEAP_CALLER]);

#endif
