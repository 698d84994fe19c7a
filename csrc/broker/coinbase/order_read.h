/* SPDX-License-Identifier: MIT */
/* order_read: fields of what the venue answers, one reader for orders and answers. Inside broker/coinbase only. */
#ifndef NEAP_BROKER_COINBASE_ORDER_READ_H
#define NEAP_BROKER_COINBASE_ORDER_READ_H

#include "base/json.h"
#include "broker/coinbase/order_map.h"

/* The first failure sticks, as in a buffer: read freely, look once at the end. */
typedef struct neap_coinbase_reading {
  const neap_json_value *object; /* whose members are read; NULL: all are absent */
  neap_status status;
  neap_fault *fault;
  char *unknown; /* where words are named that are not known; NULL: nowhere */
  size_t unknown_size;
  unsigned truncated;
} neap_coinbase_reading;

void neap_coinbase_fail(neap_coinbase_reading *r, neap_status status, const char *code, const char *field,
                        const char *why);
void neap_coinbase_name_unknown(neap_coinbase_reading *r, const char *field, const char *word);

/* All take "name" or "name|other name", the first that is there: null and "" are not. The value stays as it is when
 * there is none. */
const char *neap_coinbase_word(neap_coinbase_reading *r, const char *names);                      /* "" when absent */
void neap_coinbase_text(neap_coinbase_reading *r, const char *names, char *out, size_t size);     /* too_long */
void neap_coinbase_sentence(neap_coinbase_reading *r, const char *names, char *out, size_t size); /* cut */
void neap_coinbase_amount(neap_coinbase_reading *r, const char *names, neap_decimal *out);        /* zero or more */
void neap_coinbase_signed(neap_coinbase_reading *r, const char *names, neap_decimal *out);        /* a fee: or below */
void neap_coinbase_time(neap_coinbase_reading *r, const char *names, int64_t *out);               /* year 1 is none */
void neap_coinbase_flag(neap_coinbase_reading *r, const char *names, bool *out);

/* neap_coinbase_decode_order of what is parsed already, as in a list; `out` is cleared first, and not whole on failure.
 */
neap_status neap_coinbase_read_order(const neap_json_value *root, neap_coinbase_order *out, neap_fault *fault);

#endif
