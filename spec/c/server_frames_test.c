/* SPDX-License-Identifier: MIT */
/* server_frames: handshakes, and what RFC 6455 says of each kind of frame: those that are good, and those that end the
 * connection with a code. Beside them another connection goes on. */
#include <stdio.h>

#include "server_support.h"

#define FRAME(bytes) (bytes), sizeof(bytes) - 1

static void open_pair(server_pair *self) {
  server_pair_open(self, NULL, NULL);
  self->stage.echoes = true;
  client_upgrade(&self->client, "/");
}

/* --- handshakes --------------------------------------------------------------------------------------------------- */

#define ASK "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static void shake(const char *text, const char *expected, bool refuses) {
  server_stage stage;
  server_client client;
  server_stage_open(&stage, NULL, NULL);
  stage.refuses = refuses;
  client_connect(&client, &stage);
  client_say(&client, text);
  client_await(&client, expected);
  assert_int_equal(memmem(client.in.data, client.in.size, "101 ", 4) != NULL, strstr(expected, "101 ") != NULL);
  assert_null(memmem(client.in.data, client.in.size, "Extensions", 10));
  assert_int_equal(server_stage_counts(&stage).sockets, strstr(expected, "101") ? 1 : 0);
  client_leave(&client);
  server_stage_close(&stage);
  assert_int_equal(stage.closed, strstr(expected, "101") ? 1 : 0);
}

static void test_handshakes(void **state) {
  (void)state;
  shake(ASK KEY VERSION "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        false);
  shake(ASK KEY VERSION "\r\n", "HTTP/1.1 403 ", true);
  shake(ASK KEY "Sec-WebSocket-Version: 8\r\n\r\n", "HTTP/1.1 426 ", false);
  shake(ASK KEY "\r\n", "Sec-WebSocket-Version: 13\r\n", false);
  shake(ASK VERSION "\r\n", "HTTP/1.1 400 ", false);
  shake(ASK VERSION "Sec-WebSocket-Key: short\r\n\r\n", "HTTP/1.1 400 ", false);
  shake(ASK KEY VERSION "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 400 ", false);
  shake("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" KEY VERSION "\r\n", "GET /ws []\n", false);
}

static void test_a_request_then_a_handshake_then_a_frame_in_one_piece(void **state) {
  static const char start[] = "GET /first HTTP/1.1\r\nHost: x\r\n\r\n" ASK KEY VERSION "\r\n";
  unsigned char bytes[400];
  server_pair self;
  (void)state;
  server_stage_open(&self.stage, NULL, NULL);
  self.stage.echoes = true;
  client_connect(&self.client, &self.stage);
  memcpy(bytes, start, sizeof start - 1);
  client_send(&self.client, bytes, sizeof start - 1 + frame_make(bytes + sizeof start - 1, 0x81, "hello", 5));
  client_await(&self.client, "\x81\x05hello");
  assert_string_equal(server_stage_log(&self.stage), "GET /first []\n+ /ws\n> hello\n");
  server_pair_close(&self);
}

/* --- good frames -------------------------------------------------------------------------------------------------- */

static void test_fragments_with_a_ping_between(void **state) {
  server_pair self;
  (void)state;
  open_pair(&self);
  client_frame(&self.client, 0x01, "one ", 4);
  client_frame(&self.client, 0x89, "are you there", 13);
  client_await(&self.client, "\x8a\x0d"
                             "are you there");
  client_frame(&self.client, 0x00, "", 0);
  client_frame(&self.client, 0x00, "two \xce", 5);
  client_frame(&self.client, 0x8a, "a pong that nobody asked for", 28);
  client_frame(&self.client, 0x80, "\xb1", 1);
  client_await(&self.client, "\x81\x0aone two \xce\xb1");
  server_pair_close(&self);
}

static void test_lengths_of_every_width(void **state) {
  static char text[262144];
  static const size_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, 262144};
  server_pair self;
  (void)state;
  memset(text, 'x', sizeof text);
  open_pair(&self);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    size_t length = lengths[i], head = length < 126 ? 2 : length < 65536 ? 4 : 10;
    client_forget(&self.client);
    client_frame(&self.client, 0x81, text, length);
    client_await_bytes(&self.client, head + length);
    assert_int_equal(self.client.in.size, head + length);
    assert_memory_equal(self.client.in.data + head, text, length);
    assert_int_equal(self.client.in.data[1], head == 2 ? length : head == 4 ? 126 : 127);
  }
  server_pair_close(&self);
}

static void test_a_frame_byte_by_byte(void **state) {
  unsigned char bytes[64];
  server_pair self;
  (void)state;
  open_pair(&self);
  size_t length = frame_make(bytes, 0x81, "slow", 4);
  for (size_t i = 0; i < length; i++) client_send(&self.client, bytes + i, 1), server_stage_turn(&self.stage);
  client_await(&self.client, "\x81\x04slow");
  server_pair_close(&self);
}

static void test_a_close_is_answered_with_its_code(void **state) {
  server_pair self;
  (void)state;
  open_pair(&self);
  client_frame(&self.client, 0x88, "\x03\xe8 bye", 6);
  client_await(&self.client, "\x88\x06\x03\xe8 bye");
  client_await_end(&self.client);
  assert_false(self.client.reset);
  server_pair_close(&self);
  assert_int_equal(self.stage.closed, 1);
}

/* --- bad frames --------------------------------------------------------------------------------------------------- */

typedef struct bad_frame {
  const char *what;
  const void *bytes;
  size_t length;
  int code;
} bad_frame;

/* Masked with zeros, so that they can be read here. */
#define MASK "\0\0\0\0"
static const bad_frame bad_frames[] = {
    {"not masked", FRAME("\x81\x02hi"), 1002},
    {"reserved bit 1, which no extension gave a meaning", FRAME("\xc1\x82" MASK "hi"), 1002},
    {"reserved bit 2", FRAME("\xa1\x82" MASK "hi"), 1002},
    {"reserved bit 3 of a ping", FRAME("\x99\x82" MASK "hi"), 1002},
    {"opcode 3", FRAME("\x83\x82" MASK "hi"), 1002},
    {"opcode 7", FRAME("\x87\x80" MASK), 1002},
    {"opcode 11", FRAME("\x8b\x82" MASK "hi"), 1002},
    {"opcode 15", FRAME("\x8f\x80" MASK), 1002},
    {"a ping in fragments", FRAME("\x09\x82" MASK "hi"), 1002},
    {"a close in fragments", FRAME("\x08\x82" MASK "\x03\xe8"), 1002},
    {"a ping of 126 bytes", FRAME("\x89\xfe\0\x7e" MASK), 1002},
    {"a ping with a length of 64 bits", FRAME("\x89\xff\0\0\0\0\0\0\0\1" MASK "x"), 1002},
    {"2 bytes with a length of 16 bits", FRAME("\x81\xfe\0\2" MASK "hi"), 1002},
    {"2 bytes with a length of 64 bits", FRAME("\x81\xff\0\0\0\0\0\0\0\2" MASK "hi"), 1002},
    {"a length of 2 to the 63", FRAME("\x81\xff\x80\0\0\0\0\0\0\2" MASK "hi"), 1002},
    {"a continuation of nothing", FRAME("\x80\x82" MASK "hi"), 1002},
    {"a text inside a fragmented text", FRAME("\x01\x82" MASK "hi\x81\x82" MASK "ho"), 1002},
    {"a binary inside a fragmented text", FRAME("\x01\x82" MASK "hi\x82\x82" MASK "ho"), 1002},
    {"a close of 1 byte", FRAME("\x88\x81" MASK "\x03"), 1002},
    {"close code 999", FRAME("\x88\x82" MASK "\x03\xe7"), 1002},
    {"close code 1004", FRAME("\x88\x82" MASK "\x03\xec"), 1002},
    {"close code 1005, which means that there is none", FRAME("\x88\x82" MASK "\x03\xed"), 1002},
    {"close code 1006, which means that there was no close", FRAME("\x88\x82" MASK "\x03\xee"), 1002},
    {"close code 1015", FRAME("\x88\x82" MASK "\x03\xf7"), 1002},
    {"close code 5000", FRAME("\x88\x82" MASK "\x13\x88"), 1002},
    {"a close reason that is no UTF-8", FRAME("\x88\x84" MASK "\x03\xe8\xff\xfe"), 1007},
    {"a text that is no UTF-8", FRAME("\x81\x82" MASK "\xff\xfe"), 1007},
    {"a text that ends inside a character", FRAME("\x81\x81" MASK "\xce"), 1007},
    {"an overlong character", FRAME("\x81\x82" MASK "\xc0\xaf"), 1007},
    {"a surrogate", FRAME("\x81\x83" MASK "\xed\xa0\x80"), 1007},
    {"a character that breaks between fragments", FRAME("\x01\x81" MASK "\xce\x80\x81" MASK "\xce"), 1007},
    {"binary", FRAME("\x82\x81" MASK "x"), 1003},
    {"a text of 256 K and one", FRAME("\x81\xff\0\0\0\0\0\4\0\1" MASK), 1009},
    {"fragments of 256 K and one", FRAME("\x01\x81" MASK "x\x80\xff\0\0\0\0\0\4\0\0" MASK), 1009},
    {"a text of 4 exabytes", FRAME("\x81\xff\x3f\xff\xff\xff\xff\xff\xff\xff" MASK), 1009},
};

/* Behind the bad frame comes a good one, which must not be told. */
static void end_by(server_stage *stage, const bad_frame *bad, size_t piece) {
  server_client client;
  client_connect(&client, stage);
  client_upgrade(&client, "/");
  server_stage_log(stage);
  for (size_t at = 0; at < bad->length; at += piece) {
    client_send(&client, (const char *)bad->bytes + at, bad->length - at < piece ? bad->length - at : piece);
    server_stage_turn(stage);
  }
  client_frame(&client, 0x81, "too late", 8);
  client_await_end(&client);
  if (client.reset || client.in.size < 4 || client.in.data[0] != 0x88) fail_msg("%s: no close", bad->what);
  if (client.in.data[2] * 256 + client.in.data[3] != bad->code) fail_msg("%s: another code", bad->what);
  if ((size_t)client.in.data[1] + 2 != client.in.size) fail_msg("%s: more than a close", bad->what);
  assert_string_equal(server_stage_log(stage), "");
  client_leave(&client);
}

static void test_what_ends_a_connection_and_with_which_code(void **state) {
  server_pair self;
  const size_t count = sizeof bad_frames / sizeof *bad_frames;
  (void)state;
  open_pair(&self);
  for (size_t i = 0; i < count; i++) {
    end_by(&self.stage, &bad_frames[i], bad_frames[i].length);
    end_by(&self.stage, &bad_frames[i], 1);
  }
  client_frame(&self.client, 0x81, "alive", 5);
  client_await(&self.client, "\x81\x05"
                             "alive");
  server_pair_close(&self);
  assert_int_equal(self.stage.closed, 2 * count + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_handshakes),
      cmocka_unit_test(test_a_request_then_a_handshake_then_a_frame_in_one_piece),
      cmocka_unit_test(test_fragments_with_a_ping_between),
      cmocka_unit_test(test_lengths_of_every_width),
      cmocka_unit_test(test_a_frame_byte_by_byte),
      cmocka_unit_test(test_a_close_is_answered_with_its_code),
      cmocka_unit_test(test_what_ends_a_connection_and_with_which_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
