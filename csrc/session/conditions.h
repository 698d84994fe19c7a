/* SPDX-License-Identifier: MIT */
/* conditions: what fills cost and how they come: fees, slippage, the share of a bar's volume, of recorded books queue
 * and latency; and the strategies' parameters. They are this process's, not the store's: a session that is resumed with
 * others goes on with them, and says so. */
#ifndef NEAP_SESSION_CONDITIONS_H
#define NEAP_SESSION_CONDITIONS_H

#include "session/session_state.h"

/* Queue and latency, into the session's first event, which has the others by itself. */
void conditions_record_words(const neap_session *session, const neap_session_options *options, neap_buffer *out);
/* Of a session that is resumed: event conditions_changed and a warning where one is not what the store says. Of a store
 * that was trimmed behind its start nothing is known, and nothing is said. */
neap_status conditions_compare(neap_session *session, const neap_session_options *options, neap_fault *fault);

#endif
