/* SPDX-License-Identifier: MIT */
/* engine: the contract of both execution engines: (snapshot, request, configuration) → decision. Pure: an engine owns
 * no state, so it may change between two orders with nothing to hand over. */
#ifndef NEAP_ENGINE_ENGINE_H
#define NEAP_ENGINE_ENGINE_H

#include "account/round_trip.h"
#include "engine/decision.h"
#include "market/liquidity.h"
#include "market/product.h"
#include "risk/order_policy.h"
#include "risk/pretrade.h"

typedef enum neap_mode { NEAP_MODE_NORMAL, NEAP_MODE_REDUCE_ONLY, NEAP_MODE_HALTED } neap_mode;

typedef struct neap_balance {
  char asset[20];
  neap_decimal total, available;
} neap_balance;

/* What the session knows at the moment of the decision. All of it is the strategy's own unless it says account. */
typedef struct neap_snapshot {
  const neap_product *product;
  int64_t now;
  neap_mode mode;
  bool has_mark, has_quote;
  bool is_quoted;                         /* bid and ask are fed: without has_quote nobody knows them at the moment */
  neap_decimal mark;                      /* last price known */
  int64_t mark_time;                      /* when it was known, ns */
  int64_t mark_max_age;                   /* ns; a simulation on bars: the bar's length counts as fresh */
  neap_decimal bid, ask;                  /* has_quote */
  neap_decimal position;                  /* signed, booked */
  neap_decimal working_buy, working_sell; /* quantities of own working orders in this product (by quantity) */
  neap_decimal open_buy, open_sell;       /* the same without those that only reduce */
  bool entry_after_close; /* exits of this callback are queued before this order: what they release counts as
                             available */
  neap_decimal equity, cash;
  neap_decimal buying_power; /* notional with fees that an entry may take now; reserved orders taken off, exits queued
                                before it added */
  neap_decimal taker_bps, maker_bps;
  const neap_balance *balances; /* of the strategy's cash, by currency */
  uint32_t balance_count;
  neap_balance balance;           /* room for a session of one currency */
  neap_decimal traded;            /* of this product today (UTC), by all strategies, in quote */
  neap_liquidity_view liquidity;  /* unknown where nobody said */
  const neap_impact_source *walk; /* what taking from the whole book costs; NULL: what `liquidity` tells */
  bool is_second_look;            /* after the preview: the order is in its own history */
  neap_portfolio own;             /* with what works on its worst side, for the limits of entries */
  bool has_account;               /* other strategies share the account */
  neap_portfolio account;
  const neap_recent_orders *recent;       /* NULL: nothing was ordered before */
  const neap_failures *failures;          /* of the strategy's orders; NULL: none */
  const neap_impact_source *impact;       /* NULL: what `liquidity` tells */
  const char *quantity_note, *price_note; /* how a float became exact at the border, or NULL: goes into the record */
  neap_decimal risk; /* the quantity was found by this share of equity, lost at stop_loss; zero: it was not */
  bool has_volatility;
  neap_decimal volatility;       /* annualized, of the product's closes; a fraction */
  const neap_trade_tally *tally; /* of the strategy's closed trades; NULL: none */
  neap_decimal stop_loss;        /* attached to the order; zero: none */
} neap_snapshot;

typedef struct neap_engine_config {
  const neap_limits *limits; /* never NULL */
  bool reject_on_cross;      /* advanced: false: whatever the limits' field says, no post-only order is looked at */
  const neap_order_policy *order_policy; /* advanced: what entries may be asked for; NULL: anything */
} neap_engine_config;

typedef struct neap_engine {
  const char *name; /* "live" or "advanced" */
  neap_engine_config config;
  const struct neap_check_entry *checks; /* its own, in order (engine/checks.h) */
  size_t check_count;
  /* Fills *out; NEAP_OK also for a refusal (out->accepted false). Another status: the engine itself failed: entries are
   * refused, exits go on. */
  neap_status (*decide)(const struct neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                        neap_decision *out, neap_fault *fault);
} neap_engine;

/* Both are values without memory of their own. Only neap.engine_factory (lua) asks for them. */
neap_engine neap_live_engine(const neap_engine_config *config);     /* engine/live/live_engine.c */
neap_engine neap_advanced_engine(const neap_engine_config *config); /* engine/advanced/advanced_engine.c */

/* How much of the position an order on its other side may still reduce: what other orders may sell of it without being
 * reduce-only is promised to them, and what exits queued in the same callback will close is gone before this one. */
static inline neap_decimal neap_snapshot_reducible(const neap_snapshot *snapshot, neap_side side) {
  int sign = neap_decimal_sign(snapshot->position);
  if (sign == 0 || (sign > 0) == (side == NEAP_BUY)) return NEAP_ZERO;
  neap_decimal held = neap_decimal_abs(snapshot->position);
  neap_decimal queued = side == NEAP_BUY ? snapshot->open_buy : snapshot->open_sell;
  if (snapshot->entry_after_close) queued = side == NEAP_BUY ? snapshot->working_buy : snapshot->working_sell;
  return neap_decimal_max(NEAP_ZERO, (neap_decimal){held.units - queued.units});
}

/* True when the order can only reduce the position: such an order passes entry limits. On spot no sale can do more than
 * that. */
static inline bool neap_snapshot_is_exit(const neap_snapshot *snapshot, const neap_ticket *ticket) {
  int sign = neap_decimal_sign(snapshot->position);
  if (sign == 0 || (sign > 0) == (ticket->side == NEAP_BUY)) return false;
  return ticket->reduce_only || (snapshot->product && !neap_product_allows_short(snapshot->product)) ||
         (ticket->sizing == NEAP_BY_QUANTITY &&
          neap_decimal_cmp(ticket->quantity, neap_snapshot_reducible(snapshot, ticket->side)) <= 0);
}

#endif
