/* SPDX-License-Identifier: MIT */
/* order_life: the one table of moves that an order's life may make, and the words for its statuses and moves. */
#include "account/order.h"

/* Rows are statuses, columns moves; TO(x) is the next status plus one, so that an absent entry (0) is a missing move.
 *
 * What a venue really sends decides which moves exist. The acknowledgement may come twice (the reply and the stream),
 * after a fill, or after a cancel was asked for. A fill may overtake the acknowledgement and the cancel. A venue may
 * cancel or let expire what nobody asked it to, and may fail an order that it had accepted. Nothing leaves a terminal
 * status. */
#define TO(status) ((unsigned char)(NEAP_ORDER_##status + 1))
static const unsigned char moves[NEAP_ORDER_STATUSES][NEAP_ORDER_MOVES] = {
    [NEAP_ORDER_NEW] =
        {
            [NEAP_MOVE_DECIDE] = TO(PENDING),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
        },
    [NEAP_ORDER_PENDING] =
        {
            [NEAP_MOVE_PREVIEW] = TO(PREVIEW),
            [NEAP_MOVE_WATCH] = TO(WATCHED),
            [NEAP_MOVE_SUBMIT] = TO(SUBMITTED),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
        },
    [NEAP_ORDER_PREVIEW] =
        {
            [NEAP_MOVE_WATCH] = TO(WATCHED),
            [NEAP_MOVE_SUBMIT] = TO(SUBMITTED),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
        },
    [NEAP_ORDER_WATCHED] =
        {
            [NEAP_MOVE_SUBMIT] = TO(SUBMITTED),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
            [NEAP_MOVE_EXPIRE] = TO(EXPIRED),
        },
    [NEAP_ORDER_SUBMITTED] =
        {
            [NEAP_MOVE_ACCEPT] = TO(OPEN),
            [NEAP_MOVE_FILL_PART] = TO(PARTIALLY_FILLED),
            [NEAP_MOVE_FILL_ALL] = TO(FILLED),
            [NEAP_MOVE_ASK_CANCEL] = TO(CANCEL_PENDING),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
            [NEAP_MOVE_EXPIRE] = TO(EXPIRED),
        },
    [NEAP_ORDER_OPEN] =
        {
            [NEAP_MOVE_ACCEPT] = TO(OPEN),
            [NEAP_MOVE_FILL_PART] = TO(PARTIALLY_FILLED),
            [NEAP_MOVE_FILL_ALL] = TO(FILLED),
            [NEAP_MOVE_ASK_CANCEL] = TO(CANCEL_PENDING),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
            [NEAP_MOVE_EXPIRE] = TO(EXPIRED),
        },
    [NEAP_ORDER_PARTIALLY_FILLED] =
        {
            [NEAP_MOVE_ACCEPT] = TO(PARTIALLY_FILLED),
            [NEAP_MOVE_FILL_PART] = TO(PARTIALLY_FILLED),
            [NEAP_MOVE_FILL_ALL] = TO(FILLED),
            [NEAP_MOVE_ASK_CANCEL] = TO(CANCEL_PENDING),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_EXPIRE] = TO(EXPIRED),
        },
    [NEAP_ORDER_CANCEL_PENDING] =
        {
            [NEAP_MOVE_ACCEPT] = TO(CANCEL_PENDING),
            [NEAP_MOVE_FILL_PART] = TO(CANCEL_PENDING),
            [NEAP_MOVE_FILL_ALL] = TO(FILLED),
            [NEAP_MOVE_REFUSE_CANCEL] = TO(OPEN),
            [NEAP_MOVE_CANCEL] = TO(CANCELLED),
            [NEAP_MOVE_REJECT] = TO(REJECTED),
            [NEAP_MOVE_EXPIRE] = TO(EXPIRED),
        },
};
#undef TO

static const char *const status_names[NEAP_ORDER_STATUSES] = {
    [NEAP_ORDER_NEW] = "new",
    [NEAP_ORDER_PENDING] = "pending",
    [NEAP_ORDER_PREVIEW] = "preview",
    [NEAP_ORDER_WATCHED] = "watched",
    [NEAP_ORDER_SUBMITTED] = "submitted",
    [NEAP_ORDER_OPEN] = "open",
    [NEAP_ORDER_PARTIALLY_FILLED] = "partially_filled",
    [NEAP_ORDER_CANCEL_PENDING] = "cancel_pending",
    [NEAP_ORDER_FILLED] = "filled",
    [NEAP_ORDER_CANCELLED] = "cancelled",
    [NEAP_ORDER_REJECTED] = "rejected",
    [NEAP_ORDER_EXPIRED] = "expired",
};

static const char *const move_names[NEAP_ORDER_MOVES] = {
    [NEAP_MOVE_DECIDE] = "decide",         [NEAP_MOVE_PREVIEW] = "preview",
    [NEAP_MOVE_SUBMIT] = "submit",         [NEAP_MOVE_ACCEPT] = "accept",
    [NEAP_MOVE_FILL_PART] = "fill_part",   [NEAP_MOVE_FILL_ALL] = "fill_all",
    [NEAP_MOVE_ASK_CANCEL] = "ask_cancel", [NEAP_MOVE_REFUSE_CANCEL] = "refuse_cancel",
    [NEAP_MOVE_CANCEL] = "cancel",         [NEAP_MOVE_REJECT] = "reject",
    [NEAP_MOVE_EXPIRE] = "expire",         [NEAP_MOVE_WATCH] = "watch",
};

const char *neap_order_status_name(neap_order_status status) {
  return (unsigned)status < NEAP_ORDER_STATUSES ? status_names[status] : "?";
}

const char *neap_order_move_name(neap_order_move move) {
  return (unsigned)move < NEAP_ORDER_MOVES ? move_names[move] : "?";
}

static neap_status refuse(neap_order_status from, neap_order_move move, const char *because, neap_fault *fault) {
  return neap_fail(fault, NEAP_REFUSED, "illegal_move", "an order that is %s cannot %s%s", neap_order_status_name(from),
                   neap_order_move_name(move), because);
}

neap_status neap_order_next(neap_order_status from, neap_order_move move, neap_order_status *next, neap_fault *fault) {
  if ((unsigned)from >= NEAP_ORDER_STATUSES || (unsigned)move >= NEAP_ORDER_MOVES || moves[from][move] == 0)
    return refuse(from, move, "", fault);
  *next = (neap_order_status)(moves[from][move] - 1);
  return NEAP_OK;
}

neap_status neap_order_apply(neap_order *order, neap_order_move move, int64_t now, neap_fault *fault) {
  neap_order_status next = order->status;
  bool filled = !neap_decimal_is_zero(order->filled);
  neap_status status = neap_order_next(order->status, move, &next, fault);
  if (status != NEAP_OK) return status;
  if (move == NEAP_MOVE_REJECT && filled) return refuse(order->status, move, ": it has fills", fault);
  if (move == NEAP_MOVE_REFUSE_CANCEL && filled) next = NEAP_ORDER_PARTIALLY_FILLED;
  order->status = next;
  order->updated = now;
  return NEAP_OK;
}

static neap_status add_fill(neap_order *order, neap_decimal quantity, neap_decimal notional, neap_decimal fee) {
  neap_status status = neap_decimal_add(order->filled, quantity, &order->filled);
  if (status == NEAP_OK) status = neap_decimal_add(order->filled_notional, notional, &order->filled_notional);
  if (status == NEAP_OK) status = neap_decimal_add(order->fees, fee, &order->fees);
  return status;
}

static neap_status check_fill(const neap_order *order, neap_decimal quantity, neap_fault *fault) {
  char given[NEAP_DECIMAL_TEXT], left[NEAP_DECIMAL_TEXT];
  neap_decimal rest = neap_order_remaining(order);
  if (quantity.units > 0 && quantity.units <= rest.units) return NEAP_OK;
  neap_decimal_format(quantity, given);
  if (quantity.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "fill_quantity", "a fill of %s is not above zero", given);
  neap_decimal_format(rest, left);
  return neap_fail(fault, NEAP_REFUSED, "overfill", "a fill of %s is more than the %s that is left of order %s", given,
                   left, order->ticket.id);
}

neap_status neap_order_fill(neap_order *order, neap_decimal quantity, neap_decimal price_times_quantity,
                            neap_decimal fee, int64_t now, neap_fault *fault) {
  neap_order after = *order;
  neap_status status;
  if (neap_order_is_terminal(order->status)) return refuse(order->status, NEAP_MOVE_FILL_PART, "", fault);
  status = check_fill(order, quantity, fault);
  if (status != NEAP_OK) return status;
  if (add_fill(&after, quantity, price_times_quantity, fee) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "the amounts of order %s do not fit", order->ticket.id);
  bool all = neap_decimal_is_zero(neap_order_remaining(&after));
  status = neap_order_apply(&after, all ? NEAP_MOVE_FILL_ALL : NEAP_MOVE_FILL_PART, now, fault);
  if (status == NEAP_OK) *order = after;
  return status;
}
