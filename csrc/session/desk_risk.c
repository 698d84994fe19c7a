/* SPDX-License-Identifier: MIT */
/* desk_risk: an order that is sized by what it may lose: a share of the strategy's equity, gone at stop_loss with the
 * fees of both ways. */
#include "risk/sizing.h"
#include "session/session_state.h"

static bool is_over_one(const neap_amount *amount) {
  return amount->kind == NEAP_AMOUNT_FLOAT ? amount->approximate > 1
                                           : neap_decimal_cmp(amount->exact, neap_decimal_from_int(1)) > 0;
}

neap_status risk_check_options(const neap_order_request *request, neap_fault *fault) {
  if (!amount_is_given(&request->risk)) return NEAP_OK;
  if (!amount_is_given(&request->stop_loss)) return request_misuse("risk", "is lost at stop_loss: give one", fault);
  return is_over_one(&request->risk) ? request_misuse("risk", "is a share of equity: at most 1", fault) : NEAP_OK;
}

static bool price_of(const neap_desk *desk, const neap_ticket *ticket, neap_decimal *out) {
  if (!neap_decimal_is_zero(ticket->limit)) return *out = ticket->limit, true;
  if (!neap_decimal_is_zero(ticket->stop)) return *out = ticket->stop, true;
  return neap_desk_mark(desk, ticket->product, out, NULL);
}

/* What rests pays the maker's fee on its way in; a stop takes. */
static void describe(const neap_desk *desk, const neap_order *draft, neap_stake *out) {
  const neap_fee_schedule *fees = &desk->session->fees;
  out->share = draft->risk;
  out->side = draft->ticket.side;
  out->stop_loss = draft->stop_loss;
  out->entry_bps = neap_fee_before(fees, draft->ticket.post_only ? NEAP_MAKER : NEAP_TAKER);
  out->exit_bps = neap_fee_bps(fees, NEAP_TAKER);
}

neap_status risk_resolve(const neap_desk *desk, const neap_order_request *request, neap_order *draft,
                         neap_fault *fault) {
  neap_ticket *ticket = &draft->ticket;
  const neap_product *product = neap_desk_product(desk, ticket->product);
  neap_stake stake;
  if (!amount_is_given(&request->risk)) return NEAP_OK;
  const char *note = NULL;
  neap_status status =
      amount_resolve(&request->risk, AMOUNT_SHARE, product, ticket->side, "risk", &draft->risk, &note, fault);
  if (status != NEAP_OK) return status;
  describe(desk, draft, &stake);
  if (!price_of(desk, ticket, &stake.entry)) return NEAP_OK;
  status = neap_desk_equity(desk, &stake.equity);
  if (status == NEAP_OK) status = neap_size_at_stop(product, &stake, &ticket->quantity);
  if (status == NEAP_OK || status == NEAP_INVALID)
    return NEAP_OK; /* a stop on the wrong side is the engine's to refuse */
  return neap_fail(fault, status, "overflow", "the quantity for a risk does not fit a decimal");
}
