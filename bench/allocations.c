/* SPDX-License-Identifier: MIT */
/* allocations: the linker gives us the calls of malloc, calloc and realloc; we count and pass them on. */
#include "allocations.h"

#include <openssl/crypto.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static _Thread_local uint64_t counted;

void *__wrap_malloc(size_t size) { return counted++, __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return counted++, __real_calloc(count, size); }
void *__wrap_realloc(void *memory, size_t size) { return counted++, __real_realloc(memory, size); }

uint64_t allocations_here(void) { return counted; }

static void *take(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return malloc(size);
}

static void *change(void *memory, size_t size, const char *file, int line) {
  (void)file, (void)line;
  return realloc(memory, size);
}

static void give_back(void *memory, const char *file, int line) {
  (void)file, (void)line;
  free(memory);
}

void allocations_count_openssl(void) {
  if (CRYPTO_set_mem_functions(take, change, give_back) != 1) abort();
}
