/* SPDX-License-Identifier: MIT */
/* recent: recent orders in a ring with buckets, and the streak of failures. */
#include "risk/recent.h"

enum { MASK = NEAP_RECENT_SLOTS - 1 };

/* The finalizer of splitmix64: every bit of the input moves half of the output's. */
static uint64_t mix(uint64_t key, uint64_t value) {
  key = (key ^ value) + UINT64_C(0x9e3779b97f4a7c15);
  key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
  return key ^ (key >> 31);
}

static uint64_t mix_decimal(uint64_t key, neap_decimal value) {
  return mix(mix(key, (uint64_t)value.units), (uint64_t)(value.units >> 64));
}

uint64_t neap_order_key(const neap_ticket *ticket) {
  uint64_t kind = (uint64_t)ticket->side | (uint64_t)ticket->type << 8 | (uint64_t)ticket->sizing << 16;
  uint64_t key = mix(mix(mix(0, ticket->strategy), ticket->product), kind);
  key = mix_decimal(mix_decimal(key, ticket->limit), ticket->stop);
  if (ticket->sizing == NEAP_BY_NOTIONAL) return mix_decimal(key, ticket->notional);
  return mix_decimal(key, ticket->sizing == NEAP_BY_FRACTION ? ticket->fraction : ticket->quantity);
}

static void drop_old(neap_recent *recent, int64_t newest) {
  int64_t oldest = newest < INT64_MIN + NEAP_RECENT_SPAN ? INT64_MIN : newest - NEAP_RECENT_SPAN;
  while (recent->next - recent->first > NEAP_RECENT_ORDERS ||
         (recent->first < recent->next && recent->time[recent->first & MASK] < oldest))
    recent->first++;
}

void neap_recent_add(neap_recent *recent, uint64_t key, uint32_t product, int64_t time) {
  if (recent->next == 0) recent->first = recent->next = 1;
  uint64_t number = recent->next++, at = number & MASK;
  recent->time[at] = time;
  recent->key[at] = key;
  recent->product[at] = product;
  recent->older[at] = recent->bucket[key & MASK];
  recent->bucket[key & MASK] = number;
  drop_old(recent, time);
}

void neap_recent_clear(neap_recent *recent) { recent->first = recent->next; }

/* The number of the first since then. */
static uint64_t first_since(const neap_recent *recent, int64_t time) {
  uint64_t low = recent->first, high = recent->next;
  if (low < high && recent->time[low & MASK] >= time) return low; /* nearly always: all are of the last minute */
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (recent->time[middle & MASK] >= time)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

uint64_t neap_recent_since(const neap_recent *recent, int64_t time) { return recent->next - first_since(recent, time); }

uint64_t neap_recent_of_product(const neap_recent *recent, uint32_t product, int64_t time) {
  uint64_t count = 0;
  for (uint64_t number = first_since(recent, time); number < recent->next; number++) {
    uint32_t of = recent->product[number & MASK];
    count += of == product || of == NEAP_RECENT_ANY_PRODUCT;
  }
  return count;
}

bool neap_recent_has(const neap_recent *recent, uint64_t key, int64_t after) {
  uint64_t number = recent->bucket[key & MASK];
  for (; number >= recent->first && number > 0; number = recent->older[number & MASK]) {
    if (recent->time[number & MASK] <= after) return false;
    if (recent->key[number & MASK] == key) return true;
  }
  return false;
}

int64_t neap_failures_at(const neap_failures *failures, int64_t now, int64_t cooldown) {
  bool is_over = failures->count > 0 && now - failures->at >= cooldown;
  return is_over ? 0 : failures->count;
}

void neap_failures_add(neap_failures *failures, int64_t now, int64_t cooldown) {
  failures->count = neap_failures_at(failures, now, cooldown) + 1;
  failures->at = now;
}
