/* SPDX-License-Identifier: MIT */
/* reserve: PATH-reserve, allocated beforehand, takes events when the store's file cannot be written, and those that
 * are waited for before the file has them (docs/adr/ADR-113-what-is-waited-for-goes-ahead.md).
 *
 * A record: magic u32, 0 u32, length of the payload u64, check 32 bytes, payload (units), zeros up to a multiple of 8.
 * check = SHA-256(check before ‖ length ‖ payload), the first one's before is that of "neap.reserve/1". One record is
 * under way at a time, so what follows a bad one shows whether it is torn (nothing: it never counted) or damaged. Once
 * the file has all events of the reserve it begins again at its front; what is left of the records that lay there
 * follows a bad one, too, and holds no event that the file lacks. */
#ifndef NEAP_STORE_RESERVE_H
#define NEAP_STORE_RESERVE_H

#include "store/units.h"

typedef struct neap_reserve neap_reserve;

/* A new reserve of `size` bytes beside `store`, over one whose events were read. NEAP_IO. */
neap_status neap_reserve_create(const char *store, size_t size, neap_reserve **out, neap_fault *fault);
/* One durable record. NEAP_IO "reserve_full" or what the system says; allocates nothing. */
neap_status neap_reserve_write(neap_reserve *reserve, const void *units, size_t size, neap_fault *fault);
bool neap_reserve_is_used(const neap_reserve *reserve); /* it has a record */
/* Whether a record of `size` fits into the part that is for events which the file will have. */
bool neap_reserve_fits_ahead(const neap_reserve *reserve, size_t size);
/* The store's file has all of its events: the next record is the first one. */
void neap_reserve_rewind(neap_reserve *reserve);
void neap_reserve_close(neap_reserve *reserve);                        /* leaves the file; NULL is accepted */
neap_status neap_reserve_remove(const char *store, neap_fault *fault); /* one that is not there is accepted */

typedef struct neap_reserve_contents {
  neap_buffer units;
  uint64_t events, first_seq;
  uint64_t behind; /* the last event that lies behind a bad record; 0: none */
  bool is_there, is_torn;
} neap_reserve_contents;

/* Reads what is durable of the reserve beside `store`; with no such file, nothing. NEAP_CORRUPT "reserve_damaged": its
 * events cannot be read. */
neap_status neap_reserve_read(const char *store, neap_reserve_contents *out, neap_fault *fault);
/* `last`: of the events that store and contents have. NEAP_CORRUPT "reserve_damaged": behind a bad record lie later
 * ones, so that it was none that never counted. */
neap_status neap_reserve_check_behind(const neap_reserve_contents *contents, const char *store, uint64_t last,
                                      neap_fault *fault);
void neap_reserve_contents_fini(neap_reserve_contents *contents);

#endif
