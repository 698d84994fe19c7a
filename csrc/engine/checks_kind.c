/* SPDX-License-Identifier: MIT */
/* checks_kind: what the configuration lets entries ask for. An exit asks for what it likes: a stop that protects is
 * one.
 */
#include "engine/checks.h"

typedef struct kind {
  const char *code, *note;
  bool is_off, is_asked;
} kind;

static bool is_stop(neap_order_type type) {
  return type == NEAP_STOP || type == NEAP_STOP_LIMIT || type == NEAP_TRAILING_STOP;
}

/* What most configurations say, at the cost of a look. */
static bool allows_all(const neap_limits *limits) {
  return limits->enable_limit_orders && limits->enable_stop_orders && limits->enable_stop_limit &&
         limits->enable_post_only && limits->enable_ioc && limits->enable_fok && limits->enable_gtd;
}

bool neap_check_order_kind(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_limits *limits = engine->config.limits;
  const neap_ticket *ticket = &out->ticket;
  if (allows_all(limits)) return true;
  const kind kinds[] = {
      {"limit_disabled", "enable_limit_orders is off", !limits->enable_limit_orders, ticket->type == NEAP_LIMIT},
      {"stop_disabled", "enable_stop_orders is off", !limits->enable_stop_orders, is_stop(ticket->type)},
      {"stop_limit_disabled", "enable_stop_limit is off", !limits->enable_stop_limit, ticket->type == NEAP_STOP_LIMIT},
      {"post_only_disabled", "enable_post_only is off", !limits->enable_post_only, ticket->post_only},
      {"ioc_disabled", "enable_ioc is off", !limits->enable_ioc, ticket->time_in_force == NEAP_IOC},
      {"fok_disabled", "enable_fok is off", !limits->enable_fok, ticket->time_in_force == NEAP_FOK},
      {"gtd_disabled", "enable_gtd is off", !limits->enable_gtd, ticket->time_in_force == NEAP_GTD}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!kinds[i].is_off || !kinds[i].is_asked) continue;
    if (!neap_snapshot_is_exit(snapshot, ticket))
      return neap_decision_refuse(out, "order_kind", kinds[i].code, NULL, NULL, kinds[i].note);
    neap_decision_note(out, "order_kind", NEAP_SKIPPED, NULL, NULL, "an exit asks for what it likes");
  }
  return true;
}
