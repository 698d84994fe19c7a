/* SPDX-License-Identifier: MIT */
/* chain: an event as packed bytes, and the chain of SHA-256 over groups of them. event_store.h has the layout. */
#ifndef NEAP_STORE_CHAIN_H
#define NEAP_STORE_CHAIN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/digest.h"

enum { NEAP_GROUP_SIZE = 64, NEAP_EVENT_TEXTS = 4 };

typedef struct neap_bytes {
  const void *data; /* not 0-terminated */
  size_t size;
} neap_bytes;

/* An event whose texts have lengths: as it is packed, and as it lies in a column. */
typedef struct neap_packed_event {
  uint64_t seq, cause_seq;
  int64_t ts_ns;
  uint16_t version;
  union {
    struct {
      neap_bytes type, run, product, client_order_id;
    };
    neap_bytes text[NEAP_EVENT_TEXTS];
  };
  neap_bytes record;
} neap_packed_event;

/* Appends the packed bytes. NEAP_RANGE: a text is over 65535 bytes or the record over 4 GB; NEAP_MEMORY. */
neap_status neap_event_pack(const neap_packed_event *event, neap_buffer *out, neap_fault *fault);
/* Reads one event that begins at `data` and gives the bytes that it takes. The bytes are ours: they are well-formed. */
size_t neap_event_unpack(const unsigned char *data, neap_packed_event *out);

/* The same of bytes that may be anybody's; 0: they are not an event. */
size_t neap_event_unpack_checked(const unsigned char *data, size_t size, neap_packed_event *out);

/* A digest of the open group, and how many bytes of `open` it has. */
typedef struct neap_chain_run {
  neap_digest *digest;
  size_t hashed;
} neap_chain_run;

typedef struct neap_chain {
  neap_chain_run group, tail;           /* fed event by event and commit by commit: none pays for the whole group */
  unsigned char head[NEAP_DIGEST_SIZE]; /* after the last ended group */
  neap_buffer open;                     /* the packed events behind it: add to it, then call _added */
  size_t open_count;
  uint64_t last_seq; /* of all events */
} neap_chain;

neap_status neap_chain_init(neap_chain *chain, neap_fault *fault); /* of no events */
void neap_chain_fini(neap_chain *chain);
/* One event was packed into `open`. True: the group is full, and is to be ended. */
bool neap_chain_added(neap_chain *chain, uint64_t seq);
void neap_chain_end_group(neap_chain *chain); /* nothing when no event is open */
/* The head that the chain would have were the group ended here. */
void neap_chain_next(neap_chain *chain, unsigned char out[NEAP_DIGEST_SIZE]);
/* SHA-256("neap.tail/1" ‖ head ‖ open events): covers what no group covers yet. */
void neap_chain_tail(neap_chain *chain, unsigned char out[NEAP_DIGEST_SIZE]);

#endif
