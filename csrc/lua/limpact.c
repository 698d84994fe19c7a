/* SPDX-License-Identifier: MIT */
/* limpact: require "neap.impact": what taking an amount at once does to its own price, and how much may be taken. */
#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lliquidity.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"
#include "risk/impact.h"
#include "risk/impact_size.h"

NEAP_EXPORT int luaopen_neap_impact(lua_State *L);

enum { USUAL_MAX_BPS = 50 }; /* engines B7.5 */

static neap_decimal field_or(lua_State *L, const char *what, const char *name, neap_decimal otherwise) {
  bool there = lua_getfield(L, 1, name) != LUA_TNIL;
  lua_pop(L, 1);
  return there ? neap_field_decimal(L, 1, what, name) : otherwise;
}

/* The product of the options, else one by the book's increments. The market points into what the options hold. */
static void read_market(lua_State *L, const char *what, neap_product *product, neap_impact_market *out) {
  *out = (neap_impact_market){.product = product,
                              .volatility_bps = neap_field_decimal_or_zero(L, 1, what, "volatility_bps"),
                              .volume = neap_field_decimal_or_zero(L, 1, what, "volume"),
                              .mark = neap_field_decimal_or_zero(L, 1, what, "mark")};
  neap_product_init(product, "BASE-QUOTE", NULL);
  if (lua_getfield(L, 1, "book") != LUA_TNIL) {
    out->book = neap_check_price_book(L, -1);
    product->base_increment = out->book->size_increment;
  }
  if (lua_getfield(L, 1, "product") != LUA_TNIL) {
    const neap_product *given = neap_test_product(L, -1);
    if (!given) luaL_error(L, "%s: product is a product", what);
    *product = *given;
  }
  if (lua_getfield(L, 1, "view") != LUA_TNIL) neap_check_liquidity_view(L, -1, &out->view);
  lua_pop(L, 3);
}

static void push_report(lua_State *L, const neap_impact_report *report) {
  lua_createtable(L, 0, 14);
  neap_set_text(L, "source", neap_liquidity_source_name(report->source));
  neap_set_decimal(L, "estimated_impact_bps", report->impact_bps);
  neap_set_decimal(L, "mid", report->mid);
  neap_set_decimal(L, "spread_bps", report->spread_bps);
  neap_set_decimal(L, "average_price", report->average_price);
  neap_set_decimal(L, "worst_price", report->worst_price);
  neap_set_decimal(L, "cost", report->cost);
  lua_pushboolean(L, report->is_sufficient);
  lua_setfield(L, -2, "liquidity_sufficient");
  lua_pushboolean(L, report->slices);
  lua_setfield(L, -2, "recommended_slicing");
  if (report->slices) neap_set_decimal(L, "max_slice_size", report->slice);
  lua_pushboolean(L, report->post_only);
  lua_setfield(L, -2, "use_post_only");
  if (report->source != NEAP_LIQUIDITY_BOOK) return;
  neap_set_decimal(L, "visible", report->visible);
  neap_set_decimal(L, "score", report->depth.score);
  neap_set_text(L, "condition", neap_liquidity_condition_name(report->depth.condition));
}

/* estimate{ side, quantity, book | view + mark, product, volatility_bps, volume, max_bps = 50 } */
static int estimate(lua_State *L) {
  static const char *const allowed[] = {"side",    "quantity",       "book",   "view",    "mark",
                                        "product", "volatility_bps", "volume", "max_bps", NULL};
  static const char what[] = "estimate";
  neap_impact_market market;
  neap_impact_report report;
  neap_product product;
  neap_check_options(L, 1, what, allowed);
  neap_side side = (neap_side)neap_field_word(L, 1, what, "side", neap_side_words, -1);
  neap_decimal quantity = neap_field_decimal(L, 1, what, "quantity");
  neap_decimal max_bps = field_or(L, what, "max_bps", neap_decimal_from_int(USUAL_MAX_BPS));
  luaL_argcheck(L, quantity.units > 0 && max_bps.units > 0, 1, "quantity and max_bps are over zero");
  read_market(L, what, &product, &market);
  neap_status status = neap_impact_estimate(&market, side, quantity, max_bps, &report);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  push_report(L, &report);
  return 1;
}

/* law{ quantity, volume, volatility_bps } → bps */
static int law(lua_State *L) {
  static const char *const allowed[] = {"quantity", "volume", "volatility_bps", NULL};
  neap_decimal bps;
  neap_check_options(L, 1, "law", allowed);
  neap_decimal quantity = neap_field_decimal(L, 1, "law", "quantity"),
               volume = neap_field_decimal(L, 1, "law", "volume");
  neap_decimal volatility = neap_field_decimal(L, 1, "law", "volatility_bps");
  luaL_argcheck(L, quantity.units >= 0 && volume.units >= 0 && volatility.units >= 0, 1, "all are zero or more");
  neap_status status = neap_impact_law(volatility, quantity, volume, &bps);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  neap_push_decimal(L, bps);
  return 1;
}

static neap_impact_depth read_depth(lua_State *L, const char *what) {
  neap_impact_depth depth = {neap_field_decimal_or_zero(L, 1, what, "depth_l1"),
                             neap_field_decimal_or_zero(L, 1, what, "depth_l10")};
  luaL_argcheck(L, depth.l1.units >= 0 && depth.l10.units >= 0, 1, "a depth is zero or more");
  return depth;
}

/* curve{ value, depth_l1, depth_l10 } → bps */
static int curve(lua_State *L) {
  static const char *const allowed[] = {"value", "depth_l1", "depth_l10", NULL};
  neap_decimal bps;
  neap_check_options(L, 1, "curve", allowed);
  neap_impact_depth depth = read_depth(L, "curve");
  neap_decimal value = neap_field_decimal(L, 1, "curve", "value");
  luaL_argcheck(L, value.units >= 0, 1, "a value is zero or more");
  neap_status status = neap_impact_curve(&depth, value, &bps);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  neap_push_decimal(L, bps);
  return 1;
}

/* size{ target, depth_l1, depth_l10, mode = "conservative", max_bps = 15, multiplier = 1 } → value, bps */
static int size(lua_State *L) {
  static const char *const allowed[] = {"target", "depth_l1", "depth_l10", "mode", "max_bps", "multiplier", NULL};
  static const char *const modes[] = {"conservative", "strict", "aggressive", NULL};
  static const char what[] = "size";
  neap_decimal value, bps;
  neap_check_options(L, 1, what, allowed);
  const neap_impact_size_question question = {
      .mode = (neap_impact_mode)neap_field_word(L, 1, what, "mode", modes, NEAP_IMPACT_CONSERVATIVE),
      .target = neap_field_decimal(L, 1, what, "target"),
      .depth = read_depth(L, what),
      .max_bps = field_or(L, what, "max_bps", neap_decimal_from_int(NEAP_IMPACT_SIZE_BPS)),
      .multiplier = field_or(L, what, "multiplier", neap_decimal_from_int(1))};
  luaL_argcheck(L, question.target.units >= 0, 1, "a target is zero or more");
  luaL_argcheck(L, question.max_bps.units > 0 && question.multiplier.units > 0, 1,
                "max_bps and multiplier are over zero");
  neap_status status = neap_impact_size(&question, &value, &bps);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  neap_push_decimal(L, value);
  neap_push_decimal(L, bps);
  return 2;
}

int luaopen_neap_impact(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"estimate", estimate}, {"law", law}, {"curve", curve}, {"size", size}, {NULL, NULL}};
  neap_decimal y = {neap_decimal_from_int(NEAP_IMPACT_Y_HUNDREDTHS).units / 100};
  luaL_newlib(L, functions);
  neap_push_decimal(L, y);
  lua_setfield(L, -2, "y");
  return 1;
}
