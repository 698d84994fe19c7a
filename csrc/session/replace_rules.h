/* SPDX-License-Identifier: MIT */
/* replace_rules: which order takes whose place, and what is left for it to do. Pure: the session and replay both go by
 * these.
 *
 * `replaces` names the order that was there before. While that one works, it names the new order in `replaced_by`, and
 * the new one `waits`. Behind one that waits another may wait. */
#ifndef NEAP_SESSION_REPLACE_RULES_H
#define NEAP_SESSION_REPLACE_RULES_H

#include "account/order.h"

/* Lists of working orders. The one that waits for the end of `old`; NULL: none. */
neap_order *replace_waiting(neap_order *first, const neap_order *old);
/* An order that replaces another begins to wait, unless that one has ended. */
void replace_begin(neap_order *first, neap_order *order);
/* An order ended, and is still in the list. Whose turn it is: it goes on waiting for nobody, its quantity is what is
 * left for it (only a confirmed cancel leaves anything; an attached exit is as large as what it protects). NULL: nobody
 * waits, or it waits for another now. */
neap_order *replace_after_end(neap_order *first, neap_order *ended);
/* It leaves: it waits no more, and its entry's exit is this one. */
void replace_take_place(neap_order *first, neap_order *order);

#endif
