/* SPDX-License-Identifier: MIT */
/* checkpoint: the session lends its own parts to a state, which is hashed and written as a snapshot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/session_state.h"

static void lend_desk(const neap_desk *desk, state_seat *out) {
  snprintf(out->name, sizeof out->name, "%s", desk->name);
  if (desk->strategy) snprintf(out->digest, sizeof out->digest, "%s", desk->strategy->digest);
  if (desk->aside.status != NEAP_OK) {
    snprintf(out->aside_code, sizeof out->aside_code, "%s", desk->aside.code);
    snprintf(out->aside_message, sizeof out->aside_message, "%s", desk->aside.message);
  }
  out->saved = desk->saved;
  out->timers = desk->timers;
  out->failures = desk->failures;
}

static void lend_counters(const neap_session *session, neap_state *out) {
  out->orders = session->orders;
  out->fills = session->fills;
  out->trades = session->earlier_trades + session->trade_count;
  out->rejections = session->rejections;
  out->triggers_set = session->triggers_set;
  out->triggers_fired = session->triggers_fired;
  out->rejected_count = session->rejected_count;
  memcpy(out->rejected, session->rejected, sizeof out->rejected);
  out->configuration = session->configuration;
  out->keeps_recent = true;
  out->counts_trades = session->counts_trades;
  out->keeps_traded = session->advanced.config.order_policy != NULL;
  out->recent = session->recent.journalled;
  out->guard_mode = session->guards.mode;
  out->guard_since = session->guards.since;
  out->risk = session->guards.risk;
  out->external = session->external;
  snprintf(out->guard_reason, sizeof out->guard_reason, "%s", session->guards.reason);
  snprintf(out->guard_who, sizeof out->guard_who, "%s", session->guards.who);
}

static void lend_names(const neap_session *session, neap_state *out) {
  memcpy(out->session, session->id, sizeof out->session);
  memcpy(out->mode, session->mode, sizeof out->mode);
  memcpy(out->currency, session->currency, sizeof out->currency);
}

neap_status session_state_lend(const neap_session *session, neap_state *out, neap_fault *fault) {
  memset(out, 0, sizeof *out);
  out->volumes = calloc(session->product_count, sizeof *out->volumes);
  out->seats = calloc(session->desk_count, sizeof *out->seats);
  if (!out->volumes || !out->seats) return state_no_memory(fault);
  out->started = true;
  out->ended = session->told;
  out->products = session->products;
  out->product_count = session->product_count;
  out->seat_count = session->desk_count;
  out->fee_plan = session->fee_plan;
  out->ledger = session->ledger;
  out->round_trips = session->round_trips;
  out->first = session->first;
  out->groups = session->groups;
  out->digest = session->id_digest;
  for (uint32_t i = 0; i < out->product_count; i++) out->volumes[i] = session->markets[i].volume;
  for (uint32_t i = 0; i < out->seat_count; i++) lend_desk(&session->desks[i], &out->seats[i]);
  lend_names(session, out);
  lend_counters(session, out);
  return NEAP_OK;
}

void session_state_take_back(neap_state *state) {
  free(state->volumes);
  free(state->seats);
}

static neap_status record_snapshot(neap_session *session, neap_buffer *out, neap_fault *fault) {
  neap_state state;
  char hash[NEAP_DIGEST_TEXT], head[NEAP_DIGEST_TEXT];
  neap_status status = session_state_lend(session, &state, fault);
  if (status == NEAP_OK) status = neap_state_record(&state, out, fault);
  if (status == NEAP_OK) status = neap_state_hash(&state, hash, fault);
  session_state_take_back(&state);
  if (status != NEAP_OK) return status;
  neap_event_store_head(session->store, head);
  neap_record_text(out, "state_hash", hash);
  neap_record_text(out, "chain_head", head);
  return NEAP_OK;
}

/* The group ends before it, so that a store may begin with it. */
neap_status session_checkpoint(neap_session *session, neap_fault *fault) {
  if (session_is_in_doubt(session)) return NEAP_OK; /* the reserve is for exits */
  neap_status status = neap_event_store_seal(session->store, fault);
  neap_buffer *out = session_scratch(session);
  if (status == NEAP_OK) status = record_snapshot(session, out, fault);
  if (status != NEAP_OK) return status;
  return session_event(session, "state_snapshot", NULL, -1, 0, out, &session->snapshot_seq, fault);
}

neap_status neap_session_state_hash(neap_session *session, char out[NEAP_DIGEST_TEXT], neap_fault *fault) {
  neap_state state;
  neap_status status = session_state_lend(session, &state, fault);
  if (status == NEAP_OK) status = neap_state_hash(&state, out, fault);
  session_state_take_back(&state);
  return status;
}

int64_t neap_session_seen_until(const neap_session *session) { return session->seen_until; }
