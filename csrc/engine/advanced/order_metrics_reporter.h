/* SPDX-License-Identifier: MIT */
/* order_metrics_reporter: what became of orders, counted from their events and from nothing else, whichever engine
 * decided them. The same events make the same counts, so that a restart loses none and doubles none. */
#ifndef NEAP_ENGINE_ADVANCED_ORDER_METRICS_REPORTER_H
#define NEAP_ENGINE_ADVANCED_ORDER_METRICS_REPORTER_H

#include <stdint.h>

#include "base/fault.h"

enum { NEAP_METRICS_REASONS = 64, NEAP_METRICS_GROUPS = 80, NEAP_METRICS_NAME = 64 };

typedef struct neap_order_metrics {
  uint64_t asked;            /* decided, whatever the answer */
  uint64_t placed;           /* sent to the broker */
  uint64_t pending;          /* of these: work now */
  uint64_t filled;           /* whole */
  uint64_t partially_filled; /* in more than one piece, or not whole */
  uint64_t cancelled, expired;
  uint64_t rejected;           /* by a check, the engine, the session or the broker */
  uint64_t post_only_rejected; /* of these: a post-only order that would have traded */
  uint64_t replacements;       /* placed in the place of another order */
  uint64_t triggers_registered, triggers_active, triggers_fired; /* stops, stop-limits, trailing stops */
  uint64_t priced_fills;                                         /* fills with a decision price: */
  double slippage_cost, slippage_value; /* Σ (price − decision price) against the order, Σ decision price; × quantity */
  double slippage_worst;                /* bps, of one fill; above zero is worse than decided */
  double fill_time, fill_time_longest; /* ns from sent to whole, Σ over `filled` and the longest */
} neap_order_metrics;

typedef struct neap_metrics_reason {
  char code[48];
  uint64_t count;
} neap_metrics_reason;

typedef struct neap_metrics_event { /* an event of the store, of any kind */
  const char *type, *client_order_id;
  int64_t ts_ns;
  const void *record; /* base/record */
  size_t size;
} neap_metrics_event;

typedef enum neap_metrics_kind { NEAP_METRICS_ENGINE, NEAP_METRICS_STRATEGY } neap_metrics_kind;
typedef struct neap_metrics_group { /* of one engine, or of one strategy */
  neap_metrics_kind kind;
  char name[NEAP_METRICS_NAME];
  neap_order_metrics metrics;
} neap_metrics_group;

typedef struct neap_order_metrics_reporter neap_order_metrics_reporter;

neap_order_metrics_reporter *neap_order_metrics_reporter_new(void); /* NULL without memory */
void neap_order_metrics_reporter_free(neap_order_metrics_reporter *reporter);
/* The next event. Kinds that are not about orders, and orders of which the beginning was not seen (the store was
 * trimmed), count nothing. Without memory the reporter is void from then on: NEAP_MEMORY. */
neap_status neap_order_metrics_reporter_apply(neap_order_metrics_reporter *reporter, const neap_metrics_event *event);
const neap_order_metrics *neap_order_metrics_reporter_total(const neap_order_metrics_reporter *reporter);
/* Each in order of first appearance; NULL after the last. Of more than there is room for, the rest is not split up. */
const neap_metrics_group *neap_order_metrics_reporter_group(const neap_order_metrics_reporter *reporter, unsigned i);
const neap_metrics_reason *neap_order_metrics_reporter_reason(const neap_order_metrics_reporter *reporter, unsigned i);

#endif
