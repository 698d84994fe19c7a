/* SPDX-License-Identifier: MIT */
/* publish: a file that was written under a name of its own gets the name that it is to have, whole or not at all. */
#ifndef NEAP_STORE_PUBLISH_H
#define NEAP_STORE_PUBLISH_H

#include "base/fault.h"

typedef enum neap_publish_how { NEAP_PUBLISH_NEW, NEAP_PUBLISH_OVER } neap_publish_how;

/* Whether a file may get the name `to`, asked before it is written. NEAP_EXISTS "file_exists": something has it, and
 * nothing is written over unless `how` says so (then still over no directory and no device); NEAP_IO "cannot_create".
 */
neap_status neap_publish_check(const char *to, neap_publish_how how, neap_fault *fault);
/* Syncs `partial` and renames it: over nothing that came meanwhile, where the file system can promise that. */
neap_status neap_publish(const char *partial, const char *to, neap_publish_how how, neap_fault *fault);
/* Removes what is left of `partial` and of SQLite's files beside it. */
void neap_publish_discard(const char *partial);

#endif
