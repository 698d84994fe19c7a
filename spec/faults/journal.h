/* SPDX-License-Identifier: MIT */
/* journal: what a store holds, in a form that two stores can be compared by. */
#ifndef NEAP_SPEC_FAULTS_JOURNAL_H
#define NEAP_SPEC_FAULTS_JOURNAL_H

#include "store/query.h"

typedef struct journal {
  uint64_t count;
  uint64_t *rows; /* of event i + 1: a digest of every column that the session wrote */
  int64_t *times; /* of each event */
  char (*types)[40];
  char (*intents)[40]; /* client order ids of the order_intent events, in order */
  uint64_t intent_count;
} journal;

/* Reads every event of a store that is closed. The journal is to be freed in any case. */
neap_status journal_read(const char *path, journal *out, neap_fault *fault);
void journal_free(journal *self);
bool journal_has_intent(const journal *self, const char *client_order_id);
/* Whether `self` is how `whole` began. Else *differs is the first event that is not the same. */
bool journal_is_prefix(const journal *self, const journal *whole, uint64_t *differs);

#endif
