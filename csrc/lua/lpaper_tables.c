/* SPDX-License-Identifier: MIT */
/* lpaper_tables: the simulator's options, tickets and reports as Lua tables. */
#include "lua/lpaper_tables.h"

#include <stdio.h>

#include "lua/laccount.h"
#include "lua/lneap.h"

static neap_decimal at_least_zero(lua_State *L, int table, const char *what, const char *name) {
  neap_decimal value = neap_field_decimal_or_zero(L, table, what, name);
  if (value.units < 0) luaL_error(L, "%s: %s is zero or more", what, name);
  return value;
}

neap_paper_options neap_check_paper_options(lua_State *L, int table) {
  static const char *const allowed[] = {"products", "report",    "admit",     "slippage",     "slippage_bps",
                                        "impact",   "maker_bps", "taker_bps", "volume_share", NULL};
  static const char *const slippages[] = {"none", "bps", "volume_share", NULL};
  const char *what = "paper.new";
  neap_check_options(L, table, what, allowed);
  neap_paper_options options = {.fees.maker_bps = neap_field_decimal_or_zero(L, table, what, "maker_bps"),
                                .fees.taker_bps = at_least_zero(L, table, what, "taker_bps")};
  options.model.slippage = (neap_slippage)neap_field_word(L, table, what, "slippage", slippages, NEAP_SLIPPAGE_NONE);
  options.model.slippage_bps = at_least_zero(L, table, what, "slippage_bps");
  options.model.impact = at_least_zero(L, table, what, "impact");
  options.model.volume_share = at_least_zero(L, table, what, "volume_share");
  return options;
}

static void read_size(lua_State *L, int table, neap_ticket *ticket) {
  static const char *const names[] = {"quantity", "notional", "fraction"};
  neap_decimal *const fields[] = {&ticket->quantity, &ticket->notional, &ticket->fraction};
  int given = 0;
  for (int i = 0; i < 3; i++) {
    *fields[i] = at_least_zero(L, table, "order", names[i]);
    if (fields[i]->units == 0) continue;
    ticket->sizing = (neap_sizing)i;
    given++;
  }
  if (given != 1) luaL_error(L, "order: exactly one of quantity, notional and fraction is above zero");
}

static void check_order_options(lua_State *L, int table) {
  static const char *const allowed[] = {"order",     "product",       "side",      "type",        "quantity",
                                        "notional",  "fraction",      "limit",     "stop",        "trail_bps",
                                        "good_till", "time_in_force", "post_only", "reduce_only", NULL};
  neap_check_options(L, table, "order", allowed);
}

neap_ticket neap_check_paper_ticket(lua_State *L, int table, const neap_product *products, uint32_t count) {
  static const char *const types[] = {"market", "limit", "stop", "stop_limit", "trailing_stop", NULL};
  static const char *const times[] = {"gtc", "gtd", "ioc", "fok", NULL};
  neap_ticket ticket = {.number = 0};
  check_order_options(L, table);
  int64_t number = neap_field_integer(L, table, "order", "order", 0);
  if (number < 1) luaL_error(L, "order: order is its number, 1 or more");
  ticket.number = (uint64_t)number;
  ticket.product = neap_field_product(L, table, "order", products, count);
  ticket.side = (neap_side)neap_field_word(L, table, "order", "side", neap_side_words, -1);
  ticket.type = (neap_order_type)neap_field_word(L, table, "order", "type", types, NEAP_MARKET);
  ticket.time_in_force = (neap_time_in_force)neap_field_word(L, table, "order", "time_in_force", times, NEAP_GTC);
  read_size(L, table, &ticket);
  ticket.limit = at_least_zero(L, table, "order", "limit");
  ticket.stop = at_least_zero(L, table, "order", "stop");
  ticket.trail_bps = at_least_zero(L, table, "order", "trail_bps");
  ticket.good_till = neap_field_integer(L, table, "order", "good_till", 0);
  ticket.post_only = neap_field_flag(L, table, "order", "post_only");
  ticket.reduce_only = neap_field_flag(L, table, "order", "reduce_only");
  snprintf(ticket.id, sizeof ticket.id, "%llu", (unsigned long long)ticket.number);
  return ticket;
}

static void set_fill(lua_State *L, const neap_report *report, const neap_product *products) {
  neap_set_text(L, "product", products[report->fill.product].id);
  neap_set_text(L, "side", neap_side_name(report->fill.side));
  neap_set_text(L, "liquidity", neap_liquidity_name(report->fill.liquidity));
  neap_set_decimal(L, "price", report->fill.price);
  neap_set_decimal(L, "quantity", report->fill.quantity);
  neap_set_decimal(L, "fee", report->fill.fee);
  neap_set_integer(L, "time", report->fill.time);
  if (report->sized.units) neap_set_decimal(L, "sized", report->sized);
  lua_pushboolean(L, report->last);
  lua_setfield(L, -2, "last");
}

void neap_push_report(lua_State *L, const neap_report *report, const neap_product *products) {
  static const char *const kinds[] = {
      [NEAP_REPORT_ACCEPTED] = "accepted",   [NEAP_REPORT_FILL] = "fill",
      [NEAP_REPORT_CANCELLED] = "cancelled", [NEAP_REPORT_CANCEL_REFUSED] = "cancel_refused",
      [NEAP_REPORT_REJECTED] = "rejected",   [NEAP_REPORT_EXPIRED] = "expired"};
  lua_createtable(L, 0, 12);
  neap_set_text(L, "kind", kinds[report->kind]);
  neap_set_integer(L, "order", (int64_t)report->order);
  neap_set_text(L, "code", report->code);
  neap_set_text(L, "message", report->message);
  if (report->kind == NEAP_REPORT_FILL) set_fill(L, report, products);
}
