/* SPDX-License-Identifier: MIT */
/* server_head: the request line and headers of one HTTP/1.x request (of an answer: its status), and its body in chunks.
 * Strict where two readers could disagree on where a request ends. Knows no connection. */
#ifndef NEAP_NET_SERVER_HEAD_H
#define NEAP_NET_SERVER_HEAD_H

#include "base/buffer.h"
#include "net/server.h"

enum { SERVER_HEAD_LINES = 100 };

typedef struct server_head {
  const char *method, *path, *query; /* in the text that was parsed */
  neap_server_line lines[SERVER_HEAD_LINES];
  size_t count;
  bool keep_alive, chunked, continues /* Expect: 100-continue */;
  int minor;     /* of HTTP/1.x */
  size_t length; /* of the body; 0 when chunked */
} server_head;

/* Where a head ends: the bytes up to and with its empty line, 0 when it is not whole. `seen` bytes were looked at
 * before. */
size_t server_head_end(const char *text, size_t length, size_t seen);
/* Takes a whole head apart, writing zeros into it. 0, or the status that answers it, and why. */
int server_head_parse(char *text, size_t length, server_head *out, const char **why);
/* The same of an answer's head: its status, 0 where it is none; `why`. Only lines, count and minor are set. */
int server_head_parse_answer(char *text, size_t length, server_head *out, const char **why);
const char *server_head_find(const server_head *head, const char *name); /* NULL: there is none */
/* Whether a comma list such as Connection's has the word, in any case. */
bool server_head_lists(const char *list, const char *word);

typedef struct server_chunks {
  enum { SERVER_CHUNK_SIZE, SERVER_CHUNK_DATA, SERVER_CHUNK_END, SERVER_CHUNK_TRAILER, SERVER_CHUNK_DONE } at;
  size_t left;     /* of the chunk */
  size_t overhead; /* bytes that were no data */
} server_chunks;

/* Takes what it can of `bytes` into `body`, of `most` bytes at most; `taken` of them are done with. 0, or the status
 * that answers it, and why. Done when `at` says so. */
int server_chunks_take(server_chunks *chunks, const char *bytes, size_t count, size_t most, neap_buffer *body,
                       size_t *taken, const char **why);

#endif
