/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/splitmix.h"
#include "venue/market.h"
#include "venue/orders.h"
#include "venue/wallet.h"

neap_venue_options neap_venue_default_options(void) {
  return (neap_venue_options){.seed = 1, .self_trade = NEAP_SELF_TRADE_CANCEL_NEWEST};
}

void *neap_venue_push(void *items, size_t *count, size_t *size, size_t item) {
  void *held;
  memcpy(&held, items, sizeof held);
  if (*count == *size) {
    size_t more = *size ? *size * 2 : 8;
    void *moved = more <= SIZE_MAX / item ? realloc(held, more * item) : NULL;
    if (!moved) return NULL;
    memcpy(items, &moved, sizeof moved);
    held = moved, *size = more;
  }
  void *added = (char *)held + (*count)++ * item;
  return memset(added, 0, item);
}

uint64_t neap_venue_draw(neap_venue *venue) { return neap_splitmix(&venue->dice); }

/* A UUID of version 4. */
void neap_venue_make_id(neap_venue *venue, char out[NEAP_VENUE_ID]) {
  static const char digits[] = "0123456789abcdef";
  uint64_t half[2];
  half[0] = (neap_venue_draw(venue) & ~UINT64_C(0xF000)) | UINT64_C(0x4000);
  half[1] = (neap_venue_draw(venue) & ~(UINT64_C(0xC) << 60)) | (UINT64_C(0x8) << 60);
  char *at = out;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *at++ = '-';
    *at++ = digits[half[i / 16] >> (60 - i % 16 * 4) & 15];
  }
  *at = 0;
}

/* --- timers: a heap by time and serial ---------------------------------------------------------------------------- */

static bool is_before(const neap_venue_timer *a, const neap_venue_timer *b) {
  return a->time != b->time ? a->time < b->time : a->serial < b->serial;
}

static void swap(neap_venue_timer *a, neap_venue_timer *b) {
  neap_venue_timer kept = *a;
  *a = *b, *b = kept;
}

neap_status neap_venue_at(neap_venue *venue, int64_t time, void (*run)(neap_venue *, uint64_t), uint64_t what) {
  neap_venue_timer *added = neap_venue_push(&venue->timers, &venue->timer_count, &venue->timer_size, sizeof *added);
  if (!added) return venue->has_failed = true, NEAP_MEMORY;
  *added = (neap_venue_timer){.time = time > venue->now ? time : venue->now, .run = run, .what = what};
  added->serial = venue->serial++;
  neap_venue_timer *heap = venue->timers;
  for (size_t at = venue->timer_count - 1; at && is_before(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
    swap(&heap[at], &heap[(at - 1) / 2]);
  return NEAP_OK;
}

static neap_venue_timer pop(neap_venue *venue) {
  neap_venue_timer *heap = venue->timers, first = heap[0];
  size_t count = --venue->timer_count;
  heap[0] = heap[count];
  for (size_t at = 0, least = 0;; at = least) {
    for (size_t child = at * 2 + 1; child <= at * 2 + 2 && child < count; child++)
      if (is_before(&heap[child], &heap[least])) least = child;
    if (least == at) return first;
    swap(&heap[at], &heap[least]);
  }
}

void neap_venue_advance(neap_venue *venue, int64_t now) {
  while (venue->timer_count && venue->timers[0].time <= now) {
    neap_venue_timer due = pop(venue);
    if (due.time > venue->now) venue->now = due.time;
    due.run(venue, due.what);
  }
  if (now > venue->now) venue->now = now;
}

void neap_venue_skip(neap_venue *venue, int64_t now) {
  if (now > venue->away_until) venue->away_until = now;
  neap_venue_advance(venue, now);
}

int64_t neap_venue_now(const neap_venue *venue) { return venue->now; }

int64_t neap_venue_next(const neap_venue *venue) { return venue->timer_count ? venue->timers[0].time : INT64_MAX; }

/* --- life --------------------------------------------------------------------------------------------------------- */

static neap_venue_portfolio *add_portfolio(neap_venue *venue, uint32_t user, const char *name) {
  neap_venue_portfolio *added =
      neap_venue_push(&venue->portfolios, &venue->portfolio_count, &venue->portfolio_size, sizeof *added);
  if (!added) return NULL;
  neap_venue_make_id(venue, added->id);
  strncpy(added->name, name, sizeof added->name - 1);
  added->type = "DEFAULT", added->user = user;
  return added;
}

static neap_venue_user *add_user(neap_venue *venue) {
  neap_venue_user *added = neap_venue_push(&venue->users, &venue->user_count, &venue->user_size, sizeof *added);
  neap_fee_table table;
  if (!added) return NULL;
  neap_venue_make_id(venue, added->id);
  added->owner = (uint32_t)venue->user_count;
  added->margin_setting = "INTRADAY_MARGIN_SETTING_STANDARD";
  if (neap_fee_table_get("coinbase", &table)) neap_fee_plan_open(&added->fees, &table, 0, venue->now);
  return added;
}

neap_status neap_venue_new(const neap_venue_options *options, neap_venue **out, neap_fault *fault) {
  neap_venue *venue = calloc(1, sizeof *venue);
  if (!venue) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a venue");
  venue->options = *options;
  venue->now = options->start;
  venue->dice = options->seed;
  neap_status status = NEAP_OK;
  /* User and portfolio 0 are the house's. */
  if (!add_user(venue) || !add_portfolio(venue, 0, "House"))
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a venue");
  if (status == NEAP_OK) status = neap_venue_load_products(venue, fault);
  venue->options.products = NULL;
  if (status != NEAP_OK) return neap_venue_free(venue), status;
  *out = venue;
  return NEAP_OK;
}

void neap_venue_free(neap_venue *venue) {
  if (!venue) return;
  while (venue->streams) neap_venue_stream_free(venue->streams);
  for (size_t i = 0; i < venue->portfolio_count; i++) {
    free(venue->portfolios[i].wallets);
    free(venue->portfolios[i].positions);
    free(venue->portfolios[i].orders);
    free(venue->portfolios[i].fills);
    free(venue->portfolios[i].live);
  }
  neap_venue_free_orders(venue);
  neap_venue_free_markets(venue);
  neap_venue_free_products(venue);
  free(venue->users);
  free(venue->portfolios);
  free(venue->keys);
  free(venue->fills);
  free(venue->issued);
  free(venue->converts);
  free(venue->sweeps);
  free(venue->timers);
  free(venue);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

const neap_venue_key *neap_venue_key_of(const neap_venue *venue, uint32_t key) {
  return key && key <= venue->key_count ? &venue->keys[key - 1] : NULL;
}

uint32_t neap_venue_key_named(const neap_venue *venue, const char *name) {
  for (size_t i = 0; i < venue->key_count; i++)
    if (!strcmp(venue->keys[i].name, name)) return (uint32_t)i + 1;
  return 0;
}

static neap_status check_key(const neap_venue *venue, const neap_venue_key_options *options, neap_fault *fault) {
  size_t length = strlen(options->name);
  if (!length || length >= NEAP_VENUE_TOKEN_OF)
    return neap_fail(fault, NEAP_INVALID, "bad_key_name", "a key's name has 1 to %d bytes", NEAP_VENUE_TOKEN_OF - 1);
  if (neap_venue_key_named(venue, options->name))
    return neap_fail(fault, NEAP_EXISTS, "duplicate_key", "there is a key '%s' already", options->name);
  if (options->beside && !neap_venue_key_of(venue, options->beside))
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_key", "there is no key %" PRIu32, options->beside);
  return NEAP_OK;
}

neap_status neap_venue_add_key(neap_venue *venue, const neap_venue_key_options *options, uint32_t *key,
                               neap_fault *fault) {
  neap_status status = check_key(venue, options, fault);
  if (status != NEAP_OK) return status;
  neap_venue_key made = {.permissions = options->permissions};
  strcpy(made.name, options->name);
  if (options->beside) {
    const neap_venue_key *beside = neap_venue_key_of(venue, options->beside);
    made.user = beside->user, made.portfolio = beside->portfolio;
  } else {
    made.user = (uint32_t)venue->user_count, made.portfolio = (uint32_t)venue->portfolio_count;
    if (!add_user(venue) || !add_portfolio(venue, made.user, "Default"))
      return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a user");
  }
  neap_venue_key *added = neap_venue_push(&venue->keys, &venue->key_count, &venue->key_size, sizeof *added);
  if (!added) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a key");
  *added = made;
  *key = (uint32_t)venue->key_count;
  return NEAP_OK;
}

static neap_venue_wallet *issued_in(neap_venue *venue, const char *currency) {
  for (size_t i = 0; i < venue->issued_count; i++)
    if (!strcmp(venue->issued[i].currency, currency)) return &venue->issued[i];
  neap_venue_wallet *added = neap_venue_push(&venue->issued, &venue->issued_count, &venue->issued_size, sizeof *added);
  if (added) strcpy(added->currency, currency);
  return added;
}

neap_status neap_venue_deposit(neap_venue *venue, uint32_t key, const char *currency, neap_decimal amount,
                               neap_fault *fault) {
  const neap_venue_key *of = neap_venue_key_of(venue, key);
  if (!of) return neap_fail(fault, NEAP_NOT_FOUND, "unknown_key", "there is no key %" PRIu32, key);
  if (!*currency || strlen(currency) >= NEAP_VENUE_CURRENCY)
    return neap_fail(fault, NEAP_INVALID, "bad_currency", "a currency has 1 to %d letters", NEAP_VENUE_CURRENCY - 1);
  neap_venue_wallet *issued = issued_in(venue, currency);
  neap_venue_wallet *wallet = issued ? neap_venue_wallet_of(venue, of->portfolio, currency) : NULL;
  if (!wallet) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a wallet");
  neap_decimal sum, all;
  if (neap_decimal_add(wallet->available, amount, &sum) != NEAP_OK ||
      neap_decimal_add(issued->available, amount, &all) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "so much %s does not fit", currency);
  if (neap_decimal_sign(sum) < 0)
    return neap_fail(fault, NEAP_REFUSED, "not_enough", "the portfolio has less %s than that", currency);
  wallet->available = sum, wallet->updated = venue->now, issued->available = all;
  return NEAP_OK;
}
