/* SPDX-License-Identifier: MIT */
/* replay_check: compares the events of a session that is replayed with those that were stored, record and body, one by
 * one as they are made, and says of the first that differs what it was to be and which input it came of. */
#ifndef NEAP_SESSION_REPLAY_CHECK_H
#define NEAP_SESSION_REPLAY_CHECK_H

#include "base/inputs.h"
#include "session/session.h"

typedef struct neap_replay_check neap_replay_check;

/* Events behind `after`, up to `until`: those of one life of the session. `inputs` outlives it. What neap_query_open
 * says. */
neap_status neap_replay_check_open(const char *path, uint64_t after, uint64_t until, const neap_inputs *inputs,
                                   neap_replay_check **out, neap_fault *fault);
void neap_replay_check_close(neap_replay_check *check); /* NULL is accepted */
/* For the session's `journal`; valid as long as the check. */
const neap_observer *neap_replay_check_observer(const neap_replay_check *check);

typedef struct neap_replay_event { /* of a difference; type "": there is none */
  int64_t ts_ns;
  const char *type, *product, *client_order_id, *body; /* body: JSON */
  uint64_t cause_seq;
  unsigned version;
  bool is_at_odds; /* of a stored one: its record and its body do not say the same, so one of them was changed */
} neap_replay_event;

typedef struct neap_replay_result {
  uint64_t compared; /* that are the same */
  uint64_t beyond;   /* events that the replay made behind `until` */
  bool differs;
  uint64_t seq;   /* of the first that differs */
  uint64_t input; /* that was dealt with then */
  neap_replay_event stored, replayed;
} neap_replay_result;

/* Valid as long as the check. */
void neap_replay_check_result(const neap_replay_check *check, neap_replay_result *out);

#endif
