/* SPDX-License-Identifier: MIT */
/* session_support: a run of a session for tests: products, bars written by hand, and a strategy made of C functions. */
#ifndef NEAP_SPEC_SESSION_SUPPORT_H
#define NEAP_SPEC_SESSION_SUPPORT_H

#include "base/clock.h"
#include "broker/broker_adapter.h"
#include "decimals.h"
#include "session/backtest.h"
#include "session/desk.h"
#include "support.h"

#define MINUTE (60 * NEAP_SECOND)
#define HOUR (60 * MINUTE)
#define MONDAY (INT64_C(1704067200) * NEAP_SECOND) /* 2024-01-01 00:00 UTC */

enum { ACT_PRODUCTS = 3, ACT_BARS = 64, ACT_ORDERS = 32, ACT_SEATS = 4 };

/* A strategy; hooks that are NULL are absent. What happens is written to `log`, a line each. */
typedef struct actor actor;
struct actor {
  neap_status (*start)(actor *me, neap_fault *fault);
  neap_status (*bar)(actor *me, const neap_bar_event *bar, neap_fault *fault);
  neap_status (*slice)(actor *me, const neap_bar_event *bars, uint32_t count, neap_fault *fault);
  neap_status (*order)(actor *me, neap_order *order, neap_fault *fault);
  neap_status (*fill)(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault);
  neap_status (*reject)(actor *me, neap_order *order, neap_fault *fault);
  neap_status (*timer)(actor *me, const neap_timer_event *timer, neap_fault *fault);
  neap_status (*stop)(actor *me, const char *reason, neap_fault *fault);
  neap_status (*mode)(actor *me, const neap_mode_event *mode, neap_fault *fault);
  neap_strategy strategy; /* its declarations may be set before the run; without a name it is "actor" */
  neap_desk *desk;
  uint64_t dice;                /* for random_support */
  unsigned bars, calls;         /* on_bar so far; for the test's own counting */
  neap_order *held[ACT_ORDERS]; /* kept handles, given back with actor_drop */
  unsigned held_count;
  char log[1 << 14];
};

typedef struct act { /* what a run is made of */
  neap_product product[ACT_PRODUCTS];
  neap_candle bar[ACT_PRODUCTS][ACT_BARS];
  size_t count[ACT_PRODUCTS];
  uint32_t products;
  neap_limits limits;
  neap_broker_abilities abilities; /* of a broker that lacks something */
  neap_broker theirs;
  neap_backtest_options options;
  neap_session *session;
  neap_backtest_report report;
  neap_session_totals totals;
  neap_fault fault;
} act;

#define exactly(text) ((neap_amount){.kind = NEAP_AMOUNT_EXACT, .exact = dec(text)})
#define inexactly(value) ((neap_amount){.kind = NEAP_AMOUNT_FLOAT, .approximate = (value)})

/* Limits that never bind, but for a leverage of 1. */
void act_widen(neap_limits *limits);
/* One product BTC-USD (spot), 10,000 USD, no fees, engine live, limits far away. */
void act_init(act *play);
/* Its broker is the simulator without these abilities ("stop stop_limit trailing_stop"). */
void act_lack(act *play, const char *words);
/* Another product; its facts "kind=margin,base_increment=1". Returns its index. */
uint32_t act_product(act *play, const char *text);
/* A bar that starts `at` ns after MONDAY: "open high low close volume". */
void act_bar(act *play, uint32_t product, int64_t at, const char *prices);
/* Bars of one length from MONDAY on. */
void act_bars(act *play, uint32_t product, int64_t frame, const char *const *prices, size_t count);
/* Runs; on NEAP_OK checks that cash, positions and fees add up to the last digit, and fills `totals`. */
neap_status act_run(act *play, actor *who);
void act_run_well(act *play, actor *who); /* fails the test where it does not end with NEAP_OK */
void act_seat(actor *who);                /* makes its strategy; the functions that run it do so themselves */
/* The same with several strategies of the names that they were given, and an equal part of the cash each. */
neap_status act_run_all(act *play, actor *const *who, uint32_t count);
/* On seats that are filled in. */
neap_status act_run_seats(act *play, const neap_session_seat *seats, uint32_t count);
/* Gives back kept handles, then closes the session. */
void act_close(act *play, actor *who);

neap_status actor_place(actor *me, const neap_order_request *request, neap_order **out); /* keeps the handle */
void actor_note(actor *me, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Hooks: "01 00:15 buy 2 @ 100 why" of a fill, "rejected code" of a refusal. */
neap_status actor_note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault);
neap_status actor_note_reject(actor *me, neap_order *order, neap_fault *fault);
/* "01 00:15" of an instant: day of January 2024, hour, minute. */
const char *instant(int64_t ns, char out[16]);

/* The journal's event types with that prefix ("" for all but session_*, data_read and state_snapshot), joined by
 * spaces. */
const char *act_events(const act *play, const char *prefix, char *out, size_t size);
/* What the journal says of one strategy's orders, fills, timers, states and log, a line each, without what depends on
 * its siblings: seq, numbers and ids. Up to `size`. */
const char *act_story(const act *play, const char *strategy, char *out, size_t size);
/* The JSON of the `nth` event (from 0) of a type; "" when there is none. */
const char *act_event(const act *play, const char *type, unsigned nth, char *out, size_t size);
void act_head(const act *play, char out[NEAP_DIGEST_TEXT]);

#endif
