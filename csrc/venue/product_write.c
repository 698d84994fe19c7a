/* SPDX-License-Identifier: MIT */
#include "venue/product_write.h"

#include <string.h>

#include "base/clock.h"
#include "venue/trades.h"

enum { CHANGE_DIGITS = 14, CENT_DIGITS = 2, COIN_DIGITS = 8 };
static const int64_t ms = 1000000;

typedef struct telling {
  neap_json_writer *json;
  neap_venue *venue;
  neap_venue_product *product, *book; /* the same, but for an alias */
  bool tells_view_only;
} telling;

const char *neap_venue_listed_text(const neap_json_value *object, const char *name) {
  const neap_json_value *value = neap_json_get(object, name);
  return value && value->kind == NEAP_JSON_STRING ? value->text : "";
}

const neap_json_value *neap_venue_contract_of(const neap_venue_product *product) {
  const neap_json_value *contract = neap_json_get(product->answer, "future_product_details");
  return contract && contract->kind == NEAP_JSON_OBJECT ? contract : NULL;
}

int64_t neap_venue_expiry_of(const neap_venue_product *product) {
  const neap_json_value *contract = neap_venue_contract_of(product);
  const char *text = contract ? neap_venue_listed_text(contract, "contract_expiry") : "";
  int64_t expiry;
  return *text && neap_time_parse(text, strlen(text), &expiry, NULL) == NEAP_OK ? expiry : INT64_MAX;
}

int64_t neap_venue_best(neap_venue *venue, neap_venue_product *product, neap_side side) {
  neap_match_level level;
  const neap_order_book *book = neap_venue_product_book(venue, product)->book;
  return neap_order_book_levels(book, side, 1, &level) ? level.price : 0;
}

bool neap_venue_mid(neap_venue *venue, neap_venue_product *product, neap_decimal *out) {
  int64_t bid = neap_venue_best(venue, product, NEAP_BUY), ask = neap_venue_best(venue, product, NEAP_SELL);
  if (!bid || !ask) return false;
  neap_decimal sum = neap_venue_price(product, bid);
  return neap_decimal_add(sum, neap_venue_price(product, ask), &sum) == NEAP_OK &&
         neap_decimal_div(sum, neap_decimal_from_int(2), NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, out) == NEAP_OK;
}

/* --- the last 24 hours -------------------------------------------------------------------------------------------- */

static neap_decimal volume_of(const neap_venue_product *book, __int128 lots) {
  return (neap_decimal){book->facts.base_increment.units * lots};
}

static __int128 volume_of_day_before(const neap_venue_product *book, int64_t now) {
  __int128 sum = 0;
  size_t until = neap_venue_bar_from(book, now - NEAP_VENUE_DAY);
  for (size_t i = neap_venue_bar_from(book, now - 2 * NEAP_VENUE_DAY); i < until; i++) sum += book->bars[i].volume;
  return sum;
}

static unsigned quote_digits(const neap_venue_product *product) {
  bool is_coin = strcmp(product->facts.quote, "BTC") == 0 || strcmp(product->facts.quote, "ETH") == 0;
  return is_coin ? COIN_DIGITS : CENT_DIGITS;
}

static neap_decimal in_quote(const neap_venue_product *book, neap_decimal volume, neap_decimal price) {
  neap_decimal value;
  if (neap_product_notional(&book->facts, price, volume, &value) ||
      neap_decimal_round(value, quote_digits(book), NEAP_ROUND_HALF_EVEN, &value))
    return NEAP_ZERO;
  return value;
}

static neap_decimal listed_amount(const neap_venue_product *product, const char *name) {
  const char *text = neap_venue_listed_text(product->answer, name);
  neap_decimal value;
  return neap_decimal_parse_truncated(text, strlen(text), &value, NULL, NULL) == NEAP_OK ? value : NEAP_ZERO;
}

neap_decimal neap_venue_quote_volume(neap_venue *venue, neap_venue_product *product) {
  neap_venue_product *book = neap_venue_product_book(venue, product);
  if (book->trade_count) {
    neap_decimal volume = volume_of(book, neap_venue_day_of(book, venue->now).volume);
    return in_quote(book, volume, neap_venue_price(book, book->last));
  }
  neap_decimal listed = listed_amount(product, "approximate_quote_24h_volume");
  return listed.units ? listed
                      : in_quote(product, listed_amount(product, "volume_24h"), listed_amount(product, "price"));
}

/* (to - from) / from in percent; "" where there is nothing to compare with. */
static void write_change(neap_json_writer *json, const char *key, __int128 from, __int128 to) {
  neap_decimal change, hundred = neap_decimal_from_int(100), less = {to - from}, whole = {from};
  if (from > 0 && !neap_decimal_mul_div(less, hundred, whole, CHANGE_DIGITS, NEAP_ROUND_HALF_EVEN, &change))
    neap_json_decimal(json, key, change);
  else
    neap_json_string(json, key, "");
}

static void write_price_or_none(neap_json_writer *json, const char *key, const neap_venue_product *book,
                                int64_t price) {
  if (price)
    neap_json_decimal(json, key, neap_venue_price(book, price));
  else
    neap_json_string(json, key, "");
}

static void write_price(const telling *to, const neap_json_value *member) {
  write_price_or_none(to->json, member->key, to->book, to->book->last);
}
static void write_price_change(const telling *to, const neap_json_value *member) {
  neap_venue_day day = neap_venue_day_of(to->book, to->venue->now);
  write_change(to->json, member->key, day.open, day.last);
}
static void write_volume(const telling *to, const neap_json_value *member) {
  neap_venue_day day = neap_venue_day_of(to->book, to->venue->now);
  neap_json_decimal(to->json, member->key, volume_of(to->book, day.volume));
}
static void write_volume_change(const telling *to, const neap_json_value *member) {
  neap_venue_day day = neap_venue_day_of(to->book, to->venue->now);
  write_change(to->json, member->key, volume_of_day_before(to->book, to->venue->now), day.volume);
}
static void write_high(const telling *to, const neap_json_value *member) {
  write_price_or_none(to->json, member->key, to->book, neap_venue_day_of(to->book, to->venue->now).high);
}
static void write_low(const telling *to, const neap_json_value *member) {
  write_price_or_none(to->json, member->key, to->book, neap_venue_day_of(to->book, to->venue->now).low);
}
static void write_quote_volume(const telling *to, const neap_json_value *member) {
  neap_json_decimal(to->json, member->key, neap_venue_quote_volume(to->venue, to->product));
}

/* --- what holds at the moment ------------------------------------------------------------------------------------- */

static void write_flag(const telling *to, const neap_json_value *member) {
  bool known;
  neap_json_bool(to->json, member->key, neap_product_flag_get(&to->product->facts, member->key, &known));
}

/* The list has products that may not be traded and are not disabled: it stays so, unless that has ended. */
static void write_disabled(const telling *to, const neap_json_value *member) {
  bool was = member->kind == NEAP_JSON_BOOL && member->boolean;
  neap_json_bool(to->json, member->key, was && (to->product->facts.flags & NEAP_PRODUCT_DISABLED));
}

static void write_view_only(const telling *to, const neap_json_value *member) {
  bool is_so = to->product->facts.flags & NEAP_PRODUCT_VIEW_ONLY;
  neap_json_bool(to->json, member->key, to->tells_view_only && is_so);
}

static void write_status(const telling *to, const neap_json_value *member) {
  const char *was = member->text ? member->text : "";
  bool is_open = !(to->product->facts.flags & NEAP_PRODUCT_DISABLED);
  bool is_stale = strcmp(was, "delisted") == 0 || (is_open && strcmp(was, "offline") == 0);
  neap_json_string(to->json, member->key, to->product->is_delisted ? "delisted" : is_stale ? "online" : was);
}

/* The venue tells it of contracts. */
static void write_mid(const telling *to, const neap_json_value *member) {
  neap_decimal mid;
  if (neap_venue_contract_of(to->product) && neap_venue_mid(to->venue, to->product, &mid))
    neap_json_decimal(to->json, member->key, mid);
  else
    neap_venue_write_value(to->json, member->key, member);
}

static void write_time_left(const telling *to, const neap_json_value *member) {
  int64_t expiry = neap_venue_expiry_of(to->product), left = expiry > to->venue->now ? expiry - to->venue->now : 0;
  if (expiry == INT64_MAX)
    neap_venue_write_value(to->json, member->key, member);
  else
    neap_json_decimal(to->json, member->key, neap_decimal_from_int(left / ms));
}

static void write_contract(const telling *to, const neap_json_value *member) {
  if (member->kind != NEAP_JSON_OBJECT) {
    neap_venue_write_value(to->json, member->key, member);
    return;
  }
  neap_json_object(to->json, member->key);
  for (const neap_json_value *fact = member->first; fact; fact = fact->next)
    if (strcmp(fact->key, "time_to_expiry_ms") == 0)
      write_time_left(to, fact);
    else
      neap_venue_write_value(to->json, fact->key, fact);
  neap_json_end_object(to->json);
}

/* --- the product -------------------------------------------------------------------------------------------------- */

static const struct mover {
  const char *name;
  bool after_trade; /* as it was read until the first */
  void (*write)(const telling *to, const neap_json_value *member);
} movers[] = {
    {"price", true, write_price},
    {"price_percentage_change_24h", true, write_price_change},
    {"volume_24h", true, write_volume},
    {"volume_percentage_change_24h", true, write_volume_change},
    {"approximate_quote_24h_volume", true, write_quote_volume},
    {"high_24h", true, write_high},
    {"low_24h", true, write_low},
    {"is_disabled", false, write_disabled},
    {"status", false, write_status},
    {"cancel_only", false, write_flag},
    {"limit_only", false, write_flag},
    {"post_only", false, write_flag},
    {"trading_disabled", false, write_flag},
    {"auction_mode", false, write_flag},
    {"view_only", false, write_view_only},
    {"mid_market_price", false, write_mid},
    {"future_product_details", false, write_contract},
};

static const struct mover *mover_of(const char *name) {
  for (size_t i = 0; i < sizeof movers / sizeof *movers; i++)
    if (strcmp(name, movers[i].name) == 0) return &movers[i];
  return NULL;
}

void neap_venue_write_product(neap_json_writer *writer, const char *key, neap_venue *venue, neap_venue_product *product,
                              bool tells_view_only) {
  telling to = {writer, venue, product, neap_venue_product_book(venue, product), tells_view_only};
  neap_json_object(writer, key);
  for (const neap_json_value *member = product->answer->first; member; member = member->next) {
    const struct mover *mover = mover_of(member->key);
    if (mover && (to.book->trade_count || !mover->after_trade))
      mover->write(&to, member);
    else
      neap_venue_write_value(writer, member->key, member);
  }
  neap_json_end_object(writer);
}
