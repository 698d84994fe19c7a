/* SPDX-License-Identifier: MIT */
/* exposure: keeps what is held and works of each product, by strategy and of the account, up to date, order by order
 * and fill by fill. */
#include <stdlib.h>

#include "session/session_state.h"

neap_status exposure_init(neap_session *session, neap_fault *fault) {
  session->holdings = calloc(((size_t)session->desk_count + 1) * session->product_count, sizeof *session->holdings);
  return session->holdings ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "memory", "no memory for what is held");
}

static neap_holding *holding_of(neap_session *session, uint32_t desk, uint32_t product) {
  return &session->holdings[(size_t)desk * session->product_count + product];
}

neap_status exposure_count(neap_session *session, neap_order *order) {
  const neap_ticket *ticket = &order->ticket;
  const neap_product *product = &session->products[ticket->product];
  neap_holding *own = holding_of(session, ticket->strategy, ticket->product);
  if (ticket->slice_of) return NEAP_OK; /* its whole is counted */
  neap_status status = neap_holding_add(own, product, order);
  if (status != NEAP_OK) return status;
  status = neap_holding_add(holding_of(session, session->desk_count, ticket->product), product, order);
  if (status == NEAP_OK)
    order->counted = true;
  else
    neap_holding_remove(own, product, order);
  return status;
}

void exposure_uncount(neap_session *session, neap_order *order) {
  const neap_ticket *ticket = &order->ticket;
  const neap_product *product = &session->products[ticket->product];
  if (!order->counted) return;
  order->counted = false;
  neap_holding_remove(holding_of(session, ticket->strategy, ticket->product), product, order);
  neap_holding_remove(holding_of(session, session->desk_count, ticket->product), product, order);
}

neap_status exposure_book(neap_session *session, const neap_fill *fill, const neap_booking *booking) {
  neap_holding *account = holding_of(session, session->desk_count, fill->product);
  neap_decimal change = fill->side == NEAP_BUY ? fill->quantity : neap_decimal_neg(fill->quantity);
  holding_of(session, fill->strategy, fill->product)->position = booking->quantity_after;
  return neap_decimal_add(account->position, change, &account->position);
}

static neap_status restore_positions(neap_session *session) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count * session->product_count; i++) {
    uint32_t desk = i / session->product_count, product = i % session->product_count;
    neap_holding *account = holding_of(session, session->desk_count, product);
    neap_decimal held = neap_ledger_position(session->ledger, desk, product)->quantity;
    holding_of(session, desk, product)->position = held;
    status = neap_decimal_add(account->position, held, &account->position);
  }
  return status;
}

/* No mark is known yet: a share is one of all that was paid in, or of the cash that there is. */
static neap_status restore_reserved(const neap_session *session, neap_order *order) {
  uint32_t desk = order->ticket.strategy;
  neap_decimal equity =
      neap_decimal_max(neap_ledger_cash(session->ledger, desk), neap_ledger_deposits(session->ledger, desk));
  if (order->ticket.sizing != NEAP_BY_FRACTION) return NEAP_OK;
  return neap_decimal_mul(order->ticket.fraction, equity, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &order->reserved);
}

neap_status exposure_restore(neap_session *session, neap_fault *fault) {
  neap_status status = restore_positions(session);
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    if (neap_order_is_terminal(order->status)) continue;
    status = restore_reserved(session, order);
    if (status == NEAP_OK) status = exposure_count(session, order);
  }
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "what is held does not fit a decimal");
}

static void list(const neap_session *session, uint32_t row, neap_portfolio *out) {
  *out = (neap_portfolio){.count = session->product_count,
                          .products = session->products,
                          .marks = session->marks,
                          .holdings = desk_holdings(session, row)};
}

neap_status desk_portfolio(const neap_session *session, uint32_t desk, neap_portfolio *out) {
  list(session, desk, out);
  return neap_ledger_equity(session->ledger, desk, session->marks, &out->equity);
}

neap_status account_portfolio(const neap_session *session, neap_portfolio *out) {
  list(session, session->desk_count, out);
  return session_equity(session, &out->equity);
}
