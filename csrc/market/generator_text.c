/* SPDX-License-Identifier: MIT */
/* generator_text: the options of a generated market as they are written: "7", "seed=7,products=10,bars=1h". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "market/generator.h"

enum { WORDS = 5, MOST_DAYS = 3660, MOST_TEXT = 200 };

#define MINUTE (60 * NEAP_SECOND)
#define DAY (1440 * MINUTE)
#define YEAR_2024 (INT64_C(1704067200) * NEAP_SECOND)

static const char *const words[WORDS] = {"seed", "products", "days", "bars", "start"};

static neap_status refuse_range(const char *word, const char *value, const char *range, neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "out_of_range", "generated: %s is %s, not '%.40s'", word, range, value);
}

static bool read_count(const char *text, uint64_t most, uint64_t *out) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 19 || text[digits]) return false;
  *out = strtoull(text, NULL, 10);
  return *out <= most;
}

static neap_status set_seed(const char *value, neap_generator_options *out, neap_fault *fault) {
  if (read_count(value, INT64_MAX, &out->seed)) return NEAP_OK;
  return refuse_range("seed", value, "a whole number from 0", fault);
}

static neap_status set_products(const char *value, neap_generator_options *out, neap_fault *fault) {
  uint64_t count = 0;
  if (!read_count(value, NEAP_GENERATOR_PRODUCTS, &count) || count == 0)
    return refuse_range("products", value, "1 to 32", fault);
  out->products = (uint32_t)count;
  return NEAP_OK;
}

static neap_status set_days(const char *value, neap_generator_options *out, neap_fault *fault) {
  uint64_t count = 0;
  if (!read_count(value, MOST_DAYS, &count) || count == 0) return refuse_range("days", value, "1 to 3660", fault);
  out->days = (int64_t)count;
  return NEAP_OK;
}

static neap_status set_bars(const char *value, neap_generator_options *out, neap_fault *fault) {
  int64_t frame = 0;
  bool fits = neap_duration_parse(value, strlen(value), &frame, NULL) == NEAP_OK && frame >= MINUTE && DAY % frame == 0;
  if (!fits) return refuse_range("bars", value, "1m to 1d, and as many make a day", fault);
  out->frame = frame;
  return NEAP_OK;
}

static neap_status set_start(const char *value, neap_generator_options *out, neap_fault *fault) {
  int64_t start = 0;
  bool fits = neap_time_parse(value, strlen(value), &start, NULL) == NEAP_OK && start >= 0 && start % DAY == 0;
  if (!fits) return refuse_range("start", value, "a day such as 2024-01-01", fault);
  out->start = start;
  return NEAP_OK;
}

static neap_status set_word(const char *word, const char *value, unsigned *seen, neap_generator_options *out,
                            neap_fault *fault) {
  static neap_status (*const set[WORDS])(const char *, neap_generator_options *,
                                         neap_fault *) = {set_seed, set_products, set_days, set_bars, set_start};
  for (unsigned i = 0; i < WORDS; i++) {
    if (strcmp(word, words[i]) != 0) continue;
    if (*seen >> i & 1) return neap_fail(fault, NEAP_INVALID, "generator_option", "generated: %s is given twice", word);
    *seen |= 1u << i;
    return set[i](value, out, fault);
  }
  neap_fail(fault, NEAP_INVALID, "generator_option",
            "generated: unknown word '%.40s'; known: seed, products, days, bars, start", word);
  neap_fault_set_nearest(fault, neap_nearest_word(word, words, WORDS));
  return NEAP_INVALID;
}

static neap_status read_words(char *text, neap_generator_options *out, neap_fault *fault) {
  unsigned seen = 0;
  char *rest = NULL;
  neap_status status = NEAP_OK;
  for (char *word = strtok_r(text, ",", &rest); status == NEAP_OK && word; word = strtok_r(NULL, ",", &rest)) {
    char *equals = strchr(word, '=');
    if (!equals)
      return neap_fail(fault, NEAP_INVALID, "generator_option", "generated: '%.40s' is not WORD=VALUE", word);
    *equals = 0;
    status = set_word(word, equals + 1, &seen, out, fault);
  }
  return status;
}

neap_status neap_generator_parse(const char *text, neap_generator_options *out, neap_fault *fault) {
  neap_generator_options options = {1, 10, 365, 60 * MINUTE, YEAR_2024};
  char copy[MOST_TEXT];
  bool is_seed = text[0] && !strpbrk(text, "=,");
  int length = snprintf(copy, sizeof copy, "%s", text);
  if (length >= MOST_TEXT)
    return neap_fail(fault, NEAP_INVALID, "generator_option", "generated: more text than needed");
  neap_status status = is_seed ? set_seed(text, &options, fault) : read_words(copy, &options, fault);
  if (status == NEAP_OK) *out = options;
  return status;
}

void neap_generator_format(const neap_generator_options *options, char out[NEAP_GENERATOR_TEXT]) {
  char frame[NEAP_TIME_TEXT], start[NEAP_TIME_TEXT];
  neap_duration_format(options->frame, frame);
  neap_time_format(options->start, start);
  snprintf(out, NEAP_GENERATOR_TEXT, "seed=%" PRIu64 ",products=%u,days=%" PRId64 ",bars=%.8s,start=%.10s",
           options->seed, (unsigned)options->products, options->days, frame, start);
}
