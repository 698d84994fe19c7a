/* SPDX-License-Identifier: MIT */
/* exchange_admin: what the paths below /neap/v1/ have in common; only its own files include it. */
#ifndef NEAP_VENUE_EXCHANGE_ADMIN_H
#define NEAP_VENUE_EXCHANGE_ADMIN_H

#include "base/json.h"
#include "venue/exchange_state.h"

typedef struct neap_admin_call {
  neap_exchange *exchange;
  const char *part;            /* what stands for the '*' of its path; "" */
  const neap_json_value *body; /* an object; of a request without a body an empty one */
  neap_buffer out;             /* the answer: JSON */
  neap_json_writer json;       /* writes it */
  bool is_secret;              /* it is wiped */
} neap_admin_call;

/* What it returns says which HTTP status its fault becomes. */
typedef neap_status neap_admin_handler(neap_admin_call *call, neap_fault *fault);

neap_admin_handler neap_admin_post_key, neap_admin_post_deposit; /* exchange_admin_keys.c */

/* NEAP_INVALID "unknown_member" (nearest) unless each member of the body is one of `known` (NULL at the end). */
neap_status neap_admin_knows(const neap_admin_call *call, const char *const *known, neap_fault *fault);
/* A member that is text. NULL and a fault "bad_member": it is not there. */
const char *neap_admin_text(const neap_admin_call *call, const char *name, neap_fault *fault);

#endif
