/* SPDX-License-Identifier: MIT */
/* order_map: the one table between our orders and Coinbase's order configurations, what is written by it and what is
 * read by it. Pure: text in, text out; no connection. */
#ifndef NEAP_BROKER_COINBASE_ORDER_MAP_H
#define NEAP_BROKER_COINBASE_ORDER_MAP_H

#include "account/order.h"
#include "base/buffer.h"
#include "broker/broker.h"
#include "market/product.h"

/* What the venue makes of one order: an order of a ticket; a target and a stop in one (limit: the target, stop: the
 * trigger); an amount in slices. The last two are limit tickets. */
typedef enum neap_coinbase_form {
  NEAP_COINBASE_SINGLE,
  NEAP_COINBASE_BRACKET,
  NEAP_COINBASE_TWAP,
  NEAP_COINBASE_FORMS
} neap_coinbase_form;

typedef enum neap_coinbase_margin {
  NEAP_COINBASE_UNSAID,
  NEAP_COINBASE_CROSS,
  NEAP_COINBASE_ISOLATED
} neap_coinbase_margin;

enum neap_coinbase_takes {
  NEAP_TAKES_BASE = 1 << 0,
  NEAP_TAKES_QUOTE = 1 << 1, /* quote_size instead of base_size */
  NEAP_TAKES_LIMIT = 1 << 2,
  NEAP_TAKES_STOP = 1 << 3,    /* stop_price and stop_direction: a buy up, a sale down */
  NEAP_TAKES_TRIGGER = 1 << 4, /* stop_trigger_price */
  NEAP_TAKES_END = 1 << 5,     /* end_time */
  NEAP_TAKES_POST_ONLY = 1 << 6,
  NEAP_TAKES_SLICES = 1 << 7,     /* start_time, number_buckets, bucket_size, bucket_duration */
  NEAP_TAKES_EDIT = 1 << 8,       /* may be edited in place */
  NEAP_QUOTE_ONLY_BUYS = 1 << 9,  /* a sale is sized in base */
  NEAP_ONLY_DERIVATIVES = 1 << 10 /* perpetuals and futures */
};

typedef struct neap_coinbase_row {
  neap_coinbase_form form;
  neap_order_type type;
  neap_time_in_force time_in_force;
  const char *key;     /* of order_configuration; NULL: the venue has no such order */
  unsigned takes;      /* neap_coinbase_takes */
  const char *instead; /* what stands in where there is none: "emulated", or a kind that the venue has; else NULL */
  const char *note;    /* why, or what the venue does that the words do not say; may be NULL */
} neap_coinbase_row;

/* Row by row, NULL at the end. A key that stands twice is read as its first row. */
const neap_coinbase_row *neap_coinbase_rows(size_t index);
/* Every form, type and time in force has a row, but a bracket or a TWAP of another type than limit: NULL. */
const neap_coinbase_row *neap_coinbase_row_of(neap_coinbase_form form, neap_order_type type,
                                              neap_time_in_force time_in_force);
const neap_coinbase_row *neap_coinbase_row_named(const char *key); /* NULL: unknown */
const char *neap_coinbase_form_name(neap_coinbase_form form);      /* "single" … */

/* What the table says that a broker at the venue has. Not what holds for perpetuals and futures only; reduce_only is
 * never sent, and of the rest (a stop, a trailing stop …) broker/broker_adapter says what becomes. */
neap_broker_abilities neap_coinbase_abilities(void);

typedef struct neap_coinbase_slices { /* of a TWAP */
  int64_t start, duration;            /* ns; duration: of a bucket, whole seconds */
  uint32_t buckets;
  neap_decimal size; /* of a bucket, in what the order is sized in */
} neap_coinbase_slices;

typedef struct neap_coinbase_request {
  const neap_ticket *ticket;
  const char *product_id;
  const neap_product *product; /* its kind and steps are kept; NULL: nothing is known, so it is taken for spot */
  neap_coinbase_form form;
  neap_coinbase_slices slices;
  neap_decimal leverage; /* zero: not said */
  neap_coinbase_margin margin;
  const char *order_id; /* the venue's; for an edit */
} neap_coinbase_request;

/* Append a JSON body; on failure nothing is appended. Amounts are exact text without exponent; nothing is rounded.
 * NEAP_UNSUPPORTED: the venue has no such order (not_at_venue, `nearest` is what stands in), size
 * (sizing_not_at_venue), flag (post_only_not_at_venue), leverage or margin type (leverage_not_at_venue), field
 * (field_not_at_venue), edit (edit_not_at_venue). NEAP_INVALID: missing_field. NEAP_REFUSED: the product's steps.
 * `where` names the field. reduce_only is never sent: the venue's create has no such member; it stays ours. */
neap_status neap_coinbase_encode_create(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault);
neap_status neap_coinbase_encode_preview(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault);
/* The whole order as it shall be: the venue reads a size that is not there as zero. Also the body of an edit's preview.
 */
neap_status neap_coinbase_encode_edit(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault);

enum neap_coinbase_known { NEAP_KNOWS_SIDE = 1 << 0, NEAP_KNOWS_KIND = 1 << 1, NEAP_KNOWS_STATUS = 1 << 2 };
enum { NEAP_COINBASE_ID = 129, NEAP_COINBASE_REASON = 96 };

typedef struct neap_coinbase_order {
  char order_id[NEAP_COINBASE_ID], client_id[NEAP_COINBASE_ID], product_id[40];
  unsigned known;     /* neap_coinbase_known: which of side, kind (form, type, time in force) and status hold */
  neap_ticket ticket; /* as far as the venue tells it; `id` is empty when client_id is longer than ours are */
  neap_coinbase_form form;
  neap_coinbase_slices slices;
  neap_order_status status;
  neap_decimal filled, average, value, fees; /* base, price, quote, quote; the venue's own figures */
  neap_decimal leverage;
  neap_coinbase_margin margin;
  int64_t created, updated;                                  /* ns; 0: not said */
  bool triggered, fees_inside;                               /* a stop has fired; a quote size with the fees in it */
  char code[48], reason[NEAP_COINBASE_REASON], message[160]; /* why it ended: our word, the venue's, its sentence */
  char unknown[256];  /* what was not understood, "field=value" by comma; empty: nothing */
  unsigned truncated; /* figures with more than 16 fractional digits, cut */
} neap_coinbase_order;

/* Reads an order: of GET order (with or without its "order" around it), of a list, of the user channel. Unknown members
 * are passed over, unknown words named in `unknown`, "" and null are absent. NEAP_INVALID: bad_json, duplicate_key …,
 * missing_field (order_id, product_id), wrong_type, one_configuration, negative, too_long, not_a_number, not_a_time;
 * NEAP_RANGE: overflow. `where` names the field. `out` is untouched on failure. */
neap_status neap_coinbase_decode_order(const char *text, size_t length, neap_coinbase_order *out, neap_fault *fault);

/* The venue's word for a status, with what is known besides: it has no word for an order that is filled in part, and of
 * ours an order that has fills is never rejected. False: a word that is not known. */
bool neap_coinbase_status(const char *word, bool has_fills, bool is_cancelling, neap_order_status *out);

typedef struct neap_coinbase_answer {
  bool success;
  char order_id[NEAP_COINBASE_ID];
  char code[48], reason[NEAP_COINBASE_REASON], message[160]; /* of a no; as in neap_coinbase_order */
  bool known;                                                /* the reason is in the venue's lists */
} neap_coinbase_answer;

/* Reads the answer to create, edit, close and both previews, and one result of batch_cancel: business refusals come
 * with HTTP 200. A success is what says so; no reason is looked for in it. */
neap_status neap_coinbase_decode_answer(const char *text, size_t length, neap_coinbase_answer *out, neap_fault *fault);
/* Reads the body of an HTTP error in any shape that the venue has: {error, error_details, message}, the same with code
 * and details, {errors: [{id, message}]}. Nothing has to be there. */
neap_status neap_coinbase_decode_refusal(const char *text, size_t length, neap_coinbase_answer *out, neap_fault *fault);

/* The venue's failure lists (by name: "NewOrderFailureReason" …, index from 0) and their words; NULL at the end. */
const char *neap_coinbase_reason_list(size_t list);
const char *neap_coinbase_reason_word(size_t list, size_t index);
bool neap_coinbase_reason_is_known(const char *reason);
/* Our word for a reason: those that mean the same have one (insufficient_funds, post_only_would_cross,
 * duplicate_client_order_id, rate_limited …), the others are the venue's in small letters without its prefix. */
void neap_coinbase_reason_code(const char *reason, char out[48]);

#endif
