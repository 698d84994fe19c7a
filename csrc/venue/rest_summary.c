/* SPDX-License-Identifier: MIT */
/* rest_summary: what a user traded and paid in 30 days, and what a trade costs it now. */
#include <stdio.h>
#include <string.h>

#include "venue/breakdown.h"

#define WINDOW (30 * 86400 * NEAP_SECOND)

typedef struct volumes {
  neap_decimal spot, futures, perpetuals, fees; /* USD */
} volumes;

static const char *const venues[] = {"UNKNOWN_VENUE_TYPE", "CBE", "FCM", "INTX", NULL};

/* Words of the venue; the first of each list: any. */
typedef struct wish {
  const char *type, *expiry, *venue;
} wish;

static bool read_wish(neap_rest_call *call, wish *out) {
  return neap_rest_query_word(call, "product_type", neap_rest_product_types, &out->type) &&
         neap_rest_query_word(call, "contract_expiry_type", neap_rest_expiry_types, &out->expiry) &&
         neap_rest_query_word(call, "product_venue", venues, &out->venue);
}

static bool passes(const char *asked, const char *any, const char *word) {
  return asked == any || strcmp(asked, word) == 0;
}

/* Of contract_expiry_type only where product_type is FUTURE. */
static bool is_wanted(const wish *asked, const neap_product *product) {
  bool is_spot = neap_product_pays_notional(product), is_perpetual = product->kind == NEAP_PERPETUAL;
  bool by_expiry = strcmp(asked->type, "FUTURE") == 0;
  return passes(asked->type, neap_rest_product_types[0], is_spot ? "SPOT" : "FUTURE") &&
         (!by_expiry || passes(asked->expiry, neap_rest_expiry_types[0], is_perpetual ? "PERPETUAL" : "EXPIRING")) &&
         passes(asked->venue, venues[0],
                is_spot        ? "CBE"
                : is_perpetual ? "INTX"
                               : "FCM");
}

static void add_fill(const neap_venue *venue, const neap_venue_product *product, const neap_venue_fill *fill,
                     volumes *out) {
  neap_decimal value, dollars, fee;
  neap_status status = neap_product_notional(&product->facts, neap_venue_price(product, fill->price),
                                             neap_venue_size(product, fill->size), &value);
  if (status != NEAP_OK || !neap_venue_worth(venue, product->facts.quote, value, &dollars)) return;
  neap_decimal *sum = neap_product_pays_notional(&product->facts) ? &out->spot
                      : product->facts.kind == NEAP_PERPETUAL     ? &out->perpetuals
                                                                  : &out->futures;
  *sum = neap_venue_sum(*sum, dollars);
  if (neap_venue_worth(venue, product->facts.quote, fill->commission, &fee)) out->fees = neap_venue_sum(out->fees, fee);
}

/* A portfolio's fills are in the order of their time. */
static void add_portfolio(const neap_venue *venue, const wish *asked, const neap_venue_portfolio *portfolio,
                          volumes *out) {
  for (size_t i = portfolio->fill_count; i; i--) {
    const neap_venue_fill *fill = &venue->fills[portfolio->fills[i - 1] - 1];
    const neap_venue_product *product = &venue->products[venue->orders[fill->order - 1]->product];
    if (fill->time < venue->now - WINDOW) return;
    if (is_wanted(asked, &product->facts)) add_fill(venue, product, fill, out);
  }
}

static volumes volumes_of(const neap_venue *venue, uint32_t user, const wish *asked) {
  volumes sum = {{0}, {0}, {0}, {0}};
  for (size_t i = 1; i < venue->portfolio_count; i++)
    if (venue->portfolios[i].user == user) add_portfolio(venue, asked, &venue->portfolios[i], &sum);
  return sum;
}

static void write_rate(neap_json_writer *json, const char *key, neap_decimal bps) {
  neap_decimal rate;
  neap_status status =
      neap_decimal_div(bps, neap_decimal_from_int(10000), NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &rate);
  neap_json_decimal(json, key, status == NEAP_OK ? rate : NEAP_ZERO);
}

static void write_decimal_or_none(neap_json_writer *json, const char *key, const neap_decimal *value) {
  char text[NEAP_DECIMAL_TEXT] = "";
  if (value) neap_decimal_format(*value, text);
  neap_json_string(json, key, text);
}

static void write_range(neap_json_writer *json, const neap_decimal *from, const neap_decimal *to) {
  static const char *const types[] = {"VOLUME_TYPE_SPOT", "VOLUME_TYPE_US_DERIVATIVES"};
  neap_json_array(json, "volume_types_and_range");
  neap_json_object(json, NULL);
  neap_json_array(json, "volume_types");
  for (size_t i = 0; i < 2; i++) neap_json_string(json, NULL, types[i]);
  neap_json_end_array(json);
  write_decimal_or_none(json, "vol_from", from);
  write_decimal_or_none(json, "vol_to", to);
  neap_json_end_object(json);
  neap_json_end_array(json);
}

static void write_tier(neap_json_writer *json, const neap_fee_table *table, const neap_fee_schedule *schedule) {
  static const char *const empty[] = {"aop_from",     "aop_to",           "perps_vol_from",
                                      "perps_vol_to", "futures_vol_from", "futures_vol_to"};
  const neap_fee_tier *tier = &table->tier[schedule->tier - 1];
  const neap_decimal *to = schedule->tier < table->count ? &tier[1].from : NULL;
  char name[24];
  snprintf(name, sizeof name, "Advanced %u", schedule->tier);
  neap_json_object(json, "fee_tier");
  neap_json_string(json, "pricing_tier", name);
  write_decimal_or_none(json, "usd_from", &tier->from);
  write_decimal_or_none(json, "usd_to", to);
  write_rate(json, "taker_fee_rate", schedule->taker_bps);
  write_rate(json, "maker_fee_rate", schedule->maker_bps);
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) neap_json_string(json, empty[i], "");
  write_range(json, &tier->from, to);
  neap_json_end_object(json);
}

static void write_volume(neap_json_writer *json, const char *type, neap_decimal volume) {
  neap_json_object(json, NULL);
  neap_json_string(json, "volume_type", type);
  neap_rest_number(json, "volume", volume);
  neap_json_end_object(json);
}

static void write_volumes(neap_json_writer *json, const volumes *of) {
  neap_decimal total = neap_venue_sum(neap_venue_sum(of->spot, of->futures), of->perpetuals);
  neap_rest_number(json, "total_volume", total);
  neap_rest_number(json, "total_fees", of->fees);
  neap_rest_number(json, "advanced_trade_only_volume", total);
  neap_rest_number(json, "advanced_trade_only_fees", of->fees);
  neap_rest_number(json, "coinbase_pro_volume", NEAP_ZERO);
  neap_rest_number(json, "coinbase_pro_fees", NEAP_ZERO);
  neap_json_array(json, "volume_breakdown");
  write_volume(json, "VOLUME_TYPE_SPOT", of->spot);
  write_volume(json, "VOLUME_TYPE_US_DERIVATIVES", of->futures);
  write_volume(json, "VOLUME_TYPE_INTX_PERPS", of->perpetuals);
  neap_json_end_array(json);
}

void neap_rest_transaction_summary(neap_venue *venue, neap_rest_call *call) {
  neap_json_writer *json = &call->json;
  wish asked;
  if (!read_wish(call, &asked)) return;
  neap_fee_schedule schedule = neap_venue_fees_of(venue, call->key->user);
  volumes sum = volumes_of(venue, call->key->user, &asked);
  neap_json_object(json, NULL);
  write_volumes(json, &sum);
  write_tier(json, &venue->users[call->key->user].fees.table, &schedule);
  neap_json_string(json, "margin_rate", NULL);
  neap_json_string(json, "goods_and_services_tax", NULL);
  neap_json_decimal(json, "total_balance", neap_venue_total_worth(venue, call->key->user));
  neap_json_bool(json, "has_promo_fee", false);
  neap_json_bool(json, "has_cost_plus_commission", false);
  neap_json_end_object(json);
}
