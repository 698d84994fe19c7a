/* SPDX-License-Identifier: MIT */
/* client_parts: what the parts of the client share among themselves; nobody else includes it. */
#ifndef NEAP_BROKER_COINBASE_CLIENT_PARTS_H
#define NEAP_BROKER_COINBASE_CLIENT_PARTS_H

#include "broker/coinbase/client_clock.h"
#include "broker/coinbase/client_pace.h"
#include "broker/coinbase/client_reply.h"
#include "net/recorded_http.h"

/* As many requests are with http at once; the last of them are for what is urgent. */
enum { NEAP_COINBASE_CONNECTIONS = 8, NEAP_COINBASE_URGENT_ONLY = 2 };

#define NEAP_COINBASE_TIME_PATH "/api/v3/brokerage/time"

typedef enum neap_coinbase_step {
  NEAP_STEP_WAITING,  /* for `due` and its turn */
  NEAP_STEP_SENT,     /* `sent` is with http */
  NEAP_STEP_CLOCKLESS /* until the venue's time was asked for */
} neap_coinbase_step;

typedef struct neap_coinbase_call neap_coinbase_call;
struct neap_coinbase_call {
  neap_coinbase_client *client;
  neap_coinbase_call *next, *previous; /* in the order of asking */
  uint64_t id;
  neap_coinbase_question question; /* whose method, path and body are these: */
  char method[8];
  neap_buffer path, body, target; /* target: path and query */
  neap_coinbase_done *done;
  void *context;
  neap_coinbase_step step;
  neap_recorded_call *sent;
  int64_t due, deadline, first; /* monotonic; first: when the first try left */
  int64_t wall, skew;           /* the machine's time and the correction that the last try was signed with */
  unsigned tries;
  bool is_own;         /* the client's, for the time: never signed */
  bool had_its_token;  /* the fresh one, after a 401 */
  bool proves_told;    /* the last try was signed with what /time said */
  bool has_left_doubt; /* one of the tries may have been done */
  neap_coinbase_reply last;
};

struct neap_coinbase_client {
  neap_coinbase_client_options options; /* whose texts are its own */
  char *sign_host, *key_name, *legacy_key, *legacy_secret;
  neap_recorded_http *http;
  neap_coinbase_pace paces[2]; /* private, public */
  neap_coinbase_clock clock;
  neap_coinbase_access access;
  int64_t asked_time; /* when, monotonic; INT64_MIN: never */
  int64_t heard;      /* an answer, the same */
  bool is_asking_time, is_closing;
  neap_coinbase_call *calls, *last_call;
  size_t count, sent;
  uint64_t last_id;
  uint64_t chance[2]; /* by is_public: what the market is asked is asked at the same times whatever the orders do */
};

int64_t neap_coinbase_client_now(const neap_coinbase_client *client);  /* monotonic */
int64_t neap_coinbase_client_wall(const neap_coinbase_client *client); /* the machine's, ns since 1970 */

/* --- client_call: a call's life ----------------------------------------------------------------------------------- */

/* In the list, waiting for its turn; the texts are copied. */
neap_status neap_coinbase_call_new(neap_coinbase_client *client, const neap_coinbase_question *question,
                                   neap_coinbase_done *done, void *context, neap_coinbase_call **out,
                                   neap_fault *fault);
void neap_coinbase_call_free(neap_coinbase_call *call); /* out of the list; nobody is told */
void neap_coinbase_call_end(neap_coinbase_call *call);  /* with its `last`, which is told */
void neap_coinbase_call_answered(void *call, const neap_http_answer *answer);

/* --- client_turn: whose turn it is -------------------------------------------------------------------------------- */

void neap_coinbase_turn(neap_coinbase_client *client);    /* sends what may be sent; tells nobody */
void neap_coinbase_expire(neap_coinbase_client *client);  /* ends what cannot be sent in its time */
void neap_coinbase_end_all(neap_coinbase_client *client); /* that are not sent */
int64_t neap_coinbase_next_turn(const neap_coinbase_client *client);
int64_t neap_coinbase_earliest(const neap_coinbase_call *call); /* when it may be sent, were there room */

/* --- client_sign: what a try is signed with, and what a refused token leads to -------------------------------------
 */

typedef struct neap_coinbase_signature {
  neap_buffer authorization, lines[3];
  const char *all[4]; /* `lines` as http takes them */
} neap_coinbase_signature;

bool neap_coinbase_has_key(const neap_coinbase_client *client);
/* Nothing, a token, or the headers of a legacy key. */
neap_status neap_coinbase_sign(neap_coinbase_call *call, neap_coinbase_signature *out, neap_fault *fault);
void neap_coinbase_signature_fini(neap_coinbase_signature *signature);

/* --- client_time: the venue's clock ------------------------------------------------------------------------------- */

/* What an answer says of the time. */
void neap_coinbase_note_time(neap_coinbase_call *call, const neap_http_answer *answer);
/* By which a token is made. */
int64_t neap_coinbase_skew_for(neap_coinbase_call *call);
/* The call waits until the venue was asked for its time, or not at all where that was done just now. */
void neap_coinbase_await_time(neap_coinbase_call *call);
/* The last 401: what it says is the clock's doing where the token was made with another time than the venue's. */
void neap_coinbase_explain(neap_coinbase_call *call);

#endif
