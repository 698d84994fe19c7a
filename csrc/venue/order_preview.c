/* SPDX-License-Identifier: MIT */
/* order_preview: what an order would get from the book as it stands. */
#include <stdlib.h>

#include "venue/margin.h"
#include "venue/orders_state.h"
#include "venue/wallet.h"

enum { FIRST_LEVELS = 32 };

typedef struct walk {
  const neap_order_draft *draft;
  int64_t left, got, worst; /* lots; left: of an order by size */
  neap_decimal value, fees, money;
} walk;

static bool reaches(const neap_order_draft *draft, int64_t price) {
  if (!draft->limit) return true;
  return draft->side == NEAP_BUY ? price <= draft->limit : price >= draft->limit;
}

/* What of a level is wanted: by money the fee is in it. */
static int64_t wanted(const walk *at, int64_t price) {
  const neap_order_draft *draft = at->draft;
  if (!draft->in_quote || !neap_kind_is_market(draft->kind)) return at->left;
  neap_decimal lot = neap_order_with_fee(neap_order_value(draft->asked, price, 1), draft->rates.taker_bps), lots;
  int64_t count = 0;
  if (neap_decimal_div(at->money, lot, 0, NEAP_ROUND_DOWN, &lots) == NEAP_OK) neap_decimal_to_int(lots, &count, NULL);
  return count;
}

static void take(walk *at, int64_t price, int64_t size, neap_decimal bps) {
  neap_decimal value = neap_order_value(at->draft->asked, price, size), fee = neap_order_fee(value, bps);
  at->got += size, at->left -= size, at->worst = price;
  at->value.units += value.units, at->fees.units += fee.units;
  at->money.units -= value.units + fee.units;
}

/* Whether there may be more. */
static bool walk_levels(walk *at, const neap_match_level *levels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int64_t want = reaches(at->draft, levels[i].price) ? wanted(at, levels[i].price) : 0;
    if (want <= 0) return false;
    take(at, levels[i].price, want < levels[i].quantity ? want : levels[i].quantity, at->draft->rates.taker_bps);
  }
  return true;
}

static void walk_book(walk *at) {
  walk fresh = *at;
  neap_side side = neap_other_side(at->draft->side);
  for (size_t most = FIRST_LEVELS;; most *= 4) {
    neap_match_level *levels = malloc(most * sizeof *levels);
    if (!levels) return;
    *at = fresh;
    size_t count = neap_order_book_levels(at->draft->book->book, side, most, levels);
    bool goes_on = walk_levels(at, levels, count) && count == most;
    free(levels);
    if (!goes_on) return;
  }
}

static neap_decimal best_of(const neap_order_draft *draft, neap_side side) {
  neap_match_level best;
  bool has = neap_order_book_levels(draft->book->book, side, 1, &best) > 0;
  return has ? neap_venue_price(draft->book, best.price) : NEAP_ZERO;
}

static void fill_averages(neap_venue_estimate *out, neap_side side, neap_decimal contract) {
  neap_decimal best = side == NEAP_BUY ? out->best_ask : out->best_bid, base, off;
  if (neap_decimal_mul(out->base, contract, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &base) != NEAP_OK) return;
  if (neap_decimal_div(out->quote, base, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &out->average) != NEAP_OK) return;
  if (!best.units) return;
  off = (neap_decimal){out->average.units - best.units};
  if (side == NEAP_SELL) off.units = -off.units;
  if (off.units > 0) neap_decimal_div(off, best, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &out->slippage);
}

static bool rests(neap_venue_kind kind) { return !neap_kind_is_market(kind) && kind != NEAP_SOR_LIMIT_IOC; }

void neap_order_estimate(const neap_order_draft *draft, neap_venue_estimate *out, int64_t *worst) {
  walk at = {.draft = draft, .left = draft->size, .money = draft->quote};
  if (!draft->legs && !neap_kind_is_stop(draft->kind) && !neap_kind_is_bracket(draft->kind)) walk_book(&at);
  for (uint32_t i = 0; i < draft->legs; i++) take(&at, draft->leg[i].price, draft->leg[i].size, draft->rates.maker_bps);
  if (!draft->legs && rests(draft->kind) && at.left > 0) take(&at, draft->limit, at.left, draft->rates.maker_bps);
  *out = (neap_venue_estimate){.size = at.got, .quote = at.value, .fees = at.fees};
  out->base = neap_venue_size(draft->asked, at.got);
  out->total.units = at.value.units + (draft->side == NEAP_BUY ? at.fees.units : -at.fees.units);
  out->best_bid = best_of(draft, NEAP_BUY), out->best_ask = best_of(draft, NEAP_SELL);
  fill_averages(out, draft->side, draft->asked->facts.contract_size);
  if (worst) *worst = at.worst ? at.worst : draft->limit;
}

static neap_decimal needs_of(const neap_order_draft *draft, const neap_venue_order *order) {
  neap_decimal needs = neap_venue_order_needs(draft->venue, order);
  for (uint32_t i = 0; i < draft->legs; i++) needs.units += neap_order_leg_needs(draft, &draft->leg[i]).units;
  return needs;
}

/* Whether the portfolio has what the order needs. */
static neap_order_no check_funds(const neap_order_draft *draft, neap_venue_estimate *estimate) {
  bool is_derivative = neap_order_is_derivative(draft->asked);
  neap_venue_order *order = neap_order_new(draft);
  if (!order) return NEAP_NO_MEMORY;
  neap_decimal needs = needs_of(draft, order);
  neap_decimal has = neap_venue_buying_power(draft->venue, order->portfolio, neap_venue_held_in(draft->venue, order));
  neap_order_free(order);
  if (is_derivative) estimate->margin = needs;
  if (needs.units == 0 || neap_decimal_cmp(needs, has) <= 0) return NEAP_FINE;
  return is_derivative ? NEAP_NO_MARGIN : NEAP_NO_FUNDS;
}

bool neap_venue_order_preview(neap_venue *venue, const neap_venue_ask *ask, neap_venue_estimate *estimate,
                              neap_venue_refusal *refusal) {
  neap_order_draft draft = {.venue = venue, .ask = ask};
  *estimate = (neap_venue_estimate){.size = 0};
  neap_order_no no = neap_order_read_shape(&draft);
  if (no == NEAP_FINE) no = neap_order_check(&draft);
  if (no == NEAP_FINE) neap_order_estimate(&draft, estimate, NULL), no = check_funds(&draft, estimate);
  if (no == NEAP_FINE) return true;
  neap_order_refuse(refusal, no, draft.details);
  refusal->preview = neap_order_no_preview(no);
  return false;
}
