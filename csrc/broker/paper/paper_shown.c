/* SPDX-License-Identifier: MIT */
/* paper_shown: what a recorded book shows, less what our orders took of it: nothing is taken twice before a message
 * tells of the level again. */
#include <stdlib.h>

#include "broker/paper/paper_book_state.h"

enum { FIRST_SIZE = 16, THROUGH_LEVELS = 64 };

neap_status paper_room(void **list, size_t count, size_t *size, size_t each) {
  if (count < *size) return NEAP_OK;
  size_t wanted = *size ? *size * 2 : FIRST_SIZE;
  void *grown = realloc(*list, wanted * each);
  if (!grown) return NEAP_MEMORY;
  *list = grown;
  *size = wanted;
  return NEAP_OK;
}

static paper_taken *find_taken(const paper_book *on, neap_book_side side, int64_t price) {
  for (size_t i = 0; i < on->taken_count; i++)
    if (on->taken[i].price == price && on->taken[i].side == side) return &on->taken[i];
  return NULL;
}

int64_t paper_shown(const paper_book *on, neap_book_side side, const neap_book_level *level) {
  const paper_taken *taken = find_taken(on, side, level->price);
  int64_t left = taken ? level->size - taken->lots : level->size;
  return left > 0 ? left : 0;
}

neap_status paper_take_level(paper_book *on, neap_book_side side, int64_t price, int64_t lots) {
  paper_taken *taken = find_taken(on, side, price);
  void *list = on->taken;
  if (taken) return taken->lots += lots, NEAP_OK;
  neap_status status = paper_room(&list, on->taken_count, &on->taken_size, sizeof *on->taken);
  on->taken = list;
  if (status == NEAP_OK) on->taken[on->taken_count++] = (paper_taken){side, price, lots};
  return status;
}

neap_status paper_take_through(paper_book *on, neap_book_side side, int64_t limit, int64_t most, int64_t *lots) {
  neap_book_level level[THROUGH_LEVELS];
  size_t count = neap_price_book_levels(on->book, side, THROUGH_LEVELS, level);
  neap_status status = NEAP_OK;
  *lots = 0;
  for (size_t i = 0; status == NEAP_OK && i < count && *lots < most; i++) {
    if (neap_queue_compare(side, level[i].price, limit) > 0) break;
    int64_t shown = paper_whole(on, paper_shown(on, side, &level[i])), part = most - *lots;
    part = part < shown ? part : shown;
    if (part) status = paper_take_level(on, side, level[i].price, part);
    *lots += part;
  }
  return status;
}

void paper_forget_taken(paper_book *on, const neap_book_message *message, bool is_snapshot) {
  if (is_snapshot) on->taken_count = 0;
  for (size_t i = 0; on->taken_count && i < message->count; i++) {
    paper_taken *taken = find_taken(on, message->changes[i].side, message->changes[i].price);
    if (taken) *taken = on->taken[--on->taken_count];
  }
}
