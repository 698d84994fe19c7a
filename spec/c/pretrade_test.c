/* SPDX-License-Identifier: MIT */
/* The limits of entries against a model of small whole numbers that walks every order: what is accepted never leaves a
 * limit that the portfolio was inside of, exits are not refused, reduce-only never adds, and sums are sums. */
#include "risk/pretrade.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/checks.h"
#include "risk/leverage.h"
#include "support.h"

enum { PRODUCTS = 3, DESKS = 2, ORDERS = 12, SEED = 20240101, STEPS = 100000, PER_BOOK = 60 };

typedef struct world {
  neap_product product[PRODUCTS];
  neap_decimal mark[PRODUCTS];
  neap_limits limits;
  neap_order order[ORDERS]; /* number 0: free */
  neap_holding holding[DESKS + 1][PRODUCTS];
  int64_t equity[DESKS];
  uint64_t dice, accepted, refused, exits, fills;
} world;

static unsigned roll(world *self, unsigned sides) {
  self->dice = self->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(self->dice >> 33) % sides;
}

static int64_t whole(neap_decimal value) {
  int64_t out = 0;
  assert_int_equal(neap_decimal_to_int(value, &out, NULL), NEAP_OK);
  return out;
}

static neap_decimal hundredths(unsigned n) {
  neap_decimal out;
  assert_int_equal(neap_decimal_div(neap_decimal_from_int(n), neap_decimal_from_int(100), 2, NEAP_ROUND_DOWN, &out),
                   NEAP_OK);
  return out;
}

static void cap(neap_limit_map *map, const char *product, int64_t value) {
  snprintf(map->item[map->count].product, sizeof map->item->product, "%s", product);
  map->item[map->count++].value = neap_decimal_from_int(value);
}

/* Leverage caps that divide 20, so that the model stays in whole numbers. */
static void draw_limits(world *self) {
  static const int64_t caps[] = {1, 2, 4, 5, 10, 20};
  neap_limits *limits = &self->limits;
  neap_limits_default(limits);
  limits->max_leverage = caps[roll(self, 6)];
  limits->max_exposure_pct = roll(self, 4) ? hundredths(30 + roll(self, 71)) : neap_decimal_from_int(1000);
  limits->max_position_pct_per_symbol = roll(self, 4) ? hundredths(10 + roll(self, 91)) : neap_decimal_from_int(1000);
  limits->min_liquidation_buffer_pct = hundredths(roll(self, 40));
  limits->default_maintenance_margin_rate = hundredths(roll(self, 60));
  limits->enable_pre_trade_liq_projection = roll(self, 2);
  limits->error_threshold = limits->slippage_guard_bps = 0;
  if (roll(self, 3) == 0) limits->max_trade_value = neap_decimal_from_int(100 + roll(self, 3000));
  for (unsigned i = 0; i < PRODUCTS; i++) {
    if (roll(self, 4) == 0) cap(&limits->max_notional_per_symbol, self->product[i].id, 100 + roll(self, 4000));
    if (roll(self, 4) == 0) cap(&limits->symbol_position_caps, self->product[i].id, 1 + roll(self, 60));
    if (roll(self, 4) == 0) cap(&limits->leverage_max_per_symbol, self->product[i].id, caps[roll(self, 6)]);
  }
}

static void begin(world *self) {
  static const char *const ids[] = {"AAA-USD", "BBB-PERP", "CCC-PERP"};
  for (unsigned i = 0; i < PRODUCTS; i++) {
    assert_int_equal(neap_product_init(&self->product[i], ids[i], NULL), NEAP_OK);
    self->product[i].kind = i == 0 ? NEAP_SPOT : i == 1 ? NEAP_PERPETUAL : NEAP_MARGIN;
    self->product[i].price_increment = self->product[i].base_increment = neap_decimal_from_int(1);
    self->mark[i] = neap_decimal_from_int(50 + roll(self, 150));
  }
  memset(self->order, 0, sizeof self->order);
  memset(self->holding, 0, sizeof self->holding);
  for (unsigned i = 0; i < DESKS; i++) self->equity[i] = 500 + roll(self, 20000);
  draw_limits(self);
}

static neap_portfolio portfolio_of(const world *self, unsigned row) {
  int64_t equity = row < DESKS ? self->equity[row] : self->equity[0] + self->equity[1];
  return (neap_portfolio){neap_decimal_from_int(equity), PRODUCTS, self->product, self->mark, self->holding[row]};
}

/* ---- the model: every order is walked ---- */

typedef struct side {
  int64_t quantity, value;
} side;

static bool is_of(const neap_order *order, unsigned row, unsigned product) {
  return order->ticket.number && order->ticket.product == product && (row == DESKS || order->ticket.strategy == row);
}

static int64_t price_of(const world *self, const neap_ticket *ticket) {
  neap_decimal price = ticket->limit.units ? ticket->limit : ticket->stop;
  return whole(price.units ? price : self->mark[ticket->product]);
}

static side model_side(const world *self, unsigned row, unsigned product, neap_side on) {
  int64_t held = whole(self->holding[row][product].position), mark = whole(self->mark[product]);
  int64_t amounts = 0, value = 0, quantity = 0, closing = 0;
  for (unsigned i = 0; i < ORDERS; i++) {
    const neap_ticket *ticket = &self->order[i].ticket;
    if (!is_of(&self->order[i], row, product)) continue;
    bool is_amount = ticket->sizing != NEAP_BY_QUANTITY && !self->order[i].filled.units;
    int64_t rest = is_amount ? 0 : whole(neap_order_remaining(&self->order[i]));
    if (ticket->reduce_only) {
      closing += ticket->type == NEAP_MARKET && ticket->side != on ? rest : 0;
      continue;
    }
    if (ticket->side != on) continue;
    quantity += rest;
    value += rest * price_of(self, ticket);
    if (is_amount) amounts += whole(ticket->sizing == NEAP_BY_NOTIONAL ? ticket->notional : self->order[i].reserved);
  }
  if (on == NEAP_SELL) held = -held;
  if (held >= 0) {
    held = held > closing ? held - closing : 0;
    return (side){held + quantity, held * mark + value + amounts};
  }
  int64_t against = 0; /* market orders that only reduce the other side leave less of it to take away */
  for (unsigned i = 0; i < ORDERS; i++)
    if (is_of(&self->order[i], row, product) && self->order[i].ticket.reduce_only &&
        self->order[i].ticket.type == NEAP_MARKET && self->order[i].ticket.side == on)
      against += whole(neap_order_remaining(&self->order[i]));
  held = held + against < 0 ? held + against : 0;
  int64_t rest = held + quantity > 0 ? held + quantity : 0;
  return (side){rest, held < 0 ? rest * mark + amounts : value + amounts};
}

static int64_t model_worst(const world *self, unsigned row, unsigned product) {
  int64_t up = model_side(self, row, product, NEAP_BUY).value;
  int64_t down = product == 0 ? 0 : model_side(self, row, product, NEAP_SELL).value;
  return up > down ? up : down;
}

enum { CHECKS = 8 };
static const char *const check_names[CHECKS] = {"leverage_symbol",        "leverage_global", "liquidation_buffer",
                                                "notional_cap",           "symbol_exposure", "total_exposure",
                                                "liquidation_projection", "position_limit"};

static int64_t percent_of(neap_decimal share) {
  neap_decimal out;
  assert_int_equal(neap_decimal_mul(share, neap_decimal_from_int(100), 16, NEAP_ROUND_DOWN, &out), NEAP_OK);
  return whole(out);
}

static int64_t lesser(int64_t value, const neap_decimal *other) { return other ? whole(*other) : value; }

/* Which limits the portfolio of a row is outside of, for one product's sides and for all. */
static void model_outside(const world *self, unsigned row, unsigned product, neap_side on, bool outside[CHECKS]) {
  const neap_limits *limits = &self->limits;
  const char *id = self->product[product].id;
  side here = model_side(self, row, product, on);
  int64_t equity = row < DESKS ? self->equity[row] : self->equity[0] + self->equity[1];
  int64_t total = 0, margin20 = 0, maintenance100 = 0;
  int64_t rate = percent_of(limits->default_maintenance_margin_rate);
  for (unsigned i = 0; i < PRODUCTS; i++) {
    int64_t worst = i == product ? here.value : model_worst(self, row, i);
    total += worst;
    if (i == 0) continue;
    margin20 +=
        worst * 20 /
        lesser(limits->max_leverage, neap_limit_map_find(&limits->leverage_max_per_symbol, self->product[i].id));
    maintenance100 += worst * rate;
  }
  const neap_decimal *money = neap_limit_map_find(&limits->max_notional_per_symbol, id);
  const neap_decimal *base = neap_limit_map_find(&limits->symbol_position_caps, id);
  int64_t leverage = lesser(limits->max_leverage, neap_limit_map_find(&limits->leverage_max_per_symbol, id));
  int64_t least = percent_of(limits->min_liquidation_buffer_pct);
  bool leveraged = product != 0;
  outside[0] = leveraged && here.value > leverage * equity;
  outside[1] = leveraged && total > limits->max_leverage * equity;
  outside[2] = leveraged && least && (20 * equity - margin20) * 100 < least * equity * 20;
  outside[3] = money && here.value > whole(*money);
  outside[4] = !neap_limit_is_unbound(limits->max_position_pct_per_symbol) &&
               here.value * 100 > percent_of(limits->max_position_pct_per_symbol) * equity;
  outside[5] =
      !neap_limit_is_unbound(limits->max_exposure_pct) && total * 100 > percent_of(limits->max_exposure_pct) * equity;
  outside[6] = leveraged && limits->enable_pre_trade_liq_projection && equity * 100 - maintenance100 < least * equity;
  outside[7] = base && here.quantity > whole(*base);
}

/* ---- orders ---- */

static neap_order *free_place(world *self) {
  for (unsigned i = 0; i < ORDERS; i++)
    if (!self->order[i].ticket.number) return &self->order[i];
  return NULL;
}

static void count(world *self, const neap_order *order, bool in) {
  neap_status (*change)(neap_holding *, const neap_product *, const neap_order *) =
      in ? neap_holding_add : neap_holding_remove;
  const neap_product *product = &self->product[order->ticket.product];
  unsigned rows[] = {order->ticket.strategy, DESKS};
  for (unsigned i = 0; i < 2; i++)
    assert_int_equal(change(&self->holding[rows[i]][order->ticket.product], product, order), NEAP_OK);
}

static neap_ticket draw_ticket(world *self) {
  neap_ticket ticket = {.number = 1, .strategy = roll(self, DESKS), .product = roll(self, PRODUCTS)};
  snprintf(ticket.id, sizeof ticket.id, "random");
  int64_t mark = whole(self->mark[ticket.product]);
  ticket.side = roll(self, 2) ? NEAP_SELL : NEAP_BUY;
  ticket.reduce_only = roll(self, 6) == 0;
  unsigned sizing = roll(self, 8);
  ticket.sizing = sizing == 0 ? NEAP_BY_NOTIONAL : sizing == 1 ? NEAP_BY_FRACTION : NEAP_BY_QUANTITY;
  if (ticket.sizing == NEAP_BY_NOTIONAL) ticket.notional = neap_decimal_from_int(1 + roll(self, 3000));
  if (ticket.sizing == NEAP_BY_FRACTION) ticket.fraction = neap_decimal_from_int(1);
  if (ticket.sizing == NEAP_BY_QUANTITY) ticket.quantity = neap_decimal_from_int(1 + roll(self, 40));
  unsigned kind = ticket.sizing == NEAP_BY_QUANTITY ? roll(self, 4) : 0;
  if (kind == 1) ticket.type = NEAP_LIMIT, ticket.limit = neap_decimal_from_int(mark - 20 + roll(self, 41));
  if (kind == 2) ticket.type = NEAP_STOP, ticket.stop = neap_decimal_from_int(mark - 20 + roll(self, 41));
  return ticket;
}

static void show(const world *self, const neap_ticket *ticket, neap_snapshot *out) {
  const neap_holding *holding = &self->holding[ticket->strategy][ticket->product];
  neap_decimal plenty = neap_decimal_from_int(1000000000);
  *out = (neap_snapshot){.product = &self->product[ticket->product],
                         .has_mark = true,
                         .mark = self->mark[ticket->product],
                         .mark_max_age = 1,
                         .position = holding->position,
                         .working_buy = holding->working[NEAP_BUY],
                         .working_sell = holding->working[NEAP_SELL],
                         .open_buy = holding->open[NEAP_BUY].quantity,
                         .open_sell = holding->open[NEAP_SELL].quantity,
                         .entry_after_close = holding->closing[0].quantity.units || holding->closing[1].quantity.units,
                         .equity = neap_decimal_from_int(self->equity[ticket->strategy]),
                         .buying_power = plenty,
                         .own = portfolio_of(self, ticket->strategy),
                         .has_account = true,
                         .account = portfolio_of(self, DESKS)};
}

static bool is_limit(const char *code) {
  for (unsigned i = 0; neap_pretrade_name(i); i++)
    if (strcmp(neap_pretrade_name(i), code) == 0) return true;
  return strcmp(code, "exposure_unknown") == 0;
}

static void check_reduce_only(const neap_snapshot *snapshot, const neap_ticket *ticket) {
  if (!ticket->reduce_only) return;
  int sign = neap_decimal_sign(snapshot->position);
  assert_true(sign != 0 && (sign > 0) == (ticket->side == NEAP_SELL));
  assert_true(neap_decimal_cmp(ticket->quantity, neap_decimal_abs(snapshot->position)) <= 0);
}

static void put_up(world *self, const neap_ticket *ticket) {
  neap_order *order = free_place(self);
  assert_non_null(order);
  *order = (neap_order){.ticket = *ticket, .status = NEAP_ORDER_OPEN};
  if (ticket->sizing == NEAP_BY_FRACTION) order->reserved = neap_decimal_from_int(self->equity[ticket->strategy]);
  count(self, order, true);
}

/* Each limit that both portfolios kept on the order's side before is kept after. */
static void check_inside(const world *self, const neap_ticket *ticket, bool before[2][CHECKS]) {
  unsigned rows[] = {ticket->strategy, DESKS};
  for (unsigned r = 0; r < 2; r++) {
    bool after[CHECKS];
    model_outside(self, rows[r], ticket->product, ticket->side, after);
    for (unsigned i = 0; i < CHECKS; i++)
      if (after[i] && !before[r][i])
        fail_msg("%s is kept before and not after (%s, row %u)", check_names[i], self->product[ticket->product].id,
                 rows[r]);
  }
}

static void place(world *self, bool advanced) {
  neap_ticket ticket = draw_ticket(self);
  neap_snapshot snapshot;
  neap_decision decision;
  bool before[2][CHECKS];
  if (!free_place(self)) return;
  show(self, &ticket, &snapshot);
  bool is_exit = neap_snapshot_is_exit(&snapshot, &ticket);
  const neap_engine_config config = {.limits = &self->limits};
  neap_engine engine = advanced ? neap_advanced_engine(&config) : neap_live_engine(&config);
  assert_int_equal(engine.decide(&engine, &snapshot, &ticket, &decision, NULL), NEAP_OK);
  model_outside(self, ticket.strategy, ticket.product, ticket.side, before[0]);
  model_outside(self, DESKS, ticket.product, ticket.side, before[1]);
  if (is_exit && !decision.accepted && is_limit(decision.reason.code))
    fail_msg("an exit is refused: %s", decision.reason.code);
  if (!decision.accepted) {
    self->refused += is_limit(decision.reason.code);
    return;
  }
  if (decision.ticket.sizing == NEAP_BY_QUANTITY) check_reduce_only(&snapshot, &decision.ticket);
  if (decision.ticket.reduce_only && decision.ticket.sizing != NEAP_BY_QUANTITY) return; /* sized at its fill */
  put_up(self, &decision.ticket);
  self->accepted++;
  self->exits += is_exit;
  if (!is_exit) check_inside(self, &decision.ticket, before);
}

/* Part or all of an order; one that only reduces takes no more than there is, as the venue does. */
static void fill(world *self) {
  neap_order *order = &self->order[roll(self, ORDERS)];
  neap_ticket *ticket = &order->ticket;
  if (!ticket->number) return;
  count(self, order, false);
  if (ticket->sizing != NEAP_BY_QUANTITY && !order->filled.units) {
    int64_t amount = whole(ticket->sizing == NEAP_BY_NOTIONAL ? ticket->notional : order->reserved);
    ticket->quantity = neap_decimal_from_int(amount / whole(self->mark[ticket->product]) + 1);
  }
  int64_t rest = whole(neap_order_remaining(order)), part = 1 + roll(self, (unsigned)rest);
  int64_t held = whole(self->holding[ticket->strategy][ticket->product].position);
  bool sells = ticket->side == NEAP_SELL;
  int64_t room = ticket->reduce_only || (ticket->product == 0 && sells) ? (sells ? held : -held) : part;
  if (part > room) part = room;
  if (part > 0) {
    neap_decimal change = neap_decimal_from_int(sells ? -part : part);
    order->filled.units += neap_decimal_from_int(part).units;
    self->holding[ticket->strategy][ticket->product].position.units += change.units;
    self->holding[DESKS][ticket->product].position.units += change.units;
    self->fills++;
  }
  if (part <= 0 || part == rest)
    ticket->number = 0;
  else
    count(self, order, true);
}

static void cancel(world *self) {
  neap_order *order = &self->order[roll(self, ORDERS)];
  if (!order->ticket.number) return;
  count(self, order, false);
  order->ticket.number = 0;
}

/* The running sums are those of the orders that work, and the account is the sum of its strategies. */
static void check_sums(const world *self) {
  neap_holding made[DESKS + 1][PRODUCTS];
  memset(made, 0, sizeof made);
  for (unsigned i = 0; i < ORDERS; i++) {
    const neap_order *order = &self->order[i];
    if (!order->ticket.number) continue;
    neap_holding_add(&made[order->ticket.strategy][order->ticket.product], &self->product[order->ticket.product],
                     order);
    neap_holding_add(&made[DESKS][order->ticket.product], &self->product[order->ticket.product], order);
  }
  for (unsigned k = 0; k < PRODUCTS; k++) {
    for (unsigned row = 0; row <= DESKS; row++) made[row][k].position = self->holding[row][k].position;
    assert_true(self->holding[0][k].position.units + self->holding[1][k].position.units ==
                self->holding[DESKS][k].position.units);
  }
  assert_memory_equal(made, self->holding, sizeof made);
}

static void step(world *self, bool advanced) {
  unsigned what = roll(self, 10);
  if (what < 5)
    place(self, advanced);
  else if (what < 7)
    fill(self);
  else if (what == 7)
    cancel(self);
  else if (what == 8)
    self->mark[roll(self, PRODUCTS)] = neap_decimal_from_int(50 + roll(self, 150));
  else
    self->equity[roll(self, DESKS)] = roll(self, 20) ? 500 + roll(self, 20000) : 0;
  check_sums(self);
}

static long steps_wanted(void) {
  const char *given = getenv("NEAP_RANDOM_ORDERS");
  long orders = given ? atol(given) : STEPS;
  return orders > STEPS ? orders : STEPS;
}

static void nothing_accepted_leaves_a_limit_that_it_was_inside_of(void **state) {
  (void)state;
  static world self;
  long orders = 0, wanted = steps_wanted();
  self.dice = SEED;
  print_message("seed %d, %ld orders\n", SEED, wanted);
  for (long book = 0; orders < wanted; book++) {
    begin(&self);
    for (int i = 0; i < PER_BOOK; i++) step(&self, book % 2);
    orders = (long)(self.accepted + self.refused);
  }
  print_message("%llu accepted, %llu refused by a limit, %llu exits, %llu fills\n", (unsigned long long)self.accepted,
                (unsigned long long)self.refused, (unsigned long long)self.exits, (unsigned long long)self.fills);
  assert_true(self.accepted > 10000 && self.refused > 10000 && self.exits > 1000 && self.fills > 10000);
}

static void no_exit_is_refused_for_a_limit_of_entries(void **state) {
  (void)state;
  static world self;
  self.dice = SEED + 1;
  begin(&self);
  for (unsigned i = 0; i < 20000; i++) {
    if (i % 50 == 0) begin(&self);
    neap_ticket ticket = draw_ticket(&self);
    neap_snapshot snapshot;
    neap_decision decision;
    int64_t held = 1 + (int64_t)roll(&self, 100);
    if (ticket.side == NEAP_BUY && ticket.product == 0) continue;
    neap_decimal position = neap_decimal_from_int(ticket.side == NEAP_SELL ? held : -held);
    self.holding[ticket.strategy][ticket.product].position = self.holding[DESKS][ticket.product].position = position;
    show(&self, &ticket, &snapshot);
    if (!neap_snapshot_is_exit(&snapshot, &ticket)) continue;
    const neap_engine_config config = {.limits = &self.limits};
    neap_engine engine = i % 2 ? neap_advanced_engine(&config) : neap_live_engine(&config);
    assert_int_equal(engine.decide(&engine, &snapshot, &ticket, &decision, NULL), NEAP_OK);
    if (!decision.accepted && strcmp(decision.reason.code, "spot_short") != 0)
      fail_msg("%s: %s", engine.name, decision.reason.code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_accepted_leaves_a_limit_that_it_was_inside_of),
      cmocka_unit_test(no_exit_is_refused_for_a_limit_of_entries),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
