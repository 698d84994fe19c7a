/* SPDX-License-Identifier: MIT */
/* machine_lock: one holder of a name on this machine, whichever directory and user it works for: a socket's name, which
 * the kernel gives once and takes back when the process ends. No file. */
#ifndef NEAP_STORE_MACHINE_LOCK_H
#define NEAP_STORE_MACHINE_LOCK_H

#include "base/fault.h"

enum { NEAP_MACHINE_LOCK_NAME = 100 }; /* bytes of a name at most */

/* *fd is the lock, dropped by close. A killed process is waited for as neap_lock_take does. NEAP_IO "locked",
 * "cannot_create"; NEAP_RANGE: the name is too long. */
neap_status neap_machine_lock_take(const char *name, int *fd, neap_fault *fault);
/* The process that holds it; 0: nobody; -1: one that is not known. */
int neap_machine_lock_owner(const char *name);

#endif
