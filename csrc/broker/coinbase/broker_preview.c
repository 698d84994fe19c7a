/* SPDX-License-Identifier: MIT */
/* broker_preview: what an order would do, by the venue's word. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

static void read_figures(const neap_coinbase_reply *reply, neap_preview *out) {
  neap_json *json;
  if (neap_json_parse(reply->body, reply->length, &json, NULL) != NEAP_OK) return;
  neap_coinbase_reading r = {.object = neap_json_root(json), .status = NEAP_OK};
  neap_coinbase_amount(&r, "base_size", &out->quantity);
  neap_coinbase_amount(&r, "est_average_filled_price", &out->price);
  neap_coinbase_signed(&r, "commission_total", &out->fee);
  neap_coinbase_amount(&r, "order_total", &out->total);
  neap_json_free(json);
}

static void read_answer(const neap_coinbase_reply *reply, neap_report *out) {
  neap_coinbase_answer answer;
  neap_fault fault = {0};
  if (neap_coinbase_decode_answer(reply->body, reply->length, &answer, &fault) != NEAP_OK) {
    neap_text_copy(out->code, sizeof out->code, "bad_answer");
    snprintf(out->message, sizeof out->message, "%.150s", fault.message);
    return;
  }
  read_figures(reply, &out->preview);
  if (answer.success) return;
  neap_text_copy(out->code, sizeof out->code, answer.code[0] ? answer.code : "rejected");
  neap_text_copy(out->message, sizeof out->message, answer.message[0] ? answer.message : answer.reason);
}

static void shown(void *context, const neap_coinbase_reply *reply) {
  broker_shown *preview = context, **at = &preview->broker->shown;
  broker_news news = {.kind = BROKER_REPORT};
  news.report = (neap_report){.kind = NEAP_REPORT_PREVIEWED, .order = preview->number};
  if (reply->outcome == NEAP_COINBASE_DONE) {
    read_answer(reply, &news.report);
  } else {
    bool is_no = reply->outcome == NEAP_COINBASE_REFUSED;
    neap_text_copy(news.report.code, sizeof news.report.code, is_no ? reply->code : "not_reachable");
    neap_text_copy(news.report.message, sizeof news.report.message, reply->message);
  }
  broker_push(preview->broker, &news);
  while (*at != preview) at = &(*at)->next;
  *at = preview->next;
  free(preview);
}

static neap_status ask(broker_shown *preview, const neap_buffer *body, neap_fault *fault) {
  neap_coinbase_broker *broker = preview->broker;
  const neap_coinbase_question question = {.method = "POST",
                                           .path = BROKER_PATH "/orders/preview",
                                           .body = (const char *)body->data,
                                           .length = body->size,
                                           .repeat = NEAP_REPEAT_SAFE};
  neap_status status = neap_coinbase_ask(broker->options.client, &question, shown, preview, &preview->call, fault);
  if (status == NEAP_OK) preview->next = broker->shown, broker->shown = preview;
  return status;
}

neap_status broker_preview(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  (void)now;
  if (ticket->product >= broker->options.product_count)
    return neap_fail(fault, NEAP_INVALID, "unknown_product", "there is no product %u", (unsigned)ticket->product);
  const neap_product *product = &broker->products[ticket->product];
  const neap_coinbase_request request = {.ticket = ticket, .product_id = product->id, .product = product};
  broker_shown *preview = calloc(1, sizeof *preview);
  if (!preview) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a preview");
  neap_buffer body;
  neap_buffer_init(&body);
  *preview = (broker_shown){.broker = broker, .number = ticket->number};
  neap_status status = neap_coinbase_encode_preview(&request, &body, fault);
  if (status == NEAP_OK) status = ask(preview, &body, fault);
  if (status != NEAP_OK) free(preview);
  neap_buffer_fini(&body);
  return status;
}
