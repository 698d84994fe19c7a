/* SPDX-License-Identifier: MIT */
/* state_orders: what the events of orders change: the order's life, the ledger, round trips, exits. What a fill calls
 * for and the journal does not have yet is noted as owed, so that a session that was killed in between can do it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/exit_rules.h"
#include "session/replace_rules.h"
#include "session/slice_rules.h"
#include "session/state_fields.h"

static neap_status move(neap_order *order, neap_order_move move_to, fields *event) {
  neap_fault refused;
  if (neap_order_apply(order, move_to, event->event->ts_ns, &refused) == NEAP_OK) return NEAP_OK;
  return fields_fail(event, "order #%llu: %s", (unsigned long long)order->ticket.number, refused.message);
}

static bool owes_exits(const neap_order *order) { return order->owed & NEAP_OWES_EXITS; }

/* An entry that filled whole stays until its exits are there. */
static void let_go(neap_state *state, neap_order *order) {
  if (neap_order_is_terminal(order->status) && !owes_exits(order)) state_unlink_order(state, order);
}

/* With its last slice an order that leaves in slices has filled whole. */
static void retire(neap_state *state, neap_order *order, const fields *event) {
  bool is_over = neap_order_is_terminal(order->status);
  neap_order *whole = is_over ? slice_over(state->first, order, event->event->ts_ns) : NULL;
  let_go(state, order);
  if (whole) let_go(state, whole);
}

static neap_status check_id(neap_state *state, const neap_order *order, fields *event) {
  char expected[NEAP_ORDER_ID], adopted[EXTERNAL_NAME];
  FIELDS_TEXT(event, "adopted", adopted); /* the fill at the venue that it stands for */
  neap_order_id_with(state->digest, adopted[0] ? adopted : state->session, adopted[0] ? 0 : order->ticket.number,
                     expected);
  if (strcmp(expected, order->ticket.id) == 0) return NEAP_OK;
  return fields_fail(event, "the client order id of #%llu is %s, not %s", (unsigned long long)order->ticket.number,
                     expected, order->ticket.id);
}

static void read_intent(fields *event, neap_order *order) {
  order->ticket.number = (uint64_t)fields_int(event, "number");
  order->parent = (uint64_t)fields_int_or(event, "parent", 0);
  order->replaces = (uint64_t)fields_int_or(event, "replaces", 0);
  order->replaced_filled = fields_decimal(event, "replaced_filled");
  state_read_group(event, order);
  order->stop_loss = fields_decimal(event, "stop_loss");
  order->take_profit = fields_decimal(event, "take_profit");
  order->trailing_stop_bps = fields_decimal(event, "trailing_stop_bps");
  order->created = order->updated = event->event->ts_ns;
  FIELDS_TEXT(event, "tag", order->tag);
  FIELDS_TEXT(event, "why", order->why);
  snprintf(order->ticket.id, sizeof order->ticket.id, "%s", event->event->client_order_id);
  fields_ticket(event, &order->ticket);
  fields_slices(event, &order->slices);
}

static neap_status check_intent(neap_state *state, const neap_order *order, int product, fields *event) {
  unsigned long long number = order->ticket.number;
  if (product < 0) return fields_fail(event, "the session does not trade %s", event->event->product);
  if (order->ticket.strategy >= state->seat_count) return fields_fail(event, "there is no such strategy");
  if (number == 0 || state_find_order(state, order->ticket.number))
    return fields_fail(event, "order #%llu is there already", number);
  return check_id(state, order, event);
}

static void pay_exit(neap_state *state, const neap_order *exit) {
  neap_order *entry = exit->parent ? state_find_order(state, exit->parent) : NULL;
  if (!entry) return;
  int kind = exit_kind(&exit->ticket);
  entry->exits[kind] = exit->ticket.number;
  entry->owed &= ~(1u << kind);
  let_go(state, entry);
}

static neap_status intent(neap_state *state, neap_order *none, fields *event) {
  (void)none;
  neap_order *order = calloc(1, sizeof *order);
  if (!order) return event->status = state_no_memory(event->fault);
  int product = state_find_product(state, event->event->product);
  read_intent(event, order);
  if (event->status == NEAP_OK) check_intent(state, order, product, event);
  if (event->status == NEAP_OK) move(order, NEAP_MOVE_DECIDE, event);
  if (event->status != NEAP_OK) return free(order), event->status;
  order->ticket.product = (uint32_t)product;
  state->orders = order->ticket.number > state->orders ? order->ticket.number : state->orders + 1;
  state_link_order(state, order);
  replace_begin(state->first, order);
  if (!order->waits) pay_exit(state, order);
  if (group_join(&state->groups, order) != NEAP_OK) return fields_fail(event, "it is a leg too many of its group");
  return NEAP_OK;
}

/* A preview's second look tells the ticket where it changed it; before, it changed none. */
static void take_second(neap_state *state, neap_order *order, fields *event) {
  neap_record_field side;
  if (order->waits || fields_find(event, "side", NEAP_RECORD_TEXT, &side)) fields_ticket(event, &order->ticket);
  if (!order->waits) return;
  replace_take_place(state->first, order);
  group_take_place(&state->groups, order);
}

static neap_status decision(neap_state *state, neap_order *order, fields *event) {
  order->decision_seq = event->event->seq;
  FIELDS_TEXT(event, "engine", order->engine);
  bool is_second = fields_bool(event, "after_preview") || fields_bool(event, "after_cancel");
  if (is_second && fields_bool(event, "accepted")) take_second(state, order, event);
  if (state->keeps_recent && fields_bool(event, "accepted") && !is_second)
    neap_recent_add(&state->recent, neap_order_key(&order->ticket), order->ticket.product, event->event->ts_ns);
  return event->status;
}

static neap_status previewing(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  return move(order, NEAP_MOVE_PREVIEW, event);
}

/* What follows from the answer has events of its own. */
static neap_status previewed(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  if (order->status == NEAP_ORDER_PREVIEW) return event->status;
  return fields_fail(event, "order #%llu waits for no preview", (unsigned long long)order->ticket.number);
}

static neap_status trigger_set(neap_state *state, neap_order *order, fields *event) {
  order->trigger = (neap_trigger){.emulated = true, .level = fields_decimal(event, "level")};
  state->triggers_set++;
  state->seats[order->ticket.strategy].failures.count = 0;
  return move(order, NEAP_MOVE_WATCH, event);
}

static neap_status check_watched(const neap_order *order, fields *event) {
  if (order->status == NEAP_ORDER_WATCHED && !order->trigger.fired) return event->status;
  return fields_fail(event, "nobody watches for order #%llu", (unsigned long long)order->ticket.number);
}

static neap_status trigger_moved(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  order->trigger.level = fields_decimal(event, "level");
  return check_watched(order, event);
}

/* With a quantity it was clamped to the position. */
static neap_status trigger_fired(neap_state *state, neap_order *order, fields *event) {
  neap_decimal quantity = fields_decimal(event, "quantity");
  neap_status status = check_watched(order, event);
  if (!neap_decimal_is_zero(quantity)) order->ticket.quantity = quantity;
  order->trigger.fired = true;
  state->triggers_fired++;
  return status;
}

/* It had waited where it was; with a quantity it was cut to what was left to get out of. */
static neap_status released(neap_state *state, neap_order *order, fields *event) {
  neap_decimal quantity = fields_decimal(event, "quantity");
  (void)state;
  if (!neap_decimal_is_zero(quantity)) order->ticket.quantity = quantity;
  return event->status;
}

static neap_status submitted(neap_state *state, neap_order *order, fields *event) {
  order->submitted = event->event->ts_ns;
  if (order->waits) { /* sent late, by a session that was resumed */
    replace_take_place(state->first, order);
    group_take_place(&state->groups, order);
  }
  neap_status status = move(order, NEAP_MOVE_SUBMIT, event);
  if (status != NEAP_OK || !(order->owed & NEAP_OWES_CANCEL_SENT)) return status;
  order->owed &= ~(unsigned)NEAP_OWES_CANCEL_SENT;
  return move(order, NEAP_MOVE_ASK_CANCEL, event);
}

static void owe_cancel(neap_order *exit) {
  bool asked = exit->status == NEAP_ORDER_CANCEL_PENDING || exit->owed & NEAP_OWES_CANCEL_SENT;
  if (!asked) exit->owed |= NEAP_OWES_CANCEL;
}

/* An order that unwinds is taken, or fills: what protected its leg goes, or shrinks. */
static void unprotect(neap_state *state, const neap_order *unwinding) {
  neap_decimal left = group_left_open(state->groups, unwinding);
  for (neap_order *order = state->first; unwinding->unwinds && order; order = order->next)
    if (group_unwinds_with(order, unwinding, left))
      owe_cancel(order);
    else if (group_shrinks_with(order, unwinding, left))
      order->ticket.quantity = left;
}

static neap_status accepted(neap_state *state, neap_order *order, fields *event) {
  if (order->ticket.type != NEAP_MARKET) state->seats[order->ticket.strategy].failures.count = 0;
  unprotect(state, order);
  return move(order, NEAP_MOVE_ACCEPT, event);
}

static neap_status ended(neap_state *state, neap_order *order, neap_order_move move_to, fields *event) {
  neap_status status = move(order, move_to, event);
  if (status != NEAP_OK) return status;
  group_end(&state->groups, order, replace_after_end(state->first, order));
  retire(state, order, event);
  return status;
}

/* One that was never sent, as far as anybody knows, may turn up at the venue all the same. */
static void lose(neap_state *state, const neap_order *order, fields *event) {
  char code[48];
  FIELDS_TEXT(event, "code", code);
  if (external_is_loss(code))
    external_lose(&state->external, order->ticket.number, order->ticket.product, order->ticket.side);
}

static neap_status cancelled(neap_state *state, neap_order *order, fields *event) {
  lose(state, order, event);
  return ended(state, order, NEAP_MOVE_CANCEL, event);
}

static neap_status expired(neap_state *state, neap_order *order, fields *event) {
  lose(state, order, event);
  return ended(state, order, NEAP_MOVE_EXPIRE, event);
}

static neap_status rejected(neap_state *state, neap_order *order, fields *event) {
  char code[48];
  FIELDS_TEXT(event, "code", code);
  state_count_rejection(state, code);
  lose(state, order, event);
  int64_t failures = fields_int_or(event, "failures", 0);
  if (failures) state->seats[order->ticket.strategy].failures = (neap_failures){failures, event->event->ts_ns};
  return ended(state, order, NEAP_MOVE_REJECT, event);
}

static neap_status cancel_requested(neap_state *state, neap_order *order, fields *event) {
  char why[NEAP_WHY];
  order->owed &= ~(unsigned)NEAP_OWES_CANCEL;
  FIELDS_TEXT(event, "why", why);
  if (strcmp(why, EXIT_FORGOTTEN) == 0) exit_forget(state->first, order);
  if (strcmp(why, GROUP_UNWOUND) == 0) group_note_stop(state->groups, order);
  bool is_sent = order->status >= NEAP_ORDER_SUBMITTED;
  if (is_sent) return move(order, NEAP_MOVE_ASK_CANCEL, event);
  order->owed |= NEAP_OWES_CANCEL_SENT;
  return event->status;
}

static neap_status cancel_refused(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  return move(order, NEAP_MOVE_REFUSE_CANCEL, event);
}

/* By rule it had followed; the venue knew of more. */
static neap_status resize_refused(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  order->ticket.quantity = fields_decimal(event, "quantity");
  return event->status;
}

/* At the venue, by somebody else; where the session adopts that, the order is what it is there. */
static neap_status edited(neap_state *state, neap_order *order, fields *event) {
  char how[16];
  (void)state;
  FIELDS_TEXT(event, "external", how);
  if (strcmp(how, "adopt") != 0) return event->status;
  order->ticket.quantity = fields_decimal(event, "quantity");
  order->ticket.limit = fields_decimal(event, "limit");
  return event->status;
}

static void read_fill(fields *event, const neap_order *order, neap_fill *fill) {
  *fill = (neap_fill){.order = order->ticket.number,
                      .trade = (uint64_t)fields_int(event, "trade"),
                      .strategy = order->ticket.strategy,
                      .product = order->ticket.product,
                      .side = order->ticket.side,
                      .liquidity = (neap_liquidity)fields_word(event, "liquidity", word_of_liquidity, NEAP_MAKER + 1),
                      .price = fields_decimal(event, "price"),
                      .quantity = fields_decimal(event, "quantity"),
                      .fee = fields_decimal(event, "fee"),
                      .time = fields_time_or(event, "time", 0)};
}

/* Of an order by amount a fill says the whole quantity. Version 1 did not: while such an order is not complete, the
 * smallest number stands for its rest. */
static void size(fields *event, neap_decimal quantity, bool completes, neap_order *order) {
  neap_decimal ordered = fields_decimal(event, "ordered");
  if (order->ticket.sizing == NEAP_BY_QUANTITY) return;
  if (!neap_decimal_is_zero(ordered)) order->ticket.quantity = ordered;
  if (!fields_bool(event, "ordered_unknown")) return;
  order->ticket.quantity.units = order->filled.units + quantity.units + (completes ? 0 : 1);
}

static neap_status fill_order(neap_state *state, const neap_fill *fill, neap_order *order, fields *event) {
  neap_decimal notional;
  neap_fault refused = {0};
  neap_order_status says = (neap_order_status)fields_word(event, "status", word_of_status, NEAP_ORDER_STATUSES);
  size(event, fill->quantity, says == NEAP_ORDER_FILLED, order);
  neap_status status = neap_product_notional(&state->products[fill->product], fill->price, fill->quantity, &notional);
  if (status != NEAP_OK) return fields_fail(event, "its amounts do not fit");
  status = neap_order_fill(order, fill->quantity, notional, fill->fee, event->event->ts_ns, &refused);
  if (status != NEAP_OK) return fields_fail(event, "%s", refused.message);
  if (order->status == says) return event->status;
  return fields_fail(event, "order #%llu is %s after it, not %s", (unsigned long long)order->ticket.number,
                     neap_order_status_name(order->status), neap_order_status_name(says));
}

static neap_status book(neap_state *state, const neap_fill *fill, neap_booking *booking, fields *event) {
  const neap_round_trip *closed = NULL;
  neap_fault refused = {0};
  neap_status status = neap_ledger_apply(state->ledger, fill, booking, &refused);
  if (status == NEAP_OK) status = neap_round_trips_apply(state->round_trips, fill, booking, &closed, &refused);
  if (status != NEAP_OK) return fields_fail(event, "%s", refused.message);
  state->closed = closed;
  state->trades += closed != NULL;
  if (booking->quantity_after.units == fields_decimal(event, "position").units &&
      booking->cost_after.units == fields_decimal(event, "cost").units &&
      booking->cash_after.units == fields_decimal(event, "cash").units)
    return event->status;
  return fields_fail(event, "position, cost or cash after it are not what the fills before it make");
}

/* The siblings of an exit that filled, and with a closed or turned position all of its exits. */
static void follow_exit(neap_state *state, const neap_order *filled, const neap_booking *booking) {
  neap_decimal rest = neap_order_remaining(filled);
  for (neap_order *order = state->first; order; order = order->next) {
    bool sibling = filled->parent && exit_is_sibling(order, filled);
    if ((sibling && neap_decimal_is_zero(rest)) || exit_closes_with(order, filled, booking)) owe_cancel(order);
    if (sibling && exit_follows(order, rest)) neap_decimal_add(order->filled, rest, &order->ticket.quantity);
  }
}

static void follow_entry(neap_state *state, neap_order *entry) {
  neap_decimal rest = exit_exposed(entry);
  if (neap_decimal_sign(rest) <= 0) return;
  for (int kind = 0; kind < EXIT_KINDS; kind++) {
    if (neap_decimal_is_zero(*exit_level(entry, kind))) continue;
    neap_order *exit = entry->exits[kind] ? state_find_order(state, entry->exits[kind]) : NULL;
    if (!exit)
      entry->owed |= 1u << kind;
    else if (exit_follows(exit, rest))
      neap_decimal_add(exit->filled, rest, &exit->ticket.quantity);
  }
}

/* What nothing is exposed of any more needs no exits. */
static void forgive(neap_state *state) {
  for (neap_order *order = state->first, *next; order; order = next) {
    next = order->next;
    if (!owes_exits(order) || neap_decimal_sign(exit_exposed(order)) > 0) continue;
    order->owed &= ~(unsigned)NEAP_OWES_EXITS;
    let_go(state, order);
  }
}

/* The order that the fill counts for: what it is a slice of, or itself. */
static neap_order *fill_whole(neap_state *state, neap_order *order, const neap_fill *fill, const neap_booking *booking,
                              fields *event) {
  neap_order *whole = slice_whole(state->first, order);
  neap_fault refused = {0};
  if (whole &&
      neap_order_fill(whole, fill->quantity, booking->notional, fill->fee, event->event->ts_ns, &refused) != NEAP_OK)
    fields_fail(event, "%s", refused.message);
  return whole ? whole : order;
}

static neap_status filled(neap_state *state, neap_order *order, fields *event) {
  neap_fill fill;
  neap_booking booking;
  read_fill(event, order, &fill);
  if (event->status == NEAP_OK && fill.trade != state->fills + 1)
    fields_fail(event, "it is fill %llu after %llu", (unsigned long long)fill.trade, (unsigned long long)state->fills);
  if (event->status == NEAP_OK) fill_order(state, &fill, order, event);
  if (event->status == NEAP_OK) book(state, &fill, &booking, event);
  neap_order *entry = event->status == NEAP_OK ? fill_whole(state, order, &fill, &booking, event) : order;
  if (event->status != NEAP_OK) return event->status;
  state->fills++;
  if (state->fee_plan && neap_fee_plan_trade(state->fee_plan, event->event->ts_ns, booking.notional) != NEAP_OK)
    return fields_fail(event, "the traded volume does not fit");
  state->seats[fill.strategy].failures.count = 0;
  bar_volume_add(&state->volumes[fill.product], &fill, event->event->ts_ns, booking.notional);
  bool flat = neap_decimal_is_zero(booking.quantity_after);
  group_fill(&state->groups, entry, fill.quantity, &booking);
  if (neap_order_is_terminal(order->status)) group_end(&state->groups, order, replace_after_end(state->first, order));
  unprotect(state, order);
  exits_cover(state->first, entry, fill.quantity, &booking);
  follow_exit(state, entry, &booking);
  if (!flat && !entry->parent) follow_entry(state, entry);
  retire(state, order, event);
  forgive(state);
  return NEAP_OK;
}

static neap_status slices_started(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  fields_slices(event, &order->slices);
  move(order, NEAP_MOVE_SUBMIT, event);
  neap_status status = event->status == NEAP_OK ? move(order, NEAP_MOVE_ACCEPT, event) : event->status;
  if (status != NEAP_OK || !(order->owed & NEAP_OWES_CANCEL_SENT)) return status;
  order->owed &= ~(unsigned)NEAP_OWES_CANCEL_SENT;
  return move(order, NEAP_MOVE_ASK_CANCEL, event);
}

static neap_status slice_cut(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  order->slices.cut = (uint32_t)fields_int(event, "slice");
  order->slices.due = fields_time_or(event, "next", 0);
  order->slices.earned = fields_decimal(event, "earned");
  return event->status;
}

static neap_status slice_earned(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  order->slices.earned = fields_decimal(event, "earned");
  return event->status;
}

static neap_status slices_paused(neap_state *state, neap_order *order, fields *event) {
  (void)state;
  order->slices.paused = true;
  return event->status;
}

static neap_status slices_resumed(neap_state *state, neap_order *order, fields *event) {
  if (order->slices.paused)
    neap_slices_resume(&order->slices, order->ticket.execution, slice_rest(state->first, order), event->event->ts_ns);
  return event->status;
}

typedef struct order_event {
  const char *type;
  neap_status (*apply)(neap_state *state, neap_order *order, fields *event);
} order_event;

static const order_event order_events[] = {{"decision", decision},
                                           {"order_preview", previewing},
                                           {"order_previewed", previewed},
                                           {"trigger_set", trigger_set},
                                           {"trigger_moved", trigger_moved},
                                           {"trigger_fired", trigger_fired},
                                           {"order_released", released},
                                           {"order_submitted", submitted},
                                           {"slices_started", slices_started},
                                           {"slice_cut", slice_cut},
                                           {"slice_earned", slice_earned},
                                           {"slices_paused", slices_paused},
                                           {"slices_resumed", slices_resumed},
                                           {"order_accepted", accepted},
                                           {"order_filled", filled},
                                           {"order_cancel_requested", cancel_requested},
                                           {"order_cancel_refused", cancel_refused},
                                           {"order_resize_refused", resize_refused},
                                           {"order_edited", edited},
                                           {"order_cancelled", cancelled},
                                           {"order_rejected", rejected},
                                           {"order_expired", expired}};

static neap_order *order_of(const neap_state *state, const char *id) {
  neap_order *order = state->last;
  while (order && (neap_order_is_terminal(order->status) || strcmp(order->ticket.id, id) != 0)) order = order->previous;
  return order;
}

neap_status state_apply_order(neap_state *state, const char *type, fields *event, bool *known) {
  *known = true;
  if (strcmp(type, "order_intent") == 0) return intent(state, NULL, event);
  for (size_t i = 0; i < sizeof order_events / sizeof *order_events; i++) {
    if (strcmp(order_events[i].type, type) != 0) continue;
    neap_order *order = order_of(state, event->event->client_order_id);
    if (!order) return fields_fail(event, "no order %s works", event->event->client_order_id);
    return order_events[i].apply(state, order, event);
  }
  *known = false;
  return NEAP_OK;
}
