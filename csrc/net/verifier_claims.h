/* SPDX-License-Identifier: MIT */
/* verifier_claims: the second half of a token, whose signature is good. */
#ifndef NEAP_NET_VERIFIER_CLAIMS_H
#define NEAP_NET_VERIFIER_CLAIMS_H

#include "base/fault.h"
#include "base/json.h"

typedef struct neap_verifier_hosts {
  char **names;
  size_t count;
} neap_verifier_hosts;

typedef struct neap_verifier_wanted {
  const char *kid, *method, *path; /* path NULL: a WebSocket's */
  int64_t now_ns, skew_ns;
  const neap_verifier_hosts *hosts;
} neap_verifier_wanted;

/* NEAP_REFUSED with the codes of verifier.h from jwt_claims on. */
neap_status neap_verifier_check_claims(const neap_json_value *claims, const neap_verifier_wanted *wanted,
                                       neap_fault *fault);

#endif
