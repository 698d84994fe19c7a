/* SPDX-License-Identifier: MIT */
/* order_map: the table. */
#include "broker/coinbase/order_map.h"

#include <string.h>

enum {
  SIZES = NEAP_TAKES_BASE | NEAP_TAKES_QUOTE,
  MARKET = SIZES | NEAP_QUOTE_ONLY_BUYS,
  LIMIT = SIZES | NEAP_TAKES_LIMIT,
  STOP_LIMIT = NEAP_TAKES_BASE | NEAP_TAKES_LIMIT | NEAP_TAKES_STOP,
  BRACKET = NEAP_TAKES_BASE | NEAP_TAKES_LIMIT | NEAP_TAKES_TRIGGER,
  TWAP = LIMIT | NEAP_TAKES_END | NEAP_TAKES_SLICES
};

#define EMULATED "emulated"
#define ONE(type, time) NEAP_COINBASE_SINGLE, type, time
#define TWO(time) NEAP_COINBASE_BRACKET, NEAP_LIMIT, time
#define MANY(time) NEAP_COINBASE_TWAP, NEAP_LIMIT, time

static const char NO_STOP[] = "a trigger of ours sends a market order";
static const char NO_TRAIL[] = "a trigger of ours follows the price and sends a market order";
static const char NO_STOP_NOW[] = "a trigger of ours sends a limit order that may not rest";
static const char NO_REST[] = "does not rest: what does not fill at once is cancelled, as with ioc";

static const neap_coinbase_row rows[] = {
    {ONE(NEAP_MARKET, NEAP_IOC), "market_market_ioc", MARKET, NULL, NULL},
    {ONE(NEAP_MARKET, NEAP_GTC), "market_market_ioc", MARKET, NULL, NO_REST},
    {ONE(NEAP_MARKET, NEAP_FOK), "market_market_fok", MARKET | NEAP_ONLY_DERIVATIVES, "limit fok", "not on spot"},
    {ONE(NEAP_MARKET, NEAP_GTD), NULL, 0, "market ioc", "a market order has no end time"},
    {ONE(NEAP_LIMIT, NEAP_GTC), "limit_limit_gtc", LIMIT | NEAP_TAKES_POST_ONLY | NEAP_TAKES_EDIT, NULL, NULL},
    {ONE(NEAP_LIMIT, NEAP_GTD), "limit_limit_gtd", LIMIT | NEAP_TAKES_POST_ONLY | NEAP_TAKES_END, NULL, NULL},
    {ONE(NEAP_LIMIT, NEAP_IOC), "sor_limit_ioc", LIMIT, NULL, NULL},
    {ONE(NEAP_LIMIT, NEAP_FOK), "limit_limit_fok", LIMIT, NULL, NULL},
    {ONE(NEAP_STOP, NEAP_GTC), NULL, 0, EMULATED, NO_STOP},
    {ONE(NEAP_STOP, NEAP_GTD), NULL, 0, EMULATED, NO_STOP},
    {ONE(NEAP_STOP, NEAP_IOC), NULL, 0, EMULATED, NO_STOP},
    {ONE(NEAP_STOP, NEAP_FOK), NULL, 0, EMULATED, NO_STOP},
    {ONE(NEAP_STOP_LIMIT, NEAP_GTC), "stop_limit_stop_limit_gtc", STOP_LIMIT | NEAP_TAKES_EDIT, NULL, NULL},
    {ONE(NEAP_STOP_LIMIT, NEAP_GTD), "stop_limit_stop_limit_gtd", STOP_LIMIT | NEAP_TAKES_END, NULL, NULL},
    {ONE(NEAP_STOP_LIMIT, NEAP_IOC), NULL, 0, EMULATED, NO_STOP_NOW},
    {ONE(NEAP_STOP_LIMIT, NEAP_FOK), NULL, 0, EMULATED, NO_STOP_NOW},
    {ONE(NEAP_TRAILING_STOP, NEAP_GTC), NULL, 0, EMULATED, NO_TRAIL},
    {ONE(NEAP_TRAILING_STOP, NEAP_GTD), NULL, 0, EMULATED, NO_TRAIL},
    {ONE(NEAP_TRAILING_STOP, NEAP_IOC), NULL, 0, EMULATED, NO_TRAIL},
    {ONE(NEAP_TRAILING_STOP, NEAP_FOK), NULL, 0, EMULATED, NO_TRAIL},
    {TWO(NEAP_GTC), "trigger_bracket_gtc", BRACKET | NEAP_TAKES_EDIT, NULL,
     "the stop's limit is 5 % beyond its trigger"},
    {TWO(NEAP_GTD), "trigger_bracket_gtd", BRACKET | NEAP_TAKES_END, NULL,
     "the stop's limit is 5 % beyond its trigger"},
    {TWO(NEAP_IOC), NULL, 0, "bracket gtc", "a bracket rests"},
    {TWO(NEAP_FOK), NULL, 0, "bracket gtc", "a bracket rests"},
    {MANY(NEAP_GTD), "twap_limit_gtd", TWAP, NULL, NULL},
    {MANY(NEAP_GTC), NULL, 0, "twap gtd", "a TWAP has an end"},
    {MANY(NEAP_IOC), NULL, 0, "twap gtd", "a TWAP has an end"},
    {MANY(NEAP_FOK), NULL, 0, "twap gtd", "a TWAP has an end"},
};

enum { ROWS = sizeof rows / sizeof *rows };

const neap_coinbase_row *neap_coinbase_rows(size_t index) { return index < ROWS ? &rows[index] : NULL; }

const neap_coinbase_row *neap_coinbase_row_of(neap_coinbase_form form, neap_order_type type,
                                              neap_time_in_force time_in_force) {
  for (size_t i = 0; i < ROWS; i++)
    if (rows[i].form == form && rows[i].type == type && rows[i].time_in_force == time_in_force) return &rows[i];
  return NULL;
}

const neap_coinbase_row *neap_coinbase_row_named(const char *key) {
  for (size_t i = 0; i < ROWS; i++)
    if (rows[i].key && strcmp(rows[i].key, key) == 0) return &rows[i];
  return NULL;
}

const char *neap_coinbase_form_name(neap_coinbase_form form) {
  static const char *const names[NEAP_COINBASE_FORMS] = {"single", "bracket", "twap"};
  return names[form];
}
