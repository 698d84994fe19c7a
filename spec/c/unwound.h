/* SPDX-License-Identifier: MIT */
/* unwound: what protects a leg of a group goes only behind the answer to the order that unwinds it. */
#ifndef NEAP_SPEC_UNWOUND_H
#define NEAP_SPEC_UNWOUND_H

#include "session_support.h"

/* Of a run that has ended; fails where an exit went before. Gives the number of exits that went so. */
unsigned unwound_check(const act *play);

#endif
