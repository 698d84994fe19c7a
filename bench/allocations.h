/* SPDX-License-Identifier: MIT */
/* allocations: how often the core has asked for memory, counted per thread. For programs that are linked with
 * --wrap=malloc,--wrap=calloc,--wrap=realloc: what our objects ask for is counted, and after _count_openssl what
 * libcrypto asks for, too. */
#ifndef NEAP_BENCH_ALLOCATIONS_H
#define NEAP_BENCH_ALLOCATIONS_H

#include <stdint.h>

uint64_t allocations_here(void); /* of this thread until now */
/* Before the first use of libcrypto. */
void allocations_count_openssl(void);

#endif
