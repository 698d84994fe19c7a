/* SPDX-License-Identifier: MIT */
/* policy: the fixed one, of `--engine live|advanced`. */
#include "engine/policy.h"

#include <string.h>

#include "base/text.h"

static neap_status answer(const char *name, char engine[16], char reason[96]) {
  neap_text_copy(engine, 16, name);
  neap_text_copy(reason, 96, "asked for by name");
  return NEAP_OK;
}

static neap_status choose_live(void *self, const neap_policy_question *question, char engine[16], char reason[96],
                               neap_fault *fault) {
  (void)self, (void)question, (void)fault;
  return answer("live", engine, reason);
}

static neap_status choose_advanced(void *self, const neap_policy_question *question, char engine[16], char reason[96],
                                   neap_fault *fault) {
  (void)self, (void)question, (void)fault;
  return answer("advanced", engine, reason);
}

neap_status neap_policy_fixed(const char *engine, neap_policy *out, neap_fault *fault) {
  static const char *const words[] = {"live", "advanced"};
  *out = (neap_policy){.choose = strcmp(engine, "advanced") == 0 ? choose_advanced : choose_live};
  if (strcmp(engine, words[0]) == 0 || strcmp(engine, words[1]) == 0) return NEAP_OK;
  neap_fail(fault, NEAP_INVALID, "unknown_engine", "engine '%.40s' is not known: live or advanced", engine);
  neap_fault_set_nearest(fault, neap_nearest_word(engine, words, 2));
  return NEAP_INVALID;
}
