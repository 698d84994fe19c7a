/* SPDX-License-Identifier: MIT */
#include "venue/exchange_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/rest.h"

#define PREFIX "/neap/v1/"

enum { PART = 80, NS_PER_MS = 1000000 };

static const char json[] = "application/json; charset=utf-8";

/* --- what is asked ------------------------------------------------------------------------------------------------ */

static size_t count_of(const char *const *words) {
  size_t count = 0;
  while (words[count]) count++;
  return count;
}

static neap_status unknown(const char *code, const char *what, const char *word, const char *const *known,
                           neap_fault *fault) {
  const char *near = neap_nearest_word(word, known, count_of(known));
  neap_status status = strcmp(code, "unknown_path") == 0 ? NEAP_NOT_FOUND : NEAP_INVALID;
  neap_fail(fault, status, code, "there is no %s '%.80s'", what, word);
  if (near) neap_fault_set_nearest(fault, near);
  return status;
}

neap_status neap_admin_knows(const neap_admin_call *call, const char *const *known, neap_fault *fault) {
  for (const neap_json_value *each = call->body->first; each; each = each->next) {
    size_t i = 0;
    while (known[i] && strcmp(known[i], each->key) != 0) i++;
    if (!known[i]) return unknown("unknown_member", "member", each->key, known, fault);
  }
  return NEAP_OK;
}

const char *neap_admin_text(const neap_admin_call *call, const char *name, neap_fault *fault) {
  const char *text = neap_rest_text(call->body, name);
  if (!text) neap_fail(fault, NEAP_INVALID, "bad_member", "%s is needed, as text", name);
  return text;
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static neap_status get_faults(neap_admin_call *call, neap_fault *fault) {
  (void)fault;
  neap_exchange_write_faults(call->exchange, &call->out);
  return NEAP_OK;
}

static neap_status post_fault(neap_admin_call *call, neap_fault *fault) {
  static const char *const known[] = {"fault", NULL};
  uint32_t id;
  neap_status status = neap_admin_knows(call, known, fault);
  const char *text = status == NEAP_OK ? neap_admin_text(call, "fault", fault) : NULL;
  if (!text) return NEAP_INVALID;
  status = neap_exchange_add_fault(call->exchange, text, &id, fault);
  if (status != NEAP_OK) return status;
  neap_json_object(&call->json, NULL);
  neap_json_int(&call->json, "id", id);
  neap_json_string(&call->json, "fault", text);
  neap_json_end_object(&call->json);
  return NEAP_OK;
}

static neap_status delete_fault(neap_admin_call *call, neap_fault *fault) {
  char *end;
  unsigned long id = strtoul(call->part, &end, 10);
  if (*end || id > UINT32_MAX) return neap_fail(fault, NEAP_INVALID, "bad_id", "'%s' is no fault's id", call->part);
  neap_status status = neap_exchange_remove_fault(call->exchange, (uint32_t)id, fault);
  if (status == NEAP_OK) neap_exchange_write_faults(call->exchange, &call->out);
  return status;
}

static neap_status delete_faults(neap_admin_call *call, neap_fault *fault) {
  neap_fault_plan *plan = call->exchange->plan;
  for (const neap_planned_fault *each; (each = neap_fault_plan_get(plan, 0));) {
    neap_status status = neap_exchange_remove_fault(call->exchange, each->id, fault);
    if (status != NEAP_OK) return status;
  }
  neap_exchange_write_faults(call->exchange, &call->out);
  return NEAP_OK;
}

/* --- the venue ---------------------------------------------------------------------------------------------------- */

/* In the order of enum neap_product_flag; delisted is none. */
static neap_status read_flags(const neap_admin_call *call, uint32_t *flags, bool *is_delisted, neap_fault *fault) {
  static const char *const known[] = {"disabled",  "cancel_only", "limit_only", "post_only",
                                      "view_only", "auction",     "delisted",   NULL};
  enum { FLAGS = 6 };
  neap_status status = neap_admin_knows(call, known, fault);
  *flags = 0, *is_delisted = false;
  for (unsigned i = 0; status == NEAP_OK && known[i]; i++) {
    const neap_json_value *value = neap_json_get(call->body, known[i]);
    if (value && value->kind != NEAP_JSON_BOOL)
      return neap_fail(fault, NEAP_INVALID, "bad_member", "%s is true or false", known[i]);
    if (value && value->boolean && i < FLAGS) *flags |= 1u << i;
    if (value && value->boolean && i == FLAGS) *is_delisted = true;
  }
  return status;
}

static void write_ok(neap_admin_call *call) {
  neap_json_object(&call->json, NULL);
  neap_json_bool(&call->json, "ok", true);
  neap_json_end_object(&call->json);
}

static neap_status post_product(neap_admin_call *call, neap_fault *fault) {
  uint32_t flags;
  bool is_delisted;
  neap_status status = read_flags(call, &flags, &is_delisted, fault);
  if (status == NEAP_OK) status = neap_exchange_set_product(call->exchange, call->part, flags, is_delisted, fault);
  if (status == NEAP_OK) write_ok(call);
  return status;
}

static void write_time(neap_admin_call *call) {
  char text[NEAP_TIME_TEXT];
  neap_time_format(neap_venue_now(call->exchange->venue), text);
  neap_json_string(&call->json, "time", text);
}

static neap_status post_clock(neap_admin_call *call, neap_fault *fault) {
  static const char *const known[] = {"advance", NULL};
  int64_t ns;
  neap_status status = neap_admin_knows(call, known, fault);
  const char *text = status == NEAP_OK ? neap_admin_text(call, "advance", fault) : NULL;
  if (!text) return NEAP_INVALID;
  status = neap_duration_parse(text, strlen(text), &ns, fault);
  if (status != NEAP_OK) return status;
  if (ns > 3650 * 86400 * NEAP_SECOND)
    return neap_fail(fault, NEAP_INVALID, "bad_member", "advance is under ten years");
  neap_exchange_move(call->exchange, ns);
  neap_json_object(&call->json, NULL);
  write_time(call);
  neap_json_end_object(&call->json);
  return NEAP_OK;
}

static neap_status get_check(neap_admin_call *call, neap_fault *fault) {
  neap_status status = neap_venue_check(call->exchange->venue, fault);
  if (status == NEAP_OK) write_ok(call);
  return status;
}

static neap_status get_status(neap_admin_call *call, neap_fault *fault) {
  neap_server_counts counts;
  char seed[24];
  (void)fault;
  neap_server_counts_get(call->exchange->server, &counts);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)call->exchange->options.venue.seed);
  neap_json_object(&call->json, NULL);
  write_time(call);
  neap_json_string(&call->json, "seed", seed);
  neap_json_int(&call->json, "late_ms", neap_exchange_lag(call->exchange) / NS_PER_MS);
  neap_json_int(&call->json, "connections", (int64_t)counts.connections);
  neap_json_int(&call->json, "sockets", (int64_t)counts.sockets);
  neap_json_int(&call->json, "waiting", (int64_t)counts.calls);
  neap_json_int(&call->json, "requests", (int64_t)counts.requests);
  neap_json_int(&call->json, "messages", (int64_t)counts.messages);
  neap_json_int(&call->json, "refused", (int64_t)counts.refused);
  neap_json_end_object(&call->json);
  return NEAP_OK;
}

static neap_status post_stop(neap_admin_call *call, neap_fault *fault) {
  (void)fault;
  call->exchange->is_stopping = true;
  write_ok(call);
  return NEAP_OK;
}

/* --- the way there ------------------------------------------------------------------------------------------------ */

typedef struct route {
  const char *method, *path; /* below the prefix; '*' at the end is the rest */
  neap_admin_handler *handle;
} route;

static const route routes[] = {{"GET", "faults", get_faults},
                               {"POST", "faults", post_fault},
                               {"DELETE", "faults", delete_faults},
                               {"DELETE", "faults/*", delete_fault},
                               {"POST", "keys", neap_admin_post_key},
                               {"POST", "deposit", neap_admin_post_deposit},
                               {"POST", "products/*", post_product},
                               {"POST", "clock", post_clock},
                               {"GET", "check", get_check},
                               {"GET", "status", get_status},
                               {"POST", "stop", post_stop}};

enum { ROUTES = sizeof routes / sizeof *routes };

static bool is_path(const route *each, const char *path, const char **part) {
  size_t length = strlen(each->path);
  bool has_part = each->path[length - 1] == '*';
  *part = has_part ? path + length - 1 : "";
  if (!has_part) return strcmp(each->path, path) == 0;
  return strncmp(each->path, path, length - 1) == 0 && **part && strlen(*part) < PART;
}

static neap_status find(const char *method, const char *path, const route **out, const char **part, neap_fault *fault) {
  const char *known[ROUTES + 1] = {NULL};
  bool has_path = false;
  for (size_t i = 0; i < ROUTES; i++) {
    *out = &routes[i];
    known[i] = routes[i].path;
    if (!is_path(*out, path, part)) continue;
    if (strcmp(routes[i].method, method) == 0) return NEAP_OK;
    has_path = true;
  }
  if (has_path) return neap_fail(fault, NEAP_UNSUPPORTED, "bad_method", "%s is not what this path takes", method);
  return unknown("unknown_path", "path " PREFIX, path, known, fault);
}

static int http_of(neap_status status) {
  switch (status) {
  case NEAP_OK:
    return 200;
  case NEAP_NOT_FOUND:
    return 404;
  case NEAP_EXISTS:
    return 409;
  case NEAP_REFUSED:
    return 403;
  case NEAP_UNSUPPORTED:
    return 405;
  case NEAP_INVALID:
  case NEAP_RANGE:
  case NEAP_INEXACT:
    return 400;
  default:
    return 500;
  }
}

static void write_fault(neap_admin_call *call, const neap_fault *fault) {
  neap_buffer_clear(&call->out);
  neap_json_begin(&call->json, &call->out);
  neap_json_object(&call->json, NULL);
  neap_json_object(&call->json, "error");
  neap_json_string(&call->json, "code", fault->code);
  neap_json_string(&call->json, "message", fault->message);
  if (*fault->nearest) neap_json_string(&call->json, "nearest", fault->nearest);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
}

static neap_status obey(neap_admin_call *call, const route *way, const neap_server_request *request,
                        neap_fault *fault) {
  neap_json *tree;
  neap_status status = request->length ? neap_json_parse(request->body, request->length, &tree, fault)
                                       : neap_json_parse("{}", 2, &tree, fault);
  if (status != NEAP_OK) return status;
  call->body = neap_json_root(tree);
  if (call->body->kind == NEAP_JSON_OBJECT)
    status = way->handle(call, fault);
  else
    status = neap_fail(fault, NEAP_INVALID, "bad_body", "the body is no JSON object");
  neap_json_free(tree);
  return status;
}

/* A page of a browser's names its origin: it has no business here. */
static neap_status dispatch(neap_admin_call *call, const neap_server_request *request, neap_fault *fault) {
  const route *way;
  if (neap_server_header(request, "Origin"))
    return neap_fail(fault, NEAP_REFUSED, "no_pages", "pages of a browser are not let in");
  neap_status status = find(request->method, request->path + sizeof PREFIX - 1, &way, &call->part, fault);
  return status == NEAP_OK ? obey(call, way, request, fault) : status;
}

bool neap_exchange_is_admin(const char *path) { return strncmp(path, PREFIX, sizeof PREFIX - 1) == 0; }

void neap_exchange_administer(neap_exchange *exchange, neap_server_call *call, const neap_server_request *request) {
  neap_admin_call own = {.exchange = exchange, .part = ""};
  neap_fault fault;
  neap_buffer_init(&own.out);
  neap_json_begin(&own.json, &own.out);
  neap_status status = dispatch(&own, request, &fault);
  if (status != NEAP_OK) write_fault(&own, &fault);
  const neap_server_reply reply = {.status = own.out.status == NEAP_OK ? http_of(status) : 500,
                                   .content_type = json,
                                   .body = (const char *)own.out.data,
                                   .length = own.out.status == NEAP_OK ? own.out.size : 0};
  neap_server_answer(call, &reply, NULL);
  if (own.is_secret && own.out.data) explicit_bzero(own.out.data, own.out.capacity);
  neap_buffer_fini(&own.out);
}
