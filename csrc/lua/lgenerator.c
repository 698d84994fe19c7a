/* SPDX-License-Identifier: MIT */
/* lgenerator: neap.generator: what is known of a generated market, and its bars as tables. */
#include "market/generator.h"

#include "lua/laccount.h"
#include "lua/lcandle.h"
#include "lua/lneap.h"

NEAP_EXPORT int luaopen_neap_generator(lua_State *L);

static bool read_options(lua_State *L, neap_generator_options *options, neap_fault *fault) {
  return neap_generator_parse(luaL_checkstring(L, 1), options, fault) == NEAP_OK;
}

static void push_product(lua_State *L, uint32_t number) {
  neap_product product;
  neap_generator_product(number, &product);
  lua_createtable(L, 0, 3);
  neap_set_text(L, "id", product.id);
  neap_set_decimal(L, "price_increment", product.price_increment);
  neap_set_decimal(L, "base_increment", product.base_increment);
}

/* generator.parse(text) → { seed =, days =, frame =, start =, text =, products = { {id, price_increment, …} } }, or nil
 * and a fault */
static int parse(lua_State *L) {
  neap_generator_options options;
  neap_fault fault = {0};
  char text[NEAP_GENERATOR_TEXT];
  if (!read_options(L, &options, &fault)) return neap_push_fault(L, &fault);
  neap_generator_format(&options, text);
  lua_createtable(L, 0, 6);
  neap_set_integer(L, "seed", (int64_t)options.seed);
  neap_set_integer(L, "days", options.days);
  neap_set_integer(L, "frame", options.frame);
  neap_set_integer(L, "start", options.start);
  neap_set_text(L, "text", text);
  lua_createtable(L, (int)options.products, 0);
  for (uint32_t i = 0; i < options.products; i++) {
    push_product(L, i);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "products");
  return 1;
}

/* generator.bars(text, number) → a list of bars as neap.candle gives them, for neap.backtest{data =} or a look */
static int bars(lua_State *L) {
  neap_generator_options options;
  neap_generator generator;
  neap_candle bar;
  neap_fault fault = {0};
  lua_Integer number = luaL_optinteger(L, 2, 1);
  if (!read_options(L, &options, &fault)) return neap_push_fault(L, &fault);
  luaL_argcheck(L, number >= 1 && number <= (lua_Integer)options.products, 2, "a number of a product, from 1");
  neap_generator_init(&options, (uint32_t)number - 1, &generator);
  lua_newtable(L);
  for (lua_Integer i = 1; neap_generator_next(&generator, &bar); i++) {
    neap_push_candle(L, &bar, true);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

const neap_candle *neap_push_generated(lua_State *L, const char *text, lua_Integer number, size_t *count,
                                       neap_fault *fault) {
  neap_generator_options options;
  neap_generator generator;
  if (neap_generator_parse(text, &options, fault) != NEAP_OK) return NULL;
  if (number < 1 || number > (lua_Integer)options.products)
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "the generated market has no such product"), NULL;
  neap_candle *bars = lua_newuserdatauv(L, (neap_generator_bars(&options) + 1) * sizeof *bars, 0);
  neap_generator_init(&options, (uint32_t)number - 1, &generator);
  for (*count = 0; neap_generator_next(&generator, &bars[*count]);) ++*count;
  return bars;
}

static const luaL_Reg functions[] = {{"parse", parse}, {"bars", bars}, {NULL, NULL}};

int luaopen_neap_generator(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
