/* SPDX-License-Identifier: MIT */
/* scripted_venue: a real server that answers as it is told, one line of a script after the other, and keeps what came;
 * and our client of it, in one thread. Its time is the simulated one of the scene, by which Dates are made. */
#ifndef NEAP_SPEC_SCRIPTED_VENUE_H
#define NEAP_SPEC_SCRIPTED_VENUE_H

#include "broker/coinbase/client.h"
#include "net/server.h"
#include "session/loop.h"
#include "support.h"

enum { VENUE_HEARD = 128, VENUE_TOKEN = 1024 };

typedef enum scripted_end { SCRIPT_WHOLE, SCRIPT_RESET, SCRIPT_FIN, SCRIPT_CUT, SCRIPT_HANG } scripted_end;

typedef struct scripted_answer {
  int status;
  const char *body, *retry_after; /* NULL: none */
  scripted_end end;
} scripted_answer;

typedef struct scripted_request {
  char method[8], path[128], query[128], body[256], authorization[VENUE_TOKEN];
  char legacy[3][128]; /* CB-ACCESS-KEY, -TIMESTAMP, -SIGN */
  int64_t at;          /* the scene's monotonic time */
} scripted_request;

typedef struct scripted_venue {
  neap_loop *loop;
  neap_server *server;
  neap_clock clock; /* the venue's */
  neap_signer_key *key;
  neap_coinbase_client *client;
  const scripted_answer *script;                            /* after its end (status 0): 200 {} */
  const char *(*body_for)(const scripted_request *request); /* of every answer; NULL: the script's */
  neap_server_call *held[VENUE_HEARD];
  size_t held_count;
  scripted_request came[VENUE_HEARD];
  size_t came_count;
  neap_coinbase_reply heard[VENUE_HEARD]; /* whose body is lost, but: */
  char bodies[VENUE_HEARD][256];
  size_t heard_count;
  char base[64];
} scripted_venue;

/* Asked of it: an order, whose repeat is the order's; a cancel, which is urgent; a list of orders. */
extern const neap_coinbase_question scripted_order, scripted_cancel, scripted_look;

int64_t scripted_now(void);     /* monotonic: the loop's and what was passed */
void scripted_pass(int64_t ns); /* of both the machine's clocks; only while nothing is sent */
int64_t scripted_wall(void);

neap_coinbase_client_options scripted_options(scripted_venue *scene);
void scripted_open(scripted_venue *scene, const scripted_answer *script, const neap_coinbase_client_options *options);
void scripted_close(scripted_venue *scene);
uint64_t scripted_ask(scripted_venue *scene, const neap_coinbase_question *question);
void scripted_await(scripted_venue *scene, size_t heard); /* so many answers, passing what is waited for */
void scripted_turn(scripted_venue *scene);

#endif
