/* SPDX-License-Identifier: MIT */
/* operations: what an event costs the session's thread when alerts are on: of a kind that nobody looks at, of one that
 * goes into the ring, and of one that finds no room. `operations LUA_ROOT [EVENTS]`. */
#include "lua/operations.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/record.h"
#include "bench/program.h"

static neap_operations *open_one(const char *root, size_t room) {
  const neap_operations_options options = {.lua_root = root, .config = "{\"channels\":[]}", .room = room};
  neap_operations *operations;
  neap_fault fault = {0};
  bench_must(neap_operations_open(&options, &operations, &fault), "the operations thread", &fault);
  return operations;
}

static void measure(const char *what, const char *root, const char *type, size_t room, long events) {
  neap_operations *operations = open_one(root, room);
  neap_operations_counts counts;
  neap_buffer record;
  neap_buffer_init(&record);
  neap_record_text(&record, "mode", "normal");
  neap_record_text(&record, "reason", "a reason of a usual length");
  const neap_event event = {.ts_ns = 1,
                            .type = type,
                            .product = "BTC-USD",
                            .client_order_id = "",
                            .record = record.data,
                            .record_size = record.size};
  double before = bench_now();
  for (long i = 0; i < events; i++) neap_operations_see(operations, &event);
  double after = bench_now();
  neap_operations_close(operations);
  neap_operations_counts_get(operations, &counts);
  printf("%-28s %7.1f ns   %ld events, %llu seen, %llu dropped\n", what, (after - before) * 1e9 / (double)events,
         events, (unsigned long long)counts.seen, (unsigned long long)counts.dropped);
  neap_operations_free(operations);
  neap_buffer_fini(&record);
}

int main(int argc, char **argv) {
  if (argc < 2) return fprintf(stderr, "usage: operations LUA_ROOT [EVENTS]\n"), 2;
  long events = argc > 2 ? atol(argv[2]) : 5000000;
  measure("of no interest", argv[1], "order_accepted", 0, events);
  measure("copied into the ring", argv[1], "mode_changed", (size_t)64 << 20, events < 200000 ? events : 200000);
  measure("no room", argv[1], "mode_changed", 4096, events);
  return 0;
}
