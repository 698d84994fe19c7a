/* SPDX-License-Identifier: MIT */
/* server_head: by lines, then what the lines mean together. */
#include "net/server_head.h"

#include <string.h>
#include <strings.h>

static int refuse(const char **why, int status, const char *text) {
  *why = text;
  return status;
}

size_t server_head_end(const char *text, size_t length, size_t seen) {
  const char *from = text + (seen > 3 ? seen - 3 : 0);
  const char *end = memmem(from, length - (size_t)(from - text), "\r\n\r\n", 4);
  return end ? (size_t)(end - text) + 4 : 0;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_token(char c) { return is_letter(c) || is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c)); }
static bool is_control(char c) { return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f; }

static bool is_word(const char *text) {
  if (!*text) return false;
  while (is_token(*text)) text++;
  return !*text;
}

/* The next line, ended with 0; NULL: it has a control character, or no end of its own. */
static char *next_line(char **at, char *end) {
  char *line = *at, *stop = memchr(line, '\r', (size_t)(end - line));
  if (!stop || stop + 1 >= end || stop[1] != '\n') return NULL;
  for (const char *c = line; c < stop; c++)
    if (is_control(*c)) return NULL;
  *stop = '\0';
  *at = stop + 2;
  return line;
}

static char *cut(char *text, char by) {
  char *at = strchr(text, by);
  if (!at) return NULL;
  *at = '\0';
  return at + 1;
}

/* "http://host/path" names the path. */
static char *target_path(char *target) {
  size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
  return scheme ? strchr(target + scheme, '/') : target;
}

static bool is_version(const char *text) { return strncmp(text, "HTTP/", 5) == 0 && is_digit(text[5]); }

static int read_version(const char *version, server_head *out, const char **why) {
  if (!is_version(version)) return refuse(why, 400, "the request line does not end with HTTP/1.1");
  if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
    return refuse(why, 505, "HTTP/1.1 is spoken here");
  out->minor = version[7] - '0';
  return 0;
}

static int read_request_line(char *line, server_head *out, const char **why) {
  char *target = line ? cut(line, ' ') : NULL, *version = target ? cut(target, ' ') : NULL;
  if (!version || !is_word(line)) return refuse(why, 400, "the request line is not METHOD TARGET HTTP/1.1");
  int status = read_version(version, out, why);
  if (status) return status;
  char *path = target_path(target);
  if (!path || (*path != '/' && strcmp(path, "*") != 0) || strchr(path, '\t'))
    return refuse(why, 400, "the target is not a path");
  cut(path, '#');
  char *query = cut(path, '?');
  out->method = line;
  out->path = path;
  out->query = query ? query : "";
  return 0;
}

static char *trim(char *text) {
  while (*text == ' ' || *text == '\t') text++;
  size_t length = strlen(text);
  while (length && (text[length - 1] == ' ' || text[length - 1] == '\t')) text[--length] = '\0';
  return text;
}

static int read_line(char *line, server_head *out, const char **why) {
  char *value = line ? cut(line, ':') : NULL;
  if (!value || !is_word(line)) return refuse(why, 400, "a header is not Name: value");
  if (out->count == SERVER_HEAD_LINES) return refuse(why, 431, "more than 100 headers");
  out->lines[out->count++] = (neap_server_line){.name = line, .value = trim(value)};
  return 0;
}

/* The only header of that name; `twice` says that there are several. */
static const char *single(const server_head *head, const char *name, bool *twice) {
  const char *found = NULL;
  for (size_t i = 0; i < head->count; i++) {
    if (strcasecmp(head->lines[i].name, name) != 0) continue;
    if (found) *twice = true;
    found = head->lines[i].value;
  }
  return found;
}

const char *server_head_find(const server_head *head, const char *name) {
  for (size_t i = 0; i < head->count; i++)
    if (strcasecmp(head->lines[i].name, name) == 0) return head->lines[i].value;
  return NULL;
}

bool server_head_lists(const char *list, const char *word) {
  size_t length = strlen(word);
  while (list && *list) {
    list += strspn(list, ", \t");
    size_t part = strcspn(list, ", \t");
    if (part == length && strncasecmp(list, word, length) == 0) return true;
    list += part;
  }
  return false;
}

/* Up to 15 digits, so that nothing overflows; every limit is below that. */
static bool read_length(const char *text, size_t *out) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 15 || text[digits]) return false;
  for (*out = 0; *text; text++) *out = *out * 10 + (size_t)(*text - '0');
  return true;
}

static int read_framing(server_head *head, const char **why) {
  bool twice = false;
  const char *length = single(head, "Content-Length", &twice), *coding = single(head, "Transfer-Encoding", &twice);
  if (twice) return refuse(why, 400, "Content-Length or Transfer-Encoding comes twice");
  if (length && coding) return refuse(why, 400, "Content-Length and Transfer-Encoding contradict each other");
  if (length && !read_length(length, &head->length)) return refuse(why, 400, "Content-Length is not a number of bytes");
  if (!coding) return 0;
  if (head->minor == 0) return refuse(why, 400, "HTTP/1.0 has no Transfer-Encoding");
  if (strcasecmp(coding, "chunked") != 0) return refuse(why, 501, "the only Transfer-Encoding known is chunked");
  head->chunked = true;
  return 0;
}

static int read_expectation(server_head *head, const char **why) {
  const char *expect = server_head_find(head, "Expect");
  if (!expect || head->minor == 0) return 0;
  if (strcasecmp(expect, "100-continue") != 0) return refuse(why, 417, "the only expectation known is 100-continue");
  head->continues = true;
  return 0;
}

static int read_meaning(server_head *head, const char **why) {
  bool twice = false;
  const char *host = single(head, "Host", &twice), *connection = server_head_find(head, "Connection");
  if (twice || (head->minor == 1 && !host)) return refuse(why, 400, "HTTP/1.1 wants one Host");
  head->keep_alive =
      head->minor == 1 ? !server_head_lists(connection, "close") : server_head_lists(connection, "keep-alive");
  int status = read_framing(head, why);
  return status ? status : read_expectation(head, why);
}

int server_head_parse(char *text, size_t length, server_head *out, const char **why) {
  char *at = text, *end = text + length;
  out->method = out->path = out->query = "";
  out->count = out->length = 0;
  out->chunked = out->continues = out->keep_alive = false;
  int status = read_request_line(next_line(&at, end), out, why);
  while (status == 0 && end - at > 2) status = read_line(next_line(&at, end), out, why);
  return status ? status : read_meaning(out, why);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static int read_status_line(const char *line, server_head *out) {
  bool is_good = line && (strncmp(line, "HTTP/1.1 ", 9) == 0 || strncmp(line, "HTTP/1.0 ", 9) == 0);
  if (!is_good || strspn(line + 9, "0123456789") != 3 || (line[12] && line[12] != ' ')) return 0;
  out->minor = line[7] - '0';
  return (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
}

int server_head_parse_answer(char *text, size_t length, server_head *out, const char **why) {
  char *at = text, *end = text + length;
  int wrong = 0;
  out->count = 0;
  int status = read_status_line(next_line(&at, end), out);
  if (status < 100) return refuse(why, 0, "the answer does not begin with HTTP/1.1 and a status");
  while (wrong == 0 && end - at > 2) wrong = read_line(next_line(&at, end), out, why);
  return wrong ? 0 : status;
}
