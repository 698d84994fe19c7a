/* SPDX-License-Identifier: MIT */
/* order: what is asked of a broker (the ticket), what became of it (the order), and the one table of moves that its
 * life may make. */
#ifndef NEAP_ACCOUNT_ORDER_H
#define NEAP_ACCOUNT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "account/slice_plan.h"
#include "base/buffer.h"
#include "base/decimal.h"
#include "base/digest.h"

typedef enum neap_side { NEAP_BUY, NEAP_SELL } neap_side;
typedef enum neap_order_type {
  NEAP_MARKET,
  NEAP_LIMIT,
  NEAP_STOP,
  NEAP_STOP_LIMIT,
  NEAP_TRAILING_STOP
} neap_order_type;
enum { NEAP_ORDER_TYPES = NEAP_TRAILING_STOP + 1 };
typedef enum neap_time_in_force { NEAP_GTC, NEAP_GTD, NEAP_IOC, NEAP_FOK } neap_time_in_force;

/* How much: a quantity in base; or an amount of quote, or a share of the strategy's equity, whose quantity is found at
 * the fill. */
typedef enum neap_sizing { NEAP_BY_QUANTITY, NEAP_BY_NOTIONAL, NEAP_BY_FRACTION } neap_sizing;

typedef enum neap_order_status {
  NEAP_ORDER_NEW,       /* asked for by the strategy, not decided */
  NEAP_ORDER_PENDING,   /* accepted by the engine; the intent waits for the callback's end and the journal */
  NEAP_ORDER_PREVIEW,   /* shown to the broker, not sent: its answer is awaited */
  NEAP_ORDER_WATCHED,   /* a trigger of ours watches the price (account/trigger); the broker does not have it */
  NEAP_ORDER_SUBMITTED, /* sent */
  NEAP_ORDER_OPEN,      /* the venue has it */
  NEAP_ORDER_PARTIALLY_FILLED,
  NEAP_ORDER_CANCEL_PENDING, /* a cancel was sent */
  NEAP_ORDER_FILLED,         /* from here on: terminal */
  NEAP_ORDER_CANCELLED,
  NEAP_ORDER_REJECTED,
  NEAP_ORDER_EXPIRED,
  NEAP_ORDER_STATUSES
} neap_order_status;

typedef enum neap_order_move {
  NEAP_MOVE_DECIDE, /* the engine accepted */
  NEAP_MOVE_PREVIEW,
  NEAP_MOVE_WATCH,
  NEAP_MOVE_SUBMIT,
  NEAP_MOVE_ACCEPT, /* acknowledged by the venue */
  NEAP_MOVE_FILL_PART,
  NEAP_MOVE_FILL_ALL,
  NEAP_MOVE_ASK_CANCEL,
  NEAP_MOVE_REFUSE_CANCEL, /* the venue will not: back to open or partially filled */
  NEAP_MOVE_CANCEL,
  NEAP_MOVE_REJECT,
  NEAP_MOVE_EXPIRE,
  NEAP_ORDER_MOVES
} neap_order_move;

enum { NEAP_ORDER_ID = 37, NEAP_TAG = 64, NEAP_WHY = 120 };

typedef struct neap_ticket {
  uint64_t number;            /* intent number within the session, from 1 */
  char id[NEAP_ORDER_ID];     /* client_order_id: UUID-shaped, a hash of session id and number */
  uint32_t strategy, product; /* indexes within the session */
  neap_side side;
  neap_order_type type;
  neap_time_in_force time_in_force;
  neap_sizing sizing;
  bool post_only, reduce_only;
  neap_decimal quantity, notional,
      fraction;             /* the one that `sizing` names; for the others quantity is 0 until the fill */
  neap_decimal limit, stop; /* zero: none */
  neap_decimal trail_bps;
  int64_t good_till;        /* GTD, ns */
  neap_execution execution; /* other than whole: it never leaves itself, its slices do */
  uint64_t slice_of;        /* number of the order that this is a slice of; 0: of none */
} neap_ticket;

/* Of an order that its broker does not have and that we watch the price for. */
typedef struct neap_trigger {
  bool emulated;      /* there is one, or was */
  bool fired;         /* the order leaves, or has left, as what its trigger sends */
  neap_decimal level; /* where it fires; zero: not known yet */
} neap_trigger;

/* Why something was refused: what code, which check, its input and its limit as text (empty where there is none). */
typedef struct neap_reason {
  char code[48], check[32], input[64], limit[64];
} neap_reason;

/* What the events of an order call for and the journal does not have (yet): it ended in the middle. */
enum neap_order_debt {
  NEAP_OWES_STOP = 1 << 0, /* exits[0], [1], [2] are to be made */
  NEAP_OWES_TARGET = 1 << 1,
  NEAP_OWES_TRAIL = 1 << 2,
  NEAP_OWES_EXITS = 7,
  NEAP_OWES_CANCEL = 1 << 3,     /* it is to be cancelled: its sibling filled, or the position is closed */
  NEAP_OWES_CANCEL_SENT = 1 << 4 /* a cancel was asked for before it was sent */
};

typedef struct neap_order {
  neap_ticket ticket;
  neap_order_status status;
  neap_decimal filled, filled_notional, fees; /* average price = filled_notional ÷ filled, never stored */
  int64_t created, updated;
  uint64_t parent;                                        /* number of the entry that this exit protects; 0: none */
  neap_decimal stop_loss, take_profit, trailing_stop_bps; /* exits attached to an entry; zero: none */
  neap_decimal covered;  /* of what an entry filled: closed other positions, or was closed again */
  uint64_t exits[3];     /* numbers of the protecting orders of an entry: stop, target, trailing stop */
  int64_t submitted;     /* when it was sent; 0: it was not */
  neap_decimal reserved; /* by fraction: the amount that it stood for when it was decided */
  neap_decimal risk;     /* share of equity lost at stop_loss, by which its quantity was found; zero: another size */
  neap_slices slices;    /* of an order that leaves in slices */
  bool counted;          /* its rest is in the running sums of what works (risk/exposure) */
  neap_trigger trigger;
  unsigned owed;                /* of an order that comes from a journal: neap_order_debt */
  bool previews;                /* is shown to the broker before it is sent */
  bool cancel_waits;            /* for the callback's end */
  uint64_t replaces;            /* number of the order whose place it takes; 0: none */
  uint64_t replaced_by;         /* the other way round; while that one waits, the end of this one lets it go */
  neap_decimal replaced_filled; /* of the order that it replaces, when this was asked for */
  bool waits;                   /* accepted, and not sent before the order that it replaces has ended */
  int64_t room_until;           /* it waits for what its broker holds, until this time; 0: it does not */
  uint32_t refusals;            /* of the exits whose place it takes, in a row (session/refused_exits) */
  bool watched_here;            /* its broker has such orders and did not keep one: a trigger of ours stands in */
  neap_decimal edited_quantity, edited_limit; /* at the venue, by somebody else, as was told last; zero: not so */
  uint32_t losses;                            /* how often it surely did not reach the venue, in a row */
  uint64_t group;                             /* number of the group that it is a leg of; 0: none */
  bool one_cancels_other;                     /* rules of that group (session/group_rules) */
  bool unwinds_group;
  uint64_t unwinds;      /* number of the leg that it closes again */
  uint64_t decision_seq; /* event of its decision record: the cause of what follows */
  char tag[NEAP_TAG], why[NEAP_WHY];
  char engine[16];
  neap_reason reason;
  uint32_t generation; /* 1: not asked for in answer to an order of the same instant; else one more than that order's */
  uint32_t references; /* handles of scripts; a terminal order without references may be forgotten */
  bool dropped;        /* before it left: the callback that asked for it failed */
  bool swept;          /* terminal and out of every list: whoever gives back the last reference forgets it */
  struct neap_order *previous, *next; /* of the orders that are kept */
  struct neap_order *beside;          /* of those that are found by number */
} neap_order;

/* The table. NEAP_OK and the next status; NEAP_REFUSED (code "illegal_move", names both) leaves *next alone. A
 * duplicate of what already happened in a terminal state is refused, too: the caller records it. */
neap_status neap_order_next(neap_order_status from, neap_order_move move, neap_order_status *next, neap_fault *fault);
/* Applies a move to an order: status and `updated`. */
neap_status neap_order_apply(neap_order *order, neap_order_move move, int64_t now, neap_fault *fault);
/* Books a fill's amounts on the order: chooses FILL_PART or FILL_ALL; `quantity` over the rest is NEAP_REFUSED (code
 * "overfill"). Orders by notional or fraction have ticket.quantity set by the broker's report first. */
neap_status neap_order_fill(neap_order *order, neap_decimal quantity, neap_decimal price_times_quantity,
                            neap_decimal fee, int64_t now, neap_fault *fault);

static inline bool neap_order_is_sliced(const neap_order *order) { return order->ticket.execution != NEAP_WHOLE; }
static inline bool neap_order_is_terminal(neap_order_status status) { return status >= NEAP_ORDER_FILLED; }
static inline neap_decimal neap_order_remaining(const neap_order *order) {
  return (neap_decimal){order->ticket.quantity.units - order->filled.units};
}
/* average fill price, rounded half-even at 12 digits; zero while nothing is filled */
neap_decimal neap_order_average_price(const neap_order *order);

const char *neap_side_name(neap_side side);                            /* "buy" */
const char *neap_order_type_name(neap_order_type type);                /* "market", "stop_limit" … */
const char *neap_time_in_force_name(neap_time_in_force time_in_force); /* "gtc" … */
const char *neap_order_status_name(neap_order_status status);          /* "partially_filled" … */
const char *neap_order_move_name(neap_order_move move);
bool neap_time_in_force_parse(const char *text, neap_time_in_force *out); /* either case */

/* The UUID-shaped client order id of intent `number` of session `session_id` (SHA-256, version 8). Empty without
 * memory: such an order must not be sent. */
void neap_order_id(const char *session_id, uint64_t number, char out[NEAP_ORDER_ID]);
/* The same with a SHA-256 digest of the caller's, which need not be started: for whoever names many. */
void neap_order_id_with(neap_digest *digest, const char *session_id, uint64_t number, char out[NEAP_ORDER_ID]);

/* Encoders of what events carry (base/record fields). The client order id is in the event's own column. */
void neap_ticket_record(const neap_ticket *ticket, neap_buffer *out);
void neap_reason_record(const neap_reason *reason,
                        neap_buffer *out); /* code, check, input, limit; empty ones are left out */

#endif
