/* SPDX-License-Identifier: MIT */
/* decimals: numbers from text, and compared as text, to the last digit. */
#ifndef NEAP_SPEC_DECIMALS_H
#define NEAP_SPEC_DECIMALS_H

#include "base/decimal.h"

neap_decimal dec(const char *text);
#define assert_decimal(value, text) check_decimal(value, text, __FILE__, __LINE__)
void check_decimal(neap_decimal value, const char *text, const char *file, int line);

#endif
