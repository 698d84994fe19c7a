/* SPDX-License-Identifier: MIT */
/* lstrategy_position: the position that a strategy sees: a copy of what is held at one moment. */
#include "lua/lstrategy_view.h"

typedef struct view {
  neap_position held;
  neap_decimal mark;
  uint32_t product;
  bool marked; /* there was a price */
} view;

static const view *at(lua_State *L) { return neap_lstrategy_view(L); }
static bool is_flat(const view *self) { return neap_decimal_is_zero(self->held.quantity); }

static bool find_entry(const view *self, neap_decimal *out) {
  return !is_flat(self) && neap_decimal_div(self->held.cost, self->held.quantity, NEAP_DECIMAL_DIVISION,
                                            NEAP_ROUND_HALF_EVEN, out) == NEAP_OK;
}

/* Zero while flat and before the first price. */
static neap_decimal unrealized(lua_State *L, const view *self) {
  neap_decimal value;
  const neap_product *product = neap_desk_product(neap_lstrategy(L)->desk, self->product);
  if (is_flat(self) || !self->marked) return NEAP_ZERO;
  return neap_position_unrealized(&self->held, product, self->mark, &value) == NEAP_OK ? value : NEAP_ZERO;
}

static int get_quantity(lua_State *L) { return neap_lstrategy_push_amount(L, at(L)->held.quantity); }
static int get_realized(lua_State *L) { return neap_lstrategy_push_amount(L, at(L)->held.realized); }
static int get_fees(lua_State *L) { return neap_lstrategy_push_amount(L, at(L)->held.fees); }
static int get_funding(lua_State *L) { return neap_lstrategy_push_amount(L, at(L)->held.funding); }
static int get_unrealized(lua_State *L) { return neap_lstrategy_push_amount(L, unrealized(L, at(L))); }
static int get_mark(lua_State *L) { return at(L)->marked ? neap_lstrategy_push_amount(L, at(L)->mark) : 0; }

static int get_entry_price(lua_State *L) {
  neap_decimal value;
  return find_entry(at(L), &value) ? neap_lstrategy_push_amount(L, value) : 0;
}

static int get_opened_at(lua_State *L) {
  if (is_flat(at(L))) return 0;
  lua_pushinteger(L, at(L)->held.opened_at);
  return 1;
}

static void add_open(luaL_Buffer *out, const view *self, const neap_product *product) {
  neap_decimal entry;
  neap_lstrategy_add_amount(out, " ", self->held.quantity, neap_lstrategy_unit(product));
  if (find_entry(self, &entry)) neap_lstrategy_add_amount(out, ", entry ", entry, product->quote);
}

static int to_string(lua_State *L) {
  luaL_Buffer out;
  const view *self = at(L);
  const neap_product *product = neap_desk_product(neap_lstrategy(L)->desk, self->product);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "position ", product->id);
  if (is_flat(self))
    luaL_addstring(&out, " flat");
  else
    add_open(&out, self, product);
  if (self->marked) neap_lstrategy_add_amount(&out, ", mark ", self->mark, product->quote);
  if (!is_flat(self)) neap_lstrategy_add_amount(&out, ", unrealized ", unrealized(L, self), product->quote);
  neap_lstrategy_add_amount(&out, ", realized ", self->held.realized, product->quote);
  neap_lstrategy_add_amount(&out, ", fees ", self->held.fees, product->quote);
  if (!is_flat(self)) neap_lstrategy_add_time(&out, ", opened ", self->held.opened_at);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field fields[] = {
    {"quantity", get_quantity},     {"entry_price", get_entry_price}, {"mark", get_mark},
    {"unrealized", get_unrealized}, {"realized", get_realized},       {"fees", get_fees},
    {"funding", get_funding},       {"opened_at", get_opened_at},     {NULL, NULL}};
static const strategy_view position_view = {"neap.position", "position", "a position", fields, to_string};

void neap_lstrategy_push_position(lua_State *L, uint32_t product) {
  neap_desk *desk = neap_lstrategy(L)->desk;
  view *self = neap_lstrategy_push_view(L, &position_view, sizeof *self, 0);
  *self = (view){.held = *neap_desk_position(desk, product), .product = product};
  self->marked = neap_desk_mark(desk, product, &self->mark, NULL);
}
