/* SPDX-License-Identifier: MIT */
/* The HTTP client against the real server, both in one thread: what is answered, what never left, what is in doubt. */
#include "net/http.h"

#include <unistd.h>

#include "server_support.h"
#include "session/loop.h"

enum { HEARD = 16, ROUNDS = 60000, WAIT_NS = 200000 };

typedef struct scene {
  server_stage stage;
  server_identity identity;
  neap_loop *loop;
  neap_http *http;
  char base[64], authorities[64];
  bool numbers_answers;
  size_t heard;
  neap_http_answer answers[HEARD];
  char bodies[HEARD][256];
} scene;

static void hear(void *context, const neap_http_answer *answer) {
  scene *self = context;
  assert_true(self->heard < HEARD);
  snprintf(self->bodies[self->heard], sizeof self->bodies[0], "%s", answer->body);
  self->answers[self->heard++] = *answer;
}

static void turn(scene *self) {
  if (self->stage.server) server_stage_turn(&self->stage);
  neap_loop_turn(self->loop, neap_loop_now() + WAIT_NS);
  neap_http_tick(self->http);
}

static void await(scene *self, size_t number) {
  for (int i = 0; i < ROUNDS && self->heard < number; i++) turn(self);
  assert_int_equal(self->heard, number);
}

static void open_http(scene *self, const char *base, int64_t request_ns, size_t answer_bytes) {
  neap_fault fault = {0};
  const neap_http_options options = {.base = base,
                                     .authorities = self->authorities,
                                     .poller = neap_loop_poller(self->loop),
                                     .now = neap_loop_now,
                                     .request_ns = request_ns,
                                     .answer_bytes = answer_bytes,
                                     .connections = self->numbers_answers ? 1 : 2,
                                     .numbers_answers = self->numbers_answers};
  if (neap_http_open(&options, &self->http, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static void write_authorities(scene *self) {
  strcpy(self->authorities, "/tmp/neap-http-XXXXXX");
  int file = mkstemp(self->authorities);
  size_t length = strlen(self->identity.certificate);
  assert_int_equal(write(file, self->identity.certificate, length), (ssize_t)length);
  close(file);
}

static void open_scene(scene *self, int64_t request_ns, size_t answer_bytes) {
  memset(self, 0, sizeof *self);
  server_identity_make(&self->identity);
  server_stage_open(&self->stage, NULL, &self->identity);
  assert_int_equal(neap_loop_open(&self->loop, NULL), NEAP_OK);
  write_authorities(self);
  snprintf(self->base, sizeof self->base, "https://127.0.0.1:%u", neap_server_port(self->stage.server));
  open_http(self, self->base, request_ns, answer_bytes);
}

static void close_scene(scene *self) {
  neap_http_close(self->http);
  if (self->stage.server) server_stage_close(&self->stage);
  neap_loop_close(self->loop);
  unlink(self->authorities);
}

static void ask(scene *self, const char *method, const char *path, const char *body) {
  neap_fault fault = {0};
  const neap_http_request request = {
      .method = method, .path = path, .authorization = "Bearer x", .body = body, .length = body ? strlen(body) : 0};
  if (neap_http_ask(self->http, &request, hear, self, NULL, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static void requests_are_answered_on_kept_connections(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  ask(&self, "GET", "/a?b=1", NULL);
  await(&self, 1);
  ask(&self, "POST", "/orders", "{\"x\":1}");
  await(&self, 2);
  ask(&self, "DELETE", "/portfolios/1", NULL);
  ask(&self, "PUT", "/portfolios/1", "{}");
  await(&self, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(self.answers[i].end, NEAP_HTTP_ANSWERED);
    assert_int_equal(self.answers[i].status, 200);
    assert_true(self.answers[i].date > 0 && self.answers[i].took > 0);
  }
  assert_string_equal(self.bodies[0], "GET /a?b=1 []\n");
  assert_string_equal(self.bodies[1], "POST /orders [{\"x\":1}]\n");
  assert_true(self.answers[0].was_fresh);
  assert_false(self.answers[1].was_fresh);
  assert_int_equal(neap_http_under_way(self.http), 0);
  close_scene(&self);
}

static void many_wait_for_their_connection(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  for (int i = 0; i < HEARD; i++) ask(&self, "GET", "/many", NULL);
  assert_int_equal(neap_http_under_way(self.http), HEARD);
  await(&self, HEARD);
  assert_true(server_stage_counts(&self.stage).accepted <= 2);
  close_scene(&self);
}

static void a_certificate_that_is_not_trusted_sends_nothing(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  neap_http_close(self.http);
  server_identity other;
  server_identity_make(&other);
  self.identity = other;
  unlink(self.authorities);
  write_authorities(&self);
  open_http(&self, self.base, 0, 0);
  ask(&self, "POST", "/orders", "{}");
  await(&self, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_UNSENT);
  assert_string_equal(self.answers[0].code, "tls");
  assert_string_equal(server_stage_log(&self.stage), "");
  close_scene(&self);
}

static void nobody_there_is_unsent(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  server_stage_close(&self.stage);
  self.stage.server = NULL;
  ask(&self, "POST", "/orders", "{}");
  await(&self, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_UNSENT);
  assert_string_equal(self.answers[0].code, "connect");
  assert_null(strstr(self.answers[0].message, "Bearer"));
  close_scene(&self);
}

static void drop_it(server_stage *stage) { neap_server_drop(stage->calls[--stage->call_count], NEAP_SERVER_RESET); }
static void end_it(server_stage *stage) { neap_server_drop(stage->calls[--stage->call_count], NEAP_SERVER_FIN); }

/* Curl would ask again on its own: a venue that had it would have it twice. */
static void an_order_whose_answer_is_lost_is_in_doubt_and_was_sent_once(void **state) {
  void (*const ends[])(server_stage *) = {drop_it, end_it};
  (void)state;
  for (int kept = 0; kept < 2; kept++) {
    for (int i = 0; i < 2; i++) {
      scene self;
      open_scene(&self, 0, 0);
      if (kept) ask(&self, "GET", "/first", NULL), await(&self, 1);
      server_stage_log(&self.stage);
      self.stage.holds = true, self.stage.on_request = ends[i];
      ask(&self, "POST", "/orders", "{\"order\":1}");
      await(&self, (size_t)kept + 1);
      for (int more = 0; more < 50; more++) turn(&self);
      assert_int_equal(self.answers[kept].end, NEAP_HTTP_DOUBTFUL);
      assert_string_equal(server_stage_log(&self.stage), "POST /orders [{\"order\":1}]\n");
      close_scene(&self);
    }
  }
}

static void cut_it(server_stage *stage) {
  const neap_server_reply reply = {.status = 200, .content_type = "text/plain", .body = "0123456789", .length = 10};
  neap_server_answer_cut(stage->calls[--stage->call_count], &reply, 4, NEAP_SERVER_FIN, NULL);
}

static void an_answer_that_is_cut_is_in_doubt(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  self.stage.holds = true, self.stage.on_request = cut_it;
  ask(&self, "POST", "/orders", "{}");
  await(&self, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_DOUBTFUL);
  assert_string_equal(self.answers[0].code, "cut");
  close_scene(&self);
}

static void no_answer_in_time_is_in_doubt(void **state) {
  scene self;
  (void)state;
  open_scene(&self, NEAP_SECOND, 0);
  self.stage.holds = true;
  ask(&self, "POST", "/orders", "{}");
  await(&self, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_DOUBTFUL);
  assert_string_equal(self.answers[0].code, "timeout");
  close_scene(&self);
}

static void refuse_it(server_stage *stage) {
  const neap_server_line lines[] = {{"Retry-After", "7"}};
  const neap_server_reply reply = {.status = 429, .lines = lines, .line_count = 1, .body = "slow", .length = 4};
  neap_server_answer(stage->calls[--stage->call_count], &reply, NULL);
}

static void what_the_server_says_of_itself_is_told(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  self.stage.holds = true, self.stage.on_request = refuse_it;
  ask(&self, "GET", "/", NULL);
  await(&self, 1);
  assert_int_equal(self.answers[0].status, 429);
  assert_int_equal(self.answers[0].retry_after, 7 * NEAP_SECOND);
  assert_string_equal(self.bodies[0], "slow");
  close_scene(&self);
}

static void an_answer_without_end_is_left(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, 8);
  ask(&self, "GET", "/longer-than-eight", NULL);
  await(&self, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_DOUBTFUL);
  assert_string_equal(self.answers[0].code, "too_large");
  close_scene(&self);
}

/* The server holds the call, and answers it with that number. */
static void answer_with(scene *self, const char *number) {
  const neap_server_line line = {"x-request-id", number};
  const neap_server_reply reply = {.status = 200, .lines = &line, .line_count = 1, .body = "{}", .length = 2};
  for (int i = 0; i < ROUNDS && self->stage.call_count == 0; i++) turn(self);
  assert_int_equal(neap_server_answer(self->stage.calls[--self->stage.call_count], &reply, NULL), NEAP_OK);
}

/* A second answer to the request before, which is read as this one's: all behind it would be off by one, too. */
static void the_answer_before_it_is_no_answer(void **state) {
  static const struct {
    const char *number;
    bool is_answer, is_fresh;
  } cases[] = {{"1", true, true}, {"2", true, false}, {"2", false, false}, {"3", true, true}, {"4", true, false}};
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  neap_http_close(self.http);
  self.numbers_answers = self.stage.holds = true;
  open_http(&self, self.base, 0, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ask(&self, "POST", "/orders", "{}");
    answer_with(&self, cases[i].number);
    await(&self, i + 1);
    assert_int_equal(self.answers[i].end, cases[i].is_answer ? NEAP_HTTP_ANSWERED : NEAP_HTTP_DOUBTFUL);
    assert_string_equal(self.answers[i].code, cases[i].is_answer ? "" : "answer_twice");
    assert_int_equal(self.answers[i].was_fresh, cases[i].is_fresh);
  }
  close_scene(&self);
}

static void what_is_forgotten_is_not_told_and_what_is_closed_is(void **state) {
  scene self;
  neap_http_call *call;
  (void)state;
  open_scene(&self, 0, 0);
  self.stage.holds = true;
  const neap_http_request request = {.method = "GET", .path = "/"};
  assert_int_equal(neap_http_ask(self.http, &request, hear, &self, &call, NULL), NEAP_OK);
  ask(&self, "GET", "/2", NULL);
  neap_http_forget(call);
  for (int i = 0; i < ROUNDS && self.stage.call_count < 2; i++) turn(&self);
  neap_http_close(self.http);
  assert_int_equal(self.heard, 1);
  assert_int_equal(self.answers[0].end, NEAP_HTTP_DOUBTFUL);
  open_http(&self, self.base, 0, 0);
  close_scene(&self);
}

static void bases_and_requests_that_are_none_are_refused(void **state) {
  static const struct {
    const char *base, *code;
  } cases[] = {{"api.coinbase.com", "bad_base"},
               {"https://", "bad_base"},
               {"https://a/b", "bad_base"},
               {"ftp://127.0.0.1", "bad_base"},
               {"https://a\r\nX: y", "bad_base"},
               {"https://user:word@host", "bad_base"},
               {"http://api.coinbase.com", "not_safe"},
               {"http://127.0.0.1.evil.com", "not_safe"},
               {"http://localhostage", "not_safe"}};
  scene self;
  (void)state;
  open_scene(&self, 0, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    neap_fault fault = {0};
    neap_http *http;
    const neap_http_options options = {
        .base = cases[i].base, .poller = neap_loop_poller(self.loop), .now = neap_loop_now};
    assert_int_not_equal(neap_http_open(&options, &http, &fault), NEAP_OK);
    assert_string_equal(fault.code, cases[i].code);
  }
  const neap_http_request bad[] = {{.method = "GET", .path = "nowhere"},
                                   {.method = "GET", .path = "/\r\nX: y"},
                                   {.method = "GET", .path = "/", .authorization = "a\nb"}};
  for (size_t i = 0; i < 3; i++) {
    neap_fault fault = {0};
    assert_int_equal(neap_http_ask(self.http, &bad[i], hear, &self, NULL, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "bad_request");
  }
  close_scene(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_answered_on_kept_connections),
      cmocka_unit_test(many_wait_for_their_connection),
      cmocka_unit_test(a_certificate_that_is_not_trusted_sends_nothing),
      cmocka_unit_test(nobody_there_is_unsent),
      cmocka_unit_test(an_order_whose_answer_is_lost_is_in_doubt_and_was_sent_once),
      cmocka_unit_test(an_answer_that_is_cut_is_in_doubt),
      cmocka_unit_test(no_answer_in_time_is_in_doubt),
      cmocka_unit_test(what_the_server_says_of_itself_is_told),
      cmocka_unit_test(an_answer_without_end_is_left),
      cmocka_unit_test(the_answer_before_it_is_no_answer),
      cmocka_unit_test(what_is_forgotten_is_not_told_and_what_is_closed_is),
      cmocka_unit_test(bases_and_requests_that_are_none_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
