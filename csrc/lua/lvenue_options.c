/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "lua/lvenue.h"

enum { ROOM = 24 };

bool neap_option_get(lua_State *L, int index, const char *name) {
  if (lua_getfield(L, index, name) != LUA_TNIL) return true;
  return lua_pop(L, 1), false;
}

int64_t neap_option_time(lua_State *L, int index, const char *name, int64_t fallback) {
  int64_t ns = fallback;
  neap_fault fault;
  if (!neap_option_get(L, index, name)) return fallback;
  if (lua_type(L, -1) != LUA_TSTRING)
    ns = luaL_checkinteger(L, -1);
  else if (neap_time_parse(lua_tostring(L, -1), lua_rawlen(L, -1), &ns, &fault) != NEAP_OK)
    neap_raise_fault(L, &fault);
  lua_pop(L, 1);
  return ns;
}

const char *neap_option_text(lua_State *L, int index, const char *name, const char *fallback, size_t *length) {
  if (length) *length = fallback ? strlen(fallback) : 0;
  return neap_option_get(L, index, name) ? luaL_checklstring(L, -1, length) : fallback;
}

bool neap_option_flag(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool is_set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_set;
}

uint32_t neap_option_count(lua_State *L, int index, const char *name) {
  if (!neap_option_get(L, index, name)) return 0;
  lua_Integer count = luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return count < 0 || count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

int neap_option_word(lua_State *L, const char *what, const char *kind, const char *word, const char *const *words) {
  for (int i = 0; words[i]; i++)
    if (!strcmp(words[i], word)) return i;
  return neap_raise_unknown(L, what, kind, word, words);
}

neap_venue_options neap_check_venue_options(lua_State *L, int index, const char *what) {
  neap_venue_options options = neap_venue_default_options();
  luaL_checkstack(L, ROOM, NULL);
  if (neap_option_get(L, index, "seed")) options.seed = (uint64_t)luaL_checkinteger(L, -1);
  options.start = neap_option_time(L, index, "start", 0);
  options.products = neap_option_text(L, index, "products", NULL, &options.products_length);
  if (neap_option_get(L, index, "self_trade")) {
    const char *word = luaL_checkstring(L, -1);
    options.self_trade = (neap_self_trade)neap_option_word(L, what, "self_trade", word, neap_self_trade_words);
  }
  options.refuses_reused_ids = neap_option_flag(L, index, "refuses_reused_ids");
  options.names_client = neap_option_flag(L, index, "names_client");
  if (neap_option_get(L, index, "price_band")) options.price_band = neap_check_decimal(L, -1);
  options.visible_after = neap_option_time(L, index, "visible_after", 0);
  options.cancel_after = neap_option_time(L, index, "cancel_after", 0);
  return options;
}

neap_venue_key_options neap_check_venue_key(lua_State *L, int index) {
  static const char *const allowed[] = {"name", "permissions", "beside", "public", NULL};
  static const char *const words[] = {"view", "trade", "transfer", NULL};
  neap_venue_key_options options = {.permissions = NEAP_MAY_VIEW | NEAP_MAY_TRADE | NEAP_MAY_TRANSFER};
  neap_check_options(L, index, "add_key", allowed);
  luaL_checkstack(L, ROOM, NULL);
  options.name = neap_option_text(L, index, "name", NULL, NULL);
  luaL_argcheck(L, options.name, index, "name is needed");
  options.beside = neap_option_count(L, index, "beside");
  if (!neap_option_get(L, index, "permissions")) return options;
  int list = lua_gettop(L);
  luaL_checktype(L, list, LUA_TTABLE);
  options.permissions = 0;
  for (lua_Integer i = 1; lua_geti(L, list, i) != LUA_TNIL; i++, lua_pop(L, 1))
    options.permissions |= 1u << neap_option_word(L, "add_key", "permission", luaL_checkstring(L, -1), words);
  return options;
}

uint32_t neap_check_venue_flags(lua_State *L, int index, bool *is_delisted) {
  /* In the order of enum neap_product_flag. */
  static const char *const words[] = {"disabled",  "cancel_only", "limit_only", "post_only",
                                      "view_only", "auction",     "delisted",   NULL};
  uint32_t flags = 0;
  neap_check_options(L, index, "set_product", words);
  for (unsigned i = 0; i < 6; i++)
    if (neap_option_flag(L, index, words[i])) flags |= 1u << i;
  *is_delisted = neap_option_flag(L, index, "delisted");
  return flags;
}

neap_venue_market_options neap_check_venue_market(lua_State *L, int index) {
  static const char *const allowed[] = {"product", "data", "trades", "speed", NULL};
  neap_venue_market_options options = {.text = luaL_checkstring(L, index), .speed = 1};
  lua_settop(L, index + 1);
  if (lua_isnil(L, -1)) lua_newtable(L), lua_replace(L, index + 1);
  neap_check_options(L, index + 1, "add_market", allowed);
  luaL_checkstack(L, ROOM, NULL);
  options.product = neap_option_text(L, index + 1, "product", NULL, NULL);
  options.data = neap_option_text(L, index + 1, "data", NULL, &options.data_length);
  options.trades = neap_option_text(L, index + 1, "trades", NULL, &options.trades_length);
  if (neap_option_get(L, index + 1, "speed")) options.speed = luaL_checknumber(L, -1);
  return options;
}
