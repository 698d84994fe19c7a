/* SPDX-License-Identifier: MIT */
/* safe_file: small files that several processes write: replaced whole, one writer at a time. */
#ifndef NEAP_BASE_SAFE_FILE_H
#define NEAP_BASE_SAFE_FILE_H

#include <stddef.h>

#include "base/fault.h"

/* Writes `path`.new, makes it durable and gives it the name: whoever reads sees the old file or the new one, whole,
 * whatever happens meanwhile. After a failure the old one is there as it was. One writer at a time: lock. */
neap_status neap_file_replace(const char *path, const void *data, size_t size, neap_fault *fault);

typedef enum neap_file_wait { NEAP_FILE_WAIT, NEAP_FILE_NO_WAIT } neap_file_wait;

/* Takes the lock on `path`, which is created; *fd is to be closed, which lets go, as the end of the process does. Waits
 * for whoever holds it, or, for those who must not (a session: the holder may be suspended), gives NEAP_IO "locked". */
neap_status neap_file_lock(const char *path, neap_file_wait wait, int *fd, neap_fault *fault);

#endif
