/* SPDX-License-Identifier: MIT */
/* limits_json: reads a risk file. All problems are told at once, each with its line; then nothing is changed. */
#include <string.h>

#include "base/json.h"
#include "risk/limits_table.h"

typedef struct reading {
  neap_limits *limits;
  const char *where;
  neap_buffer *problems;
} reading;

static void say(reading *read, const neap_json_value *value, const neap_fault *fault) {
  neap_buffer_printf(read->problems, "%s:%u: %s\n", read->where, value->line, fault->message);
}

static neap_status wrong_type(const neap_limit_field *field, const char *wanted, const neap_json_value *value,
                              neap_fault *fault) {
  static const char *const kinds[] = {"null", "a boolean", "a number", "text", "a list", "an object"};
  return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: %s is wanted, this is %s%s", field->name, wanted,
                   kinds[value->kind],
                   value->kind == NEAP_JSON_STRING && strcmp(wanted, "text") != 0 ? ": take the quotes off" : "");
}

static neap_status read_number(reading *read, const neap_limit_field *field, const neap_json_value *value,
                               neap_fault *fault) {
  if (value->kind != NEAP_JSON_NUMBER) return wrong_type(field, "a number", value, fault);
  return neap_limit_set_number(read->limits, field, value->text, value->length, fault);
}

static neap_status read_bool(reading *read, const neap_limit_field *field, const neap_json_value *value,
                             neap_fault *fault) {
  if (value->kind != NEAP_JSON_BOOL) return wrong_type(field, "true or false", value, fault);
  *(bool *)neap_limit_at(read->limits, field) = value->boolean;
  return NEAP_OK;
}

static neap_status read_text(reading *read, const neap_limit_field *field, const neap_json_value *value,
                             neap_fault *fault) {
  if (value->kind == NEAP_JSON_NULL && field->type != NEAP_FIELD_CHOICE)
    return neap_limit_set_text(read->limits, field, "", fault);
  if (value->kind != NEAP_JSON_STRING) return wrong_type(field, "text", value, fault);
  if (strlen(value->text) != value->length)
    return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: the text has a zero byte", field->name);
  return neap_limit_set_text(read->limits, field, value->text, fault);
}

/* Each item's problem is told by itself. */
static void read_map(reading *read, const neap_limit_field *field, const neap_json_value *value) {
  neap_fault fault = {.status = NEAP_OK};
  if (value->kind != NEAP_JSON_OBJECT) {
    wrong_type(field, "an object of products", value, &fault);
    say(read, value, &fault);
    return;
  }
  ((neap_limit_map *)neap_limit_at(read->limits, field))->count = 0;
  for (const neap_json_value *item = value->first; item; item = item->next) {
    neap_status status = item->kind == NEAP_JSON_NUMBER
                             ? neap_limit_add(read->limits, field, item->key, item->text, item->length, &fault)
                             : wrong_type(field, "a number", item, &fault);
    if (status != NEAP_OK) say(read, item, &fault);
  }
}

static neap_status read_value(reading *read, const neap_limit_field *field, const neap_json_value *value,
                              neap_fault *fault) {
  switch (field->type) {
  case NEAP_FIELD_BOOL:
    return read_bool(read, field, value, fault);
  case NEAP_FIELD_CLOCK:
  case NEAP_FIELD_CHOICE:
  case NEAP_FIELD_DAYS:
  case NEAP_FIELD_PRODUCTS:
  case NEAP_FIELD_TIME_IN_FORCE:
  case NEAP_FIELD_ASSETS:
    return read_text(read, field, value, fault);
  default:
    return read_number(read, field, value, fault);
  }
}

static void read_member(reading *read, const neap_json_value *value) {
  neap_fault fault = {.status = NEAP_OK};
  if (value->key[0] == '_') return;
  for (size_t i = 0; i < NEAP_LIMIT_FIELDS; i++) {
    const neap_limit_field *field = &neap_limit_fields[i];
    if (strcmp(field->name, value->key) != 0) continue;
    if (neap_limit_is_map(field))
      read_map(read, field, value);
    else if (read_value(read, field, value, &fault) != NEAP_OK)
      say(read, value, &fault);
    return;
  }
  neap_limit_unknown(value->key, &fault);
  say(read, value, &fault);
}

static void read_root(reading *read, const neap_json_value *root) {
  if (root->kind != NEAP_JSON_OBJECT) {
    neap_buffer_printf(read->problems, "%s:%u: a risk file is one JSON object\n", read->where, root->line);
    return;
  }
  for (const neap_json_value *value = root->first; value; value = value->next) read_member(read, value);
}

/* Contradictions are looked for only where every field by itself is well: else they would follow from another mistake.
 */
static void check_whole(reading *read) {
  neap_buffer lines;
  neap_buffer_init(&lines);
  if (neap_limits_check(read->limits, &lines, NULL) != NEAP_OK && lines.size > 0) {
    const char *at = (const char *)lines.data, *end = at + lines.size;
    while (at < end) {
      const char *stop = memchr(at, '\n', (size_t)(end - at));
      neap_buffer_printf(read->problems, "%s: %.*s\n", read->where, (int)(stop - at), at);
      at = stop + 1;
    }
  }
  if (lines.status != NEAP_OK) read->problems->status = lines.status;
  neap_buffer_fini(&lines);
}

neap_status neap_limits_read_json(neap_limits *limits, const char *json, size_t length, const char *where,
                                  neap_buffer *problems, neap_fault *fault) {
  neap_json *tree;
  neap_limits changed = *limits;
  reading read = {.limits = &changed, .where = where, .problems = problems};
  size_t before = problems->size;
  neap_fault detail = {.status = NEAP_OK};
  neap_status status = neap_json_parse(json, length, &tree, &detail);
  if (status != NEAP_OK) {
    neap_buffer_printf(problems, "%s: %s%s%s\n", where, detail.where, detail.where[0] ? ": " : "", detail.message);
    if (fault) *fault = detail;
    return status;
  }
  read_root(&read, neap_json_root(tree));
  neap_json_free(tree);
  if (problems->size == before) check_whole(&read);
  if (problems->status != NEAP_OK) return neap_fail(fault, problems->status, "memory", "no memory for the problems");
  if (problems->size != before)
    return neap_fail(fault, NEAP_INVALID, "bad_limits", "the risk limits of %.150s cannot be used", where);
  *limits = changed;
  return NEAP_OK;
}
