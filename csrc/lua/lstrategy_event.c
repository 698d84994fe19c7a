/* SPDX-License-Identifier: MIT */
/* lstrategy_event: what hooks are told: fills, timers that are due, and why an order was refused. */
#include <stdio.h>

#include "base/clock.h"
#include "lua/lstrategy_view.h"

enum { DATE_LENGTH = 10 };

typedef struct fill_view { /* the order's handle is its Lua value */
  neap_fill fill;
  char tag[NEAP_TAG];
} fill_view;

typedef struct timer_view {
  char name[64];
  int64_t due, missed;
} timer_view;

static int push_integer(lua_State *L, int64_t value) {
  lua_pushinteger(L, value);
  return 1;
}

static const neap_fill *fill_at(lua_State *L) { return &((const fill_view *)neap_lstrategy_view(L))->fill; }
static const char *liquidity_of(const neap_fill *fill) { return fill->liquidity == NEAP_MAKER ? "maker" : "taker"; }

static const neap_product *product_of(lua_State *L, const neap_fill *fill) {
  return neap_desk_product(neap_lstrategy(L)->desk, fill->product);
}

static int fill_order(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  return 1;
}

static int fill_product(lua_State *L) { return neap_lstrategy_push_text(L, product_of(L, fill_at(L))->id); }
static int fill_side(lua_State *L) { return neap_lstrategy_push_text(L, neap_side_name(fill_at(L)->side)); }
static int fill_liquidity(lua_State *L) { return neap_lstrategy_push_text(L, liquidity_of(fill_at(L))); }
static int fill_price(lua_State *L) { return neap_lstrategy_push_amount(L, fill_at(L)->price); }
static int fill_quantity(lua_State *L) { return neap_lstrategy_push_amount(L, fill_at(L)->quantity); }
static int fill_fee(lua_State *L) { return neap_lstrategy_push_amount(L, fill_at(L)->fee); }
static int fill_fee_bps(lua_State *L) { return neap_lstrategy_push_amount(L, fill_at(L)->fee_bps); }
static int fill_fee_tier(lua_State *L) { return fill_at(L)->fee_tier ? push_integer(L, fill_at(L)->fee_tier) : 0; }
static int fill_time(lua_State *L) { return push_integer(L, fill_at(L)->time); }
static int fill_trade(lua_State *L) { return push_integer(L, (int64_t)fill_at(L)->trade); }

static int fill_tag(lua_State *L) {
  return neap_lstrategy_push_text(L, ((const fill_view *)neap_lstrategy_view(L))->tag);
}

static int fill_text(lua_State *L) {
  luaL_Buffer out;
  const neap_fill *fill = fill_at(L);
  const neap_product *product = product_of(L, fill);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "fill ", neap_side_name(fill->side));
  neap_lstrategy_add_amount(&out, " ", fill->quantity, neap_lstrategy_unit(product));
  neap_lstrategy_add_text(&out, " of ", product->id);
  neap_lstrategy_add_amount(&out, " at ", fill->price, product->quote);
  neap_lstrategy_add_amount(&out, ", fee ", fill->fee, product->quote);
  neap_lstrategy_add_text(&out, ", ", liquidity_of(fill));
  neap_lstrategy_add_time(&out, ", ", fill->time);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field fill_fields[] = {{"order", fill_order},
                                                  {"product", fill_product},
                                                  {"side", fill_side},
                                                  {"price", fill_price},
                                                  {"quantity", fill_quantity},
                                                  {"fee", fill_fee},
                                                  {"fee_bps", fill_fee_bps},
                                                  {"fee_tier", fill_fee_tier},
                                                  {"liquidity", fill_liquidity},
                                                  {"time", fill_time},
                                                  {"trade", fill_trade},
                                                  {"tag", fill_tag},
                                                  {NULL, NULL}};
static const strategy_view of_fill = {"neap.strategy_fill", "fill", "a fill", fill_fields, fill_text};

void neap_lstrategy_push_fill(lua_State *L, neap_order *order, const neap_fill *fill) {
  fill_view *self = neap_lstrategy_push_view(L, &of_fill, sizeof *self, 1);
  self->fill = *fill;
  snprintf(self->tag, sizeof self->tag, "%s", order->tag);
  neap_desk_retain(neap_lstrategy(L)->desk, order);
  neap_lstrategy_push_order(L, order);
  lua_setiuservalue(L, -2, 1);
}

static const timer_view *timer_at(lua_State *L) { return neap_lstrategy_view(L); }
static int timer_name(lua_State *L) { return neap_lstrategy_push_text(L, timer_at(L)->name); }
static int timer_due(lua_State *L) { return push_integer(L, timer_at(L)->due); }
static int timer_missed(lua_State *L) { return push_integer(L, timer_at(L)->missed); }

static int timer_date(lua_State *L) {
  char date[NEAP_TIME_TEXT];
  neap_time_format(timer_at(L)->due, date);
  lua_pushlstring(L, date, DATE_LENGTH);
  return 1;
}

static int timer_text(lua_State *L) {
  luaL_Buffer out;
  const timer_view *self = timer_at(L);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "timer ", self->name);
  neap_lstrategy_add_time(&out, ", due ", self->due);
  neap_lstrategy_add_amount(&out, ", missed ", neap_decimal_from_int(self->missed), "times");
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field timer_fields[] = {
    {"name", timer_name}, {"due", timer_due}, {"date", timer_date}, {"missed", timer_missed}, {NULL, NULL}};
static const strategy_view of_timer = {"neap.strategy_timer", "timer", "a timer", timer_fields, timer_text};

void neap_lstrategy_push_timer(lua_State *L, const neap_timer_event *timer) {
  timer_view *self = neap_lstrategy_push_view(L, &of_timer, sizeof *self, 0);
  *self = (timer_view){.due = timer->due, .missed = timer->missed};
  snprintf(self->name, sizeof self->name, "%s", timer->name);
}

typedef struct mode_view {
  char mode[16], reason[120], who[40];
  int64_t since;
} mode_view;

static const mode_view *mode_at(lua_State *L) { return neap_lstrategy_view(L); }
static int mode_mode(lua_State *L) { return neap_lstrategy_push_text(L, mode_at(L)->mode); }
static int mode_reason(lua_State *L) { return neap_lstrategy_push_text(L, mode_at(L)->reason); }
static int mode_who(lua_State *L) { return neap_lstrategy_push_text(L, mode_at(L)->who); }
static int mode_since(lua_State *L) { return push_integer(L, mode_at(L)->since); }

static int mode_text(lua_State *L) {
  luaL_Buffer out;
  const mode_view *self = mode_at(L);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "mode ", self->mode);
  neap_lstrategy_add_text(&out, ", reason ", self->reason);
  neap_lstrategy_add_text(&out, ", who ", self->who);
  neap_lstrategy_add_time(&out, ", since ", self->since);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field mode_fields[] = {
    {"mode", mode_mode}, {"reason", mode_reason}, {"who", mode_who}, {"since", mode_since}, {NULL, NULL}};
static const strategy_view of_mode = {"neap.strategy_mode", "mode", "a mode", mode_fields, mode_text};

void neap_lstrategy_push_mode(lua_State *L, const neap_mode_event *mode) {
  mode_view *self = neap_lstrategy_push_view(L, &of_mode, sizeof *self, 0);
  *self = (mode_view){.since = mode->since};
  snprintf(self->mode, sizeof self->mode, "%s", mode->mode);
  snprintf(self->reason, sizeof self->reason, "%s", mode->reason);
  snprintf(self->who, sizeof self->who, "%s", mode->who);
}

static const neap_reason *reason_at(lua_State *L) { return neap_lstrategy_view(L); }
static int reason_code(lua_State *L) { return neap_lstrategy_push_text(L, reason_at(L)->code); }
static int reason_check(lua_State *L) { return neap_lstrategy_push_text(L, reason_at(L)->check); }
static int reason_input(lua_State *L) { return neap_lstrategy_push_text(L, reason_at(L)->input); }
static int reason_limit(lua_State *L) { return neap_lstrategy_push_text(L, reason_at(L)->limit); }

static int reason_text(lua_State *L) {
  luaL_Buffer out;
  const neap_reason *reason = reason_at(L);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "reason ", reason->code);
  neap_lstrategy_add_text(&out, ", check ", reason->check);
  neap_lstrategy_add_text(&out, ", input ", reason->input);
  neap_lstrategy_add_text(&out, ", limit ", reason->limit);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field reason_fields[] = {
    {"code", reason_code}, {"check", reason_check}, {"input", reason_input}, {"limit", reason_limit}, {NULL, NULL}};
static const strategy_view of_reason = {"neap.strategy_reason", "reason", "a reason", reason_fields, reason_text};

void neap_lstrategy_push_reason(lua_State *L, const neap_reason *reason) {
  neap_reason *self = neap_lstrategy_push_view(L, &of_reason, sizeof *self, 0);
  *self = *reason;
}
