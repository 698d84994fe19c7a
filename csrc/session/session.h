/* SPDX-License-Identifier: MIT */
/* session: puts clock, engines, risk, ledger, broker, journal and strategy together. The feed is whoever calls
 * neap_session_bar_*. In this version the session makes its own simulated clock and simulated broker; paper trading and
 * venues will run this same session with theirs handed in. */
#ifndef NEAP_SESSION_SESSION_H
#define NEAP_SESSION_SESSION_H

#include "account/round_trip.h"
#include "broker/paper/paper.h"
#include "engine/engine.h"
#include "engine/policy.h"
#include "market/recording.h"
#include "session/desk.h"
#include "session/statistics.h"
#include "session/strategy.h"
#include "store/event_store.h"

typedef struct neap_session neap_session;

typedef struct neap_session_seat { /* a strategy's place */
  const neap_strategy *strategy;   /* outlives the session; NULL: the operator's own desk, without hooks */
  neap_decimal cash;
} neap_session_seat;

/* Who makes the session's broker from its simulator, which has the same sink; both live as long as the session. */
typedef struct neap_broker_maker {
  void *self;
  const neap_broker *(*make)(void *self, const neap_broker *simulator, const neap_broker_sink *sink);
} neap_broker_maker;

/* Sees the session's events (but intents and decisions, which the outbox writes) in the session's thread, whatever
 * became of them in the journal, and as `session_alert` what the session calls an alert. An event is valid inside the
 * call, which may not take long nor touch the session. */
typedef struct neap_observer {
  void *context;
  void (*see)(void *context, const neap_event *event); /* may be NULL */
} neap_observer;

/* What becomes of what somebody else trades on the account, on the session's products: the external part takes it; the
 * operator's desk takes it, as orders of its own; the external part takes it and the session halts. */
typedef enum neap_external { NEAP_EXTERNAL_IGNORE, NEAP_EXTERNAL_ADOPT, NEAP_EXTERNAL_HALT } neap_external;

/* The increments of a product's recorded book; price_increment zero: it has bars alone. */
typedef struct neap_session_book {
  neap_decimal price_increment, size_increment;
} neap_session_book;

typedef struct neap_session_options {
  const char *id;   /* seeds the client order ids; names the run in the journal */
  const char *mode; /* "backtest" */
  const char *currency;
  const neap_product *products; /* copied */
  const int64_t *frames;        /* ns, of each product's data; copied */
  uint32_t product_count;
  bool is_told_trading; /* by neap_session_trading: what the products' flags say holds until then, and no longer */
  const neap_session_book *books; /* by product; NULL: bars alone */
  neap_decimal cash;
  neap_fill_model fill_model;
  neap_queue_kind queue;                  /* of recorded books: where our orders stand in the queue of their price */
  neap_latency latency_out, latency_back; /* and how far the venue is; no point: at no distance */
  uint64_t seed;                          /* of what of that is drawn */
  bool holds;                             /* the simulator holds what resting sales on spot sell, as a venue does */
  neap_fee_schedule fees;                 /* of all fills; with `fee_table` it is not looked at */
  const char *fee_table;                  /* account/fee_tiers.h: the tier by what the session traded; NULL: none */
  uint32_t fee_tier;                      /* that the account has at the start; 0: the lowest */
  neap_engine live, advanced;
  const neap_limits *limits;        /* never NULL; copied */
  const char *const *limit_sources; /* where each field's value comes from, in the order of the fields; may be NULL */
  uint64_t configuration;           /* the number under which it was accepted; 0: none */
  bool has_risk_configuration;
  neap_policy policy;
  neap_broker_maker broker;       /* make NULL: the simulator itself */
  neap_external external;         /* of a broker outside of this process */
  const neap_strategy *strategy;  /* outlives the session; with `seats` NULL the only one */
  const neap_session_seat *seats; /* several strategies, each with its allotment; NULL: `strategy` with all the cash */
  uint32_t seat_count;
  bool quarantine; /* a strategy that fails is put aside and its siblings go on; false: the run ends (a back-test) */
  const char *store_path;  /* NULL: memory only */
  bool resume;             /* the store is there: state is made from its events, on_start is told */
  bool start_if_empty;     /* resume: a store without events is begun */
  int ack_fd;              /* as in neap_event_store_options */
  size_t reserve;          /* as there; 0: a journal that fails ends the run */
  uint64_t snapshot_every; /* events between two snapshots of the state; 0: 10000 */
  int64_t start;           /* the simulated clock's first reading */
  int64_t history_until;   /* bars that ended until then are only shown (neap_session_bar_seen); 0: none */
  bool on_clock;           /* start is the machine's time; what lies before it, also while a resumed session was not
                            * there, is only shown */
  bool dry_run;            /* every order is decided, and then refused */
  const void *details;     /* more fields of the event session_started: parameters, assumptions (base/record) */
  size_t details_size;
  neap_observer observer;
  neap_observer journal; /* sees every event that is appended to the journal, with intents and decisions */
  void *log_context;
  void (*log)(void *context, const char *level, const char *line); /* may be NULL */
} neap_session_options;

typedef struct neap_rejection_count {
  char code[48];
  uint64_t count;
} neap_rejection_count;

typedef struct neap_session_totals {
  uint64_t orders, fills, rejections;
  const neap_rejection_count *rejected; /* by reason, in order of first appearance */
  uint32_t rejected_count;
  const neap_round_trip *trades;
  size_t trade_count;
  neap_decimal equity, cash, fees, funding; /* funding: received */
  neap_decimal paid;                        /* in; of a resumed session what the journal says */
} neap_session_totals;

/* Opens the journal, attaches and starts the strategy. *out is to be closed in any case, after the strategy is gone:
 * its handles point into the session. NULL only without memory. */
neap_status neap_session_open(const neap_session_options *options, neap_session **out, neap_fault *fault);

/* A bar begins: the clock moves to its start, timers that are due fire, resting orders meet the open. */
neap_status neap_session_bar_open(neap_session *session, uint32_t product, const neap_candle *bar, neap_fault *fault);
/* Bars that end together, in order of products: ranges fill, marks and series move, then on_bar for each and on_slice.
 */
neap_status neap_session_bar_close(neap_session *session, const neap_bar_event *bars, uint32_t count,
                                   neap_fault *fault);

/* A product with a book: what came, in order of time, with the bars that its trades make beside it (bar_close; such
 * bars have no open). A message that the book refuses puts it in doubt: entries are refused until a snapshot. At the
 * end of an instant the strategies are told of the newest state, once. */
neap_status neap_session_book_message(neap_session *session, uint32_t product, const neap_book_message *message,
                                      bool is_snapshot, neap_fault *fault);
neap_status neap_session_market_trade(neap_session *session, uint32_t product, const neap_market_trade *trade,
                                      neap_fault *fault);
neap_status neap_session_market_instant(neap_session *session, neap_fault *fault);
/* Of a feed that runs. Nothing is known of a book any more ("gap", "silent", "disconnected"): entries are refused until
 * its next snapshot. */
neap_status neap_session_book_lost(neap_session *session, uint32_t product, const char *why, neap_fault *fault);
/* What was told last of every book that is not lost holds at `now`, however quiet it is. */
void neap_session_feed_alive(neap_session *session, int64_t now);
/* What the venue lets be done with a product (enum neap_trading_flag of market/market_feed.h): entries that it would
 * refuse are refused here, by name; exits are its to decide. */
neap_status neap_session_trading(neap_session *session, uint32_t product, uint32_t flags, neap_fault *fault);

const neap_price_book *neap_session_book_of(const neap_session *session, uint32_t product); /* NULL: bars alone */

/* A market order waits that will shrink a position of this product. Of products that open at one instant these go
 * first: what they release is there for the entries of the others. */
bool neap_session_exits_at_open(const neap_session *session, uint32_t product);

typedef enum neap_close_at_end { NEAP_END_NO, NEAP_END_OPEN, NEAP_END_CLOSE } neap_close_at_end;
/* Calls on_stop, cancels what works, closes positions at the last bar's open or close when asked, writes
 * session_stopped and seals the journal. */
neap_status neap_session_finish(neap_session *session, const char *reason, neap_close_at_end close_at_end,
                                neap_fault *fault);

/* What a session on a clock leaves behind when it stops; it can be resumed from each. */
typedef enum neap_on_stop {
  NEAP_STOP_KEEP,   /* orders as they are */
  NEAP_STOP_CANCEL, /* no order that can open or add; exits stay */
  NEAP_STOP_FLATTEN /* no order, and no position: closed at the latest mark */
} neap_on_stop;
/* As finish, for a session that goes on another time. */
neap_status neap_session_stop(neap_session *session, const char *reason, neap_on_stop how, neap_fault *fault);

/* The same in two steps, where answers take time: from here on only exits pass, and what `how` does not leave is told
 * to go; has that happened, and is nothing under way any more? Then neap_session_stop with keep. */
neap_status neap_session_wind_down(neap_session *session, const char *reason, neap_on_stop how, neap_fault *fault);
bool neap_session_is_left(const neap_session *session, neap_on_stop how);
/* Flatten again, where nothing works and something is held: an entry filled that was told to go. */
neap_status neap_session_close_rest(neap_session *session, const char *reason, neap_fault *fault);

/* Time has come to `now`, and no bar with it: timers that are due fire. */
neap_status neap_session_tick(neap_session *session, int64_t now, neap_fault *fault);
/* What a broker outside of this process answers together is told between these two: then an instant like those above.
 */
void neap_session_begin_instant(neap_session *session);
neap_status neap_session_end_instant(neap_session *session, neap_fault *fault);
/* The journal gets an instant whole, when time moves on, so that a kill leaves no callback half way (ADR-071). Nothing
 * more of the present one will come for a while: it gets what there is. */
void neap_session_rest(neap_session *session);
/* Waits until all that was journalled is durable. */
neap_status neap_session_settle(neap_session *session, neap_fault *fault);
int64_t neap_session_next_due(const neap_session *session); /* of timers, and of what is on its way; INT64_MAX */

/* The run ends here, for this reason: event session_failed, unless the session had finished. Nothing passes any more;
 * the driver calls it once, when a function of the session or its own feed failed. */
void neap_session_failed(neap_session *session, const neap_fault *why);

/* Runs `act` at the desk of a seat as a callback of its own: its intents are journalled and sent when it returns, and
 * dropped when it fails. For the operator's orders. */
neap_status neap_session_act(neap_session *session, uint32_t seat,
                             neap_status (*act)(neap_desk *desk, const void *argument, neap_fault *fault),
                             const void *argument, neap_fault *fault);

/* What a seat is doing: NEAP_OK, or the fault for which it is in quarantine. */
neap_status neap_session_seat_status(const neap_session *session, uint32_t seat, neap_fault *why);

/* A bar that the session had seen before it was resumed, or that is its history. Series, indicators, marks and trailing
 * stops move; nothing is filled, nobody is called. */
neap_status neap_session_bar_seen(neap_session *session, const neap_bar_event *bars, uint32_t count, neap_fault *fault);
/* Bars of a session on the machine's clock that come too late to act by: shown as those. */
neap_status neap_session_bars_missed(neap_session *session, const neap_bar_event *bars, uint32_t count,
                                     neap_fault *fault);
/* Resumed: the clock at the last event; else the end of its history, or 0. */
int64_t neap_session_seen_until(const neap_session *session);

/* The state's hash, as a snapshot would carry it now (session/state.h). */
neap_status neap_session_state_hash(neap_session *session, char out[NEAP_DIGEST_TEXT], neap_fault *fault);

/* An event of the caller's (data_read). */
neap_status neap_session_note(neap_session *session, const char *type, int64_t product, const neap_buffer *record,
                              neap_fault *fault);
neap_status neap_session_totals_get(neap_session *session, neap_session_totals *out, neap_fault *fault);
typedef struct neap_trigger_counts { /* of orders that are watched for because their broker has no such order */
  uint64_t set, watched, fired;      /* in all; now; in all */
} neap_trigger_counts;
void neap_session_triggers(const neap_session *session, neap_trigger_counts *out);
void neap_session_statistics(const neap_session *session, neap_statistics_result *out);
const neap_broker *neap_session_broker_outside(const neap_session *session); /* NULL: the simulator's */
const neap_event_store *neap_session_store(const neap_session *session);
/* The names of what the session itself asks of an order that its engine accepted; NULL after the last. */
const char *neap_session_check_name(unsigned i);
const char *neap_session_preview_name(unsigned i); /* and of the broker's answer to a preview */
/* Frees everything; the journal is closed (sealed if it can be). NULL is accepted. */
void neap_session_close(neap_session *session);

#endif
