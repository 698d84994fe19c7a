/* SPDX-License-Identifier: MIT */
/* wallet: a portfolio's wallets are few and in the order of their making; a sum that does not fit breaks the venue. */
#include "venue/wallet.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "venue/margin.h"

static neap_venue_wallet *wallet_in(const neap_venue_portfolio *portfolio, const char *currency) {
  for (size_t i = 0; i < portfolio->wallet_count; i++)
    if (strcmp(portfolio->wallets[i].currency, currency) == 0) return &portfolio->wallets[i];
  return NULL;
}

static neap_venue_wallet *made(neap_venue *venue, neap_venue_portfolio *portfolio, const char *currency) {
  neap_venue_wallet *wallet =
      neap_venue_push(&portfolio->wallets, &portfolio->wallet_count, &portfolio->wallet_size, sizeof *wallet);
  if (!wallet) return venue->has_failed = true, NULL;
  *wallet = (neap_venue_wallet){.created = venue->now, .updated = venue->now};
  snprintf(wallet->currency, sizeof wallet->currency, "%s", currency);
  neap_venue_make_id(venue, wallet->id);
  return wallet;
}

neap_venue_wallet *neap_venue_wallet_of(neap_venue *venue, uint32_t portfolio, const char *currency) {
  neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  neap_venue_wallet *wallet = wallet_in(owner, currency);
  return wallet ? wallet : made(venue, owner, currency);
}

bool neap_venue_has_wallet(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  return wallet_in(&venue->portfolios[portfolio], currency) != NULL;
}

neap_decimal neap_venue_available(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  const neap_venue_wallet *wallet = wallet_in(&venue->portfolios[portfolio], currency);
  return wallet ? wallet->available : NEAP_ZERO;
}

neap_decimal neap_venue_owned(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  const neap_venue_wallet *wallet = wallet_in(&venue->portfolios[portfolio], currency);
  neap_decimal sum = NEAP_ZERO;
  if (wallet && neap_decimal_add(wallet->available, wallet->hold, &sum) != NEAP_OK) sum = wallet->available;
  return sum;
}

/* Moves an amount between two sums of a wallet, or into one of them; a sum that does not fit breaks the venue. */
static void add(neap_venue *venue, neap_decimal *sum, neap_decimal amount) {
  if (neap_decimal_add(*sum, amount, sum) != NEAP_OK) venue->has_failed = true;
}

static neap_status too_little(neap_decimal available, neap_decimal amount, const char *currency, neap_fault *fault) {
  char has[NEAP_DECIMAL_TEXT], wanted[NEAP_DECIMAL_TEXT];
  neap_decimal_format(available, has), neap_decimal_format(amount, wanted);
  return neap_fail(fault, NEAP_REFUSED, "not_enough", "%s %s is wanted, %s is available", wanted, currency, has);
}

neap_status neap_venue_hold(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount,
                            neap_fault *fault) {
  assert(neap_decimal_sign(amount) >= 0);
  neap_decimal available = neap_venue_buying_power(venue, portfolio, currency);
  if (neap_decimal_cmp(available, amount) < 0) return too_little(available, amount, currency, fault);
  neap_venue_wallet *wallet = neap_venue_wallet_of(venue, portfolio, currency);
  if (!wallet) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a wallet of %s", currency);
  add(venue, &wallet->available, neap_decimal_neg(amount));
  add(venue, &wallet->hold, amount);
  wallet->updated = venue->now;
  return NEAP_OK;
}

void neap_venue_release(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount) {
  neap_venue_wallet *wallet = wallet_in(&venue->portfolios[portfolio], currency);
  assert(neap_decimal_sign(amount) >= 0);
  if (neap_decimal_is_zero(amount)) return;
  assert(wallet && neap_decimal_cmp(amount, wallet->hold) <= 0);
  add(venue, &wallet->hold, neap_decimal_neg(amount));
  add(venue, &wallet->available, amount);
  wallet->updated = venue->now;
}

void neap_venue_credit(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount) {
  if (neap_decimal_is_zero(amount)) return;
  neap_venue_wallet *wallet = neap_venue_wallet_of(venue, portfolio, currency);
  if (!wallet) return;
  add(venue, &wallet->available, amount);
  wallet->updated = venue->now;
}

void neap_venue_move(neap_venue *venue, uint32_t from, uint32_t to, const char *currency, neap_decimal amount) {
  neap_venue_credit(venue, from, currency, neap_decimal_neg(amount));
  neap_venue_credit(venue, to, currency, amount);
}

neap_fee_schedule neap_venue_fees_of(const neap_venue *venue, uint32_t user) {
  const neap_fee_plan *plan = &venue->users[user].fees;
  uint32_t tier = plan->tier;
  if (!plan->table.count) return (neap_fee_schedule){NEAP_ZERO, NEAP_ZERO, 0};
  if (neap_fee_plan_due(plan, venue->now, &tier) != NEAP_OK) tier = plan->tier;
  return plan->table.tier[tier - 1].schedule;
}

void neap_venue_count_volume(neap_venue *venue, uint32_t user, const char *currency, neap_decimal amount) {
  neap_decimal dollars;
  if (!venue->users[user].fees.table.count || !neap_venue_worth(venue, currency, amount, &dollars)) return;
  if (neap_fee_plan_trade(&venue->users[user].fees, venue->now, dollars) != NEAP_OK) venue->has_failed = true;
}
