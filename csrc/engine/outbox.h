/* SPDX-License-Identifier: MIT */
/* outbox: written before sent. What a callback asks for waits here; at its end the intents are journalled, and only
 * then leave for the broker. */
#ifndef NEAP_ENGINE_OUTBOX_H
#define NEAP_ENGINE_OUTBOX_H

#include "base/clock.h"
#include "broker/broker.h"
#include "store/event_store.h"

typedef enum neap_letter_kind {
  NEAP_LETTER_SUBMIT,
  NEAP_LETTER_CANCEL,
  NEAP_LETTER_REFUSED,
  NEAP_LETTER_STOPPED,   /* an entry while the journal is in its reserve */
  NEAP_LETTER_SEND,      /* an order whose preview was good, or whose turn has come: its intent is journalled */
  NEAP_LETTER_HOLD,      /* an order that waits: its intent is journalled, and nothing leaves */
  NEAP_LETTER_WITHDRAWN, /* accepted, and taken back before it left: all of that is journalled together */
  NEAP_LETTER_PAUSE,     /* of an order that leaves in slices */
  NEAP_LETTER_RESUME,
  NEAP_LETTER_FIRED,   /* an order whose trigger has fired: that is journalled, then it leaves */
  NEAP_LETTER_RELEASED /* one that had to wait where it was to leave: event order_released, then it does */
} neap_letter_kind;

typedef struct neap_letter {
  neap_letter_kind kind;
  bool exit; /* kept when the callback fails */
  neap_order *order;
  const neap_order *with; /* of a cancel that makes room for this one: dropped with it; NULL: it stands alone */
  size_t record, size;    /* of the decision, in `records` */
  char why[NEAP_WHY];     /* of a cancel */
} neap_letter;

typedef struct neap_outbox {
  neap_letter *letters;
  size_t journalled, sent, count, capacity;
  uint64_t last_seq; /* of what was journalled last */
  neap_buffer records;
  bool flushing;
} neap_outbox;

/* Where letters go, and what they are journalled with. */
typedef struct neap_outbox_route {
  neap_event_store *store;
  const neap_broker *broker;
  neap_clock *clock;
  const neap_product *products;
  const char *const *strategies; /* names, by the tickets' index */
  uint64_t cause;                /* event that led to the callback; 0: none */
  bool one_round;                /* a flush leaves what is put in while it runs for the next one */
  uint64_t *last_seq;
  /* A cancel met an order that waits for its preview and was never sent. Its context is that of the flush. */
  void (*withdrawn)(void *context, neap_order *order, const char *why);
  /* The broker would not take a cancel; that is journalled already. May be NULL; its context is that of the flush. */
  void (*cancel_refused)(void *context, neap_order *order);
  /* An order that leaves in slices never leaves itself: what would be sent of it is told to who makes its slices, with
   * the context of `decided`. */
  neap_status (*sliced)(void *context, neap_order *order, neap_letter_kind kind, const char *why, neap_fault *fault);
  /* Must an order stay that is to be sent now? Whoever says so releases it. Its context is that of `decided`. May be
   * NULL. */
  bool (*must_wait)(void *context, neap_order *order);
  /* Instead of being sent, an order whose trigger has not fired is watched for. Its context is that of `decided`. */
  neap_status (*watch)(void *context, neap_order *order, neap_fault *fault);
  void *context; /* of `decided`, which is told of each accepted order when its decision is journalled; may be NULL */
  void (*decided)(void *context, const neap_order *order);
} neap_outbox_route;

void neap_outbox_init(neap_outbox *outbox);
void neap_outbox_fini(neap_outbox *outbox);
/* An order and its decision record (base/record bytes, copied): accepted ones are sent, refused ones and those that
 * wait only journalled. */
neap_status neap_outbox_submit(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *decision);
neap_status neap_outbox_refused(neap_outbox *outbox, neap_order *order, const neap_buffer *decision);
/* An order in preview, or one that waited, may leave; `decision` is that of the second look. */
neap_status neap_outbox_send(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *decision);
/* The trigger of a watched order has fired: event trigger_fired with this record, and the order leaves behind it. A
 * cancel that was asked for since keeps it. */
neap_status neap_outbox_fired(neap_outbox *outbox, neap_order *order, bool exit, const neap_buffer *record);
/* An order that had to wait may leave: event order_released with this record. */
neap_status neap_outbox_released(neap_outbox *outbox, neap_order *order, const neap_buffer *record);
neap_status neap_outbox_cancel(neap_outbox *outbox, neap_order *order, const char *why);
/* The same, to make room for `by`, which waits in the outbox: dropped with it. */
neap_status neap_outbox_cancel_for(neap_outbox *outbox, neap_order *order, const neap_order *by);
/* Takes back what was submitted and is not journalled. The caller has ended the order: cancelled or rejected, with its
 * reason. False: it is too late, or there is no such letter. */
bool neap_outbox_has(const neap_outbox *outbox, const neap_order *order); /* could it be withdrawn? */
bool neap_outbox_withdraw(neap_outbox *outbox, const neap_order *order);
/* Of an order that leaves in slices: NEAP_LETTER_PAUSE or NEAP_LETTER_RESUME. */
neap_status neap_outbox_hold(neap_outbox *outbox, neap_order *order, neap_letter_kind kind);
/* An order that waits leaves behind everything that waits now. */
void neap_outbox_send_last(neap_outbox *outbox, const neap_order *order);
/* The callback failed: entries go with what would cancel them, exits and other cancels stay. `dropped` is called for
 * each entry that goes. */
void neap_outbox_drop_entries(neap_outbox *outbox, void (*dropped)(void *context, neap_order *order), void *context);
/* Journals every waiting letter, in one piece, and sends none: for who has more to commit with them
 * (neap_event_store_hold). The flush that follows sends. */
neap_status neap_outbox_journal(neap_outbox *outbox, const neap_outbox_route *route, neap_fault *fault);
/* Journals every waiting letter, in one piece, then sends; to a broker outside of this process nothing leaves before
 * all of it is durable. A broker that answers at once may put more letters in while this runs; they leave too. An order
 * that the broker would not take is moved to rejected through `refused`. One that previews is shown first (event
 * order_preview) and leaves by neap_outbox_send.
 *
 * While the journal is in its reserve, entries are journalled and then refused ("journal_failed"); exits and cancels
 * go. When it is lost, cancels go without being journalled, all orders are refused ("journal_lost"), nothing waits any
 * more, and the answer is what neap_event_store_state says. */
neap_status neap_outbox_flush(neap_outbox *outbox, const neap_outbox_route *route,
                              void (*refused)(void *context, neap_order *order, const neap_fault *fault), void *context,
                              neap_fault *fault);
#endif
