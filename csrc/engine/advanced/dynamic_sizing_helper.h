/* SPDX-License-Identifier: MIT */
/* dynamic_sizing_helper: asks risk/sizing how much an entry may open at most, and cuts the entry to it. It only ever
 * cuts: an order is never larger than it was asked for, and what reduces a position is not touched. */
#ifndef NEAP_ENGINE_ADVANCED_DYNAMIC_SIZING_HELPER_H
#define NEAP_ENGINE_ADVANCED_DYNAMIC_SIZING_HELPER_H

#include "engine/engine.h"

/* check sizing_advice, with enable_dynamic_position_sizing, of entries: input is what was asked, limit what is advised,
 * both in the unit that the order was given in; the note has method and mode. Conservative and aggressive cut
 * (adjusted), strict refuses what does not fit; where nothing may be opened, all refuse (position_sizing). Skipped for
 * exits, for slices of an order that was sized, and where no advice can be given. */
bool neap_advanced_advise_size(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
