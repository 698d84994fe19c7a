/* SPDX-License-Identifier: MIT */
/* The WebSocket client against a server that keeps no rule: answers that are none, frames that may not be, all of it in
 * pieces; and what the client says then. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "raw_server.h"
#include "websocket_support.h"

#define BYTES(text) (text), sizeof(text) - 1

enum { HEAD_ROOM = 20000 };

typedef struct scene {
  raw_server server;
  neap_loop *loop;
  ear ear;
} scene;

static void serve(void *context) { raw_turn(context); }

static void prepare(scene *self) {
  memset(self, 0, sizeof *self);
  raw_open(&self->server);
  assert_int_equal(neap_loop_open(&self->loop, NULL), NEAP_OK);
  ear_init(&self->ear, self->loop);
  self->ear.others = serve, self->ear.context = &self->server;
}

static neap_websocket_options options_of(const scene *self) {
  return (neap_websocket_options){.url = self->server.url};
}

/* Until the client has asked. */
static void begin(scene *self, neap_websocket_options options) {
  prepare(self);
  options.url = self->server.url;
  ear_open(&self->ear, options);
  for (int i = 0; i < EAR_ROUNDS && !raw_was_asked(&self->server); i++) ear_turn(&self->ear);
  assert_true(raw_was_asked(&self->server));
}

static void answer_well(scene *self) {
  char head[512];
  raw_say(&self->server, head, raw_answer(&self->server, head, sizeof head, ""));
  ear_await(&self->ear, &self->ear.opened, 1);
  neap_buffer_clear(&self->server.in);
  ear_log(&self->ear);
}

static void finish(scene *self) {
  ear_fini(&self->ear);
  raw_close(&self->server);
  neap_loop_close(self->loop);
}

/* The client's next frame; 0: it is not here. */
static unsigned next_frame(scene *self, char *payload, size_t room, size_t *length) {
  unsigned what = 0;
  for (int i = 0; i < EAR_ROUNDS && !raw_frame(&self->server, &what, payload, room, length); i++) ear_turn(&self->ear);
  return what;
}

static void await_frame(scene *self, unsigned first, const char *payload, size_t length) {
  char heard[256];
  size_t size = 0;
  assert_int_equal(next_frame(self, heard, sizeof heard, &size), first);
  assert_int_equal(size, length);
  assert_memory_equal(heard, payload, length);
}

/* --- handshakes --------------------------------------------------------------------------------------------------- */

static void what_it_asks(void **state) {
  scene self;
  (void)state;
  begin(&self, (neap_websocket_options){.user_agent = "neap/1", .header = "x-cb-retry-counter: 1"});
  neap_buffer_append(&self.server.in, "", 1);
  char *asked = (char *)self.server.in.data, *key = strstr(asked, "Sec-WebSocket-Key: ");
  assert_non_null(key);
  memset(key + 19, 'K', 22);
  char expected[512];
  snprintf(expected, sizeof expected,
           "GET /path?a=b HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KKKKKKKKKKKKKKKKKKKKKK==\r\nUser-Agent: neap/1\r\n"
           "x-cb-retry-counter: 1\r\n\r\n",
           (int)strcspn(self.server.url + 5, "/"), self.server.url + 5);
  assert_string_equal(asked, expected);
  finish(&self);
}

static void an_answer_in_pieces_with_frames_behind_it(void **state) {
  static const char frames[] = "\x81\x03one\x01\x02tw\x89\x04ping\x80\x01o\x88\x05\x03\xe8"
                               "bye";
  (void)state;
  for (size_t piece = 1; piece < 400; piece += piece < 8 ? 1 : 97) {
    char bytes[600];
    scene self;
    begin(&self, (neap_websocket_options){0});
    size_t length = raw_answer(&self.server, bytes, sizeof bytes, "Server: raw\r\n");
    memcpy(bytes + length, frames, sizeof frames - 1);
    length += sizeof frames - 1;
    neap_buffer_clear(&self.server.in);
    for (size_t at = 0; at < length; at += piece) {
      raw_say(&self.server, bytes + at, length - at < piece ? length - at : piece);
      ear_turn(&self.ear);
    }
    ear_await(&self.ear, &self.ear.ended, 1);
    const char *log = ear_log(&self.ear);
    if (piece > 350) assert_string_equal(log, "+\n> one\n> two\n- closed 1000 closed: bye\n");
    assert_non_null(strstr(log, "+\n> one\n"));
    assert_non_null(strstr(log, "> two\n"));
    assert_non_null(strstr(log, "- closed 1000 closed: bye\n"));
    if (piece < 8) await_frame(&self, 0x8a, "ping", 4);
    char payload[256];
    while (next_frame(&self, payload, sizeof payload, &length) == 0x8a) continue;
    assert_memory_equal(payload, "\x03\xe8", 2);
    finish(&self);
  }
}

static void headers_up_to_sixteen_kilobytes(void **state) {
  (void)state;
  for (int is_over = 0; is_over < 2; is_over++) {
    static char head[HEAD_ROOM], extra[HEAD_ROOM];
    scene self;
    begin(&self, (neap_websocket_options){0});
    size_t rest = 16384 - raw_answer(&self.server, head, sizeof head, "X: \r\n") + (size_t)is_over;
    snprintf(extra, sizeof extra, "X: %0*d\r\n", (int)rest, 0);
    size_t length = raw_answer(&self.server, head, sizeof head, extra);
    assert_int_equal(length, 16384 + is_over);
    raw_say(&self.server, head, length);
    for (int i = 0; i < EAR_ROUNDS && !self.ear.opened && !self.ear.ended; i++) ear_turn(&self.ear);
    assert_string_equal(ear_log(&self.ear),
                        is_over ? "- failed 0 bad_handshake: the answer's headers have more than 16 KB\n" : "+\n");
    finish(&self);
  }
}

static void answers_that_are_none(void **state) {
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define GOOD "Sec-WebSocket-Accept: $\r\n"
  static const struct {
    const char *answer, *code;
    int status;
  } cases[] = {
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "refused", 403},
      {"HTTP/1.1 404 Not Found\r\n\r\n", "refused", 404},
      {"HTTP/1.1 503 \r\n\r\n", "refused", 503},
      {"HTTP/1.1 429\r\n\r\n", "refused", 429},
      {"HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n\r\n", "refused", 301},
      {"HTTP/1.1 200 OK\r\n" UPGRADE CONNECTION GOOD "\r\n", "refused", 200},
      {SWITCH UPGRADE CONNECTION "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION "Sec-WebSocket-Accept: \r\n\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION "\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION GOOD GOOD "\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE GOOD "\r\n", "bad_handshake", 0},
      {SWITCH CONNECTION GOOD "\r\n", "bad_handshake", 0},
      {SWITCH "Upgrade: h2c\r\n" CONNECTION GOOD "\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION GOOD "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION GOOD "Sec-WebSocket-Protocol: chat\r\n\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION GOOD "no header\r\n\r\n", "bad_handshake", 0},
      {SWITCH UPGRADE CONNECTION GOOD "X: a\x01"
                                      "b\r\n\r\n",
       "bad_handshake", 0},
      {"HTTP/1.0 101 x\r\n" UPGRADE CONNECTION GOOD "\r\n", "bad_handshake", 0},
      {"HTTP/2 101 x\r\n" UPGRADE CONNECTION GOOD "\r\n", "bad_handshake", 0},
      {"HTTP/1.1 1010 x\r\n" UPGRADE CONNECTION GOOD "\r\n", "bad_handshake", 0},
      {"\x81\x05hello\r\n\r\n", "bad_handshake", 0},
      {"\r\n\r\n", "bad_handshake", 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char good[512], bytes[1024] = "", *accept;
    scene self;
    begin(&self, (neap_websocket_options){0});
    raw_answer(&self.server, good, sizeof good, "");
    accept = strstr(good, "Accept: ") + 8;
    for (const char *from = cases[i].answer; *from; from++)
      snprintf(bytes + strlen(bytes), sizeof bytes - strlen(bytes), "%.*s", *from == '$' ? 28 : 1,
               *from == '$' ? accept : from);
    raw_say(&self.server, bytes, strlen(bytes));
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_int_equal(self.ear.how, NEAP_WEBSOCKET_FAILED);
    assert_string_equal(self.ear.code, cases[i].code);
    assert_int_equal(self.ear.close_code, cases[i].status);
    assert_int_equal(self.ear.opened, 0);
    finish(&self);
  }
}

static void a_server_that_leaves_without_an_answer(void **state) {
  (void)state;
  for (int is_begun = 0; is_begun < 2; is_begun++) {
    scene self;
    begin(&self, (neap_websocket_options){0});
    if (is_begun) raw_say(&self.server, BYTES("HTTP/1.1 101 Switching"));
    raw_leave(&self.server);
    self.server.ended = true;
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_string_equal(ear_log(&self.ear), "- failed 0 reset: the server left without an answer to the handshake\n");
    finish(&self);
  }
}

/* It takes the connection, or not even that; in TLS as well as in the handshake. */
static void a_server_that_never_answers(void **state) {
  (void)state;
  for (int way = 0; way < 3; way++) {
    char url[80];
    scene self;
    prepare(&self);
    neap_websocket_options options = options_of(&self);
    neap_text_copy(url, sizeof url, "wss");
    neap_text_copy(url + 3, sizeof url - 3, self.server.url + 2);
    if (way == 1) options.url = url;
    if (way == 2) self.ear.others = NULL;
    options.connect_ns = NEAP_SECOND / 4;
    ear_open(&self.ear, options);
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_int_equal(self.ear.how, NEAP_WEBSOCKET_FAILED);
    assert_string_equal(self.ear.code, "timeout");
    finish(&self);
  }
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

static void good_frames(void **state) {
  scene self;
  (void)state;
  begin(&self, (neap_websocket_options){0});
  answer_well(&self);
  raw_say(&self.server, BYTES("\x01\x04one \x89\x0d"
                              "are you there\x00\x00\x00\x05two \xce"
                              "\x8a\x1c"
                              "a pong that nobody asked for\x80\x01\xb1\x81\x00\x89\x00"));
  ear_await(&self.ear, &self.ear.messages, 2);
  assert_string_equal(ear_log(&self.ear), "> one two \xce\xb1\n> \n.\n");
  await_frame(&self, 0x8a, "are you there", 13);
  await_frame(&self, 0x8a, "", 0);
  ear_send(&self.ear, "hello");
  await_frame(&self, 0x81, "hello", 5);
  neap_websocket_close(self.ear.socket);
  self.ear.socket = NULL;
  await_frame(&self, 0x88, "\x03\xe8", 2);
  assert_int_equal(self.ear.ended, 0);
  finish(&self);
}

static void closes(void **state) {
  static const struct {
    const char *bytes;
    size_t length;
    int code;
    const char *reason;
  } cases[] = {{BYTES("\x88\x00"), 1005, ""},
               {BYTES("\x88\x02\x03\xe8"), 1000, ""},
               {BYTES("\x88\x04\x03\xe9go"), 1001, "go"},
               {BYTES("\x88\x02\x03\xf4"), 1012, ""},
               {BYTES("\x88\x04\x03\xf5"
                      "\xce\xb1"),
                1013, "\xce\xb1"},
               {BYTES("\x88\x02\x0b\xb8"), 3000, ""},
               {BYTES("\x88\x02\x13\x87"), 4999, ""}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
      char expected[200];
      scene self;
      begin(&self, (neap_websocket_options){0});
      answer_well(&self);
      for (size_t at = 0; in_pieces && at + 1 < cases[i].length; at++)
        raw_say(&self.server, cases[i].bytes + at, 1), ear_turn(&self.ear);
      size_t told = in_pieces ? cases[i].length - 1 : 0;
      raw_say(&self.server, cases[i].bytes + told, cases[i].length - told);
      ear_await(&self.ear, &self.ear.ended, 1);
      snprintf(expected, sizeof expected, "- closed %d closed: %s\n", cases[i].code, cases[i].reason);
      assert_string_equal(ear_log(&self.ear), expected);
      await_frame(&self, 0x88, cases[i].bytes + 2, cases[i].length > 2 ? 2 : 0);
      finish(&self);
    }
  }
}

static void frames_that_may_not_be(void **state) {
  static const struct {
    const char *what, *bytes;
    size_t length;
    int code;
  } cases[] = {
      {"masked", BYTES("\x81\x85\x00\x00\x00\x00hello"), 1002},
      {"a masked close", BYTES("\x88\x82\x00\x00\x00\x00\x03\xe8"), 1002},
      {"reserved bit 1", BYTES("\xc1\x05hello"), 1002},
      {"reserved bit 2", BYTES("\xa1\x05hello"), 1002},
      {"reserved bit 3", BYTES("\x91\x05hello"), 1002},
      {"a ping with a reserved bit", BYTES("\xc9\x00"), 1002},
      {"opcode 3", BYTES("\x83\x01x"), 1002},
      {"opcode 11", BYTES("\x8b\x00"), 1002},
      {"a binary message", BYTES("\x82\x01x"), 1003},
      {"a continuation of nothing", BYTES("\x80\x01x"), 1002},
      {"a message within a message", BYTES("\x01\x01x\x81\x01y"), 1002},
      {"a ping in fragments", BYTES("\x09\x01x"), 1002},
      {"a close in fragments", BYTES("\x08\x02\x03\xe8"), 1002},
      {"a ping of 126 bytes", BYTES("\x89\x7e\x00\x7e"), 1002},
      {"a length longer than it need be", BYTES("\x81\x7e\x00\x05hello"), 1002},
      {"a length of eight bytes that need be two", BYTES("\x81\x7f\0\0\0\0\0\0\x01\x00"), 1002},
      {"a length of 2^63", BYTES("\x81\x7f\x80\0\0\0\0\0\0\0"), 1002},
      {"a length of 2^62", BYTES("\x81\x7f\x40\0\0\0\0\0\0\0x"), 1009},
      {"a byte over the limit", BYTES("\x81\x7f\0\0\0\0\0\x01\x00\x01x"), 1009},
      {"fragments over the limit", BYTES("\x01\x01x\x80\x7f\0\0\0\0\0\x01\x00\x00y"), 1009},
      {"bad UTF-8", BYTES("\x81\x02\xc3\x28"), 1007},
      {"a surrogate", BYTES("\x81\x03\xed\xa0\x80"), 1007},
      {"half a character", BYTES("\x81\x01\xce"), 1007},
      {"bad UTF-8 over fragments", BYTES("\x01\x01\xce\x80\x01x"), 1007},
      {"a close of one byte", BYTES("\x88\x01\x03"), 1002},
      {"close 999", BYTES("\x88\x02\x03\xe7"), 1002},
      {"close 1004", BYTES("\x88\x02\x03\xec"), 1002},
      {"close 1005", BYTES("\x88\x02\x03\xed"), 1002},
      {"close 1006", BYTES("\x88\x02\x03\xee"), 1002},
      {"close 1015", BYTES("\x88\x02\x03\xf7"), 1002},
      {"close 2000", BYTES("\x88\x02\x07\xd0"), 1002},
      {"close 5000", BYTES("\x88\x02\x13\x88"), 1002},
      {"a close with a reason that is no UTF-8", BYTES("\x88\x04\x03\xe8\xc3\x28"), 1007},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
      const char close[] = {(char)(cases[i].code >> 8), (char)cases[i].code};
      scene self;
      begin(&self, (neap_websocket_options){.message_bytes = 65536});
      answer_well(&self);
      raw_say(&self.server, BYTES("\x81\x04"
                                  "good"));
      for (size_t at = 0; in_pieces && at < cases[i].length && !self.ear.ended; at++)
        raw_say(&self.server, cases[i].bytes + at, 1), ear_turn(&self.ear);
      if (!in_pieces) {
        raw_say(&self.server, cases[i].bytes, cases[i].length);
        raw_say(&self.server, BYTES("\x81\x05never"));
      }
      ear_await(&self.ear, &self.ear.ended, 1);
      assert_int_equal(self.ear.how, NEAP_WEBSOCKET_BROKEN);
      assert_int_equal(self.ear.close_code, cases[i].code);
      assert_non_null(strstr(ear_log(&self.ear), "> good\n"));
      assert_int_equal(self.ear.messages, 1);
      await_frame(&self, 0x88, close, 2);
      assert_int_equal(self.server.in.size, 0);
      finish(&self);
    }
  }
}

static void a_message_at_its_limit(void **state) {
  char *bytes = malloc(65546);
  scene self;
  (void)state;
  begin(&self, (neap_websocket_options){.message_bytes = 65536});
  answer_well(&self);
  memcpy(bytes, "\x81\x7f\0\0\0\0\0\x01\0\0", 10);
  memset(bytes + 10, 'x', 65536);
  raw_say(&self.server, bytes, 65546);
  ear_await(&self.ear, &self.ear.messages, 1);
  assert_int_equal(self.ear.bytes, 65536);
  finish(&self);
  free(bytes);
}

/* As a venue with nothing better to do might. */
static void a_large_message_in_the_smallest_fragments(void **state) {
  enum { COUNT = 30000 };
  scene self;
  (void)state;
  begin(&self, (neap_websocket_options){0});
  answer_well(&self);
  raw_say(&self.server, BYTES("\x01\x01x"));
  for (int i = 0; i < COUNT; i++) {
    raw_say(&self.server, BYTES("\x00\x01y"));
    if (i % 1000 == 0) ear_turn(&self.ear);
  }
  raw_say(&self.server, BYTES("\x80\x01z"));
  ear_await(&self.ear, &self.ear.messages, 1);
  assert_int_equal(self.ear.bytes, COUNT + 2);
  finish(&self);
}

/* The first message closes the socket: the second, of the same piece, is not told. */
static void nothing_is_told_after_a_close_of_ours(void **state) {
  scene self;
  (void)state;
  begin(&self, (neap_websocket_options){0});
  answer_well(&self);
  self.ear.closes_in = EAR_MESSAGE;
  raw_say(&self.server, BYTES("\x81\x03one\x81\x03two\x89\x00\x88\x02\x03\xe8"));
  for (int i = 0; i < EAR_ROUNDS && !self.server.ended; i++) ear_turn(&self.ear);
  assert_string_equal(ear_log(&self.ear), "> one\n");
  await_frame(&self, 0x88, "\x03\xe8", 2);
  assert_int_equal(self.server.in.size, 0);
  finish(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_it_asks),
      cmocka_unit_test(an_answer_in_pieces_with_frames_behind_it),
      cmocka_unit_test(headers_up_to_sixteen_kilobytes),
      cmocka_unit_test(answers_that_are_none),
      cmocka_unit_test(a_server_that_leaves_without_an_answer),
      cmocka_unit_test(a_server_that_never_answers),
      cmocka_unit_test(good_frames),
      cmocka_unit_test(closes),
      cmocka_unit_test(frames_that_may_not_be),
      cmocka_unit_test(a_message_at_its_limit),
      cmocka_unit_test(a_large_message_in_the_smallest_fragments),
      cmocka_unit_test(nothing_is_told_after_a_close_of_ours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
