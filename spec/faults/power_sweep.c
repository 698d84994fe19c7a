/* SPDX-License-Identifier: MIT */
/* power_sweep [--count N] [--seed S]: cuts the power of a session at N random moments (disk.h). What the machine finds
 * then: the store is read as it lies there, opens, takes in its reserve, verifies, holds what was acknowledged and the
 * intent of each order that had left, is how the run's own journal began, and replays to the same state. In every third
 * run the disk fills on the way and the reserve is used; in every third one, too, the reserve fails. Every second cut
 * falls on a write or a sync of the reserve, whose records lie over old ones. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "complaints.h"
#include "disk.h"
#include "journal.h"
#include "session/state.h"
#include "stage.h"
#include "store/reserve.h"

enum { BARS = 40, RESERVE = 1 << 18, CUTS = 20 };

typedef struct sweep {
  stage stage;
  complaints said;
  char images[STAGE_PATH];
  uint64_t count, seed, random, tried;
  uint64_t operations, reserve_operations; /* of a run that nothing disturbs */
  journal whole;                           /* of the present run */
  unsigned long empty, held_more, reserves, ahead, over_old, torn_over_old;
} sweep;

/* Opening it again takes in what the reserve holds. */
static neap_status open_again(const char *path, neap_fault *fault) {
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = path, .run = "faults", .resume = true};
  neap_status status = neap_event_store_create(&options, &store, fault);
  return status == NEAP_OK ? neap_event_store_close(store, fault) : status;
}

static void check_intents(sweep *self, const journal *found, int sent) {
  for (int i = 0; i < sent; i++)
    if (!journal_has_intent(found, self->stage.sent[i]))
      complain(&self->said, "order %s left and has no intent", self->stage.sent[i]);
}

static void check_contents(sweep *self, const char *path, const disk_cut *cut) {
  const uint64_t acknowledged = cut->acknowledged;
  journal found = {0};
  uint64_t differs = 0;
  neap_fault fault = {0};
  if (journal_read(path, &found, &fault) != NEAP_OK)
    complain(&self->said, "not read: %s: %s", fault.code, fault.message);
  if (found.count < acknowledged)
    complain(&self->said, "%" PRIu64 " events acknowledged, %" PRIu64 " there", acknowledged, found.count);
  if (!journal_is_prefix(&found, &self->whole, &differs))
    complain(&self->said, "event %" PRIu64 " is another", differs);
  check_intents(self, &found, cut->sent);
  if (found.count > acknowledged) self->held_more++;
  complain_of_state(&self->said, path, self->stage.store, found.count);
  journal_free(&found);
}

/* What readers say of it before a session takes the reserve in. */
static void read_as_it_lies(sweep *self, const char *path) {
  neap_reserve_contents reserve = {0};
  neap_verify_report report;
  journal found = {0};
  neap_fault fault = {0};
  if (neap_reserve_read(path, &reserve, &fault) != NEAP_OK)
    complain(&self->said, "the reserve is not read: %s: %s", fault.code, fault.message);
  if (neap_store_verify(path, NULL, &report, &fault) != NEAP_OK)
    complain(&self->said, "as it lies there it does not verify: %s: %s", fault.code, fault.message);
  else if (journal_read(path, &found, &fault) != NEAP_OK)
    complain(&self->said, "as it lies there it is not read: %s: %s", fault.code, fault.message);
  else if (found.count != report.events)
    complain(&self->said, "%" PRIu64 " events verified, %" PRIu64 " read", report.events, found.count);
  self->ahead += report.reserve > 0;
  self->over_old += reserve.behind > 0;
  self->torn_over_old += reserve.behind > 0 && reserve.events == 0;
  journal_free(&found);
  neap_reserve_contents_fini(&reserve);
}

/* Before its first commit a file may be no store yet; then nothing was acknowledged. */
static void check_image(sweep *self, const char *path, const disk_cut *cut) {
  const uint64_t acknowledged = cut->acknowledged;
  struct stat found;
  neap_verify_report report;
  neap_fault fault = {0};
  bool is_there = stat(path, &found) == 0 && found.st_size > 0;
  if (acknowledged > 0 && is_there) read_as_it_lies(self, path);
  neap_status status = is_there ? open_again(path, &fault) : NEAP_NOT_FOUND;
  if (acknowledged == 0 && cut->sent == 0 && status != NEAP_OK) {
    self->empty++;
    if (is_there && strcmp(fault.code, "not_a_store") != 0) complain(&self->said, "%s: %s", fault.code, fault.message);
    return;
  }
  if (status != NEAP_OK) {
    complain(&self->said, "%" PRIu64 " acknowledged, and it does not open: %s: %s", acknowledged, fault.code,
             fault.message);
    return;
  }
  if (neap_store_verify(path, NULL, &report, &fault) != NEAP_OK)
    complain(&self->said, "it does not verify: %s: %s", fault.code, fault.message);
  check_contents(self, path, cut);
}

static void remove_image(sweep *self, int number) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-reserve", "-lock"};
  char path[STAGE_PATH + 32];
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    snprintf(path, sizeof path, "%s/%d/events.db%s", self->images, number, endings[i]);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/%d", self->images, number);
  rmdir(path);
}

static void check_cut(sweep *self, const disk_plan *plan, int number) {
  char path[STAGE_PATH + 32];
  struct stat found;
  snprintf(path, sizeof path, "%s/%d/events.db-reserve", self->images, number);
  if (plan->full_at && stat(path, &found) == 0) self->reserves++;
  snprintf(path, sizeof path, "%s/%d/events.db", self->images, number);
  check_image(self, path, &plan->cuts[number]);
  remove_image(self, number);
}

/* The disk was full before the store had its name: nothing is there, and nothing left. */
static bool never_began(sweep *self, neap_status status) {
  struct stat found;
  if (status == NEAP_OK || stat(self->stage.store, &found) == 0) return false;
  if (self->stage.sent_count > 0)
    complain(&self->said, "%d orders left, and there is no store", self->stage.sent_count);
  return true;
}

static void perform(sweep *self, disk_plan *plan) {
  static const stage_run like = {
      .strategies = {"trader", "keeper", "failing"}, .quarantine = true, .reserve = RESERVE, .snapshot_every = 60};
  stage_run run = like;
  neap_fault fault = {0};
  stage_clean(&self->stage);
  run.store = self->stage.store;
  self->stage.ack_fd = plan->ack_fd;
  disk_watch(plan);
  neap_status status = stage_perform(&self->stage, &run, &fault);
  self->reserve_operations = disk_reserve_operations();
  self->operations = disk_release();
  if (status != NEAP_OK && !plan->full_at) complain(&self->said, "the run fails: %s: %s", fault.code, fault.message);
  journal_free(&self->whole);
  if (never_began(self, status)) return;
  if (open_again(self->stage.store, &fault) != NEAP_OK ||
      journal_read(self->stage.store, &self->whole, &fault) != NEAP_OK)
    complain(&self->said, "what the run left is not read: %s: %s", fault.code, fault.message);
}

static void choose_cuts(sweep *self, disk_plan *plan, uint64_t operations, uint64_t reserve_operations) {
  plan->cut_count = CUTS;
  plan->full_at = neap_splitmix(&self->random) % 3 == 0 ? 60 + neap_splitmix(&self->random) % operations : 0;
  if (neap_splitmix(&self->random) % 3 == 0) { /* behind what allocates it */
    plan->reserve_fails_at = 12 + neap_splitmix(&self->random) % reserve_operations;
    plan->reserve_fails_on = neap_splitmix(&self->random) % 2 == 0;
  }
  for (int i = 0; i < CUTS; i++) {
    plan->cuts[i].is_of_reserve = i % 2 == 1;
    plan->cuts[i].at = 1 + neap_splitmix(&self->random) % (i % 2 == 1 ? reserve_operations : operations);
  }
}

static void play(sweep *self, uint64_t operations, uint64_t reserve_operations, int acks) {
  disk_plan plan = {
      .directory = self->stage.directory, .images = self->images, .ack_fd = acks, .sent = &self->stage.sent_count};
  plan.seed = neap_splitmix(&self->random) % UINT32_MAX;
  choose_cuts(self, &plan, operations, reserve_operations);
  perform(self, &plan);
  for (int i = 0; i < CUTS && self->tried < self->count; i++) {
    if (!plan.cuts[i].is_done) continue;
    snprintf(self->said.tried, sizeof self->said.tried, "moment %" PRIu64, ++self->tried);
    check_cut(self, &plan, i);
  }
  for (int i = 0; i < CUTS; i++) remove_image(self, i);
}

int main(int argc, char **argv) {
  static sweep self = {.said = {.tried = "moment 0"}, .count = 200, .seed = 1};
  for (int at = 1; at + 1 < argc; at += 2) {
    if (strcmp(argv[at], "--count") == 0) self.count = strtoull(argv[at + 1], NULL, 10);
    if (strcmp(argv[at], "--seed") == 0) self.seed = strtoull(argv[at + 1], NULL, 10);
  }
  self.random = self.seed * 2 + 1;
  stage_make(&self.stage, BARS);
  snprintf(self.images, STAGE_PATH, "%.230s-images", self.stage.directory);
  int acks = open("/dev/null", O_WRONLY);
  if (mkdir(self.images, 0755) != 0 || acks < 0) return 2;
  disk_plan quiet = {.directory = self.stage.directory, .images = self.images, .ack_fd = acks};
  perform(&self, &quiet);
  const uint64_t operations = self.operations, reserve_operations = self.reserve_operations;
  printf("%" PRIu64 " events, %" PRIu64 " writes, syncs and the like, %" PRIu64 " of them of the reserve, seed %" PRIu64
         "\n",
         self.whole.count, operations, reserve_operations, self.seed);
  while (self.tried < self.count && self.said.count < 50) play(&self, operations, reserve_operations, acks);
  journal_free(&self.whole);
  rmdir(self.images);
  stage_remove(&self.stage);
  printf("%lu before the first event, %lu held more than was acknowledged, %lu with a full disk and a reserve\n",
         self.empty, self.held_more, self.reserves);
  printf("%lu had events in the reserve only, %lu old records behind its last, %lu of them behind a torn first one\n",
         self.ahead, self.over_old, self.torn_over_old);
  printf("%" PRIu64 " passed, %lu failed\n", self.tried > self.said.count ? self.tried - self.said.count : 0,
         self.said.count);
  return self.said.count > 0;
}
