/* SPDX-License-Identifier: MIT */
/* checks: what both engines ask of an order, in one place; each engine has a table of them. Each works on out->ticket,
 * writes its lines into the decision and returns false when it refused. The names of the checks and the codes of
 * refusals are in docs/reference/engine.md. */
#ifndef NEAP_ENGINE_CHECKS_H
#define NEAP_ENGINE_CHECKS_H

#include "engine/engine.h"

typedef struct neap_check_entry {
  const char *name;
  bool (*ask)(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
} neap_check_entry;

/* The one runner: asks in the order of the table until one refuses. */
bool neap_checks_run(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

/* mode: what is not an exit is refused (reduce_only_mode, halted). */
bool neap_check_mode_is(neap_mode mode, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_mode(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* The order by itself: known product (notes how floats became exact), amount over zero, the prices and times that its
 * type needs. */
bool neap_check_product(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Sized by `risk`: writes share, prices and quantity down; refuses where no quantity could be found. */
bool neap_check_risk(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_sizing(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_order_type(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* entry_time_in_force of the limits takes the place of what an entry asks for. */
bool neap_check_entry_time_in_force(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Entries: whether the configuration lets such an order be asked for (enable_fok, enable_stop_orders …). */
bool neap_check_order_kind(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_time_in_force(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Orders that leave in slices: the first refuses them by name (needs_advanced_engine), the second says how they leave.
 */
bool neap_check_no_slices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_execution(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Whether the venue takes such an order for this product now. */
bool neap_check_product_status(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* reduce_only: there must be something to reduce; the quantity is clamped to the position. */
bool neap_check_reduce_only(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Increments, minimum and maximum. What is too fine is refused with the nearest valid value, never changed. */
bool neap_check_quantity(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_prices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
bool neap_check_notional(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Entries need a fresh mark. Exits go on without one; the record says so. */
bool neap_check_mark(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* On spot nothing is sold that is not held. */
bool neap_check_position(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Entries: by quantity or notional against the buying power; by fraction: equity over zero, fraction at most 1 on spot,
 * else max_leverage. */
bool neap_check_funds(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

/* Entries: spread and impact that are to be expected, times the product's multiplier, against slippage_guard_bps; 0:
 * off. A market of which nothing is known refuses them. What cannot take does not slip. */
bool neap_check_slippage(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Last: in another mode than normal an exit leaves as reduce-only, whatever it asked. */
bool neap_check_final_reduce_only(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);
/* Last: with enable_order_preview an entry is shown to the broker before it is sent. Refuses nothing. */
bool neap_check_preview(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

/* Value of an entry in quote, at its upper bound: what is asked for by amount, else quantity × the price at which it is
 * judged. False when it cannot be told. */
bool neap_check_value_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal *value);
/* Who tells what an order would do to its price: snapshot->impact, else what snapshot->liquidity knows. It points into
 * the snapshot. */
neap_impact_source neap_check_impact_source(const neap_snapshot *snapshot);
/* Entries: every limit of risk/pretrade, a line each. */
bool neap_check_limits(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out);

/* The price at which an order is judged: its limit, a stop's trigger, else the mark. False when none is known. */
bool neap_check_price_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal *price);

#endif
