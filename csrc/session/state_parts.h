/* SPDX-License-Identifier: MIT */
/* state_parts: what a state is made of, for the files of this room: replay fills one from events, the session lends its
 * own parts to one when it writes a snapshot. */
#ifndef NEAP_SESSION_STATE_PARTS_H
#define NEAP_SESSION_STATE_PARTS_H

#include "account/round_trip.h"
#include "base/record.h"
#include "engine/guard_manager.h"
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

typedef struct rejection_count { /* as neap_rejection_count */
  char code[48];
  uint64_t count;
} rejection_count;

typedef struct bar_volume { /* what of a bar's volume fills have taken */
  int64_t bar;              /* its start */
  neap_decimal used;
} bar_volume;

typedef struct state_seat {
  char name[64], digest[NEAP_DIGEST_TEXT];
  char aside_code[48], aside_message[320]; /* in quarantine, and why; code empty: it is not */
  neap_buffer saved;                       /* self.state: base/record fields */
  desk_timer *timers;                      /* in the order in which they were set */
} state_seat;

enum { STATE_REASONS = 64, STATE_SEATS = 64 };

struct neap_state {
  bool started, ended, borrowed; /* borrowed: the parts are the session's */
  char session[64], mode[16], currency[20];
  uint64_t last_seq;
  int64_t time; /* of the last event */
  neap_product *products;
  bar_volume *volumes; /* by product */
  uint32_t product_count;
  state_seat *seats;
  uint32_t seat_count;
  neap_ledger *ledger;
  neap_round_trips *round_trips;
  neap_order *first, *last; /* working orders by number; and entries that filled whole and owe exits */
  neap_digest *digest;
  uint64_t orders, fills, trades, rejections;
  rejection_count rejected[STATE_REASONS];
  uint32_t rejected_count;
  neap_mode guard_mode;
  char guard_reason[120], guard_who[40];
  neap_buffer scratch[2]; /* of upcasters */
  uint64_t snapshots;     /* compared */
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
void bar_volume_add(bar_volume *volume, const neap_fill *fill);

/* state_restore.c */
neap_status state_take_snapshot(neap_state *state, const neap_event *event, neap_fault *fault);
neap_status state_compare_snapshot(neap_state *state, const neap_event *event, neap_fault *fault);

/* A field reader for one event: the first thing that is missing or wrong sticks, and its words name the event. */
typedef struct fields {
  const neap_event *event;
  const void *data;
  size_t size;
  neap_status status;
  neap_fault *fault;
} fields;

neap_status fields_fail(fields *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool fields_find(fields *self, const char *key, neap_record_type type, neap_record_field *out); /* absent: false */
int64_t fields_int(fields *self, const char *key);                                              /* there must be one */
int64_t fields_int_or(fields *self, const char *key, int64_t otherwise);
int64_t fields_time_or(fields *self, const char *key, int64_t otherwise);
neap_decimal fields_decimal(fields *self, const char *key); /* absent: zero, as the writers leave it out */
bool fields_bool(fields *self, const char *key);
void fields_text(fields *self, const char *key, char *out, size_t size); /* absent: empty */
#define FIELDS_TEXT(self, key, array) fields_text(self, key, array, sizeof(array))
/* The number of the field's word in a row of words; there must be one. */
unsigned fields_word(fields *self, const char *key, const char *(*name)(unsigned), unsigned count);
/* The maps of a list, one after the other: false after the last. `at` begins as zero. */
bool fields_each(fields *self, const char *list, size_t *at, fields *out);

uint32_t fields_count(fields *self, const char *list); /* of maps */

const char *word_of_side(unsigned index);
const char *word_of_type(unsigned index);
const char *word_of_time_in_force(unsigned index);
const char *word_of_status(unsigned index);
const char *word_of_timer(unsigned index);
const char *word_of_mode(unsigned index);
const char *word_of_kind(unsigned index);
const char *word_of_liquidity(unsigned index);

/* What an intent and an order of a snapshot have in common. */
void fields_ticket(fields *self, neap_ticket *out);
/* What session_started and a snapshot say of a product. */
void fields_product(fields *self, neap_product *out);

/* state_apply.c and its parts: what one event changes. */
neap_status state_apply_order(neap_state *state, const char *type, fields *event, bool *known);
neap_status state_apply_timer(neap_state *state, const char *type, fields *event, bool *known);

#endif
