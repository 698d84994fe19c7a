/* SPDX-License-Identifier: MIT */
/* rows: an event as it lies in the file, and the row of meta that covers the chain's tail. */
#ifndef NEAP_STORE_ROWS_H
#define NEAP_STORE_ROWS_H

#include <sqlite3.h>

#include "store/chain.h"

enum neap_row_column {
  NEAP_ROW_SEQ,
  NEAP_ROW_TS_NS,
  NEAP_ROW_TYPE,
  NEAP_ROW_VERSION,
  NEAP_ROW_RUN,
  NEAP_ROW_CAUSE_SEQ,
  NEAP_ROW_PRODUCT,
  NEAP_ROW_CLIENT_ORDER_ID,
  NEAP_ROW_RECORD,
  NEAP_ROW_BODY,
  NEAP_ROW_HASH,
  NEAP_ROW_COLUMNS
};

#define NEAP_ROW_SQL                                                                                                   \
  "SELECT seq, ts_ns, type, version, run, cause_seq, product, client_order_id, record, body, hash FROM event"

/* The columns hold values of the types and ranges that Neap writes. */
bool neap_row_is_sound(sqlite3_stmt *rows);
/* Valid until the statement moves. */
neap_packed_event neap_row_event(sqlite3_stmt *rows);
neap_bytes neap_row_text(sqlite3_stmt *rows, int column);
bool neap_row_ends_group(sqlite3_stmt *rows);

/* The head from which a trimmed store goes on: that which its first event, a state_snapshot, carries. */
bool neap_row_chain_head(const neap_packed_event *event, unsigned char out[NEAP_DIGEST_SIZE]);

enum { NEAP_TAIL_TEXT = 20 + 1 + NEAP_DIGEST_TEXT };
/* The value of meta's row `tail`: the last event's number and the tail of the chain. */
void neap_tail_text(uint64_t last_seq, const unsigned char tail[NEAP_DIGEST_SIZE], char out[NEAP_TAIL_TEXT]);
neap_status neap_tail_read(sqlite3 *database, const char *path, char out[NEAP_TAIL_TEXT], neap_fault *fault);

#endif
