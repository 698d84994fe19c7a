/* SPDX-License-Identifier: MIT */
/* checklist: every check and every guard stands in a table as {name, function}, and whoever runs a table asks here
 * first. The answer is yes, at no cost, except in a build that tests the tests (-DNEAP_MUTATE=ON): there the variable
 * NEAP_MUTATE names the one check that is left out, and a spec must fail for it. */
#ifndef NEAP_BASE_CHECKLIST_H
#define NEAP_BASE_CHECKLIST_H

#include <stdbool.h>

#ifdef NEAP_MUTATE
bool neap_check_is_on(const char *name);
bool neap_guard_is_on(const char *name); /* NEAP_MUTATE=guard:NAME: a guard may be called as a check is */
#else
static inline bool neap_check_is_on(const char *name) {
  (void)name;
  return true;
}
static inline bool neap_guard_is_on(const char *name) {
  (void)name;
  return true;
}
#endif

#endif
