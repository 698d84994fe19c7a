/* SPDX-License-Identifier: MIT */
/* upcast: events of older versions become those of today when they are read; what is stored never changes. One table:
 * a type and the version of its record → the record of the next version. */
#ifndef NEAP_SESSION_UPCAST_H
#define NEAP_SESSION_UPCAST_H

#include "store/event_store.h"

/* The version in which the session writes events of this type. */
uint16_t neap_event_version(const char *type);
/* *event becomes that of today's version, its record in one of the two buffers when it was changed. NEAP_UNSUPPORTED
 * "newer_event": a newer program wrote it. */
neap_status neap_upcast(neap_event *event, neap_buffer scratch[2], neap_fault *fault);

#endif
