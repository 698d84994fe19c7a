/* SPDX-License-Identifier: MIT */
/* reserve: PATH-reserve, allocated beforehand, takes events when the store's file cannot be written.
 *
 * A record: magic u32, 0 u32, length of the payload u64, check 32 bytes, payload (units), zeros up to a multiple of 8.
 * check = SHA-256(check before ‖ length ‖ payload), the first one's before is that of "neap.reserve/1". One record is
 * under way at a time, so what follows a bad one shows whether it is torn (nothing: it never counted) or damaged. */
#ifndef NEAP_STORE_RESERVE_H
#define NEAP_STORE_RESERVE_H

#include "store/units.h"

typedef struct neap_reserve neap_reserve;

/* A new reserve of `size` bytes beside `store`, over one whose events were read. NEAP_IO. */
neap_status neap_reserve_create(const char *store, size_t size, neap_reserve **out, neap_fault *fault);
/* One durable record. NEAP_IO "reserve_full" or what the system says; allocates nothing. */
neap_status neap_reserve_write(neap_reserve *reserve, const void *units, size_t size, neap_fault *fault);
bool neap_reserve_is_used(const neap_reserve *reserve);                /* it has a record */
void neap_reserve_close(neap_reserve *reserve);                        /* leaves the file; NULL is accepted */
neap_status neap_reserve_remove(const char *store, neap_fault *fault); /* one that is not there is accepted */

typedef struct neap_reserve_contents {
  neap_buffer units;
  uint64_t events, first_seq;
  bool is_there, is_torn;
} neap_reserve_contents;

/* Reads what is durable of the reserve beside `store`; with no such file, nothing. NEAP_CORRUPT "reserve_damaged". */
neap_status neap_reserve_read(const char *store, neap_reserve_contents *out, neap_fault *fault);
void neap_reserve_contents_fini(neap_reserve_contents *contents);

#endif
