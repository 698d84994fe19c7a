/* SPDX-License-Identifier: MIT */
/* exchange_state: what the parts of the exchange share; nobody else includes it. */
#ifndef NEAP_VENUE_EXCHANGE_STATE_H
#define NEAP_VENUE_EXCHANGE_STATE_H

#include "net/server.h"
#include "net/verifier.h"
#include "venue/exchange.h"
#include "venue/fault_plan.h"
#include "venue/rate_limit.h"
#include "venue/venue_log.h"

enum { NEAP_EXCHANGE_MESSAGES = 8 }; /* a second, of a client without a token */

typedef struct neap_exchange_errand neap_exchange_errand;
typedef struct neap_exchange_socket neap_exchange_socket;

/* An order that the venue shall cancel. */
typedef struct neap_exchange_watch {
  char order_id[NEAP_VENUE_ID];
  int64_t due;    /* the clock's */
  bool if_filled; /* once a part of it is; else when it is due */
} neap_exchange_watch;

/* A product that a fault changed. */
typedef struct neap_exchange_turned {
  uint32_t fault, product; /* its id; the product's index */
  uint32_t flag;
  bool was_set; /* before all faults */
} neap_exchange_turned;

struct neap_exchange {
  neap_exchange_options options;
  neap_venue *venue;
  neap_venue_log *log; /* NULL: nothing is kept */
  uint64_t played;     /* entries that the log had */
  neap_server *server;
  neap_verifier *verifier;
  int64_t began, origin;  /* the clock's time and the venue's, of the same moment */
  neap_rate_limit *rates; /* [0]: of those without a key; then by key */
  size_t rate_count, rate_size;
  neap_rate_limit handshakes;
  neap_venue_answer answer; /* of the request under way */
  neap_fault_plan *plan;
  neap_exchange_errand *errands; /* that wait */
  neap_exchange_watch *watches;
  size_t watch_count, watch_size;
  neap_exchange_turned *turned;
  size_t turned_count, turned_size;
  uint64_t requests;
  int64_t skew; /* ns that its clock is off, by a fault */
  char *key_directory;
  bool is_behind; /* the venue has not come as far as the clock; its time is what it has come to */
  bool is_stopping;
};

int64_t neap_exchange_now(const neap_exchange *exchange); /* the venue's time */
int64_t neap_exchange_lag(const neap_exchange *exchange); /* ns by which that is late, for want of speed */
/* Does what the entry says, and writes it down before. */
neap_status neap_exchange_do(neap_exchange *exchange, neap_venue_entry *entry, neap_fault *fault);

/* Headers: the answer's own number, what a client may still ask for in this second, and Retry-After. */
typedef struct neap_exchange_allowance {
  char id[20], limit[12], remaining[12];
  neap_server_line lines[5];
} neap_exchange_allowance;

/* A request on its way: in its handler's memory, and once it has to wait in its own. */
struct neap_exchange_errand {
  neap_exchange *exchange;
  neap_server_call *call; /* NULL: its client left */
  neap_server_request request;
  int64_t delay;                 /* before its next stage */
  neap_fault_kind before, after; /* what befalls it and its answer; NEAP_FAULT_KINDS: nothing */
  uint32_t number;               /* of that fault */
  neap_exchange_allowance left;
  neap_server_reply reply;
  /* Of those that wait. */
  bool is_kept;
  neap_buffer asked, answered; /* copies */
  void (*stage)(neap_exchange_errand *errand);
  neap_server_timer *timer;
  neap_exchange_errand *next, *previous;
};

/* exchange_errand.c. `stage` is called after its delay, at once where there is none; the errand is the callee's then.
 */
void neap_exchange_errand_pass(neap_exchange_errand *errand, void (*stage)(neap_exchange_errand *errand));
void neap_exchange_errand_end(neap_exchange_errand *errand);
void neap_exchange_end_errands(neap_exchange *exchange);
void neap_exchange_on_gone(void *self, neap_server_call *call);

/* exchange_call.c, exchange_socket.c: the server's handlers. */
void neap_exchange_on_request(void *self, neap_server_call *call, const neap_server_request *request);
bool neap_exchange_on_opened(void *self, neap_server_socket *socket, const neap_server_request *handshake);
void neap_exchange_on_message(void *self, neap_server_socket *socket, const char *text, size_t length);
void neap_exchange_on_closed(void *self, neap_server_socket *socket);
/* Puts the request to the venue, whose answer is in exchange->answer. NEAP_IO: it cannot be written down. */
neap_status neap_exchange_put(neap_exchange *exchange, const neap_server_request *request, uint32_t key,
                              neap_fault *fault);

/* exchange_fault.c: what befalls requests. */
void neap_exchange_fault_before(neap_exchange_errand *errand);
/* Instead of handling it: an answer, an end or nothing. */
void neap_exchange_fault_instead(neap_exchange_errand *errand);
/* Behind the handling; the reply is made from exchange->answer after it. `was_put`: the venue had it. */
void neap_exchange_fault_after(neap_exchange_errand *errand, uint32_t key, bool was_put);
void neap_exchange_fault_answer(neap_exchange_errand *errand); /* sends the reply, or what becomes of it */

/* exchange_frame.c: what befalls sockets. */
struct neap_exchange_socket {
  neap_exchange *exchange;
  neap_server_socket *server;
  neap_venue_stream *stream;
  neap_server_text *swapped;        /* goes behind the next frame; NULL */
  struct neap_exchange_late *lates; /* frames that wait */
  neap_server_timer *silence;
  bool is_silent; /* by a fault */
  bool is_over;   /* no more is sent */
  /* Of the rules. */
  neap_server_timer *first, *quiet;
  int64_t told;                          /* when a frame was last sent */
  int64_t heard[NEAP_EXCHANGE_MESSAGES]; /* when its last messages came: a ring */
  uint64_t messages;
};
void neap_exchange_frame(neap_exchange_socket *socket, const char *text, size_t length);
bool neap_exchange_fault_handshake(neap_exchange *exchange, const neap_server_request *handshake); /* it is refused */
bool neap_exchange_fault_message(neap_exchange_socket *socket, const char *text, size_t length);   /* it is not heard */
void neap_exchange_socket_fini(neap_exchange_socket *socket);

/* exchange_rules.c: what ends a socket or leaves its messages unheard, by the clock. */
bool neap_exchange_begin_rules(neap_exchange_socket *socket); /* false: no memory */
void neap_exchange_end_rules(neap_exchange_socket *socket);
void neap_exchange_note_frame(neap_exchange_socket *socket); /* the venue sends one */
bool neap_exchange_may_speak(neap_exchange_socket *socket);  /* else it is told why not */

/* exchange_turn.c: what befalls the venue. */
void neap_exchange_turn(neap_exchange *exchange); /* what is due */
void neap_exchange_turn_back(neap_exchange *exchange);
int64_t neap_exchange_turns_at(const neap_exchange *exchange); /* the clock's time; INT64_MAX: never */
void neap_exchange_watch_order(neap_exchange *exchange, const char *order_id, int64_t due, bool if_filled);
void neap_exchange_look_at_orders(neap_exchange *exchange); /* those that are watched */

/* exchange_admin.c: paths below /neap/v1/. */
bool neap_exchange_is_admin(const char *path);
void neap_exchange_administer(neap_exchange *exchange, neap_server_call *call, const neap_server_request *request);

#endif
