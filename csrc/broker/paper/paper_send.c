/* SPDX-License-Identifier: MIT */
/* paper_send: how orders leave for a recorded book, and how its answers do. */
#include <stdio.h>

#include "broker/paper/paper_book_state.h"

bool neap_paper_has_book(const neap_paper *paper, uint32_t product) {
  return paper->books && product < paper->orders.products && paper->books->book[product].book;
}

void neap_paper_tell(neap_paper *paper, uint32_t product, const neap_report *report) {
  if (!neap_paper_has_book(paper, product))
    paper->sink.report(paper->sink.context, report);
  else if (neap_paper_link_answer(&paper->books->link, report, paper->books->now) != NEAP_OK)
    paper->books->failed = true;
}

void neap_paper_refuse_cancel(neap_paper *paper, uint64_t number) {
  neap_report report = {.kind = NEAP_REPORT_CANCEL_REFUSED, .order = number, .code = "unknown_order"};
  snprintf(report.message, sizeof report.message, "order %llu does not work here", (unsigned long long)number);
  if (!paper->books)
    paper->sink.report(paper->sink.context, &report);
  else if (neap_paper_link_answer(&paper->books->link, &report, paper->books->now) != NEAP_OK)
    paper->books->failed = true;
}

neap_status neap_paper_send(neap_paper *paper, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  bool is_sent = neap_working_orders_add(&paper->orders, ticket, now) &&
                 neap_paper_link_send(&paper->books->link, ticket->number, false, now) == NEAP_OK;
  return is_sent ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
}

neap_status neap_paper_send_cancel(neap_paper *paper, uint64_t number, int64_t now, neap_fault *fault) {
  if (neap_paper_link_send(&paper->books->link, number, true, now) == NEAP_OK) return NEAP_OK;
  return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a cancel");
}

/* One that filled whole works on for the rest; one that ended otherwise is left alone. */
static neap_status work_on(neap_paper *paper, const neap_order *order, neap_decimal left, neap_fault *fault) {
  if (neap_paper_link_ends(&paper->books->link, order->ticket.number)) return NEAP_OK;
  neap_working *working = neap_working_orders_add(&paper->orders, &order->ticket, order->submitted);
  if (!working) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  working->order.remaining = left;
  working->order.sized = working->filled = working->waits = working->accepted = true;
  return NEAP_OK;
}

neap_status neap_paper_resize_sent(neap_paper *paper, const neap_order *order, neap_fault *fault) {
  uint64_t number = order->ticket.number;
  neap_working *working = neap_working_orders_find(&paper->orders, number);
  neap_decimal untold = neap_paper_link_untold_of(&paper->books->link, number);
  neap_decimal left = {neap_order_remaining(order).units - untold.units};
  if (!working && untold.units == 0 && !neap_paper_link_ends(&paper->books->link, number))
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "order %llu does not work here",
                     (unsigned long long)number);
  if (left.units < 0) return neap_fail(fault, NEAP_REFUSED, "filled", "it has filled more than that already");
  if (!working) return left.units ? work_on(paper, order, left, fault) : NEAP_OK;
  working->order.remaining = left;
  working->order.sized = true;
  if (left.units) return NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  neap_working_orders_drop(&paper->orders, working);
  neap_paper_forget(paper, order->ticket.product);
  neap_working_orders_leave(&paper->orders);
  return NEAP_OK;
}
