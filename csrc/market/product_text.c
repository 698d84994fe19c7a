/* SPDX-License-Identifier: MIT */
/* product_text: several facts at once, and a product as it is written on the command line. */
#include <stdlib.h>
#include <string.h>

#include "market/product.h"

enum { MAX_FACTS = 32 };

static neap_status refuse_twice(const char *const *names, size_t count, neap_fault *fault) {
  for (size_t i = 1; i < count; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(names[i], names[j]) == 0)
        return neap_fail(fault, NEAP_INVALID, "product_fact", "'%.40s' is given twice", names[i]);
  return NEAP_OK;
}

/* Sets what can be set now; returns the number. `fault` is the first refusal. */
static size_t set_some(neap_product *product, const char *const *names, const char *const *values, size_t count,
                       uint32_t *done, neap_fault *fault) {
  size_t set = 0;
  bool told = false;
  for (size_t i = 0; i < count; i++) {
    if (*done & UINT32_C(1) << i) continue;
    if (neap_product_set(product, names[i], values[i], told ? NULL : fault) == NEAP_OK) {
      *done |= UINT32_C(1) << i;
      set++;
    } else
      told = true;
  }
  return set;
}

neap_status neap_product_set_all(neap_product *product, const char *const *names, const char *const *values,
                                 size_t count, neap_fault *fault) {
  neap_product changed = *product;
  uint32_t done = 0;
  size_t left = count;
  if (count > MAX_FACTS) return neap_fail(fault, NEAP_INVALID, "product_fact", "more than %d facts", MAX_FACTS);
  if (refuse_twice(names, count, fault)) return NEAP_INVALID;
  while (left) {
    size_t set = set_some(&changed, names, values, count, &done, fault);
    if (set == 0) return NEAP_INVALID;
    left -= set;
  }
  *product = changed;
  return NEAP_OK;
}

/* Cuts `text` into names and values in place. */
static neap_status cut_facts(char *text, const char **names, const char **values, size_t *count, neap_fault *fault) {
  char *rest = NULL;
  *count = 0;
  for (char *fact = strtok_r(text, ",", &rest); fact; fact = strtok_r(NULL, ",", &rest)) {
    char *equals = strchr(fact, '=');
    if (!equals || *count == MAX_FACTS)
      return neap_fail(fault, NEAP_INVALID, "product_fact", "'%.60s' is not name=value", fact);
    *equals = 0;
    names[*count] = fact;
    values[(*count)++] = equals + 1;
  }
  return NEAP_OK;
}

static neap_status read_text(char *text, neap_product *out, neap_fault *fault) {
  const char *names[MAX_FACTS], *values[MAX_FACTS];
  size_t count = 0;
  neap_product product;
  char *colon = strchr(text, ':');
  if (colon) *colon = 0;
  neap_status status = neap_product_init(&product, text, fault);
  if (status == NEAP_OK && colon) status = cut_facts(colon + 1, names, values, &count, fault);
  if (status == NEAP_OK) status = neap_product_set_all(&product, names, values, count, fault);
  if (status == NEAP_OK) *out = product;
  return status;
}

neap_status neap_product_parse(const char *text, neap_product *out, neap_fault *fault) {
  char *copy = strdup(text);
  if (!copy) return neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  neap_status status = read_text(copy, out, fault);
  free(copy);
  return status;
}
