/* SPDX-License-Identifier: MIT */
/* limits_show: the fields as text and by their kinds. */
#include "risk/limits_table.h"

static void append_decimal(neap_buffer *out, neap_decimal value) {
  char text[NEAP_DECIMAL_TEXT];
  neap_buffer_append(out, text, neap_decimal_format(value, text));
}

static void append_map(neap_buffer *out, const neap_limit_map *map) {
  for (uint32_t i = 0; i < map->count; i++) {
    neap_buffer_printf(out, "%s%s:", i ? "," : "", map->item[i].product);
    append_decimal(out, map->item[i].value);
  }
}

bool neap_limits_field(const neap_limits *limits, unsigned i, const char **name, const char **variable,
                       neap_buffer *value) {
  neap_limit_value field;
  if (!neap_limits_value(limits, i, &field)) return false;
  *name = neap_limit_fields[i].name;
  *variable = neap_limit_fields[i].variable;
  if (field.kind == NEAP_LIMIT_INT) neap_buffer_printf(value, "%lld", (long long)field.integer);
  if (field.kind == NEAP_LIMIT_BOOL) neap_buffer_append_text(value, field.integer ? "true" : "false");
  if (field.kind == NEAP_LIMIT_DECIMAL) append_decimal(value, field.decimal);
  if (field.kind == NEAP_LIMIT_TEXT) neap_buffer_append_text(value, field.text);
  if (field.kind == NEAP_LIMIT_MAP) append_map(value, field.map);
  return true;
}

bool neap_limits_value(const neap_limits *limits, unsigned i, neap_limit_value *out) {
  if (i >= NEAP_LIMIT_FIELDS) return false;
  const neap_limit_field *field = &neap_limit_fields[i];
  const void *at = (const char *)limits + field->offset;
  switch (field->type) {
  case NEAP_FIELD_INT:
    *out = (neap_limit_value){.kind = NEAP_LIMIT_INT, .integer = *(const int64_t *)at};
    return true;
  case NEAP_FIELD_BOOL:
    *out = (neap_limit_value){.kind = NEAP_LIMIT_BOOL, .integer = *(const bool *)at};
    return true;
  case NEAP_FIELD_DECIMAL:
  case NEAP_FIELD_FRACTION:
  case NEAP_FIELD_OPEN_FRACTION:
    *out = (neap_limit_value){.kind = NEAP_LIMIT_DECIMAL, .decimal = *(const neap_decimal *)at};
    return true;
  case NEAP_FIELD_CLOCK:
  case NEAP_FIELD_CHOICE:
  case NEAP_FIELD_DAYS:
  case NEAP_FIELD_PRODUCTS:
  case NEAP_FIELD_TIME_IN_FORCE:
  case NEAP_FIELD_ASSETS:
    *out = (neap_limit_value){.kind = NEAP_LIMIT_TEXT, .text = at};
    return true;
  case NEAP_FIELD_MAP_INT:
  case NEAP_FIELD_MAP_DECIMAL:
  case NEAP_FIELD_MAP_FRACTION:
    *out = (neap_limit_value){.kind = NEAP_LIMIT_MAP, .map = at};
    return true;
  }
  return false;
}
