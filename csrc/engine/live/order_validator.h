/* SPDX-License-Identifier: MIT */
/* order_validator: what the live engine asks of an order, in its order: the product's rules, a fresh mark, the slippage
 * that is to be expected, then what risk asks under every engine. */
#ifndef NEAP_ENGINE_LIVE_ORDER_VALIDATOR_H
#define NEAP_ENGINE_LIVE_ORDER_VALIDATOR_H

#include "engine/checks.h"

extern const neap_check_entry neap_live_checks[];
extern const size_t neap_live_check_count;

#endif
