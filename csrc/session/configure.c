/* SPDX-License-Identifier: MIT */
/* configure: swaps the limits, tells which fields changed, and tightens the mode where they ask for it. */
#include "session/configure.h"

#include <string.h>

#include "base/record.h"
#include "session/mode.h"
#include "session/session_state.h"

static const char *source_of(const char *const *sources, unsigned i) {
  return sources && sources[i] ? sources[i] : "unknown";
}

/* The texts of field i of both, each 0-terminated. */
static bool read_both(const neap_limits *a, const neap_limits *b, unsigned i, const char **name, neap_buffer text[2]) {
  const char *variable;
  neap_buffer_clear(&text[0]);
  neap_buffer_clear(&text[1]);
  if (!neap_limits_field(a, i, name, &variable, &text[0])) return false;
  neap_limits_field(b, i, name, &variable, &text[1]);
  neap_buffer_append(&text[0], "", 1);
  neap_buffer_append(&text[1], "", 1);
  return text[0].status == NEAP_OK && text[1].status == NEAP_OK;
}

static bool differ(const neap_buffer text[2]) {
  return text[0].size != text[1].size || memcmp(text[0].data, text[1].data, text[0].size) != 0;
}

/* Fields in which `b` differs from `a`; `is_change`: with the old value, else also those that somebody set to what they
 * were. How many. */
static unsigned record_fields(const neap_limits *a, const neap_limits *b, const char *const *sources, bool is_change,
                              neap_buffer *out) {
  neap_buffer text[2];
  const char *name;
  unsigned count = 0, i = 0;
  neap_buffer_init(&text[0]);
  neap_buffer_init(&text[1]);
  for (; read_both(a, b, i, &name, text); i++) {
    bool is_said = !is_change && strcmp(source_of(sources, i), "default") != 0 && sources;
    if (!differ(text) && !is_said) continue;
    neap_record_map(out, "");
    neap_record_text(out, "name", name);
    if (is_change) neap_record_text(out, "old", (const char *)text[0].data);
    neap_record_text(out, is_change ? "new" : "value", (const char *)text[1].data);
    neap_record_text(out, "source", source_of(sources, i));
    neap_record_end(out);
    count++;
  }
  if (text[0].status != NEAP_OK || text[1].status != NEAP_OK) out->status = NEAP_MEMORY;
  neap_buffer_fini(&text[0]);
  neap_buffer_fini(&text[1]);
  return count;
}

void session_record_configuration(const neap_session *session, const char *const *sources, neap_buffer *out) {
  neap_limits standard;
  neap_limits_default(&standard);
  if (session->configuration) neap_record_int(out, "configuration_number", (int64_t)session->configuration);
  if (session->policy.digest) neap_record_text(out, "policy_digest", session->policy.digest);
  neap_record_list(out, "configuration");
  record_fields(&standard, &session->in_force, sources, false, out);
  neap_record_end(out);
}

static void record_change(const neap_configuration *to, uint64_t number, neap_buffer *out) {
  neap_record_int(out, "number", (int64_t)number);
  if (to->who) neap_record_text(out, "who", to->who);
  if (to->why) neap_record_text(out, "why", to->why);
  if (to->engine_before) neap_record_text(out, "engine_before", to->engine_before);
  if (to->engine_after) neap_record_text(out, "engine_after", to->engine_after);
  if (to->policy) neap_record_bool(out, "policy", true);
  if (to->policy && to->policy->digest) neap_record_text(out, "policy_digest", to->policy->digest);
}

/* Never laxer: that is resume's. */
static neap_status follow_flags(neap_session *session, const neap_limits *limits, neap_fault *fault) {
  neap_mode mode = neap_guard_manager_configured(limits);
  if (mode <= session->guards.mode) return NEAP_OK;
  const char *why = mode == NEAP_MODE_HALTED ? "kill_switch_enabled" : "reduce_only_mode";
  return neap_session_set_mode(session, mode, why, "configuration", fault);
}

static neap_status put_in_force(neap_session *session, const neap_configuration *to, uint64_t number,
                                neap_fault *fault) {
  session->in_force = *to->limits;
  session->configuration = number;
  if (to->policy) session->policy = *to->policy;
  previews_find_next(session);
  neap_status status = guards_configure(session, fault);
  return status == NEAP_OK ? guards_release(session, fault) : status;
}

/* What cannot be written down is not in force; but that it stops is obeyed all the same. */
neap_status neap_session_configure(neap_session *session, const neap_configuration *to, neap_fault *fault) {
  uint64_t number = to->number ? to->number : session->configuration + 1;
  neap_buffer *out = session_scratch(session);
  record_change(to, number, out);
  bool begins_count = sizing_begins_count(session, to->limits, out);
  neap_record_list(out, "changed");
  unsigned changed = record_fields(&session->in_force, to->limits, to->sources, true, out);
  neap_record_end(out);
  if (changed == 0 && !to->policy && out->status == NEAP_OK) return NEAP_OK;
  neap_status status = session_event(session, "configuration_changed", NULL, -1, 0, out, NULL, fault);
  if (status == NEAP_OK) status = put_in_force(session, to, number, fault);
  if (status == NEAP_OK && begins_count) sizing_begin_count(session);
  neap_status stopped = follow_flags(session, to->limits, status == NEAP_OK ? fault : NULL);
  return status != NEAP_OK ? status : stopped;
}

uint64_t neap_session_configuration(const neap_session *session) { return session->configuration; }

bool neap_session_has_policy(const neap_session *session, const neap_policy *policy) {
  return session->policy.choose == policy->choose && session->policy.self == policy->self;
}
