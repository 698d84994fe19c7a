/* SPDX-License-Identifier: MIT */
/* support: what cmocka wants included before itself. */
#ifndef NEAP_SPEC_SUPPORT_H
#define NEAP_SPEC_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
