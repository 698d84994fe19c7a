/* SPDX-License-Identifier: MIT */
/* state_parts: what a state is made of, for the files of this room: replay fills one from events, the session lends its
 * own parts to one when it writes a snapshot. */
#ifndef NEAP_SESSION_STATE_PARTS_H
#define NEAP_SESSION_STATE_PARTS_H

#include "account/fee_tiers.h"
#include "account/round_trip.h"
#include "base/record.h"
#include "engine/guard_manager.h"
#include "session/group_rules.h"
#include "session/reconcile_rules.h"
#include "session/session.h"
#include "session/state.h"
#include "session/strategy.h"

typedef enum timer_kind {
  TIMER_ONCE,
  TIMER_EVERY,
  TIMER_CALENDAR,
  TIMER_UNKNOWN /* of a version 1 event */
} timer_kind;
typedef struct desk_timer {
  char name[64];
  timer_kind kind;
  int64_t due, period; /* calendar: period is one day or one week */
  int missed;
  bool pending;   /* set in the running callback: takes effect when it returns */
  bool cancelled; /* likewise */
  struct desk_timer *next;
} desk_timer;

typedef struct bar_volume { /* what of a bar's volume fills have taken, and of a day's */
  int64_t bar;              /* its start */
  neap_decimal used;
  int64_t day;         /* of UTC, since 1970 */
  neap_decimal traded; /* in it, quote */
} bar_volume;

typedef struct state_seat {
  char name[64], digest[NEAP_DIGEST_TEXT];
  char aside_code[48], aside_message[320]; /* in quarantine, and why; code empty: it is not */
  neap_buffer saved;                       /* self.state: base/record fields */
  desk_timer *timers;                      /* in the order in which they were set */
  neap_failures failures;
} state_seat;

enum { STATE_REASONS = 64, STATE_SEATS = 64 };

struct neap_state {
  bool started, ended;
  char session[64], mode[16], currency[20];
  uint64_t last_seq;
  int64_t time; /* of the last event */
  neap_product *products;
  bar_volume *volumes; /* by product */
  uint32_t product_count;
  state_seat *seats;
  uint32_t seat_count;
  neap_fee_plan *fee_plan; /* NULL: what fills cost is not by volume */
  neap_ledger *ledger;
  neap_round_trips *round_trips;
  const neap_round_trip *closed; /* the trade that the latest fill completed; until the next one, or NULL */
  neap_order *first, *last;      /* working orders by number; and entries that filled whole and owe exits */
  order_group *groups;           /* by number */
  neap_digest *digest;
  uint64_t orders, fills, trades, rejections;
  uint64_t triggers_set, triggers_fired;
  neap_rejection_count rejected[STATE_REASONS];
  uint32_t rejected_count;
  uint64_t configuration; /* the number of the one in force */
  neap_mode guard_mode;
  char guard_reason[120], guard_who[40];
  int64_t guard_since;
  bool keeps_recent;  /* since its session began, or was resumed, by a version that does */
  neap_recent recent; /* orders */
  bool counts_trades; /* what closed trades gave is part of the state (state_tally.c) */
  bool keeps_traded;  /* its session has an order policy: of which product they are, and the volume of the day */
  neap_risk_state risk;
  external_book external; /* what of the account is not the session's */
  neap_buffer scratch[2]; /* of upcasters */
  uint64_t snapshots;     /* compared */
  uint64_t snapshot_seq;  /* the latest */
};

/* state.c */
neap_status state_no_memory(neap_fault *fault);
/* Room for products and seats, and the books over them; once. */
neap_status state_make_room(neap_state *state, uint32_t products, uint32_t seats, neap_fault *fault);
neap_status state_open_books(neap_state *state, neap_fault *fault);
int state_find_product(const neap_state *state, const char *id); /* −1 */
int state_find_seat(const neap_state *state, const char *name);  /* −1 */
void state_count_rejection(neap_state *state, const char *code);
void state_link_order(neap_state *state, neap_order *order);
void state_unlink_order(neap_state *state, neap_order *order); /* and frees it */
neap_order *state_find_order(const neap_state *state, uint64_t number);
void state_free_timers(desk_timer *timers);
/* `now`: of the event; `value`: price × quantity, in quote. A day that does not fit stays as it is. */
void bar_volume_add(bar_volume *volume, const neap_fill *fill, int64_t now, neap_decimal value);
neap_decimal bar_volume_today(const bar_volume *volume, int64_t now);

/* state_replay.c */
neap_event state_event_of(const neap_event_row *row);
bool state_begins(const char *type); /* an event that a session's store may begin with */

/* state_restore.c */
neap_status state_take_snapshot(neap_state *state, const neap_event *event, neap_fault *fault);
neap_status state_compare_snapshot(neap_state *state, const neap_event *event, neap_fault *fault);

/* state_tally.c */
void tally_clear(neap_round_trips *trips, uint32_t seats);
void state_record_tally(const neap_state *state, uint32_t seat, neap_buffer *out);
void state_record_fees(const neap_fee_plan *plan, neap_buffer *out); /* state_account.c */
/* state_guards.c */
void state_record_guards(const neap_state *state, neap_buffer *out);

/* state_external.c */
void state_record_external(const neap_state *state, neap_buffer *out);

/* state_groups.c: the list of groups in a snapshot; there is none where there are no groups. */
void state_record_groups(const neap_state *state, neap_buffer *out);

const char *word_of_timer(unsigned index); /* "once" … */

#endif
