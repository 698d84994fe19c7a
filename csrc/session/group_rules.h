/* SPDX-License-Identifier: MIT */
/* group_rules: orders that belong together, and what their fills and ends mean for the group. Pure: the session and
 * replay both go by these. A group lives until all its legs have ended and nothing of it is owed. */
#ifndef NEAP_SESSION_GROUP_RULES_H
#define NEAP_SESSION_GROUP_RULES_H

#include "account/ledger.h"

enum { GROUP_LEGS = 16 };

typedef struct group_leg {
  uint64_t order; /* number; of the one that replaced it, when that has left */
  uint32_t product;
  neap_side side;
  neap_decimal opened;          /* of what it filled: did not close another position */
  neap_decimal closed;          /* of what it opened: by its exits, and by what unwound it */
  neap_decimal asked;           /* of the rest: by orders that are to unwind it, and work */
  uint64_t awaits;              /* it ended, and this order is about to take its place; 0: none */
  bool works, is_full;          /* it has not ended; it filled whole */
  bool is_touched;              /* it has a fill */
  bool has_failed;              /* an order that was to unwind it ended short, and nobody was told */
  uint32_t failures;            /* that were told; it is tried again, */
  int64_t again;                /* not before this time */
  neap_decimal stop, trail_bps; /* of stops at the broker that went because it is unwound; zero: none did */
} group_leg;

typedef struct order_group {
  uint64_t number; /* of its first leg's order */
  uint32_t strategy, count;
  bool one_cancels_other, unwinds;
  bool is_broken;            /* told: a leg ended short, and what follows was begun */
  group_leg leg[GROUP_LEGS]; /* by number of order */
  struct order_group *next;  /* of a list by number */
} order_group;

order_group *group_find(order_group *first, uint64_t number); /* NULL: there is none */
/* An order with a group becomes a leg; one that replaces a leg takes its place unless it waits for that; what one that
 * unwinds a leg asks for is not asked for again until that order ends. NEAP_MEMORY; NEAP_RANGE: too many legs. */
neap_status group_join(order_group **first, const neap_order *order);
void group_leave(order_group **first, const neap_order *order); /* it was dropped before it left */
void group_fill(order_group **first, const neap_order *order, neap_decimal quantity, const neap_booking *booking);
/* An order ended; `next`: it is that one's turn, or NULL. */
void group_end(order_group **first, const neap_order *order, const neap_order *next);
void group_take_place(order_group **first, const neap_order *order); /* a replacement leaves */
void group_break(order_group **first, uint64_t number);
/* It is told that this leg could not be unwound, and when that is tried again; 0: never, nothing of it is held. */
void group_try_again(order_group **first, uint64_t number, uint64_t leg, int64_t again);
/* This exit is to be cancelled because its leg is unwound: where it is a stop of the broker's the leg remembers it. */
#define GROUP_UNWOUND "its group is unwound"
void group_note_stop(order_group *first, const neap_order *exit);
/* What the leg of that order has still open, whichever orders are to close it. */
neap_decimal group_left_open(order_group *first, const neap_order *unwinding);
/* It protects what that one closes, and is in its way, or no longer needed: a stop that we watch for holds nothing, and
 * stays until all of the leg is closed; */
bool group_unwinds_with(const neap_order *exit, const neap_order *unwinding, neap_decimal left);
bool group_shrinks_with(const neap_order *exit, const neap_order *unwinding, neap_decimal left); /* to that */

/* A leg ended short: while another is filled, or at all where the group unwinds. */
bool group_is_short(const order_group *group);
neap_decimal group_to_unwind(const order_group *group, const group_leg *leg); /* and not asked for; zero: nothing */
bool group_has_fill(const order_group *group);
void groups_free(order_group *first);

#endif
