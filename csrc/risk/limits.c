/* SPDX-License-Identifier: MIT */
/* limits: defaults, single fields, and what must hold between fields. */
#include "risk/limits.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "risk/limits_table.h"

void neap_limits_default(neap_limits *limits) {
  *limits = (neap_limits){.max_leverage = 0};
  for (size_t i = 0; i < NEAP_LIMIT_FIELDS; i++) {
    const neap_limit_field *field = &neap_limit_fields[i];
    neap_status status = NEAP_OK;
    if (!neap_limit_is_map(field)) status = neap_limit_set_text(limits, field, field->standard, NULL);
    assert(status == NEAP_OK);
    (void)status;
  }
}

int neap_limits_find(const char *name, const char **nearest) {
  const char *words[2 * NEAP_LIMIT_FIELDS];
  for (int i = 0; i < NEAP_LIMIT_FIELDS; i++) {
    const neap_limit_field *field = &neap_limit_fields[i];
    if (strcmp(field->name, name) == 0 || strcmp(field->variable, name) == 0) return i;
    words[2 * i] = field->name;
    words[2 * i + 1] = field->variable;
  }
  if (nearest) *nearest = neap_nearest_word(name, words, 2 * NEAP_LIMIT_FIELDS);
  return -1;
}

static const char *skip_spaces(const char *text) { return text + strspn(text, " \t"); }

static void trim(char *text) {
  size_t length = strlen(text);
  while (length > 0 && strchr(" \t", text[length - 1])) text[--length] = '\0';
}

/* One "SYM:value". */
static neap_status add_pair(neap_limits *limits, const neap_limit_field *field, const char *pair, neap_fault *fault) {
  char text[128];
  snprintf(text, sizeof text, "%s", skip_spaces(pair));
  trim(text);
  char *colon = strchr(text, ':');
  if (!colon)
    return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: '%.60s' is not a pair such as BTC-USD:3", field->name,
                     text);
  *colon = '\0';
  trim(text);
  const char *value = skip_spaces(colon + 1);
  return neap_limit_add(limits, field, text, value, strlen(value), fault);
}

static neap_status set_map(neap_limits *limits, const neap_limit_field *field, const char *text, neap_fault *fault) {
  neap_limit_map *map = neap_limit_at(limits, field);
  map->count = 0;
  if (!*skip_spaces(text)) return NEAP_OK;
  for (;;) {
    char pair[128];
    size_t length = strcspn(text, ",");
    if (length >= sizeof pair)
      return neap_fail(fault, NEAP_INVALID, "wrong_type", "%s: a pair is too long", field->name);
    snprintf(pair, sizeof pair, "%.*s", (int)length, text);
    neap_status status = add_pair(limits, field, pair, fault);
    if (status != NEAP_OK || text[length] == '\0') return status;
    text += length + 1;
  }
}

neap_status neap_limits_set(neap_limits *limits, const char *name, const char *text, neap_fault *fault) {
  int index = neap_limits_find(name, NULL);
  if (index < 0) return neap_limit_unknown(name, fault);
  const neap_limit_field *field = &neap_limit_fields[index];
  neap_limits changed = *limits;
  neap_status status = neap_limit_is_map(field) ? set_map(&changed, field, text, fault)
                                                : neap_limit_set_text(&changed, field, text, fault);
  if (status == NEAP_OK) *limits = changed;
  return status;
}

static bool is_over(neap_decimal a, neap_decimal b) { return neap_decimal_cmp(a, b) > 0; }

static void say_order(neap_buffer *problems, const char *low, neap_decimal low_value, const char *high,
                      neap_decimal high_value) {
  char a[NEAP_DECIMAL_TEXT], b[NEAP_DECIMAL_TEXT];
  if (!is_over(low_value, high_value)) return;
  neap_decimal_format(low_value, a);
  neap_decimal_format(high_value, b);
  neap_buffer_printf(problems, "%s (%s) is over %s (%s)\n", low, a, high, b);
}

static void check_maps(const neap_limits *limits, neap_buffer *problems) {
  for (size_t i = 0; i < NEAP_LIMIT_FIELDS; i++) {
    const neap_limit_field *field = &neap_limit_fields[i];
    const neap_limit_map *map = (const void *)((const char *)limits + field->offset);
    if (field->type != NEAP_FIELD_MAP_INT) continue;
    for (uint32_t j = 0; j < map->count; j++)
      if (is_over(map->item[j].value, neap_decimal_from_int(limits->max_leverage))) {
        char text[NEAP_DECIMAL_TEXT];
        neap_decimal_format(map->item[j].value, text);
        neap_buffer_printf(problems, "%s: %s (%s) is over max_leverage (%lld)\n", field->name, map->item[j].product,
                           text, (long long)limits->max_leverage);
      }
  }
}

static void check_trading_hours(const neap_limits *limits, neap_buffer *problems) {
  bool has_start = limits->trading_start_utc[0], has_end = limits->trading_end_utc[0];
  if (has_start != has_end)
    neap_buffer_printf(problems, "trading_start_utc and trading_end_utc belong together: %s is missing\n",
                       has_start ? "trading_end_utc" : "trading_start_utc");
  else if (has_start && strcmp(limits->trading_start_utc, limits->trading_end_utc) == 0)
    neap_buffer_append_text(problems, "trading_start_utc and trading_end_utc are the same: nothing could be traded\n");
  if (!limits->day_start_utc[0]) neap_buffer_append_text(problems, "day_start_utc: a time of day is wanted\n");
}

static void check_day(const neap_limits *limits, neap_buffer *problems) {
  bool has_start = limits->daytime_start_utc[0], has_end = limits->daytime_end_utc[0];
  bool has_maps = limits->day_leverage_max_per_symbol.count || limits->night_leverage_max_per_symbol.count ||
                  limits->day_mmr_per_symbol.count || limits->night_mmr_per_symbol.count;
  if (has_start != has_end)
    neap_buffer_printf(problems, "daytime_start_utc and daytime_end_utc belong together: %s is missing\n",
                       has_start ? "daytime_end_utc" : "daytime_start_utc");
  else if (has_start && strcmp(limits->daytime_start_utc, limits->daytime_end_utc) == 0)
    neap_buffer_append_text(problems, "daytime_start_utc and daytime_end_utc are the same: the day would be empty\n");
  else if (!has_start && has_maps)
    neap_buffer_append_text(problems, "limits by day and night need daytime_start_utc and daytime_end_utc\n");
}

static void check_order_kinds(const neap_limits *limits, neap_buffer *problems) {
  const char *wanted = limits->entry_time_in_force;
  if (strcmp(wanted, "FOK") == 0 && !limits->enable_fok)
    neap_buffer_append_text(problems, "entry_time_in_force is FOK, which enable_fok turns off\n");
  if (strcmp(wanted, "IOC") == 0 && !limits->enable_ioc)
    neap_buffer_append_text(problems, "entry_time_in_force is IOC, which enable_ioc turns off\n");
}

static void check_sizing(const neap_limits *limits, neap_buffer *problems) {
  bool wants_target = strcmp(limits->position_sizing_method, "volatility_target") == 0;
  if (limits->enable_dynamic_position_sizing && wants_target && limits->sizing_target_volatility.units == 0)
    neap_buffer_append_text(problems,
                            "position_sizing_method volatility_target needs sizing_target_volatility over zero\n");
}

neap_status neap_limits_check(const neap_limits *limits, neap_buffer *problems, neap_fault *fault) {
  size_t before = problems->size;
  check_order_kinds(limits, problems);
  check_sizing(limits, problems);
  check_day(limits, problems);
  check_trading_hours(limits, problems);
  say_order(problems, "volatility_warning_threshold", limits->volatility_warning_threshold,
            "volatility_reduce_only_threshold", limits->volatility_reduce_only_threshold);
  say_order(problems, "volatility_reduce_only_threshold", limits->volatility_reduce_only_threshold,
            "volatility_kill_switch_threshold", limits->volatility_kill_switch_threshold);
  say_order(problems, "max_position_pct_per_symbol", limits->max_position_pct_per_symbol, "max_exposure_pct",
            limits->max_exposure_pct);
  check_maps(limits, problems);
  if (problems->status != NEAP_OK) return neap_fail(fault, problems->status, "memory", "no memory for the problems");
  if (problems->size == before) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "contradiction", "the limits contradict each other");
}
