/* SPDX-License-Identifier: MIT */
/* desk_slices: an order that its strategy wants to leave in slices: what may be asked for, and pause and resume. */
#include "session/slices.h"

static const int64_t over_default = 30 * 60 * NEAP_SECOND;

/* Wishes that belong to one way only. */
static neap_status check_wishes(const neap_order_request *request, neap_fault *fault) {
  neap_execution way = request->execution;
  if (request->slices && way != NEAP_TWAP) return request_misuse("slices", "goes with execution = twap only", fault);
  if (amount_is_given(&request->show) && way != NEAP_ICEBERG)
    return request_misuse("show", "goes with execution = iceberg only", fault);
  if (amount_is_given(&request->share) && way != NEAP_VWAP)
    return request_misuse("share", "goes with execution = vwap only", fault);
  if (request->over && way != NEAP_TWAP && way != NEAP_VWAP)
    return request_misuse("over", "goes with execution = twap or vwap only", fault);
  if (way != NEAP_ICEBERG) return NEAP_OK;
  if (!amount_is_given(&request->show))
    return request_misuse("show", "is missing: the quantity that an iceberg shows", fault);
  return amount_is_given(&request->limit) ? NEAP_OK : request_misuse("limit", "is missing: an iceberg rests", fault);
}

static neap_status check_order(const neap_order_request *request, neap_fault *fault) {
  bool by_amount = amount_is_given(&request->notional) || amount_is_given(&request->fraction);
  if (amount_is_given(&request->stop) || amount_is_given(&request->trail_bps))
    return request_misuse("execution", "slices market and limit orders, no stops", fault);
  if (request->has_time_in_force && request->time_in_force != NEAP_GTC && request->time_in_force != NEAP_GTD)
    return request_misuse("time_in_force", "of an order that leaves in slices is gtc or gtd", fault);
  if (by_amount && !amount_is_given(&request->limit))
    return request_misuse("execution", "needs a quantity, or a limit at which an amount becomes one", fault);
  return NEAP_OK;
}

static neap_status check_time(const neap_order_request *request, neap_fault *fault) {
  uint32_t count = request->slices ? request->slices : 1;
  int64_t over = request->over ? request->over : over_default;
  if (request->over < 0) return request_misuse("over", "must be above zero", fault);
  if (count > NEAP_SLICES_MOST) return request_misuse("slices", "must be at most 1000", fault);
  return over / count < NEAP_SECOND ? request_misuse("over", "must leave each slice a second", fault) : NEAP_OK;
}

static neap_status resolve(const neap_order_request *request, const neap_product *product, neap_slices *out,
                           neap_fault *fault) {
  const char *ignored = NULL;
  neap_status status =
      amount_resolve(&request->show, AMOUNT_QUANTITY, product, request->side, "show", &out->show, &ignored, fault);
  if (status == NEAP_OK)
    status =
        amount_resolve(&request->share, AMOUNT_SHARE, product, request->side, "share", &out->share, &ignored, fault);
  if (status != NEAP_OK) return status;
  bool is_too_much = neap_decimal_cmp(out->share, neap_decimal_from_int(1)) > 0;
  return is_too_much ? request_misuse("share", "of the traded volume is at most 1", fault) : NEAP_OK;
}

static neap_decimal tenth(void) { return (neap_decimal){neap_decimal_from_int(1).units / 10}; }

neap_status slices_resolve(const neap_desk *desk, const neap_order_request *request, neap_order *draft,
                           neap_fault *fault) {
  neap_slices *slices = &draft->slices;
  neap_status status = check_wishes(request, fault);
  if (status != NEAP_OK || request->execution == NEAP_WHOLE) return status;
  status = check_order(request, fault);
  if (status == NEAP_OK) status = check_time(request, fault);
  if (status == NEAP_OK) status = resolve(request, neap_desk_product(desk, request->product), slices, fault);
  draft->ticket.execution = request->execution;
  slices->count = request->slices;
  slices->over = request->over ? request->over : request->execution == NEAP_TWAP ? over_default : 0;
  if (request->execution == NEAP_VWAP && neap_decimal_is_zero(slices->share)) slices->share = tenth();
  return status;
}

static neap_status ask(neap_desk *desk, neap_order *order, neap_letter_kind kind, bool *works, neap_fault *fault) {
  *works = neap_order_is_sliced(order) && order_is_staying(order);
  if (!neap_order_is_sliced(order))
    return neap_fail(fault, NEAP_INVALID, "not_sliced", "only an order with execution = twap, vwap or iceberg can");
  if (!*works) return NEAP_OK;
  neap_status status = neap_outbox_hold(&desk->session->outbox, order, kind);
  return status == NEAP_OK ? status : neap_fail(fault, status, "memory", "no memory for a word to an order");
}

neap_status neap_desk_pause(neap_desk *desk, neap_order *order, bool *works, neap_fault *fault) {
  return ask(desk, order, NEAP_LETTER_PAUSE, works, fault);
}

neap_status neap_desk_resume(neap_desk *desk, neap_order *order, bool *works, neap_fault *fault) {
  return ask(desk, order, NEAP_LETTER_RESUME, works, fault);
}
