/* SPDX-License-Identifier: MIT */
/* rest: one table of routes, and what their handlers have in common: reading a query, writing the venue's errors. */
#ifndef NEAP_VENUE_REST_H
#define NEAP_VENUE_REST_H

#include "venue/venue_state.h"

enum { NEAP_REST_PARTS = 3, NEAP_REST_PART = 80 };

typedef struct neap_rest_call {
  const neap_venue_request *request;
  const neap_venue_key *key;                  /* NULL: a public route without one */
  uint32_t portfolio;                         /* of the key; UINT32_MAX */
  char part[NEAP_REST_PARTS][NEAP_REST_PART]; /* what stood for each '*' of the route, unescaped */
  const neap_json_value *body;                /* an object; of a request without a body an empty one; NULL: of a GET */
  neap_venue_answer *answer;                  /* status 200 and JSON, until a handler says otherwise */
  neap_json_writer json;                      /* writes into the answer */
} neap_rest_call;

typedef void neap_rest_handler(neap_venue *venue, neap_rest_call *call);

typedef struct neap_rest_route {
  const char *method, *path; /* below /api/v3/brokerage, or from /v2/ on; '*' is one part */
  unsigned permission;       /* neap_venue_permission; 0: public */
  bool changes;
  neap_rest_handler *handle;
} neap_rest_route;

/* Each file of routes brings a table that ends with a method of NULL. */
extern const neap_rest_route
    neap_rest_account_routes[];                        /* rest_accounts.c: accounts, key_permissions, payment_methods */
extern const neap_rest_route neap_rest_order_routes[]; /* rest_orders.c: create … close_position */
extern const neap_rest_route neap_rest_history_routes[];   /* rest_history.c: orders/historical/… */
extern const neap_rest_route neap_rest_product_routes[];   /* rest_products.c: products, market/products */
extern const neap_rest_route neap_rest_market_routes[];    /* rest_market.c: books, candles, trades, time */
extern const neap_rest_route neap_rest_portfolio_routes[]; /* rest_portfolios.c: portfolios, move_funds */
extern const neap_rest_route neap_rest_convert_routes[];   /* rest_convert.c: convert, transaction_summary */
extern const neap_rest_route neap_rest_future_routes[];    /* rest_futures.c: cfm */
extern const neap_rest_route neap_rest_perpetual_routes[]; /* rest_perpetuals.c: intx */
extern const neap_rest_route neap_rest_app_routes[];       /* rest_app.c: /v2 */

neap_rest_handler neap_rest_candles; /* rest_candles.c */

/* The venue's words for kinds of products, the one for none first, NULL at the end: rest_products.c. */
extern const char *const neap_rest_product_types[], *const neap_rest_expiry_types[];

/* The `index`-th value of a name in the query, unescaped into `out` (cut to its size); false: there are fewer. */
bool neap_rest_query(const neap_rest_call *call, const char *name, size_t index, char *out, size_t size);
/* A whole number within [least, most]; `fallback` where it is absent. false: an answer 400 was written. */
bool neap_rest_query_count(neap_rest_call *call, const char *name, int64_t fallback, int64_t least, int64_t most,
                           int64_t *out);
bool neap_rest_query_flag(const neap_rest_call *call, const char *name); /* True true 1 */
/* Whether `value` is among the values of a name, or the name is absent. */
bool neap_rest_query_has(const neap_rest_call *call, const char *name, const char *value);
/* Whether each value of a name is one of `words` (NULL at the end). false: an answer 400 that names it, and the
 * nearest, was written. */
bool neap_rest_query_words(neap_rest_call *call, const char *name, const char *const *words);
/* The one that is said, or the first: it means none. */
bool neap_rest_query_word(neap_rest_call *call, const char *name, const char *const *words, const char **out);
/* RFC 3339 or unix seconds; 0: absent. false: an answer 400 was written. */
bool neap_rest_query_time(neap_rest_call *call, const char *name, int64_t *out);
/* A member's text; NULL: absent, null or no string. */
const char *neap_rest_text(const neap_json_value *object, const char *name);

/* {"error":…,"error_details":…,"message":…} with an HTTP status; what was written before is gone. */
void neap_rest_refuse(neap_rest_call *call, int status, const char *error, const char *details, const char *message);
void neap_rest_refuse_argument(neap_rest_call *call, const char *message); /* 400 INVALID_ARGUMENT */
void neap_rest_refuse_unknown(neap_rest_call *call, const char *message);  /* 404 NOT_FOUND */
/* {"errors":[{"id":…,"message":…}]}, as the older API says it. */
void neap_rest_app_refuse(neap_rest_call *call, int status, const char *id, const char *message); /* rest_app.c */
/* The product with that id. NULL: an answer 404 that names it, and the nearest, was written. */
neap_venue_product *neap_rest_product(const neap_venue *venue, neap_rest_call *call, const char *id);
/* {"value":…,"currency":…} */
void neap_rest_amount(neap_json_writer *json, const char *key, neap_decimal value, const char *currency);
void neap_rest_time(neap_json_writer *json, const char *key, int64_t time); /* RFC 3339; 0: null */
/* {"iso":…,"epochSeconds":…,"epochMillis":…}: the answer of /time. */
void neap_rest_write_now(neap_json_writer *json, int64_t now);

/* Pages of a list that is walked newest or oldest first by number: the cursor is the number at which to go on. A limit
 * of 0 is none. */
typedef struct neap_rest_page {
  uint64_t from; /* 0: from the beginning */
  int64_t limit;
} neap_rest_page;
bool neap_rest_page_read(neap_rest_call *call, int64_t fallback, int64_t most, neap_rest_page *out);

#endif
