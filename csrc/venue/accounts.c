/* SPDX-License-Identifier: MIT */
#include "venue/accounts.h"

#include <stdio.h>
#include <string.h>

bool neap_venue_is_of(const neap_venue_portfolio *portfolio, const neap_rest_call *call) {
  return call->key && portfolio->user == call->key->user && !portfolio->is_deleted;
}

neap_venue_portfolio *neap_rest_portfolio(neap_venue *venue, neap_rest_call *call, const char *id) {
  for (size_t i = 1; id && i < venue->portfolio_count; i++)
    if (neap_venue_is_of(&venue->portfolios[i], call) && strcmp(venue->portfolios[i].id, id) == 0)
      return &venue->portfolios[i];
  neap_rest_refuse_unknown(call, "portfolio not found");
  return NULL;
}

bool neap_rest_read_amount(neap_rest_call *call, const neap_json_value *object, const char *name,
                           neap_decimal *amount) {
  const neap_json_value *value = object ? neap_json_get(object, name) : NULL;
  bool is_plain = value && value->kind == NEAP_JSON_STRING && strspn(value->text, ".0123456789") == value->length;
  if (is_plain && neap_decimal_parse(value->text, value->length, amount, NULL) == NEAP_OK &&
      neap_decimal_sign(*amount) > 0)
    return true;
  char message[96];
  snprintf(message, sizeof message, "%s must be an amount over zero, such as \"1.5\"", name);
  neap_rest_refuse_argument(call, message);
  return false;
}

bool neap_rest_read_funds(neap_rest_call *call, const char *name, char currency[NEAP_VENUE_CURRENCY],
                          neap_decimal *amount) {
  const neap_json_value *funds = neap_json_get(call->body, name);
  const char *text = funds && funds->kind == NEAP_JSON_OBJECT ? neap_rest_text(funds, "currency") : NULL;
  if (!text || !*text || strlen(text) >= NEAP_VENUE_CURRENCY) {
    neap_rest_refuse_argument(call, "funds must be an object with value and currency");
    return false;
  }
  snprintf(currency, NEAP_VENUE_CURRENCY, "%s", text);
  return neap_rest_read_amount(call, funds, "value", amount);
}

void neap_rest_refuse_funds(neap_rest_call *call) {
  neap_rest_refuse(call, 400, "INSUFFICIENT_FUND", "Insufficient balance in source account",
                   "Insufficient balance in source account");
}

bool neap_venue_is_fiat(const char *currency) {
  static const char *const fiats[] = {"USD", "EUR", "GBP", "INR", "SGD", "AUD", "CAD",
                                      "CHF", "JPY", "BRL", "TRY", "MXN", NULL};
  for (size_t i = 0; fiats[i]; i++)
    if (strcmp(fiats[i], currency) == 0) return true;
  return false;
}

static uint64_t hash(uint64_t seed, const char *text) { /* FNV-1a */
  for (; *text; text++) seed = (seed ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
  return (seed ^ 0xFF) * UINT64_C(0x100000001B3);
}

void neap_venue_derive_id(const char *of, const char *what, char out[NEAP_VENUE_ID]) {
  uint64_t high = hash(hash(UINT64_C(0xCBF29CE484222325), what), of);
  uint64_t low = hash(hash(high, of), what);
  snprintf(out, NEAP_VENUE_ID, "%08x-%04x-5%03x-8%03x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xFFFF),
           (unsigned)(high & 0xFFF), (unsigned)(low >> 48 & 0xFFF), (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

void neap_rest_number(neap_json_writer *json, const char *key, neap_decimal value) {
  neap_json_number(json, key, neap_decimal_to_double(value));
}
