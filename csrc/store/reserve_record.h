/* SPDX-License-Identifier: MIT */
/* reserve_record: what writer and reader of the reserve share. */
#ifndef NEAP_STORE_RESERVE_RECORD_H
#define NEAP_STORE_RESERVE_RECORD_H

#include <stdint.h>

#include "base/digest.h"

enum { NEAP_RESERVE_MAGIC = 0x5653524e }; /* "NRSV" */

typedef struct neap_reserve_header {
  uint32_t magic, zero;
  uint64_t length;
  unsigned char check[NEAP_DIGEST_SIZE];
} neap_reserve_header;

/* The check before the first record. */
static inline void neap_reserve_seed(neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]) {
  neap_digest_start(digest);
  neap_digest_update(digest, "neap.reserve/1", 14);
  neap_digest_finish(digest, out);
}

static inline void neap_reserve_check(neap_digest *digest, const unsigned char before[NEAP_DIGEST_SIZE],
                                      const void *payload, uint64_t length, unsigned char out[NEAP_DIGEST_SIZE]) {
  neap_digest_start(digest);
  neap_digest_update(digest, before, NEAP_DIGEST_SIZE);
  neap_digest_update(digest, &length, sizeof length);
  neap_digest_update(digest, payload, (size_t)length);
  neap_digest_finish(digest, out);
}

static inline uint64_t neap_reserve_padded(uint64_t length) { return (length + 7) & ~(uint64_t)7; }

#endif
