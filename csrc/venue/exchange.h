/* SPDX-License-Identifier: MIT */
/* exchange: the local Coinbase as clients meet it: the venue behind TLS, HTTP and WebSocket on one loopback port, with
 * keys, rate limits, a log from which it comes back after its end, faults on demand, and paths below /neap/v1/ by which
 * it is steered. One thread. */
#ifndef NEAP_VENUE_EXCHANGE_H
#define NEAP_VENUE_EXCHANGE_H

#include "base/clock.h"
#include "net/signer.h"
#include "venue/coinbase_venue.h"

typedef struct neap_exchange neap_exchange;

typedef struct neap_exchange_options {
  const char *listen;            /* "127.0.0.1:0" */
  const char *certificate, *key; /* PEM; both NULL: no TLS */
  neap_venue_options venue;      /* its gate and start are the exchange's affair; start 0: the clock's time */
  neap_clock *clock;             /* the wall's: by it tokens are judged; the caller's */
  int64_t speed;                 /* millionths of a venue's second per second of the clock; 0: its time stands still
                                    but for neap_exchange_move */
  bool limits_rates;             /* 30 requests a second of a key, 10 of those without one together, 8 handshakes, 8
                                    messages of a socket that has not shown a token */
  int64_t silence;               /* ns of the clock without a frame after which a socket is closed; 0: never */
  int64_t skew;                  /* ns that a token's clock may be off */
  const char *key_directory;     /* where keys that are asked for go; NULL: they are only told */
} neap_exchange_options;

neap_exchange_options neap_exchange_default_options(void);
/* Listens, and answers once it is stepped. What neap_server_open and neap_venue_new refuse. */
neap_status neap_exchange_open(const neap_exchange_options *options, neap_exchange **out, neap_fault *fault);
void neap_exchange_close(neap_exchange *exchange); /* NULL is accepted */

/* For markets, before the log is opened. */
neap_venue *neap_exchange_venue(neap_exchange *exchange);
/* Plays what the file holds and writes behind it from now on. Markets are added before, keys after. */
neap_status neap_exchange_log(neap_exchange *exchange, const char *path, neap_fault *fault);

/* A key of the venue's and its public half; where a log brought the key already, it is that one (*is_new false). */
neap_status neap_exchange_add_key(neap_exchange *exchange, const neap_venue_key_options *options,
                                  const neap_signer_key *public_half, uint32_t *key, bool *is_new, neap_fault *fault);
neap_status neap_exchange_deposit(neap_exchange *exchange, uint32_t key, const char *currency, neap_decimal amount,
                                  neap_fault *fault);
neap_status neap_exchange_set_product(neap_exchange *exchange, const char *product, uint32_t flags, bool delisted,
                                      neap_fault *fault);
neap_status neap_exchange_end_order(neap_exchange *exchange, const char *order_id, const char *message,
                                    neap_fault *fault);
/* What shall go wrong: see fault_plan.h. Chance is of the venue's seed. NEAP_INVALID; NEAP_NOT_FOUND
 * "unknown_product" (nearest). */
neap_status neap_exchange_add_fault(neap_exchange *exchange, const char *text, uint32_t *id, neap_fault *fault);
neap_status neap_exchange_remove_fault(neap_exchange *exchange, uint32_t id, neap_fault *fault); /* NEAP_NOT_FOUND */
void neap_exchange_write_faults(const neap_exchange *exchange, neap_buffer *out); /* as neap_fault_plan_write */
/* Lets the venue's time go forward by so much, at once. */
void neap_exchange_move(neap_exchange *exchange, int64_t ns);

bool neap_exchange_is_stopping(const neap_exchange *exchange); /* somebody asked for its end */
uint16_t neap_exchange_port(const neap_exchange *exchange);
/* One round: what is due, what came. Waits up to `timeout_ms`. NEAP_IO. */
neap_status neap_exchange_step(neap_exchange *exchange, int timeout_ms, neap_fault *fault);
void neap_exchange_wake(neap_exchange *exchange); /* from any thread or signal handler */

#endif
