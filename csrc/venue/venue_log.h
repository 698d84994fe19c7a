/* SPDX-License-Identifier: MIT */
/* venue_log: everything that was done to a venue, in order, in a file that only grows: since a venue is deterministic,
 * playing it again makes the same venue. An entry is in the file, for every process to see, before it is done. */
#ifndef NEAP_VENUE_VENUE_LOG_H
#define NEAP_VENUE_VENUE_LOG_H

#include "base/decimal.h"
#include "base/fault.h"

typedef enum neap_venue_deed {
  NEAP_DEED_KEY,     /* text: name; number: permissions; key: the one beside */
  NEAP_DEED_DEPOSIT, /* key; text: currency; amount */
  NEAP_DEED_REQUEST, /* key; text: method, path, query, body */
  NEAP_DEED_PRODUCT, /* text: id; number: flags; amount over zero: delisted */
  NEAP_DEED_END,     /* text: order id, message */
  NEAP_DEED_SKIP     /* the venue was away until `now`, and its markets with it */
} neap_venue_deed;

enum { NEAP_DEED_TEXTS = 4 };

typedef struct neap_venue_entry {
  neap_venue_deed deed;
  int64_t now;
  uint32_t key, number;
  neap_decimal amount;
  const char *text[NEAP_DEED_TEXTS]; /* each ends with a 0; NULL is written as "" */
  size_t length[NEAP_DEED_TEXTS];    /* 0: strlen */
} neap_venue_entry;

typedef struct neap_venue_log neap_venue_log;

/* Tells `play` every entry of the file, which is made where there is none; an entry that was cut in its middle at the
 * end of the file is taken away. NEAP_CORRUPT "bad_log" (`where`: the byte) for anything else that is not as it was
 * written, NEAP_IO "locked" (another process has it), "cannot_open"; what `play` gives. */
neap_status neap_venue_log_open(const char *path,
                                neap_status (*play)(void *self, const neap_venue_entry *entry, neap_fault *fault),
                                void *self, neap_venue_log **out, neap_fault *fault);
/* NEAP_IO "cannot_write": the file is as it was. */
neap_status neap_venue_log_append(neap_venue_log *log, const neap_venue_entry *entry, neap_fault *fault);
void neap_venue_log_close(neap_venue_log *log); /* NULL is accepted */

#endif
