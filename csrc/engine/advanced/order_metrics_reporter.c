/* SPDX-License-Identifier: MIT */
/* order_metrics_reporter: an order is remembered from its intent to its end; each of its events counts in the total, in
 * its engine's and in its strategy's figures. */
#include "engine/advanced/order_metrics_reporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

enum { FIRST_BUCKETS = 64, COUNTED = 3 /* total, engine, strategy */ };

typedef struct known_order {
  char id[40];
  char strategy[NEAP_METRICS_NAME];
  neap_order_metrics *counts[COUNTED]; /* NULL: not split up */
  bool is_decided, is_placed, is_part, is_trigger, is_market, is_buy, replaces;
  bool is_registered, is_active; /* of a trigger: placed or watched for; and waits */
  double price;                  /* that was decided on; 0: none */
  int64_t placed_at;
  struct known_order *next;
} known_order;

struct neap_order_metrics_reporter {
  neap_order_metrics total;
  neap_metrics_group group[NEAP_METRICS_GROUPS];
  neap_metrics_reason reason[NEAP_METRICS_REASONS];
  unsigned groups, reasons;
  known_order **buckets; /* by id */
  size_t bucket_count, known;
};

#define EACH(order, field, change)                                                                                     \
  for (int each_ = 0; each_ < COUNTED; each_++)                                                                        \
    if ((order)->counts[each_]) (order)->counts[each_]->field += (change)

/* Fields of a record. */

static bool find(const neap_metrics_event *event, const char *key, neap_record_type type, neap_record_field *out) {
  return neap_record_find(event->record, event->size, key, out) == NEAP_OK && out->type == type;
}

static void copy_text(const neap_metrics_event *event, const char *key, char *out, size_t size) {
  neap_record_field field;
  out[0] = '\0';
  if (!find(event, key, NEAP_RECORD_TEXT, &field)) return;
  snprintf(out, size, "%.*s", (int)field.value.bytes.size, (const char *)field.value.bytes.data);
}

static bool text_is(const neap_metrics_event *event, const char *key, const char *word) {
  char text[48];
  copy_text(event, key, text, sizeof text);
  return strcmp(text, word) == 0;
}

static double amount(const neap_metrics_event *event, const char *key) {
  neap_record_field field;
  return find(event, key, NEAP_RECORD_DECIMAL, &field) ? neap_decimal_to_double(field.value.decimal) : 0;
}

/* Orders by id. */

static known_order **bucket_of(const neap_order_metrics_reporter *self, const char *id) {
  uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
  for (; *id; id++) hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
  return &self->buckets[hash & (self->bucket_count - 1)];
}

static known_order *find_order(const neap_order_metrics_reporter *self, const char *id) {
  known_order *order = *bucket_of(self, id);
  while (order && strcmp(order->id, id) != 0) order = order->next;
  return order;
}

static void put(const neap_order_metrics_reporter *self, known_order *order) {
  known_order **bucket = bucket_of(self, order->id);
  order->next = *bucket;
  *bucket = order;
}

static bool make_room(neap_order_metrics_reporter *self) {
  size_t before = self->bucket_count;
  known_order **old = self->buckets;
  if (self->known < before) return true;
  known_order **wider = calloc(2 * before, sizeof *wider);
  if (!wider) return false;
  self->buckets = wider, self->bucket_count = 2 * before;
  for (size_t i = 0; i < before; i++)
    for (known_order *order = old[i], *next; order; order = next) {
      next = order->next;
      put(self, order);
    }
  free(old);
  return true;
}

static void forget(neap_order_metrics_reporter *self, known_order *order) {
  known_order **at = bucket_of(self, order->id);
  while (*at != order) at = &(*at)->next;
  *at = order->next;
  self->known--;
  free(order);
}

/* What events say. */

static neap_order_metrics *group_of(neap_order_metrics_reporter *self, neap_metrics_kind kind, const char *name) {
  for (unsigned i = 0; i < self->groups; i++)
    if (self->group[i].kind == kind && strcmp(self->group[i].name, name) == 0) return &self->group[i].metrics;
  if (!name[0] || self->groups == NEAP_METRICS_GROUPS) return NULL;
  neap_metrics_group *group = &self->group[self->groups++];
  group->kind = kind;
  neap_text_copy(group->name, sizeof group->name, name);
  return &group->metrics;
}

static neap_status intent(neap_order_metrics_reporter *self, const neap_metrics_event *event) {
  known_order *order = find_order(self, event->client_order_id);
  neap_record_field replaced;
  if (order) return NEAP_OK;
  order = make_room(self) ? calloc(1, sizeof *order) : NULL;
  if (!order) return NEAP_MEMORY;
  neap_text_copy(order->id, sizeof order->id, event->client_order_id);
  copy_text(event, "strategy", order->strategy, sizeof order->strategy);
  order->is_buy = text_is(event, "side", "buy");
  order->is_market = text_is(event, "type", "market");
  order->is_trigger =
      text_is(event, "type", "stop") || text_is(event, "type", "stop_limit") || text_is(event, "type", "trailing_stop");
  order->price = amount(event, "limit");
  if (order->price == 0) order->price = amount(event, "stop");
  order->replaces = find(event, "replaces", NEAP_RECORD_INT, &replaced) && replaced.value.integer != 0;
  put(self, order);
  self->known++;
  return NEAP_OK;
}

static void decision(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  char engine[NEAP_METRICS_NAME];
  if (order->is_decided) return; /* a second look */
  copy_text(event, "engine", engine, sizeof engine);
  order->is_decided = true;
  order->counts[0] = &self->total;
  order->counts[1] = group_of(self, NEAP_METRICS_ENGINE, engine);
  order->counts[2] = group_of(self, NEAP_METRICS_STRATEGY, order->strategy);
  if (order->is_market) order->price = amount(event, "mark");
  EACH(order, asked, 1);
}

/* Where the broker has it, it is placed; where it has not, it is watched for, and placed when it has fired. */
static void registers(known_order *order) {
  if (!order->is_trigger || order->is_registered) return;
  order->is_registered = order->is_active = true;
  EACH(order, triggers_registered, 1);
  EACH(order, triggers_active, 1);
}

static void rests(known_order *order) {
  EACH(order, triggers_active, -(uint64_t)order->is_active);
  order->is_active = false;
}

static void strikes(known_order *order) {
  if (!order->is_trigger) return;
  rests(order);
  EACH(order, triggers_fired, 1);
  order->is_trigger = false;
}

static void watched(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  (void)self, (void)event;
  registers(order);
}

static void fired(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  (void)self, (void)event;
  strikes(order);
}

static void submitted(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  (void)self;
  if (order->is_placed) return;
  order->is_placed = true;
  order->placed_at = event->ts_ns;
  EACH(order, placed, 1);
  EACH(order, pending, 1);
  EACH(order, replacements, order->replaces);
  registers(order);
}

static void end(neap_order_metrics_reporter *self, known_order *order) {
  uint64_t placed = order->is_placed;
  EACH(order, pending, -placed);
  rests(order);
  forget(self, order);
}

static void price_fill(known_order *order, const neap_metrics_event *event) {
  double price = amount(event, "price"), value = amount(event, "notional");
  if (order->price <= 0 || price <= 0) return;
  double worse = (order->is_buy ? price - order->price : order->price - price);
  double bps = worse / order->price * 10000, quantity = value / price;
  for (int i = 0; i < COUNTED; i++) {
    neap_order_metrics *counts = order->counts[i];
    if (!counts) continue;
    if (counts->priced_fills++ == 0 || bps > counts->slippage_worst) counts->slippage_worst = bps;
    counts->slippage_cost += worse * quantity;
    counts->slippage_value += order->price * quantity;
  }
}

static void fill_whole(known_order *order, int64_t now) {
  double took = order->is_placed ? (double)(now - order->placed_at) : 0;
  EACH(order, filled, 1);
  EACH(order, fill_time, took);
  for (int i = 0; i < COUNTED; i++)
    if (order->counts[i] && took > order->counts[i]->fill_time_longest) order->counts[i]->fill_time_longest = took;
}

static void filled(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  bool whole = text_is(event, "status", "filled");
  price_fill(order, event);
  strikes(order); /* the broker's own has struck */
  if (!whole && !order->is_part) EACH(order, partially_filled, 1);
  order->is_part = true;
  if (!whole) return;
  fill_whole(order, event->ts_ns);
  end(self, order);
}

static void count_reason(neap_order_metrics_reporter *self, const char *code) {
  unsigned i = 0;
  while (i < self->reasons && strcmp(self->reason[i].code, code) != 0) i++;
  if (!code[0] || i == NEAP_METRICS_REASONS) return;
  if (i == self->reasons) neap_text_copy(self->reason[self->reasons++].code, sizeof self->reason[i].code, code);
  self->reason[i].count++;
}

static void rejected(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  char code[48];
  copy_text(event, "code", code, sizeof code);
  uint64_t crossed = strcmp(code, "post_only_cross") == 0 || text_is(event, "check", "post_only_cross");
  count_reason(self, code);
  EACH(order, rejected, 1);
  EACH(order, post_only_rejected, crossed);
  end(self, order);
}

static void cancelled(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  (void)event;
  EACH(order, cancelled, 1);
  end(self, order);
}

static void expired(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event) {
  (void)event;
  EACH(order, expired, 1);
  end(self, order);
}

static const struct {
  const char *type;
  void (*count)(neap_order_metrics_reporter *self, known_order *order, const neap_metrics_event *event);
} kinds[] = {{"decision", decision},         {"trigger_set", watched},  {"trigger_fired", fired},
             {"order_submitted", submitted}, {"order_filled", filled},  {"order_cancelled", cancelled},
             {"order_rejected", rejected},   {"order_expired", expired}};

neap_status neap_order_metrics_reporter_apply(neap_order_metrics_reporter *self, const neap_metrics_event *event) {
  if (!event->client_order_id || !event->client_order_id[0]) return NEAP_OK;
  if (strcmp(event->type, "order_intent") == 0) return intent(self, event);
  known_order *order = find_order(self, event->client_order_id);
  for (size_t i = 0; order && i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(event->type, kinds[i].type) != 0) continue;
    kinds[i].count(self, order, event);
    break;
  }
  return NEAP_OK;
}

neap_order_metrics_reporter *neap_order_metrics_reporter_new(void) {
  neap_order_metrics_reporter *self = calloc(1, sizeof *self);
  if (self) self->bucket_count = FIRST_BUCKETS, self->buckets = calloc(FIRST_BUCKETS, sizeof *self->buckets);
  if (self && self->buckets) return self;
  free(self);
  return NULL;
}

void neap_order_metrics_reporter_free(neap_order_metrics_reporter *self) {
  if (!self) return;
  for (size_t i = 0; i < self->bucket_count; i++)
    while (self->buckets[i]) forget(self, self->buckets[i]);
  free(self->buckets);
  free(self);
}

const neap_order_metrics *neap_order_metrics_reporter_total(const neap_order_metrics_reporter *self) {
  return &self->total;
}

const neap_metrics_group *neap_order_metrics_reporter_group(const neap_order_metrics_reporter *self, unsigned i) {
  return i < self->groups ? &self->group[i] : NULL;
}

const neap_metrics_reason *neap_order_metrics_reporter_reason(const neap_order_metrics_reporter *self, unsigned i) {
  return i < self->reasons ? &self->reason[i] : NULL;
}
