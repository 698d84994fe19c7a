/* SPDX-License-Identifier: MIT */
/* order_policy_check: whether the configured policy (risk/order_policy) lets an entry be asked for. */
#ifndef NEAP_ENGINE_ADVANCED_ORDER_POLICY_CHECK_H
#define NEAP_ENGINE_ADVANCED_ORDER_POLICY_CHECK_H

#include "engine/checks.h"

/* check order_policy; no line without a policy. A market order that says nothing of its time is IOC. Orders of the last
 * minute and the volume of the day are read from the snapshot: asking takes nothing of them. Exits pass. */
bool neap_advanced_check_policy(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
