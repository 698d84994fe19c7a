/* SPDX-License-Identifier: MIT */
/* live_engine: the baseline: the venue's rules, a fresh mark, the account's means; then the order goes out as it was
 * asked. */
#include "engine/checks.h"

static void run(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)(neap_check_mode(snapshot->mode, snapshot, out) && neap_check_request(snapshot, out) &&
         neap_check_product_status(snapshot, out) && neap_check_reduce_only(snapshot, out) &&
         neap_check_quantity(snapshot, out) && neap_check_prices(snapshot, out) && neap_check_notional(snapshot, out) &&
         neap_check_mark(snapshot, out) && neap_check_position(snapshot, out) &&
         neap_check_funds(snapshot, engine->config.limits, out));
}

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  run(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_live_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "live", .config = *config, .decide = decide};
}
