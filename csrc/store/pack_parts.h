/* SPDX-License-Identifier: MIT */
/* pack_parts: what the writer and the reader of a pack share. */
#ifndef NEAP_STORE_PACK_PARTS_H
#define NEAP_STORE_PACK_PARTS_H

#include "store/pack.h"

enum { NEAP_PACK_PIECE = 1 << 20 };

struct neap_pack {
  sqlite3 *database;
  sqlite3_stmt *statement; /* the insert of a piece; of a reader, the pieces in order */
  neap_digest *digest;
  char label[NEAP_PACK_LABEL];
  bool begun, has_row; /* the reader stands on the first piece of the next part */
  char path[];
};

neap_pack *neap_pack_new(const char *path, neap_fault *fault);
neap_status neap_pack_fail(const char *path, neap_status status, const char *code, const char *words,
                           neap_fault *fault);

#endif
