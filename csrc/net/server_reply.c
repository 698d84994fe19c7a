/* SPDX-License-Identifier: MIT */
/* server_reply: an answer as bytes. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "net/server_parts.h"

static const char *reason(int status) {
  static const struct {
    int status;
    const char *words;
  } known[] = {{200, "OK"},
               {201, "Created"},
               {202, "Accepted"},
               {204, "No Content"},
               {304, "Not Modified"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {408, "Request Timeout"},
               {409, "Conflict"},
               {411, "Length Required"},
               {413, "Content Too Large"},
               {417, "Expectation Failed"},
               {426, "Upgrade Required"},
               {429, "Too Many Requests"},
               {431, "Request Header Fields Too Large"},
               {500, "Internal Server Error"},
               {501, "Not Implemented"},
               {502, "Bad Gateway"},
               {503, "Service Unavailable"},
               {504, "Gateway Timeout"},
               {505, "HTTP Version Not Supported"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].status == status) return known[i].words;
  return "Status";
}

static bool is_name(const char *text) {
  for (const char *c = text; *c; c++)
    if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *c)) return false;
  return *text != '\0';
}

/* Nothing that could begin another header. */
static bool is_value(const char *text) {
  for (const char *c = text; *c; c++)
    if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f) return false;
  return true;
}

static bool is_ours(const char *name) {
  static const char *const ours[] = {"Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Date"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (strcasecmp(ours[i], name) == 0) return true;
  return false;
}

static neap_status bad(neap_fault *fault, const char *what, const char *name) {
  return neap_fail(fault, NEAP_INVALID, "bad_reply", "%s may not be sent: %s", what, name);
}

static neap_status check(const neap_server_reply *reply, neap_fault *fault) {
  if (reply->status < 200 || reply->status > 599)
    return neap_fail(fault, NEAP_INVALID, "bad_reply", "the status %d is not one of 200 to 599", reply->status);
  if (reply->content_type && !is_value(reply->content_type)) return bad(fault, "a control character", "Content-Type");
  for (size_t i = 0; i < reply->line_count; i++) {
    const neap_server_line *line = &reply->lines[i];
    if (!is_name(line->name)) return bad(fault, "this header's name", line->name);
    if (is_ours(line->name)) return bad(fault, "a header that the server makes", line->name);
    if (!is_value(line->value)) return bad(fault, "a control character", line->name);
  }
  return NEAP_OK;
}

/* RFC 9110, in no locale. */
static void add_date(neap_buffer *out, int64_t now) {
  static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t seconds = (time_t)(now / NEAP_SECOND);
  struct tm at;
  gmtime_r(&seconds, &at);
  neap_buffer_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + at.tm_wday * 3, at.tm_mday,
                     months + at.tm_mon * 3, at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

static void add_connection(neap_buffer *out, const server_head *head) {
  if (!head->keep_alive)
    neap_buffer_append_text(out, "Connection: close\r\n");
  else if (head->minor == 0)
    neap_buffer_append_text(out, "Connection: keep-alive\r\n");
}

static void add_head(neap_buffer *out, const server_connection *connection, const neap_server_reply *reply) {
  neap_buffer_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason(reply->status));
  add_date(out, neap_clock_now(connection->server->clock));
  if (reply->content_type) neap_buffer_printf(out, "Content-Type: %s\r\n", reply->content_type);
  if (reply->status != 204 && reply->status != 304) neap_buffer_printf(out, "Content-Length: %zu\r\n", reply->length);
  add_connection(out, &connection->head);
  for (size_t i = 0; i < reply->line_count; i++)
    neap_buffer_printf(out, "%s: %s\r\n", reply->lines[i].name, reply->lines[i].value);
  neap_buffer_append_text(out, "\r\n");
}

static bool has_body(const server_connection *connection, const neap_server_reply *reply) {
  return reply->status != 204 && reply->status != 304 && strcmp(connection->head.method, "HEAD") != 0;
}

static neap_status queue(server_connection *connection, const neap_buffer *head, const char *body, size_t bytes) {
  neap_server_text *text = head->status == NEAP_OK ? server_bytes_new(head->size + bytes) : NULL;
  if (!text) return NEAP_MEMORY;
  memcpy(text->data, head->data, head->size);
  if (bytes) memcpy(text->data + head->size, body, bytes);
  neap_status status = server_queue_add(&connection->out, text);
  neap_server_text_free(text);
  return status;
}

neap_status server_reply_queue(server_connection *connection, const neap_server_reply *reply, size_t bytes,
                               neap_fault *fault) {
  neap_buffer head;
  neap_status status = check(reply, fault);
  if (status != NEAP_OK) return status;
  if (bytes > reply->length) bytes = reply->length;
  neap_buffer_init(&head);
  add_head(&head, connection, reply);
  status = queue(connection, &head, reply->body, has_body(connection, reply) ? bytes : 0);
  neap_buffer_fini(&head);
  return status == NEAP_OK ? NEAP_OK : neap_fail(fault, status, "memory", "no memory for an answer");
}
