/* SPDX-License-Identifier: MIT */
#include "market/recording.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

void neap_recording_init(neap_recording *recording, neap_decimal price_increment, neap_decimal size_increment) {
  *recording = (neap_recording){.price_increment = price_increment, .size_increment = size_increment};
}

void neap_recording_fini(neap_recording *recording) {
  free(recording->changes);
  free(recording->messages);
  free(recording->trades);
  *recording = (neap_recording){.changes = NULL};
}

/* Room for one more; `*list` is untouched on failure. */
static neap_status grow(void **list, size_t count, size_t *size, size_t each, neap_fault *fault) {
  if (count < *size) return NEAP_OK;
  size_t wanted = *size ? *size * 2 : FIRST_SIZE;
  void *grown = realloc(*list, wanted * each);
  if (!grown) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a recording");
  *list = grown;
  *size = wanted;
  return NEAP_OK;
}

static neap_status begin_message(neap_recording *recording, int64_t time, bool is_snapshot, neap_fault *fault) {
  void *list = recording->messages;
  neap_status status =
      grow(&list, recording->message_count, &recording->message_size, sizeof *recording->messages, fault);
  recording->messages = list;
  if (status != NEAP_OK) return status;
  recording->messages[recording->message_count++] =
      (neap_recorded_message){.time = time, .first = recording->change_count, .is_snapshot = is_snapshot};
  return NEAP_OK;
}

/* Whether a message may follow the last one; a late snapshot is moved back. */
static neap_status check_time(neap_recording *recording, int64_t time, bool is_snapshot, neap_fault *fault) {
  size_t count = recording->message_count;
  neap_recorded_message *last = count ? &recording->messages[count - 1] : NULL;
  if (!last || is_snapshot || time >= last->time) return NEAP_OK;
  if (!last->is_snapshot || (count > 1 && time < recording->messages[count - 2].time))
    return neap_fail(fault, NEAP_INVALID, "time_order", "an update is older than the one before it");
  last->time = time;
  return NEAP_OK;
}

neap_status neap_recording_add_change(neap_recording *recording, int64_t time, bool is_snapshot,
                                      const neap_book_change *change, neap_fault *fault) {
  void *list = recording->changes;
  const neap_recorded_message *last =
      recording->message_count ? &recording->messages[recording->message_count - 1] : NULL;
  neap_status status = grow(&list, recording->change_count, &recording->change_size, sizeof *change, fault);
  recording->changes = list;
  if (status == NEAP_OK && !(last && last->time == time && last->is_snapshot == is_snapshot)) {
    status = check_time(recording, time, is_snapshot, fault);
    if (status == NEAP_OK) status = begin_message(recording, time, is_snapshot, fault);
  }
  if (status != NEAP_OK) return status;
  recording->changes[recording->change_count++] = *change;
  recording->messages[recording->message_count - 1].count++;
  return NEAP_OK;
}

neap_status neap_recording_add_trade(neap_recording *recording, const neap_market_trade *trade, neap_fault *fault) {
  void *list = recording->trades;
  if (trade->price <= 0 || trade->size <= 0)
    return neap_fail(fault, NEAP_INVALID, "bad_trade", "a trade's price and size are over zero");
  if (recording->trade_count && trade->time < recording->trades[recording->trade_count - 1].time)
    return neap_fail(fault, NEAP_INVALID, "time_order", "a trade is older than the one before it");
  neap_status status = grow(&list, recording->trade_count, &recording->trade_size, sizeof *trade, fault);
  recording->trades = list;
  if (status == NEAP_OK) recording->trades[recording->trade_count++] = *trade;
  return status;
}

neap_status neap_recording_apply(const neap_recording *recording, size_t number, neap_price_book *book,
                                 neap_fault *fault) {
  neap_book_message message = neap_recording_message(recording, number);
  return recording->messages[number].is_snapshot ? neap_price_book_snapshot(book, &message, fault)
                                                 : neap_price_book_update(book, &message, fault);
}
