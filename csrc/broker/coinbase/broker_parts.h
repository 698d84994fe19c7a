/* SPDX-License-Identifier: MIT */
/* broker_parts: what the parts of the broker share among themselves; nobody else includes it. Amounts of an order are
 * cumulative. Times are the broker's monotonic clock's, but for those that are named wall: the venue's. */
#ifndef NEAP_BROKER_COINBASE_BROKER_PARTS_H
#define NEAP_BROKER_COINBASE_BROKER_PARTS_H

#include "base/clock.h"
#include "base/json.h"
#include "base/splitmix.h"
#include "broker/coinbase/coinbase_broker.h"
#include "broker/coinbase/frames.h"
#include "broker/coinbase/order_map.h"
#include "net/recorded_socket.h"

#define BROKER_PATH "/api/v3/brokerage"
#define BROKER_MS INT64_C(1000000)
enum { BROKER_BUCKETS = 1024, BROKER_TOGETHER = 50 /* ids in one request */ };

typedef enum broker_phase {
  BROKER_WAITS, /* surely not at the venue; leaves at `send_due` */
  BROKER_SENT,  /* its answer is awaited */
  BROKER_DOUBT, /* it may be there: the venue is asked by its client id */
  BROKER_KNOWN, /* the venue has it */
  BROKER_LOST,  /* told as lost: who still wants it sends it again */
  BROKER_OVER   /* all of it is told */
} broker_phase;

typedef enum broker_wish {
  BROKER_KEEP,
  BROKER_CANCEL,  /* is to be asked for, at `wish_due` */
  BROKER_ASKING,  /* under way */
  BROKER_ASKED,   /* the venue took the request: the end comes, or a fill */
  BROKER_DECLINED /* it did not: what the order is decides what that means */
} broker_wish;

/* One order of the session's. What it wants beyond an order that filled whole works on as another order at the venue,
 * a further part, whose client id says which. */
typedef struct broker_order {
  neap_coinbase_broker *broker;
  neap_ticket ticket; /* as the session wants it */
  broker_phase phase;
  unsigned part;
  neap_decimal carried; /* by parts that are over */
  char order_id[NEAP_COINBASE_ID];
  uint64_t call, edit_call; /* under way, perhaps both: an order may be known before its answer; 0: none */
  int64_t sent_wall, send_due;
  unsigned unreached;             /* how often it was told so in a row */
  bool doubt_told, certain;       /* certain: the venue says that it is there */
  bool was_lost;                  /* over because nobody sent it again */
  bool restored, accepted, whole; /* whole: all of its fills are in what is read, from the first one */
  int64_t doubt_since, doubt_due;
  unsigned misses;
  /* what the venue says of this part */
  neap_order_status status;
  neap_decimal seen, venue_quantity; /* venue_quantity zero: not known */
  uint64_t fills;                    /* how many make up `seen`; 0: not said */
  char code[48], message[160];
  int64_t look_due; /* it is asked about by its id */
  unsigned looks;
  /* its fills */
  uint64_t *entries; /* those that are read, by hash */
  size_t entry_count, entry_size;
  unsigned pending;           /* read and not told */
  neap_decimal known, passed; /* of this part: read; told or skipped */
  neap_decimal value;         /* in quote, of all that passed */
  neap_decimal told;          /* what the session knows, all parts */
  unsigned fill_misses;       /* reads of fills that had not all that is seen */
  broker_wish wish;
  int64_t wish_at, wish_due;
  unsigned wishes;
  char wish_code[48], wish_message[160];
  bool edits, edit_refused;
  bool wants_edit; /* we asked for another size; else the venue's is somebody else's wish */
  int64_t edit_due;
  neap_decimal edit_quantity;
  int64_t over_at;
  struct broker_order *previous, *next; /* of those that work, or of those that are over */
  struct broker_order *beside_number, *beside_client;
} broker_order;

/* Every order of the account that was seen, by its id at the venue. */
typedef struct broker_listed {
  neap_foreign_order facts;
  broker_order *order; /* ours; NULL: foreign, or not known yet */
  neap_order_status status;
  char code[48], message[160];
  uint64_t fills;
  bool open, resolved; /* resolved: we know whose it is */
  bool is_asked;
  unsigned asked; /* how often, in vain */
  int64_t ask_due, seen_at;
  struct broker_listed *beside, *next;
} broker_listed;

/* What somebody says of an order. */
typedef struct broker_said {
  const char *order_id, *client_id, *product_id;
  bool knows_side, knows_status, is_rest; /* is_rest: an answer to a question asked at `asked` */
  neap_side side;
  neap_order_status status;
  neap_decimal filled, quantity, limit; /* quantity zero: not said */
  uint64_t fills;                       /* 0: not said */
  const char *code, *message;
  int64_t asked;
} broker_said;

typedef struct broker_fill {
  uint64_t entry;
  int64_t sequenced;
  char order_id[NEAP_COINBASE_ID], trade_id[NEAP_COINBASE_ID];
  uint32_t product;
  neap_side side;
  neap_liquidity liquidity;
  neap_decimal price, quantity, fee;
  int64_t time;
  broker_order *order;
} broker_fill;

typedef struct broker_fills { /* a list of them */
  broker_fill *items;
  size_t count, size;
} broker_fills;

typedef enum broker_job_kind {
  BROKER_KEY,     /* what the key may */
  BROKER_FEES,    /* its account's tier */
  BROKER_HISTORY, /* every order since `since` */
  BROKER_OPEN,    /* open orders */
  BROKER_IDS,     /* orders by their ids */
  BROKER_SEARCH,  /* orders whose id is not known */
  BROKER_FILLS,
  BROKER_ACCOUNTS,
  BROKER_JOBS
} broker_job_kind;

/* A question of several pages, one at a time. */
typedef struct broker_job {
  neap_coinbase_broker *broker;
  broker_job_kind kind;
  uint64_t call;
  bool runs, done; /* done: it was answered once */
  int64_t due, asked;
  unsigned failures, pages;
  char *query;
  char *mark; /* the cursor of an earlier page of these; NULL: none */
} broker_job;

typedef struct broker_batch { /* cancels in one request */
  neap_coinbase_broker *broker;
  uint64_t call;
  size_t count;
  uint64_t numbers[100];
  struct broker_batch *next;
} broker_batch;

typedef struct broker_shown { /* a preview that is under way */
  neap_coinbase_broker *broker;
  uint64_t call, number;
  struct broker_shown *next;
} broker_shown;

typedef enum broker_news_kind {
  BROKER_REPORT,
  BROKER_FOREIGN,
  BROKER_ACCOUNT,
  BROKER_RATES,
  BROKER_ACCESS,
  BROKER_NOTHING
} broker_news_kind;

typedef struct broker_news {
  broker_news_kind kind;
  union {
    neap_report report;
    neap_foreign_fill fill;
    neap_decimal rates[2];
    struct {
      bool is_open;
      char message[240];
    } access;
  };
} broker_news;

typedef struct broker_stream {
  neap_recorded_socket *socket;
  neap_frames *frames;
  bool up, numbered; /* up: the snapshot has come, and nothing is missing since */
  uint64_t sequence;
  int64_t heard, begun, retry_at;
  int64_t frame_at; /* the last one came, of whichever connection */
  unsigned failures;
} broker_stream;

typedef struct broker_view { /* of the account */
  neap_account_balance *balances;
  size_t balance_count, balance_size;
  neap_foreign_order *orders;
  size_t order_count, order_size;
  neap_own_order *own;
  size_t own_count, own_size;
  int64_t time;
} broker_view;

struct neap_coinbase_broker {
  neap_coinbase_broker_options options;
  neap_product *products;
  neap_broker contract;
  neap_broker_abilities abilities;
  neap_broker_sink sink;
  char *stream_url, *authorities;
  uint64_t dice;
  int64_t due, opened, seen_at; /* seen_at: when the account was asked for that was seen last */
  bool begun;                   /* the session works: what was not given back by now is foreign */
  broker_order *working, *over_first, *over_last;
  broker_order *by_number[BROKER_BUCKETS], *by_client[BROKER_BUCKETS];
  broker_listed *listed, *by_order[BROKER_BUCKETS];
  broker_news *news;
  size_t news_first, news_count, news_size;
  neap_status lost_memory; /* something could not be kept: the broker is not to be trusted */
  broker_job jobs[BROKER_JOBS];
  neap_fault refusal; /* why it will never be ready */
  neap_fault trouble; /* what failed last before it was */
  bool is_shut_out;   /* the venue does not let the key in, and the session was told */
  broker_batch *batches;
  broker_shown *shown;
  broker_fills page, pending;                      /* what a read has brought; what waits to be told, in order */
  int64_t fills_from, fills_newest, foreign_until; /* until then fills of somebody else's are asked for often */
  bool fills_by_id, fills_by_id_last;
  bool fills_alone;     /* some were read of single orders: others of their time may be missing */
  broker_fill *foreign; /* that were told, of the time that reads go back */
  size_t foreign_count, foreign_size;
  int64_t *held_since; /* by product: its fills wait for another; INT64_MAX: they do not */
  broker_stream stream;
  uint64_t activity; /* grows with whatever becomes of an order of ours */
  broker_view read, view;
  neap_account_view shown_view;
  bool has_view, view_waits, view_was_calm;
  bool view_wanted;   /* another one, as soon as the one that waits is made */
  bool has_settled;   /* a view that the session could compare was shown */
  unsigned unsettled; /* how many were not, before it */
  int64_t view_asked;
  uint64_t view_activity;
  neap_decimal rates[2];
};

/* --- broker_names: who is who ------------------------------------------------------------------------------------- */

broker_order *broker_order_add(neap_coinbase_broker *broker, const neap_ticket *ticket); /* NULL: no memory */
broker_order *broker_order_find(const neap_coinbase_broker *broker, uint64_t number);
/* By a client id, of whichever part: *part says which. */
broker_order *broker_order_of(const neap_coinbase_broker *broker, const char *client_id, unsigned *part);
/* Which part a client id names; it becomes the one of the intent, as the session knows it. */
unsigned broker_part_of(char *client_id);
void broker_client_id(const broker_order *order, char out[NEAP_ORDER_ID]);
void broker_order_over(broker_order *order);   /* all is told */
void broker_order_reopen(broker_order *order); /* something came after that */
broker_listed *broker_listed_find(const neap_coinbase_broker *broker, const char *order_id);
broker_listed *broker_listed_get(neap_coinbase_broker *broker, const char *order_id); /* NULL: no memory */
uint32_t broker_product(const neap_coinbase_broker *broker, const char *id);          /* UINT32_MAX: none of ours */
void broker_forget_old(neap_coinbase_broker *broker);
void broker_free_names(neap_coinbase_broker *broker);
uint64_t broker_hash(const char *text);
bool broker_grow(void *items, size_t count, size_t *size, size_t each); /* room for one more */

/* --- broker_news: what the session is to hear --------------------------------------------------------------------- */

void broker_report(const broker_order *order, neap_report_kind kind, const char *code, const char *message);
void broker_push(neap_coinbase_broker *broker, const broker_news *news);
void broker_push_account(neap_coinbase_broker *broker);
void broker_serve(void *self, int64_t now);
bool broker_has_news(const void *self);

/* --- broker_send -------------------------------------------------------------------------------------------------- */

neap_status broker_submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);
neap_status broker_restore(void *self, const neap_order *order, neap_fault *fault);
void broker_send_due(neap_coinbase_broker *broker);
/* As the same order: the venue does not have it. After it was not reached that is not at once. */
void broker_send_again(broker_order *order);
void broker_send_part(broker_order *order); /* what is wanted beyond an order that filled whole */
neap_status broker_preview(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);

/* --- broker_doubt ------------------------------------------------------------------------------------------------- */

void broker_doubt(broker_order *order, bool certain);
void broker_lose(broker_order *order, const char *code, const char *message); /* the venue does not have it */
bool broker_search_query(neap_coinbase_broker *broker, neap_buffer *out);
void broker_search_end(neap_coinbase_broker *broker);

/* --- broker_state: what becomes of an order ----------------------------------------------------------------------- */

void broker_hear(neap_coinbase_broker *broker, const broker_said *said);
void broker_known(broker_order *order, const char *order_id);
void broker_look_at(broker_order *order, int64_t due);
bool broker_is_complete(const broker_order *order); /* every fill that the venue counts is read */
bool broker_is_terminal(const broker_order *order); /* at the venue */
bool broker_is_immediate(const neap_ticket *ticket);
void broker_tell(neap_coinbase_broker *broker); /* what can be told by now is told */

/* --- broker_cancel, broker_edit ----------------------------------------------------------------------------------- */

neap_status broker_cancel(void *self, uint64_t number, int64_t now, neap_fault *fault);
void broker_cancel_due(neap_coinbase_broker *broker);
void broker_cancel_judge(broker_order *order, int64_t asked); /* what the order is was asked for at that time */
neap_status broker_resize(void *self, const neap_order *order, int64_t now, neap_fault *fault);
void broker_edit_due(neap_coinbase_broker *broker);

/* --- broker_access: does the venue let the key in? ---------------------------------------------------------------- */

void broker_access_due(neap_coinbase_broker *broker);

/* --- broker_job, broker_list, broker_account ---------------------------------------------------------------------- */

void broker_want(neap_coinbase_broker *broker, broker_job_kind kind, int64_t due); /* at the latest then */
void broker_jobs_due(neap_coinbase_broker *broker);
void broker_due(neap_coinbase_broker *broker, int64_t due); /* tick is wanted then */
int64_t broker_now(const neap_coinbase_broker *broker);
int64_t broker_wall(const neap_coinbase_broker *broker);
int64_t broker_backoff(neap_coinbase_broker *broker, int64_t first, unsigned failures, int64_t most); /* with jitter */
void broker_read_orders(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root);
bool broker_ids_query(neap_coinbase_broker *broker, neap_buffer *out);
void broker_ids_end(neap_coinbase_broker *broker, const broker_job *job);
void broker_open_end(neap_coinbase_broker *broker, const broker_job *job);
void broker_read_key(neap_coinbase_broker *broker, const neap_json_value *root);
void broker_read_fees(neap_coinbase_broker *broker, const neap_json_value *root);
void broker_accounts_begin(neap_coinbase_broker *broker);
void broker_read_accounts(neap_coinbase_broker *broker, const neap_json_value *root);
void broker_accounts_end(neap_coinbase_broker *broker);
void broker_view_make(neap_coinbase_broker *broker); /* once all that belongs to it was read */

/* --- broker_fills ------------------------------------------------------------------------------------------------- */

void broker_want_fills(neap_coinbase_broker *broker); /* as soon as the pace allows */
/* An order of somebody else's has filled: the same, at a slower pace, and for as long as fills are listed late. */
void broker_want_foreign_fills(neap_coinbase_broker *broker, bool is_new);
bool broker_fills_query(neap_coinbase_broker *broker, neap_buffer *out);
void broker_read_fills(neap_coinbase_broker *broker, const neap_json_value *root);
void broker_fills_end(neap_coinbase_broker *broker);
void broker_release(neap_coinbase_broker *broker); /* tells what does not have to wait for another */

/* --- broker_stream ------------------------------------------------------------------------------------------------ */

neap_status broker_stream_open(neap_coinbase_broker *broker, neap_fault *fault);
void broker_stream_due(neap_coinbase_broker *broker);
void broker_stream_close(neap_coinbase_broker *broker);

#endif
