/* SPDX-License-Identifier: MIT */
/* verdict: one line of a decision record: which check, what it looked at, its limit, and what it said. */
#ifndef NEAP_RISK_VERDICT_H
#define NEAP_RISK_VERDICT_H

#include <stdbool.h>

#include "base/decimal.h"

typedef enum neap_verdict { NEAP_PASSED, NEAP_ADJUSTED, NEAP_FAILED, NEAP_SKIPPED } neap_verdict;

typedef struct neap_check {
  const char *name; /* static text: "product_status", "quantity_increment" … */
  neap_verdict verdict;
  bool has_input, has_limit;
  neap_decimal input, limit;
  const char *note; /* static text or NULL: "buy price to the passive side" */
} neap_check;

#endif
