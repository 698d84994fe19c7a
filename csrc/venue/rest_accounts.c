/* SPDX-License-Identifier: MIT */
/* rest_accounts: the wallets of the key's portfolio, what the key may do, how its user pays. */
#include <stdio.h>
#include <string.h>

#include "venue/accounts.h"

enum { ACCOUNTS_FALLBACK = 49, ACCOUNTS_MOST = 250 };

static void write_account(neap_json_writer *json, const char *key, const neap_venue_portfolio *portfolio,
                          const neap_venue_wallet *wallet) {
  char name[NEAP_VENUE_CURRENCY + 8];
  snprintf(name, sizeof name, "%s Wallet", wallet->currency);
  neap_json_object(json, key);
  neap_json_string(json, "uuid", wallet->id);
  neap_json_string(json, "name", name);
  neap_json_string(json, "currency", wallet->currency);
  neap_rest_amount(json, "available_balance", wallet->available, wallet->currency);
  neap_json_bool(json, "default", true);
  neap_json_bool(json, "active", true);
  neap_rest_time(json, "created_at", wallet->created);
  neap_rest_time(json, "updated_at", wallet->updated);
  neap_json_string(json, "deleted_at", NULL);
  neap_json_string(json, "type", neap_venue_is_fiat(wallet->currency) ? "ACCOUNT_TYPE_FIAT" : "ACCOUNT_TYPE_CRYPTO");
  neap_json_bool(json, "ready", true);
  neap_rest_amount(json, "hold", wallet->hold, wallet->currency);
  neap_json_string(json, "retail_portfolio_id", portfolio->id);
  neap_json_string(json, "platform", "ACCOUNT_PLATFORM_CONSUMER");
  neap_json_end_object(json);
}

/* Oldest first; the cursor is the number of the wallet at which to go on. */
static void list_accounts(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  neap_json_writer *json = &call->json;
  neap_rest_page page;
  if (!neap_rest_page_read(call, ACCOUNTS_FALLBACK, ACCOUNTS_MOST, &page)) return;
  size_t at = page.from < portfolio->wallet_count ? (size_t)page.from : portfolio->wallet_count, from = at;
  neap_json_object(json, NULL);
  neap_json_array(json, "accounts");
  for (; at < portfolio->wallet_count && at - from < (size_t)page.limit; at++)
    write_account(json, NULL, portfolio, &portfolio->wallets[at]);
  neap_json_end_array(json);
  char cursor[24] = "";
  if (at < portfolio->wallet_count) snprintf(cursor, sizeof cursor, "%zu", at);
  neap_json_bool(json, "has_next", at < portfolio->wallet_count);
  neap_json_string(json, "cursor", cursor);
  neap_json_int(json, "size", (int64_t)(at - from));
  neap_json_end_object(json);
}

static void one_account(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  for (size_t i = 0; i < portfolio->wallet_count; i++)
    if (strcmp(portfolio->wallets[i].id, call->part[0]) == 0) {
      neap_json_object(&call->json, NULL);
      write_account(&call->json, "account", portfolio, &portfolio->wallets[i]);
      neap_json_end_object(&call->json);
      return;
    }
  neap_rest_refuse_unknown(call, "account not found");
}

static void key_permissions(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  neap_json_writer *json = &call->json;
  neap_json_object(json, NULL);
  neap_json_bool(json, "can_view", call->key->permissions & NEAP_MAY_VIEW);
  neap_json_bool(json, "can_trade", call->key->permissions & NEAP_MAY_TRADE);
  neap_json_bool(json, "can_transfer", call->key->permissions & NEAP_MAY_TRANSFER);
  neap_json_string(json, "portfolio_uuid", portfolio->id);
  neap_json_string(json, "portfolio_type", portfolio->type);
  neap_json_end_object(json);
}

/* --- payment methods: each user has one bank account in USD, with which nothing is done ------------------------- */

static void write_method(neap_json_writer *json, const char *key, const neap_venue *venue, const char *id) {
  neap_json_object(json, key);
  neap_json_string(json, "id", id);
  neap_json_string(json, "type", "ACH");
  neap_json_string(json, "name", "NEAP BANK ******0001");
  neap_json_string(json, "currency", "USD");
  neap_json_bool(json, "verified", true);
  neap_json_bool(json, "allow_buy", true);
  neap_json_bool(json, "allow_sell", true);
  neap_json_bool(json, "allow_deposit", true);
  neap_json_bool(json, "allow_withdraw", true);
  neap_rest_time(json, "created_at", venue->options.start);
  neap_rest_time(json, "updated_at", venue->options.start);
  neap_json_end_object(json);
}

static void list_methods(neap_venue *venue, neap_rest_call *call) {
  char id[NEAP_VENUE_ID];
  neap_venue_derive_id(venue->users[call->key->user].id, "bank", id);
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "payment_methods");
  write_method(&call->json, NULL, venue, id);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}

static void one_method(neap_venue *venue, neap_rest_call *call) {
  char id[NEAP_VENUE_ID];
  neap_venue_derive_id(venue->users[call->key->user].id, "bank", id);
  if (strcmp(id, call->part[0]) != 0) {
    neap_rest_refuse_unknown(call, "payment method not found");
    return;
  }
  neap_json_object(&call->json, NULL);
  write_method(&call->json, "payment_method", venue, id);
  neap_json_end_object(&call->json);
}

const neap_rest_route neap_rest_account_routes[] = {{"GET", "/accounts", NEAP_MAY_VIEW, false, list_accounts},
                                                    {"GET", "/accounts/*", NEAP_MAY_VIEW, false, one_account},
                                                    {"GET", "/key_permissions", NEAP_MAY_VIEW, false, key_permissions},
                                                    {"GET", "/payment_methods", NEAP_MAY_VIEW, false, list_methods},
                                                    {"GET", "/payment_methods/*", NEAP_MAY_VIEW, false, one_method},
                                                    {0}};
