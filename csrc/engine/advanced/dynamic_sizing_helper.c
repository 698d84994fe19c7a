/* SPDX-License-Identifier: MIT */
/* dynamic_sizing_helper: from the snapshot to a question in quote, and from its answer back to the order's unit. */
#include "engine/advanced/dynamic_sizing_helper.h"

#include "engine/checks.h"
#include "risk/leverage.h"
#include "risk/sizing.h"

static const char check[] = "sizing_advice";

#define MODES(method)                                                                                                  \
  { method ", conservative", method ", strict", method ", aggressive" }

static const char *note_of(const neap_limits *limits, neap_sizing_reason reason) {
  static const char *const notes[NEAP_SIZED_REASONS][3] = {
      [NEAP_SIZED_FIXED] = MODES("fixed"),
      [NEAP_SIZED_FRACTION] = MODES("fraction"),
      [NEAP_SIZED_AT_STOP] = MODES("risk_to_stop"),
      [NEAP_SIZED_KELLY] = MODES("kelly"),
      [NEAP_SIZED_VOLATILITY] = MODES("volatility_target"),
      [NEAP_SIZED_FALLBACK] = MODES("intelligent (fallback: leverage alone)"),
      [NEAP_SIZED_BY_LEVERAGE] = MODES("intelligent (leverage)"),
      [NEAP_SIZED_BY_VOLATILITY] = MODES("intelligent (volatility)"),
      [NEAP_SIZED_BY_IMPACT] = MODES("intelligent (impact)"),
      [NEAP_SIZED_NO_STOP] = MODES("risk_to_stop needs a stop_loss"),
      [NEAP_SIZED_STOP_SIDE] = MODES("risk_to_stop: stop_loss is not on the losing side"),
      [NEAP_SIZED_NO_EDGE] = MODES("kelly: the closed trades have no edge"),
      [NEAP_SIZED_NO_VOLATILITY] = MODES("volatility_target: the volatility is not known yet"),
      [NEAP_SIZED_FEW_TRADES] = MODES("kelly: fewer closed trades than sizing_kelly_min_trades, as asked")};
  return notes[reason][neap_sizing_mode_of(limits)];
}

/* What the order is judged at; a market order takes what the other side quotes. Never made up. */
static bool price_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal *out) {
  bool takes_quote = snapshot->has_quote && ticket->type == NEAP_MARKET;
  if (takes_quote) *out = ticket->side == NEAP_BUY ? snapshot->ask : snapshot->bid;
  return takes_quote || neap_check_price_of(snapshot, ticket, out);
}

typedef struct sizing { /* one order's; amounts in quote */
  neap_sizing_question question;
  neap_decimal reduces; /* of what is asked, what closes a position first */
  neap_decimal closed;  /* the same in base */
} sizing;

/* Value of the whole order, and of the part that opens. */
static neap_status split(const neap_snapshot *snapshot, const neap_ticket *ticket, sizing *out) {
  neap_decimal value;
  out->closed = neap_snapshot_reducible(snapshot, ticket->side);
  neap_status status = neap_product_notional(snapshot->product, out->question.stake.entry, out->closed, &out->reduces);
  if (status == NEAP_OK && ticket->sizing == NEAP_BY_QUANTITY)
    status = neap_product_notional(snapshot->product, out->question.stake.entry, ticket->quantity, &value);
  else if (status == NEAP_OK && !neap_check_value_of(snapshot, ticket, &value))
    status = NEAP_RANGE;
  return status == NEAP_OK ? neap_decimal_sub(value, out->reduces, &out->question.asked) : status;
}

static int64_t leverage_of(const neap_limits *limits, const neap_snapshot *snapshot) {
  if (!neap_product_allows_short(snapshot->product)) return 1;
  return neap_limits_leverage_cap(limits, snapshot->product->id, snapshot->now);
}

/* What a venue may pay a maker is not counted on. */
static neap_decimal entry_bps(const neap_snapshot *snapshot, const neap_ticket *ticket) {
  return ticket->post_only ? neap_decimal_max(NEAP_ZERO, snapshot->maker_bps) : snapshot->taker_bps;
}

static neap_status ask(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *ticket,
                       sizing *out) {
  const neap_limits *limits = engine->config.limits;
  neap_decimal held;
  out->question = (neap_sizing_question){.limits = limits,
                                         .product = snapshot->product,
                                         .stake = {.equity = snapshot->equity,
                                                   .side = ticket->side,
                                                   .stop_loss = snapshot->stop_loss,
                                                   .entry_bps = entry_bps(snapshot, ticket),
                                                   .exit_bps = snapshot->taker_bps},
                                         .leverage = leverage_of(limits, snapshot),
                                         .has_volatility = snapshot->has_volatility,
                                         .takes = !ticket->post_only && ticket->execution == NEAP_WHOLE,
                                         .volatility = snapshot->volatility,
                                         .tally = snapshot->tally,
                                         .liquidity = &snapshot->liquidity,
                                         .impact = snapshot->impact,
                                         .ticket = ticket};
  if (!price_of(snapshot, ticket, &out->question.stake.entry)) return NEAP_NOT_FOUND;
  neap_status status = split(snapshot, ticket, out);
  if (status != NEAP_OK) return status;
  return neap_holding_side(&snapshot->own, ticket->product, ticket->side, NULL, &held, &out->question.held);
}

static neap_decimal *amount_of(neap_ticket *ticket) {
  if (ticket->sizing == NEAP_BY_NOTIONAL) return &ticket->notional;
  return ticket->sizing == NEAP_BY_FRACTION ? &ticket->fraction : &ticket->quantity;
}

/* The most that the order may be, in its own unit, rounded down. */
static neap_status in_unit(const neap_snapshot *snapshot, const neap_ticket *ticket, const sizing *asked,
                           neap_decimal value, neap_decimal *out) {
  neap_decimal unit;
  neap_status status = neap_decimal_add(asked->reduces, value, out);
  if (status != NEAP_OK || ticket->sizing == NEAP_BY_NOTIONAL) return status;
  if (ticket->sizing == NEAP_BY_FRACTION && neap_decimal_sign(snapshot->equity) <= 0) return *out = NEAP_ZERO, NEAP_OK;
  if (ticket->sizing == NEAP_BY_FRACTION)
    return neap_decimal_div(*out, snapshot->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, out);
  status = neap_product_notional(snapshot->product, asked->question.stake.entry, neap_decimal_from_int(1), &unit);
  if (status == NEAP_OK) status = neap_decimal_div(value, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, out);
  if (status == NEAP_OK) status = neap_decimal_add(*out, asked->closed, out);
  return status == NEAP_OK ? neap_decimal_quantize(*out, snapshot->product->base_increment, NEAP_ROUND_DOWN, out)
                           : status;
}

static bool is_too_small(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal advised) {
  bool by_quantity = ticket->sizing == NEAP_BY_QUANTITY;
  return advised.units <= 0 || (by_quantity && neap_decimal_cmp(advised, snapshot->product->base_min) < 0);
}

/* Both in the order's unit. */
static bool apply(const neap_limits *limits, const neap_snapshot *snapshot, const neap_sizing_advice *advice,
                  neap_decimal advised, bool fits, neap_decision *out) {
  const char *note = note_of(limits, advice->reason);
  neap_decimal *amount = amount_of(&out->ticket), asked = *amount;
  if (fits) {
    neap_decision_note(out, check, NEAP_PASSED, &asked, &advised, note);
    return true;
  }
  if (is_too_small(snapshot, &out->ticket, advised) || neap_sizing_mode_of(limits) == NEAP_SIZING_STRICT)
    return neap_decision_refuse(out, check, "position_sizing", &asked, &advised, note);
  *amount = advised;
  neap_decision_note(out, check, NEAP_ADJUSTED, &asked, &advised, note);
  return true;
}

static bool advise(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_limits *limits = engine->config.limits;
  neap_sizing_advice advice;
  neap_decimal advised;
  sizing asked;
  neap_status status = ask(engine, snapshot, &out->ticket, &asked);
  if (status == NEAP_NOT_FOUND) {
    neap_decision_note(out, check, NEAP_SKIPPED, NULL, NULL, "no price is known: the mark is asked for below");
    return true;
  }
  if (status == NEAP_OK) status = neap_sizing_advise(&asked.question, &advice);
  if (status == NEAP_OK) status = in_unit(snapshot, &out->ticket, &asked, advice.value, &advised);
  if (status != NEAP_OK)
    return neap_decision_refuse(out, check, "position_sizing", NULL, NULL, "an amount does not fit a decimal");
  if (advice.is_given)
    return apply(limits, snapshot, &advice, advised, neap_decimal_cmp(asked.question.asked, advice.value) <= 0, out);
  neap_decision_note(out, check, NEAP_SKIPPED, amount_of(&out->ticket), NULL, note_of(limits, advice.reason));
  return true;
}

bool neap_advanced_advise_size(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  if (!engine->config.limits->enable_dynamic_position_sizing || snapshot->is_second_look) return true;
  bool is_exit = neap_snapshot_is_exit(snapshot, &out->ticket);
  if (!is_exit && !out->ticket.slice_of) return advise(engine, snapshot, out);
  neap_decision_note(out, check, NEAP_SKIPPED, NULL, NULL,
                     is_exit ? "an exit is never cut" : "a slice: its whole was sized");
  return true;
}
