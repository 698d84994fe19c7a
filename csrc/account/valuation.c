/* SPDX-License-Identifier: MIT */
/* valuation: marks by age, collateral at par, ways from one currency to another, and the sum over a portfolio. */
#include "account/valuation.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *neap_mark_state_name(neap_mark_state state) {
  static const char *const names[] = {"fresh", "stale", "missing"};
  return names[state];
}

neap_mark_state neap_mark_judge(const neap_price *price, int64_t now, int64_t max_age) {
  int64_t age;
  if (!price || price->value.units <= 0) return NEAP_MARK_MISSING;
  bool endless = __builtin_sub_overflow(now, price->time, &age);
  return endless || age > max_age ? NEAP_MARK_STALE : NEAP_MARK_FRESH;
}

static bool is_name(const char *text, size_t length) {
  if (length == 0 || length >= NEAP_CURRENCY) return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i])) return false;
  return true;
}

static neap_status take_asset(const char *text, size_t length, neap_assets *out, neap_fault *fault) {
  while (length && *text == ' ') text++, length--;
  while (length && text[length - 1] == ' ') length--;
  if (!is_name(text, length))
    return neap_fail(fault, NEAP_INVALID, "collateral", "'%.*s' is not a currency", (int)length, text);
  if (out->count == NEAP_COLLATERAL_ASSETS)
    return neap_fail(fault, NEAP_INVALID, "collateral", "at most %d currencies are collateral", NEAP_COLLATERAL_ASSETS);
  char *name = out->name[out->count++];
  for (size_t i = 0; i < length; i++) name[i] = (char)toupper((unsigned char)text[i]);
  name[length] = '\0';
  return NEAP_OK;
}

neap_status neap_assets_parse(const char *text, neap_assets *out, neap_fault *fault) {
  neap_assets read = {0};
  neap_status status = NEAP_OK;
  if (!*text) text = "USD,USDC";
  for (const char *at = text; status == NEAP_OK; at++) {
    size_t length = strcspn(at, ",");
    status = take_asset(at, length, &read, fault);
    at += length;
    if (!*at) break;
  }
  if (status == NEAP_OK) *out = read;
  return status;
}

static bool is_collateral(const neap_assets *assets, const char *currency) {
  for (uint32_t i = 0; i < assets->count; i++)
    if (strcmp(assets->name[i], currency) == 0) return true;
  return false;
}

static neap_status add_balance(neap_balance *sum, const neap_balance *one) {
  neap_status status = neap_decimal_add(sum->total, one->total, &sum->total);
  return status == NEAP_OK ? neap_decimal_add(sum->available, one->available, &sum->available) : status;
}

neap_status neap_collateral(const neap_assets *assets, const neap_balance *balances, uint32_t count,
                            neap_balance *out) {
  const neap_balance *dollars = NULL;
  neap_balance sum = {.currency = "USD"};
  bool found = false;
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    if (!dollars && strcmp(balances[i].currency, "USD") == 0) dollars = &balances[i];
    if (!is_collateral(assets, balances[i].currency)) continue;
    found = true;
    status = add_balance(&sum, &balances[i]);
  }
  if (!found && dollars) sum = *dollars;
  if (status == NEAP_OK) *out = sum;
  return status;
}

/* One step over a price, in either direction; false: it does not lead there. */
static bool leads(const neap_price *price, const char *from, const char *to) {
  bool ahead = strcmp(price->base, from) == 0 && strcmp(price->quote, to) == 0;
  return price->converts && price->value.units > 0 &&
         (ahead || (strcmp(price->quote, from) == 0 && strcmp(price->base, to) == 0));
}

static neap_status step(const neap_price *price, const char *from, neap_decimal amount, neap_decimal *out) {
  const unsigned digits = NEAP_DECIMAL_DIVISION;
  return strcmp(price->base, from) == 0 ? neap_decimal_mul(amount, price->value, digits, NEAP_ROUND_HALF_EVEN, out)
                                        : neap_decimal_div(amount, price->value, digits, NEAP_ROUND_HALF_EVEN, out);
}

typedef struct way {
  const neap_price *first, *second; /* second NULL: one step */
  char over[NEAP_CURRENCY];
  neap_mark_state state;
} way;

static neap_mark_state worse(neap_mark_state a, neap_mark_state b) { return a > b ? a : b; }

static void consider(const neap_market_view *market, way *best, const neap_price *first, const neap_price *second,
                     const char *over) {
  neap_mark_state state = neap_mark_judge(first, market->now, market->max_age);
  if (second) state = worse(state, neap_mark_judge(second, market->now, market->max_age));
  if (state >= best->state) return;
  *best = (way){.first = first, .second = second, .state = state};
  snprintf(best->over, sizeof best->over, "%s", over);
}

static const char *other_end(const neap_price *price, const char *from) {
  if (!price->converts || price->value.units <= 0) return NULL;
  if (strcmp(price->base, from) == 0) return price->quote;
  return strcmp(price->quote, from) == 0 ? price->base : NULL;
}

static way find_way(const neap_market_view *market, const char *from, const char *to) {
  way best = {.state = NEAP_MARK_MISSING};
  for (uint32_t i = 0; i < market->count; i++)
    if (leads(&market->prices[i], from, to)) consider(market, &best, &market->prices[i], NULL, to);
  for (uint32_t i = 0; best.state != NEAP_MARK_FRESH && i < market->count; i++) {
    const char *over = other_end(&market->prices[i], from);
    for (uint32_t k = 0; over && k < market->count; k++)
      if (leads(&market->prices[k], over, to)) consider(market, &best, &market->prices[i], &market->prices[k], over);
  }
  return best;
}

neap_status neap_convert(const neap_market_view *market, neap_decimal amount, const char *from, const char *to,
                         neap_decimal *out, neap_mark_state *state) {
  *state = NEAP_MARK_FRESH;
  *out = amount;
  if (strcmp(from, to) == 0 || amount.units == 0) return NEAP_OK;
  way found = find_way(market, from, to);
  *state = found.state;
  *out = NEAP_ZERO;
  if (found.state == NEAP_MARK_MISSING) return NEAP_OK;
  neap_status status = step(found.first, from, amount, out);
  return status == NEAP_OK && found.second ? step(found.second, found.over, *out, out) : status;
}

static const neap_price *price_of(const neap_market_view *market, const char *id) {
  for (uint32_t i = 0; i < market->count; i++)
    if (strcmp(market->prices[i].id, id) == 0) return &market->prices[i];
  return NULL;
}

static neap_status convert_all(const neap_market_view *market, const char *from, const char *to, neap_valued *out) {
  neap_mark_state state = NEAP_MARK_FRESH, one;
  neap_decimal *const amounts[] = {&out->value, &out->notional, &out->unrealized};
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < 3; i++) {
    status = neap_convert(market, *amounts[i], from, to, amounts[i], &one);
    state = worse(state, one);
  }
  out->state = worse(out->state, state);
  if (out->state == NEAP_MARK_MISSING) *out = (neap_valued){.state = NEAP_MARK_MISSING};
  return status;
}

static neap_status value_position(const neap_market_view *market, const char *currency, const neap_held *held,
                                  neap_valued *out) {
  const neap_price *price = price_of(market, held->product->id);
  neap_decimal worth;
  *out = (neap_valued){.state = neap_mark_judge(price, market->now, market->max_age)};
  if (out->state == NEAP_MARK_MISSING) return NEAP_OK;
  neap_status status = neap_product_notional(held->product, price->value, held->quantity, &worth);
  if (status == NEAP_OK) status = neap_decimal_sub(worth, held->cost, &out->unrealized);
  if (status != NEAP_OK) return status;
  out->notional = neap_decimal_abs(worth);
  out->value = neap_product_pays_notional(held->product) ? worth : out->unrealized;
  return convert_all(market, held->product->quote, currency, out);
}

static neap_status count_in(const neap_valued *one, neap_decimal *sum, neap_portfolio *out) {
  out->stale += one->state == NEAP_MARK_STALE;
  out->missing += one->state == NEAP_MARK_MISSING;
  neap_status status = neap_decimal_add(*sum, one->value, sum);
  return status == NEAP_OK ? neap_decimal_add(out->equity, one->value, &out->equity) : status;
}

neap_status neap_portfolio_value(const neap_market_view *market, const char *currency, const neap_balance *balances,
                                 uint32_t balance_count, neap_valued *balance_values, const neap_held *positions,
                                 uint32_t position_count, neap_valued *position_values, neap_portfolio *out) {
  neap_status status = NEAP_OK;
  *out = (neap_portfolio){.stale = 0};
  for (uint32_t i = 0; status == NEAP_OK && i < balance_count; i++) {
    neap_valued *one = &balance_values[i];
    *one = (neap_valued){.value = balances[i].total, .notional = balances[i].total};
    status = convert_all(market, balances[i].currency, currency, one);
    if (status == NEAP_OK) status = count_in(one, &out->cash, out);
  }
  for (uint32_t i = 0; status == NEAP_OK && i < position_count; i++) {
    neap_valued *one = &position_values[i];
    *one = (neap_valued){.state = NEAP_MARK_FRESH};
    if (positions[i].quantity.units == 0) continue;
    status = value_position(market, currency, &positions[i], one);
    if (status == NEAP_OK) status = count_in(one, &out->positions, out);
    if (status == NEAP_OK) status = neap_decimal_add(out->notional, one->notional, &out->notional);
  }
  return status;
}
