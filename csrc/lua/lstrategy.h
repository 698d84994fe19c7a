/* SPDX-License-Identifier: MIT */
/* lstrategy: what the files of the strategy's words share: the strategy behind a state, targets, objects, options. */
#ifndef NEAP_LUA_LSTRATEGY_H
#define NEAP_LUA_LSTRATEGY_H

#include "lua/cell.h"
#include "lua/lneap.h"
#include "lua/strategy_cell.h"
#include "session/desk.h"

enum { STRATEGY_HOOKS = 13 };

struct neap_strategy_cell {
  neap_cell *cell;
  neap_desk *desk; /* NULL until the session attaches */
  neap_strategy strategy;
  char path[512];
  neap_fault world; /* what failed below a word of this call, and is not the script's mistake */
  int64_t time_limit, start_limit;
  neap_buffer params;       /* records */
  int hook[STRATEGY_HOOKS]; /* references: by the bit's number */
  bool bar_is_unread;       /* on_bar is declared without its second parameter */
  int self_ref, params_ref, bar_metatable;
  uint64_t line_call; /* the callback that wrote the last log line, and its lines so far */
  uint32_t lines;
  int state_ref;                           /* 0: the script has not used self.state */
  neap_buffer saved, packed;               /* the state as last saved; room for the next */
  int product_ref[NEAP_STRATEGY_PRODUCTS]; /* of the handles; 0: not made */
  int64_t frame[NEAP_STRATEGY_PRODUCTS];   /* of the last bar of each product: what is fresh is not older */
};

/* A word of self and of product handles: a method, or a field that is computed (called with the object at 1). Neither:
 * it is not in this version. */
typedef struct strategy_word {
  const char *name;
  lua_CFunction method, field;
  enum { WORD_SELF = 1, WORD_PRODUCT = 2, WORD_BOTH = 3 } of;
} strategy_word;

/* Each table ends with a NULL name. */
extern const strategy_word neap_words_orders[], neap_words_plans[], neap_words_sight[], neap_words_series[],
    neap_words_timers[];

/* The strategy whose state this is; raises before the session has attached. */
neap_strategy_cell *neap_lstrategy(lua_State *L);
/* The product of the self or handle at 1. On self with several products it raises and lists them, unless `options` (a
 * stack index, 0: none) has a `product`. */
uint32_t neap_lstrategy_product(lua_State *L, const char *what, int options);
/* −1: all of them (self without options), else the handle's. */
int64_t neap_lstrategy_scope(lua_State *L);
void neap_lstrategy_check_object(lua_State *L); /* raises unless self or a handle is at 1: "use ':'" */
uint32_t neap_lstrategy_find_product(lua_State *L, const char *what, int index); /* id or handle; raises */
void neap_lstrategy_push_product(lua_State *L, uint32_t product);
void neap_lstrategy_open_objects(lua_State *L); /* makes self and leaves it on the stack */

/* Raises what a desk function returned, unless it is NEAP_OK. */
void neap_lstrategy_check(lua_State *L, neap_status status, const char *what, const neap_fault *fault);
int64_t neap_lstrategy_check_duration(lua_State *L, int index, const char *what); /* "5m" or ns; more than 0 */
int64_t neap_lstrategy_frame(lua_State *L, uint32_t product); /* of its own bars, ns; 0: not known yet */
void neap_lstrategy_push_duration(lua_State *L, int64_t ns);

/* False when the callback may not write another line, or not one of that length. */
bool neap_lstrategy_count_line(neap_strategy_cell *self, size_t length, neap_fault *fault);

/* Takes over one reference to `order`. */
void neap_lstrategy_push_order(lua_State *L, neap_order *order);
neap_order *neap_lstrategy_test_order(lua_State *L, int index);
/* The same outside of a cell: `*desk` is NULL once the session is closed, the value at `holder` lives as long as the
 * handle, and what is done with a handle of it is `acts`: called with the handle at 1, each leaves its results;
 * `cancel` of a working order only. */
typedef struct neap_lstrategy_acts {
  int (*cancel)(lua_State *L, neap_order *order);
  int (*replace)(lua_State *L, neap_order *order);
  int (*pause)(lua_State *L, neap_order *order);
  int (*resume)(lua_State *L, neap_order *order);
} neap_lstrategy_acts;
void neap_lstrategy_push_order_of(lua_State *L, neap_order *order, neap_desk *const *desk, int holder,
                                  const neap_lstrategy_acts *acts);
void neap_lstrategy_push_order_holder(lua_State *L, int index);
/* Reads the options of `what` at `index`: exactly one size. `is_signed`: a target. */
void neap_lstrategy_read_request(lua_State *L, const char *what, int index, bool is_signed, neap_order_request *out);
void neap_lstrategy_read_number(lua_State *L, const char *what, const char *name, neap_amount *out); /* at the top */
void neap_lstrategy_read_replacement(lua_State *L, int index, neap_replacement *out); /* options of o:replace */
/* The same with a `side`, which the caller reads. */
void neap_lstrategy_read_leg(lua_State *L, const char *what, int index, neap_order_request *out);
/* For who completes them: the options of an order (NULL-terminated), and the words of a handle (NULL after the last).
 */
const char *const *neap_lstrategy_request_words(bool is_target);
const char *neap_lstrategy_order_word(size_t i, bool *is_method);
const char *neap_lstrategy_text_option(lua_State *L, const char *what, int index, const char *name, size_t limit);
bool neap_lstrategy_flag_option(lua_State *L, const char *what, int index, const char *name); /* absent: false */

void neap_lstrategy_push_bar(lua_State *L, const neap_bar_event *bar);
void neap_lstrategy_open_bar(lua_State *L); /* leaves the metatable on the stack */
void neap_lstrategy_push_fill(lua_State *L, neap_order *order, const neap_fill *fill);
void neap_lstrategy_push_quote(lua_State *L, const neap_quote *quote);
void neap_lstrategy_push_print(lua_State *L, const neap_print *print);
void neap_lstrategy_push_feed(lua_State *L, const neap_feed_event *feed);
/* A view of the product's book, good for this callback; nil where the data has none. */
void neap_lstrategy_push_book(lua_State *L, uint32_t product);
void neap_lstrategy_push_timer(lua_State *L, const neap_timer_event *timer);
void neap_lstrategy_push_mode(lua_State *L, const neap_mode_event *mode);
void neap_lstrategy_push_reason(lua_State *L, const neap_reason *reason);
void neap_lstrategy_push_position(lua_State *L, uint32_t product);

#endif
