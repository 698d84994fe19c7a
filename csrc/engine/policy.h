/* SPDX-License-Identifier: MIT */
/* policy: the contract of what chooses the engine of an order: a Lua function (lua/policy) or the command line. */
#ifndef NEAP_ENGINE_POLICY_H
#define NEAP_ENGINE_POLICY_H

#include "account/order.h"
#include "market/product.h"
#include "risk/limits.h"

typedef struct neap_policy_question {
  const neap_ticket *ticket;
  const neap_product *product;
  const neap_limits *limits; /* NULL: no risk configuration */
  const char *strategy;      /* name */
  int64_t now;
  bool is_exit; /* can only reduce the position */
} neap_policy_question;

typedef struct neap_policy {
  void *self;
  /* NEAP_OK: `engine` is "live" or "advanced" and `reason` says why. Anything else: the policy failed (event
   * policy_failed: exits go by live, entries are refused). */
  neap_status (*choose)(void *self, const neap_policy_question *question, char engine[16], char reason[96],
                        neap_fault *fault);
  const char *digest; /* of the text that it is made of, in hex; lives as long as `self`. NULL: it has none */
} neap_policy;

/* Always this engine, as `--engine live|advanced` asks. Another name: NEAP_INVALID "unknown_engine" with the nearest.
 */
neap_status neap_policy_fixed(const char *engine, neap_policy *out, neap_fault *fault);

#endif
