/* SPDX-License-Identifier: MIT */
/* venue_size: sizes that a venue outside of this process understands. For the files of this room only. */
#ifndef NEAP_SESSION_VENUE_SIZE_H
#define NEAP_SESSION_VENUE_SIZE_H

#include "session/session_state.h"

/* Makes the ticket's size one of the venue's; false: the decision is refused (too_small, no_size). */
bool venue_size_resolve(const neap_session *session, neap_decision *decision);

#endif
