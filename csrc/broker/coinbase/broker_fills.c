/* SPDX-License-Identifier: MIT */
/* broker_fills: what was filled, fill by fill, as the venue's list of fills has it: read by time, and by order where
 * that did not bring all that the order counts. Each is told once, and those of a product in the order in which they
 * happened, as far as an answer that waits for others can know. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define OVERLAP (10 * NEAP_SECOND) /* a fill may be listed later than one that came after it */
#define OLD (300 * NEAP_SECOND)    /* nothing is listed as late as that */
#define LISTED (3 * NEAP_SECOND)   /* until then most are: who trades beside us is looked for so long */
#define FOREIGN_PACE (500 * BROKER_MS)
#define PACE (100 * BROKER_MS) /* of reads: cancels and orders want their share of what may be asked */
#define AGAIN_FIRST (50 * BROKER_MS)
#define AGAIN_MOST (5 * NEAP_SECOND)

static void want_at_pace(neap_coinbase_broker *broker, int64_t pace) {
  int64_t now = broker_now(broker), next = broker->jobs[BROKER_FILLS].asked + pace;
  broker_want(broker, BROKER_FILLS, next > now ? next : now);
}

void broker_want_fills(neap_coinbase_broker *broker) { want_at_pace(broker, PACE); }

/* Whoever trades beside us, however much, takes little of what may be asked. */
void broker_want_foreign_fills(neap_coinbase_broker *broker, bool is_new) {
  if (is_new) broker->foreign_until = broker_now(broker) + LISTED;
  want_at_pace(broker, FOREIGN_PACE);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool needs_own_read(const broker_order *order) {
  if (order->phase != BROKER_KNOWN || !order->order_id[0]) return false;
  return !order->whole || (!broker_is_complete(order) && order->fill_misses > 0);
}

static size_t append_orders(neap_coinbase_broker *broker, neap_buffer *out) {
  size_t count = 0;
  for (broker_order *order = broker->working; order && count < BROKER_TOGETHER; order = order->next)
    if (needs_own_read(order)) neap_buffer_printf(out, "&order_ids=%s", order->order_id), count++;
  return count;
}

/* In turns, so that neither kind waits for ever. */
bool broker_fills_query(neap_coinbase_broker *broker, neap_buffer *out) {
  char time[NEAP_TIME_TEXT];
  if (!broker->begun) return false;
  broker->page.count = 0;
  neap_buffer_append_text(out, "limit=1000");
  broker->fills_by_id = !broker->fills_by_id_last && append_orders(broker, out) > 0;
  broker->fills_by_id_last = broker->fills_by_id;
  if (broker->fills_by_id) return true;
  neap_time_format(broker->fills_from, time);
  neap_buffer_printf(out, "&start_sequence_timestamp=%s", time);
  return true;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static neap_decimal quantity_of(const neap_coinbase_broker *broker, const broker_fill *fill, bool in_quote,
                                neap_decimal size) {
  if (!in_quote || neap_decimal_is_zero(fill->price) || fill->product == UINT32_MAX) return size;
  neap_decimal_div(size, fill->price, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &size);
  neap_decimal_quantize(size, broker->products[fill->product].base_increment, NEAP_ROUND_HALF_EVEN, &size);
  return size;
}

static bool read_fill(const neap_coinbase_broker *broker, const neap_json_value *item, broker_fill *out) {
  char entry[NEAP_COINBASE_ID * 2] = "";
  bool in_quote = false;
  neap_decimal size = NEAP_ZERO;
  neap_coinbase_reading r = {.object = item, .status = NEAP_OK};
  *out = (broker_fill){.product = broker_product(broker, neap_coinbase_word(&r, "product_id"))};
  neap_coinbase_text(&r, "order_id", out->order_id, sizeof out->order_id);
  neap_coinbase_text(&r, "trade_id", out->trade_id, sizeof out->trade_id);
  neap_coinbase_text(&r, "entry_id|trade_id", entry, sizeof entry);
  neap_coinbase_amount(&r, "price", &out->price);
  neap_coinbase_amount(&r, "size", &size);
  neap_coinbase_signed(&r, "commission", &out->fee);
  neap_coinbase_flag(&r, "size_in_quote", &in_quote);
  neap_coinbase_time(&r, "trade_time|sequence_timestamp", &out->time);
  neap_coinbase_time(&r, "sequence_timestamp|trade_time", &out->sequenced);
  out->side = strcmp(neap_coinbase_word(&r, "side"), "SELL") == 0 ? NEAP_SELL : NEAP_BUY;
  out->liquidity = strcmp(neap_coinbase_word(&r, "liquidity_indicator"), "MAKER") == 0 ? NEAP_MAKER : NEAP_TAKER;
  out->entry = broker_hash(entry);
  out->quantity = quantity_of(broker, out, in_quote, size);
  return r.status == NEAP_OK && out->order_id[0] && entry[0] && out->price.units > 0 && out->quantity.units > 0;
}

static void add(neap_coinbase_broker *broker, broker_fills *list, const broker_fill *fill) {
  if (broker_grow(&list->items, list->count, &list->size, sizeof *fill))
    list->items[list->count++] = *fill;
  else
    broker->lost_memory = NEAP_MEMORY;
}

void broker_read_fills(neap_coinbase_broker *broker, const neap_json_value *root) {
  const neap_json_value *list = neap_json_get(root, "fills");
  broker_fill fill;
  for (const neap_json_value *at = list ? list->first : NULL; at; at = at->next)
    if (at->kind == NEAP_JSON_OBJECT && read_fill(broker, at, &fill)) add(broker, &broker->page, &fill);
}

/* --- whose they are ----------------------------------------------------------------------------------------------- */

static bool is_known(const broker_order *order, uint64_t entry) {
  for (size_t i = order->entry_count; i-- > 0;)
    if (order->entries[i] == entry) return true;
  return false;
}

/* Behind those of the same time: they come in the venue's order. */
static void wait_in_order(neap_coinbase_broker *broker, const broker_fill *fill) {
  broker_fills *pending = &broker->pending;
  add(broker, pending, fill);
  for (size_t i = pending->count; i-- > 1 && pending->items[i - 1].sequenced > pending->items[i].sequenced;) {
    broker_fill kept = pending->items[i];
    pending->items[i] = pending->items[i - 1];
    pending->items[i - 1] = kept;
  }
}

static void take_ours(broker_order *order, broker_fill *fill) {
  neap_coinbase_broker *broker = order->broker;
  if (strcmp(order->order_id, fill->order_id) != 0 || is_known(order, fill->entry)) return;
  if (!broker_grow(&order->entries, order->entry_count, &order->entry_size, sizeof *order->entries)) {
    broker->lost_memory = NEAP_MEMORY;
    return;
  }
  order->entries[order->entry_count++] = fill->entry;
  order->known.units += fill->quantity.units;
  order->pending++;
  broker->activity++;
  fill->order = order;
  if (order->phase == BROKER_OVER) broker_order_reopen(order);
  wait_in_order(broker, fill);
}

static void drop_old_foreign(neap_coinbase_broker *broker) {
  size_t kept = 0;
  for (size_t i = 0; i < broker->foreign_count; i++)
    if (broker->foreign[i].sequenced >= broker->fills_from) broker->foreign[kept++] = broker->foreign[i];
  broker->foreign_count = kept;
}

static void take_foreign(neap_coinbase_broker *broker, const broker_listed *listed, const broker_fill *fill) {
  broker_news news = {.kind = BROKER_FOREIGN};
  if (fill->product == UINT32_MAX) return;
  for (size_t i = 0; i < broker->foreign_count; i++)
    if (broker->foreign[i].entry == fill->entry) return;
  if (!broker_grow(&broker->foreign, broker->foreign_count, &broker->foreign_size, sizeof *fill)) {
    broker->lost_memory = NEAP_MEMORY;
    return;
  }
  broker->foreign[broker->foreign_count++] = *fill;
  news.fill = (neap_foreign_fill){.product = fill->product,
                                  .side = fill->side,
                                  .liquidity = fill->liquidity,
                                  .price = fill->price,
                                  .quantity = fill->quantity,
                                  .fee = fill->fee,
                                  .time = fill->time};
  neap_text_copy(news.fill.trade_id, sizeof news.fill.trade_id, fill->trade_id);
  neap_text_copy(news.fill.order_id, sizeof news.fill.order_id, fill->order_id);
  neap_text_copy(news.fill.client_id, sizeof news.fill.client_id, listed->facts.client_id);
  broker_part_of(news.fill.client_id);
  uint64_t activity = broker->activity;
  broker_push(broker, &news);
  broker->activity = activity;
}

/* false: we do not know yet whose it is. */
static bool take(neap_coinbase_broker *broker, broker_fill *fill) {
  broker_listed *listed = broker_listed_get(broker, fill->order_id);
  if (!listed) return true;
  if (listed->order)
    take_ours(listed->order, fill);
  else if (listed->resolved)
    take_foreign(broker, listed, fill);
  else if (listed->ask_due == INT64_MAX) {
    listed->facts.product = fill->product;
    listed->ask_due = broker_now(broker);
    broker_want(broker, BROKER_IDS, listed->ask_due);
  }
  return listed->order || listed->resolved;
}

/* --- an answer is whole ------------------------------------------------------------------------------------------- */

static void note_whole(neap_coinbase_broker *broker) {
  size_t length = strlen("order_ids=");
  const char *query = broker->jobs[BROKER_FILLS].query;
  for (broker_order *order = broker->working; order; order = order->next) {
    const char *at = order->order_id[0] ? strstr(query, order->order_id) : NULL;
    if (at && at - query >= (ptrdiff_t)length) order->whole = true;
  }
}

/* What an order counts and the list has not yet, is asked for again. */
static void note_misses(neap_coinbase_broker *broker) {
  unsigned misses = 0;
  bool is_missing = false;
  for (broker_order *order = broker->working; order; order = order->next) {
    if (order->phase != BROKER_KNOWN || broker_is_complete(order)) continue;
    if (order->whole) order->fill_misses++;
    if (!is_missing || order->fill_misses < misses) misses = order->fill_misses;
    is_missing = true;
  }
  if (is_missing)
    broker_want(broker, BROKER_FILLS, broker_now(broker) + broker_backoff(broker, AGAIN_FIRST, misses, AGAIN_MOST));
}

/* Orders that are long over are forgotten: their fills are not read again. */
static void go_on_from(neap_coinbase_broker *broker, int64_t newest) {
  int64_t from = newest - OVERLAP, recent = broker_wall(broker) - OLD;
  if (recent > from) from = recent < newest ? recent : newest + 1;
  broker->fills_newest = newest;
  if (newest && from > broker->fills_from) broker->fills_from = from;
}

/* The answer is newest first. */
void broker_fills_end(neap_coinbase_broker *broker) {
  bool is_whole = true;
  int64_t newest = broker->fills_newest;
  for (size_t i = broker->page.count; i-- > 0;) {
    broker_fill *fill = &broker->page.items[i];
    if (fill->sequenced > newest) newest = fill->sequenced;
    is_whole &= take(broker, fill);
  }
  broker->fills_alone = broker->fills_by_id;
  if (broker->fills_by_id)
    note_whole(broker), broker_want_fills(broker);
  else if (is_whole)
    go_on_from(broker, newest), drop_old_foreign(broker);
  note_misses(broker);
}
