/* SPDX-License-Identifier: MIT */
/* rest_app: what clients ask the venue's older API (v2) for: currencies, rates, the time, balances. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/accounts.h"

/* --- errors, also of routes that are not there ----------------------------------------------------------------------
 */

void neap_rest_app_refuse(neap_rest_call *call, int status, const char *id, const char *message) {
  neap_json_writer *json = &call->json;
  neap_buffer_clear(&call->answer->body);
  neap_json_begin(json, &call->answer->body);
  call->answer->status = status;
  neap_json_object(json, NULL);
  neap_json_array(json, "errors");
  neap_json_object(json, NULL);
  neap_json_string(json, "id", id);
  neap_json_string(json, "message", message);
  neap_json_end_object(json);
  neap_json_end_array(json);
  neap_json_end_object(json);
}

/* --- currencies of the products, by name ------------------------------------------------------------------------- */

typedef struct currency {
  const char *code, *name;
} currency;

typedef struct currencies {
  currency *of; /* owned; NULL: memory is short */
  size_t count;
} currencies;

/* A name that says more than the code comes first. */
static int by_code(const void *a, const void *b) {
  const currency *left = a, *right = b;
  int order = strcmp(left->code, right->code);
  if (!order) order = (strcmp(left->name, left->code) == 0) - (strcmp(right->name, right->code) == 0);
  return order ? order : strcmp(left->name, right->name);
}

static const char *name_of(const neap_venue_product *product, const char *member, const char *code) {
  const char *name = product->answer ? neap_rest_text(product->answer, member) : NULL;
  return name && *name ? name : code;
}

static void keep_first_of_each(currencies *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (!kept || strcmp(list->of[kept - 1].code, list->of[i].code) != 0) list->of[kept++] = list->of[i];
  list->count = kept;
}

static currencies all_of(neap_venue *venue) {
  currencies list = {.of = calloc(2 * venue->product_count + 1, sizeof *list.of)};
  if (!list.of) return venue->has_failed = true, list;
  list.of[list.count++] = (currency){"USD", "US Dollar"};
  for (size_t i = 0; i < venue->product_count; i++) {
    const neap_venue_product *product = &venue->products[i];
    const neap_product *facts = &product->facts;
    if (!neap_product_pays_notional(facts)) continue;
    list.of[list.count++] = (currency){facts->base, name_of(product, "base_name", facts->base)};
    list.of[list.count++] = (currency){facts->quote, name_of(product, "quote_name", facts->quote)};
  }
  qsort(list.of, list.count, sizeof *list.of, by_code);
  return keep_first_of_each(&list), list;
}

static void list_fiat(neap_venue *venue, neap_rest_call *call) {
  currencies list = all_of(venue);
  neap_json_writer *json = &call->json;
  neap_json_object(json, NULL);
  neap_json_array(json, "data");
  for (size_t i = 0; i < list.count; i++) {
    if (!neap_venue_is_fiat(list.of[i].code)) continue;
    neap_json_object(json, NULL);
    neap_json_string(json, "id", list.of[i].code);
    neap_json_string(json, "name", list.of[i].name);
    neap_json_string(json, "min_size", "0.01000000");
    neap_json_end_object(json);
  }
  neap_json_end_array(json);
  neap_json_end_object(json);
  free(list.of);
}

static void write_crypto(neap_json_writer *json, const char *key, const currency *of, int64_t index) {
  char id[NEAP_VENUE_ID];
  neap_venue_derive_id(of->code, "asset", id);
  neap_json_object(json, key);
  neap_json_string(json, "asset_id", id);
  neap_json_string(json, "code", of->code);
  neap_json_string(json, "name", of->name);
  neap_json_string(json, "color", "#0052FF");
  neap_json_int(json, "sort_index", index);
  neap_json_int(json, "exponent", 8);
  neap_json_string(json, "type", "crypto");
  neap_json_string(json, "address_regex", "");
  neap_json_end_object(json);
}

static void list_crypto(neap_venue *venue, neap_rest_call *call) {
  currencies list = all_of(venue);
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "data");
  for (size_t i = 0; i < list.count; i++)
    if (!neap_venue_is_fiat(list.of[i].code)) write_crypto(&call->json, NULL, &list.of[i], 100 + (int64_t)i);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
  free(list.of);
}

/* --- rates and time ---------------------------------------------------------------------------------------------- */

static void exchange_rates(neap_venue *venue, neap_rest_call *call) {
  char from[NEAP_VENUE_CURRENCY] = "USD";
  neap_decimal rate;
  bool is_said = neap_rest_query(call, "currency", 0, from, sizeof from);
  if (!is_said) snprintf(from, sizeof from, "USD");
  if (!neap_venue_rate(venue, from, "USD", &rate)) {
    neap_rest_app_refuse(call, 400, "invalid_request", "Currency is invalid");
    return;
  }
  currencies list = all_of(venue);
  neap_json_object(&call->json, NULL);
  neap_json_object(&call->json, "data");
  neap_json_string(&call->json, "currency", from);
  neap_json_object(&call->json, "rates");
  for (size_t i = 0; i < list.count; i++)
    if (neap_venue_rate(venue, from, list.of[i].code, &rate)) neap_json_decimal(&call->json, list.of[i].code, rate);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
  free(list.of);
}

static void tell_time(neap_venue *venue, neap_rest_call *call) {
  int64_t seconds = venue->now / NEAP_SECOND;
  char text[NEAP_TIME_TEXT];
  neap_time_format(seconds * NEAP_SECOND, text);
  neap_json_object(&call->json, NULL);
  neap_json_object(&call->json, "data");
  neap_json_string(&call->json, "iso", text);
  neap_json_int(&call->json, "epoch", seconds);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
}

/* --- accounts ---------------------------------------------------------------------------------------------------- */

static void write_currency(neap_json_writer *json, const char *code, int64_t index) {
  if (!neap_venue_is_fiat(code)) {
    write_crypto(json, "currency", &(currency){code, code}, index);
    return;
  }
  neap_json_object(json, "currency");
  neap_json_string(json, "code", code);
  neap_json_string(json, "name", code);
  neap_json_string(json, "color", "#0066cf");
  neap_json_int(json, "sort_index", 0);
  neap_json_int(json, "exponent", 2);
  neap_json_string(json, "type", "fiat");
  neap_json_end_object(json);
}

static void write_account(neap_json_writer *json, const neap_venue_wallet *wallet, int64_t index) {
  char name[NEAP_VENUE_CURRENCY + 8], path[NEAP_VENUE_ID + 16];
  neap_decimal total = wallet->available;
  if (neap_decimal_add(wallet->available, wallet->hold, &total) != NEAP_OK) total = NEAP_ZERO;
  snprintf(name, sizeof name, "%s Wallet", wallet->currency);
  snprintf(path, sizeof path, "/v2/accounts/%s", wallet->id);
  neap_json_object(json, NULL);
  neap_json_string(json, "id", wallet->id);
  neap_json_string(json, "name", name);
  neap_json_bool(json, "primary", false);
  neap_json_string(json, "type", neap_venue_is_fiat(wallet->currency) ? "fiat" : "wallet");
  write_currency(json, wallet->currency, index);
  neap_json_object(json, "balance");
  neap_json_decimal(json, "amount", total);
  neap_json_string(json, "currency", wallet->currency);
  neap_json_end_object(json);
  neap_rest_time(json, "created_at", wallet->created);
  neap_rest_time(json, "updated_at", wallet->updated);
  neap_json_string(json, "resource", "account");
  neap_json_string(json, "resource_path", path);
  neap_json_bool(json, "allow_deposits", true);
  neap_json_bool(json, "allow_withdrawals", true);
  neap_json_end_object(json);
}

static void write_pagination(neap_json_writer *json, int64_t limit, const char *next) {
  char uri[96];
  if (next) snprintf(uri, sizeof uri, "/v2/accounts?limit=%lld&starting_after=%s", (long long)limit, next);
  neap_json_object(json, "pagination");
  neap_json_string(json, "ending_before", NULL);
  neap_json_string(json, "starting_after", NULL);
  neap_json_string(json, "next_starting_after", next);
  neap_json_string(json, "previous_ending_before", NULL);
  neap_json_int(json, "limit", limit);
  neap_json_string(json, "order", "desc");
  neap_json_string(json, "previous_uri", NULL);
  neap_json_string(json, "next_uri", next ? uri : NULL);
  neap_json_end_object(json);
}

/* The number of the wallet behind `starting_after`; 0: from the beginning. */
static size_t first_of(const neap_venue_portfolio *portfolio, const neap_rest_call *call) {
  char after[NEAP_VENUE_ID];
  if (!neap_rest_query(call, "starting_after", 0, after, sizeof after)) return 0;
  for (size_t i = 0; i < portfolio->wallet_count; i++)
    if (strcmp(portfolio->wallets[i].id, after) == 0) return i + 1;
  return 0;
}

static void list_accounts(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  neap_json_writer *json = &call->json;
  int64_t limit;
  if (!neap_rest_query_count(call, "limit", 25, 1, 1000, &limit)) {
    neap_rest_app_refuse(call, 400, "invalid_request", "Limit is invalid");
    return;
  }
  size_t first = first_of(portfolio, call), end = first + (size_t)limit;
  if (end > portfolio->wallet_count) end = portfolio->wallet_count;
  neap_json_object(json, NULL);
  write_pagination(json, limit, end < portfolio->wallet_count ? portfolio->wallets[end - 1].id : NULL);
  neap_json_array(json, "data");
  for (size_t i = first; i < end; i++) write_account(json, &portfolio->wallets[i], (int64_t)i);
  neap_json_end_array(json);
  neap_json_end_object(json);
}

const neap_rest_route neap_rest_app_routes[] = {{"GET", "/v2/currencies", 0, false, list_fiat},
                                                {"GET", "/v2/currencies/crypto", 0, false, list_crypto},
                                                {"GET", "/v2/exchange-rates", 0, false, exchange_rates},
                                                {"GET", "/v2/time", 0, false, tell_time},
                                                {"GET", "/v2/accounts", NEAP_MAY_VIEW, false, list_accounts},
                                                {0}};
