/* SPDX-License-Identifier: MIT */
/* order_submitter: how an order that the live engine accepted leaves: first it gets its last word (reduce-only in a
 * mode that asks for it), and only then it is said whether that ticket is shown to the broker before it is sent.
 * Journalling and sending are engine/outbox's, whichever engine decided. */
#ifndef NEAP_ENGINE_LIVE_ORDER_SUBMITTER_H
#define NEAP_ENGINE_LIVE_ORDER_SUBMITTER_H

#include "engine/engine.h"

const char *neap_live_step_name(unsigned i); /* NULL after the last */
void neap_live_submit(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
