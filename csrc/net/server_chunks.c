/* SPDX-License-Identifier: MIT */
/* server_chunks: the body of a request that did not know its length. */
#include <string.h>

#include "net/server_head.h"

enum { LINE_MOST = 256, TRAILER_MOST = 8192, OVERHEAD_MOST = 8192 };

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "1a2b" or "1a2b;extension"; at most 12 digits. */
static bool read_size(const char *line, size_t length, size_t *out) {
  size_t i = 0;
  for (*out = 0; i < length && i < 12 && hex(line[i]) >= 0; i++) *out = *out * 16 + (size_t)hex(line[i]);
  return i > 0 && (i == length || line[i] == ';' || line[i] == ' ' || line[i] == '\t');
}

/* Length of the line that begins at `bytes` without its end; −1: not whole; −2: too long or badly ended. */
static int line_length(const char *bytes, size_t count, size_t most) {
  const char *stop = memchr(bytes, '\n', count < most ? count : most);
  if (!stop) return count >= most ? -2 : -1;
  return stop > bytes && stop[-1] == '\r' ? (int)(stop - bytes) - 1 : -2;
}

/* Each taker: bytes done with; −1: wants more; −2: malformed; −3: too large. */
static int take_size(server_chunks *chunks, const char *bytes, size_t count, size_t most, size_t have) {
  int length = line_length(bytes, count, LINE_MOST);
  if (length < 0) return length;
  if (!read_size(bytes, (size_t)length, &chunks->left)) return -2;
  chunks->overhead += (size_t)length + 2;
  if (chunks->left > most - have || chunks->overhead > OVERHEAD_MOST + 16 * most) return -3;
  chunks->at = chunks->left ? SERVER_CHUNK_DATA : SERVER_CHUNK_TRAILER;
  if (!chunks->left) chunks->overhead = 0;
  return length + 2;
}

static int take_data(server_chunks *chunks, const char *bytes, size_t count, neap_buffer *body) {
  size_t part = count < chunks->left ? count : chunks->left;
  if (part > 1 << 20) part = 1 << 20;
  neap_buffer_append(body, bytes, part);
  chunks->left -= part;
  if (!chunks->left) chunks->at = SERVER_CHUNK_END;
  return part ? (int)part : -1;
}

static int take_end(server_chunks *chunks, const char *bytes, size_t count) {
  if (count && bytes[0] != '\r') return -2;
  if (count < 2) return -1;
  if (bytes[1] != '\n') return -2;
  chunks->at = SERVER_CHUNK_SIZE;
  return 2;
}

/* Trailers are read and forgotten. */
static int take_trailer(server_chunks *chunks, const char *bytes, size_t count) {
  int length = line_length(bytes, count, TRAILER_MOST);
  if (length < 0) return length;
  chunks->overhead += (size_t)length + 2;
  if (chunks->overhead > TRAILER_MOST) return -2;
  if (length == 0) chunks->at = SERVER_CHUNK_DONE;
  return length + 2;
}

static int take(server_chunks *chunks, const char *bytes, size_t count, size_t most, neap_buffer *body) {
  switch (chunks->at) {
  case SERVER_CHUNK_SIZE:
    return take_size(chunks, bytes, count, most, body->size);
  case SERVER_CHUNK_DATA:
    return take_data(chunks, bytes, count, body);
  case SERVER_CHUNK_END:
    return take_end(chunks, bytes, count);
  case SERVER_CHUNK_TRAILER:
    return take_trailer(chunks, bytes, count);
  case SERVER_CHUNK_DONE:
    break;
  }
  return -1;
}

int server_chunks_take(server_chunks *chunks, const char *bytes, size_t count, size_t most, neap_buffer *body,
                       size_t *taken, const char **why) {
  int done = 0;
  for (*taken = 0; chunks->at != SERVER_CHUNK_DONE; *taken += (size_t)done) {
    done = take(chunks, bytes + *taken, count - *taken, most, body);
    if (done < 0) break;
  }
  if (done == -2) return *why = "a chunk is malformed", 400;
  if (done == -3) return *why = "the body is too large", 413;
  return 0;
}
