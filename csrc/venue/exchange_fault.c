/* SPDX-License-Identifier: MIT */
/* exchange_fault: what befalls a request: before the venue has it, or its answer. */
#include <stdio.h>
#include <string.h>

#include "venue/exchange_state.h"

enum { RETRY_S = 1, ORDER_ID = NEAP_VENUE_ID - 1 };

static const char html[] = "text/html; charset=UTF-8", json[] = "application/json; charset=utf-8",
                  plain[] = "text/plain; charset=utf-8";

static neap_fault_subject subject_of(const neap_exchange_errand *errand) {
  const neap_server_request *request = &errand->request;
  return (neap_fault_subject){.method = request->method,
                              .path = request->path,
                              .query = request->query,
                              .channel = "",
                              .text = request->body,
                              .length = request->length};
}

static const neap_planned_fault *strike(neap_exchange_errand *errand, neap_fault_place place, size_t *cursor) {
  neap_exchange *exchange = errand->exchange;
  const neap_fault_subject subject = subject_of(errand);
  return neap_fault_plan_strike(exchange->plan, place, &subject, neap_clock_now(exchange->options.clock), cursor);
}

/* --- before ------------------------------------------------------------------------------------------------------- */

/* The first that decides is the last that strikes. */
void neap_exchange_fault_before(neap_exchange_errand *errand) {
  const neap_planned_fault *fault;
  size_t cursor = 0;
  while (errand->before == NEAP_FAULT_KINDS && (fault = strike(errand, NEAP_BEFORE_CALL, &cursor))) {
    if (fault->kind == NEAP_FAULT_LATENCY)
      errand->delay += neap_fault_plan_time(errand->exchange->plan, fault);
    else
      errand->before = fault->kind, errand->number = fault->number;
  }
}

/* As the proxy before the venue answers, which is not JSON. */
static void reply_as_a_proxy(neap_exchange_errand *errand, int status, char out[512]) {
  const char *name = status == 502 ? "Bad gateway" : status == 504 ? "Gateway time-out" : "Error";
  int length =
      snprintf(out, 512,
               "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>api.coinbase.com | %d: %s</title></head>\n"
               "<body><div id=\"cf-wrapper\"><div id=\"cf-error-details\"><h1>%s <span>Error code %d</span>"
               "</h1></div></div></body>\n</html>\n",
               status, name, name, status);
  errand->reply = (neap_server_reply){.status = status,
                                      .content_type = html,
                                      .lines = errand->left.lines,
                                      .line_count = 1,
                                      .body = out,
                                      .length = (size_t)length};
}

static void reply_with(neap_exchange_errand *errand, int status, const char *type, const char *body) {
  errand->reply = (neap_server_reply){.status = status,
                                      .content_type = type,
                                      .lines = errand->left.lines,
                                      .line_count = 1,
                                      .body = body,
                                      .length = strlen(body)};
}

static void refuse_rate(neap_exchange_errand *errand) {
  char *seconds = errand->left.limit;
  snprintf(seconds, sizeof errand->left.limit, "%u", errand->number ? errand->number : RETRY_S);
  errand->left.lines[1] = (neap_server_line){"Retry-After", seconds};
  reply_with(errand, 429, json, "{\"errors\":[{\"id\":\"rate_limit_exceeded\",\"message\":\"Too many requests\"}]}");
  errand->reply.line_count = 2;
}

static void refuse(neap_exchange_errand *errand, char room[512]) {
  switch (errand->before) {
  case NEAP_FAULT_RATE_LIMITED:
    refuse_rate(errand);
    break;
  case NEAP_FAULT_BAD_GATEWAY:
    reply_as_a_proxy(errand, 502, room);
    break;
  case NEAP_FAULT_UNAVAILABLE:
    reply_with(errand, 503, plain, "upstream connect error or disconnect/reset before headers\n");
    break;
  case NEAP_FAULT_GATEWAY_TIMEOUT:
    reply_as_a_proxy(errand, 504, room);
    break;
  case NEAP_FAULT_UNAUTHORIZED:
    reply_with(errand, 401, plain, "Unauthorized\n");
    break;
  case NEAP_FAULT_FORBIDDEN:
    reply_with(errand, 403, json,
               "{\"error\":\"PERMISSION_DENIED\",\"error_details\":\"Missing required scopes\","
               "\"message\":\"Missing required scopes\"}");
    break;
  case NEAP_FAULT_NOT_FOUND:
    reply_with(errand, 404, json, "{\"error\":\"NOT_FOUND\",\"error_details\":\"\",\"message\":\"Not Found\"}");
    break;
  default:
    reply_with(errand, 500, json,
               "{\"error\":\"INTERNAL\",\"error_details\":\"\",\"message\":\"Something went wrong\"}");
  }
}

void neap_exchange_fault_instead(neap_exchange_errand *errand) {
  char room[512];
  neap_server_call *call = errand->call;
  if (errand->before == NEAP_FAULT_REQUEST_HANGS || !call) {
    neap_exchange_errand_end(errand);
    return;
  }
  errand->call = NULL;
  if (errand->before == NEAP_FAULT_REQUEST_LOST) {
    neap_server_drop(call, NEAP_SERVER_RESET);
  } else {
    refuse(errand, room);
    neap_server_answer(call, &errand->reply, NULL);
  }
  neap_exchange_errand_end(errand);
}

/* --- behind ------------------------------------------------------------------------------------------------------- */

/* Of the order that the answer tells was made. false: none was. */
static bool find_order(const neap_venue_answer *answer, char out[NEAP_VENUE_ID]) {
  static const char name[] = "\"order_id\":\"", good[] = "\"success\":true";
  const char *text = (const char *)answer->body.data, *end = text + answer->body.size;
  if (answer->status != 200 || !memmem(text, answer->body.size, good, sizeof good - 1)) return false;
  const char *id = memmem(text, answer->body.size, name, sizeof name - 1);
  if (!id || end - (id += sizeof name - 1) <= ORDER_ID || id[ORDER_ID] != '"') return false;
  memcpy(out, id, ORDER_ID);
  out[ORDER_ID] = 0;
  return true;
}

static void befall_order(neap_exchange_errand *errand) {
  neap_exchange *exchange = errand->exchange;
  const neap_planned_fault *fault;
  char id[NEAP_VENUE_ID];
  size_t cursor = 0;
  bool is_create = !strcmp(errand->request.method, "POST") && !strcmp(errand->request.path, "/api/v3/brokerage/orders");
  if (!is_create || !find_order(&exchange->answer, id)) return;
  while ((fault = strike(errand, NEAP_AFTER_ORDER, &cursor))) {
    int64_t due = neap_clock_now(exchange->options.clock) + neap_fault_plan_time(exchange->plan, fault);
    neap_exchange_watch_order(exchange, id, due, fault->kind == NEAP_FAULT_PARTIAL_THEN_CANCEL);
  }
}

void neap_exchange_fault_after(neap_exchange_errand *errand, uint32_t key, bool was_put) {
  neap_exchange *exchange = errand->exchange;
  const neap_planned_fault *fault;
  size_t cursor = 0;
  while (errand->after == NEAP_FAULT_KINDS && (fault = strike(errand, NEAP_AFTER_CALL, &cursor))) {
    if (fault->kind == NEAP_FAULT_ANSWER_LATE)
      errand->delay += neap_fault_plan_time(exchange->plan, fault);
    else if (fault->kind != NEAP_FAULT_REQUEST_TWICE)
      errand->after = fault->kind, errand->number = fault->number;
    else if (was_put)
      neap_exchange_put(exchange, &errand->request, key, NULL);
  }
  if (was_put) befall_order(errand);
}

/* Half an object, of the length that it says. */
static void garble(neap_server_reply *reply) {
  reply->status = 200;
  reply->length /= 2;
  if (!reply->length) reply->body = "{", reply->length = 1;
}

static void answer(neap_exchange_errand *errand, neap_server_call *call) {
  neap_server_reply *reply = &errand->reply;
  char room[512];
  switch (errand->after) {
  case NEAP_FAULT_ANSWER_LOST:
    neap_server_drop(call, NEAP_SERVER_RESET);
    return;
  case NEAP_FAULT_ANSWER_CLOSED:
    neap_server_drop(call, NEAP_SERVER_FIN);
    return;
  case NEAP_FAULT_ANSWER_CUT:
    neap_server_answer_cut(call, reply, errand->number ? errand->number : reply->length / 2, NEAP_SERVER_FIN, NULL);
    return;
  case NEAP_FAULT_ANSWER_TWICE:
    neap_server_answer_twice(call, reply, NULL);
    return;
  case NEAP_FAULT_ANSWER_GARBLED:
    garble(reply);
    break;
  case NEAP_FAULT_ANSWER_ERROR:
    reply_as_a_proxy(errand, errand->number ? (int)errand->number : 502, room);
    break;
  default:
    break;
  }
  neap_server_answer(call, reply, NULL);
}

void neap_exchange_fault_answer(neap_exchange_errand *errand) {
  neap_server_call *call = errand->call;
  if (call && errand->after != NEAP_FAULT_ANSWER_NEVER) {
    errand->call = NULL;
    answer(errand, call);
  }
  neap_exchange_errand_end(errand);
}
