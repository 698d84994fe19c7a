/* SPDX-License-Identifier: MIT */
/* account: what happens to the account because time passes: the tier of its fees, funding. */
#ifndef NEAP_SESSION_ACCOUNT_H
#define NEAP_SESSION_ACCOUNT_H

#include "session/session_state.h"

/* Before the broker is made. NEAP_INVALID: no such table or tier. */
neap_status account_init(neap_session *session, const neap_session_options *options, neap_fault *fault);
void account_free(neap_session *session);
/* What session_started says of it. */
void account_record_start(const neap_session *session, neap_buffer *out);
/* A trade, for the volume. */
neap_status account_count_trade(neap_session *session, neap_decimal notional, neap_fault *fault);
/* At the moment next_account, when all that ends then has ended. */
neap_status account_look(neap_session *session, neap_fault *fault);
/* Of a resumed session: takes what the state holds. */
neap_status account_take(neap_session *session, neap_state *state, neap_fault *fault);

#endif
