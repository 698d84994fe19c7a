/* SPDX-License-Identifier: MIT */
#include "store/input_count.h"

#include <stdlib.h>

#define FLAGS ((1u << NEAP_SEGMENT_PLACE) - 1)

size_t input_count_place(const neap_segment_block *block) {
  uint32_t place = block->flags >> NEAP_SEGMENT_PLACE;
  return place && place <= block->count ? place - 1 : block->count;
}

/* Takes bytes of the head of the newest input; how many. */
static size_t take_head(input_count *count, const unsigned char *bytes, size_t there) {
  neap_input input;
  size_t wanted = INPUT_HEAD - count->has;
  if (there < wanted) wanted = there;
  memcpy(count->head + count->has, bytes, wanted);
  count->has += (unsigned)wanted;
  if (count->has < INPUT_HEAD) return wanted;
  count->is_lost = !input_head_read(count->head, &input);
  count->left = input.length;
  count->has = 0;
  return wanted;
}

/* Whoever begins knows nothing of what the one before did not write whole. */
static void begin_anew(input_count *count) {
  if (count->left || count->has) count->begun--;
  count->left = count->has = 0;
}

static void add(input_count *count, const neap_segment_block *block, size_t *place) {
  size_t at = 0;
  *place = block->count;
  while (at < block->count && !count->is_lost) {
    size_t there = block->count - at;
    if (count->left) {
      size_t taken = there < count->left ? there : (size_t)count->left;
      count->left -= taken;
      at += taken;
      continue;
    }
    if (!count->has && *place == block->count) *place = at;
    if (!count->has) count->begun++;
    at += take_head(count, block->bytes + at, there);
  }
}

void input_count_block(input_count *count, neap_segment_block *block) {
  size_t place;
  if (block->flags & NEAP_SEGMENT_FRESH) begin_anew(count);
  block->mark = count->is_lost ? 0 : count->begun;
  add(count, block, &place);
  block->flags &= FLAGS;
  if (place < block->count && !count->is_lost) block->flags |= (uint32_t)(place + 1) << NEAP_SEGMENT_PLACE;
}

/* The last segment that knows how many are before it, and from where on they are counted: its first input. */
static unsigned find_known(const char *directory, neap_fault *fault) {
  neap_segment_facts *list;
  size_t count;
  unsigned known = 0;
  if (neap_segment_list(directory, &list, &count, fault) != NEAP_OK) return 0;
  for (size_t i = 0; i < count; i++)
    if (list[i].mark) known = list[i].number;
  free(list);
  return known;
}

static bool begin_at(neap_segment_block *block) {
  size_t place = input_count_place(block);
  if (place == block->count) return false;
  block->bytes += place;
  block->count -= place;
  return true;
}

void input_count_read(input_count *count, const char *directory) {
  neap_fault fault = {0};
  neap_segment_reader *reader;
  neap_segment_block block;
  neap_segment_reading reading = {.directory = directory, .may_be_torn = true, .from = find_known(directory, &fault)};
  bool has_begun = reading.from == 0;
  neap_status status = neap_segment_reader_open(&reading, &reader, &fault);
  *count = (input_count){.is_lost = status != NEAP_OK};
  if (count->is_lost) return;
  count->begun = neap_segment_reader_mark(reader);
  while ((status = neap_segment_read(reader, &block, &fault)) == NEAP_OK) {
    if (!has_begun) has_begun = begin_at(&block);
    if (has_begun) input_count_block(count, &block);
  }
  count->is_lost = count->is_lost || status != NEAP_END;
  neap_segment_reader_close(reader);
}
