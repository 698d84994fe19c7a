/* SPDX-License-Identifier: MIT */
/* program: what the programs of bench/ have in common: how one ends that cannot go on, clocks, and samples in order. */
#ifndef NEAP_BENCH_PROGRAM_H
#define NEAP_BENCH_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/fault.h"

/* Each says what is the matter, and the fault's message where there is one, and ends the process with 1. */
_Noreturn void bench_die(const char *what, const neap_fault *fault);
void bench_must(neap_status status, const char *what, const neap_fault *fault); /* be NEAP_OK */
void bench_check(bool truth, const char *what);

/* In seconds, from a moment that is each clock's own. */
double bench_clock(clockid_t clock);
double bench_now(void); /* of the clock on the wall, which never goes back */
double bench_cpu(void); /* of this thread alone: others use the machine, too */

void *bench_room(size_t count, size_t size); /* zeros; the caller frees them */
void bench_sort(double *samples, size_t count);
double bench_median(double *samples, size_t count); /* sorts them */
void bench_remove_store(const char *path);          /* with the files that lie beside it */

#endif
