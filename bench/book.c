/* SPDX-License-Identifier: MIT */
/* book: level-2 changes per second from memory, through the book, beside a sorted array (binary search, memmove),
 * glibc's red-black tree (tsearch), and a memcpy of the same bytes. Usage: book < CHANGES.csv (price_increment 0.01,
 * size_increment 0.00000001). */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program.h"
#include "market/recording.h"

enum { ROUNDS = 5, PASSES = 4, MOST_LEVELS = 1 << 20 };

typedef struct pile { /* one side, the best last */
  neap_book_level *levels;
  size_t count;
} pile;

typedef struct node {
  int64_t key, size;
} node;

static char *read_all(size_t *length) {
  size_t size = 1 << 20, count = 0;
  char *text = malloc(size);
  for (size_t got; text && (got = fread(text + count, 1, size - count, stdin)) > 0;) {
    count += got;
    if (count == size) text = realloc(text, size *= 2);
  }
  bench_check(text != NULL, "no memory");
  *length = count;
  return text;
}

static int64_t key_of(const neap_book_change *change) {
  return change->side == NEAP_BID ? change->price : -change->price;
}

static void put_in_array(pile *side, const neap_book_change *change) {
  int64_t key = key_of(change);
  size_t low = 0, high = side->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (side->levels[middle].price < key)
      low = middle + 1;
    else
      high = middle;
  }
  bool there = low < side->count && side->levels[low].price == key;
  neap_book_level *at = &side->levels[low];
  size_t behind = (side->count - low) * sizeof *at;
  if (there && change->size) {
    at->size = change->size;
  } else if (there) {
    memmove(at, at + 1, behind - sizeof *at);
    side->count--;
  } else if (change->size) {
    memmove(at + 1, at, behind);
    *at = (neap_book_level){key, change->size};
    side->count++;
  }
}

static int compare_nodes(const void *a, const void *b) {
  const node *one = a, *two = b;
  return (one->key > two->key) - (one->key < two->key);
}

static void put_in_tree(void **root, const neap_book_change *change) {
  node wanted = {key_of(change), change->size};
  node **found = tfind(&wanted, root, compare_nodes);
  if (found && change->size) {
    (*found)->size = change->size;
  } else if (found) {
    node *gone = *found;
    tdelete(gone, root, compare_nodes);
    free(gone);
  } else if (change->size) {
    node *made = malloc(sizeof *made);
    *made = wanted;
    tsearch(made, root, compare_nodes);
  }
}

static double through_book(const neap_recording *recording, neap_book_level best[2]) {
  neap_price_book book;
  neap_fault fault;
  bench_must(neap_price_book_init(&book, recording->price_increment, recording->size_increment, &fault), "a book",
             &fault);
  double begin = bench_cpu();
  for (int pass = 0; pass < PASSES; pass++)
    for (size_t i = 0; i < recording->message_count; i++)
      bench_must(neap_recording_apply(recording, i, &book, &fault), "a message", &fault);
  double seconds = bench_cpu() - begin;
  for (int side = 0; side < 2; side++) neap_price_book_best(&book, (neap_book_side)side, &best[side]);
  neap_price_book_fini(&book);
  return seconds;
}

static double through_array(const neap_recording *recording, neap_book_level best[2]) {
  pile side[2];
  for (int i = 0; i < 2; i++) side[i].levels = bench_room(MOST_LEVELS, sizeof *side[i].levels);
  double begin = bench_cpu();
  for (int pass = 0; pass < PASSES; pass++) {
    side[0].count = side[1].count = 0;
    for (size_t i = 0; i < recording->change_count; i++)
      put_in_array(&side[recording->changes[i].side], &recording->changes[i]);
  }
  double seconds = bench_cpu() - begin;
  for (int i = 0; i < 2; i++) {
    best[i] = side[i].levels[side[i].count - 1];
    if (i == NEAP_ASK) best[i].price = -best[i].price;
    free(side[i].levels);
  }
  return seconds;
}

static double through_tree(const neap_recording *recording) {
  void *side[2] = {NULL, NULL};
  double begin = bench_cpu();
  for (int pass = 0; pass < PASSES; pass++) {
    for (int i = 0; i < 2; i++) tdestroy(side[i], free), side[i] = NULL;
    for (size_t i = 0; i < recording->change_count; i++)
      put_in_tree(&side[recording->changes[i].side], &recording->changes[i]);
  }
  double seconds = bench_cpu() - begin;
  for (int i = 0; i < 2; i++) tdestroy(side[i], free);
  return seconds;
}

static double copy(const neap_recording *recording, char *to) {
  size_t bytes = recording->change_count * sizeof *recording->changes;
  volatile char sink = 0;
  double begin = bench_cpu();
  for (int pass = 0; pass < PASSES; pass++) {
    memcpy(to, recording->changes, bytes);
    sink = (char)(sink + to[bytes / 2 + (size_t)pass]);
  }
  return bench_cpu() - begin;
}

int main(void) {
  double ours[ROUNDS], array[ROUNDS], tree[ROUNDS], bytes[ROUNDS];
  neap_book_level best[2], other[2];
  neap_recording recording;
  neap_fault fault;
  size_t length;
  char *text = read_all(&length);
  neap_recording_init(&recording, (neap_decimal){100000000000000}, (neap_decimal){100000000});
  bench_must(neap_recording_parse_changes(&recording, text, length, &fault), "the changes", &fault);
  bench_check(recording.change_count > 0, "nothing to replay");
  char *to = bench_room(recording.change_count, sizeof *recording.changes);
  for (int i = 0; i < ROUNDS; i++) { /* in turns, so that noise meets all of them */
    ours[i] = through_book(&recording, best);
    array[i] = through_array(&recording, other);
    tree[i] = through_tree(&recording);
    bytes[i] = copy(&recording, to);
    bench_check(memcmp(best, other, sizeof best) == 0, "the book and the array end at different tops");
  }
  double changes = (double)recording.change_count * PASSES, a = bench_median(ours, ROUNDS),
         b = bench_median(array, ROUNDS), c = bench_median(tree, ROUNDS), d = bench_median(bytes, ROUNDS);
  printf("level-2 changes of %zu messages, %zu changes a pass, medians of %d rounds:\n", recording.message_count,
         recording.change_count, ROUNDS);
  printf("neap book             %12.0f changes/s\n", changes / a);
  printf("sorted array          %12.0f changes/s   neap / array  %.2f\n", changes / b, b / a);
  printf("red-black tree        %12.0f changes/s   neap / tree   %.2f\n", changes / c, c / a);
  printf("memcpy of the changes %12.0f changes/s   neap / memcpy %.4f\n", changes / d, d / a);
  free(to);
  free(text);
  neap_recording_fini(&recording);
  return 0;
}
