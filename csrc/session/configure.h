/* SPDX-License-Identifier: MIT */
/* configure: the limits in force of a session, changed while it works. */
#ifndef NEAP_SESSION_CONFIGURE_H
#define NEAP_SESSION_CONFIGURE_H

#include "session/session.h"

typedef struct neap_configuration {
  const neap_limits *limits;  /* copied */
  const char *const *sources; /* where each field's value comes from, in the order of the fields; NULL: not known */
  uint64_t number;            /* of the accepted configuration; 0: the next */
  const char *who, *why;      /* NULL: nobody, nothing */
  const char *engine_before, *engine_after; /* that the flags ask for; NULL: not told */
  const neap_policy *policy;                /* copied, what it points at outlives the session; NULL: stays */
} neap_configuration;

/* Between two events: what is decided from now on goes by these limits. Event configuration_changed has the number,
 * each changed field with its old and its new value and the source, the engine before and after, and of a new policy
 * its digest. Limits that stop (kill_switch_enabled, reduce_only_mode) make the mode stricter, cancelling working
 * entries; taken away they do not lift it: that is resume's. Without any change nothing is written. */
neap_status neap_session_configure(neap_session *session, const neap_configuration *to, neap_fault *fault);
/* The number of the configuration in force. */
uint64_t neap_session_configuration(const neap_session *session);
/* Is it the policy in force? */
bool neap_session_has_policy(const neap_session *session, const neap_policy *policy);

#endif
