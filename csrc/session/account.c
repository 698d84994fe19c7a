/* SPDX-License-Identifier: MIT */
/* account: looks at the account at its own moments, and says what changed as events. */
#include "session/account.h"

#include <stdlib.h>

#include "account/funding.h"
#include "base/record.h"
#include "session/reconcile_watch.h"

static neap_status unknown_table(const char *name, neap_fault *fault) {
  size_t count = 0;
  while (neap_fee_table_names[count]) count++;
  const char *nearest = neap_nearest_word(name, neap_fee_table_names, count);
  neap_fail(fault, NEAP_INVALID, "fee_table", "there is no table of fees '%.40s'", name);
  if (nearest) neap_fault_set_nearest(fault, nearest);
  return NEAP_INVALID;
}

/* The first moment after `time`. */
static int64_t next_moment(const neap_session *session, int64_t time) {
  int64_t next = session->fee_plan ? neap_fee_plan_next(session->fee_plan, time) : INT64_MAX;
  for (uint32_t i = 0; i < session->product_count; i++) {
    if (!neap_funding_applies(&session->products[i])) continue;
    int64_t boundary = neap_funding_next(session->products[i].funding_interval, time);
    if (boundary < next) next = boundary;
  }
  return next;
}

neap_status account_init(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_fee_table table;
  session->next_account = next_moment(session, options->start);
  if (!options->fee_table) return NEAP_OK;
  if (!neap_fee_table_get(options->fee_table, &table)) return unknown_table(options->fee_table, fault);
  if (options->fee_tier > table.count)
    return neap_fail(fault, NEAP_INVALID, "fee_tier", "%s has %u tiers, not %u", table.name, table.count,
                     options->fee_tier);
  session->fee_plan = calloc(1, sizeof *session->fee_plan);
  if (!session->fee_plan) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a table of fees");
  neap_fee_plan_open(session->fee_plan, &table, options->fee_tier, options->start);
  session->fees = neap_fee_plan_schedule(session->fee_plan);
  session->next_account = next_moment(session, options->start);
  return NEAP_OK;
}

void account_free(neap_session *session) { free(session->fee_plan); }

void account_record_start(const neap_session *session, neap_buffer *out) {
  const neap_fee_plan *plan = session->fee_plan;
  if (!plan) return;
  neap_record_text(out, "fee_table", plan->table.name);
  neap_record_int(out, "fee_tier", plan->tier);
  if (plan->least) neap_record_int(out, "fee_least", plan->least);
}

neap_status account_count_trade(neap_session *session, neap_decimal notional, neap_fault *fault) {
  if (!session->fee_plan) return NEAP_OK;
  neap_status status = neap_fee_plan_trade(session->fee_plan, neap_clock_now(&session->clock), notional);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the traded volume does not fit a decimal");
}

static neap_status set_tier(neap_session *session, uint32_t tier, int64_t now, neap_fault *fault) {
  neap_decimal volume;
  session->fee_plan->tier = tier;
  session->fees = neap_fee_plan_schedule(session->fee_plan);
  neap_paper_charge(session->paper, &session->fees);
  neap_status status = neap_fee_plan_volume(session->fee_plan, now, &volume);
  if (status != NEAP_OK) return status;
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "fee_tier", tier);
  neap_record_decimal(out, "volume", volume);
  neap_record_decimal(out, "maker_bps", session->fees.maker_bps);
  neap_record_decimal(out, "taker_bps", session->fees.taker_bps);
  return session_event(session, "fee_tier", NULL, -1, 0, out, NULL, fault);
}

static neap_status look_at_fees(neap_session *session, int64_t now, neap_fault *fault) {
  uint32_t tier;
  if (!session->fee_plan || reconcile_has_fees(session)) return NEAP_OK;
  neap_status status = neap_fee_plan_due(session->fee_plan, now, &tier);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the traded volume does not fit a decimal");
  return tier == session->fee_plan->tier ? NEAP_OK : set_tier(session, tier, now, fault);
}

static neap_status book_funding(neap_session *session, uint32_t seat, uint32_t product, neap_decimal amount,
                                int64_t now, neap_fault *fault) {
  neap_status status = neap_ledger_fund(session->ledger, seat, product, amount, now, fault);
  if (status == NEAP_OK) status = neap_round_trips_fund(session->round_trips, seat, product, amount, fault);
  if (status != NEAP_OK) return status;
  neap_buffer *out = session_scratch(session);
  if (seat) neap_record_int(out, "seat", seat);
  neap_record_time(out, "boundary", now);
  neap_record_decimal(out, "position", neap_ledger_position(session->ledger, seat, product)->quantity);
  neap_record_decimal(out, "mark", session->marks[product]);
  neap_record_decimal(out, "rate", session->products[product].funding_rate);
  neap_record_decimal(out, "funding", amount);
  neap_record_decimal(out, "cash", neap_ledger_cash(session->ledger, seat));
  return session_event(session, "funding", NULL, product, 0, out, NULL, fault);
}

/* What was opened at the boundary itself pays from the next one on. */
static neap_status fund(neap_session *session, uint32_t seat, uint32_t product, int64_t now, neap_fault *fault) {
  const neap_position *position = neap_ledger_position(session->ledger, seat, product);
  const neap_product *perpetual = &session->products[product];
  neap_decimal amount;
  if (neap_decimal_is_zero(position->quantity) || position->funded_at >= now || position->opened_at >= now)
    return NEAP_OK;
  if (!session->markets[product].has_mark) {
    session_say(session, "account", "alert", "a funding was left out: the product has no mark");
    return NEAP_OK;
  }
  neap_status status =
      neap_funding_amount(perpetual, position->quantity, session->marks[product], perpetual->funding_rate, &amount);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "a funding does not fit a decimal");
  return book_funding(session, seat, product, amount, now, fault);
}

static neap_status look_at_funding(neap_session *session, int64_t now, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; i < session->product_count; i++) {
    const neap_product *product = &session->products[i];
    if (!neap_funding_applies(product) || !neap_funding_is_boundary(product->funding_interval, now)) continue;
    for (uint32_t seat = 0; status == NEAP_OK && seat < session->desk_count; seat++)
      status = fund(session, seat, i, now, fault);
  }
  return status;
}

neap_status account_look(neap_session *session, neap_fault *fault) {
  int64_t now = session->next_account;
  neap_status status = neap_clock_advance(&session->clock, now, fault);
  if (status == NEAP_OK) status = look_at_fees(session, now, fault);
  if (status == NEAP_OK) status = look_at_funding(session, now, fault);
  session->next_account = next_moment(session, now);
  return status;
}

static neap_status take_fees(neap_session *session, neap_state *state, neap_fault *fault) {
  const char *stored = state->fee_plan ? state->fee_plan->table.name : "none";
  if (session->fee_plan && (!state->fee_plan || state->fee_plan->table.refresh != session->fee_plan->table.refresh))
    return neap_fail(fault, NEAP_INVALID, "other_session",
                     "the store's table of fees is '%s', that of this session '%s'", stored,
                     session->fee_plan->table.name);
  if (!state->fee_plan) return NEAP_OK;
  free(session->fee_plan);
  session->fee_plan = state->fee_plan;
  state->fee_plan = NULL;
  session->fees = neap_fee_plan_schedule(session->fee_plan);
  neap_paper_charge(session->paper, &session->fees);
  return NEAP_OK;
}

/* A moment before the last event is over; one at the same time may have been cut off. */
neap_status account_take(neap_session *session, neap_state *state, neap_fault *fault) {
  neap_status status = take_fees(session, state, fault);
  session->next_account = next_moment(session, state->time - 1);
  return status;
}
