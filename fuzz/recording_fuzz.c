/* SPDX-License-Identifier: MIT */
/* recording_fuzz: any bytes read as recorded changes and as recorded trades; a book takes what is accepted, and is
 * never crossed. */
#include <stdint.h>
#include <stdlib.h>

#include "market/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static void replay(const neap_recording *recording) {
  neap_price_book book;
  neap_fault fault;
  must(neap_price_book_init(&book, recording->price_increment, recording->size_increment, &fault) == NEAP_OK);
  for (size_t i = 0; i < recording->message_count; i++) {
    neap_book_level bid, ask;
    neap_decimal out;
    neap_status status = neap_recording_apply(recording, i, &book, &fault);
    must((status == NEAP_OK) == book.whole || status == NEAP_EXISTS);
    if (neap_price_book_best(&book, NEAP_BID, &bid) == NEAP_OK &&
        neap_price_book_best(&book, NEAP_ASK, &ask) == NEAP_OK)
      must(bid.price < ask.price && bid.size > 0 && ask.size > 0);
    neap_price_book_mid(&book, &out);
    neap_price_book_depth_within(&book, NEAP_BID, neap_decimal_from_int(100), &out);
    neap_price_book_imbalance(&book, 5, &out);
  }
  neap_price_book_fini(&book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_decimal cent = {NEAP_ZERO.units + 100000000000000};
  neap_recording recording;
  neap_fault fault;
  neap_recording_init(&recording, cent, cent);
  neap_recording_parse_changes(&recording, (const char *)data, size, &fault);
  neap_recording_parse_trades(&recording, (const char *)data, size, &fault);
  replay(&recording);
  neap_recording_fini(&recording);
  return 0;
}
