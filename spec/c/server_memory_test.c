/* SPDX-License-Identifier: MIT */
/* server_memory: each allocation of the server fails once, through its whole life: whoever was told of a call or a
 * socket is told of its end, nothing stays open, and the server goes on for others. The linker puts our malloc in the
 * place of the server's; OpenSSL and wslay keep theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server_parts.h"
#include "open_files.h"
#include "server_support.h"

#define SAY(fd, text) say(server, fd, text, sizeof(text) - 1)
#define MASK "\0\0\0\0"

typedef struct tally {
  neap_server *server;
  size_t opened, closed, asked, ended; /* sockets; calls that were kept, and those of them that were told gone */
} tally;

static long until_failure = -1; /* allocations that succeed first; -1: all */

static bool fails(void) { return until_failure >= 0 && until_failure-- == 0; }

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }

static void nothing(void *context) { (void)context; }

static void request(void *self, neap_server_call *call, const neap_server_request *asked) {
  tally *at = self;
  const neap_server_line line = {"X-Id", "1"};
  const neap_server_reply reply = {
      .status = 200, .content_type = "a/b", .lines = &line, .line_count = 1, .body = asked->body, .length = 1};
  neap_server_at(at->server, 1000, nothing, NULL);
  if (strcmp(asked->path, "/kept") == 0)
    at->asked++;
  else if (strcmp(asked->path, "/cut") == 0)
    neap_server_answer_cut(call, &reply, 0, NEAP_SERVER_FIN, NULL);
  else
    neap_server_answer(call, &reply, NULL);
}

static void gone(void *self, neap_server_call *call) {
  (void)call;
  ((tally *)self)->ended++;
}

static bool opened(void *self, neap_server_socket *socket, const neap_server_request *handshake) {
  (void)handshake;
  ((tally *)self)->opened++;
  neap_server_send(socket, "welcome", 7);
  return true;
}

static void message(void *self, neap_server_socket *socket, const char *text, size_t length) {
  (void)self;
  assert_true((length == 2 || length == 3 || length == 30000) && text[length] == '\0'); /* whole, or not at all */
  neap_server_text *shared = neap_server_text_new(text, length);
  if (shared) neap_server_send_text(socket, shared);
  neap_server_text_free(shared);
  neap_server_send(socket, text, length);
  if (length == 3) neap_server_close_socket(socket, 4000, "three");
}

static void closed(void *self, neap_server_socket *socket) {
  (void)socket;
  ((tally *)self)->closed++;
}

static void say(neap_server *server, int fd, const char *bytes, size_t count) {
  char heard[65536];
  ssize_t done = send(fd, bytes, count, MSG_NOSIGNAL);
  (void)done; /* the server may have ended it */
  for (int i = 0; i < 3; i++) {
    neap_server_step(server, 0, NULL);
    while (recv(fd, heard, sizeof heard, 0) > 0) continue;
  }
}

static void ask(neap_server *server, int fd) {
  SAY(fd, "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  SAY(fd, "POST /c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  SAY(fd, "3\r\nabc\r\n0\r\n\r\n");
  SAY(fd, "malformed\r\n\r\n");
}

static void ask_for_a_cut(neap_server *server, int fd) { SAY(fd, "GET /cut HTTP/1.1\r\nHost: x\r\n\r\n"); }
static void ask_and_leave(neap_server *server, int fd) { SAY(fd, "GET /kept HTTP/1.1\r\nHost: x\r\n\r\n"); }

static void speak(neap_server *server, int fd) {
  static char large[8 + 30000] = "\x81\xfe\x75\x30" MASK;
  SAY(fd, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  SAY(fd, "\x81\x82" MASK "hi\x89\x84" MASK "ping");
  say(server, fd, large, sizeof large);
  SAY(fd, "\x81\x83" MASK "bye");
  SAY(fd, "\x88\x82" MASK "\x0f\xa0");
}

static void visit(neap_server *server, void (*act)(neap_server *server, int fd)) {
  neap_server_counts counts;
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  if (server_connection_new(server, ends[1], "a pair") == NEAP_OK) act(server, ends[0]);
  close(ends[0]);
  neap_server_step(server, 0, NULL);
  neap_server_step(server, 0, NULL);
  neap_server_counts_get(server, &counts);
  assert_int_equal(counts.connections + counts.calls + counts.sockets, 0);
}

/* One life of a server; whether an allocation failed in it. */
static bool live(long fails_after) {
  tally at = {0};
  neap_clock clock = neap_clock_simulated(NEAP_SECOND);
  const neap_server_options options = {.listen = "127.0.0.1:0", .clock = &clock};
  const neap_server_handlers handlers = {&at, request, gone, opened, message, closed};
  size_t before = open_files();
  until_failure = fails_after;
  if (neap_server_open(&options, &handlers, &at.server, NULL) == NEAP_OK) {
    visit(at.server, ask);
    visit(at.server, speak);
    visit(at.server, ask_for_a_cut);
    visit(at.server, ask_and_leave);
    neap_server_close(at.server);
  }
  bool failed = until_failure < 0;
  until_failure = -1;
  assert_int_equal(at.opened, at.closed);
  assert_int_equal(at.asked, at.ended);
  assert_int_equal(open_files(), before);
  return failed;
}

static void test_each_allocation_fails_once(void **state) {
  long count = 0;
  (void)state;
  while (live(count)) count++;
  assert_in_range(count, 30, 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
