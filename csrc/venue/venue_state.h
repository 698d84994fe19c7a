/* SPDX-License-Identifier: MIT */
/* venue_state: what the parts of the venue share among themselves; nobody outside the room includes it. */
#ifndef NEAP_VENUE_VENUE_STATE_H
#define NEAP_VENUE_VENUE_STATE_H

#include "account/fee_tiers.h"
#include "base/json.h"
#include "market/product.h"
#include "venue/coinbase_venue.h"

typedef struct neap_venue_order neap_venue_order;
typedef struct neap_venue_market neap_venue_market;

/* Owners in the order books: users from 1; the market's own participants from here on. */
enum { NEAP_HOUSE_MAKER = 0x80000000u, NEAP_HOUSE_TAKER = 0x80000001u };
/* Numbers of orders in the books: the market's have this bit. */
#define NEAP_HOUSE_ORDER (UINT64_C(1) << 63)

/* The order of the venue's keys of order_configuration (ours of the same: broker/coinbase/order_map). */
typedef enum neap_venue_kind {
  NEAP_MARKET_IOC,
  NEAP_MARKET_FOK,
  NEAP_SOR_LIMIT_IOC,
  NEAP_LIMIT_GTC,
  NEAP_LIMIT_GTD,
  NEAP_LIMIT_FOK,
  NEAP_STOP_LIMIT_GTC,
  NEAP_STOP_LIMIT_GTD,
  NEAP_BRACKET_GTC,
  NEAP_BRACKET_GTD,
  NEAP_TWAP_GTD,
  NEAP_SCALED_GTC,
  NEAP_VENUE_KINDS
} neap_venue_kind;

typedef enum neap_venue_status {
  NEAP_VENUE_PENDING,
  NEAP_VENUE_QUEUED,
  NEAP_VENUE_OPEN,
  NEAP_VENUE_CANCEL_QUEUED,
  NEAP_VENUE_EDIT_QUEUED,
  NEAP_VENUE_FILLED, /* from here on: over */
  NEAP_VENUE_CANCELLED,
  NEAP_VENUE_EXPIRED,
  NEAP_VENUE_FAILED
} neap_venue_status;

typedef struct neap_venue_edit {
  int64_t price, size, time;
} neap_venue_edit;
enum { NEAP_VENUE_EDITS = 5, NEAP_VENUE_CLIENT_ID = 129, NEAP_VENUE_REASON = 64 };

struct neap_venue_order {
  uint64_t number; /* from 1, by creation: its place in venue->orders + 1, and its id in the book */
  char id[NEAP_VENUE_ID], client_id[NEAP_VENUE_CLIENT_ID];
  uint32_t portfolio, product; /* indexes; the product as it was asked for, whose wallets pay: an alias is itself */
  bool is_alias;               /* its book is another product's: BTC-USDC, for BTC-USD */
  neap_venue_kind kind;
  neap_venue_status status;
  neap_side side;
  bool post_only, in_quote, is_resting; /* is_resting: the book has it */
  int64_t size;                         /* base increments; of an order in quote: what it was turned into */
  neap_decimal quote_size;              /* of an order in quote */
  int64_t limit, stop;                  /* price increments; 0: none. A bracket: limit the target, stop its trigger */
  int64_t exit;                         /* a bracket: the limit of what its trigger sends */
  bool stop_is_up, is_triggered;
  int64_t booked_price;                          /* at which its book has it */
  bool in_auction;                               /* it waits for the end of an auction */
  bool reduces;                                  /* takes a position back: needs no margin */
  bool is_attached;                              /* a bracket that is the exit of its parent */
  bool is_trimmed;                               /* attached: since it grew last, its position was closed otherwise */
  int64_t workable;                              /* attached: what of its size may work, since the parent got it */
  int64_t booked, left;                          /* what its book was given last, and what of that is open there */
  int64_t removed;                               /* base increments that it lost to the prevention of self-trades */
  neap_decimal budget;                           /* a market buy on spot: what it may spend, its fees included */
  int64_t hold_price;                            /* at which its hold is reckoned */
  neap_fee_schedule rates;                       /* those of its acceptance, which its hold covers */
  neap_decimal leverage_of;                      /* `leverage` as a number; 1 where nothing was said */
  int64_t created, updated, end_time, last_fill; /* 0: none */
  int64_t filled;                                /* base increments */
  neap_decimal value, fees;                      /* quote, of what is filled; fees at 16 digits */
  uint32_t fills;
  neap_decimal held; /* of what it pays with (held_in); part of its wallet's hold */
  char leverage[16];
  const char *margin_type;                          /* static: "CROSS" "ISOLATED" or "" */
  int64_t start_time, bucket_duration, bucket_size; /* TWAP; the size in base increments, of one in quote: 0 */
  uint32_t buckets, buckets_done;
  uint64_t parent, child; /* TWAP and scaled: the order that it is a part of; attached: originating and attached */
  uint64_t newest_fill;   /* number; 0: none. Each fill names the one before it */
  neap_venue_edit edit[NEAP_VENUE_EDITS];
  uint32_t edits;
  char reject_reason[NEAP_VENUE_REASON];
  const char *reject_message, *cancel_message; /* static, or `words` */
  char *words;                                 /* owned */
  char *configuration;                         /* JSON of order_configuration as it is echoed; owned */
  char *attached;                              /* JSON of attached_order_configuration; NULL: none; owned */
};

typedef struct neap_venue_fill {
  uint64_t number, trade;    /* from 1; the market trade's */
  uint64_t order, before;    /* before: the number of the order's fill before this one; 0: none */
  int64_t price, size, time; /* increments */
  neap_decimal commission;
  neap_liquidity liquidity;
  char entry_id[65], trade_id[NEAP_VENUE_ID];
} neap_venue_fill;

/* A print of the market. `side` is the maker's, as the venue tells it. */
typedef struct neap_venue_trade {
  uint64_t number; /* per product */
  int64_t price, size, time;
  neap_side maker_side;
} neap_venue_trade;

typedef struct neap_venue_bar { /* a minute with a trade */
  int64_t time, open, high, low, close;
  __int128 volume; /* increments */
} neap_venue_bar;

enum { NEAP_VENUE_TRADES = 1000 };

/* The 24 hours to the last trade or look, kept by trades.c. */
typedef struct neap_venue_window {
  size_t first; /* of bars: the oldest that lies in it; bar_count: none does */
  int64_t high, low;
  __int128 volume; /* increments */
} neap_venue_window;

/* Who waits for the last price to reach a stop. An order that is over, or whose stop has moved, is passed over. */
typedef struct neap_venue_stop {
  int64_t price;
  uint64_t number;
} neap_venue_stop;

typedef struct neap_venue_product {
  neap_product facts; /* its flags are those in force */
  bool is_delisted;
  const neap_json_value *answer; /* the product as the list had it: what does not move is told from here */
  uint32_t alias_of;             /* product whose book it shares; UINT32_MAX: it has its own */
  neap_order_book *book;         /* NULL: an alias */
  neap_venue_trade *trades;      /* a ring of NEAP_VENUE_TRADES: see trades.h; NULL before the first */
  uint64_t trade_count;
  neap_venue_bar *bars; /* oldest first */
  size_t bar_count, bar_size;
  neap_venue_window day;
  int64_t last;                   /* price; before the first trade: where the list had it; 0: unknown */
  neap_venue_stop *stops, *falls; /* heaps of those that wait for a rise and for a fall: the nearest first */
  size_t stop_count, stop_size, fall_count, fall_size;
  neap_match_order *auction; /* what came in an auction, in its order; id 0: gone. Of users' orders the id alone */
  size_t auction_count, auction_size;
  neap_venue_market *market;     /* who makes its prices; NULL: nobody but those who connect */
  struct neap_stream_feed *feed; /* what those who subscribed to it wait for; NULL: nobody did */
} neap_venue_product;

typedef struct neap_venue_wallet {
  char id[NEAP_VENUE_ID], currency[NEAP_VENUE_CURRENCY];
  neap_decimal available, hold; /* what is owned is the sum */
  int64_t created, updated;
} neap_venue_wallet;

typedef struct neap_venue_position { /* in a derivative */
  uint32_t product;
  int64_t contracts; /* below zero: short */
  neap_decimal cost; /* signed notional of what is open */
  neap_decimal realized, realized_today, fees;
  int64_t day;           /* of realized_today, since 1970 */
  neap_decimal leverage; /* of the order that opened it; zero: 1 */
} neap_venue_position;

typedef struct neap_venue_convert { /* a quote, and what became of it */
  char id[NEAP_VENUE_ID], from[NEAP_VENUE_CURRENCY], to[NEAP_VENUE_CURRENCY];
  uint32_t portfolio;
  neap_decimal amount, total, rate; /* of `from`; of `to`; to per from */
  int64_t made, committed;
  bool is_committed;
} neap_venue_convert;

typedef struct neap_venue_sweep { /* of a user's futures to spot */
  char id[NEAP_VENUE_ID];
  uint32_t portfolio;
  neap_decimal amount; /* zero: all */
  int64_t time;
  bool is_cancelled;
} neap_venue_sweep;

typedef struct neap_venue_portfolio {
  char id[NEAP_VENUE_ID], name[64];
  const char *type; /* static: "DEFAULT" "CONSUMER" "INTX" */
  uint32_t user;
  bool is_deleted;
  neap_venue_wallet *wallets;
  size_t wallet_count, wallet_size;
  neap_venue_position *positions;
  size_t position_count, position_size;
  uint64_t *orders, *fills; /* numbers, rising: what its lists walk (history.c) */
  size_t order_count, order_size;
  size_t fill_count, fill_size;
  uint64_t *live; /* of orders that are not over, and of some that are since it was looked at last */
  size_t live_count, live_size;
  uint32_t *open; /* orders that are not over, per product; NULL: never had one */
} neap_venue_portfolio;

typedef struct neap_venue_user {
  char id[NEAP_VENUE_ID];
  uint32_t owner;             /* in the books */
  neap_fee_plan fees;         /* by what was traded in 30 days */
  const char *margin_setting; /* static */
  bool is_collateral_shared;
} neap_venue_user;

typedef struct neap_venue_key {
  char name[NEAP_VENUE_TOKEN_OF];
  uint32_t user, portfolio; /* indexes */
  unsigned permissions;
} neap_venue_key;

/* What is due at a time. Equal times are run in the order in which they were asked for. */
typedef struct neap_venue_timer {
  int64_t time;
  uint64_t serial;
  void (*run)(neap_venue *venue, uint64_t what);
  uint64_t what;
} neap_venue_timer;

/* An array that grows: pointers to orders stay good, since the orders are allocated one by one. */
struct neap_venue {
  neap_venue_options options;
  int64_t now;
  int64_t away_until; /* markets do nothing before */
  neap_json *list;    /* the products' */
  neap_venue_product *products;
  size_t product_count;
  uint32_t *product_ids; /* hash of an id to its index + 1; product_id_size a power of two */
  size_t product_id_size;
  neap_venue_user *users;
  size_t user_count, user_size;
  neap_venue_portfolio *portfolios; /* [0] is the house: its balances are what others gave and got, below zero too */
  size_t portfolio_count, portfolio_size;
  neap_venue_key *keys;
  size_t key_count, key_size;
  neap_venue_order **orders;
  size_t order_count, order_size;
  neap_venue_fill *fills;
  size_t fill_count, fill_size;
  uint64_t *client_ids; /* hash of portfolio and client_id to its upper half and order number; size a power of two */
  size_t client_id_size;
  uint64_t *order_ids; /* the same of id */
  size_t order_id_size;
  neap_match_event *events; /* of the call of a book that runs */
  size_t event_count, event_size;
  uint64_t *chores; /* numbers of orders that must work: what a match started, done when it is over */
  size_t chore_count, chore_size;
  uint64_t *trimmed; /* numbers of exits whose book must be told that they are smaller */
  size_t trimmed_count, trimmed_size;
  uint64_t stepping;         /* number of the market buy that takes level by level; 0: none */
  neap_venue_wallet *issued; /* deposits, per currency, in `available` */
  size_t issued_count, issued_size;
  neap_venue_convert *converts;
  size_t convert_count, convert_size;
  neap_venue_sweep *sweeps;
  size_t sweep_count, sweep_size;
  neap_venue_timer *timers; /* a heap */
  size_t timer_count, timer_size;
  uint64_t serial;            /* of timers */
  uint64_t dice;              /* of ids */
  neap_venue_stream *streams; /* a list, in the order of their opening */
  unsigned stream_rhythms;    /* which of those that concern no single product are under way (stream_rhythm.c) */
  uint64_t match_numbers;     /* market trades of all products: of trade ids */
  bool has_failed;            /* memory was short where nothing could be told: every answer is 500 from then on */
};

/* venue.c */
neap_status neap_venue_at(neap_venue *venue, int64_t time, void (*run)(neap_venue *, uint64_t), uint64_t what);
uint64_t neap_venue_draw(neap_venue *venue); /* for ids alone */
void neap_venue_make_id(neap_venue *venue, char out[NEAP_VENUE_ID]);
/* Room for one more item of an array: NULL when memory is short. `*items` moves. */
void *neap_venue_push(void *items, size_t *count, size_t *size, size_t item);
const neap_venue_key *neap_venue_key_of(const neap_venue *venue, uint32_t key); /* NULL: 0 or unknown */

/* products.c */
neap_status neap_venue_load_products(neap_venue *venue, neap_fault *fault);
void neap_venue_free_products(neap_venue *venue);                                      /* all but their markets */
neap_venue_product *neap_venue_product_named(const neap_venue *venue, const char *id); /* an alias is itself; NULL */
const char *neap_venue_nearest_product(const neap_venue *venue, const char *id);       /* NULL: none is near */
neap_venue_product *neap_venue_product_book(neap_venue *venue, neap_venue_product *product); /* whose book it uses */
neap_decimal neap_venue_price(const neap_venue_product *product, int64_t ticks);
neap_decimal neap_venue_size(const neap_venue_product *product, int64_t lots);
/* A list of our own, for whoever hands in none: a products answer of the venue. */
void neap_venue_write_own_products(neap_buffer *out);

/* history.c: what a portfolio's lists are walked by. Called once for each order and fill, by rising numbers, when it is
 * in the venue's array. NEAP_MEMORY. */
neap_status neap_venue_index_order(neap_venue *venue, const neap_venue_order *order);
neap_status neap_venue_index_fill(neap_venue *venue, neap_venue_fill *fill);
/* Lets go of the numbers in `live` whose orders are over: each goes once. */
void neap_venue_prune_live(const neap_venue *venue, neap_venue_portfolio *portfolio);

/* A JSON value as it was read. */
void neap_venue_write_value(neap_json_writer *writer, const char *key, const neap_json_value *value);

#endif
