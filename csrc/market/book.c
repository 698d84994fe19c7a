/* SPDX-License-Identifier: MIT */
#include "market/book.h"

#include <inttypes.h>

/* What sorts a price so that the best comes first; its own inverse. */
static int64_t key_of(neap_book_side side, int64_t price) { return side == NEAP_BID ? -price : price; }

neap_status neap_price_book_init(neap_price_book *book, neap_decimal price_increment, neap_decimal size_increment,
                                 neap_fault *fault) {
  *book = (neap_price_book){.price_increment = price_increment, .size_increment = size_increment};
  if (price_increment.units <= 0 || size_increment.units <= 0)
    return neap_fail(fault, NEAP_INVALID, "increment", "a book's increments are over zero");
  if (neap_levels_init(&book->side[NEAP_BID]) == NEAP_OK && neap_levels_init(&book->side[NEAP_ASK]) == NEAP_OK)
    return NEAP_OK;
  neap_price_book_fini(book);
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a book");
}

void neap_price_book_fini(neap_price_book *book) {
  neap_levels_fini(&book->side[NEAP_BID]);
  neap_levels_fini(&book->side[NEAP_ASK]);
}

neap_status neap_price_book_copy(const neap_price_book *book, neap_price_book *out, neap_fault *fault) {
  *out = *book;
  out->side[NEAP_ASK].nodes = NULL;
  if (neap_levels_copy(&book->side[NEAP_BID], &out->side[NEAP_BID]) == NEAP_OK &&
      neap_levels_copy(&book->side[NEAP_ASK], &out->side[NEAP_ASK]) == NEAP_OK)
    return NEAP_OK;
  neap_price_book_fini(out);
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a book");
}

static neap_status change_level(neap_price_book *book, const neap_book_change *change) {
  neap_levels *side = &book->side[change->side];
  int64_t key = key_of(change->side, change->price);
  if (change->size > 0) return neap_levels_put(side, key, change->size);
  neap_levels_remove(side, key);
  return NEAP_OK;
}

static neap_status apply(neap_price_book *book, const neap_book_message *message, neap_fault *fault) {
  for (size_t i = 0; i < message->count; i++) {
    const neap_book_change *change = &message->changes[i];
    if (change->price <= 0 || change->size < 0)
      return neap_fail(fault, NEAP_INVALID, "bad_change", "a price of %" PRId64 " or a size of %" PRId64 " increments",
                       change->price, change->size);
    if (change_level(book, change) != NEAP_OK)
      return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a level");
  }
  return NEAP_OK;
}

static neap_status check_cross(const neap_price_book *book, neap_fault *fault) {
  int64_t bid, ask, size;
  if (!neap_levels_first(&book->side[NEAP_BID], &bid, &size) || !neap_levels_first(&book->side[NEAP_ASK], &ask, &size))
    return NEAP_OK;
  if (-bid < ask) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "crossed",
                   "the best bid, %" PRId64 " increments, is not below the best ask, %" PRId64, -bid, ask);
}

static neap_status apply_whole(neap_price_book *book, const neap_book_message *message, neap_fault *fault) {
  book->whole = false;
  neap_status status = apply(book, message, fault);
  if (status == NEAP_OK) status = check_cross(book, fault);
  book->whole = status == NEAP_OK;
  book->sequence = message->sequence;
  book->time = message->time;
  return status;
}

neap_status neap_price_book_snapshot(neap_price_book *book, const neap_book_message *message, neap_fault *fault) {
  neap_levels_clear(&book->side[NEAP_BID]);
  neap_levels_clear(&book->side[NEAP_ASK]);
  book->last_update = INT64_MIN;
  return apply_whole(book, message, fault);
}

static neap_status doubt(neap_price_book *book, neap_status status) {
  book->whole = false;
  return status;
}

neap_status neap_price_book_update(neap_price_book *book, const neap_book_message *message, neap_fault *fault) {
  bool numbered = message->sequence && book->sequence;
  if (!book->whole) return neap_fail(fault, NEAP_REFUSED, "no_snapshot", "an update of a book that is not known");
  if (numbered && message->sequence <= book->sequence)
    return neap_fail(fault, NEAP_EXISTS, "stale", "message %" PRIu64 " comes after %" PRIu64, message->sequence,
                     book->sequence);
  if (numbered && message->sequence != book->sequence + 1)
    return doubt(book, neap_fail(fault, NEAP_REFUSED, "gap", "message %" PRIu64 " comes after %" PRIu64,
                                 message->sequence, book->sequence));
  if (message->time < book->last_update)
    return doubt(book, neap_fail(fault, NEAP_REFUSED, "time_order", "an update is older than the one before it"));
  book->last_update = message->time;
  return apply_whole(book, message, fault);
}

neap_status neap_price_book_best(const neap_price_book *book, neap_book_side side, neap_book_level *out) {
  if (!book->whole || !neap_levels_first(&book->side[side], &out->price, &out->size)) return NEAP_NOT_FOUND;
  out->price = key_of(side, out->price);
  return NEAP_OK;
}

int64_t neap_price_book_at(const neap_price_book *book, neap_book_side side, int64_t price) {
  const int64_t *size = book->whole ? neap_levels_find(&book->side[side], key_of(side, price)) : NULL;
  return size ? *size : 0;
}

size_t neap_price_book_levels(const neap_price_book *book, neap_book_side side, size_t most, neap_book_level *out) {
  neap_levels_cursor at = {book->side[side].first, 0};
  size_t count = 0;
  while (book->whole && count < most && neap_levels_next(&book->side[side], &at, &out[count].price, &out[count].size)) {
    out[count].price = key_of(side, out[count].price);
    count++;
  }
  return count;
}
