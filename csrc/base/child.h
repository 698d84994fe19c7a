/* SPDX-License-Identifier: MIT */
/* child: a program that is started beside this one and outlives it: a session and process group of its own, so that
 * what a terminal sends this one does not reach it; no file of this one, so that it holds no lock and no connection of
 * ours. */
#ifndef NEAP_BASE_CHILD_H
#define NEAP_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

/* `words` ends with NULL; the first is looked for in PATH. `settings`: NAME=VALUE, stronger than this process's
 * environment, ends with NULL; it may be NULL. Input comes from, and output goes to, nowhere. NEAP_IO "cannot_start".
 */
neap_status neap_child_start(const char *const *words, const char *const *settings, pid_t *out, neap_fault *fault);
/* Has it ended? *code: its exit code, 128 + n of signal n. Told once: after that the number may be another's. */
bool neap_child_ended(pid_t child, int *code);

#endif
