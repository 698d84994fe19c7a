/* SPDX-License-Identifier: MIT */
/* broker_doubt: orders that may be at the venue or not. It is asked by their client ids until one answer has them, or
 * two that came late enough do not. An answer that does not come says nothing. */
#include <stdio.h>

#include "broker/coinbase/broker_parts.h"

#define ASK_FIRST (200 * BROKER_MS)
#define ASK_MOST (2 * NEAP_SECOND)
#define ASK_RARELY (30 * NEAP_SECOND)
#define MARGIN (120 * NEAP_SECOND) /* by which the venue's clock may be behind ours */
enum { MISSES = 2, LOOKS_BACK = 3 };

void broker_doubt(broker_order *order, bool certain) {
  neap_coinbase_broker *broker = order->broker;
  order->phase = BROKER_DOUBT;
  order->certain = certain;
  order->misses = 0;
  order->doubt_since = order->restored ? broker->opened : broker_now(broker);
  order->doubt_due = broker_now(broker);
  order->looks = 0;
  if (!order->doubt_told && !certain)
    broker_report(order, NEAP_REPORT_IN_DOUBT, "in_doubt", "the answer was lost: the venue is asked");
  order->doubt_told |= !certain;
  broker_want(broker, BROKER_SEARCH, order->doubt_due);
}

void broker_lose(broker_order *order, const char *code, const char *message) {
  order->doubt_due = INT64_MAX;
  order->doubt_told = false;
  if (order->wish != BROKER_KEEP) {
    broker_report(order, NEAP_REPORT_CANCELLED, code, message);
    broker_order_over(order);
    return;
  }
  if (order->part) { /* the session knows the order as one that works */
    broker_send_again(order);
    return;
  }
  order->phase = BROKER_LOST;
  broker_report(order, NEAP_REPORT_LOST, code, message);
}

static bool is_sought(const broker_order *order) { return order->phase == BROKER_DOUBT; }

/* From the first that is sought on; what is certain to be there and was not found may be as old as anything. */
static int64_t start_of(const neap_coinbase_broker *broker) {
  int64_t start = INT64_MAX;
  for (const broker_order *order = broker->working; order; order = order->next) {
    if (!is_sought(order)) continue;
    bool looks_back = order->certain && order->looks >= LOOKS_BACK;
    int64_t sent = looks_back ? 0 : order->sent_wall - MARGIN;
    if (sent < start) start = sent;
  }
  return start;
}

bool broker_search_query(neap_coinbase_broker *broker, neap_buffer *out) {
  char time[NEAP_TIME_TEXT];
  bool known;
  int64_t start = start_of(broker);
  if (start == INT64_MAX) return false;
  int64_t skew = neap_coinbase_client_skew(broker->options.client, &known);
  neap_buffer_append_text(out, "limit=500");
  if (start > MARGIN) {
    neap_time_format(start + (known ? skew : 0), time);
    neap_buffer_printf(out, "&start_date=%s", time);
  }
  return true;
}

/* The answer is here, and it is not in it. */
static void miss(broker_order *order, int64_t asked) {
  neap_coinbase_broker *broker = order->broker;
  bool counts = asked >= order->doubt_since + broker->options.grace;
  order->looks++;
  if (counts) order->misses++;
  if (order->misses >= MISSES && !order->certain) {
    broker_lose(order, "not_found", "the venue never had it");
    return;
  }
  bool rarely = order->misses >= MISSES;
  int64_t rest = rarely ? ASK_RARELY : broker_backoff(broker, ASK_FIRST, order->looks, ASK_MOST);
  order->doubt_due = broker_now(broker) + rest;
  broker_want(broker, BROKER_SEARCH, order->doubt_due);
}

void broker_search_end(neap_coinbase_broker *broker) {
  int64_t asked = broker->jobs[BROKER_SEARCH].asked;
  for (broker_order *order = broker->working, *next; order; order = next) {
    next = order->next;
    if (!is_sought(order)) continue;
    if (order->doubt_due <= asked)
      miss(order, asked);
    else
      broker_want(broker, BROKER_SEARCH, order->doubt_due);
  }
}
