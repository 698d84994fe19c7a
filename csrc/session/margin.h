/* SPDX-License-Identifier: MIT */
/* margin: what leverage a session's positions may have, and what becomes of a sub-account that cannot carry them. */
#ifndef NEAP_SESSION_MARGIN_H
#define NEAP_SESSION_MARGIN_H

#include "account/margin.h"
#include "session/session_state.h"

/* The exposure of all positions of a desk as the leverage of `product` counts it: value × its cap ÷ their own. */
neap_status margin_exposure(const neap_desk *desk, uint32_t product, neap_decimal *out);
/* equity × the leverage that the product may have now. */
neap_status margin_power(const neap_session *session, uint32_t product, neap_decimal equity, neap_decimal *out);

/* After marks moved: desks whose equity is not above their maintenance margin lose positions, the largest margin first,
 * at the marks, until it is. Event liquidation. */
neap_status margin_watch(neap_session *session, neap_fault *fault);

#endif
