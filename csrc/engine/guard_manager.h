/* SPDX-License-Identifier: MIT */
/* guard_manager: where the guards of every session stand, whichever engine serves: it holds the mode. In this version
 * it has the modes and what they refuse; the guards themselves come with the risk floor. */
#ifndef NEAP_ENGINE_GUARD_MANAGER_H
#define NEAP_ENGINE_GUARD_MANAGER_H

#include "engine/engine.h"

typedef struct neap_guard_manager {
  neap_mode mode;
  char reason[120], who[40];
  int64_t since; /* ns; 0: from the start */
} neap_guard_manager;

void neap_guard_manager_init(neap_guard_manager *manager,
                             const neap_limits *limits);            /* reduce_only_mode, kill_switch_enabled */
neap_mode neap_guard_manager_configured(const neap_limits *limits); /* the mode that the limits ask for */
neap_mode neap_guard_manager_mode(const neap_guard_manager *manager);
/* Stands before either engine's checks: halted and reduce-only refuse what is not an exit, exits pass. *out is begun
 * here (engine "guard_manager") and stands when this returns false; after true the engine's own decision replaces it.
 */
bool neap_guard_manager_check(const neap_guard_manager *manager, const neap_snapshot *snapshot,
                              const neap_ticket *request, neap_decision *out);
const char *neap_mode_name(neap_mode mode);

#endif
