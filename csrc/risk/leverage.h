/* SPDX-License-Identifier: MIT */
/* leverage: how much leverage a product may have at a time of day, and which maintenance margin is due then
 * (engines C0.4). Day and night are told by the UTC time of the clock that is handed in. */
#ifndef NEAP_RISK_LEVERAGE_H
#define NEAP_RISK_LEVERAGE_H

#include "risk/limits.h"

typedef enum neap_daytime { NEAP_DAYTIME_UNKNOWN, NEAP_DAY, NEAP_NIGHT } neap_daytime;

/* From the start to before the end, over midnight when the end is the earlier; unknown without a window. `now` in ns
 * since the epoch. */
neap_daytime neap_limits_daytime(const neap_limits *limits, int64_t now);

/* The lowest of the product's cap (without one max_leverage) and its cap by day or by night. 1 or more. */
int64_t neap_limits_leverage_cap(const neap_limits *limits, const char *product, int64_t now);
/* The same under what the venue says, whole multiples only; zero: the venue says nothing. */
int64_t neap_limits_leverage_cap_under(const neap_limits *limits, const char *product, int64_t now,
                                       neap_decimal venue_cap);

/* The product's rate by day or by night, else the default: a share of the position's value. */
neap_decimal neap_limits_maintenance_rate(const neap_limits *limits, const char *product, int64_t now);

/* NULL when the map does not list the product. */
const neap_decimal *neap_limit_map_find(const neap_limit_map *map, const char *product);

#endif
