/* SPDX-License-Identifier: MIT */
/* session_state: the session's insides, for the files of this room only. */
#ifndef NEAP_SESSION_SESSION_STATE_H
#define NEAP_SESSION_SESSION_STATE_H

#include "account/fee_tiers.h"
#include "base/clock.h"
#include "base/record.h"
#include "engine/guard_manager.h"
#include "engine/outbox.h"
#include "session/desk.h"
#include "session/session.h"
#include "session/state_parts.h"

enum { SESSION_SEATS = 64, SESSION_FRAMES = 24, SESSION_REASONS = 64, SESSION_STORM = 500, SESSION_CHAIN = 100 };

/* One time frame of one product. Each desk that asked for it has a stream of its own: what one hangs on it, no other
 * waits for or pays for. */
typedef struct frame_series {
  int64_t frame;
  bool aggregated;
  neap_aggregator aggregator;
  neap_stream **streams; /* by desk; NULL: it did not ask */
} frame_series;

typedef struct market_tape market_tape;         /* session/tape.h */
typedef struct reconcile_watch reconcile_watch; /* session/reconcile_watch.h */

typedef struct market_state {
  int64_t frame; /* of the data */
  bool has_mark;
  neap_decimal mark;
  int64_t mark_time;
  bool begun;       /* a bar has opened and not closed */
  int64_t bar_time; /* start and open of the latest bar */
  neap_decimal bar_open;
  int64_t next_end; /* of the longer bars that are being built; INT64_MAX: none, or a bar that has begun will end it */
  neap_candle last_bar; /* of the data that closed */
  bool has_bar;
  bool has_liquidity; /* made of last_bar when it is first asked for */
  neap_liquidity_view liquidity;
  bar_volume volume;
  uint32_t trading;  /* enum neap_trading_flag: what the venue says may not be done now */
  uint32_t told;     /* of that, what the feed has said */
  market_tape *tape; /* its recorded book and trades; NULL: bars alone */
  uint32_t series_count;
  frame_series series[SESSION_FRAMES];
} market_state;

typedef struct named_series {
  char name[64];
  neap_stream *stream;
  struct named_series *next;
} named_series;

typedef enum notice_kind { NOTICE_ORDER, NOTICE_FILL, NOTICE_REJECT } notice_kind;
typedef struct notice {
  notice_kind kind;
  neap_order *order; /* one reference */
  uint64_t cause;    /* the event that it tells of */
  neap_fill fill;
} notice;

struct neap_desk {
  neap_session *session;
  uint32_t index;
  const neap_strategy *strategy; /* NULL: the operator's own desk */
  const char *name;              /* of the strategy, or "operator" */
  uint32_t hooks;                /* that are called: those of the strategy */
  uint32_t products;             /* bits: those that the strategy declared, else all */
  int64_t timeframe;             /* 0: that of the data */
  named_series *series;
  desk_timer *timers;
  int64_t next_due; /* of all timers; INT64_MAX: none */
  bool warm;        /* on_bar has begun */
  uint64_t bars;
  uint64_t answers_now; /* callbacks at this instant about orders that were themselves answers: a storm breeds them */
  int64_t storm_time;
  neap_failures failures;
  neap_buffer saved;      /* self.state, as the journal has it */
  bool mode_untold;       /* on_mode is owed */
  uint32_t quote_told[2]; /* bits of products, by side: that its quote would cross was said */
  neap_fault aside;       /* status other than NEAP_OK: in quarantine, and why */
};

typedef struct bar_list { /* bars of all frames that ended at this instant */
  neap_bar_event event[NEAP_STRATEGY_PRODUCTS * SESSION_FRAMES];
  uint32_t count;
} bar_list;

struct neap_session {
  char id[64], mode[16], currency[20];
  neap_product *products;
  market_state *markets;
  neap_decimal *marks; /* beside markets, as the ledger wants them */
  uint32_t product_count;
  neap_clock clock;
  neap_event_store *store;
  neap_ledger *ledger;
  neap_round_trips *round_trips;
  neap_statistics *statistics;
  neap_paper *paper;
  neap_broker_sink sink;
  const neap_broker *broker;
  neap_engine live, advanced;
  neap_limits in_force;      /* the session's own copy, swapped between two events */
  const neap_limits *limits; /* of it */
  uint64_t configuration;    /* its number; 0: none was given */
  bool has_risk_configuration;
  neap_policy policy;
  neap_guard_manager guards;
  external_book external;         /* what of the account at the venue is not ours */
  reconcile_watch *account_watch; /* NULL: the broker is inside of this process */
  neap_fee_schedule fees;         /* in force */
  neap_fee_plan *fee_plan;        /* NULL: they stay as they are */
  int64_t next_account;           /* when the account is to be looked at: tiers, funding; INT64_MAX: never */
  neap_guard_product *guarded;    /* room for what guards are shown */
  neap_guard_book *books;         /* by desk; NULL: there is one */
  neap_decimal *book_positions;
  neap_closes *closes; /* by product; NULL: no guard wants them */
  neap_outbox outbox;
  neap_holding *holdings; /* by desk, then product; the account's are the last row */
  neap_recent_orders recent;
  neap_desk *desks;   /* one for each seat */
  const char **names; /* of them */
  uint32_t desk_count;
  int64_t next_due; /* of the timers of all desks, of slices, and of previews that nobody answers */
  int64_t next_slice, next_preview;
  int64_t next_unwind;      /* when what a group could not unwind is tried again */
  int64_t next_room;        /* when what waits for room is sent anyway; INT64_MAX: nothing does */
  bool room_rests;          /* while debts are paid: it is looked at behind them */
  bool follows_volume;      /* a vwap works */
  neap_order *first, *last; /* working orders, in order of arrival */
  neap_order **buckets;     /* of working orders, by number */
  size_t bucket_count, indexed;
  neap_order *retired;    /* terminal ones that wait for the sweep after the callback */
  neap_order *held;       /* swept, and still referenced */
  neap_order *spare;      /* pool */
  order_group *groups;    /* by number */
  bool groups_rest;       /* while debts are paid: they are looked at behind them */
  neap_digest *id_digest; /* of client order ids */
  uint64_t orders, fills;
  notice *notices;
  size_t notice_head, notice_count, notice_capacity;
  uint32_t generation; /* of the order that the running callback is about; 0: none of this instant */
  uint64_t last_seq, cause;
  neap_buffer scratch;
  neap_buffer kept;             /* what a strategy keeps, while it is asked */
  bar_list bar_list, desk_bars; /* of all desks; of the one that is told */
  bool aggregates;              /* some series is made of shorter bars */
  bool outside;                 /* the broker is outside of this process: the simulator has nothing to do */
  bool has_transit;             /* some product has a recorded book: orders and answers are on their way for a while */
  bool carries;                 /* some product may be sold short: margin is watched */
  int64_t next_end;             /* of all markets */
  neap_decimal equity;          /* at the last bar, and nearest to it: */
  double equity_float;
  int64_t equity_time; /* latest start of a bar whose equity was recorded */
  neap_round_trip *trades;
  size_t trade_count, trade_capacity;
  neap_rejection_count rejected[SESSION_REASONS];
  uint32_t rejected_count;
  uint64_t rejections;
  bool counts_trades;                    /* what they gave is part of the state (state_tally.c) */
  uint64_t earlier_trades;               /* of before the session was resumed */
  uint64_t snapshot_every, snapshot_seq; /* the latest snapshot's number */
  int64_t seen_until;                    /* resumed: the clock at the last event before; or the end of its history */
  bool looks_back;                       /* there is such a time */
  bool dry_run;
  bool watches;     /* some order may be watched for (session/stop_trigger_manager) */
  bool ends_orders; /* some order may be ours to end at its good_till */
  uint64_t triggers_set, triggers_fired;
  bool exposed; /* a fill happened since the last bar closed */
  bool resumed;
  bool has_reserve;           /* the journal may fail, and the session goes on for the exits */
  neap_journal_state journal; /* as the session has taken note of it */
  bool mode_untold;           /* to one desk at least */
  bool quarantine;            /* a strategy that fails is put aside, and the session goes on */
  unsigned instant_depth;     /* of calls of the driver (session/instant) */
  bool gathers;               /* a piece of the journal is held, and what leaves waits for its end */
  bool finishing;             /* only exits pass */
  bool ended;                 /* nothing passes */
  bool told;                  /* the journal has its last event */
  neap_status failed;         /* a broken invariant met inside a broker's report: the run stops */
  neap_fault failure;
  neap_observer observer;
  void *log_context;
  void (*log)(void *context, const char *level, const char *line);
};

/* session.c */
neap_status session_event(neap_session *session, const char *type, const neap_order *order, int64_t product,
                          uint64_t cause, const neap_buffer *record, uint64_t *seq, neap_fault *fault);
neap_buffer *session_scratch(neap_session *session); /* cleared */
/* Whose event it is; with one strategy there is nothing to tell. */
static inline void session_record_desk(const neap_desk *desk, neap_buffer *out) {
  if (desk->session->desk_count > 1) neap_record_text(out, "strategy", desk->name);
}
static inline void session_record_guard(const neap_session *session, neap_buffer *out) {
  const neap_guard_manager *guards = &session->guards;
  neap_record_text(out, "guard_mode", neap_mode_name(guards->mode));
  if (guards->reason[0]) neap_record_text(out, "guard_reason", guards->reason);
  if (guards->who[0]) neap_record_text(out, "guard_who", guards->who);
  if (guards->since) neap_record_time(out, "guard_since", guards->since);
}
/* What of the limits in force is not the default or was set, each with its source (configure.c). */
void session_record_configuration(const neap_session *session, const char *const *sources, neap_buffer *out);
neap_decimal session_paid_in(const neap_session *session);
/* Cash and positions of all desks at the marks. */
neap_status session_equity(const neap_session *session, neap_decimal *out);
/* Remembers the first failure of a place that cannot return one. */
void session_fail(neap_session *session, const neap_fault *fault);
/* A line of the log, of a strategy or of the session itself. */
void session_say(neap_session *session, const char *who, const char *level, const char *text);

/* callbacks.c: runs a hook, keeps or drops what it asked for, sends, and then tells the strategy what came of it. */
typedef neap_status (*session_hook)(neap_desk *desk, const void *argument, neap_fault *fault);
neap_status session_callback(neap_desk *desk, const char *name, session_hook hook, const void *argument,
                             neap_fault *fault);
neap_status session_drain(neap_session *session, neap_fault *fault);
/* As drain, at no cost when nothing happened. */
static inline neap_status session_settle(neap_session *session, neap_fault *fault) {
  bool idle = session->notice_count == 0 && !session->retired && !session->mode_untold && session->failed == NEAP_OK;
  return idle ? NEAP_OK : session_drain(session, fault);
}
void notices_free(neap_session *session);
void session_notify(neap_session *session, notice_kind kind, neap_order *order, const neap_fill *fill);

/* resume.c */
neap_status session_resume(neap_session *session, const neap_session_options *options, neap_fault *fault);
/* Its strategy begins with what it kept; in quarantine it sees its desk and is not called. */
neap_status desk_wake(neap_desk *desk, neap_fault *fault);
neap_status session_pay_debts(neap_session *session, neap_fault *fault); /* debts.c */
/* The broker is another one from now on: it takes what works (debts.c). */
neap_status session_move_orders(neap_session *session, neap_fault *fault);
/* What a broker outside of this process has to say, before a strategy is called. */
neap_status session_hear(neap_session *session, neap_fault *fault);
/* An exit that the broker does not have: watched for, or sent, or it waits for room. */
neap_status order_send_late(neap_session *session, neap_order *order, neap_fault *fault);
/* Had the session seen this moment before it was resumed, or is it history? */
static inline bool session_has_seen(const neap_session *session, int64_t time) {
  return session->looks_back && time <= session->seen_until;
}

/* checkpoint.c */
neap_status session_state_lend(const neap_session *session, neap_state *out, neap_fault *fault);
void session_state_take_back(neap_state *state);
neap_status session_checkpoint(neap_session *session, neap_fault *fault); /* writes a snapshot */
/* At an instant's end: writes one when it is time for it. */
static inline neap_status session_checkpoint_due(neap_session *session, neap_fault *fault) {
  bool due = session->last_seq - session->snapshot_seq >= session->snapshot_every;
  return due ? session_checkpoint(session, fault) : NEAP_OK;
}

/* order_index.c */
neap_order *order_find(neap_session *session, uint64_t number); /* working ones */
bool order_index_add(neap_session *session, neap_order *order); /* false: no memory */
void order_index_remove(neap_session *session, neap_order *order);

/* orders.c */
neap_order *order_new(neap_session *session);                /* with number, id and a place among the working ones */
neap_order *order_blank(neap_session *session);              /* with nothing of that; to be retired when it is let go */
void order_retire(neap_session *session, neap_order *order); /* it became terminal: out of the working ones */
void order_sweep(neap_session *session);                     /* forgets retired orders that nobody refers to */
void order_release(neap_session *session, neap_order *order); /* gives back one reference */
/* Policy, guards, engine; journals the decision; accepted orders wait in the outbox. */
neap_status order_decide(neap_session *session, neap_order *order, const char *quantity_note, const char *price_note,
                         neap_fault *fault);
/* Session, journal and guards, then this engine. */
void order_judge(neap_session *session, const neap_engine *engine, const neap_order *order,
                 const neap_snapshot *snapshot, bool is_exit, neap_decision *decision);
/* The same engine once more, on the newest snapshot. */
neap_status order_decide_again(neap_session *session, neap_order *order, neap_decision *decision, neap_fault *fault);
void order_refuse(neap_session *session, neap_order *order, const neap_reason *reason);
neap_status order_journal(neap_session *session, neap_fault *fault); /* what waits, without sending it */
neap_status order_flush(neap_session *session, neap_fault *fault);   /* at the instant's end, where that holds them */
neap_status order_flush_now(neap_session *session, neap_fault *fault);
neap_status order_flush_round(neap_session *session, neap_fault *fault); /* but not what comes of that */
neap_status order_cancel(neap_session *session, neap_order *order, const char *why, neap_fault *fault);
bool order_is_staying(const neap_order *order); /* works, and no cancel of it is asked for */
/* It can only reduce what its strategy holds now (debts.c). */
bool order_is_exit(const neap_session *session, const neap_order *order);

/* last_word.c: refuses an accepted order outside the trading window, and in a dry run. */
void session_last_word(const neap_session *session, bool is_exit, neap_decision *decision);

/* quarantine.c */
neap_status desk_put_aside(neap_desk *desk, const char *hook, const neap_fault *why, neap_fault *fault);
/* Working orders that could open or add; `desk` NULL: of all of them. Withdraw asks, without sending; `product` −1:
 * all.
 */
neap_status entries_withdraw(neap_session *session, const neap_desk *desk, int64_t product, const char *why,
                             neap_fault *fault);
neap_status entries_cancel(neap_session *session, const neap_desk *desk, const char *why, neap_fault *fault);
uint32_t entries_count(const neap_session *session); /* those that no cancel is asked for yet */

/* doubt.c: after what may have journalled: stops entries, or halts, when the journal cannot be written. Gives `status`,
 * or why the session halts. */
neap_status session_watch(neap_session *session, neap_status status, neap_fault *fault);
bool session_is_in_doubt(const neap_session *session);

/* feed_news.c: what the products' flags say is what may not be done now. Why the venue would not take such an order
 * now; NULL: it would. */
void session_trading_begin(neap_session *session);
const char *session_trading_forbids(const neap_session *session, const neap_ticket *ticket);

/* mode.c: takes a mode, without a word to the journal; the strategies hear of it at the next settling. */
void mode_hold(neap_session *session, neap_mode mode, const char *reason, const char *who);
neap_status mode_record(neap_session *session, const char *message, neap_fault *fault); /* `message` may be NULL */
/* Takes it, cancels entries when it is stricter, and writes it down; nobody is told yet. */
neap_status mode_change(neap_session *session, neap_mode mode, const char *why, const char *who, neap_fault *fault);
neap_status mode_tell(neap_session *session, neap_fault *fault); /* on_mode */
/* Kept over a restart; what the configuration or the session itself asked for is asked anew. */
bool mode_is_lasting(const char *who);
/* "configuration over guard_manager": what lasts is not lost under what is stricter and does not. */
enum { MODE_WHO = sizeof((neap_guard_manager *)0)->who };
void mode_name_over(const char *who, const char *under, char out[MODE_WHO]);

/* exposure.c: the running sums of what is held and works. A working order is uncounted before anything of it changes,
 * and counted again. */
neap_status exposure_init(neap_session *session, neap_fault *fault);
neap_status exposure_count(neap_session *session, neap_order *order);
void exposure_uncount(neap_session *session, neap_order *order);
neap_status exposure_book(neap_session *session, const neap_fill *fill, const neap_booking *booking);
neap_status exposure_restore(neap_session *session, neap_fault *fault); /* of a resumed session */
static inline const neap_holding *desk_holdings(const neap_session *session, uint32_t desk) {
  return &session->holdings[(size_t)desk * session->product_count];
}
/* NEAP_RANGE */
neap_status desk_portfolio(const neap_session *session, uint32_t desk, neap_portfolio *out);
neap_status account_portfolio(const neap_session *session, neap_portfolio *out);

/* failures.c: the orders that fail in a row, and what is told of them. */
bool failure_counts(const neap_order *order, const neap_report *report);
bool failure_add(neap_session *session, const neap_order *order, neap_fault *fault); /* true: the streak trips */
bool failure_is_streak(const neap_desk *desk);                                       /* is one in force? */
void failure_stop(const neap_desk *desk, neap_fault *fault);                         /* its working entries go */
/* Journals and sends what waits, and ends the piece that neap_event_store_hold began; the first fault of `before` and
 * this. */
neap_status cancels_send(neap_session *session, neap_status before, neap_fault *fault);

/* guarding.c */
neap_status guards_look(neap_session *session, unsigned moment, neap_fault *fault); /* enum neap_guard_moment */
/* At no cost when no guard is on. */
static inline neap_status guards_watch(neap_session *session, unsigned moment, neap_fault *fault) {
  return session->guards.asked & moment ? guards_look(session, moment, fault) : NEAP_OK;
}
/* A session that was resumed may hold what has no mark yet: until it has, nobody knows what the account is worth, and
 * the limits refuse every entry (exposure_unknown). */
bool guards_can_see(const neap_session *session);
neap_status guards_show(neap_session *session, neap_guard_view *out); /* guard_view.c; NEAP_RANGE */
neap_status guards_sweep(neap_session *session, neap_fault *fault);   /* of a session on a clock: when one is due */
void guards_swept(neap_session *session, int64_t now);
neap_status guards_configure(neap_session *session, neap_fault *fault); /* by the limits in force */
neap_status guards_release(neap_session *session, neap_fault *fault);   /* what guards hold that are off */
void guards_free(neap_session *session);

/* snapshot.c */
neap_status session_snapshot(const neap_session *session, const neap_order *order, neap_snapshot *out);
neap_status session_buying_power(const neap_desk *desk, uint32_t product, neap_decimal *out);

/* sizing_view.c: what the advice on sizes goes by, where it is asked for. */
bool sizing_wants_closes(const neap_limits *limits);
bool sizing_wants_liquidity(const neap_limits *limits);
/* Is the count of closed trades to begin with these limits? Writes it into the event that begins it. */
bool sizing_begins_count(const neap_session *session, const neap_limits *limits, neap_buffer *event);
void sizing_begin_count(neap_session *session);
void sizing_show(const neap_session *session, const neap_order *order, neap_snapshot *out);

/* preview.c: the broker's answer to an order that waits for it; an order that is cancelled while it waits. */
neap_status order_previewed(neap_session *session, neap_order *order, const neap_report *report, neap_fault *fault);
void order_withdrawn(void *context, neap_order *order, const char *why);
void preview_begins(neap_session *session);     /* one is about to be asked for */
void previews_find_next(neap_session *session); /* when the first of them is waited for no longer */
neap_status previews_expire(neap_session *session, neap_fault *fault);

/* reports.c */
void session_report(void *context, const neap_report *report);
neap_status session_admit(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                          neap_decimal wanted, neap_decimal *quantity, neap_fault *fault);

/* exits.c */
neap_status exits_create_owed(neap_session *session, neap_order *entry, neap_fault *fault); /* neap_order_debt */
neap_status exits_after_fill(neap_session *session, neap_order *order, neap_decimal quantity,
                             const neap_booking *booking, neap_fault *fault);
neap_status exits_cancel(const neap_desk *desk, uint32_t product, const char *why, neap_fault *fault);

/* amount.c */
typedef enum amount_use { AMOUNT_QUANTITY, AMOUNT_PRICE, AMOUNT_MONEY, AMOUNT_SHARE } amount_use;
neap_status amount_resolve(const neap_amount *amount, amount_use use, const neap_product *product, neap_side side,
                           const char *field, neap_decimal *out, const char **note, neap_fault *fault);

/* desk_orders.c */
typedef struct request_notes { /* how floats of a request became exact */
  const char *quantity, *price;
} request_notes;
bool amount_is_given(const neap_amount *amount);
bool amount_is_positive(const neap_amount *amount); /* and finite; one that is not given is */
neap_status request_misuse(const char *field, const char *text, neap_fault *fault); /* NEAP_INVALID */
neap_status request_check_amounts(const neap_order_request *request, bool is_signed, neap_fault *fault);
neap_status request_resolve_size(neap_desk *desk, const neap_order_request *request, neap_ticket *ticket,
                                 request_notes *note, neap_fault *fault);
/* No decision could be made: it is as if the order had never been asked for. Gives `status`. */
neap_status order_undo(neap_desk *desk, neap_order *order, neap_order **out, neap_status status);
/* A draft is an order without number and place: nothing exists until every field was understood. The order has one
 * reference. */
neap_status request_draft(neap_desk *desk, const neap_order_request *request, neap_order *draft, request_notes *note,
                          neap_fault *fault);
neap_status request_submit(neap_desk *desk, const neap_order *draft, const request_notes *note, neap_order **out,
                           neap_fault *fault);
/* desk_risk.c: `risk` needs a stop_loss; and the quantity that loses that share of equity there, at the limit, else the
 * stop, else the mark. Zero where none can be found: the engine says why. */
neap_status risk_check_options(const neap_order_request *request, neap_fault *fault);
neap_status risk_resolve(const neap_desk *desk, const neap_order_request *request, neap_order *draft,
                         neap_fault *fault);
/* A handle for "nothing to do": filled, of quantity 0, never journalled. */
neap_status order_nothing_to_do(neap_desk *desk, uint32_t product, const char *code, neap_order **out,
                                neap_fault *fault);

/* desk_target.c: position plus what working orders will add; amounts not sized yet count at the mark. */
neap_status target_expected(neap_desk *desk, uint32_t product, neap_decimal *out, neap_fault *fault);

/* timers.c */
neap_status timer_fire(neap_session *session, neap_fault *fault); /* the one that is due next */
void timers_commit(neap_desk *desk, bool keep);
void timers_free(neap_desk *desk);
void timers_find_next(neap_desk *desk);
void timers_join(neap_session *session); /* what is due next of all */
void timers_drop(neap_desk *desk);       /* all of them, while the session goes on */

/* frames.c: bars of every frame that end, those of the data and those made of them. */
neap_status frames_add(neap_session *session, const neap_bar_event *bar, bar_list *list, neap_fault *fault);
/* Longer bars of a product whose end has come without a bar of the data that would end there. */
neap_status frames_end(neap_session *session, uint32_t product, int64_t now, bar_list *list, neap_fault *fault);
void frames_find_next_end(neap_session *session, uint32_t product);

/* series.c: the bars that a desk's strategy wants of a product; NULL: nobody wants bars of that length. */
frame_series *series_find(market_state *market, int64_t frame);
neap_status series_open(const neap_desk *desk, uint32_t product, neap_fault *fault);
/* Could all the desks have them, as they are to be? Then, when another strategy has a seat: those that are kept are in
 * them. */
neap_status series_check(const neap_session *session, const neap_desk *desks, neap_fault *fault);
neap_status series_seat(const neap_desk *desk, neap_fault *fault);

/* desks.c */
neap_status desks_init(neap_session *session, const neap_session_options *options, neap_fault *fault);
/* The money that a session begins with; of one that goes on the journal says what there is. */
neap_status desks_pay_in(neap_session *session, const neap_session_options *options, neap_fault *fault);
void desks_free(neap_session *session);
neap_status desk_find_products(neap_desk *desk, neap_fault *fault); /* which its strategy trades */
void desk_free_series(neap_desk *desk);                             /* its own ones */
static inline neap_desk *order_desk(neap_session *session, const neap_order *order) {
  return &session->desks[order->ticket.strategy];
}

/* market.c */
/* Everything that happens before `to`, and the clock there; at `to` itself longer bars end up to `last_end`. */
neap_status market_advance(neap_session *session, int64_t to, int64_t last_end, neap_fault *fault);
void market_set_mark(neap_session *session, uint32_t product, neap_decimal price, int64_t time);
neap_status market_init(neap_session *session, const neap_session_options *options, neap_fault *fault);
void market_free(neap_session *session);

#endif
