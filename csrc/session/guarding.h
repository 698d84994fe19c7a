/* SPDX-License-Identifier: MIT */
/* guarding: shows the session's account to the guards and does what they find. */
#ifndef NEAP_SESSION_GUARDING_H
#define NEAP_SESSION_GUARDING_H

#include "risk/guards.h"
#include "session/session.h"

/* The account's figures as the guards see them now. */
neap_status neap_session_metrics(neap_session *session, neap_risk_metrics *out, neap_fault *fault);
/* What is held: holds of the account at product −1. NULL after the last. */
typedef struct neap_hold_view {
  const char *guard, *level, *product; /* product NULL: the account */
  int64_t since;
} neap_hold_view;
bool neap_session_hold(const neap_session *session, uint32_t i, neap_hold_view *out); /* false after the last */

#endif
