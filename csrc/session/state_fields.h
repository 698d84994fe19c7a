/* SPDX-License-Identifier: MIT */
/* state_fields: reads the fields of an event for those who apply it. */
#ifndef NEAP_SESSION_STATE_FIELDS_H
#define NEAP_SESSION_STATE_FIELDS_H

#include "session/state_parts.h"

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
const char *word_of_mode(unsigned index);
const char *word_of_kind(unsigned index);
const char *word_of_liquidity(unsigned index);

/* What an intent and an order of a snapshot have in common. */
void fields_ticket(fields *self, neap_ticket *out);
void fields_slices(fields *self, neap_slices *out);
/* What session_started and a snapshot say of a product. */
void fields_product(fields *self, neap_product *out);

/* The books over the products that the event listed. */
neap_status fields_open_books(fields *self, neap_state *state);

/* state_account.c: the table of fees, as session_started and as a snapshot have it; the event fee_tier. */
neap_status state_read_fees(neap_state *state, fields *event);
neap_status state_restore_fees(neap_state *state, fields *event);
neap_status state_set_fee_tier(neap_state *state, fields *event);
neap_status state_apply_funding(neap_state *state, fields *event);

/* state_tally.c: an event may begin the count; what a snapshot says of a seat. */
void state_begin_tally(neap_state *state, fields *event);
void state_restore_tally(neap_state *state, uint32_t seat, fields *map);
/* state_groups.c */
neap_status state_restore_groups(neap_state *state, fields *event);
void state_read_group(fields *event, neap_order *order); /* of an intent, and of an order in a snapshot */
neap_status state_break_group(neap_state *state, fields *event);
neap_status state_unwind_failed(neap_state *state, fields *event);

/* state_apply.c and its parts: what one event changes. */
neap_status state_apply_order(neap_state *state, const char *type, fields *event, bool *known);
neap_status state_apply_timer(neap_state *state, const char *type, fields *event, bool *known);
neap_status state_apply_guard(neap_state *state, const char *type, fields *event, bool *known);
neap_status state_apply_external(neap_state *state, const char *type, fields *event, bool *known);
neap_status state_restore_guards(neap_state *state, fields *event);
neap_status state_restore_external(neap_state *state, fields *event);

#endif
