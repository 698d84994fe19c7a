/* SPDX-License-Identifier: MIT */
/* order_request_normalizer: an order is taken as it was asked, or refused by the name of what is missing; nothing is
 * made up for it: no id, no price, no quote, no product. */
#ifndef NEAP_ENGINE_ADVANCED_ORDER_REQUEST_NORMALIZER_H
#define NEAP_ENGINE_ADVANCED_ORDER_REQUEST_NORMALIZER_H

#include "engine/engine.h"

/* check normalize: the client order id must be there (no_order_id). It follows from session and number (neap_order_id),
 * so that the same order has the same id however often it is made, before and after a restart, and a broker can be
 * asked for it; an id made up here could be neither. */
bool neap_advanced_normalize(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
