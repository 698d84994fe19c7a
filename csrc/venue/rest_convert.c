/* SPDX-License-Identifier: MIT */
/* rest_convert: one currency for another at the last price, with the house: quoted, committed, done. A quote is good
 * for ten minutes; what was committed is moved at once and said to be completed a second later. */
#include <stdio.h>
#include <string.h>

#include "venue/accounts.h"
#include "venue/margin.h"

#define GOOD_FOR (600 * NEAP_SECOND)
#define SETTLES_IN NEAP_SECOND

static bool is_expired(const neap_venue *venue, const neap_venue_convert *convert) {
  return !convert->is_committed && venue->now >= convert->made + GOOD_FOR;
}

static const char *status_of(const neap_venue *venue, const neap_venue_convert *convert) {
  if (is_expired(venue, convert)) return "TRADE_STATUS_CANCELED";
  if (!convert->is_committed) return "TRADE_STATUS_CREATED";
  return venue->now < convert->committed + SETTLES_IN ? "TRADE_STATUS_STARTED" : "TRADE_STATUS_COMPLETED";
}

/* --- how it is told ---------------------------------------------------------------------------------------------- */

static void write_disclosure(neap_json_writer *json) {
  neap_json_object(json, "disclosure");
  neap_json_string(json, "title", "");
  neap_json_string(json, "description", "");
  neap_json_object(json, "link");
  neap_json_string(json, "text", "");
  neap_json_string(json, "url", "");
  neap_json_end_object(json);
  neap_json_end_object(json);
}

/* Nothing is charged. */
static void write_fee(neap_json_writer *json, const char *key, const char *title, const char *currency) {
  neap_json_object(json, key);
  neap_json_string(json, "title", title);
  neap_json_string(json, "description", "");
  neap_rest_amount(json, "amount", NEAP_ZERO, currency);
  neap_json_string(json, "label", title);
  write_disclosure(json);
  neap_json_end_object(json);
}

static void write_scaled(neap_json_writer *json, const char *key, neap_decimal price, const char *currency) {
  neap_json_object(json, key);
  neap_rest_amount(json, "amount", price, currency);
  neap_json_int(json, "scale", (int64_t)neap_decimal_scale(price));
  neap_json_end_object(json);
}

static void write_unit_price(neap_json_writer *json, const neap_venue *venue, const neap_venue_convert *convert) {
  neap_decimal target = NEAP_ZERO, source = NEAP_ZERO, back = NEAP_ZERO;
  neap_venue_worth(venue, convert->to, neap_decimal_from_int(1), &target);
  neap_venue_worth(venue, convert->from, neap_decimal_from_int(1), &source);
  neap_venue_rate(venue, convert->to, convert->from, &back);
  neap_json_object(json, "unit_price");
  write_scaled(json, "target_to_fiat", target, "USD");
  write_scaled(json, "target_to_source", back, convert->from);
  write_scaled(json, "source_to_fiat", source, "USD");
  neap_json_end_object(json);
}

static void write_cancellation(neap_json_writer *json, bool is_expired_quote) {
  neap_json_object(json, "cancellation_reason");
  neap_json_string(json, "message", is_expired_quote ? "the quote has expired" : "");
  neap_json_string(json, "code", "");
  neap_json_string(json, "error_code", "ERROR_CODES_UNSPECIFIED");
  neap_json_string(json, "error_cta", "ERROR_CTA_UNSPECIFIED");
  neap_json_end_object(json);
}

static void write_subscription(neap_json_writer *json, const char *currency) {
  neap_json_object(json, "subscription_info");
  neap_json_string(json, "free_trading_reset_date", "");
  neap_rest_amount(json, "used_zero_fee_trading", NEAP_ZERO, currency);
  neap_rest_amount(json, "remaining_free_trading_volume", NEAP_ZERO, currency);
  neap_rest_amount(json, "max_free_trading_volume", NEAP_ZERO, currency);
  neap_json_bool(json, "has_benefit_cap", false);
  neap_json_bool(json, "applied_subscription_benefit", false);
  neap_rest_amount(json, "fee_without_subscription_benefit", NEAP_ZERO, currency);
  neap_rest_amount(json, "payment_method_fee_without_subscription_benefit", NEAP_ZERO, currency);
  neap_json_end_object(json);
}

static void write_incentive(neap_json_writer *json, const char *currency) {
  neap_json_object(json, "trade_incentive_info");
  neap_json_bool(json, "applied_incentive", false);
  neap_json_string(json, "user_incentive_id", "");
  neap_json_string(json, "code_val", "");
  neap_json_string(json, "ends_at", "");
  neap_rest_amount(json, "fee_without_incentive", NEAP_ZERO, currency);
  neap_json_bool(json, "redeemed", false);
  neap_json_end_object(json);
}

static void write_ends(neap_json_writer *json, neap_venue *venue, const neap_venue_convert *convert) {
  const neap_venue_wallet *from = neap_venue_wallet_of(venue, convert->portfolio, convert->from);
  neap_json_string(json, "source_id", from ? from->id : "");
  const neap_venue_wallet *to = neap_venue_wallet_of(venue, convert->portfolio, convert->to);
  neap_json_string(json, "target_id", to ? to->id : "");
  neap_json_string(json, "source_currency", convert->from);
  neap_json_string(json, "target_currency", convert->to);
}

static void write_sums(neap_json_writer *json, const neap_venue *venue, const neap_venue_convert *convert) {
  neap_decimal dollars = NEAP_ZERO;
  neap_venue_worth(venue, convert->to, convert->total, &dollars);
  neap_rest_amount(json, "user_entered_amount", convert->amount, convert->from);
  neap_rest_amount(json, "amount", convert->amount, convert->from);
  neap_rest_amount(json, "subtotal", convert->amount, convert->from);
  neap_rest_amount(json, "total", convert->total, convert->to);
  neap_rest_amount(json, "exchange_rate", convert->rate, convert->to);
  neap_rest_amount(json, "fiat_denoted_total", dollars, "USD");
}

static void write_fees(neap_json_writer *json, const char *currency) {
  neap_json_array(json, "fees");
  write_fee(json, NULL, "Coinbase fee", currency);
  neap_json_end_array(json);
  write_fee(json, "total_fee", "Total fee", currency);
  write_fee(json, "total_fee_without_tax", "Total fee", currency);
}

static void answer_trade(neap_venue *venue, neap_rest_call *call, const neap_venue_convert *convert) {
  neap_json_writer *json = &call->json;
  neap_json_object(json, NULL);
  neap_json_object(json, "trade");
  neap_json_string(json, "id", convert->id);
  neap_json_string(json, "status", status_of(venue, convert));
  write_sums(json, venue, convert);
  write_fees(json, convert->from);
  write_unit_price(json, venue, convert);
  neap_json_array(json, "user_warnings");
  neap_json_end_array(json);
  neap_json_string(json, "user_reference", "");
  write_ends(json, venue, convert);
  write_cancellation(json, is_expired(venue, convert));
  write_subscription(json, convert->from);
  neap_json_array(json, "tax_details");
  neap_json_end_array(json);
  write_incentive(json, convert->from);
  neap_json_end_object(json);
  neap_json_end_object(json);
}

/* --- what is asked ----------------------------------------------------------------------------------------------- */

/* An account is said by its currency or by its wallet's id; NULL: a refusal was written. */
static const char *currency_of(neap_venue *venue, neap_rest_call *call, const char *account) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  for (size_t i = 0; account && i < portfolio->wallet_count; i++)
    if (!strcmp(portfolio->wallets[i].id, account) || !strcmp(portfolio->wallets[i].currency, account))
      return portfolio->wallets[i].currency;
  neap_decimal dollars;
  if (account && strlen(account) < NEAP_VENUE_CURRENCY &&
      neap_venue_worth(venue, account, neap_decimal_from_int(1), &dollars))
    return account;
  neap_rest_refuse_argument(call, "account is not available");
  return NULL;
}

/* What comes out is rounded down to what the currency has: 2 digits, or 8. */
static bool fill_sums(const neap_venue *venue, neap_venue_convert *convert) {
  unsigned digits = neap_venue_is_fiat(convert->to) ? 2 : 8, scale = neap_decimal_scale(convert->amount);
  neap_decimal one = neap_decimal_from_int(1);
  if (!neap_venue_rate(venue, convert->from, convert->to, &convert->rate)) return false;
  if (neap_decimal_cmp(convert->rate, one) == 0 && scale > digits) digits = scale;
  return neap_decimal_mul(convert->amount, convert->rate, digits, NEAP_ROUND_DOWN, &convert->total) == NEAP_OK &&
         neap_decimal_sign(convert->total) > 0;
}

static bool read_quote(neap_venue *venue, neap_rest_call *call, neap_venue_convert *out) {
  const char *from = currency_of(venue, call, neap_rest_text(call->body, "from_account"));
  const char *to = from ? currency_of(venue, call, neap_rest_text(call->body, "to_account")) : NULL;
  if (!to || !neap_rest_read_amount(call, call->body, "amount", &out->amount)) return false;
  snprintf(out->from, sizeof out->from, "%s", from);
  snprintf(out->to, sizeof out->to, "%s", to);
  if (strcmp(from, to) == 0) return neap_rest_refuse_argument(call, "source and target are the same currency"), false;
  if (!fill_sums(venue, out)) return neap_rest_refuse_argument(call, "this amount cannot be converted"), false;
  if (neap_decimal_cmp(neap_venue_movable(venue, call->portfolio, out->from), out->amount) >= 0) return true;
  return neap_rest_refuse_funds(call), false;
}

static void quote(neap_venue *venue, neap_rest_call *call) {
  neap_venue_convert asked = {.portfolio = call->portfolio, .made = venue->now};
  if (!read_quote(venue, call, &asked)) return;
  neap_venue_convert *made =
      neap_venue_push(&venue->converts, &venue->convert_count, &venue->convert_size, sizeof *made);
  bool has_wallets = made && neap_venue_wallet_of(venue, asked.portfolio, asked.from) &&
                     neap_venue_wallet_of(venue, asked.portfolio, asked.to);
  if (!has_wallets) {
    venue->has_failed = true;
    return;
  }
  neap_venue_make_id(venue, asked.id);
  *made = asked;
  answer_trade(venue, call, made);
}

static neap_venue_convert *named(neap_venue *venue, neap_rest_call *call) {
  for (size_t i = 0; i < venue->convert_count; i++)
    if (venue->converts[i].portfolio == call->portfolio && strcmp(venue->converts[i].id, call->part[0]) == 0)
      return &venue->converts[i];
  neap_rest_refuse_unknown(call, "trade not found");
  return NULL;
}

/* Whether the accounts that are said, where they are, are the trade's. */
static bool is_between(neap_venue *venue, neap_rest_call *call, const neap_venue_convert *convert, const char *from,
                       const char *to) {
  const char *source = from && *from ? currency_of(venue, call, from) : convert->from;
  const char *target = !source ? NULL : to && *to ? currency_of(venue, call, to) : convert->to;
  if (!target) return false;
  if (strcmp(source, convert->from) == 0 && strcmp(target, convert->to) == 0) return true;
  return neap_rest_refuse_argument(call, "the trade is between other accounts"), false;
}

static void get_trade(neap_venue *venue, neap_rest_call *call) {
  char from[64] = "", to[64] = "";
  neap_rest_query(call, "from_account", 0, from, sizeof from);
  neap_rest_query(call, "to_account", 0, to, sizeof to);
  neap_venue_convert *convert = named(venue, call);
  if (convert && is_between(venue, call, convert, from, to)) answer_trade(venue, call, convert);
}

/* A trade that was committed before is told again, and not done again. */
static void commit(neap_venue *venue, neap_rest_call *call) {
  neap_venue_convert *convert = named(venue, call);
  if (!convert || !is_between(venue, call, convert, neap_rest_text(call->body, "from_account"),
                              neap_rest_text(call->body, "to_account")))
    return;
  if (is_expired(venue, convert)) {
    neap_rest_refuse_argument(call, "the quote has expired");
    return;
  }
  if (!convert->is_committed) {
    if (neap_decimal_cmp(neap_venue_movable(venue, convert->portfolio, convert->from), convert->amount) < 0) {
      neap_rest_refuse_funds(call);
      return;
    }
    convert->committed = venue->now, convert->is_committed = true;
    neap_venue_move(venue, convert->portfolio, 0, convert->from, convert->amount);
    neap_venue_move(venue, 0, convert->portfolio, convert->to, convert->total);
  }
  answer_trade(venue, call, convert);
}

const neap_rest_route neap_rest_convert_routes[] = {
    {"POST", "/convert/quote", NEAP_MAY_TRADE, true, quote},
    {"GET", "/convert/trade/*", NEAP_MAY_VIEW, false, get_trade},
    {"POST", "/convert/trade/*", NEAP_MAY_TRADE, true, commit},
    {"GET", "/transaction_summary", NEAP_MAY_VIEW, false, neap_rest_transaction_summary},
    {0}};
