/* SPDX-License-Identifier: MIT */
/* live_engine: the baseline: the venue's rules, a fresh mark, the account's means; then the order goes out as it was
 * asked. */
#include "engine/checks.h"

static const neap_check_entry checks[] = {
    {"mode", neap_check_mode},
    {"product", neap_check_product},
    {"sizing", neap_check_sizing},
    {"order_type", neap_check_order_type},
    {"time_in_force", neap_check_time_in_force},
    {"product_status", neap_check_product_status},
    {"reduce_only", neap_check_reduce_only},
    {"quantity", neap_check_quantity},
    {"prices", neap_check_prices},
    {"notional", neap_check_notional},
    {"mark", neap_check_mark},
    {"position", neap_check_position},
    {"funds", neap_check_funds},
};

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  neap_checks_run(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_live_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "live",
                       .config = *config,
                       .checks = checks,
                       .check_count = sizeof checks / sizeof *checks,
                       .decide = decide};
}
