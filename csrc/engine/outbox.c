/* SPDX-License-Identifier: MIT */
/* outbox: written before sent. */
#include "engine/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "engine/outbox_parts.h"

void neap_outbox_init(neap_outbox *outbox) {
  memset(outbox, 0, sizeof *outbox);
  neap_buffer_init(&outbox->records);
}

void neap_outbox_fini(neap_outbox *outbox) {
  free(outbox->letters);
  neap_buffer_fini(&outbox->records);
  memset(outbox, 0, sizeof *outbox);
}

static neap_letter *add(neap_outbox *outbox, neap_letter_kind kind, neap_order *order) {
  if (outbox->count == outbox->capacity) {
    size_t capacity = outbox->capacity ? outbox->capacity * 2 : 16;
    neap_letter *letters = realloc(outbox->letters, capacity * sizeof *letters);
    if (!letters) return NULL;
    outbox->letters = letters;
    outbox->capacity = capacity;
  }
  neap_letter *letter = &outbox->letters[outbox->count++];
  *letter = (neap_letter){.kind = kind, .order = order};
  return letter;
}

static neap_status add_with_record(neap_outbox *outbox, neap_letter_kind kind, neap_order *order, bool exit,
                                   const neap_buffer *decision) {
  size_t at = outbox->records.size;
  if (decision->status != NEAP_OK) return decision->status; /* half a record is none */
  neap_buffer_append(&outbox->records, decision->data, decision->size);
  if (outbox->records.status != NEAP_OK) return outbox->records.status;
  neap_letter *letter = add(outbox, kind, order);
  if (!letter) return NEAP_MEMORY;
  letter->exit = exit;
  letter->record = at;
  letter->size = decision->size;
  return NEAP_OK;
}

neap_status neap_outbox_submit(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *decision) {
  return add_with_record(outbox, order->waits ? NEAP_LETTER_HOLD : NEAP_LETTER_SUBMIT, order, exit, decision);
}

neap_status neap_outbox_refused(neap_outbox *outbox, neap_order *order, const neap_buffer *decision) {
  return add_with_record(outbox, NEAP_LETTER_REFUSED, order, true, decision);
}

neap_status neap_outbox_cancel(neap_outbox *outbox, neap_order *order, const char *why) {
  neap_letter *letter = add(outbox, NEAP_LETTER_CANCEL, order);
  if (!letter) return NEAP_MEMORY;
  letter->exit = true;
  order->cancel_waits = true;
  snprintf(letter->why, sizeof letter->why, "%s", why ? why : "");
  return NEAP_OK;
}

neap_status neap_outbox_hold(neap_outbox *outbox, neap_order *order, neap_letter_kind kind) {
  neap_letter *letter = add(outbox, kind, order);
  if (!letter) return NEAP_MEMORY;
  letter->exit = kind == NEAP_LETTER_PAUSE;
  return NEAP_OK;
}

neap_status neap_outbox_cancel_for(neap_outbox *outbox, neap_order *order, const neap_order *by) {
  char why[NEAP_WHY];
  snprintf(why, sizeof why, "replaced by #%llu", (unsigned long long)by->ticket.number);
  neap_status status = neap_outbox_cancel(outbox, order, why);
  if (status == NEAP_OK) outbox->letters[outbox->count - 1].with = by;
  return status;
}

neap_status neap_outbox_send(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *decision) {
  return add_with_record(outbox, NEAP_LETTER_SEND, order, exit, decision);
}

static neap_letter *find_submission(const neap_outbox *outbox, const neap_order *order) {
  for (size_t i = outbox->journalled; i < outbox->count; i++)
    if (outbox->letters[i].kind == NEAP_LETTER_SUBMIT && outbox->letters[i].order == order) return &outbox->letters[i];
  return NULL;
}

bool neap_outbox_has(const neap_outbox *outbox, const neap_order *order) {
  return order->status == NEAP_ORDER_PENDING && find_submission(outbox, order);
}

bool neap_outbox_withdraw(neap_outbox *outbox, const neap_order *order) {
  neap_letter *letter = find_submission(outbox, order);
  if (!letter) return false;
  letter->kind = NEAP_LETTER_WITHDRAWN;
  letter->exit = true;
  return true;
}

neap_status neap_outbox_fired(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *record) {
  return add_with_record(outbox, NEAP_LETTER_FIRED, order, exit, record);
}

neap_status neap_outbox_released(neap_outbox *outbox, neap_order *order, const neap_buffer *record) {
  return add_with_record(outbox, NEAP_LETTER_RELEASED, order, true, record);
}

static void remove_at(neap_outbox *outbox, size_t i) {
  memmove(&outbox->letters[i], &outbox->letters[i + 1], (outbox->count - i - 1) * sizeof *outbox->letters);
  outbox->count--;
}

void neap_outbox_send_last(neap_outbox *outbox, const neap_order *order) {
  for (size_t i = outbox->journalled; i < outbox->count; i++) {
    if (outbox->letters[i].order != order) continue;
    neap_letter letter = outbox->letters[i];
    remove_at(outbox, i);
    outbox->letters[outbox->count++] = letter;
    return;
  }
}

static bool asks_for_order(const neap_letter *letter) {
  return letter->kind == NEAP_LETTER_SUBMIT || letter->kind == NEAP_LETTER_HOLD;
}

static bool is_entry(const neap_letter *letter) { return asks_for_order(letter) && !letter->exit; }

/* A cancel goes with its order, and with the order that it makes room for. A failed callback resumes nothing. */
static bool falls(const neap_letter *letter) {
  if (letter->kind == NEAP_LETTER_RESUME) return true;
  if (letter->kind == NEAP_LETTER_PAUSE) return letter->order->dropped;
  if (letter->kind != NEAP_LETTER_CANCEL) return false;
  bool with_other = letter->with && letter->with->dropped;
  if (with_other) letter->order->cancel_waits = false;
  return with_other || letter->order->dropped;
}

/* In two walks, however many there are: a callback that was stopped may have asked for very many. */
void neap_outbox_drop_entries(neap_outbox *outbox, void (*dropped)(void *context, neap_order *order), void *context) {
  size_t kept = outbox->journalled;
  for (size_t i = outbox->journalled; i < outbox->count; i++)
    if (is_entry(&outbox->letters[i])) outbox->letters[i].order->dropped = true;
  for (size_t i = outbox->journalled; i < outbox->count; i++) {
    const neap_letter letter = outbox->letters[i];
    if (is_entry(&letter))
      dropped(context, letter.order);
    else if (!falls(&letter))
      outbox->letters[kept++] = letter;
  }
  outbox->count = kept;
}

static void record_intent(const neap_outbox_route *route, const neap_order *order, neap_buffer *out) {
  neap_record_int(out, "number", (int64_t)order->ticket.number);
  neap_record_text(out, "strategy", route->strategies[order->ticket.strategy]);
  if (order->why[0]) neap_record_text(out, "why", order->why);
  if (order->tag[0]) neap_record_text(out, "tag", order->tag);
  if (order->parent) neap_record_int(out, "parent", (int64_t)order->parent);
  if (order->replaces) neap_record_int(out, "replaces", (int64_t)order->replaces);
  if (order->group) neap_record_int(out, "group", (int64_t)order->group);
  if (order->one_cancels_other) neap_record_bool(out, "oco", true);
  if (order->unwinds_group) neap_record_text(out, "on_partial", "unwind");
  if (order->unwinds) neap_record_int(out, "unwinds", (int64_t)order->unwinds);
  if (!neap_decimal_is_zero(order->replaced_filled))
    neap_record_decimal(out, "replaced_filled", order->replaced_filled);
  if (!neap_decimal_is_zero(order->stop_loss)) neap_record_decimal(out, "stop_loss", order->stop_loss);
  if (!neap_decimal_is_zero(order->take_profit)) neap_record_decimal(out, "take_profit", order->take_profit);
  if (!neap_decimal_is_zero(order->trailing_stop_bps))
    neap_record_decimal(out, "trailing_stop_bps", order->trailing_stop_bps);
  neap_ticket_record(&order->ticket, out);
  if (neap_order_is_sliced(order)) neap_slices_record(&order->slices, out);
}

static neap_status append_request(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                                  neap_fault *fault) {
  bool is_cancel = letter->kind == NEAP_LETTER_CANCEL;
  neap_buffer *records = &outbox->records;
  size_t mark = records->size;
  if (is_cancel) neap_record_text(records, "why", letter->why);
  if (is_cancel && letter->with) neap_record_int(records, "replaced_by", (int64_t)letter->with->ticket.number);
  if (!is_cancel) record_intent(route, letter->order, records);
  if (records->status != NEAP_OK) return neap_event_store_give_up(route->store, "no memory for an intent", fault);
  neap_status status = outbox_append(route, letter->order, is_cancel ? "order_cancel_requested" : "order_intent",
                                     is_cancel ? letter->order->decision_seq : route->cause, records->data + mark,
                                     records->size - mark, fault);
  records->size = mark;
  return status;
}

static neap_status append_decision(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                                   neap_fault *fault) {
  neap_status status = outbox_append(route, letter->order, "decision", *route->last_seq,
                                     outbox->records.data + letter->record, letter->size, fault);
  if (status != NEAP_OK) return status;
  letter->order->decision_seq = *route->last_seq;
  bool is_new = letter->kind != NEAP_LETTER_SEND && letter->kind != NEAP_LETTER_REFUSED;
  if (is_new && route->decided) route->decided(route->context, letter->order);
  return NEAP_OK;
}

/* Refused by the engine, or ended before it left. */
static neap_status append_end(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                              neap_fault *fault) {
  neap_buffer *records = &outbox->records;
  size_t mark = records->size;
  const char *type = letter->order->status == NEAP_ORDER_CANCELLED ? "order_cancelled" : "order_rejected";
  neap_reason_record(&letter->order->reason, records);
  if (records->status != NEAP_OK) return neap_event_store_give_up(route->store, "no memory for a refusal", fault);
  neap_status status = outbox_append(route, letter->order, type, letter->order->decision_seq, records->data + mark,
                                     records->size - mark, fault);
  records->size = mark;
  return status;
}

static neap_status append_own(const neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                              const char *type, neap_fault *fault) {
  return outbox_append(route, letter->order, type, letter->order->decision_seq, outbox->records.data + letter->record,
                       letter->size, fault);
}

/* Event order_intent or order_cancel_requested, the decision, and what it refused. The record of the letter is
 * followed, in the same buffer, by scratch that is cut off. */
static neap_status journal(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                           neap_fault *fault) {
  if (letter->kind == NEAP_LETTER_FIRED) return append_own(outbox, route, letter, "trigger_fired", fault);
  if (letter->kind == NEAP_LETTER_RELEASED) return append_own(outbox, route, letter, "order_released", fault);
  bool has_intent = letter->kind == NEAP_LETTER_SEND;
  if (letter->kind == NEAP_LETTER_PAUSE || letter->kind == NEAP_LETTER_RESUME)
    return outbox_append(route, letter->order, letter->kind == NEAP_LETTER_PAUSE ? "slices_paused" : "slices_resumed",
                         letter->order->decision_seq, NULL, 0, fault);
  neap_status status = has_intent ? NEAP_OK : append_request(outbox, route, letter, fault);
  if (status == NEAP_OK && letter->kind != NEAP_LETTER_CANCEL) status = append_decision(outbox, route, letter, fault);
  bool ends = letter->kind == NEAP_LETTER_REFUSED || letter->kind == NEAP_LETTER_WITHDRAWN;
  if (status == NEAP_OK && ends) status = append_end(outbox, route, letter, fault);
  return status;
}

neap_status neap_outbox_journal(neap_outbox *outbox, const neap_outbox_route *route, neap_fault *fault) {
  if (outbox->journalled == outbox->count) return NEAP_OK;
  bool in_reserve = neap_event_store_state(route->store, NULL) != NEAP_JOURNAL_WRITES;
  neap_status status = NEAP_OK;
  neap_event_store_hold(route->store);
  for (; outbox->journalled < outbox->count; outbox->journalled++) {
    neap_letter *letter = &outbox->letters[outbox->journalled];
    bool ends = letter->kind == NEAP_LETTER_REFUSED || letter->kind == NEAP_LETTER_WITHDRAWN;
    if (in_reserve && ends) continue; /* the reserve is for exits */
    status = journal(outbox, route, letter, fault);
    if (status != NEAP_OK) break; /* it is not journalled, and does not leave */
    bool goes = asks_for_order(letter) || letter->kind == NEAP_LETTER_SEND || letter->kind == NEAP_LETTER_FIRED;
    if (in_reserve && goes && !letter->exit) letter->kind = NEAP_LETTER_STOPPED;
  }
  neap_event_store_release(route->store);
  outbox->last_seq = *route->last_seq;
  return status;
}

/* What waits becomes durable together. */
static neap_status journal_waiting(neap_outbox *outbox, const neap_outbox_route *route, neap_fault *fault) {
  neap_status status = neap_outbox_journal(outbox, route, fault);
  if (status != NEAP_OK || !(route->broker->abilities & NEAP_BROKER_EXTERNAL)) return status;
  return neap_event_store_wait(route->store, outbox->last_seq, fault);
}

static void empty(neap_outbox *outbox) {
  outbox->count = outbox->journalled = outbox->sent = 0;
  neap_buffer_clear(&outbox->records);
}

neap_status neap_outbox_flush(neap_outbox *outbox, const neap_outbox_route *route,
                              void (*refused)(void *context, neap_order *order, const neap_fault *fault), void *context,
                              neap_fault *fault) {
  const outbox_errand errand = {route, refused, context};
  if (outbox->flushing || outbox->count == 0) return NEAP_OK;
  neap_status status = NEAP_OK;
  size_t round = outbox->count, first = outbox->sent;
  outbox->flushing = true;
  while (status == NEAP_OK && outbox->sent < (route->one_round ? round : outbox->count)) {
    if (!route->one_round || outbox->sent == first) status = journal_waiting(outbox, route, fault);
    if (status == NEAP_OK) status = outbox_send_letter(&errand, outbox->letters[outbox->sent++], fault);
  }
  neap_fault why = {.status = status};
  bool is_lost = status != NEAP_OK && neap_event_store_state(route->store, &why) == NEAP_JOURNAL_LOST;
  if (is_lost) {
    outbox_send_cancels(&errand, outbox);
    status = why.status;
    if (fault) *fault = why;
  }
  if (is_lost || (status == NEAP_OK && outbox->sent == outbox->count)) empty(outbox);
  outbox->flushing = false;
  return status;
}
