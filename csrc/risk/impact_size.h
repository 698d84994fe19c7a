/* SPDX-License-Identifier: MIT */
/* impact_size: how much of a target value may be taken before its impact is too much, by a stated curve over the depth
 * at the best price and on ten levels (engines B3.12). Pure and exact. */
#ifndef NEAP_RISK_IMPACT_SIZE_H
#define NEAP_RISK_IMPACT_SIZE_H

#include "base/decimal.h"

enum { NEAP_IMPACT_SIZE_BPS = 15 }; /* what is allowed where nobody says */

typedef enum neap_impact_mode {
  NEAP_IMPACT_CONSERVATIVE, /* the greatest value within the limit */
  NEAP_IMPACT_STRICT,       /* the target, or nothing */
  NEAP_IMPACT_AGGRESSIVE    /* a target that ten levels carry may have twice the limit; else conservative */
} neap_impact_mode;

typedef struct neap_impact_depth { /* in quote */
  neap_decimal l1, l10;
} neap_impact_depth;

typedef struct neap_impact_size_question {
  neap_impact_mode mode;
  neap_decimal target; /* in quote */
  neap_impact_depth depth;
  neap_decimal max_bps;    /* over zero */
  neap_decimal multiplier; /* of the curve: the product's slippage_multipliers; 1 where none is set */
} neap_impact_size_question;

/* Of a value: 5 bps × value ÷ L1 up to L1; 5 + 20 × √((value − L1) ÷ (L10 − L1)) up to L10; 100 beyond. A depth of
 * zero: NEAP_NOT_FOUND. NEAP_RANGE. */
neap_status neap_impact_curve(const neap_impact_depth *depth, neap_decimal value, neap_decimal *bps);

/* *value is zero (and *bps, too) when nothing fits, or no depth is known. What equals the limit fits. Not over L10,
 * never over the target; within 10^-8 of the greatest that fits. NEAP_RANGE. */
neap_status neap_impact_size(const neap_impact_size_question *question, neap_decimal *value, neap_decimal *bps);

#endif
