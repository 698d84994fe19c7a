/* SPDX-License-Identifier: MIT */
/* limits_fuzz: any bytes as a risk file, and as the text of a field that the first byte chooses: what is accepted comes
 * back from its own text, and a file that is accepted contradicts itself nowhere. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "risk/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

/* The name of field i, and its value as text in `out`, 0-terminated. */
static const char *show(const neap_limits *limits, unsigned i, neap_buffer *out) {
  const char *name = NULL, *variable;
  neap_buffer_clear(out);
  if (!neap_limits_field(limits, i, &name, &variable, out)) return NULL;
  neap_buffer_append(out, "", 1);
  return name;
}

static void check_field(unsigned i, const char *text) {
  neap_limits limits;
  neap_buffer first, second;
  neap_buffer_init(&first);
  neap_buffer_init(&second);
  neap_limits_default(&limits);
  const char *name = show(&limits, i, &first);
  if (name && neap_limits_set(&limits, name, text, NULL) == NEAP_OK) {
    show(&limits, i, &first);
    must(neap_limits_set(&limits, name, (const char *)first.data, NULL) == NEAP_OK);
    show(&limits, i, &second);
    must(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
  }
  neap_buffer_fini(&first);
  neap_buffer_fini(&second);
}

static void check_file(const char *text, size_t size) {
  neap_limits limits;
  neap_buffer problems;
  neap_fault fault;
  neap_buffer_init(&problems);
  neap_limits_default(&limits);
  if (neap_limits_read_json(&limits, text, size, "fuzz", &problems, &fault) == NEAP_OK)
    must(problems.size == 0 && neap_limits_check(&limits, &problems, NULL) == NEAP_OK);
  else
    must(problems.size > 0);
  neap_buffer_fini(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check_file((const char *)data, size);
  if (size == 0) return 0;
  char *text = malloc(size);
  if (!text) return 0;
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  check_field(data[0] % 64, text);
  free(text);
  return 0;
}
