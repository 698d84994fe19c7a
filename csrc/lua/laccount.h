/* SPDX-License-Identifier: MIT */
/* laccount: what the bindings of orders, fees, the ledger and the simulator share: fields of option tables, words,
 * lists of products. */
#ifndef NEAP_LUA_LACCOUNT_H
#define NEAP_LUA_LACCOUNT_H

#include <lua.h>

#include "account/ledger.h"

/* Fields of the table at `table` (absolute index). They raise "what: name …" when the value is not acceptable. */
neap_decimal neap_field_decimal(lua_State *L, int table, const char *what, const char *name); /* absent: raises */
neap_decimal neap_field_decimal_or_zero(lua_State *L, int table, const char *what, const char *name);
int64_t neap_field_integer(lua_State *L, int table, const char *what, const char *name, int64_t otherwise);
bool neap_field_flag(lua_State *L, int table, const char *what, const char *name);
/* Index of the word; `otherwise` when absent, or raises when that is negative. `words` ends with NULL. */
int neap_field_word(lua_State *L, int table, const char *what, const char *name, const char *const *words,
                    int otherwise);

/* Index of the text at `index` among the words, else raises with the nearest one. */
int neap_check_word(lua_State *L, int index, const char *what, const char *const *words);

/* The list of product objects at `index` as one block of userdata, pushed; raises when it is empty or holds something
 * else or an id twice. */
const neap_product *neap_push_product_array(lua_State *L, int index, const char *what, uint32_t *count);
/* Number of the product with that id; raises with the nearest id. */
uint32_t neap_check_product_id(lua_State *L, int index, const char *what, const neap_product *products, uint32_t count);
uint32_t neap_field_product(lua_State *L, int table, const char *what, const neap_product *products, uint32_t count);

extern const char *const neap_side_words[]; /* in the order of their enums, NULL at the end */
extern const char *const neap_liquidity_words[];

void neap_set_decimal(lua_State *L, const char *name, neap_decimal value); /* in the table on top */
void neap_set_integer(lua_State *L, const char *name, int64_t value);
void neap_set_text(lua_State *L, const char *name, const char *value);

#endif
