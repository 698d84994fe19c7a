/* SPDX-License-Identifier: MIT */
/* chain: an event as packed bytes, and the chain of SHA-256 over groups of them. event_store.h has the layout. */
#ifndef NEAP_STORE_CHAIN_H
#define NEAP_STORE_CHAIN_H

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

typedef struct neap_chain {
  neap_digest *digest;
  unsigned char head[NEAP_DIGEST_SIZE]; /* after the last group */
} neap_chain;

neap_status neap_chain_init(neap_chain *chain, neap_fault *fault); /* the head is that of no events */
void neap_chain_fini(neap_chain *chain);
/* The head that the chain has after a group of these bytes; the chain itself does not move. */
void neap_chain_next(neap_chain *chain, const neap_buffer *group, unsigned char out[NEAP_DIGEST_SIZE]);
void neap_chain_move(neap_chain *chain, const unsigned char head[NEAP_DIGEST_SIZE]);

#endif
