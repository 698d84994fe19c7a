/* SPDX-License-Identifier: MIT */
/* guard_manager: holds the mode, and refuses what the mode does not let through. */
#include "engine/guard_manager.h"

#include <stdio.h>

#include "base/checklist.h"
#include "engine/checks.h"

const char *neap_mode_name(neap_mode mode) {
  static const char *const names[] = {"normal", "reduce_only", "halted"};
  size_t index = (size_t)mode;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

static void set_mode(neap_guard_manager *manager, neap_mode mode, const char *reason) {
  manager->mode = mode;
  snprintf(manager->reason, sizeof manager->reason, "%s", reason);
  snprintf(manager->who, sizeof manager->who, "configuration");
}

neap_mode neap_guard_manager_configured(const neap_limits *limits) {
  if (limits->kill_switch_enabled) return NEAP_MODE_HALTED;
  return limits->reduce_only_mode ? NEAP_MODE_REDUCE_ONLY : NEAP_MODE_NORMAL;
}

void neap_guard_manager_init(neap_guard_manager *manager, const neap_limits *limits) {
  manager->since = 0;
  if (limits->kill_switch_enabled)
    set_mode(manager, NEAP_MODE_HALTED, "kill_switch_enabled");
  else if (limits->reduce_only_mode)
    set_mode(manager, NEAP_MODE_REDUCE_ONLY, "reduce_only_mode");
  else
    set_mode(manager, NEAP_MODE_NORMAL, "");
}

neap_mode neap_guard_manager_mode(const neap_guard_manager *manager) { return manager->mode; }

bool neap_guard_manager_check(const neap_guard_manager *manager, const neap_snapshot *snapshot,
                              const neap_ticket *request, neap_decision *out) {
  neap_decision_init(out, "guard_manager", request);
  return !neap_check_is_on("mode") || neap_check_mode_is(manager->mode, snapshot, out);
}
