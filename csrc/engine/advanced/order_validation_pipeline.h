/* SPDX-License-Identifier: MIT */
/* order_validation_pipeline: the stages of the advanced engine in their order; the first that refuses ends it. Between
 * stages the ticket changes in place, and each change is a line of the decision. */
#ifndef NEAP_ENGINE_ADVANCED_ORDER_VALIDATION_PIPELINE_H
#define NEAP_ENGINE_ADVANCED_ORDER_VALIDATION_PIPELINE_H

#include "engine/checks.h"

extern const neap_check_entry neap_advanced_stages[];
extern const size_t neap_advanced_stage_count;

#endif
