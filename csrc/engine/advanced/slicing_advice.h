/* SPDX-License-Identifier: MIT */
/* slicing_advice: of an entry whose impact is over max_market_impact_bps, the greatest quantity that is not. */
#ifndef NEAP_ENGINE_ADVANCED_SLICING_ADVICE_H
#define NEAP_ENGINE_ADVANCED_SLICING_ADVICE_H

#include "engine/checks.h"

/* check slicing_advice, with enable_market_impact_guard: the order's quantity (input) and the slice (limit), which is
 * out->slice, too. Refuses nothing: that is for the limits. No line where no slice is needed, or nothing is known. */
bool neap_advanced_advise_slices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
