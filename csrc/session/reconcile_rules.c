/* SPDX-License-Identifier: MIT */
/* reconcile_rules: sums, differences, and what is remembered of foreign fills. */
#include "session/reconcile_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void name_part(external_book *book, const char *currency) {
  if (external_find(book, currency) || book->part_count == EXTERNAL_PARTS) return;
  external_part *part = &book->part[book->part_count++];
  *part = (external_part){.difference = 0};
  neap_text_copy(part->currency, sizeof part->currency, currency);
}

void external_name_parts(external_book *book, const char *currency, const neap_product *products, uint32_t count) {
  bool all_spot = true;
  for (uint32_t i = 0; i < count; i++) all_spot &= products[i].kind == NEAP_SPOT;
  if (all_spot) name_part(book, currency);
  for (uint32_t i = 0; i < count; i++)
    if (products[i].kind == NEAP_SPOT) name_part(book, products[i].base);
}

external_part *external_find(external_book *book, const char *currency) {
  for (uint32_t i = 0; i < book->part_count; i++)
    if (strcmp(book->part[i].currency, currency) == 0) return &book->part[i];
  return NULL;
}

static bool is_base_of(const char *currency, const neap_product *product) {
  return product->kind == NEAP_SPOT && strcmp(product->base, currency) == 0;
}

bool external_concerns(const external_part *part, const neap_product *product) {
  return is_base_of(part->currency, product) || strcmp(part->currency, product->quote) == 0;
}

neap_status external_ours(const neap_ledger *ledger, const neap_product *products, uint32_t count, uint32_t desks,
                          const char *currency, neap_decimal *out) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  if (strcmp(currency, neap_ledger_currency(ledger)) == 0) *out = neap_ledger_account_cash(ledger);
  for (uint32_t at = 0; status == NEAP_OK && at < count * desks; at++)
    if (is_base_of(currency, &products[at % count]))
      status = neap_decimal_add(*out, neap_ledger_position(ledger, at / count, at % count)->quantity, out);
  return status;
}

neap_decimal external_explains(const external_part *part) { return neap_decimal_max(part->external, part->allowed); }

neap_status external_gap(const external_part *part, neap_decimal ours, neap_decimal venue, neap_decimal *out) {
  neap_status status = neap_decimal_sub(venue, ours, out);
  return status == NEAP_OK ? neap_decimal_sub(*out, external_explains(part), out) : status;
}

static neap_status add_to(external_book *book, const char *currency, neap_decimal amount) {
  external_part *part = external_find(book, currency);
  return part ? neap_decimal_add(part->external, amount, &part->external) : NEAP_OK;
}

neap_status external_fill(external_book *book, const neap_product *product, neap_side side, neap_decimal price,
                          neap_decimal quantity, neap_decimal fee) {
  neap_decimal notional, cash;
  neap_status status = neap_product_notional(product, price, quantity, &notional);
  if (status == NEAP_OK)
    status = neap_decimal_sub(side == NEAP_BUY ? neap_decimal_neg(notional) : notional, fee, &cash);
  if (status == NEAP_OK) status = add_to(book, product->quote, cash);
  if (status != NEAP_OK || product->kind != NEAP_SPOT) return status;
  return add_to(book, product->base, side == NEAP_BUY ? quantity : neap_decimal_neg(quantity));
}

void external_name_fill(const char *trade_id, const char *order_id, char out[EXTERNAL_NAME]) {
  snprintf(out, EXTERNAL_NAME, "%s/%s", trade_id, order_id);
}

bool external_is_loss(const char *code) { return strcmp(code, "not_sent") == 0 || strcmp(code, "not_found") == 0; }

/* FNV-1a. */
static uint64_t key_of(const char *text) {
  uint64_t key = UINT64_C(14695981039346656037);
  for (; *text; text++) key = (key ^ (unsigned char)*text) * UINT64_C(1099511628211);
  return key;
}

static bool has_key(const external_book *book, uint64_t key) {
  for (uint32_t i = 0; i < book->seen_count; i++)
    if (book->seen[i].key == key) return true;
  return false;
}

bool external_is_seen(const external_book *book, const char *name, int64_t time) {
  bool is_full = book->seen_count == EXTERNAL_SEEN;
  int64_t oldest = INT64_MAX;
  for (uint32_t i = 0; i < book->seen_count; i++)
    if (book->seen[i].time < oldest) oldest = book->seen[i].time;
  return has_key(book, key_of(name)) || (is_full && time < oldest);
}

void external_see(external_book *book, const char *name, int64_t time) {
  const external_seen seen = {key_of(name), time};
  if (has_key(book, seen.key)) return;
  if (book->seen_count == EXTERNAL_SEEN) memmove(book->seen, book->seen + 1, --book->seen_count * sizeof *book->seen);
  book->seen[book->seen_count++] = seen;
}

void external_lose(external_book *book, uint64_t number, uint32_t product, neap_side side) {
  if (!book->has_baseline || external_find_lost(book, number)) return;
  if (book->lost_count == EXTERNAL_LOST) memmove(book->lost, book->lost + 1, --book->lost_count * sizeof *book->lost);
  book->lost[book->lost_count++] = (external_lost){.number = number, .product = product, .side = side};
}

external_lost *external_find_lost(external_book *book, uint64_t number) {
  for (uint32_t i = 0; i < book->lost_count; i++)
    if (book->lost[i].number == number) return &book->lost[i];
  return NULL;
}

void external_differ(external_book *book, external_part *part, neap_decimal ours, neap_decimal venue,
                     neap_decimal missing, int64_t now) {
  if (!part->difference) {
    part->difference = ++book->differences;
    part->since = now;
  }
  part->ours = ours;
  part->venue = venue;
  part->missing = missing;
}

neap_status external_settle(external_part *part, bool takes) {
  neap_decimal explained = external_explains(part);
  neap_status status = takes ? neap_decimal_add(explained, part->missing, &explained) : NEAP_OK;
  if (status != NEAP_OK) return status;
  if (takes && !neap_decimal_is_zero(part->missing)) {
    part->external = explained;
    part->allowed = neap_decimal_sign(explained) < 0 ? explained : NEAP_ZERO;
  }
  part->difference = 0;
  part->since = 0;
  part->ours = part->venue = part->missing = NEAP_ZERO;
  return NEAP_OK;
}

bool external_is_open(const external_book *book, const neap_product *product) {
  for (uint32_t i = 0; i < book->part_count; i++)
    if (book->part[i].difference && external_concerns(&book->part[i], product)) return true;
  return false;
}

bool external_hold(const external_book *book, const neap_product *products, uint32_t count, int64_t now,
                   neap_risk_state *risk) {
  bool any = false;
  for (uint32_t i = 0; i < count; i++) {
    bool is_held = neap_risk_state_hold(risk, NEAP_GUARD_RECONCILE, (int)i)->level != NEAP_GUARD_CLEAR;
    bool wanted = external_is_open(book, &products[i]);
    any |= wanted && !is_held;
    if (wanted && !is_held) neap_risk_state_trip(risk, NEAP_GUARD_RECONCILE, (int)i, NEAP_GUARD_REDUCE_ONLY, now);
    if (is_held && !wanted) neap_risk_state_clear(risk, NEAP_GUARD_RECONCILE, (int)i);
  }
  return any;
}
