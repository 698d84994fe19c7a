/* SPDX-License-Identifier: MIT */
/* paper_take: fills on a recorded book: planned level by level, then put before the account, then booked. */
#include "broker/paper/paper_book_state.h"

enum { PLAN_STEPS = 512 };

typedef struct plan_step {
  int64_t price, lots;
} plan_step;

typedef struct paper_plan {
  plan_step step[PLAN_STEPS];
  size_t count;
  int64_t lots;
  neap_decimal value; /* price × quantity */
} paper_plan;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static neap_status fee_of(const neap_paper *paper, const neap_working *working, neap_liquidity liquidity,
                          neap_decimal price, neap_decimal quantity, neap_decimal *value, neap_decimal *fee) {
  neap_status status = neap_product_notional(&paper->products[working->order.ticket.product], price, quantity, value);
  return status == NEAP_OK ? neap_fee(&paper->options.fees, liquidity, *value, fee) : status;
}

/* What of an amount a level can take; *amount is what is left of it. */
static neap_status lots_for(const neap_paper *paper, const paper_book *on, const neap_working *working,
                            const plan_step *level, neap_decimal *amount, int64_t *lots) {
  const neap_product *product = &paper->products[working->order.ticket.product];
  bool buys = working->order.ticket.side == NEAP_BUY;
  neap_decimal price = paper_price(on, level->price), quantity, value, fee;
  neap_status status =
      neap_quantity_for_amount(product, &paper->options.fees, NEAP_TAKER, buys, *amount, price, &quantity);
  if (status != NEAP_OK) return status;
  *lots = least(level->lots, paper_lots(on, quantity));
  status = fee_of(paper, working, NEAP_TAKER, price, paper_quantity(on, *lots), &value, &fee);
  if (status == NEAP_OK && buys) status = neap_decimal_add(value, fee, &value);
  if (status == NEAP_OK) status = neap_decimal_sub(*amount, value, amount);
  return status;
}

static bool is_beyond(const paper_book *on, const neap_working *working, int64_t price) {
  if (!paper_is_limited(working)) return false;
  int64_t limit = paper_ticks(on, working->order.ticket.limit);
  return neap_queue_compare(paper_other(working), price, limit) > 0;
}

static neap_status add_step(const neap_paper *paper, const paper_book *on, const neap_working *working,
                            const plan_step *step, paper_plan *plan) {
  neap_decimal value;
  neap_status status = neap_product_notional(&paper->products[working->order.ticket.product],
                                             paper_price(on, step->price), paper_quantity(on, step->lots), &value);
  if (status == NEAP_OK) status = neap_decimal_add(plan->value, value, &plan->value);
  plan->step[plan->count++] = *step;
  plan->lots += step->lots;
  return status;
}

/* `amount` NULL: its remaining quantity. */
static neap_status make_plan(const neap_paper *paper, const paper_book *on, const neap_working *working,
                             neap_decimal *amount, paper_plan *plan) {
  neap_book_level level[PLAN_STEPS];
  neap_book_side side = paper_other(working);
  size_t count = neap_price_book_levels(on->book, side, PLAN_STEPS, level);
  int64_t left = amount ? INT64_MAX : paper_lots(on, working->order.remaining);
  neap_status status = NEAP_OK;
  plan->count = 0, plan->lots = 0, plan->value = NEAP_ZERO;
  for (size_t i = 0; status == NEAP_OK && left > 0 && i < count; i++) {
    if (is_beyond(on, working, level[i].price)) break;
    plan_step step = {level[i].price, paper_whole(on, paper_shown(on, side, &level[i]))};
    int64_t shown = step.lots;
    if (shown == 0) continue;
    if (amount) status = lots_for(paper, on, working, &step, amount, &step.lots);
    step.lots = least(step.lots, left);
    if (status == NEAP_OK && step.lots) status = add_step(paper, on, working, &step, plan);
    left = amount && step.lots < shown ? 0 : left - step.lots;
  }
  return status;
}

/* Against the order, so that what the account covers at it covers the fills. */
static neap_status average(const neap_paper *paper, const paper_book *on, const neap_working *working,
                           const paper_plan *plan, neap_decimal *out) {
  const neap_product *product = &paper->products[working->order.ticket.product];
  bool buys = working->order.ticket.side == NEAP_BUY;
  neap_decimal one, price = paper_price(on, plan->step[plan->count - 1].price);
  if (plan->count == 1) return *out = price, NEAP_OK;
  neap_status status = neap_product_notional(product, neap_decimal_from_int(1), paper_quantity(on, plan->lots), &one);
  if (status != NEAP_OK) return status;
  return neap_decimal_div(plan->value, one, NEAP_DECIMAL_DIVISION, buys ? NEAP_ROUND_UP : NEAP_ROUND_DOWN, out);
}

/* What of `lots` the account lets fill; fills that nobody knows of yet count as made. */
static neap_status admit(const neap_paper *paper, const paper_book *on, const neap_working *working, neap_decimal price,
                         neap_liquidity liquidity, int64_t lots, int64_t *admitted, neap_fault *fault) {
  const neap_ticket *ticket = &working->order.ticket;
  neap_decimal untold = neap_paper_link_untold(&paper->books->link, ticket), wanted, allowed;
  neap_status status = neap_decimal_add(paper_quantity(on, lots), untold, &wanted);
  if (status == NEAP_OK)
    status = paper->sink.admit(paper->sink.context, ticket, price, liquidity, wanted, &allowed, fault);
  if (status != NEAP_OK) return status;
  *admitted = paper_whole(on, least(lots, paper_lots(on, (neap_decimal){allowed.units - untold.units})));
  if (*admitted > 0) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "too_small", "nothing of it may fill, with what is filled and not told yet");
}

/* A refusal ends the order; else *status is the run's. True: nothing fills. */
static bool is_refused(neap_paper *paper, neap_working *working, neap_status *status, neap_fault *fault) {
  if (*status == NEAP_OK) return false;
  if (!neap_paper_is_refusal(*status)) return paper->fault = *fault, true;
  neap_paper_refuse(paper, working, fault->code[0] ? fault->code : "overflow", fault->message);
  *status = NEAP_OK;
  return true;
}

/* What an order by amount may spend, or sells for. Of a share of the equity only the account knows it. */
static neap_status find_amount(const neap_paper *paper, const paper_book *on, const neap_working *working,
                               neap_decimal *out, neap_fault *fault) {
  const neap_ticket *ticket = &working->order.ticket;
  neap_book_level best;
  neap_decimal quantity, fee, price;
  if (neap_price_book_best(on->book, paper_other(working), &best) != NEAP_OK)
    return neap_fail(fault, NEAP_REFUSED, "no_liquidity", "the book shows nothing that it could take");
  price = paper_price(on, best.price);
  neap_status status = paper->sink.admit(paper->sink.context, ticket, price, NEAP_TAKER, NEAP_ZERO, &quantity, fault);
  if (status != NEAP_OK || ticket->sizing == NEAP_BY_NOTIONAL) return *out = ticket->notional, status;
  status = fee_of(paper, working, NEAP_TAKER, price, quantity, out, &fee);
  if (status == NEAP_OK && ticket->side == NEAP_BUY) status = neap_decimal_add(*out, fee, out);
  return status;
}

static void trim(paper_plan *plan, int64_t lots) {
  while (plan->lots > lots) {
    plan_step *last = &plan->step[plan->count - 1];
    int64_t cut = least(plan->lots - lots, last->lots);
    last->lots -= cut, plan->lots -= cut;
    if (last->lots == 0) plan->count--;
  }
}

static neap_status fill(neap_paper *paper, paper_book *on, neap_working *working, const plan_step *step,
                        neap_paper_offer *offer) {
  neap_decimal value;
  offer->price = paper_price(on, step->price);
  offer->quantity = paper_quantity(on, step->lots);
  neap_status status = fee_of(paper, working, offer->liquidity, offer->price, offer->quantity, &value, &offer->fee);
  if (status == NEAP_OK) neap_paper_fill(paper, working, offer, paper->books->now);
  return status;
}

static neap_status fill_plan(neap_paper *paper, paper_book *on, neap_working *working, const paper_plan *plan,
                             bool clamped) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < plan->count; i++) {
    neap_paper_offer offer = {.liquidity = NEAP_TAKER,
                              .sizes = !working->order.sized || working->untold.units,
                              .admitted = working->untold.units ? working->untold : paper_quantity(on, plan->lots),
                              .clamped = clamped && i + 1 == plan->count};
    status = paper_take_level(on, paper_other(working), plan->step[i].price, plan->step[i].lots);
    if (status == NEAP_OK) status = fill(paper, on, working, &plan->step[i], &offer);
  }
  return status;
}

static bool fills_too_little(const paper_book *on, const neap_working *working, int64_t lots) {
  const neap_working_order *order = &working->order;
  if (order->ticket.time_in_force != NEAP_FOK) return false;
  return order->sized ? lots < paper_lots(on, order->remaining) : lots == 0;
}

static neap_status take_planned(neap_paper *paper, paper_book *on, neap_working *working, paper_plan *plan) {
  neap_fault fault = {0};
  neap_decimal price;
  int64_t admitted = 0;
  neap_status status = average(paper, on, working, plan, &price);
  if (status == NEAP_OK) status = admit(paper, on, working, price, NEAP_TAKER, plan->lots, &admitted, &fault);
  if (is_refused(paper, working, &status, &fault)) return status;
  bool clamped = admitted < plan->lots;
  if (clamped && fills_too_little(on, working, admitted)) return NEAP_OK;
  trim(plan, admitted);
  return fill_plan(paper, on, working, plan, clamped);
}

neap_status paper_take(neap_paper *paper, paper_book *on, neap_working *working) {
  paper_plan plan;
  neap_decimal amount = NEAP_ZERO;
  neap_fault fault = {0};
  bool sized = working->order.sized;
  neap_status status = sized ? NEAP_OK : find_amount(paper, on, working, &amount, &fault);
  if (status == NEAP_OK) status = make_plan(paper, on, working, sized ? NULL : &amount, &plan);
  if (is_refused(paper, working, &status, &fault)) return status;
  if (plan.lots == 0 || fills_too_little(on, working, plan.lots)) return NEAP_OK;
  return take_planned(paper, on, working, &plan);
}

neap_status paper_make(neap_paper *paper, paper_book *on, neap_working *working, int64_t lots, int64_t *made) {
  const neap_ticket *ticket = &working->order.ticket;
  neap_fault fault = {0};
  int64_t admitted = 0;
  *made = 0;
  neap_status status = admit(paper, on, working, ticket->limit, NEAP_MAKER, lots, &admitted, &fault);
  if (is_refused(paper, working, &status, &fault)) return status;
  const plan_step step = {paper_ticks(on, ticket->limit), admitted};
  neap_paper_offer offer = {.liquidity = NEAP_MAKER,
                            .sizes = working->untold.units != 0,
                            .admitted = working->untold,
                            .clamped = admitted < lots};
  *made = admitted;
  return fill(paper, on, working, &step, &offer);
}

neap_status paper_size_up(neap_paper *paper, neap_working *working) {
  neap_working_order *order = &working->order;
  neap_fault fault = {0};
  neap_status status = paper->sink.admit(paper->sink.context, &order->ticket, order->ticket.limit, NEAP_MAKER,
                                         NEAP_ZERO, &order->remaining, &fault);
  if (is_refused(paper, working, &status, &fault)) return status;
  order->sized = true;
  working->untold = order->remaining;
  return NEAP_OK;
}
