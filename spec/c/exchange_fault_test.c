/* SPDX-License-Identifier: MIT */
/* exchange_fault: each fault of a request, as its client meets it on the wire and as the venue's books have it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "exchange_support.h"

static void buy(exchange_stage *stage) { exchange_stage_order(stage, 1, "BUY", "0.01", "40000.00"); }

static bool has(const char *text, const char *part) { return strstr(text, part); }

/* --- instead of handling it --------------------------------------------------------------------------------------- */

static void test_answers_that_are_not_the_venues(void **state) {
  static const struct {
    const char *fault, *first, *second;
  } cases[] = {{"rate_limited:count=1,number=7", "HTTP/1.1 429 ", "Retry-After: 7\r\n"},
               {"rate_limited:count=1", "rate_limit_exceeded", "Retry-After: 1\r\n"},
               {"server_error:count=1", "HTTP/1.1 500 ", "INTERNAL"},
               {"bad_gateway:count=1", "HTTP/1.1 502 ", "cf-wrapper"},
               {"unavailable:count=1", "HTTP/1.1 503 ", "upstream connect error"},
               {"gateway_timeout:count=1", "HTTP/1.1 504 ", "Content-Type: text/html"},
               {"unauthorized:count=1", "HTTP/1.1 401 ", "\r\n\r\nUnauthorized\n"},
               {"forbidden:count=1", "HTTP/1.1 403 ", "Missing required scopes"},
               {"not_found:count=1", "HTTP/1.1 404 ", "NOT_FOUND"}};
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    exchange_stage_fault(&stage, cases[i].fault);
    buy(&stage);
    client_await(&stage.client, cases[i].first);
    client_await(&stage.client, cases[i].second);
    assert_int_equal(exchange_stage_orders(&stage), i);
    buy(&stage); /* on the same connection: it is over */
    client_await(&stage.client, "HTTP/1.1 200 ");
    assert_int_equal(exchange_stage_orders(&stage), i + 1);
  }
  exchange_stage_close(&stage);
}

static void test_request_lost(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "request_lost:count=1");
  buy(&stage);
  client_await_end(&stage.client);
  assert_true(stage.client.reset);
  assert_int_equal(stage.client.in.size, 0);
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_close(&stage);
}

static void test_request_hangs(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "request_hangs:count=1");
  buy(&stage);
  exchange_stage_pass(&stage, 3600 * NEAP_SECOND);
  assert_true(exchange_stage_is_quiet(&stage));
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_reconnect(&stage);
  buy(&stage);
  client_await(&stage.client, "HTTP/1.1 200 ");
  exchange_stage_close(&stage);
}

/* --- later -------------------------------------------------------------------------------------------------------- */

static void test_latency(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "latency:count=1,time=250ms");
  buy(&stage);
  exchange_stage_pass(&stage, 249 * MILLISECOND);
  assert_true(exchange_stage_is_quiet(&stage));
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_pass(&stage, MILLISECOND);
  client_await(&stage.client, "HTTP/1.1 200 ");
  assert_int_equal(exchange_stage_orders(&stage), 1);
  exchange_stage_close(&stage);
}

static void test_a_late_request_is_handled_though_its_client_left(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "latency:count=1,time=2s");
  buy(&stage);
  exchange_stage_reconnect(&stage);
  exchange_stage_turn(&stage);
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_pass(&stage, 2 * NEAP_SECOND);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  exchange_stage_close(&stage);
}

/* A token that is too old when the request comes is no good. */
static void test_a_late_request_is_judged_late(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "latency:count=1,time=10m");
  buy(&stage);
  exchange_stage_pass(&stage, 600 * NEAP_SECOND);
  client_await(&stage.client, "HTTP/1.1 401 ");
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_close(&stage);
}

static void test_latency_before_another_fault(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "latency:time=1s");
  exchange_stage_fault(&stage, "unavailable:count=1");
  exchange_stage_fault(&stage, "request_hangs:count=1");
  buy(&stage);
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_pass(&stage, NEAP_SECOND);
  client_await(&stage.client, "HTTP/1.1 503 ");
  buy(&stage);
  exchange_stage_pass(&stage, NEAP_SECOND);
  assert_true(exchange_stage_is_quiet(&stage));
  assert_int_equal(exchange_stage_orders(&stage), 0);
  exchange_stage_close(&stage);
}

static void test_the_exchange_ends_with_requests_that_wait(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "latency:count=1,time=1h");
  exchange_stage_fault(&stage, "answer_late:time=1h");
  buy(&stage);
  exchange_stage_reconnect(&stage);
  buy(&stage);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  assert_non_null(stage.exchange->errands->next);
  exchange_stage_close(&stage);
}

static void test_answer_late(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_late:count=1,time=3s");
  buy(&stage);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  exchange_stage_pass(&stage, 3 * NEAP_SECOND - 1);
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_pass(&stage, 1);
  client_await(&stage.client, exchange_stage_last(&stage)->id);
  exchange_stage_close(&stage);
}

/* The answer is that of its own request, whatever the venue was asked in between. */
static void test_a_late_answer_is_kept(void **state) {
  exchange_stage stage;
  server_client first;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_late:count=1,time=3s");
  buy(&stage);
  first = stage.client;
  client_connect(&stage.client, &stage.net);
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/time", ""), "epochMillis"));
  exchange_stage_pass(&stage, 3 * NEAP_SECOND);
  client_await(&first, exchange_stage_last(&stage)->id);
  client_leave(&first);
  exchange_stage_close(&stage);
}

/* --- after it was handled ----------------------------------------------------------------------------------------- */

static void test_request_twice(void **state) {
  char body[100];
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  buy(&stage);
  exchange_stage_fault(&stage, "request_twice:path=batch_cancel");
  snprintf(body, sizeof body, "{\"order_ids\":[\"%s\"]}", exchange_stage_last(&stage)->id);
  const char *answer = exchange_stage_ask(&stage, 1, "POST", ORDERS "/batch_cancel", body);
  assert_true(has(answer, "\"success\":false")); /* the second is told: there is nothing to cancel any more */
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  exchange_stage_close(&stage);
}

static void test_an_order_that_is_sent_twice_is_one_order(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "request_twice:count=1");
  buy(&stage);
  client_await(&stage.client, "\"success\":true");
  assert_int_equal(exchange_stage_orders(&stage), 1);
  exchange_stage_close(&stage);
}

static void test_answer_never(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_never:count=1");
  buy(&stage);
  exchange_stage_pass(&stage, 3600 * NEAP_SECOND);
  assert_true(exchange_stage_is_quiet(&stage));
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_OPEN);
  exchange_stage_close(&stage);
}

static void end_without_answer(const char *fault, bool is_reset) {
  exchange_stage stage;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, fault);
  buy(&stage);
  client_await_end(&stage.client);
  assert_int_equal(stage.client.reset, is_reset);
  assert_int_equal(stage.client.in.size, 0);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_OPEN);
  exchange_stage_close(&stage);
}

static void test_answer_lost_and_answer_closed(void **state) {
  (void)state;
  end_without_answer("answer_lost:count=1", true);
  end_without_answer("answer_closed:count=1", false);
}

static size_t promised(const char *answer) { return strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10); }

static void cut_answer(const char *fault, size_t bytes) {
  exchange_stage stage;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, fault);
  buy(&stage);
  client_await_end(&stage.client);
  assert_false(stage.client.reset);
  const char *answer = client_await(&stage.client, "HTTP/1.1 200 ");
  assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), bytes ? bytes : promised(answer) / 2);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  exchange_stage_close(&stage);
}

static void test_answer_cut(void **state) {
  (void)state;
  cut_answer("answer_cut:count=1", 0);
  cut_answer("answer_cut:number=10", 10);
}

static void test_answer_garbled(void **state) {
  exchange_stage stage;
  neap_json *json;
  neap_fault fault;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_garbled:count=1");
  buy(&stage);
  const char *answer = exchange_stage_last(&stage) ? client_await(&stage.client, "\r\n\r\n{") : "";
  const char *body = strstr(answer, "\r\n\r\n") + 4;
  assert_true(has(answer, "HTTP/1.1 200 "));
  assert_int_equal(strlen(body), promised(answer));
  assert_int_equal(neap_json_parse(body, strlen(body), &json, &fault), NEAP_INVALID);
  buy(&stage); /* the connection goes on */
  client_await(&stage.client, "\"success\":true");
  assert_int_equal(exchange_stage_orders(&stage), 2);
  exchange_stage_close(&stage);
}

static void test_answer_error(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_error:count=1");
  exchange_stage_fault(&stage, "answer_error:count=1,number=504");
  buy(&stage);
  client_await(&stage.client, "HTTP/1.1 502 ");
  buy(&stage);
  client_await(&stage.client, "HTTP/1.1 504 ");
  assert_int_equal(exchange_stage_orders(&stage), 2);
  exchange_stage_close(&stage);
}

static void test_answer_twice(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "answer_twice:count=1");
  buy(&stage);
  const char *answer = client_await(&stage.client, "HTTP/1.1 200 ");
  const char *body = strstr(answer, "\r\n\r\n") + 4;
  size_t length = (size_t)(body - answer) + promised(answer);
  client_await_bytes(&stage.client, 2 * length);
  assert_int_equal(stage.client.in.size, 2 * length);
  assert_memory_equal(stage.client.in.data, stage.client.in.data + length, length);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  buy(&stage);
  client_await(&stage.client, exchange_stage_last(&stage)->id);
  exchange_stage_close(&stage);
}

/* --- orders that the venue ends ----------------------------------------------------------------------------------- */

static void test_partial_then_cancel(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_order(&stage, 2, "SELL", "0.4", "40000.00");
  exchange_stage_fault(&stage, "partial_then_cancel:count=1");
  exchange_stage_order(&stage, 1, "BUY", "1", "40000.00");
  client_await(&stage.client, "\"success\":true");
  const neap_venue_order *order = exchange_stage_last(&stage);
  assert_int_equal(order->status, NEAP_VENUE_CANCELLED);
  assert_string_equal(order->cancel_message, "Cancelled by the venue");
  assert_int_equal(order->filled * 5, order->size * 2);
  exchange_stage_close(&stage);
}

/* Also one that rests first; and one that is filled whole is not cancelled. */
static void test_partial_then_cancel_later(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "partial_then_cancel:count=2");
  exchange_stage_order(&stage, 1, "BUY", "1", "40000.00");
  const neap_venue_order *order = exchange_stage_last(&stage);
  exchange_stage_pass(&stage, 30 * NEAP_SECOND);
  assert_int_equal(order->status, NEAP_VENUE_OPEN);
  exchange_stage_order(&stage, 2, "SELL", "0.1", "40000.00"); /* the second of those: filled at once */
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_FILLED);
  assert_int_equal(order->status, NEAP_VENUE_CANCELLED);
  assert_int_equal(order->filled * 10, order->size);
  assert_int_equal(stage.exchange->watch_count, 0);
  exchange_stage_close(&stage);
}

static void test_venue_cancel(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "venue_cancel:count=1");
  buy(&stage);
  client_await(&stage.client, "\"success\":true");
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  exchange_stage_fault(&stage, "venue_cancel:count=1,time=5s");
  buy(&stage);
  exchange_stage_pass(&stage, 5 * NEAP_SECOND - 1);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_OPEN);
  exchange_stage_pass(&stage, 1);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  exchange_stage_close(&stage);
}

/* Orders are counted, not requests. */
static void test_what_makes_no_order_is_no_subject_of_those(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "venue_cancel:count=1");
  exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/time", "");
  assert_true(has(exchange_stage_ask(&stage, 1, "POST", ORDERS, "{}"), "HTTP/1.1 400 "));
  exchange_stage_order(&stage, 1, "BUY", "1000", "40000.00"); /* too much */
  client_await(&stage.client, "\"success\":false");
  assert_int_equal(neap_fault_plan_get(stage.exchange->plan, 0)->seen, 0);
  buy(&stage);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  exchange_stage_close(&stage);
}

/* --- whom --------------------------------------------------------------------------------------------------------- */

static void test_a_fault_is_for_a_method_a_path_and_a_product(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "unavailable:method=POST,path=/orders,product=BTC-USD");
  assert_true(has(exchange_stage_ask(&stage, 1, "GET", ORDERS "/historical/batch?product_ids=BTC-USD", ""), " 200 "));
  assert_true(has(exchange_stage_ask(&stage, 1, "POST", ORDERS, "{\"product_id\":\"BTC-USDC\"}"), " 400 "));
  assert_true(has(exchange_stage_ask(&stage, 1, "POST", ORDERS, "{\"product_id\":\"BTC-USD\"}"), " 503 "));
  exchange_stage_fault(&stage, "not_found:product=ETH-USD");
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/market/products/ETH-USD", ""), " 404 "));
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/market/products/BTC-USD", ""), " 200 "));
  assert_true(
      has(exchange_stage_ask(&stage, 1, "GET", "/api/v3/brokerage/best_bid_ask?product_ids=ETH-USD", ""), " 404 "));
  exchange_stage_close(&stage);
}

static void test_a_fault_has_its_time(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "unavailable:at=10s,for=5s");
  static const struct {
    int64_t at;
    const char *status;
  } times[] = {
      {0, " 200 "}, {10 * NEAP_SECOND - 1, " 200 "}, {1, " 503 "}, {5 * NEAP_SECOND - 1, " 503 "}, {1, " 200 "}};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    exchange_stage_pass(&stage, times[i].at);
    assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/time", ""), times[i].status));
  }
  exchange_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers_that_are_not_the_venues),
                                     cmocka_unit_test(test_request_lost),
                                     cmocka_unit_test(test_request_hangs),
                                     cmocka_unit_test(test_latency),
                                     cmocka_unit_test(test_a_late_request_is_handled_though_its_client_left),
                                     cmocka_unit_test(test_a_late_request_is_judged_late),
                                     cmocka_unit_test(test_latency_before_another_fault),
                                     cmocka_unit_test(test_the_exchange_ends_with_requests_that_wait),
                                     cmocka_unit_test(test_answer_late),
                                     cmocka_unit_test(test_a_late_answer_is_kept),
                                     cmocka_unit_test(test_request_twice),
                                     cmocka_unit_test(test_an_order_that_is_sent_twice_is_one_order),
                                     cmocka_unit_test(test_answer_never),
                                     cmocka_unit_test(test_answer_lost_and_answer_closed),
                                     cmocka_unit_test(test_answer_cut),
                                     cmocka_unit_test(test_answer_garbled),
                                     cmocka_unit_test(test_answer_error),
                                     cmocka_unit_test(test_answer_twice),
                                     cmocka_unit_test(test_partial_then_cancel),
                                     cmocka_unit_test(test_partial_then_cancel_later),
                                     cmocka_unit_test(test_venue_cancel),
                                     cmocka_unit_test(test_what_makes_no_order_is_no_subject_of_those),
                                     cmocka_unit_test(test_a_fault_is_for_a_method_a_path_and_a_product),
                                     cmocka_unit_test(test_a_fault_has_its_time)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
