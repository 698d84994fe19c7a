/* SPDX-License-Identifier: MIT */
#include "venue/market_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { MOST_TEXT = 400 };

typedef enum shape { COUNT, AMOUNT, TIME, CHOICE } shape;

enum {
  G = 1 << NEAP_MARKET_GENERATED,
  C = 1 << NEAP_MARKET_CANDLES,
  T = 1 << NEAP_MARKET_TRADES,
  B = 1 << NEAP_MARKET_BOOK
};

typedef struct fact {
  const char *name;
  unsigned kinds; /* which know it */
  shape shape;
  const char *usual, *least, *most;
} fact;

static const fact words[NEAP_MARKET_WORDS] = {
    {"seed", G | C | T, COUNT, "1", "0", "9223372036854775807"},
    {"levels", G | C | T, COUNT, "25", "1", "30000"},
    {"spread_bps", G | C | T, AMOUNT, "2", "0", "5000"},
    {"volatility", G, AMOUNT, "3", "0", "100"},
    {"rate", G, AMOUNT, "10", "0.01", "10000"},
    {"trend", G, AMOUNT, "1", "0", "10"},
    {"gaps", G, AMOUNT, "0.5", "0", "1000"},
    {"crashes", G, AMOUNT, "0.05", "0", "100"},
    {"thin", G, AMOUNT, "20", "1", "100"},
    {"price", G, AMOUNT, "0", "0.0000000000000001", "1000000000000"},
    {"volume", G, AMOUNT, "0", "0.0000000000000001", "1000000000000000"},
    {"prints", C, COUNT, "12", "4", "1000"},
    {"from", C | T | B, TIME, "0", NULL, NULL},
    {"end", C | T | B, CHOICE, "0", NULL, NULL},
};

static const char *const kinds[NEAP_MARKET_KINDS] = {"generated", "candles", "trades", "book"};
static const char *const ends[] = {"stays", "loops", "halts"};
enum { ENDS = sizeof ends / sizeof *ends };

static neap_decimal number(const char *text) {
  neap_decimal value = NEAP_ZERO;
  neap_decimal_parse(text, strlen(text), &value, NULL);
  return value;
}

static neap_status refuse(const char *kind, const fact *of, const char *value, neap_fault *fault) {
  const char *what = of->shape == COUNT ? "a whole number" : "a number";
  if (of->shape == CHOICE)
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "%s: end is stays, loops or halts, not '%.40s'", kind, value);
  if (of->shape == TIME)
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "%s: from is a time like 2024-08-08T23:55:00Z, not '%.40s'",
                     kind, value);
  return neap_fail(fault, NEAP_INVALID, "out_of_range", "%s: %s is %s from %s to %s, not '%.40s'", kind, of->name, what,
                   of->least, of->most, value);
}

static bool read_choice(const char *text, neap_decimal *out) {
  for (int i = 0; i < ENDS; i++)
    if (strcmp(text, ends[i]) == 0) return *out = neap_decimal_from_int(i), true;
  return false;
}

static bool read_value(const fact *of, const char *text, neap_decimal *out) {
  int64_t whole;
  if (of->shape == CHOICE) return read_choice(text, out);
  if (of->shape == TIME) {
    if (neap_time_parse(text, strlen(text), &whole, NULL) != NEAP_OK || whole <= 0) return false;
    return *out = neap_decimal_from_int(whole), true;
  }
  if (neap_decimal_parse(text, strlen(text), out, NULL) != NEAP_OK) return false;
  if (of->shape == COUNT && neap_decimal_to_int(*out, &whole, NULL) != NEAP_OK) return false;
  return neap_decimal_cmp(*out, number(of->least)) >= 0 && neap_decimal_cmp(*out, number(of->most)) <= 0;
}

static size_t known_words(neap_market_kind kind, const char *names[NEAP_MARKET_WORDS]) {
  size_t count = 0;
  for (int i = 0; i < NEAP_MARKET_WORDS; i++)
    if (words[i].kinds & 1u << kind) names[count++] = words[i].name;
  return count;
}

static neap_status refuse_word(neap_market_kind kind, const char *name, neap_fault *fault) {
  const char *names[NEAP_MARKET_WORDS];
  char list[160] = "";
  size_t count = known_words(kind, names), at = 0;
  for (size_t i = 0; i < count; i++)
    at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", names[i]);
  neap_fail(fault, NEAP_INVALID, "market_option", "%s: unknown word '%.40s'; known: %s", kinds[kind], name, list);
  neap_fault_set_nearest(fault, neap_nearest_word(name, names, count));
  return NEAP_INVALID;
}

static neap_status set_word(const char *name, const char *value, unsigned *seen, neap_market_settings *out,
                            neap_fault *fault) {
  for (unsigned i = 0; i < NEAP_MARKET_WORDS; i++) {
    if (strcmp(name, words[i].name) != 0 || !(words[i].kinds & 1u << out->kind)) continue;
    if (*seen & 1u << i)
      return neap_fail(fault, NEAP_INVALID, "market_option", "%s: '%s' is said twice", kinds[out->kind], name);
    *seen |= 1u << i;
    return read_value(&words[i], value, &out->value[i]) ? NEAP_OK : refuse(kinds[out->kind], &words[i], value, fault);
  }
  return refuse_word(out->kind, name, fault);
}

static neap_status read_words(char *text, neap_market_settings *out, neap_fault *fault) {
  unsigned seen = 0;
  char *rest = NULL;
  neap_status status = NEAP_OK;
  for (char *said = strtok_r(text, ",", &rest); status == NEAP_OK && said; said = strtok_r(NULL, ",", &rest)) {
    char *equals = strchr(said, '=');
    if (!equals)
      return neap_fail(fault, NEAP_INVALID, "market_option", "%s: '%.40s' is not WORD=VALUE", kinds[out->kind], said);
    *equals = 0;
    status = set_word(said, equals + 1, &seen, out, fault);
  }
  return status;
}

static neap_status read_kind(const char *text, neap_market_kind *out, neap_fault *fault) {
  for (int i = 0; i < NEAP_MARKET_KINDS; i++)
    if (strcmp(text, kinds[i]) == 0) return *out = (neap_market_kind)i, NEAP_OK;
  neap_fail(fault, NEAP_INVALID, "market_kind", "a market is generated, candles, trades or book, not '%.40s'", text);
  neap_fault_set_nearest(fault, neap_nearest_word(text, kinds, NEAP_MARKET_KINDS));
  return NEAP_INVALID;
}

neap_status neap_market_settings_parse(const char *text, neap_market_settings *out, neap_fault *fault) {
  char copy[MOST_TEXT];
  if (snprintf(copy, sizeof copy, "%s", text) >= MOST_TEXT)
    return neap_fail(fault, NEAP_INVALID, "market_option", "more is said of a market than there is to say");
  char *colon = strchr(copy, ':');
  if (colon) *colon = 0;
  for (int i = 0; i < NEAP_MARKET_WORDS; i++) out->value[i] = number(words[i].usual);
  neap_status status = read_kind(copy, &out->kind, fault);
  return status == NEAP_OK && colon ? read_words(colon + 1, out, fault) : status;
}

int64_t neap_market_setting(const neap_market_settings *settings, neap_market_word word, unsigned digits) {
  __int128 units = settings->value[word].units;
  for (unsigned i = digits; i < NEAP_DECIMAL_DIGITS; i++) units /= 10;
  return units > INT64_MAX ? INT64_MAX : (int64_t)units;
}
