/* SPDX-License-Identifier: MIT */
/* http_call: one request, from asking to its end. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/http_parts.h"

enum { MOST_RETRY_S = 86400 };

/* --- finished requests -------------------------------------------------------------------------------------------- */

static void unlink_call(neap_http_call *call) {
  neap_http *http = call->http;
  if (call->previous)
    call->previous->next = call->next;
  else
    http->calls = call->next;
  if (call->next) call->next->previous = call->previous;
  http->count--;
}

static void free_call(neap_http_call *call) {
  if (call->easy) curl_easy_cleanup(call->easy);
  curl_slist_free_all(call->lines);
  neap_buffer_fini(&call->url);
  neap_buffer_fini(&call->request);
  neap_buffer_fini(&call->answer);
  free(call);
}

/* --- an answer that comes twice ----------------------------------------------------------------------------------- */

/* FNV-1a: it tells two answers of one server apart, not a forger's from the server's. */
static void mix(uint64_t *hash, const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) *hash = (*hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
}

static neap_http_trace *last_of(neap_http *http, long port) {
  for (size_t i = 0; i < NEAP_HTTP_PORTS; i++)
    if (http->last[i].port == port) return &http->last[i];
  return NULL;
}

/* A second answer to the request before would be taken for this one's, and each answer behind it for the next one's:
 * such a connection is not used again. */
static void head_ends(neap_http_call *call) {
  curl_easy_getinfo(call->easy, CURLINFO_LOCAL_PORT, &call->trace.port);
  const neap_http_trace *last = last_of(call->http, call->trace.port);
  call->may_be_twice = last && last->head == call->trace.head;
  if (call->may_be_twice) curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
}

static size_t on_head(char *line, size_t one, size_t count, void *self) {
  neap_http_call *call = self;
  if (count >= 5 && !memcmp(line, "HTTP/", 5)) call->trace = (neap_http_trace){0};
  mix(&call->trace.head, line, one * count);
  if (count == 2 && !memcmp(line, "\r\n", 2)) head_ends(call);
  return count;
}

/* Byte for byte the answer before? Then nothing is known of this request's own. */
static bool is_twice(neap_http_call *call) {
  if (!call->trace.port) return false;
  mix(&call->trace.body, (const char *)call->answer.data, call->answer.size);
  neap_http_trace *last = last_of(call->http, call->trace.port);
  bool is_same = call->may_be_twice && last && last->body == call->trace.body;
  if (!last) last = &call->http->last[call->http->last_at++ % NEAP_HTTP_PORTS];
  *last = call->trace;
  return is_same;
}

/* --- its end ------------------------------------------------------------------------------------------------------ */

static const char *code_of(const neap_http_call *call, CURLcode result) {
  if (call->is_too_large) return "too_large";
  if (result == CURLE_OK && call->may_be_twice) return "answer_twice";
  return neap_transport_code(result);
}

/* A number of seconds, or a date: that is from the server's own Date on, whatever the machine's clock says. */
static int64_t retry_after_of(CURL *easy, int64_t date) {
  struct curl_header *line;
  if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &line) != CURLHE_OK) return 0;
  size_t digits = strspn(line->value, "0123456789");
  int64_t seconds = 0;
  if (digits > 0)
    seconds = digits < 10 ? strtoll(line->value, NULL, 10) : MOST_RETRY_S;
  else if (date)
    seconds = (int64_t)curl_getdate(line->value, NULL) - date / NEAP_SECOND;
  if (seconds <= 0) return 0;
  return (seconds < MOST_RETRY_S ? seconds : MOST_RETRY_S) * NEAP_SECOND;
}

static int64_t date_of(CURL *easy) {
  struct curl_header *line;
  if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &line) != CURLHE_OK) return 0;
  time_t seconds = curl_getdate(line->value, NULL);
  return seconds > 0 ? (int64_t)seconds * NEAP_SECOND : 0;
}

static neap_http_answer answer_of(neap_http_call *call, CURLcode result) {
  long status = 0, sent = 0, connects = 0;
  curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
  curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &connects);
  bool is_whole = result == CURLE_OK && call->answer.status == NEAP_OK && status >= 200 && !is_twice(call);
  neap_buffer_append(&call->answer, "", 1);
  neap_http_answer made = {.end = is_whole   ? NEAP_HTTP_ANSWERED
                                  : sent > 0 ? NEAP_HTTP_DOUBTFUL
                                             : NEAP_HTTP_UNSENT,
                           .took = call->http->options.now() - call->began,
                           .was_fresh = connects > 0};
  if (is_whole) {
    made.status = (int)status;
    made.body = (const char *)call->answer.data, made.length = call->answer.size - 1;
    made.date = date_of(call->easy), made.retry_after = retry_after_of(call->easy, made.date);
    return made;
  }
  made.body = "";
  neap_text_copy(made.code, sizeof made.code, code_of(call, result));
  const char *words = result == CURLE_OK ? "the answer before it came a second time" : curl_easy_strerror(result);
  neap_text_copy(made.message, sizeof made.message, *call->words ? call->words : words);
  return made;
}

void neap_http_finish(neap_http_call *call, CURLcode result) {
  curl_multi_remove_handle(call->http->transport.multi, call->easy);
  unlink_call(call);
  if (call->done) {
    neap_http_answer answer = answer_of(call, result);
    call->done(call->context, &answer);
  }
  free_call(call);
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *self) {
  neap_http_call *call = self;
  if (call->answer.size + count > call->http->options.answer_bytes) return call->is_too_large = true, (size_t)0;
  neap_buffer_append(&call->answer, bytes, one * count);
  return call->answer.status == NEAP_OK ? count : 0;
}

static size_t give_body(char *out, size_t one, size_t count, void *self) {
  neap_http_call *call = self;
  size_t left = call->request.size - 1 - call->given, size = one * count < left ? one * count : left;
  memcpy(out, call->request.data + call->given, size);
  call->given += size;
  return size;
}

/* Curl asks a second time on its own where a kept connection ended without an answer: the first may have been heard, so
 * what began to leave is never given again. */
static int rewind_body(void *self, curl_off_t offset, int origin) {
  const neap_http_call *call = self;
  return offset == 0 && origin == SEEK_SET && call->given == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool add_line(neap_http_call *call, const char *line) {
  struct curl_slist *longer = curl_slist_append(call->lines, line);
  if (longer) call->lines = longer;
  return longer != NULL;
}

static bool add_lines(neap_http_call *call, const neap_http_request *request) {
  bool is_good = add_line(call, "Expect:");
  if (request->body) is_good = is_good && add_line(call, "Content-Type: application/json");
  for (const char *const *line = request->lines; line && *line; line++) is_good = is_good && add_line(call, *line);
  if (!request->authorization) return is_good;
  neap_buffer line;
  neap_buffer_init(&line);
  neap_buffer_printf(&line, "Authorization: %s", request->authorization);
  is_good = is_good && line.status == NEAP_OK && add_line(call, (const char *)line.data);
  neap_buffer_fini(&line);
  return is_good;
}

static void set_request(neap_http_call *call, const neap_http_request *request) {
  CURL *easy = call->easy;
  curl_easy_setopt(easy, CURLOPT_URL, call->url.data);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   neap_transport_ms(request->request_ns ? request->request_ns : call->http->options.request_ns));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->lines);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->words);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
  if (call->http->options.numbers_answers) {
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
  }
  if (request->body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, call);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, call);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
  if (!strcmp(request->method, "HEAD")) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
}

static bool fill(neap_http_call *call, const neap_http_request *request) {
  neap_http *http = call->http;
  neap_buffer_printf(&call->url, "%s%s", http->base, request->path);
  neap_buffer_append(&call->request, request->body ? request->body : "", request->body ? request->length : 0);
  neap_buffer_append(&call->request, "", 1);
  call->easy = curl_easy_init();
  if (!call->easy || call->url.status != NEAP_OK || call->request.status != NEAP_OK || !add_lines(call, request))
    return false;
  neap_transport_set(call->easy, http->authorities, http->user_agent, http->options.connect_ns);
  set_request(call, request);
  return curl_multi_add_handle(http->transport.multi, call->easy) == CURLM_OK;
}

static bool has_line_end(const char *text) { return text && strpbrk(text, "\r\n"); }

static bool is_sound(const neap_http_request *request) {
  for (const char *const *line = request->lines; line && *line; line++)
    if (has_line_end(*line)) return false;
  return *request->path == '/' && !has_line_end(request->path) && !has_line_end(request->method) &&
         !has_line_end(request->authorization);
}

neap_status neap_http_ask(neap_http *http, const neap_http_request *request, neap_http_done *done, void *context,
                          neap_http_call **out, neap_fault *fault) {
  if (!is_sound(request))
    return neap_fail(fault, NEAP_INVALID, "bad_request", "a path begins with '/', and nothing has a line's end in it");
  neap_http_call *call = calloc(1, sizeof *call);
  if (!call) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a request");
  *call = (neap_http_call){.http = http, .done = done, .context = context, .began = http->options.now()};
  neap_buffer_init(&call->url);
  neap_buffer_init(&call->request);
  neap_buffer_init(&call->answer);
  if (!fill(call, request)) {
    free_call(call);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a request");
  }
  call->next = http->calls;
  if (http->calls) http->calls->previous = call;
  http->calls = call, http->count++;
  if (out) *out = call;
  return NEAP_OK;
}

void neap_http_forget(neap_http_call *call) { call->done = NULL; }
