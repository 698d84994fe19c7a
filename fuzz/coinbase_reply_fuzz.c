/* SPDX-License-Identifier: MIT */
/* coinbase_reply_fuzz: any bytes as the venue's answer to a request. The first byte picks the status, what is behind it
 * is the body. Whatever it says, the reply is whole, clean, and of an outcome that its verdict allows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "broker/coinbase/client_clock.h"
#include "broker/coinbase/client_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static void check_text(const char *text, size_t size) {
  must(memchr(text, 0, size) != NULL && !strstr(text, "eyJ"));
  for (; *text; text++) must((unsigned char)*text >= ' ' && *text != 127);
}

static void check(const neap_coinbase_reply *reply, neap_coinbase_verdict verdict) {
  check_text(reply->code, sizeof reply->code);
  check_text(reply->reason, sizeof reply->reason);
  check_text(reply->message, sizeof reply->message);
  must((reply->outcome == NEAP_COINBASE_DONE) == !*reply->code);
  must((reply->outcome == NEAP_COINBASE_IN_DOUBT) == (verdict == NEAP_VERDICT_DOUBT));
  must(reply->outcome == NEAP_COINBASE_DONE || *reply->message);
}

static void read_time(const char *body, size_t length) {
  neap_coinbase_clock clock = {0};
  neap_coinbase_clock_time(&clock, body, length, INT64_C(1767225600000000000), INT64_C(1767225600500000000));
  must(clock.has_told || clock.told == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int statuses[] = {200, 204, 302, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 520, 599, 999};
  neap_buffer body;
  neap_coinbase_reply reply;
  if (size == 0) return 0;
  neap_buffer_init(&body);
  neap_buffer_append(&body, data + 1, size - 1);
  neap_buffer_append(&body, "", 1);
  const neap_http_answer answer = {
      .end = NEAP_HTTP_ANSWERED, .status = statuses[data[0] % 16], .body = (const char *)body.data, .length = size - 1};
  check(&reply, neap_coinbase_reply_read(&answer, data[0] & 16, &reply));
  read_time(answer.body, answer.length);
  neap_buffer_fini(&body);
  return 0;
}
