/* SPDX-License-Identifier: MIT */
/* writer_open: the writer's insides, for the files that open it and write with it. */
#ifndef NEAP_STORE_WRITER_OPEN_H
#define NEAP_STORE_WRITER_OPEN_H

#include "store/gather.h"
#include "store/writer.h"

struct neap_writer {
  sqlite3 *database;
  sqlite3_stmt *begin, *insert, *mark, *tail, *commit;
  neap_gather *gather; /* NULL: none */
  neap_buffer body;
  char path[];
};

/* Puts the chain behind the last event, and brings the store to this version. */
neap_status neap_writer_load(neap_writer *writer, neap_chain *chain, neap_fault *fault);
neap_status neap_writer_renew_tail(neap_writer *writer, const neap_batch *batch, neap_fault *fault);

#endif
