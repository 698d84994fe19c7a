/* SPDX-License-Identifier: MIT */
/* order_policy: the questions in their order. */
#include "risk/order_policy.h"

#include <string.h>

typedef struct asking {
  const neap_order_policy *policy;
  const neap_order_question *question;
  const neap_symbol_policy *symbol;
  const neap_order_capability *capability;
} asking;

const neap_symbol_policy *neap_order_policy_find(const neap_order_policy *policy, const char *product) {
  for (uint32_t i = 0; i < policy->count; i++)
    if (strcmp(policy->symbol[i].rules.id, product) == 0) return &policy->symbol[i];
  return NULL;
}

static bool refuse(neap_order_verdict *out, const char *code, const char *note) {
  out->code = code;
  out->note = note;
  return false;
}

static bool refuse_bound(neap_order_verdict *out, const char *code, const char *note, neap_decimal input,
                         neap_decimal limit) {
  out->has_input = out->has_limit = true;
  out->input = input;
  out->limit = limit;
  return refuse(out, code, note);
}

static bool is_over(neap_decimal value, neap_decimal most) {
  return !neap_decimal_is_zero(most) && neap_decimal_cmp(value, most) > 0;
}

static bool symbol_is_known(const asking *ask, neap_order_verdict *out) {
  return ask->symbol ? true : refuse(out, "no_policy", "no policy is defined for the product");
}

static bool kind_is_known(const asking *ask, neap_order_verdict *out) {
  return ask->capability->support != NEAP_ORDER_NO_CAPABILITY
             ? true
             : refuse(out, "no_capability", "no capability for this type and time in force");
}

static bool trading(const asking *ask, neap_order_verdict *out) {
  return ask->symbol->trading_enabled ? true : refuse(out, "trading_disabled", "trading is disabled for the product");
}

static bool support(const asking *ask, neap_order_verdict *out) {
  if (ask->capability->support == NEAP_ORDER_GATED) return refuse(out, "gated", "this kind of order is gated");
  return ask->capability->support == NEAP_ORDER_SUPPORTED
             ? true
             : refuse(out, "unsupported", "this kind of order is not supported");
}

/* What the rules of a product refuse, in words that do not depend on the numbers. */
static bool refuse_rule(const neap_fault *fault, neap_decimal input, neap_order_verdict *out) {
  static const struct {
    const char *code, *note;
  } known[] = {{"quantity_min", "below the minimum of the policy"},
               {"quantity_max", "over the maximum of the policy"},
               {"quantity_increment", "no multiple of the policy's size increment"},
               {"price_positive", "a price is over zero"},
               {"price_increment", "no multiple of the policy's price increment"}};
  neap_decimal nearest = NEAP_ZERO;
  size_t i = 0;
  while (i + 1 < sizeof known / sizeof *known && strcmp(known[i].code, fault->code) != 0) i++;
  neap_decimal_parse(fault->nearest, strlen(fault->nearest), &nearest, NULL);
  return refuse_bound(out, known[i].code, known[i].note, input, nearest);
}

static bool size(const asking *ask, neap_order_verdict *out) {
  neap_product rules = ask->symbol->rules;
  neap_fault fault;
  if (ask->question->is_by_amount) rules.base_increment = NEAP_ZERO;
  if (neap_product_check_quantity(&rules, ask->question->quantity, &fault) == NEAP_OK) return true;
  return refuse_rule(&fault, ask->question->quantity, out);
}

static bool kind_size(const asking *ask, neap_order_verdict *out) {
  const neap_order_capability *kind = ask->capability;
  neap_decimal quantity = ask->question->quantity;
  if (neap_decimal_cmp(quantity, kind->min_quantity) < 0)
    return refuse_bound(out, "capability_min", "below the minimum of this kind", quantity, kind->min_quantity);
  if (is_over(quantity, kind->max_quantity))
    return refuse_bound(out, "capability_max", "over the maximum of this kind", quantity, kind->max_quantity);
  return true;
}

static bool price(const asking *ask, neap_order_verdict *out) {
  neap_fault fault;
  if (neap_decimal_is_zero(ask->question->price)) return true;
  if (neap_product_check_price(&ask->symbol->rules, ask->question->price, &fault) == NEAP_OK) return true;
  return refuse_rule(&fault, ask->question->price, out);
}

static bool notional(const asking *ask, neap_order_verdict *out) {
  neap_decimal most = ask->capability->max_notional, value = ask->question->value;
  return is_over(value, most)
             ? refuse_bound(out, "capability_notional", "worth more than this kind may be", value, most)
             : true;
}

static bool flags(const asking *ask, neap_order_verdict *out) {
  if (ask->question->post_only && !ask->capability->post_only)
    return refuse(out, "post_only_unsupported", "this kind of order cannot be post-only");
  if (ask->question->reduce_only && !ask->capability->reduce_only)
    return refuse(out, "reduce_only_unsupported", "this kind of order cannot be reduce-only");
  return true;
}

static bool paper(const asking *ask, neap_order_verdict *out) {
  bool is_stop = ask->question->type == NEAP_STOP || ask->question->type == NEAP_STOP_LIMIT;
  return ask->policy->is_paper && is_stop && ask->question->time_in_force == NEAP_GTD
             ? refuse(out, "paper_gtd_stop", "a simulator holds no stop until a date")
             : true;
}

static bool modes(const asking *ask, neap_order_verdict *out) {
  if (ask->symbol->reduce_only_mode && !ask->question->reduce_only)
    return refuse(out, "policy_reduce_only", "the product's policy takes reduce-only orders alone");
  if (ask->symbol->requires_post_only && !ask->question->post_only && !ask->question->reduce_only)
    return refuse(out, "requires_post_only", "the product's policy takes post-only orders alone");
  return true;
}

static bool position(const asking *ask, neap_order_verdict *out) {
  neap_decimal most = ask->symbol->max_position, quantity = ask->question->quantity, after;
  if (neap_decimal_is_zero(most) || ask->question->reduce_only) return true;
  if (ask->question->side == NEAP_SELL) quantity = neap_decimal_neg(quantity);
  if (neap_decimal_add(ask->question->position, quantity, &after) != NEAP_OK)
    return refuse(out, "max_position_size", "the position does not fit a decimal");
  after = neap_decimal_abs(after);
  return is_over(after, most) ? refuse_bound(out, "max_position_size", "the position that would result", after, most)
                              : true;
}

static bool day(const asking *ask, neap_order_verdict *out) {
  neap_decimal most = ask->symbol->max_daily_volume, volume;
  if (neap_decimal_is_zero(most) || ask->question->reduce_only) return true;
  if (neap_decimal_is_zero(ask->question->value)) return refuse(out, "max_daily_volume", "its value is not known");
  if (neap_decimal_add(ask->question->value, ask->question->traded, &volume) != NEAP_OK)
    return refuse(out, "max_daily_volume", "the volume of the day does not fit a decimal");
  return is_over(volume, most) ? refuse_bound(out, "max_daily_volume", "the volume of the day, with it", volume, most)
                               : true;
}

static bool rate(const asking *ask, neap_order_verdict *out) {
  int64_t most = ask->capability->rate_per_minute;
  if (most == 0 || ask->question->recent < (uint64_t)most) return true;
  return refuse_bound(out, "rate_limit", "orders of the last minute",
                      neap_decimal_from_int((int64_t)ask->question->recent), neap_decimal_from_int(most));
}

void neap_order_policy_ask(const neap_order_policy *policy, const neap_order_question *question,
                           neap_order_verdict *out) {
  static bool (*const asked[])(const asking *ask, neap_order_verdict *out) = {
      symbol_is_known, kind_is_known, trading, support, size,     kind_size, price,
      notional,        flags,         paper,   modes,   position, day,       rate};
  const asking ask = {policy, question, neap_order_policy_find(policy, question->product),
                      &policy->capability[question->type][question->time_in_force]};
  *out = (neap_order_verdict){.code = NULL};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
    if (!asked[i](&ask, out)) return;
}
