/* SPDX-License-Identifier: MIT */
/* post_only_guard: a post-only order that would take is refused here, before the venue does. */
#ifndef NEAP_ENGINE_ADVANCED_POST_ONLY_GUARD_H
#define NEAP_ENGINE_ADVANCED_POST_ONLY_GUARD_H

#include "engine/engine.h"

/* check post_only_cross, of post-only limit orders with reject_on_cross: a buy at or over the ask, a sale at or under
 * the bid (post_only_cross). Where quotes are fed and there is none now, an entry is refused (no_quote); an exit goes
 * on. A market without quotes is the venue's to judge. */
bool neap_advanced_check_cross(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

#endif
