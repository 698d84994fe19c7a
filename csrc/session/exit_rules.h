/* SPDX-License-Identifier: MIT */
/* exit_rules: what a fill means for the exits that live and die with an entry. Pure: the session and replay both go by
 * these. */
#ifndef NEAP_SESSION_EXIT_RULES_H
#define NEAP_SESSION_EXIT_RULES_H

#include "account/ledger.h"

enum { EXIT_STOP, EXIT_TARGET, EXIT_TRAIL, EXIT_KINDS };

#define EXIT_FORGOTTEN                                                                                                 \
  "cancel" /* why an exit is cancelled that its strategy does not want: no other cancel says so                        \
            */

neap_decimal *exit_level(neap_order *entry, int kind);
int exit_kind(const neap_ticket *exit);
neap_decimal exit_exposed(const neap_order *entry);          /* what the exits of an entry are for */
neap_order *order_in(neap_order *first, uint64_t number);    /* NULL: not in the list */
void exit_forget(neap_order *first, const neap_order *exit); /* its entry does not get it back */
/* `rest`: what is left to fill. Does a working exit follow? */
bool exit_follows(const neap_order *exit, neap_decimal rest);
bool exit_is_sibling(const neap_order *exit, const neap_order *filled); /* and not terminal */
/* It goes: the fill closed the position that it protects, or turned it to the other side. */
bool exit_closes_with(const neap_order *exit, const neap_order *filled, const neap_booking *booking);
/* How much of which entry this fill covered; flat, nothing is left of any, and turned, nothing of the other side's. */
void exits_cover(neap_order *first, neap_order *filled, neap_decimal quantity, const neap_booking *booking);

#endif
