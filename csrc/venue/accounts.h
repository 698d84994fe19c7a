/* SPDX-License-Identifier: MIT */
/* accounts: what the routes of money have in common: whose portfolio, which money, ids of things that have none. */
#ifndef NEAP_VENUE_ACCOUNTS_H
#define NEAP_VENUE_ACCOUNTS_H

#include "venue/rest.h"
#include "venue/wallet.h"

/* A portfolio of the caller's user, not deleted. NULL: there is none, and a 404 was written. */
neap_venue_portfolio *neap_rest_portfolio(neap_venue *venue, neap_rest_call *call, const char *id);
static inline uint32_t neap_venue_portfolio_index(const neap_venue *venue, const neap_venue_portfolio *portfolio) {
  return (uint32_t)(portfolio - venue->portfolios);
}
/* Whether it is told of at all: the key's user has it and did not delete it. */
bool neap_venue_is_of(const neap_venue_portfolio *portfolio, const neap_rest_call *call);

/* A member {"value":"1.5","currency":"USD"}, over zero. false: a 400 was written. */
bool neap_rest_read_funds(neap_rest_call *call, const char *name, char currency[NEAP_VENUE_CURRENCY],
                          neap_decimal *amount);
/* A member's amount, over zero, as the venue wants each: plain digits in a string. false: a 400 was written. */
bool neap_rest_read_amount(neap_rest_call *call, const neap_json_value *object, const char *name, neap_decimal *amount);
/* 400 INSUFFICIENT_FUND, in the words that clients look for. */
void neap_rest_refuse_funds(neap_rest_call *call);

neap_rest_handler neap_rest_transaction_summary; /* rest_summary.c; its route is with the conversions */

bool neap_venue_is_fiat(const char *currency);
/* A UUID that depends on both texts alone. */
void neap_venue_derive_id(const char *of, const char *what, char out[NEAP_VENUE_ID]);
/* As neap_json_decimal, but as a number: what little the venue tells so. */
void neap_rest_number(neap_json_writer *json, const char *key, neap_decimal value);

#endif
