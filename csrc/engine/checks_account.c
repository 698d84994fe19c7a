/* SPDX-License-Identifier: MIT */
/* checks_account: what depends on mode, mark, position and money. Exits are never refused by what only concerns
 * entries. */
#include "base/clock.h"
#include "engine/checks.h"
#include "engine/guard_manager.h"

enum { BPS = 10000 };

bool neap_check_mode_is(neap_mode mode, const neap_snapshot *snapshot, neap_decision *out) {
  if (mode == NEAP_MODE_NORMAL) {
    neap_decision_note(out, "mode", NEAP_PASSED, NULL, NULL, neap_mode_name(mode));
    return true;
  }
  if (neap_snapshot_is_exit(snapshot, &out->ticket)) {
    neap_decision_note(out, "mode", NEAP_PASSED, NULL, NULL, "an exit passes in every mode");
    return true;
  }
  const char *code = mode == NEAP_MODE_HALTED ? "halted" : "reduce_only_mode";
  return neap_decision_refuse(out, "mode", code, NULL, NULL, "only exits pass in this mode");
}

bool neap_check_mode(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  return neap_check_mode_is(snapshot->mode, snapshot, out);
}

static bool clamp(const neap_snapshot *snapshot, neap_decision *out) {
  neap_ticket *ticket = &out->ticket;
  neap_decimal asked = ticket->quantity, held = neap_decimal_abs(snapshot->position), most;
  if (neap_decimal_cmp(asked, held) <= 0) {
    neap_decision_note(out, "reduce_only", NEAP_PASSED, &asked, &held, NULL);
    return true;
  }
  if (neap_decimal_quantize(held, snapshot->product->base_increment, NEAP_ROUND_DOWN, &most) != NEAP_OK ||
      neap_decimal_is_zero(most))
    return neap_decision_refuse(out, "reduce_only", "nothing_to_reduce", &asked, &held,
                                "the position is under one increment");
  ticket->quantity = most;
  neap_decision_note(out, "reduce_only", NEAP_ADJUSTED, &asked, &most, "quantity clamped to the position");
  return true;
}

bool neap_check_reduce_only(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_ticket *ticket = &out->ticket;
  if (!ticket->reduce_only) return true;
  if (!neap_snapshot_is_exit(snapshot, ticket))
    return neap_decision_refuse(out, "reduce_only", "nothing_to_reduce", &snapshot->position, NULL,
                                "no position on the other side");
  if (ticket->sizing == NEAP_BY_QUANTITY) return clamp(snapshot, out);
  neap_decision_note(out, "reduce_only", NEAP_PASSED, NULL, &snapshot->position, "up to the position at the fill");
  return true;
}

static bool refuse_or_skip(neap_decision *out, bool is_exit, const char *code, const neap_decimal *age,
                           const neap_decimal *most) {
  if (!is_exit)
    return neap_decision_refuse(out, "mark", code, age, most, "an entry needs a fresh mark; age in seconds");
  neap_decision_note(out, "mark", NEAP_SKIPPED, age, most, "no fresh mark: an exit goes on");
  return true;
}

static neap_decimal seconds(int64_t ns) {
  return (neap_decimal){(__int128)ns * (neap_decimal_from_int(1).units / NEAP_SECOND)};
}

bool neap_check_mark(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  bool is_exit = neap_snapshot_is_exit(snapshot, &out->ticket);
  if (!snapshot->has_mark) return refuse_or_skip(out, is_exit, "no_mark", NULL, NULL);
  neap_decimal age = seconds(snapshot->now - snapshot->mark_time), most = seconds(snapshot->mark_max_age);
  if (neap_decimal_cmp(age, most) > 0) return refuse_or_skip(out, is_exit, "stale_mark", &age, &most);
  neap_decision_note(out, "mark", NEAP_PASSED, &age, &most, "age in seconds");
  return true;
}

bool neap_check_position(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_ticket *ticket = &out->ticket;
  const neap_decimal *held = &snapshot->position;
  if (ticket->side == NEAP_BUY || neap_product_allows_short(snapshot->product)) return true;
  const neap_decimal *asked = ticket->sizing == NEAP_BY_QUANTITY ? &ticket->quantity : NULL;
  if (neap_decimal_sign(*held) <= 0 || (asked && neap_decimal_cmp(*asked, *held) > 0))
    return neap_decision_refuse(out, "position", "spot_short", asked, held, "spot sells only what is held");
  const char *note = asked ? NULL : "up to the position at the fill";
  if (neap_decimal_sign(snapshot->working_sell) > 0) note = "other sells are working: up to the position at the fill";
  neap_decision_note(out, "position", NEAP_PASSED, asked, held, note);
  return true;
}

/* price × quantity × (1 + taker fee), in one place so that no engine estimates otherwise. */
static neap_status cost_of(const neap_snapshot *snapshot, neap_decimal price, neap_decimal quantity,
                           neap_decimal *out) {
  neap_decimal notional, fee;
  neap_status status = neap_product_notional(snapshot->product, price, quantity, &notional);
  if (status == NEAP_OK)
    status = neap_decimal_mul_div(notional, snapshot->taker_bps, neap_decimal_from_int(BPS), NEAP_DECIMAL_DIVISION,
                                  NEAP_ROUND_UP, &fee);
  return status == NEAP_OK ? neap_decimal_add(notional, fee, out) : status;
}

static bool compare_funds(const neap_snapshot *snapshot, neap_decision *out, const neap_decimal *cost,
                          const char *note) {
  if (neap_decimal_cmp(*cost, snapshot->buying_power) > 0)
    return neap_decision_refuse(out, "funds", "insufficient_funds", cost, &snapshot->buying_power, note);
  neap_decision_note(out, "funds", NEAP_PASSED, cost, &snapshot->buying_power, note);
  return true;
}

/* An order across zero reduces first: only the rest needs money. */
static bool check_quantity_funds(const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  neap_decimal reducible = neap_snapshot_reducible(snapshot, ticket->side), opening, price, cost;
  bool known = neap_check_price_of(snapshot, ticket, &price);
  if (!known || neap_decimal_sub(ticket->quantity, reducible, &opening) != NEAP_OK ||
      cost_of(snapshot, price, opening, &cost) != NEAP_OK)
    return neap_decision_refuse(out, "funds", "insufficient_funds", NULL, &snapshot->buying_power,
                                "the cost cannot be told");
  return compare_funds(snapshot, out, &cost, "estimated with the taker fee");
}

/* An order against the position is paid by what it closes; only at the fill is it known how much that is. */
static bool adds_to_position(const neap_snapshot *snapshot, neap_side side) {
  int sign = neap_decimal_sign(snapshot->position);
  return sign == 0 || (sign > 0) == (side == NEAP_BUY);
}

static bool check_fraction_funds(const neap_snapshot *snapshot, const neap_limits *limits, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  int64_t leverage = neap_product_allows_short(snapshot->product) ? limits->max_leverage : 1;
  neap_decimal most = neap_decimal_from_int(leverage);
  if (neap_decimal_sign(snapshot->equity) <= 0)
    return neap_decision_refuse(out, "funds", "no_equity", &snapshot->equity, NULL,
                                "a fraction needs equity over zero");
  if (neap_decimal_cmp(ticket->fraction, most) > 0)
    return neap_decision_refuse(out, "funds", "fraction_range", &ticket->fraction, &most, "1 is the whole equity");
  if (adds_to_position(snapshot, ticket->side) && neap_decimal_sign(snapshot->buying_power) <= 0)
    return neap_decision_refuse(out, "funds", "insufficient_funds", NULL, &snapshot->buying_power, "nothing is left");
  neap_decision_note(out, "funds", NEAP_PASSED, &ticket->fraction, &most, "share of equity at the fill");
  return true;
}

bool neap_check_funds(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  if (neap_snapshot_is_exit(snapshot, ticket)) {
    neap_decision_note(out, "funds", NEAP_SKIPPED, NULL, NULL, "an exit");
    return true;
  }
  if (ticket->sizing == NEAP_BY_FRACTION) return check_fraction_funds(snapshot, engine->config.limits, out);
  if (ticket->sizing == NEAP_BY_NOTIONAL)
    return compare_funds(snapshot, out, &ticket->notional, "the amount, fees included");
  return check_quantity_funds(snapshot, out);
}
