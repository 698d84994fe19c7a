/* SPDX-License-Identifier: MIT */
/* strategy_hooks: the session's calls, each a protected and limited call of one function of the script. */
#include <string.h>

#include "lua/lstrategy_state.h"
#include "lua/strategy_hooks.h"

/* What one hook is called with. */
typedef struct call {
  neap_strategy_cell *self;
  int hook; /* number of its bit */
  bool resumed;
  const neap_bar_event *bars;
  uint32_t count;
  neap_order *order;
  const neap_fill *fill;
  const neap_timer_event *timer;
  const neap_mode_event *mode;
  const neap_quote *quote;
  const neap_print *print;
  const neap_feed_event *feed;
  uint32_t product; /* of the book */
  const char *reason;
} call;

enum { START, BAR, SLICE, ORDER, FILL, REJECT, TIMER, STOP, MODE, QUOTE, BOOK, TRADE, FEED };

static void push_slice(lua_State *L, const call *asked) {
  lua_createtable(L, 0, (int)asked->count);
  for (uint32_t i = 0; i < asked->count; i++) {
    neap_lstrategy_push_bar(L, &asked->bars[i]);
    lua_setfield(L, -2, neap_desk_product(asked->self->desk, asked->bars[i].product)->id);
  }
}

static void push_own_order(lua_State *L, const call *asked) {
  neap_desk_retain(asked->self->desk, asked->order);
  neap_lstrategy_push_order(L, asked->order);
}

static void push_argument(lua_State *L, const call *asked) {
  switch (asked->hook) {
  case START:
    lua_pushboolean(L, asked->resumed);
    break;
  case BAR:
    neap_lstrategy_push_bar(L, asked->bars);
    break;
  case SLICE:
    push_slice(L, asked);
    break;
  case FILL:
    neap_lstrategy_push_fill(L, asked->order, asked->fill);
    break;
  case TIMER:
    neap_lstrategy_push_timer(L, asked->timer);
    break;
  case MODE:
    neap_lstrategy_push_mode(L, asked->mode);
    break;
  case STOP:
    lua_pushstring(L, asked->reason);
    break;
  case QUOTE:
    neap_lstrategy_push_quote(L, asked->quote);
    break;
  case BOOK:
    neap_lstrategy_push_book(L, asked->product);
    break;
  case TRADE:
    neap_lstrategy_push_print(L, asked->print);
    break;
  case FEED:
    neap_lstrategy_push_feed(L, asked->feed);
    break;
  default:
    push_own_order(L, asked);
  }
}

static int run(lua_State *L) {
  const call *asked = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, asked->self->hook[asked->hook]);
  lua_rawgeti(L, LUA_REGISTRYINDEX, asked->self->self_ref);
  push_argument(L, asked);
  lua_call(L, 2, 0);
  return 0;
}

/* The end of "path:12: " at the beginning of a line without spaces in the path; NULL: there is none. */
static const char *skip_place(const char *text) {
  size_t length = strcspn(text, " \n");
  if (length < 3 || text[length] != ' ' || text[length - 1] != ':') return NULL;
  const char *at = text + length - 1;
  while (at > text && at[-1] >= '0' && at[-1] <= '9') at--;
  return at > text && at[-1] == ':' && at < text + length - 1 ? text + length + 1 : NULL;
}

void neap_strategy_place(neap_fault *fault) {
  const char *rest = fault->where[0] ? NULL : skip_place(fault->message);
  if (!rest) return;
  neap_fault_set_where(fault, "%.*s", (int)(rest - 2 - fault->message), fault->message);
  memmove(fault->message, rest, strlen(rest) + 1);
}

/* A failing disk is not the script's error, even if the script caught what was raised. */
static neap_status end_call(neap_strategy_cell *self, neap_status status, neap_fault *fault) {
  if (self->world.status != NEAP_OK) {
    status = self->world.status;
    if (fault) *fault = self->world;
    self->world.status = NEAP_OK;
  } else if (status != NEAP_OK && fault) {
    neap_strategy_place(fault);
  }
  return status;
}

static neap_status call_hook(call *asked, int64_t limit, neap_fault *fault) {
  neap_strategy_cell *self = asked->self;
  if (!self->hook[asked->hook]) return NEAP_OK;
  return end_call(self, neap_cell_call(self->cell, run, asked, 0, limit, fault), fault);
}

static int make_self(lua_State *L) {
  neap_strategy_cell *self = lua_touserdata(L, 1);
  neap_lstrategy_open_objects(L);
  self->self_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  neap_lstrategy_open_bar(L);
  self->bar_metatable = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

static neap_status attach(void *context, neap_desk *desk, neap_fault *fault) {
  neap_strategy_cell *self = context;
  self->desk = desk;
  if (neap_desk_product_count(desk) > NEAP_STRATEGY_PRODUCTS)
    return neap_fail(fault, NEAP_INVALID, "products", "a strategy takes at most %d products", NEAP_STRATEGY_PRODUCTS);
  return neap_cell_call(self->cell, make_self, self, 0, self->start_limit, fault);
}

static neap_status start(void *context, bool resumed, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = START, .resumed = resumed}, self->start_limit, fault);
}

/* The shortest frame of a product is the strategy's own unless it declares one. */
static void note_frame(neap_strategy_cell *self, const neap_bar_event *bar) {
  int64_t known = self->frame[bar->product];
  if (known == 0 || bar->frame < known) self->frame[bar->product] = bar->frame;
}

/* on_bar without a function in between: it is called a million times. */
static void push_bar_call(lua_State *L, const void *bar) {
  const neap_strategy_cell *self = neap_cell_context(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->hook[BAR]);
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->self_ref);
  if (!self->bar_is_unread) neap_lstrategy_push_bar(L, bar);
}

static neap_status call_bar(neap_strategy_cell *self, const neap_bar_event *bar, neap_fault *fault) {
  neap_status status = neap_cell_push(self->cell, push_bar_call, bar, fault);
  if (status != NEAP_OK) return status;
  int arguments = self->bar_is_unread ? 1 : 2;
  return end_call(self, neap_cell_call_pushed(self->cell, arguments, self->time_limit, fault), fault);
}

static neap_status on_bar(void *context, const neap_bar_event *bar, neap_fault *fault) {
  neap_strategy_cell *self = context;
  note_frame(self, bar);
  if (self->hook[BAR] && neap_cell_has_room(self->cell)) return call_bar(self, bar, fault);
  return call_hook(&(call){.self = self, .hook = BAR, .bars = bar}, self->time_limit, fault);
}

static neap_status on_slice(void *context, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  neap_strategy_cell *self = context;
  for (uint32_t i = 0; i < count; i++) note_frame(self, &bars[i]);
  return call_hook(&(call){.self = self, .hook = SLICE, .bars = bars, .count = count}, self->time_limit, fault);
}

static neap_status on_order(void *context, neap_order *order, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = ORDER, .order = order}, self->time_limit, fault);
}

static neap_status on_fill(void *context, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = FILL, .order = order, .fill = fill}, self->time_limit, fault);
}

static neap_status on_reject(void *context, neap_order *order, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = REJECT, .order = order}, self->time_limit, fault);
}

static neap_status on_timer(void *context, const neap_timer_event *timer, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = TIMER, .timer = timer}, self->time_limit, fault);
}

static neap_status on_stop(void *context, const char *reason, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = STOP, .reason = reason}, self->time_limit, fault);
}

static neap_status on_mode(void *context, const neap_mode_event *mode, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = MODE, .mode = mode}, self->time_limit, fault);
}

static neap_status on_quote(void *context, const neap_quote *quote, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = QUOTE, .quote = quote}, self->time_limit, fault);
}

static neap_status on_book(void *context, uint32_t product, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = BOOK, .product = product}, self->time_limit, fault);
}

static neap_status on_trade(void *context, const neap_print *print, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = TRADE, .print = print}, self->time_limit, fault);
}

static neap_status on_feed(void *context, const neap_feed_event *feed, neap_fault *fault) {
  neap_strategy_cell *self = context;
  return call_hook(&(call){.self = self, .hook = FEED, .feed = feed}, self->time_limit, fault);
}

static neap_status save(void *context, neap_buffer *out, bool *changed, neap_fault *fault) {
  neap_strategy_cell *self = context;
  *changed = false;
  return self->state_ref ? neap_lstrategy_save_state(self, out, changed, fault) : NEAP_OK;
}

static neap_status restore(void *context, const void *record, size_t size, neap_fault *fault) {
  return neap_lstrategy_restore_state(context, record, size, fault);
}

static neap_status revert(void *context, neap_fault *fault) { return neap_lstrategy_revert_state(context, fault); }

void neap_strategy_set_hooks(neap_strategy_cell *self) {
  neap_strategy *strategy = &self->strategy;
  strategy->self = self;
  strategy->attach = attach;
  strategy->start = start;
  strategy->bar = on_bar;
  strategy->slice = on_slice;
  strategy->order = on_order;
  strategy->fill = on_fill;
  strategy->reject = on_reject;
  strategy->timer = on_timer;
  strategy->stop = on_stop;
  strategy->mode = on_mode;
  strategy->quote = on_quote;
  strategy->book = on_book;
  strategy->trade = on_trade;
  strategy->feed = on_feed;
  strategy->save = save;
  strategy->restore = restore;
  strategy->revert = revert;
}
