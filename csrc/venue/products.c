/* SPDX-License-Identifier: MIT */
/* products: what the venue trades, read from a products answer; found by id; two names of one book. */
#include <stdlib.h>
#include <string.h>

#include "venue/venue_state.h"

enum { NOT_AN_ALIAS = UINT32_MAX };

static const char *text_of(const neap_json_value *object, const char *name) {
  const neap_json_value *value = neap_json_get(object, name);
  return value && value->kind == NEAP_JSON_STRING ? value->text : "";
}

static uint32_t hash_of(const char *id) {
  uint32_t hash = 2166136261u;
  for (; *id; id++) hash = (hash ^ (unsigned char)*id) * 16777619u;
  return hash ^ (hash >> 15);
}

/* Where an id stands in the table, or the free place where it would. */
static size_t place_of(const neap_venue *venue, const char *id) {
  size_t mask = venue->product_id_size - 1, at = hash_of(id) & mask;
  while (venue->product_ids[at] && strcmp(venue->products[venue->product_ids[at] - 1].facts.id, id) != 0)
    at = (at + 1) & mask;
  return at;
}

neap_venue_product *neap_venue_product_named(const neap_venue *venue, const char *id) {
  uint32_t found = venue->product_ids[place_of(venue, id)];
  return found ? &venue->products[found - 1] : NULL;
}

const char *neap_venue_nearest_product(const neap_venue *venue, const char *id) {
  const char **ids = calloc(venue->product_count + 1, sizeof *ids);
  const char *nearest = NULL;
  for (size_t i = 0; ids && i < venue->product_count; i++) ids[i] = venue->products[i].facts.id;
  if (ids) nearest = neap_nearest_word(id, ids, venue->product_count);
  free(ids);
  return nearest;
}

neap_venue_product *neap_venue_product_book(neap_venue *venue, neap_venue_product *product) {
  return product->alias_of == NOT_AN_ALIAS ? product : &venue->products[product->alias_of];
}

neap_decimal neap_venue_price(const neap_venue_product *product, int64_t ticks) {
  return (neap_decimal){product->facts.price_increment.units * ticks};
}

neap_decimal neap_venue_size(const neap_venue_product *product, int64_t lots) {
  return (neap_decimal){product->facts.base_increment.units * lots};
}

/* The price that the list had, at the nearest increment; 0: none that could be one. */
static int64_t listed_price(const neap_venue_product *product) {
  const char *text = text_of(product->answer, "price");
  neap_decimal price, increment = product->facts.price_increment;
  if (neap_decimal_parse_truncated(text, strlen(text), &price, NULL, NULL) || price.units <= 0) return 0;
  if (neap_decimal_quantize(price, increment, NEAP_ROUND_HALF_UP, &price)) return 0;
  __int128 ticks = price.units / increment.units;
  return ticks > INT64_MAX ? 0 : (int64_t)ticks;
}

static neap_status take_product(neap_venue *venue, size_t index, const neap_product *facts,
                                const neap_json_value *answer, neap_fault *fault) {
  neap_venue_product *product = &venue->products[index];
  size_t place = place_of(venue, facts->id);
  if (venue->product_ids[place]) {
    neap_fail(fault, NEAP_INVALID, "duplicate_product", "'%s' stands twice in the list of products", facts->id);
    neap_fault_set_where(fault, "line %u", answer->line);
    return NEAP_INVALID;
  }
  product->facts = *facts;
  product->answer = answer;
  product->alias_of = NOT_AN_ALIAS;
  product->is_delisted = strcmp(text_of(answer, "status"), "delisted") == 0;
  product->last = listed_price(product);
  venue->product_ids[place] = (uint32_t)index + 1;
  return NEAP_OK;
}

static neap_status take_products(neap_venue *venue, const neap_product *facts, const neap_json_value *answer,
                                 neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; i < venue->product_count && status == NEAP_OK; i++, answer = answer->next)
    status = take_product(venue, i, &facts[i], answer, fault);
  return status;
}

static bool counts_alike(const neap_product *a, const neap_product *b) {
  return neap_decimal_cmp(a->price_increment, b->price_increment) == 0 &&
         neap_decimal_cmp(a->base_increment, b->base_increment) == 0 &&
         neap_decimal_cmp(a->contract_size, b->contract_size) == 0;
}

/* One book for both needs a product that is no alias itself and counts in the same increments; else it has its own. */
static uint32_t alias_target(const neap_venue *venue, const neap_venue_product *product) {
  const char *name = text_of(product->answer, "alias");
  const neap_venue_product *target = *name ? neap_venue_product_named(venue, name) : NULL;
  if (!target || target == product || *text_of(target->answer, "alias")) return NOT_AN_ALIAS;
  return counts_alike(&target->facts, &product->facts) ? (uint32_t)(target - venue->products) : NOT_AN_ALIAS;
}

static neap_status open_books(neap_venue *venue, neap_fault *fault) {
  for (size_t i = 0; i < venue->product_count; i++) {
    neap_venue_product *product = &venue->products[i];
    product->alias_of = alias_target(venue, product);
    if (product->alias_of == NOT_AN_ALIAS && neap_order_book_new(&product->book))
      return neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  }
  return NEAP_OK;
}

static neap_status make_room(neap_venue *venue, size_t count, neap_fault *fault) {
  size_t places = 16;
  while (places < 2 * count) places *= 2;
  venue->products = calloc(count + 1, sizeof *venue->products);
  venue->product_ids = calloc(places, sizeof *venue->product_ids);
  if (!venue->products || !venue->product_ids) return neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  venue->product_count = count;
  venue->product_id_size = places;
  return NEAP_OK;
}

static neap_status load(neap_venue *venue, const char *text, size_t length, neap_fault *fault) {
  neap_product *facts = NULL;
  size_t count = 0;
  neap_status status = neap_products_parse(text, length, &facts, &count, NULL, fault);
  if (status == NEAP_OK) status = neap_json_parse(text, length, &venue->list, fault);
  if (status == NEAP_OK) status = make_room(venue, count, fault);
  if (status == NEAP_OK) {
    const neap_json_value *root = neap_json_root(venue->list), *list = neap_json_get(root, "products");
    status = take_products(venue, facts, list ? list->first : root, fault);
  }
  free(facts);
  return status ? status : open_books(venue, fault);
}

neap_status neap_venue_load_products(neap_venue *venue, neap_fault *fault) {
  neap_buffer own;
  if (venue->options.products) return load(venue, venue->options.products, venue->options.products_length, fault);
  neap_buffer_init(&own);
  neap_venue_write_own_products(&own);
  neap_status status = own.status ? neap_fail(fault, own.status, "memory", "out of memory") : NEAP_OK;
  if (status == NEAP_OK) status = load(venue, (const char *)own.data, own.size, fault);
  neap_buffer_fini(&own);
  return status;
}

void neap_venue_free_products(neap_venue *venue) {
  for (size_t i = 0; i < venue->product_count; i++) {
    neap_venue_product *product = &venue->products[i];
    if (product->book) neap_order_book_free(product->book);
    free(product->trades);
    free(product->bars);
    free(product->stops);
  }
  free(venue->products);
  free(venue->product_ids);
  neap_json_free(venue->list);
  venue->products = NULL, venue->product_ids = NULL, venue->list = NULL;
  venue->product_count = 0;
}

static void write_children(neap_json_writer *writer, const neap_json_value *value) {
  for (const neap_json_value *child = value->first; child; child = child->next)
    neap_venue_write_value(writer, child->key, child);
}

void neap_venue_write_value(neap_json_writer *writer, const char *key, const neap_json_value *value) {
  switch (value->kind) {
  case NEAP_JSON_NULL:
    neap_json_string(writer, key, NULL);
    break;
  case NEAP_JSON_BOOL:
    neap_json_bool(writer, key, value->boolean);
    break;
  case NEAP_JSON_NUMBER:
    neap_json_raw(writer, key, value->text, value->length);
    break;
  case NEAP_JSON_STRING:
    neap_json_text(writer, key, value->text, value->length);
    break;
  case NEAP_JSON_ARRAY:
    neap_json_array(writer, key);
    write_children(writer, value);
    neap_json_end_array(writer);
    break;
  case NEAP_JSON_OBJECT:
    neap_json_object(writer, key);
    write_children(writer, value);
    neap_json_end_object(writer);
    break;
  }
}
