/* SPDX-License-Identifier: MIT */
/* advanced_engine: order_request_normalizer takes the order as it was asked or names what is missing; then, stage by
 * stage of order_validation_pipeline, it is quantized, post_only_guard looks whether it would cross, and it passes what
 * every order must pass. */
#include "engine/advanced/order_validation_pipeline.h"

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  neap_checks_run(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_advanced_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "advanced",
                       .config = *config,
                       .checks = neap_advanced_stages,
                       .check_count = neap_advanced_stage_count,
                       .decide = decide};
}
