/* SPDX-License-Identifier: MIT */
/* checks: the order by itself, the venue's rules for its product. What depends on our account is in checks_account.c.
 */
#include "engine/checks.h"

#include <string.h>

#include "base/checklist.h"

bool neap_checks_run(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  for (size_t i = 0; i < engine->check_count; i++)
    if (neap_check_is_on(engine->checks[i].name) && !engine->checks[i].ask(engine, snapshot, out)) return false;
  return true;
}

static bool needs_limit(neap_order_type type) { return type == NEAP_LIMIT || type == NEAP_STOP_LIMIT; }
static bool needs_stop(neap_order_type type) { return type == NEAP_STOP || type == NEAP_STOP_LIMIT; }

static const neap_decimal *amount_of(const neap_ticket *ticket) {
  if (ticket->sizing == NEAP_BY_NOTIONAL) return &ticket->notional;
  return ticket->sizing == NEAP_BY_FRACTION ? &ticket->fraction : &ticket->quantity;
}

bool neap_check_sizing(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  static const char *const notes[] = {"quantity", "notional: the quantity is found at the fill",
                                      "fraction of equity: the quantity is found at the fill"};
  const neap_ticket *ticket = &out->ticket;
  const neap_decimal *amount = amount_of(ticket);
  if (neap_decimal_sign(*amount) <= 0)
    return neap_decision_refuse(out, "sizing", "no_quantity", amount, NULL, "an amount over zero is needed");
  neap_decision_note(out, "sizing", NEAP_PASSED, amount, NULL, notes[ticket->sizing]);
  return true;
}

bool neap_check_order_type(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  const neap_ticket *ticket = &out->ticket;
  if (needs_limit(ticket->type) && neap_decimal_is_zero(ticket->limit))
    return neap_decision_refuse(out, "order_type", "limit_price_needed", NULL, NULL, "this type needs a limit price");
  if (needs_stop(ticket->type) && neap_decimal_is_zero(ticket->stop))
    return neap_decision_refuse(out, "order_type", "stop_price_needed", NULL, NULL, "this type needs a stop price");
  if (ticket->type == NEAP_TRAILING_STOP && neap_decimal_sign(ticket->trail_bps) <= 0)
    return neap_decision_refuse(out, "order_type", "trail_needed", &ticket->trail_bps, NULL, "trail_bps over zero");
  if (ticket->post_only && !needs_limit(ticket->type))
    return neap_decision_refuse(out, "order_type", "post_only_needs_limit", NULL, NULL, "only a limit order can rest");
  return true;
}

bool neap_check_entry_time_in_force(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  static const char *const notes[] = {[NEAP_GTC] = "gtc, as the configuration says",
                                      [NEAP_IOC] = "ioc, as the configuration says",
                                      [NEAP_FOK] = "fok, as the configuration says"};
  neap_time_in_force wanted;
  const char *text = engine->config.limits->entry_time_in_force;
  if (!text[0] || neap_snapshot_is_exit(snapshot, &out->ticket)) return true;
  if (!neap_time_in_force_parse(text, &wanted) || wanted == out->ticket.time_in_force) return true;
  out->ticket.time_in_force = wanted;
  out->ticket.good_till = 0;
  neap_decision_note(out, "entry_time_in_force", NEAP_ADJUSTED, NULL, NULL, notes[wanted]);
  return true;
}

bool neap_check_time_in_force(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_ticket *ticket = &out->ticket;
  if (ticket->post_only && (ticket->time_in_force == NEAP_IOC || ticket->time_in_force == NEAP_FOK))
    return neap_decision_refuse(out, "time_in_force", "post_only_needs_rest", NULL, NULL,
                                "an order that may not rest cannot be post-only");
  if (ticket->time_in_force == NEAP_GTD && ticket->good_till <= snapshot->now)
    return neap_decision_refuse(out, "time_in_force", "good_till_past", NULL, NULL, "good_till is not in the future");
  return true;
}

static void note_floats(const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  if (snapshot->quantity_note)
    neap_decision_note(out, "quantity", NEAP_ADJUSTED, amount_of(ticket), NULL, snapshot->quantity_note);
  if (snapshot->price_note)
    neap_decision_note(out, "price", NEAP_ADJUSTED, needs_limit(ticket->type) ? &ticket->limit : &ticket->stop, NULL,
                       snapshot->price_note);
}

bool neap_check_product(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  if (!snapshot->product)
    return neap_decision_refuse(out, "product", "unknown_product", NULL, NULL, "no product has this id");
  note_floats(snapshot, out);
  return true;
}

static const char *status_code(uint32_t flags, const neap_ticket *ticket) {
  if (flags & NEAP_PRODUCT_DISABLED) return "product_disabled";
  if (flags & NEAP_PRODUCT_VIEW_ONLY) return "view_only";
  if (flags & NEAP_PRODUCT_CANCEL_ONLY) return "cancel_only";
  if (flags & NEAP_PRODUCT_LIMIT_ONLY && !needs_limit(ticket->type)) return "limit_only";
  if (flags & NEAP_PRODUCT_POST_ONLY && !ticket->post_only) return "post_only_mode";
  return NULL;
}

bool neap_check_product_status(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  uint32_t flags = snapshot->product->flags;
  const char *code = status_code(flags, &out->ticket);
  if (code) return neap_decision_refuse(out, "product_status", code, NULL, NULL, "the venue's status of the product");
  neap_decision_note(out, "product_status", NEAP_PASSED, NULL, NULL, flags & NEAP_PRODUCT_AUCTION ? "auction" : NULL);
  return true;
}

bool neap_check_no_slices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  if (out->ticket.execution == NEAP_WHOLE) return true;
  return neap_decision_refuse(out, "execution", "needs_advanced_engine", NULL, NULL,
                              "twap, vwap and iceberg are accepted by the advanced engine only");
}

bool neap_check_execution(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  static const char *const notes[NEAP_EXECUTIONS] = {NULL, "twap: leaves in slices, each with a decision of its own",
                                                     "vwap: leaves in slices, each with a decision of its own",
                                                     "iceberg: leaves in slices, each with a decision of its own"};
  if (out->ticket.execution != NEAP_WHOLE)
    neap_decision_note(out, "execution", NEAP_PASSED, &out->ticket.quantity, NULL, notes[out->ticket.execution]);
  return true;
}

/* A rule of the product said no: the fault's code names rule and refusal, `nearest` is the limit that is shown. */
static bool refuse_rule(neap_decision *out, const neap_fault *fault, neap_decimal input, const char *note) {
  static const char *const rules[] = {"quantity_increment", "quantity_min", "quantity_max", "price_increment",
                                      "price_positive",     "notional_min", "notional_max"};
  neap_decimal nearest;
  bool has_nearest = neap_decimal_parse(fault->nearest, strlen(fault->nearest), &nearest, NULL) == NEAP_OK;
  const char *rule = "product_rule";
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rules[i], fault->code) == 0) rule = rules[i];
  return neap_decision_refuse(out, rule, fault->code, &input, has_nearest ? &nearest : NULL, note);
}

static void note_bounds(neap_decision *out, const char *const names[2], const neap_decimal *value,
                        const neap_decimal *min, const neap_decimal *max) {
  if (!neap_decimal_is_zero(*min)) neap_decision_note(out, names[0], NEAP_PASSED, value, min, NULL);
  if (!neap_decimal_is_zero(*max)) neap_decision_note(out, names[1], NEAP_PASSED, value, max, NULL);
}

bool neap_check_quantity(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  static const char *const bounds[] = {"quantity_min", "quantity_max"};
  const neap_product *product = snapshot->product;
  const neap_decimal *quantity = &out->ticket.quantity;
  neap_fault fault = {.status = NEAP_OK};
  if (out->ticket.sizing != NEAP_BY_QUANTITY) return true;
  if (neap_product_check_quantity(product, *quantity, &fault) != NEAP_OK)
    return refuse_rule(out, &fault, *quantity, "the limit is the nearest valid quantity");
  neap_decision_note(out, "quantity_increment", NEAP_PASSED, quantity, &product->base_increment, NULL);
  note_bounds(out, bounds, quantity, &product->base_min, &product->base_max);
  return true;
}

/* The nearest valid price lies on the passive side, where the order costs no more than was asked. */
static bool refuse_price(const neap_product *product, neap_decision *out, const neap_fault *fault, neap_decimal price) {
  neap_rounding rounding = out->ticket.side == NEAP_BUY ? NEAP_ROUND_FLOOR : NEAP_ROUND_CEILING;
  neap_decimal nearest;
  if (strcmp(fault->code, "price_increment") != 0 ||
      neap_decimal_quantize(price, product->price_increment, rounding, &nearest) != NEAP_OK ||
      neap_decimal_sign(nearest) <= 0)
    return refuse_rule(out, fault, price, "the limit is the nearest valid price");
  return neap_decision_refuse(out, "price_increment", "price_increment", &price, &nearest,
                              "the limit is the nearest valid price on the passive side");
}

static bool check_price(const neap_product *product, neap_decision *out, neap_decimal price, const char *note) {
  neap_fault fault = {.status = NEAP_OK};
  if (neap_product_check_price(product, price, &fault) != NEAP_OK) return refuse_price(product, out, &fault, price);
  neap_decision_note(out, "price_increment", NEAP_PASSED, &price, &product->price_increment, note);
  return true;
}

/* Accepted all the same: a stop that is already reached is what a late protective exit looks like. */
static void note_stop_side(const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  if (!snapshot->has_mark) return;
  int side = neap_decimal_cmp(ticket->stop, snapshot->mark);
  bool reached = ticket->side == NEAP_BUY ? side <= 0 : side >= 0;
  neap_decision_note(out, "stop_side", NEAP_PASSED, &ticket->stop, &snapshot->mark,
                     reached ? "the mark has reached the stop: it triggers at once" : NULL);
}

bool neap_check_prices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_ticket *ticket = &out->ticket;
  if (needs_limit(ticket->type) && !check_price(snapshot->product, out, ticket->limit, "limit price")) return false;
  if (!needs_stop(ticket->type)) return true;
  if (!check_price(snapshot->product, out, ticket->stop, "stop price")) return false;
  note_stop_side(snapshot, out);
  return true;
}

bool neap_check_price_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal *price) {
  *price = needs_limit(ticket->type) ? ticket->limit : ticket->type == NEAP_STOP ? ticket->stop : snapshot->mark;
  return needs_limit(ticket->type) || ticket->type == NEAP_STOP || snapshot->has_mark;
}

static bool check_amount_bounds(const neap_product *product, neap_decision *out, const neap_decimal *amount) {
  static const char *const bounds[] = {"notional_min", "notional_max"};
  if (!neap_decimal_is_zero(product->notional_min) && neap_decimal_cmp(*amount, product->notional_min) < 0)
    return neap_decision_refuse(out, bounds[0], bounds[0], amount, &product->notional_min, NULL);
  if (!neap_decimal_is_zero(product->notional_max) && neap_decimal_cmp(*amount, product->notional_max) > 0)
    return neap_decision_refuse(out, bounds[1], bounds[1], amount, &product->notional_max, NULL);
  note_bounds(out, bounds, amount, &product->notional_min, &product->notional_max);
  return true;
}

bool neap_check_notional(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_product *product = snapshot->product;
  const neap_ticket *ticket = &out->ticket;
  neap_decimal price, notional;
  if (neap_decimal_is_zero(product->notional_min) && neap_decimal_is_zero(product->notional_max)) return true;
  if (ticket->sizing == NEAP_BY_NOTIONAL) return check_amount_bounds(product, out, &ticket->notional);
  if (ticket->sizing == NEAP_BY_FRACTION || !neap_check_price_of(snapshot, ticket, &price)) {
    neap_decision_note(out, "notional_min", NEAP_SKIPPED, NULL, &product->notional_min, "known at the fill");
    return true;
  }
  if (neap_product_notional(product, price, ticket->quantity, &notional) != NEAP_OK)
    return neap_decision_refuse(out, "notional_max", "notional_range", &ticket->quantity, NULL,
                                "price × quantity is beyond any number kept here");
  return check_amount_bounds(product, out, &notional);
}
