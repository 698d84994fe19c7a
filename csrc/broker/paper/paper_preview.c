/* SPDX-License-Identifier: MIT */
/* paper_preview: what an order would do if it were met now: at the mark with the model's slippage, or at its limit
 * where that is better; the account says how much of it. */
#include <stdio.h>

#include "broker/paper/paper_state.h"

enum { BPS = 10000 };

static bool buys(const neap_ticket *ticket) { return ticket->side == NEAP_BUY; }

static neap_status slip(const neap_paper *paper, const neap_ticket *ticket, neap_decimal mark, neap_decimal *price) {
  const neap_product *product = &paper->products[ticket->product];
  neap_decimal by = NEAP_ZERO;
  neap_status status = NEAP_OK;
  if (paper->options.model.slippage == NEAP_SLIPPAGE_BPS)
    status = neap_decimal_mul_div(mark, paper->options.model.slippage_bps, neap_decimal_from_int(BPS),
                                  NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &by);
  if (status == NEAP_OK) status = neap_decimal_add(mark, buys(ticket) ? by : neap_decimal_neg(by), price);
  if (status != NEAP_OK) return status;
  return neap_decimal_quantize(*price, product->price_increment, buys(ticket) ? NEAP_ROUND_CEILING : NEAP_ROUND_FLOOR,
                               price);
}

/* What waits for a price is judged at that price. */
static neap_status expect_price(const neap_paper *paper, const neap_ticket *ticket, neap_decimal *price,
                                neap_fault *fault) {
  const neap_broker_sink *sink = &paper->sink;
  neap_decimal mark = ticket->stop;
  bool stops = ticket->type == NEAP_STOP || ticket->type == NEAP_STOP_LIMIT;
  if (!stops && !(sink->mark && sink->mark(sink->context, ticket->product, &mark)))
    return neap_fail(fault, NEAP_REFUSED, "no_mark", "no price is known to estimate with");
  if (slip(paper, ticket, mark, price) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "the price does not fit a decimal");
  if (neap_decimal_is_zero(ticket->limit)) return NEAP_OK;
  *price = buys(ticket) ? neap_decimal_min(*price, ticket->limit) : neap_decimal_max(*price, ticket->limit);
  return NEAP_OK;
}

static neap_status estimate(const neap_paper *paper, const neap_ticket *ticket, neap_preview *out, neap_fault *fault) {
  const neap_broker_sink *sink = &paper->sink;
  neap_decimal wanted = ticket->sizing == NEAP_BY_QUANTITY ? ticket->quantity : NEAP_ZERO, value = NEAP_ZERO;
  neap_status status = expect_price(paper, ticket, &out->price, fault);
  if (status == NEAP_OK)
    status = sink->admit(sink->context, ticket, out->price, NEAP_TAKER, wanted, &out->quantity, fault);
  if (status != NEAP_OK) return status;
  status = neap_product_notional(&paper->products[ticket->product], out->price, out->quantity, &value);
  if (status == NEAP_OK) status = neap_fee(&paper->options.fees, NEAP_TAKER, value, &out->fee);
  if (status == NEAP_OK)
    status = neap_decimal_add(value, buys(ticket) ? out->fee : neap_decimal_neg(out->fee), &out->total);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the order's value does not fit a decimal");
}

neap_status neap_paper_preview(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_paper *paper = self;
  neap_report report = {.kind = NEAP_REPORT_PREVIEWED, .order = ticket->number};
  neap_fault no = {0};
  (void)now, (void)fault;
  if (estimate(paper, ticket, &report.preview, &no) != NEAP_OK) {
    snprintf(report.code, sizeof report.code, "%s", no.code);
    snprintf(report.message, sizeof report.message, "%.159s", no.message);
  }
  paper->sink.report(paper->sink.context, &report);
  return NEAP_OK;
}
