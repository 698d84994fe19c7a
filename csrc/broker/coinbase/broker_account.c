/* SPDX-License-Identifier: MIT */
/* broker_account: a look at the whole account: balances, then open orders and fills, so that what it knows of is told
 * before it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define AGAIN_FIRST (1 * NEAP_SECOND)

/* --- fees --------------------------------------------------------------------------------------------------------- */

void broker_read_fees(neap_coinbase_broker *broker, const neap_json_value *root) {
  neap_coinbase_reading r = {.object = neap_json_get(root, "fee_tier"), .status = NEAP_OK};
  broker_news news = {.kind = BROKER_RATES};
  if (!r.object || r.object->kind != NEAP_JSON_OBJECT) return;
  bool is_whole = *neap_coinbase_word(&r, "maker_fee_rate") && *neap_coinbase_word(&r, "taker_fee_rate");
  neap_coinbase_signed(&r, "maker_fee_rate", &news.rates[0]); /* below zero: the venue pays */
  neap_coinbase_amount(&r, "taker_fee_rate", &news.rates[1]);
  bool is_same = news.rates[0].units == broker->rates[0].units && news.rates[1].units == broker->rates[1].units;
  if (r.status != NEAP_OK || !is_whole || is_same) return;
  memcpy(broker->rates, news.rates, sizeof broker->rates);
  broker_push(broker, &news);
}

/* --- balances ----------------------------------------------------------------------------------------------------- */

/* Nothing is under way, in doubt, or known and not told. */
static bool is_calm(const neap_coinbase_broker *broker) {
  for (const broker_order *order = broker->working; order; order = order->next) {
    bool rests = order->phase == BROKER_KNOWN && order->status >= NEAP_ORDER_OPEN && !broker_is_terminal(order);
    bool is_told = broker_is_complete(order) && !order->pending;
    if (!rests || !is_told || order->wish != BROKER_KEEP || order->edits) return false;
  }
  return broker->begun;
}

void broker_accounts_begin(neap_coinbase_broker *broker) {
  broker->read.balance_count = 0;
  broker->read.time = broker_wall(broker);
  broker->view_was_calm = is_calm(broker);
  broker->view_activity = broker->activity;
}

static neap_account_balance *balance_of(broker_view *view, const char *currency) {
  for (size_t i = 0; i < view->balance_count; i++)
    if (strcmp(view->balances[i].currency, currency) == 0) return &view->balances[i];
  if (!broker_grow(&view->balances, view->balance_count, &view->balance_size, sizeof *view->balances)) return NULL;
  neap_account_balance *balance = &view->balances[view->balance_count++];
  *balance = (neap_account_balance){.total = NEAP_ZERO};
  neap_text_copy(balance->currency, sizeof balance->currency, currency);
  return balance;
}

static neap_decimal value_of(const neap_json_value *account, const char *name) {
  neap_coinbase_reading r = {.object = neap_json_get(account, name), .status = NEAP_OK};
  neap_decimal value = NEAP_ZERO;
  if (r.object && r.object->kind == NEAP_JSON_OBJECT) neap_coinbase_amount(&r, "value", &value);
  return value;
}

static void read_account(neap_coinbase_broker *broker, const neap_json_value *account) {
  neap_coinbase_reading r = {.object = account, .status = NEAP_OK};
  const char *currency = neap_coinbase_word(&r, "currency");
  if (!*currency) return;
  neap_account_balance *balance = balance_of(&broker->read, currency);
  if (!balance) {
    broker->lost_memory = NEAP_MEMORY;
    return;
  }
  neap_decimal held = value_of(account, "hold"), there = value_of(account, "available_balance");
  balance->held.units += held.units;
  balance->total.units += held.units + there.units;
}

void broker_read_accounts(neap_coinbase_broker *broker, const neap_json_value *root) {
  const neap_json_value *list = neap_json_get(root, "accounts");
  for (const neap_json_value *at = list ? list->first : NULL; at; at = at->next)
    if (at->kind == NEAP_JSON_OBJECT) read_account(broker, at);
}

void broker_accounts_end(neap_coinbase_broker *broker) {
  broker->view_waits = true;
  broker->view_asked = broker_now(broker);
  broker_want(broker, BROKER_OPEN, broker->view_asked);
  broker_want(broker, BROKER_FILLS, broker->view_asked);
}

/* --- the view ----------------------------------------------------------------------------------------------------- */

static bool was_asked_since(const broker_job *job, int64_t since) {
  return job->done && !job->runs && job->asked >= since;
}

static void copy_orders(neap_coinbase_broker *broker) {
  broker_view *view = &broker->read;
  view->order_count = 0;
  for (const broker_listed *at = broker->listed; at; at = at->next) {
    if (at->order || !at->open) continue;
    if (!broker_grow(&view->orders, view->order_count, &view->order_size, sizeof *view->orders)) {
      broker->lost_memory = NEAP_MEMORY;
      return;
    }
    view->orders[view->order_count] = at->facts;
    broker_part_of(view->orders[view->order_count++].client_id);
  }
}

/* Of the part that works now. */
static bool is_at_work(const broker_listed *at) {
  const broker_order *order = at->order;
  return order && at->open && order->phase == BROKER_KNOWN && !broker_is_terminal(order) &&
         order->ticket.sizing == NEAP_BY_QUANTITY && strcmp(order->order_id, at->facts.order_id) == 0;
}

static void copy_own(neap_coinbase_broker *broker) {
  broker_view *view = &broker->read;
  view->own_count = 0;
  for (const broker_listed *at = broker->listed; at; at = at->next) {
    if (!is_at_work(at)) continue;
    if (!broker_grow(&view->own, view->own_count, &view->own_size, sizeof *view->own)) {
      broker->lost_memory = NEAP_MEMORY;
      return;
    }
    neap_own_order *own = &view->own[view->own_count++];
    *own = (neap_own_order){.order = at->order->ticket.number, .limit = at->facts.limit};
    if (at->order->venue_quantity.units)
      own->quantity.units = at->order->venue_quantity.units + at->order->carried.units;
  }
}

static void show(neap_coinbase_broker *broker) {
  broker_view kept = broker->view;
  bool is_settled = broker->view_was_calm && is_calm(broker) && broker->view_activity == broker->activity;
  copy_orders(broker);
  copy_own(broker);
  broker->view = broker->read;
  broker->read = kept;
  broker->shown_view = (neap_account_view){.time = broker->view.time,
                                           .settled = is_settled,
                                           .balances = broker->view.balances,
                                           .balance_count = broker->view.balance_count,
                                           .orders = broker->view.orders,
                                           .order_count = broker->view.order_count,
                                           .own = broker->view.own,
                                           .own_count = broker->view.own_count};
  broker->has_view = true;
  broker->seen_at = broker->view_asked;
  broker_push_account(broker);
}

/* The session opens nothing before its first settled look: that is not left to the next turn of the clock. */
static void look_again(neap_coinbase_broker *broker) {
  if (!broker->begun || broker->has_settled) return;
  broker->has_settled = broker->shown_view.settled;
  if (broker->has_settled) return;
  int64_t wait = broker_backoff(broker, AGAIN_FIRST, broker->unsettled++, broker->options.account_every);
  broker_want(broker, BROKER_ACCOUNTS, broker_now(broker) + wait);
}

/* Fills are read once the session works. */
void broker_view_make(neap_coinbase_broker *broker) {
  if (!broker->view_waits || !was_asked_since(&broker->jobs[BROKER_OPEN], broker->view_asked)) return;
  if (broker->begun && !was_asked_since(&broker->jobs[BROKER_FILLS], broker->view_asked)) return;
  broker->view_waits = false;
  if (broker->view_wanted) broker_want(broker, BROKER_ACCOUNTS, broker_now(broker));
  show(broker);
  look_again(broker);
}
