/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "venue/rest.h"

#define PREFIX "/api/v3/brokerage"

enum { LARGEST_BODY = 64 << 10 }; /* what an order keeps of it stays */

static const neap_rest_route *const tables[] = {
    neap_rest_order_routes,     neap_rest_history_routes,   neap_rest_account_routes, neap_rest_product_routes,
    neap_rest_market_routes,    neap_rest_portfolio_routes, neap_rest_convert_routes, neap_rest_future_routes,
    neap_rest_perpetual_routes, neap_rest_app_routes};

enum { TABLES = sizeof tables / sizeof tables[0] };

void neap_venue_answer_init(neap_venue_answer *answer) {
  *answer = (neap_venue_answer){.status = 200};
  neap_buffer_init(&answer->body);
}

void neap_venue_answer_fini(neap_venue_answer *answer) { neap_buffer_fini(&answer->body); }

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Cut to `size`; a '%' that two digits do not follow stands for itself. */
static void unescape(const char *text, size_t length, bool plus_is_space, char *out, size_t size) {
  size_t at = 0;
  for (size_t i = 0; i < length && at + 1 < size; i++) {
    char c = text[i];
    if (c == '%' && i + 2 < length && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0) {
      c = (char)(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c) out[at++] = c;
  }
  out[at] = 0;
}

/* Whether `path` is what `pattern` says; fills the parts. */
static bool matches(const char *pattern, const char *path, char part[NEAP_REST_PARTS][NEAP_REST_PART]) {
  size_t parts = 0;
  while (*pattern) {
    if (*pattern != '*') {
      if (*pattern++ != *path++) return false;
      continue;
    }
    size_t length = strcspn(path, "/");
    if (!length || parts == NEAP_REST_PARTS) return false;
    unescape(path, length, false, part[parts++], NEAP_REST_PART);
    path += length, pattern++;
  }
  return *path == 0 || !strcmp(path, "/");
}

static bool is_app(const char *path) { return !strncmp(path, "/v2/", 4); }

/* `*has_path`: the path is there, for another method. */
static const neap_rest_route *find(const char *method, const char *path, char part[NEAP_REST_PARTS][NEAP_REST_PART],
                                   bool *has_path) {
  size_t prefix = strlen(PREFIX);
  bool is_v3 = !strncmp(path, PREFIX, prefix) && path[prefix] == '/';
  for (size_t i = 0; i < TABLES; i++)
    for (const neap_rest_route *route = tables[i]; route->method; route++) {
      if (is_app(route->path) == is_v3 || !matches(route->path, is_v3 ? path + prefix : path, part)) continue;
      *has_path = true;
      if (!strcmp(route->method, method)) return route;
    }
  return NULL;
}

static const neap_rest_route *route_of(const char *method, const char *path) {
  char part[NEAP_REST_PARTS][NEAP_REST_PART];
  bool has_path = false;
  return find(method, path, part, &has_path);
}

bool neap_venue_is_signed(const char *method, const char *path) {
  const neap_rest_route *route = route_of(method, path);
  return route && route->permission;
}

bool neap_venue_allows(const neap_venue *venue, const char *method, const char *path, uint32_t key) {
  const neap_rest_route *route = route_of(method, path);
  const neap_venue_key *of = neap_venue_key_of(venue, key);
  return route && (!route->permission || (of && of->permissions & route->permission));
}

bool neap_venue_is_change(const char *method, const char *path) {
  const neap_rest_route *route = route_of(method, path);
  return route && route->changes;
}

/* --- what handlers use -------------------------------------------------------------------------------------------- */

/* The next value of a name from *at on, which goes on behind it. An empty one is none: clients send `cursor=`. */
static bool next_value(const char **at, const char *name, char *out, size_t size) {
  size_t length = strlen(name);
  while (**at) {
    const char *item = *at, *end = item + strcspn(item, "&");
    *at = *end ? end + 1 : end;
    if (strncmp(item, name, length) != 0 || item[length] != '=') continue;
    item += length + 1;
    unescape(item, (size_t)(end - item), true, out, size);
    if (*out) return true;
  }
  return false;
}

bool neap_rest_query(const neap_rest_call *call, const char *name, size_t index, char *out, size_t size) {
  const char *at = call->request->query;
  do {
    if (!next_value(&at, name, out, size)) return false;
  } while (index--);
  return true;
}

bool neap_rest_query_count(neap_rest_call *call, const char *name, int64_t fallback, int64_t least, int64_t most,
                           int64_t *out) {
  char text[32];
  *out = fallback;
  if (!neap_rest_query(call, name, 0, text, sizeof text)) return true;
  neap_decimal read;
  if (neap_decimal_parse(text, strlen(text), &read, NULL) == NEAP_OK &&
      neap_decimal_to_int(read, out, NULL) == NEAP_OK && *out >= least && *out <= most)
    return true;
  char message[160];
  snprintf(message, sizeof message, "%s must be a whole number from %lld to %lld", name, (long long)least,
           (long long)most);
  neap_rest_refuse_argument(call, message);
  return false;
}

bool neap_rest_query_flag(const neap_rest_call *call, const char *name) {
  char text[8];
  return neap_rest_query(call, name, 0, text, sizeof text) &&
         (!strcmp(text, "true") || !strcmp(text, "True") || !strcmp(text, "1"));
}

bool neap_rest_query_has(const neap_rest_call *call, const char *name, const char *value) {
  char text[128];
  bool is_asked = false;
  for (const char *at = call->request->query; next_value(&at, name, text, sizeof text);) {
    if (!strcmp(text, value)) return true;
    is_asked = true;
  }
  return !is_asked;
}

static void refuse_word(neap_rest_call *call, const char *name, const char *word, const char *const *words) {
  char message[320];
  size_t count = 0;
  while (words[count]) count++;
  const char *nearest = neap_nearest_word(word, words, count);
  snprintf(message, sizeof message, "%s '%.80s' is not known%s%s", name, word, nearest ? "; the nearest is " : "",
           nearest ? nearest : "");
  neap_rest_refuse_argument(call, message);
}

bool neap_rest_query_words(neap_rest_call *call, const char *name, const char *const *words) {
  char text[128];
  for (const char *at = call->request->query; next_value(&at, name, text, sizeof text);) {
    size_t i = 0;
    while (words[i] && strcmp(words[i], text) != 0) i++;
    if (!words[i]) return refuse_word(call, name, text, words), false;
  }
  return true;
}

bool neap_rest_query_word(neap_rest_call *call, const char *name, const char *const *words, const char **out) {
  char text[64];
  *out = words[0];
  if (!neap_rest_query_words(call, name, words)) return false;
  if (!neap_rest_query(call, name, 0, text, sizeof text)) return true;
  for (size_t i = 0; words[i]; i++)
    if (strcmp(words[i], text) == 0) *out = words[i];
  return true;
}

bool neap_rest_query_time(neap_rest_call *call, const char *name, int64_t *out) {
  char text[48], message[160];
  *out = 0;
  if (!neap_rest_query(call, name, 0, text, sizeof text)) return true;
  neap_decimal seconds;
  if (neap_decimal_parse(text, strlen(text), &seconds, NULL) == NEAP_OK) {
    neap_decimal ns;
    if (neap_decimal_sign(seconds) >= 0 &&
        neap_decimal_mul(seconds, neap_decimal_from_int(NEAP_SECOND), 0, NEAP_ROUND_DOWN, &ns) == NEAP_OK &&
        neap_decimal_to_int(ns, out, NULL) == NEAP_OK)
      return true;
  } else if (neap_time_parse(text, strlen(text), out, NULL) == NEAP_OK) {
    return true;
  }
  snprintf(message, sizeof message, "%s must be a time: RFC 3339, or seconds since 1970", name);
  neap_rest_refuse_argument(call, message);
  return false;
}

const char *neap_rest_text(const neap_json_value *object, const char *name) {
  const neap_json_value *value = object ? neap_json_get(object, name) : NULL;
  return value && value->kind == NEAP_JSON_STRING ? value->text : NULL;
}

void neap_rest_refuse(neap_rest_call *call, int status, const char *error, const char *details, const char *message) {
  neap_buffer_clear(&call->answer->body);
  neap_json_begin(&call->json, &call->answer->body);
  call->answer->status = status;
  neap_json_object(&call->json, NULL);
  neap_json_string(&call->json, "error", error);
  neap_json_string(&call->json, "error_details", details);
  neap_json_string(&call->json, "message", message);
  neap_json_end_object(&call->json);
}

void neap_rest_refuse_argument(neap_rest_call *call, const char *message) {
  neap_rest_refuse(call, 400, "INVALID_ARGUMENT", message, message);
}

void neap_rest_refuse_unknown(neap_rest_call *call, const char *message) {
  neap_rest_refuse(call, 404, "NOT_FOUND", message, message);
}

neap_venue_product *neap_rest_product(const neap_venue *venue, neap_rest_call *call, const char *id) {
  char message[256];
  neap_venue_product *product = neap_venue_product_named(venue, id);
  const char *nearest = product ? NULL : neap_venue_nearest_product(venue, id);
  snprintf(message, sizeof message, "Product %.80s not supported%s%s", id, nearest ? "; the nearest is " : "",
           nearest ? nearest : "");
  if (!product) neap_rest_refuse_unknown(call, message);
  return product;
}

void neap_rest_amount(neap_json_writer *json, const char *key, neap_decimal value, const char *currency) {
  neap_json_object(json, key);
  neap_json_decimal(json, "value", value);
  neap_json_string(json, "currency", currency);
  neap_json_end_object(json);
}

void neap_rest_time(neap_json_writer *json, const char *key, int64_t time) {
  char text[NEAP_TIME_TEXT];
  if (time) neap_time_format(time, text);
  neap_json_string(json, key, time ? text : NULL);
}

bool neap_rest_page_read(neap_rest_call *call, int64_t fallback, int64_t most, neap_rest_page *out) {
  int64_t from;
  if (!neap_rest_query_count(call, "limit", fallback, 0, INT64_MAX, &out->limit)) return false;
  if (!neap_rest_query_count(call, "cursor", 0, 0, INT64_MAX, &from)) return false;
  if (out->limit == 0) out->limit = fallback;
  if (out->limit > most) out->limit = most;
  out->from = (uint64_t)from;
  return true;
}

/* --- the request -------------------------------------------------------------------------------------------------- */

static void refuse_unauthorized(neap_rest_call *call) {
  neap_buffer_clear(&call->answer->body);
  neap_buffer_append_text(&call->answer->body, "Unauthorized\n");
  call->answer->status = 401;
  call->answer->content_type = "text/plain; charset=utf-8";
}

static void refuse_scope(neap_rest_call *call) {
  static const char words[] = "Missing required scopes";
  if (is_app(call->request->path))
    neap_rest_app_refuse(call, 403, "invalid_scope", words);
  else
    neap_rest_refuse(call, 403, "PERMISSION_DENIED", words, words);
}

static void refuse_route(neap_rest_call *call, bool has_path) {
  int status = has_path ? 405 : 404;
  const char *words = has_path ? "method not allowed" : "route not found";
  if (is_app(call->request->path))
    neap_rest_app_refuse(call, status, has_path ? "method_not_allowed" : "not_found", words);
  else
    neap_rest_refuse(call, status, has_path ? "METHOD_NOT_ALLOWED" : "NOT_FOUND", "", words);
}

static bool may(neap_rest_call *call, const neap_rest_route *route) {
  if (!route->permission) return true;
  if (!call->key) return refuse_unauthorized(call), false;
  if (call->key->permissions & route->permission) return true;
  return refuse_scope(call), false;
}

/* Text with a zero byte would be cut where it is read as a C string. */
static bool has_zero(const neap_json_value *value) {
  if (value->kind == NEAP_JSON_STRING && strlen(value->text) != value->length) return true;
  for (const neap_json_value *at = value->first; at; at = at->next)
    if (has_zero(at)) return true;
  return false;
}

/* Bodies of GET are passed over: the venue's SDK sends "{}". `*tree` is the caller's to free. */
static bool read_body(neap_rest_call *call, neap_json **tree) {
  static const neap_json_value nothing = {.kind = NEAP_JSON_OBJECT};
  const neap_venue_request *request = call->request;
  neap_fault fault;
  if (!strcmp(request->method, "GET")) return true;
  call->body = &nothing;
  if (!request->length) return true;
  if (request->length > LARGEST_BODY) return neap_rest_refuse_argument(call, "the body is over 64 KiB"), false;
  neap_status status = neap_json_parse(request->body, request->length, tree, &fault);
  if (status != NEAP_OK) return neap_rest_refuse_argument(call, fault.message), false;
  call->body = neap_json_root(*tree);
  if (has_zero(call->body)) return neap_rest_refuse_argument(call, "a text of the body has a zero byte"), false;
  if (call->body->kind == NEAP_JSON_OBJECT) return true;
  return neap_rest_refuse_argument(call, "the body must be a JSON object"), false;
}

static void perform(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_request *request = call->request;
  neap_json *tree = NULL;
  bool has_path = false;
  const neap_rest_route *route = find(request->method, request->path, call->part, &has_path);
  if (!route) {
    refuse_route(call, has_path);
    return;
  }
  if (may(call, route) && read_body(call, &tree)) route->handle(venue, call);
  neap_json_free(tree);
}

void neap_venue_request_do(neap_venue *venue, const neap_venue_request *request, neap_venue_answer *answer) {
  neap_buffer_clear(&answer->body);
  answer->status = 200, answer->content_type = "application/json; charset=utf-8";
  neap_venue_advance(venue, request->now);
  neap_rest_call call = {.request = request, .answer = answer, .portfolio = UINT32_MAX};
  call.key = neap_venue_key_of(venue, request->key);
  if (call.key) call.portfolio = call.key->portfolio;
  neap_json_begin(&call.json, &answer->body);
  perform(venue, &call);
  if (answer->body.status == NEAP_OK && !venue->has_failed) return;
  neap_rest_refuse(&call, 500, "INTERNAL", "", "the venue is out of memory");
}
