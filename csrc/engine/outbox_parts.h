/* SPDX-License-Identifier: MIT */
/* outbox_parts: what the outbox's two halves, the journalling and the sending, share; nobody else includes it. */
#ifndef NEAP_ENGINE_OUTBOX_PARTS_H
#define NEAP_ENGINE_OUTBOX_PARTS_H

#include "engine/outbox.h"

typedef struct outbox_errand { /* of one flush */
  const neap_outbox_route *route;
  void (*refused)(void *context, neap_order *order, const neap_fault *fault);
  void *context;
} outbox_errand;

/* outbox_send.c */
neap_status outbox_append(const neap_outbox_route *route, const neap_order *order, const char *type, uint64_t cause,
                          const void *record, size_t size, neap_fault *fault);
neap_status outbox_send_letter(const outbox_errand *errand, neap_letter letter, neap_fault *fault);
/* Getting out is always allowed: what a lost journal cannot hold back. */
void outbox_send_cancels(const outbox_errand *errand, neap_outbox *outbox);

#endif
