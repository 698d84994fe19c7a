/* SPDX-License-Identifier: MIT */
/* units: how events lie one behind the other in the queue and in the reserve: events that are committed together, or a
 * seal, which ends the group. */
#ifndef NEAP_STORE_UNITS_H
#define NEAP_STORE_UNITS_H

#include "store/chain.h"

typedef struct neap_unit {
  const unsigned char *data; /* packed events */
  size_t size;
  uint32_t events; /* 0: a seal, */
  uint64_t sealed; /* behind this event */
} neap_unit;

/* Appends a unit; NEAP_MEMORY. */
neap_status neap_unit_put(neap_buffer *out, const neap_unit *unit);
/* Reads the unit that begins at `data` and gives the bytes that it takes. The bytes are ours. */
size_t neap_unit_take(const unsigned char *data, neap_unit *out);
/* The same of bytes that may be anybody's, its events included; 0: they are no unit. */
size_t neap_unit_take_checked(const unsigned char *data, size_t size, neap_unit *out);

/* Events with their hashes, as they go into one transaction. Points into the units that it was made of. */
typedef struct neap_batch_row {
  neap_packed_event event;
  bool ends_group;
  unsigned char hash[NEAP_DIGEST_SIZE];
} neap_batch_row;

typedef struct neap_batch {
  neap_batch_row *rows;
  size_t count, capacity;
  uint64_t late_seq; /* an event of an earlier transaction that ends a group, as is known now; 0: none */
  unsigned char late_hash[NEAP_DIGEST_SIZE];
  uint64_t last_seq;
  unsigned char tail[NEAP_DIGEST_SIZE];
} neap_batch;

void neap_batch_fini(neap_batch *batch);
void neap_batch_clear(neap_batch *batch);
/* Moves the chain on by a unit and notes its rows. NEAP_MEMORY: the chain stands somewhere inside. */
neap_status neap_batch_add(neap_batch *batch, neap_chain *chain, const neap_unit *unit, neap_fault *fault);
void neap_batch_end(neap_batch *batch, neap_chain *chain); /* notes the chain's tail */

#endif
