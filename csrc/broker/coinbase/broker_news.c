/* SPDX-License-Identifier: MIT */
/* broker_news: what the session is to hear, in the order in which it was learnt; handed over when it asks. */
#include <stdio.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"

void broker_push(neap_coinbase_broker *broker, const broker_news *news) {
  if (broker->news_first == broker->news_count) broker->news_first = broker->news_count = 0;
  if (!broker_grow(&broker->news, broker->news_count, &broker->news_size, sizeof *news)) {
    broker->lost_memory = NEAP_MEMORY;
    return;
  }
  broker->news[broker->news_count++] = *news;
  broker->activity++;
}

void broker_report(const broker_order *order, neap_report_kind kind, const char *code, const char *message) {
  broker_news news = {.kind = BROKER_REPORT};
  news.report = (neap_report){.kind = kind, .order = order->ticket.number};
  neap_text_copy(news.report.code, sizeof news.report.code, code);
  neap_text_copy(news.report.message, sizeof news.report.message, message);
  broker_push(order->broker, &news);
}

/* The newest view stands behind what is part of it; an older one need not be heard. */
void broker_push_account(neap_coinbase_broker *broker) {
  const broker_news news = {.kind = BROKER_ACCOUNT};
  for (size_t i = broker->news_first; i < broker->news_count; i++)
    if (broker->news[i].kind == BROKER_ACCOUNT) broker->news[i].kind = BROKER_NOTHING;
  uint64_t activity = broker->activity;
  broker_push(broker, &news);
  broker->activity = activity;
}

/* Whoever is told that it is lost sends it again from within, or later, or does not want it any more. */
static void report(neap_coinbase_broker *broker, const neap_report *report) {
  broker->sink.report(broker->sink.context, report);
  if (report->kind != NEAP_REPORT_LOST) return;
  broker_order *order = broker_order_find(broker, report->order);
  if (!order || order->phase != BROKER_LOST) return;
  broker_order_over(order);
  order->was_lost = true;
}

static void deliver(neap_coinbase_broker *broker, const broker_news *news) {
  const neap_broker_sink *sink = &broker->sink;
  switch (news->kind) {
  case BROKER_REPORT:
    report(broker, &news->report);
    break;
  case BROKER_FOREIGN:
    if (sink->foreign_fill) sink->foreign_fill(sink->context, &news->fill);
    break;
  case BROKER_ACCOUNT:
    if (sink->account) sink->account(sink->context, &broker->shown_view);
    break;
  case BROKER_RATES:
    if (sink->fees) sink->fees(sink->context, news->rates[0], news->rates[1]);
    break;
  case BROKER_ACCESS:
    if (sink->access) sink->access(sink->context, news->access.is_open, "auth_failed", news->access.message);
    break;
  case BROKER_NOTHING:
    break;
  }
}

/* All orders of an earlier process were given back by now: who asks again about the account sees what is foreign. */
static void begin(neap_coinbase_broker *broker) {
  broker->begun = true;
  broker_want(broker, BROKER_FILLS, broker_now(broker));
  broker_want(broker, BROKER_ACCOUNTS, broker_now(broker));
}

void broker_serve(void *self, int64_t now) {
  neap_coinbase_broker *broker = self;
  (void)now;
  if (!broker->sink.report) return;
  if (!broker->begun) begin(broker);
  while (broker->news_first < broker->news_count) {
    broker_news news = broker->news[broker->news_first++]; /* what is told may add to the list */
    deliver(broker, &news);
  }
}

bool broker_has_news(const void *self) {
  const neap_coinbase_broker *broker = self;
  return broker->news_first < broker->news_count;
}
