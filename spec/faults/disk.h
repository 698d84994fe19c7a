/* SPDX-License-Identifier: MIT */
/* disk: a disk that loses its power. Watches what this process writes below one directory, knows what was synced, and
 * at chosen moments lays down in another directory what a machine may find after a power cut at that moment: what was
 * synced, and of the rest a random part, sector by sector, in no order. The run itself goes on. */
#ifndef NEAP_SPEC_FAULTS_DISK_H
#define NEAP_SPEC_FAULTS_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum { DISK_CUTS = 32 };

typedef struct disk_cut {
  uint64_t at;           /* number of the operation before which the power goes */
  bool is_of_reserve;    /* of those on *-reserve only */
  uint64_t acknowledged; /* filled in: the last "durable N" by then, */
  int sent;              /* and what *plan.sent was */
  bool is_done;
} disk_cut;

typedef struct disk_plan {
  const char *directory; /* watched; empty when the watch begins */
  const char *images;    /* gets a directory for each cut: IMAGES/0, IMAGES/1 … */
  int ack_fd;            /* what is written there is read, and goes nowhere */
  const int *sent;       /* counts what has left; NULL: nothing does */
  uint64_t seed;
  uint64_t full_at; /* from this operation on, nothing but *-reserve can be written: ENOSPC; 0: never */
  /* The operation on *-reserve that fails with EIO, a write after its first half; and those that follow it; 0: none. */
  uint64_t reserve_fails_at;
  bool reserve_fails_on;
  disk_cut cuts[DISK_CUTS];
  int cut_count;
} disk_plan;

/* `plan` is watched until disk_release, and keeps what became of the cuts. */
void disk_watch(disk_plan *plan);
uint64_t disk_release(void);            /* how many operations there were */
uint64_t disk_reserve_operations(void); /* and of them on *-reserve */

#endif
