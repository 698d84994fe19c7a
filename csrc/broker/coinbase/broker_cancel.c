/* SPDX-License-Identifier: MIT */
/* broker_cancel: cancels, many in one request. A success is that the venue took the request; the order's own state says
 * what became of it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define AGAIN_FIRST (250 * BROKER_MS)
#define AGAIN_MOST (5 * NEAP_SECOND)
#define LOOK_AFTER (500 * BROKER_MS)
#define PATIENCE (5 * NEAP_SECOND) /* with an order that the venue took the cancel of, and that works on */
enum { TOGETHER = 100, UNKNOWN_MOST = 8 };

static void wish(broker_order *order, broker_wish wish) {
  order->wish = wish;
  order->wish_at = broker_now(order->broker);
  order->broker->activity++;
}

static void ask_again(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  wish(order, BROKER_CANCEL);
  order->wish_due = broker_now(broker) + broker_backoff(broker, AGAIN_FIRST, order->wishes++, AGAIN_MOST);
  broker_due(broker, order->wish_due);
}

/* What is surely not at the venue ends here; what may be is cancelled once its id is known. */
neap_status broker_cancel(void *self, uint64_t number, int64_t now, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  broker_order *order = broker_order_find(broker, number);
  (void)now;
  if (!order)
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "order %llu does not work here",
                     (unsigned long long)number);
  if (order->phase == BROKER_OVER && !order->was_lost) return NEAP_OK; /* its end is on its way */
  if (order->phase == BROKER_WAITS || order->phase == BROKER_LOST || order->was_lost) {
    broker_report(order, NEAP_REPORT_CANCELLED, "", "");
    broker_order_over(order);
    order->was_lost = false;
    return NEAP_OK;
  }
  if (order->wish != BROKER_KEEP) return NEAP_OK;
  order->wishes = 0;
  wish(order, BROKER_CANCEL);
  order->wish_due = broker_now(broker);
  broker_due(broker, order->wish_due);
  return NEAP_OK;
}

/* --- the answer ----------------------------------------------------------------------------------------------------
 */

static void decline(broker_order *order, const char *code, const char *message) {
  wish(order, BROKER_DECLINED);
  neap_text_copy(order->wish_code, sizeof order->wish_code, code);
  neap_text_copy(order->wish_message, sizeof order->wish_message, message);
  broker_look_at(order, broker_now(order->broker));
}

static void take_result(neap_coinbase_broker *broker, const neap_json_value *item) {
  char code[48];
  neap_coinbase_reading r = {.object = item, .status = NEAP_OK};
  bool success = false;
  const broker_listed *listed = broker_listed_find(broker, neap_coinbase_word(&r, "order_id"));
  broker_order *order = listed ? listed->order : NULL;
  if (!order || order->wish != BROKER_ASKING) return;
  neap_coinbase_flag(&r, "success", &success);
  const char *reason = neap_coinbase_word(&r, "failure_reason");
  neap_coinbase_reason_code(reason, code);
  if (!success) {
    decline(order, code, reason);
    return;
  }
  wish(order, BROKER_ASKED);
  broker_look_at(order, order->wish_at + LOOK_AFTER);
}

static void take_results(neap_coinbase_broker *broker, const neap_coinbase_reply *reply) {
  neap_json *json;
  if (neap_json_parse(reply->body, reply->length, &json, NULL) != NEAP_OK) return;
  const neap_json_value *results = neap_json_get(neap_json_root(json), "results");
  for (const neap_json_value *at = results ? results->first : NULL; at; at = at->next)
    if (at->kind == NEAP_JSON_OBJECT) take_result(broker, at);
  neap_json_free(json);
}

static void unlink_batch(broker_batch *batch) {
  broker_batch **at = &batch->broker->batches;
  while (*at != batch) at = &(*at)->next;
  *at = batch->next;
}

/* Whatever was not answered is asked for again: a cancel may come twice. */
static void answered(void *context, const neap_coinbase_reply *reply) {
  broker_batch *batch = context;
  neap_coinbase_broker *broker = batch->broker;
  if (reply->outcome == NEAP_COINBASE_DONE) take_results(broker, reply);
  for (size_t i = 0; i < batch->count; i++) {
    broker_order *order = broker_order_find(broker, batch->numbers[i]);
    if (!order || order->wish != BROKER_ASKING) continue;
    if (reply->outcome == NEAP_COINBASE_REFUSED)
      decline(order, reply->code, reply->message);
    else
      ask_again(order);
  }
  unlink_batch(batch);
  free(batch);
  broker_tell(broker);
}

/* --- what that means -----------------------------------------------------------------------------------------------
 */

/* Of an order that works: the venue had not heard of it yet, or of the cancel; or it will not. */
static void judge_declined(broker_order *order) {
  bool is_unknown = strcmp(order->wish_code, "unknown_cancel_order") == 0;
  bool is_twice = strcmp(order->wish_code, "duplicate_cancel_request") == 0;
  if ((is_unknown || is_twice) && order->wishes < UNKNOWN_MOST) {
    ask_again(order);
    return;
  }
  broker_report(order, NEAP_REPORT_CANCEL_REFUSED, order->wish_code, order->wish_message);
  wish(order, BROKER_KEEP);
}

void broker_cancel_judge(broker_order *order, int64_t asked) {
  neap_coinbase_broker *broker = order->broker;
  int64_t now = broker_now(broker);
  bool waits = order->wish == BROKER_ASKED || order->wish == BROKER_DECLINED;
  if (!waits || broker_is_terminal(order)) return;
  bool is_going = order->status == NEAP_ORDER_CANCEL_PENDING, is_newer = asked >= order->wish_at;
  if (is_going && order->wish == BROKER_DECLINED) wish(order, BROKER_ASKED);
  if (!is_newer || is_going || (order->wish == BROKER_ASKED && now - order->wish_at < PATIENCE))
    broker_look_at(order, now + broker_backoff(broker, LOOK_AFTER, order->looks++, AGAIN_MOST));
  else if (order->wish == BROKER_DECLINED)
    judge_declined(order);
  else
    ask_again(order);
}

/* --- asking --------------------------------------------------------------------------------------------------------
 */

static bool is_due(broker_order *order) {
  if (order->phase != BROKER_KNOWN || order->wish != BROKER_CANCEL || broker_is_terminal(order)) return false;
  if (order->wish_due <= broker_now(order->broker)) return true;
  broker_due(order->broker, order->wish_due);
  return false;
}

static broker_batch *gather(neap_coinbase_broker *broker, neap_buffer *body) {
  broker_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return NULL;
  batch->broker = broker;
  neap_buffer_append_text(body, "{\"order_ids\":[");
  for (broker_order *order = broker->working; order && batch->count < TOGETHER; order = order->next) {
    if (!is_due(order)) continue;
    neap_buffer_printf(body, "%s\"%s\"", batch->count ? "," : "", order->order_id);
    batch->numbers[batch->count++] = order->ticket.number;
    wish(order, BROKER_ASKING);
  }
  neap_buffer_append_text(body, "]}");
  return batch;
}

static void give_up(broker_batch *batch) {
  for (size_t i = 0; i < batch->count; i++) ask_again(broker_order_find(batch->broker, batch->numbers[i]));
  free(batch);
}

static bool ask(neap_coinbase_broker *broker, broker_batch *batch, const neap_buffer *body) {
  const neap_coinbase_question question = {.method = "POST",
                                           .path = BROKER_PATH "/orders/batch_cancel",
                                           .body = (const char *)body->data,
                                           .length = body->size,
                                           .repeat = NEAP_REPEAT_SAFE,
                                           .is_urgent = true};
  bool is_asked = body->status == NEAP_OK &&
                  neap_coinbase_ask(broker->options.client, &question, answered, batch, &batch->call, NULL) == NEAP_OK;
  if (!is_asked) {
    give_up(batch);
    return false;
  }
  batch->next = broker->batches, broker->batches = batch;
  return true;
}

void broker_cancel_due(neap_coinbase_broker *broker) {
  for (bool more = true; more;) {
    neap_buffer body;
    neap_buffer_init(&body);
    broker_batch *batch = gather(broker, &body);
    more = batch && batch->count == TOGETHER;
    if (batch && batch->count)
      more = ask(broker, batch, &body) && more;
    else
      free(batch);
    neap_buffer_fini(&body);
  }
}
