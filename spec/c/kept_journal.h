/* SPDX-License-Identifier: MIT */
/* kept_journal: copies of what a run wrote. */
#ifndef NEAP_SPEC_KEPT_JOURNAL_H
#define NEAP_SPEC_KEPT_JOURNAL_H

#include "session_support.h"
#include "store_support.h"

enum { JOURNAL_EVENTS = 20000 };

typedef struct journal { /* copies of what a run wrote */
  neap_event event[JOURNAL_EVENTS];
  neap_buffer text[JOURNAL_EVENTS];
  size_t count;
} journal;

void journal_keep(journal *book, const act *play);
/* Of a session that goes on from the events that are kept: those that follow. */
void journal_keep_more(journal *book, const act *play);
void journal_forget(journal *book);
/* A store of the first `count` events, as if the session had been killed behind them. */
void journal_write(const journal *book, size_t count, const char *path);
/* Whether nothing of the moment of the last of its first `count` events was still to come. */
bool journal_is_quiet(const journal *book, size_t count);
/* From one event behind which a session is killed to the next, and from one change of a byte to the next:
 * NEAP_TEST_STRIDE, else 1. */
size_t journal_stride(void);
/* Closes the session of a run that is stored at `at`: replay makes the state that it had, and every snapshot of it. The
 * store is taken away. */
void act_check_replay(const place *at, act *play, actor *who, const char *when);

#endif
