/* SPDX-License-Identifier: MIT */
/* outbox: written before sent. */
#include "engine/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"

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
  return add_with_record(outbox, NEAP_LETTER_SUBMIT, order, exit, decision);
}

neap_status neap_outbox_refused(neap_outbox *outbox, neap_order *order, const neap_buffer *decision) {
  return add_with_record(outbox, NEAP_LETTER_REFUSED, order, true, decision);
}

neap_status neap_outbox_cancel(neap_outbox *outbox, neap_order *order, const char *why) {
  neap_letter *letter = add(outbox, NEAP_LETTER_CANCEL, order);
  if (!letter) return NEAP_MEMORY;
  letter->exit = true;
  snprintf(letter->why, sizeof letter->why, "%s", why ? why : "");
  return NEAP_OK;
}

bool neap_outbox_cancels(const neap_outbox *outbox, const neap_order *order) {
  for (size_t i = outbox->sent; i < outbox->count; i++)
    if (outbox->letters[i].kind == NEAP_LETTER_CANCEL && outbox->letters[i].order == order) return true;
  return false;
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

static void remove_cancels(neap_outbox *outbox, const neap_order *order) {
  for (size_t i = outbox->journalled; i < outbox->count;) {
    const neap_letter *letter = &outbox->letters[i];
    if (letter->kind == NEAP_LETTER_CANCEL && letter->order == order)
      remove_at(outbox, i);
    else
      i++;
  }
}

void neap_outbox_drop_entries(neap_outbox *outbox, void (*dropped)(void *context, neap_order *order), void *context) {
  for (size_t i = outbox->journalled; i < outbox->count;) {
    neap_letter letter = outbox->letters[i];
    if (letter.kind != NEAP_LETTER_SUBMIT || letter.exit) {
      i++;
      continue;
    }
    remove_at(outbox, i);
    remove_cancels(outbox, letter.order);
    dropped(context, letter.order);
  }
}

static neap_status append(const neap_outbox_route *route, const neap_order *order, const char *type, uint64_t cause,
                          const void *record, size_t size, neap_fault *fault) {
  neap_event event = {.ts_ns = neap_clock_now(route->clock), .type = type, .version = 1, .cause_seq = cause};
  event.product = route->products[order->ticket.product].id;
  event.client_order_id = order->ticket.id;
  event.record = record;
  event.record_size = size;
  return neap_event_store_append(route->store, &event, route->last_seq, fault);
}

static void record_intent(const neap_outbox_route *route, const neap_order *order, neap_buffer *out) {
  neap_record_int(out, "number", (int64_t)order->ticket.number);
  neap_record_text(out, "strategy", route->strategies[order->ticket.strategy]);
  if (order->why[0]) neap_record_text(out, "why", order->why);
  if (order->tag[0]) neap_record_text(out, "tag", order->tag);
  if (order->parent) neap_record_int(out, "parent", (int64_t)order->parent);
  if (!neap_decimal_is_zero(order->stop_loss)) neap_record_decimal(out, "stop_loss", order->stop_loss);
  if (!neap_decimal_is_zero(order->take_profit)) neap_record_decimal(out, "take_profit", order->take_profit);
  if (!neap_decimal_is_zero(order->trailing_stop_bps))
    neap_record_decimal(out, "trailing_stop_bps", order->trailing_stop_bps);
  neap_ticket_record(&order->ticket, out);
}

static neap_status append_request(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                                  neap_fault *fault) {
  bool is_cancel = letter->kind == NEAP_LETTER_CANCEL;
  neap_buffer *records = &outbox->records;
  size_t mark = records->size;
  if (is_cancel)
    neap_record_text(records, "why", letter->why);
  else
    record_intent(route, letter->order, records);
  if (records->status != NEAP_OK) return neap_event_store_give_up(route->store, "no memory for an intent", fault);
  neap_status status =
      append(route, letter->order, is_cancel ? "order_cancel_requested" : "order_intent",
             is_cancel ? letter->order->decision_seq : route->cause, records->data + mark, records->size - mark, fault);
  records->size = mark;
  return status;
}

static neap_status append_decision(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                                   neap_fault *fault) {
  neap_status status = append(route, letter->order, "decision", *route->last_seq, outbox->records.data + letter->record,
                              letter->size, fault);
  if (status == NEAP_OK) letter->order->decision_seq = *route->last_seq;
  return status;
}

static neap_status append_refusal(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                                  neap_fault *fault) {
  neap_buffer *records = &outbox->records;
  size_t mark = records->size;
  neap_reason_record(&letter->order->reason, records);
  if (records->status != NEAP_OK) return neap_event_store_give_up(route->store, "no memory for a refusal", fault);
  neap_status status = append(route, letter->order, "order_rejected", letter->order->decision_seq, records->data + mark,
                              records->size - mark, fault);
  records->size = mark;
  return status;
}

/* Event order_intent or order_cancel_requested, the decision, and what it refused. The record of the letter is
 * followed, in the same buffer, by scratch that is cut off. */
static neap_status journal(neap_outbox *outbox, const neap_outbox_route *route, const neap_letter *letter,
                           neap_fault *fault) {
  neap_status status = append_request(outbox, route, letter, fault);
  if (status == NEAP_OK && letter->kind != NEAP_LETTER_CANCEL) status = append_decision(outbox, route, letter, fault);
  if (status == NEAP_OK && letter->kind == NEAP_LETTER_REFUSED) status = append_refusal(outbox, route, letter, fault);
  return status;
}

/* Should the broker not take it, the order works on and may be cancelled again. */
static neap_status send_cancel(const neap_outbox_route *route, neap_order *order, int64_t now, neap_fault *fault) {
  if (neap_order_apply(order, NEAP_MOVE_ASK_CANCEL, now, NULL) != NEAP_OK) return NEAP_OK;
  if (route->broker->cancel(route->broker->self, order->ticket.number, now, NULL) == NEAP_OK) return NEAP_OK;
  if (neap_order_apply(order, NEAP_MOVE_REFUSE_CANCEL, now, NULL) != NEAP_OK) return NEAP_OK;
  return append(route, order, "order_cancel_refused", order->decision_seq, NULL, 0, fault);
}

typedef void (*on_refused)(void *context, neap_order *order, const neap_fault *fault);

static void refuse(neap_order *order, const char *code, const char *words, on_refused refused, void *context) {
  neap_fault reason;
  neap_fail(&reason, NEAP_REFUSED, code, "%s", words);
  refused(context, order, &reason);
}

static neap_status submit(const neap_outbox_route *route, neap_order *order, int64_t now, on_refused refused,
                          void *context, neap_fault *fault) {
  neap_fault reason = {0};
  neap_status status = neap_order_apply(order, NEAP_MOVE_SUBMIT, now, fault);
  if (status != NEAP_OK) return status;
  order->submitted = now;
  status = append(route, order, "order_submitted", order->decision_seq, NULL, 0, &reason);
  if (status != NEAP_OK) {
    if (fault) *fault = reason;
    refused(context, order, &reason);
    return status;
  }
  if (route->broker->submit(route->broker->self, &order->ticket, now, &reason) != NEAP_OK)
    refused(context, order, &reason);
  return NEAP_OK;
}

static neap_status send(const neap_outbox_route *route, neap_letter letter, on_refused refused, void *context,
                        neap_fault *fault) {
  int64_t now = neap_clock_now(route->clock);
  switch (letter.kind) {
  case NEAP_LETTER_SUBMIT:
    return submit(route, letter.order, now, refused, context, fault);
  case NEAP_LETTER_CANCEL:
    return send_cancel(route, letter.order, now, fault);
  case NEAP_LETTER_STOPPED:
    refuse(letter.order, "journal_failed", "the journal cannot be written: no entries until it can", refused, context);
    break;
  case NEAP_LETTER_REFUSED:
    break;
  }
  return NEAP_OK;
}

neap_status neap_outbox_journal(neap_outbox *outbox, const neap_outbox_route *route, neap_fault *fault) {
  if (outbox->journalled == outbox->count) return NEAP_OK;
  bool in_reserve = neap_event_store_state(route->store, NULL) != NEAP_JOURNAL_WRITES;
  neap_status status = NEAP_OK;
  neap_event_store_hold(route->store);
  for (; outbox->journalled < outbox->count; outbox->journalled++) {
    neap_letter *letter = &outbox->letters[outbox->journalled];
    if (in_reserve && letter->kind == NEAP_LETTER_REFUSED) continue; /* the reserve is for exits */
    status = journal(outbox, route, letter, fault);
    if (status != NEAP_OK) break; /* it is not journalled, and does not leave */
    if (in_reserve && letter->kind == NEAP_LETTER_SUBMIT && !letter->exit) letter->kind = NEAP_LETTER_STOPPED;
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

/* Getting out is always allowed: what a lost journal cannot hold back. */
static void send_cancels_only(neap_outbox *outbox, const neap_outbox_route *route, on_refused refused, void *context) {
  while (outbox->sent < outbox->count) {
    neap_letter letter = outbox->letters[outbox->sent++];
    if (letter.kind == NEAP_LETTER_CANCEL)
      send_cancel(route, letter.order, neap_clock_now(route->clock), NULL);
    else if (letter.kind != NEAP_LETTER_REFUSED)
      refuse(letter.order, "journal_lost", "the journal is lost: only cancels leave", refused, context);
  }
}

static void empty(neap_outbox *outbox) {
  outbox->count = outbox->journalled = outbox->sent = 0;
  neap_buffer_clear(&outbox->records);
}

neap_status neap_outbox_flush(neap_outbox *outbox, const neap_outbox_route *route, on_refused refused, void *context,
                              neap_fault *fault) {
  if (outbox->flushing || outbox->count == 0) return NEAP_OK;
  neap_status status = NEAP_OK;
  outbox->flushing = true;
  while (status == NEAP_OK && outbox->sent < outbox->count) {
    status = journal_waiting(outbox, route, fault);
    if (status == NEAP_OK) status = send(route, outbox->letters[outbox->sent++], refused, context, fault);
  }
  neap_fault why = {.status = status};
  bool is_lost = status != NEAP_OK && neap_event_store_state(route->store, &why) == NEAP_JOURNAL_LOST;
  if (is_lost) {
    send_cancels_only(outbox, route, refused, context);
    status = why.status;
    if (fault) *fault = why;
  }
  if (status == NEAP_OK || is_lost) empty(outbox);
  outbox->flushing = false;
  return status;
}
