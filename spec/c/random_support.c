/* SPDX-License-Identifier: MIT */
/* random_support: strategies that do anything at random, on bars made at random. */
#include "random_support.h"

#include "dice.h"

#include <stdio.h>

static uint64_t game; /* dice of the run that is played */

static uint64_t *dice_of(actor *me) { return me->dice ? &me->dice : &game; }

static neap_amount near_mark(actor *me, uint32_t product) {
  neap_decimal mark = NEAP_ZERO;
  neap_desk_mark(me->desk, product, &mark, NULL);
  return inexactly(neap_decimal_to_double(mark) * (0.9 + (double)dice_roll(dice_of(me), 200) / 1000));
}

static neap_amount some_size(actor *me) { return inexactly((double)(1 + dice_roll(dice_of(me), 4000)) / 100); }

static void add_prices(actor *me, neap_order_request *request) {
  if (dice_roll(dice_of(me), 3) == 0) request->limit = near_mark(me, request->product);
  if (dice_roll(dice_of(me), 4) == 0) request->stop = near_mark(me, request->product);
  bool is_market = request->limit.kind == NEAP_AMOUNT_NONE && request->stop.kind == NEAP_AMOUNT_NONE;
  if (is_market && dice_roll(dice_of(me), 6) == 0)
    request->trail_bps = inexactly((double)(1 + dice_roll(dice_of(me), 900)));
  request->post_only = request->limit.kind != NEAP_AMOUNT_NONE && dice_roll(dice_of(me), 4) == 0;
  request->reduce_only = dice_roll(dice_of(me), 6) == 0;
  if (request->reduce_only) return;
  if (dice_roll(dice_of(me), 3) == 0) request->stop_loss = near_mark(me, request->product);
  if (dice_roll(dice_of(me), 3) == 0) request->take_profit = near_mark(me, request->product);
  if (dice_roll(dice_of(me), 5) == 0) request->trailing_stop_bps = inexactly((double)(1 + dice_roll(dice_of(me), 900)));
}

static void add_time(actor *me, neap_order_request *request) {
  request->has_time_in_force = dice_roll(dice_of(me), 4) == 0;
  request->time_in_force = (neap_time_in_force)dice_roll(dice_of(me), 4);
  if (request->time_in_force == NEAP_GTD && request->has_time_in_force)
    request->good_till = neap_desk_now(me->desk) + (int64_t)dice_roll(dice_of(me), 5) * HOUR;
  if (dice_roll(dice_of(me), 4) == 0)
    snprintf(request->tag, sizeof request->tag, "tag%d", (int)dice_roll(dice_of(me), 3));
}

static neap_amount *size_of(actor *me, neap_order_request *request) {
  uint64_t kind = dice_roll(dice_of(me), 3);
  return kind == 0 ? &request->quantity : kind == 1 ? &request->notional : &request->fraction;
}

static void keep(actor *me, neap_order *order) {
  if (!order) return;
  if (me->held_count < ACT_ORDERS && dice_roll(dice_of(me), 2))
    me->held[me->held_count++] = order;
  else
    neap_desk_release(me->desk, order);
}

static void place(actor *me, uint32_t product) {
  neap_order_request request = {.product = product, .side = (neap_side)dice_roll(dice_of(me), 2)};
  neap_order *order = NULL;
  neap_amount *size = size_of(me, &request);
  *size = some_size(me);
  if (size == &request.fraction) size->approximate /= 30;
  if (size == &request.notional) size->approximate *= 90;
  add_prices(me, &request);
  add_time(me, &request);
  neap_status status = neap_desk_place(me->desk, &request, &order, NULL);
  assert_true(status == NEAP_OK || status == NEAP_INVALID);
  if (status == NEAP_OK) keep(me, order);
}

static void aim(actor *me, uint32_t product) {
  neap_order_request request = {.product = product};
  neap_order *order = NULL;
  neap_amount *size = size_of(me, &request);
  *size = inexactly((double)dice_roll(dice_of(me), 200) / 100 - 1);
  if (size == &request.notional) size->approximate *= 9000;
  if (size == &request.quantity) size->approximate *= 50;
  neap_status status = neap_desk_target(me->desk, &request, &order, NULL);
  assert_true(status == NEAP_OK || status == NEAP_INVALID);
  if (status == NEAP_OK) keep(me, order);
}

static void cancel_some(actor *me) {
  neap_order *at = NULL;
  while ((at = neap_desk_next_order(me->desk, at)) != NULL)
    if (dice_roll(dice_of(me), 3) == 0) assert_int_equal(neap_desk_cancel(me->desk, at, NULL), NEAP_OK);
}

/* One of them, at most: the walk does not survive what it brings about. */
static void replace_some(actor *me) {
  neap_order *at = NULL, *made = NULL;
  while ((at = neap_desk_next_order(me->desk, at)) != NULL && dice_roll(dice_of(me), 3)) continue;
  if (!at) return;
  neap_replacement wish = {.quantity = {.kind = NEAP_AMOUNT_NONE}};
  if (!neap_decimal_is_zero(at->ticket.limit)) wish.limit = near_mark(me, at->ticket.product);
  if (!neap_decimal_is_zero(at->ticket.stop)) wish.stop = near_mark(me, at->ticket.product);
  if (!at->parent && dice_roll(dice_of(me), 2)) wish.quantity = some_size(me);
  neap_status status = neap_desk_replace(me->desk, at, &wish, &made, NULL);
  assert_true(status == NEAP_OK || status == NEAP_INVALID);
  if (status == NEAP_OK) keep(me, made);
}

static void leave(actor *me, uint32_t product) {
  neap_order *order = NULL;
  if (neap_desk_close(me->desk, product, "random", "", &order, NULL) == NEAP_OK) keep(me, order);
}

static void forget(actor *me) {
  if (me->held_count) neap_desk_release(me->desk, me->held[--me->held_count]);
}

static void do_something(actor *me) {
  uint32_t product = (uint32_t)dice_roll(dice_of(me), neap_desk_product_count(me->desk));
  switch (dice_roll(dice_of(me), 12)) {
  case 0:
    aim(me, product);
    break;
  case 1:
    leave(me, product);
    break;
  case 2:
    cancel_some(me);
    break;
  case 3:
    neap_desk_after(me->desk, "a", 1 + (int64_t)dice_roll(dice_of(me), 200) * MINUTE, NULL);
    break;
  case 4:
    neap_desk_every(me->desk, "b", (20 + (int64_t)dice_roll(dice_of(me), 200)) * MINUTE, NULL);
    break;
  case 5:
    neap_desk_cancel_timer(me->desk, dice_roll(dice_of(me), 2) ? "a" : "b");
    break;
  case 6:
    forget(me);
    break;
  case 7:
    assert_int_equal(neap_desk_cancel_all(me->desk, dice_roll(dice_of(me), 2) ? -1 : (int64_t)product, NULL), NEAP_OK);
    break;
  case 8:
    replace_some(me);
    break;
  default:
    place(me, product);
    break;
  }
}

/* What carries a margin may cost more than there is. */
static void check_spot(actor *me) {
  bool only_spot = true;
  for (uint32_t i = 0; i < neap_desk_product_count(me->desk); i++)
    if (neap_desk_product(me->desk, i)->kind == NEAP_SPOT)
      assert_true(neap_decimal_sign(neap_desk_position(me->desk, i)->quantity) >= 0);
    else
      only_spot = false;
  if (only_spot) assert_true(neap_decimal_sign(neap_desk_cash(me->desk)) >= 0);
}

static void check_exits(actor *me) {
  neap_order *at = NULL;
  while ((at = neap_desk_next_order(me->desk, at)) != NULL)
    if (at->parent) assert_false(neap_decimal_is_zero(neap_desk_position(me->desk, at->ticket.product)->quantity));
}

static neap_status act_up(actor *me, neap_fault *fault) {
  check_spot(me);
  check_exits(me);
  for (uint64_t i = dice_roll(dice_of(me), 4); i > 0; i--) do_something(me);
  if (dice_roll(dice_of(me), 400) == 0) return neap_fail(fault, NEAP_INVALID, "bad_luck", "a throw of the dice");
  return NEAP_OK;
}

static neap_status on_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  return act_up(me, fault);
}

static neap_status on_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer;
  return act_up(me, fault);
}

static neap_status on_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  assert_true(order->filled.units > 0 && fill->quantity.units > 0);
  assert_true(neap_decimal_cmp(order->filled, order->ticket.quantity) <= 0);
  return dice_roll(dice_of(me), 3) ? NEAP_OK : act_up(me, fault);
}

static neap_status on_order(actor *me, neap_order *order, neap_fault *fault) {
  assert_true(order->status != NEAP_ORDER_NEW);
  return dice_roll(dice_of(me), 8) ? NEAP_OK : act_up(me, fault);
}

static neap_status on_reject(actor *me, neap_order *order, neap_fault *fault) {
  assert_int_equal(order->status, NEAP_ORDER_REJECTED);
  assert_true(order->reason.code[0] != 0);
  return dice_roll(dice_of(me), 8) ? NEAP_OK : act_up(me, fault);
}

static void make_bars(act *play, uint32_t product, int64_t frame) {
  int64_t price = 10000, at = 0;
  for (int i = 0; i < ACT_BARS; i++) {
    char text[128];
    int64_t open = price + (int64_t)dice_roll(&game, 401) - 200, close = open + (int64_t)dice_roll(&game, 801) - 400;
    int64_t high = (open > close ? open : close) + (int64_t)dice_roll(&game, 300);
    int64_t low = (open < close ? open : close) - (int64_t)dice_roll(&game, 300);
    if (low < 100) low = 100, open = open < 100 ? 100 : open, close = close < 100 ? 100 : close;
    if (high < open) high = open;
    if (high < close) high = close;
    snprintf(text, sizeof text, "%.2f %.2f %.2f %.2f %d", (double)open / 100, (double)high / 100, (double)low / 100,
             (double)close / 100, (int)dice_roll(&game, 300));
    act_bar(play, product, at, text);
    at += i > 1 && dice_roll(&game, 12) == 0 ? frame * (int64_t)(1 + dice_roll(&game, 7)) : frame;
    price = close;
  }
}

void random_play(act *play, actor *who, uint64_t seed) {
  static const neap_product_kind kinds[] = {NEAP_SPOT, NEAP_MARGIN, NEAP_PERPETUAL};
  game = seed;
  *who = (actor){.bar = on_bar, .timer = on_timer, .fill = on_fill, .order = on_order, .reject = on_reject};
  act_init(play);
  play->product[0].kind = kinds[seed % 3];
  play->product[0].funding_rate = dec(seed % 2 ? "0.0007" : "-0.0003");
  play->product[0].funding_interval = seed % 4 < 2 ? HOUR : 25 * MINUTE;
  play->product[0].base_increment = dec(seed % 2 ? "0.01" : "0.00000001");
  if (seed % 3 == 0 && seed % 2) act_product(play, "ETH-USD:price_increment=0.01,base_min_size=0.5");
  play->limits.max_leverage = 1 + (int64_t)(seed % 3);
  play->limits.max_mark_staleness_seconds = seed % 4 ? 3600 : 1;
  play->limits.enable_order_preview = seed % 7 == 0;
  if (seed % 6 == 1) play->limits.slippage_guard_bps = 50;
  play->options.session.fees = (neap_fee_schedule){.maker_bps = dec("4"), .taker_bps = dec("9.5")};
  if (seed % 4 == 2) play->options.session.fee_table = seed % 8 == 2 ? "coinbase" : "tiers";
  if (seed % 8 == 6) play->options.session.fee_tier = 3;
  play->options.session.fill_model.slippage = (neap_slippage)(seed % 3);
  play->options.session.fill_model.slippage_bps = dec("12.5");
  play->options.session.fill_model.impact = dec("0.1");
  if (seed % 4 == 1) play->options.session.fill_model.volume_share = dec("0.1");
  play->options.close_at_end = (neap_close_at_end)(seed % 3);
  if (seed % 5 == 0) assert_int_equal(neap_policy_fixed("advanced", &play->options.session.policy, NULL), NEAP_OK);
  for (uint32_t i = 0; i < play->products; i++) make_bars(play, i, i ? HOUR : 15 * MINUTE);
  who->strategy.frame_count = seed % 2;
  who->strategy.frames[0] = 4 * HOUR;
}

actor random_actor(const char *name, uint64_t seed) {
  actor who = {.bar = on_bar, .timer = on_timer, .fill = on_fill, .order = on_order, .reject = on_reject};
  snprintf(who.strategy.name, sizeof who.strategy.name, "%s", name);
  who.dice = seed | 1;
  return who;
}
