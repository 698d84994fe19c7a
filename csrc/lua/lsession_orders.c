/* SPDX-License-Identifier: MIT */
/* lsession_orders: the operator's orders. Each is a callback of its own at the desk of a seat. Opening takes the
 * operator's cash; getting out reaches every desk. */
#include <string.h>

#include "lua/laccount.h"
#include "lua/lsession.h"
#include "lua/lstrategy.h"

static const char by_operator[] = "operator";

typedef struct order_task {
  const neap_order_request *request;
  const neap_replacement *wish;
  uint32_t product;
  const char *why, *tag;
  neap_order *order; /* in: to be cancelled or replaced; out: what came of it */
  bool works;        /* out: what was paused or resumed does */
} order_task;

static order_task *task_of(const void *argument) { return *(order_task *const *)argument; }

static neap_status act_place(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_place(desk, task_of(argument)->request, &task_of(argument)->order, fault);
}

static neap_status act_target(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_target(desk, task_of(argument)->request, &task_of(argument)->order, fault);
}

static neap_status act_close(neap_desk *desk, const void *argument, neap_fault *fault) {
  order_task *task = task_of(argument);
  return neap_desk_close(desk, task->product, task->why, task->tag, &task->order, fault);
}

static neap_status act_cancel(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_cancel(desk, task_of(argument)->order, fault);
}

static neap_status act_replace(neap_desk *desk, const void *argument, neap_fault *fault) {
  order_task *task = task_of(argument);
  return neap_desk_replace(desk, task->order, task->wish, &task->order, fault);
}

static neap_status act_pause(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_pause(desk, task_of(argument)->order, &task_of(argument)->works, fault);
}

static neap_status act_resume(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_resume(desk, task_of(argument)->order, &task_of(argument)->works, fault);
}

static neap_status act_cancel_all(neap_desk *desk, const void *argument, neap_fault *fault) {
  return neap_desk_cancel_all(desk, *(const int64_t *)argument, fault);
}

static neap_status at_desk(session_run *run, uint32_t seat, session_act *what, order_task *task, neap_fault *fault) {
  return session_object_act(run, seat, what, &task, fault);
}

static int cancel_handle(lua_State *L, neap_order *order);
static int replace_handle(lua_State *L, neap_order *order);
static int pause_handle(lua_State *L, neap_order *order);
static int resume_handle(lua_State *L, neap_order *order);

static void push_order(lua_State *L, session_run *run, uint32_t seat, neap_order *order) {
  static const neap_lstrategy_acts acts = {cancel_handle, replace_handle, pause_handle, resume_handle};
  neap_lstrategy_push_order_of(L, order, &run->desks[seat], 1, &acts);
}

/* The operator's seat is the one without a strategy. */
static uint32_t operator_seat(lua_State *L, session_run *run, const char *what) {
  if (run->seat_count > run->strategy_count) return run->strategy_count;
  session_object_done(run);
  return (uint32_t)luaL_error(L,
                              "%s: the operator has no cash in this session: open it with operator_cash = AMOUNT; "
                              "cancel, close and kill need none",
                              what);
}

static uint32_t product_option(lua_State *L, const session_run *run, const char *what) {
  uint32_t count = run->options.session.product_count;
  if (count == 1 || lua_getfield(L, 2, "product") != LUA_TNIL)
    return lua_settop(L, 2), neap_field_product(L, 2, what, run->products, count);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) luaL_addstring(&list, ", ");
    luaL_addstring(&list, run->products[i].id);
  }
  luaL_pushresult(&list);
  return (uint32_t)luaL_error(L, "%s: which product? one of %s", what, lua_tostring(L, -1));
}

static int place(lua_State *L, const char *what, session_act *how, neap_side side) {
  neap_fault fault = {0};
  session_run *run = session_object_check(L, 1);
  neap_order_request request = {.side = side};
  neap_lstrategy_read_request(L, what, 2, how == act_target, &request);
  request.product = product_option(L, run, what);
  run = session_object_begin(L);
  uint32_t seat = operator_seat(L, run, what);
  order_task task = {.request = &request};
  neap_status status = at_desk(run, seat, how, &task, &fault);
  session_object_done(run);
  if (status != NEAP_OK) return session_object_failed(L, what, status, &fault);
  push_order(L, run, seat, task.order);
  return 1;
}

static int buy(lua_State *L) { return place(L, "buy", act_place, NEAP_BUY); }
static int sell(lua_State *L) { return place(L, "sell", act_place, NEAP_SELL); }
static int target(lua_State *L) { return place(L, "target", act_target, NEAP_BUY); }

static bool holds(const session_run *run, uint32_t seat, uint32_t product) {
  return !neap_decimal_is_zero(neap_desk_position(run->desks[seat], product)->quantity);
}

/* −1: every strategy's */
static int64_t strategy_option(lua_State *L, const session_run *run, const char *what) {
  const char *names[SESSION_RUN_SEATS + 1] = {NULL};
  if (lua_getfield(L, 2, "strategy") == LUA_TNIL) return lua_pop(L, 1), -1;
  for (uint32_t i = 0; i < run->seat_count; i++) names[i] = session_run_seat_name(run, i);
  int seat = neap_check_word(L, -1, what, names);
  lua_pop(L, 1);
  return seat;
}

static void options_or_none(lua_State *L, const char *what, const char *const *allowed) {
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  neap_check_options(L, 2, what, allowed);
}

/* Closes at each desk that holds one of the products from `first` to `last`; pushes the handles and counts them. */
static neap_status close_each(lua_State *L, session_run *run, int64_t only, uint32_t first, uint32_t last,
                              const char *why, int *count, neap_fault *fault) {
  neap_status status = NEAP_OK;
  luaL_checkstack(L, (int)((last - first + 1) * run->seat_count) + 4, "close");
  for (uint32_t product = first; product <= last; product++)
    for (uint32_t seat = 0; status == NEAP_OK && seat < run->seat_count; seat++) {
      order_task task = {.product = product, .why = why, .tag = ""};
      if ((only >= 0 && seat != only) || !holds(run, seat, product)) continue;
      status = at_desk(run, seat, act_close, &task, fault);
      if (status != NEAP_OK) break;
      push_order(L, run, seat, task.order);
      ++*count;
    }
  return status;
}

static int close_held(lua_State *L, const char *what, bool all) {
  static const char *const allowed[] = {"product", "strategy", "why", NULL}, *const allowed_all[] = {"why", NULL};
  neap_fault fault = {0};
  int count = 0;
  session_run *run = session_object_check(L, 1);
  uint32_t products = run->options.session.product_count;
  options_or_none(L, what, all ? allowed_all : allowed);
  int64_t only = all ? -1 : strategy_option(L, run, what);
  uint32_t product = all ? 0 : product_option(L, run, what);
  const char *why = neap_lstrategy_text_option(L, what, 2, "why", NEAP_WHY);
  run = session_object_begin(L);
  neap_status status =
      close_each(L, run, only, product, all ? products - 1 : product, *why ? why : by_operator, &count, &fault);
  session_object_done(run);
  return status == NEAP_OK ? count : session_object_failed(L, what, status, &fault);
}

/* The handles of what was ordered, one for each desk that held the product; none: nothing was held. */
static int close_position(lua_State *L) { return close_held(L, "close", false); }
static int close_all(lua_State *L) { return close_held(L, "close_all", true); }

static int cancel_one(lua_State *L, session_run *run, neap_order *order) {
  neap_fault fault = {0};
  order_task task = {.order = order};
  bool works = !neap_order_is_terminal(order->status);
  neap_status status = works ? at_desk(run, order->ticket.strategy, act_cancel, &task, &fault) : NEAP_OK;
  session_object_done(run);
  if (status != NEAP_OK) return session_object_failed(L, "cancel", status, &fault);
  lua_pushboolean(L, works);
  return 1;
}

/* o:cancel(): the handle is at 1, its session is what it holds. */
static int cancel_handle(lua_State *L, neap_order *order) {
  neap_lstrategy_push_order_holder(L, 1);
  lua_insert(L, 1);
  return cancel_one(L, session_object_begin(L), order);
}

static int replace_handle(lua_State *L, neap_order *order) {
  neap_fault fault = {0};
  neap_replacement wish = {.limit = {.kind = NEAP_AMOUNT_NONE}};
  neap_lstrategy_read_replacement(L, 2, &wish);
  neap_lstrategy_push_order_holder(L, 1);
  lua_insert(L, 1);
  session_run *run = session_object_begin(L);
  order_task task = {.wish = &wish, .order = order};
  neap_status status = at_desk(run, order->ticket.strategy, act_replace, &task, &fault);
  session_object_done(run);
  if (status != NEAP_OK) return session_object_failed(L, "replace", status, &fault);
  push_order(L, run, order->ticket.strategy, task.order);
  return 1;
}

static int hold_handle(lua_State *L, const char *what, session_act *how, neap_order *order) {
  neap_fault fault = {0};
  neap_lstrategy_push_order_holder(L, 1);
  lua_insert(L, 1);
  session_run *run = session_object_begin(L);
  order_task task = {.order = order};
  neap_status status = at_desk(run, order->ticket.strategy, how, &task, &fault);
  session_object_done(run);
  if (status != NEAP_OK) return session_object_failed(L, what, status, &fault);
  lua_pushboolean(L, task.works);
  return 1;
}

static int pause_handle(lua_State *L, neap_order *order) { return hold_handle(L, "pause", act_pause, order); }
static int resume_handle(lua_State *L, neap_order *order) { return hold_handle(L, "resume", act_resume, order); }

static neap_order *find_tag(session_run *run, const char *tag, uint32_t *seat) {
  neap_order *order = NULL;
  for (*seat = 0; *seat < run->seat_count; ++*seat)
    if ((order = neap_desk_order_by_tag(run->desks[*seat], tag)) != NULL) break;
  return order;
}

static void check_own(lua_State *L) {
  neap_lstrategy_push_order_holder(L, 2);
  if (!lua_rawequal(L, 1, -1)) luaL_error(L, "cancel: the order is of another session");
  lua_pop(L, 1);
}

/* By handle or tag; true: there was something to cancel. */
static int cancel(lua_State *L) {
  uint32_t seat;
  session_run *run = session_object_check(L, 1);
  neap_order *order = neap_lstrategy_test_order(L, 2);
  if (!order && lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "cancel: an order or a tag is wanted, not %s", luaL_typename(L, 2));
  if (order) check_own(L);
  if (!order && (order = find_tag(run, lua_tostring(L, 2), &seat)) != NULL) push_order(L, run, seat, order);
  if (!order) return lua_pushboolean(L, false), 1;
  return cancel_one(L, session_object_begin(L), order);
}

static int cancel_all(lua_State *L) {
  static const char *const allowed[] = {"product", NULL};
  neap_fault fault = {0};
  neap_status status = NEAP_OK;
  session_run *run = session_object_check(L, 1);
  int64_t product = -1;
  options_or_none(L, "cancel_all", allowed);
  if (lua_getfield(L, 2, "product") != LUA_TNIL)
    product = neap_field_product(L, 2, "cancel_all", run->products, run->options.session.product_count);
  run = session_object_begin(L);
  for (uint32_t seat = 0; status == NEAP_OK && seat < run->seat_count; seat++)
    status = session_object_act(run, seat, act_cancel_all, &product, &fault);
  session_object_done(run);
  return status == NEAP_OK ? 0 : session_object_failed(L, "cancel_all", status, &fault);
}

static void push_working(lua_State *L, session_run *run, uint32_t seat, lua_Integer *count) {
  neap_desk *desk = run->desks[seat];
  for (neap_order *order = neap_desk_next_order(desk, NULL); order; order = neap_desk_next_order(desk, order)) {
    neap_desk_retain(desk, order);
    push_order(L, run, seat, order);
    lua_rawseti(L, -2, ++*count);
  }
}

static int working_orders(lua_State *L) {
  lua_Integer count = 0;
  session_run *run = session_object_check(L, 1);
  lua_newtable(L);
  for (uint32_t seat = 0; seat < run->seat_count; seat++) push_working(L, run, seat, &count);
  return 1;
}

static void set_words(lua_State *L, const char *name, const char *const *words) {
  lua_newtable(L);
  for (lua_Integer i = 0; words[i]; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

/* words() → { order = options of buy and sell, target = of target, handle = { word = is it a method } } */
int session_words(lua_State *L) {
  bool is_method;
  const char *word;
  lua_newtable(L);
  set_words(L, "order", neap_lstrategy_request_words(false));
  set_words(L, "target", neap_lstrategy_request_words(true));
  lua_newtable(L);
  for (size_t i = 0; (word = neap_lstrategy_order_word(i, &is_method)) != NULL; i++) {
    lua_pushboolean(L, is_method);
    lua_setfield(L, -2, word);
  }
  lua_setfield(L, -2, "handle");
  return 1;
}

const luaL_Reg session_order_methods[] = {{"buy", buy},
                                          {"sell", sell},
                                          {"target", target},
                                          {"close", close_position},
                                          {"close_all", close_all},
                                          {"cancel", cancel},
                                          {"cancel_all", cancel_all},
                                          {"orders", working_orders},
                                          {NULL, NULL}};
