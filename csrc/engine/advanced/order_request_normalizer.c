/* SPDX-License-Identifier: MIT */
/* order_request_normalizer: what every order must bring along. */
#include "engine/advanced/order_request_normalizer.h"

bool neap_advanced_normalize(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  if (out->ticket.id[0] == '\0')
    return neap_decision_refuse(out, "normalize", "no_order_id", NULL, NULL, "a client order id is needed");
  neap_decision_note(out, "normalize", NEAP_PASSED, NULL, NULL, "client order id is present");
  return true;
}
