/* SPDX-License-Identifier: MIT */
/* limits_text: turns text into the value of a field, within its range. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "risk/limits_table.h"

static const char *const times_in_force[] = {"GTC", "IOC", "FOK"};
static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
enum { TIMES = sizeof times_in_force / sizeof *times_in_force, DAYS = 7 };

static bool is_fraction(const neap_limit_field *field) {
  return field->type == NEAP_FIELD_FRACTION || field->type == NEAP_FIELD_OPEN_FRACTION ||
         field->type == NEAP_FIELD_MAP_FRACTION;
}

static bool is_int(const neap_limit_field *field) {
  return field->type == NEAP_FIELD_INT || field->type == NEAP_FIELD_MAP_INT;
}

static neap_decimal literal(const char *text) {
  neap_decimal value = NEAP_ZERO;
  neap_decimal_parse(text, strlen(text), &value, NULL);
  return value;
}

/* 20 where 0.20 is meant is the mistake that all make once. */
static neap_status refuse_percent(const neap_limit_field *field, neap_decimal value, neap_fault *fault) {
  char given[NEAP_DECIMAL_TEXT], meant[NEAP_DECIMAL_TEXT] = "0.20";
  neap_decimal share;
  neap_decimal_format(value, given);
  if (neap_decimal_div(value, neap_decimal_from_int(100), NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &share) == NEAP_OK)
    neap_decimal_format_padded(share, 2, meant);
  neap_fail(fault, NEAP_INVALID, "not_a_fraction", "%s: %s is over 1; a fraction is meant: %s", field->name, given,
            meant);
  neap_fault_set_nearest(fault, meant);
  return NEAP_INVALID;
}

static neap_status refuse_range(const neap_limit_field *field, neap_decimal value, neap_fault *fault) {
  char given[NEAP_DECIMAL_TEXT];
  bool is_low = neap_decimal_cmp(value, literal(field->lowest)) < 0;
  neap_decimal_format(value, given);
  neap_fail(fault, NEAP_INVALID, "out_of_range", "%s: %s is out of range: %s to %s", field->name, given, field->lowest,
            field->highest);
  neap_fault_set_nearest(fault, is_low ? field->lowest : field->highest);
  return NEAP_INVALID;
}

static neap_status check_range(const neap_limit_field *field, neap_decimal value, neap_fault *fault) {
  neap_decimal most = neap_decimal_from_int(100), one = neap_decimal_from_int(1);
  if (field->type == NEAP_FIELD_OPEN_FRACTION && neap_limit_is_unbound(value)) return NEAP_OK;
  if (is_fraction(field) && neap_decimal_cmp(value, one) > 0 && neap_decimal_cmp(value, most) <= 0)
    return refuse_percent(field, value, fault);
  bool fits =
      neap_decimal_cmp(value, literal(field->lowest)) >= 0 && neap_decimal_cmp(value, literal(field->highest)) <= 0;
  return fits ? NEAP_OK : refuse_range(field, value, fault);
}

static neap_status parse_number(const neap_limit_field *field, const char *text, size_t length, neap_decimal *out,
                                neap_fault *fault) {
  int64_t whole;
  neap_fault detail = {.status = NEAP_OK};
  neap_status status = neap_decimal_parse(text, length, out, &detail);
  if (status == NEAP_INEXACT)
    return neap_fail(fault, NEAP_INVALID, "too_fine", "%s: '%.60s' has more than 16 digits after the point",
                     field->name, text);
  if (status == NEAP_RANGE)
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "%s: '%.60s' is out of range: %s to %s", field->name, text,
                     field->lowest, field->highest);
  if (status != NEAP_OK)
    return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: '%.60s' is not a number", field->name, text);
  if (is_int(field) && neap_decimal_to_int(*out, &whole, NULL) != NEAP_OK)
    return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: %.*s is not a whole number", field->name,
                     (int)(length < 60 ? length : 60), text);
  return check_range(field, *out, fault);
}

neap_status neap_limit_set_number(neap_limits *limits, const neap_limit_field *field, const char *text, size_t length,
                                  neap_fault *fault) {
  neap_decimal value;
  neap_status status = parse_number(field, text, length, &value, fault);
  if (status != NEAP_OK) return status;
  if (field->type == NEAP_FIELD_INT) return neap_decimal_to_int(value, neap_limit_at(limits, field), fault);
  *(neap_decimal *)neap_limit_at(limits, field) = value;
  return NEAP_OK;
}

static bool is_product(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length >= NEAP_LIMITS_ID) return false;
  for (; *text; text++)
    if (!isalnum((unsigned char)*text) && !strchr("-_.", *text)) return false;
  return true;
}

neap_status neap_limit_add(neap_limits *limits, const neap_limit_field *field, const char *product, const char *text,
                           size_t length, neap_fault *fault) {
  neap_limit_map *map = neap_limit_at(limits, field);
  neap_decimal value;
  if (!is_product(product))
    return neap_fail(fault, NEAP_INVALID, "not_a_product", "%s: '%.40s' is not a product such as BTC-USD", field->name,
                     product);
  for (uint32_t i = 0; i < map->count; i++)
    if (strcmp(map->item[i].product, product) == 0)
      return neap_fail(fault, NEAP_EXISTS, "duplicate", "%s: %s is there twice", field->name, product);
  if (map->count == NEAP_LIMITS_PRODUCTS)
    return neap_fail(fault, NEAP_INVALID, "too_many", "%s: more than %d products", field->name, NEAP_LIMITS_PRODUCTS);
  neap_status status = parse_number(field, text, length, &value, fault);
  if (status != NEAP_OK) return status;
  snprintf(map->item[map->count].product, sizeof map->item->product, "%s", product);
  map->item[map->count++].value = value;
  return NEAP_OK;
}

static neap_status set_bool(bool *out, const neap_limit_field *field, const char *text, neap_fault *fault) {
  static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp(words[i], text) == 0) {
      *out = i % 2 == 1;
      return NEAP_OK;
    }
  const char *nearest = neap_nearest_word(text, words, sizeof words / sizeof *words);
  neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: '%.40s' is neither true, 1, yes, on nor false, 0, no, off",
            field->name, text);
  neap_fault_set_nearest(fault, nearest);
  return NEAP_INVALID;
}

static bool is_clock(const char *text) {
  if (strlen(text) != 5 || text[2] != ':') return false;
  for (int i = 0; i < 5; i++)
    if (i != 2 && !isdigit((unsigned char)text[i])) return false;
  return (text[0] - '0') * 10 + (text[1] - '0') < 24 && text[3] < '6';
}

static neap_status set_clock(char out[8], const neap_limit_field *field, const char *text, neap_fault *fault) {
  if (*text && !is_clock(text))
    return neap_fail(fault, NEAP_INVALID, "not_a_time", "%s: '%.40s' is not a time of day such as 09:30", field->name,
                     text);
  snprintf(out, 8, "%s", text);
  return NEAP_OK;
}

/* "a, b or c" */
static void list_choices(const char *const *choices, char *out, size_t size) {
  out[0] = '\0';
  for (size_t i = 0; choices[i]; i++)
    snprintf(out + strlen(out), size - strlen(out), "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
}

static neap_status set_choice(char out[NEAP_LIMITS_CHOICE], const neap_limit_field *field, const char *text,
                              neap_fault *fault) {
  char list[160];
  size_t count = 0;
  for (; field->choices[count]; count++)
    if (strcmp(field->choices[count], text) == 0) return snprintf(out, NEAP_LIMITS_CHOICE, "%s", text), NEAP_OK;
  list_choices(field->choices, list, sizeof list);
  neap_fail(fault, NEAP_INVALID, "unknown_method", "%s: '%.40s' is not %s", field->name, text, list);
  neap_fault_set_nearest(fault, neap_nearest_word(text, field->choices, count));
  return NEAP_INVALID;
}

static neap_status set_time_in_force(char out[8], const neap_limit_field *field, const char *text, neap_fault *fault) {
  if (!*text) {
    out[0] = '\0';
    return NEAP_OK;
  }
  for (size_t i = 0; i < TIMES; i++)
    if (strcasecmp(times_in_force[i], text) == 0) {
      snprintf(out, 8, "%s", times_in_force[i]);
      return NEAP_OK;
    }
  return neap_fail(fault, NEAP_INVALID, "not_a_choice", "%s: '%.40s' is not GTC, IOC or FOK", field->name, text);
}

/* The day's number, of a word of `length` bytes; DAYS: none. */
static unsigned find_day(const char *text, size_t length) {
  unsigned day = 0;
  while (day < DAYS && (length != 3 || strncasecmp(days[day], text, 3) != 0)) day++;
  return day;
}

static neap_status read_days(const neap_limit_field *field, const char *text, bool out[DAYS], neap_fault *fault) {
  for (;;) {
    text += strspn(text, " ,;");
    size_t length = strcspn(text, " ,;");
    if (length == 0) return NEAP_OK;
    unsigned day = find_day(text, length);
    if (day == DAYS)
      return neap_fail(fault, NEAP_INVALID, "not_a_day", "%s: '%.*s' is not a day: mon, tue, wed, thu, fri, sat, sun",
                       field->name, (int)(length < 40 ? length : 40), text);
    out[day] = true;
    text += length;
  }
}

static neap_status set_days(char out[32], const neap_limit_field *field, const char *text, neap_fault *fault) {
  bool is_in[DAYS] = {false};
  neap_status status = read_days(field, text, is_in, fault);
  if (status != NEAP_OK) return status;
  out[0] = '\0';
  for (unsigned i = 0; i < DAYS; i++)
    if (is_in[i]) snprintf(out + strlen(out), 32 - strlen(out), "%s%s", *out ? "," : "", days[i]);
  return NEAP_OK;
}

/* Whether a list such as "BTC-USD,ETH-USD" has this one. */
bool neap_limits_list_has(const char *list, const char *id) {
  size_t length = strlen(id);
  while (*list) {
    size_t next = strcspn(list, ",");
    if (next == length && memcmp(list, id, length) == 0) return true;
    list += next + (list[next] == ',');
  }
  return false;
}

static neap_status add_product(char list[NEAP_LIMITS_LIST], const neap_limit_field *field, const char *text,
                               size_t length, neap_fault *fault) {
  char id[NEAP_LIMITS_ID];
  snprintf(id, sizeof id, "%.*s", (int)(length < sizeof id ? length : sizeof id - 1), text);
  for (char *at = id; *at; at++) *at = (char)toupper((unsigned char)*at);
  if (length >= sizeof id || !is_product(id))
    return neap_fail(fault, NEAP_INVALID, "not_a_product", "%s: '%.40s' is not a product such as BTC-USD", field->name,
                     id);
  size_t size = strlen(list);
  if (neap_limits_list_has(list, id)) return NEAP_OK;
  if (size + length + 2 > NEAP_LIMITS_LIST)
    return neap_fail(fault, NEAP_INVALID, "too_many", "%s: more than %d characters", field->name, NEAP_LIMITS_LIST - 1);
  snprintf(list + size, NEAP_LIMITS_LIST - size, "%s%s", size ? "," : "", id);
  return NEAP_OK;
}

/* " btc-usd ;ETH-USD, BTC-USD" as "BTC-USD,ETH-USD". */
static neap_status set_products(char out[NEAP_LIMITS_LIST], const neap_limit_field *field, const char *text,
                                neap_fault *fault) {
  char list[NEAP_LIMITS_LIST] = "";
  for (;;) {
    text += strspn(text, " \t,;");
    size_t length = strcspn(text, " \t,;");
    if (length == 0) break;
    neap_status status = add_product(list, field, text, length, fault);
    if (status != NEAP_OK) return status;
    text += length;
  }
  memcpy(out, list, sizeof list);
  return NEAP_OK;
}

/* "usd, usdc" as "USD,USDC". */
static neap_status set_assets(char out[NEAP_LIMITS_ASSETS], const neap_limit_field *field, const char *text,
                              neap_fault *fault) {
  char list[NEAP_LIMITS_ASSETS] = "";
  for (size_t at = 0;;) {
    text += strspn(text, " ,");
    size_t length = strcspn(text, " ,");
    if (length == 0) break;
    if (at + length + 2 > sizeof list)
      return neap_fail(fault, NEAP_INVALID, "too_many", "%s: more than %d characters", field->name,
                       NEAP_LIMITS_ASSETS - 1);
    if (at) list[at++] = ',';
    for (size_t i = 0; i < length; i++) {
      if (!isalnum((unsigned char)text[i]))
        return neap_fail(fault, NEAP_INVALID, "not_an_asset", "%s: '%.*s' is not an asset such as USDC", field->name,
                         (int)(length < 40 ? length : 40), text);
      list[at++] = (char)toupper((unsigned char)text[i]);
    }
    text += length;
  }
  memcpy(out, list, sizeof list);
  return NEAP_OK;
}

neap_status neap_limit_set_text(neap_limits *limits, const neap_limit_field *field, const char *text,
                                neap_fault *fault) {
  void *at = neap_limit_at(limits, field);
  if (field->type == NEAP_FIELD_BOOL) return set_bool(at, field, text, fault);
  if (field->type == NEAP_FIELD_CLOCK) return set_clock(at, field, text, fault);
  if (field->type == NEAP_FIELD_CHOICE) return set_choice(at, field, text, fault);
  if (field->type == NEAP_FIELD_DAYS) return set_days(at, field, text, fault);
  if (field->type == NEAP_FIELD_PRODUCTS) return set_products(at, field, text, fault);
  if (field->type == NEAP_FIELD_ASSETS) return set_assets(at, field, text, fault);
  if (field->type == NEAP_FIELD_TIME_IN_FORCE) return set_time_in_force(at, field, text, fault);
  return neap_limit_set_number(limits, field, text, strlen(text), fault);
}

neap_status neap_limit_unknown(const char *name, neap_fault *fault) {
  const char *nearest = NULL;
  int index = neap_limits_find(name, &nearest);
  if (index >= 0) nearest = neap_limit_fields[index].name;
  neap_fail(fault, NEAP_INVALID, "unknown_field", "%.60s: no such risk field%s%s%s", name,
            nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  neap_fault_set_nearest(fault, nearest);
  return NEAP_INVALID;
}
