/* SPDX-License-Identifier: MIT */
/* reconcile_rules: what of the whole account at the venue is not the session's: the external part, a figure per
 * currency, and the differences that nobody has explained yet. Ours and the external part together are what the account
 * holds, to the last digit. Pure: the session and replay both go by these. */
#ifndef NEAP_SESSION_RECONCILE_RULES_H
#define NEAP_SESSION_RECONCILE_RULES_H

#include "account/ledger.h"
#include "risk/risk_state.h"

enum { EXTERNAL_PARTS = NEAP_RISK_PRODUCTS + 1, EXTERNAL_SEEN = 128, EXTERNAL_LOST = 64, EXTERNAL_ID = 129 };

typedef struct external_part {
  char currency[20];
  neap_decimal external;             /* below zero: somebody spent or sold what is ours */
  neap_decimal allowed;              /* ≤ 0: how far below zero a person lets it be */
  uint64_t difference;               /* number of the one that is open; 0: none */
  neap_decimal ours, venue, missing; /* of it, when it was last told; missing: what the venue has more than is
                                      * explained. Zero: it has gone */
  int64_t since;
} external_part;

typedef struct external_seen { /* a foreign fill, by its name */
  uint64_t key;
  int64_t time;
} external_seen;

typedef struct external_lost { /* an order of ours that ended because the venue had never had it */
  uint64_t number;
  uint32_t product;
  neap_side side;
  neap_decimal filled; /* of what turned up all the same */
} external_lost;

typedef struct external_book {
  bool has_baseline;
  int64_t baseline_at;
  uint64_t differences; /* numbers given so far */
  uint32_t part_count, seen_count, lost_count;
  external_part part[EXTERNAL_PARTS];
  external_seen seen[EXTERNAL_SEEN]; /* the latest, oldest first */
  external_lost lost[EXTERNAL_LOST]; /* likewise */
} external_book;

/* A part for each currency that can be compared: the base of each spot product, and the account's own where all
 * products are spot. */
void external_name_parts(external_book *book, const char *currency, const neap_product *products, uint32_t count);
external_part *external_find(external_book *book, const char *currency); /* NULL: none */
bool external_concerns(const external_part *part, const neap_product *product);

/* What our books hold of a currency, all desks together. NEAP_RANGE. */
neap_status external_ours(const neap_ledger *ledger, const neap_product *products, uint32_t count, uint32_t desks,
                          const char *currency, neap_decimal *out);
/* What explains the rest: the external part, but not less than a person allowed. */
neap_decimal external_explains(const external_part *part);
/* venue − ours − what explains the rest. NEAP_RANGE. */
neap_status external_gap(const external_part *part, neap_decimal ours, neap_decimal venue, neap_decimal *out);

/* A fill of the external part. NEAP_RANGE. */
neap_status external_fill(external_book *book, const neap_product *product, neap_side side, neap_decimal price,
                          neap_decimal quantity, neap_decimal fee);
/* A fill comes once; its name is that of the trade and of the order, since both sides of a trade may be foreign. One
 * that is older than all that are remembered was told long ago. */
enum { EXTERNAL_NAME = 2 * EXTERNAL_ID };
void external_name_fill(const char *trade_id, const char *order_id, char out[EXTERNAL_NAME]);
bool external_is_seen(const external_book *book, const char *name, int64_t time);
void external_see(external_book *book, const char *name, int64_t time);
/* Does this code say that an order ended because the venue had never had it? */
bool external_is_loss(const char *code);
void external_lose(external_book *book, uint64_t number, uint32_t product, neap_side side);
external_lost *external_find_lost(external_book *book, uint64_t number); /* NULL: it is none */

/* A difference is told for the first time, or again with other figures. */
void external_differ(external_book *book, external_part *part, neap_decimal ours, neap_decimal venue,
                     neap_decimal missing, int64_t now);
/* It is closed; the external part takes it, unless it went elsewhere. NEAP_RANGE. */
neap_status external_settle(external_part *part, bool takes);
bool external_is_open(const external_book *book, const neap_product *product); /* some difference concerns it */
/* Products that an open difference concerns are held, the others are not. True: some product is held anew. */
bool external_hold(const external_book *book, const neap_product *products, uint32_t count, int64_t now,
                   neap_risk_state *risk);

#endif
