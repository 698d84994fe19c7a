/* SPDX-License-Identifier: MIT */
/* live_engine: the baseline: state_collector says what the account has, order_validator asks, order_submitter says how
 * the order leaves; it goes out as it was asked. */
#include "engine/live/order_submitter.h"
#include "engine/live/order_validator.h"

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  if (neap_checks_run(engine, snapshot, out)) neap_live_submit(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_live_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "live",
                       .config = *config,
                       .checks = neap_live_checks,
                       .check_count = neap_live_check_count,
                       .decide = decide};
}
