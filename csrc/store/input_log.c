/* SPDX-License-Identifier: MIT */
/* input_log: the session's thread puts, the log's thread takes, compresses and writes. */
#include "store/input_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/input_count.h"
#include "store/input_tail.h"
#include "store/lock.h"
#include "store/segment.h"

struct neap_input_log {
  char directory[INPUT_PATH - 16];
  neap_lock lock;
  neap_input_tail *tail;
  neap_segment_writer *segments;
  uint64_t begun;    /* where in the run this process began */
  uint64_t woken;    /* by the session's thread: up to where the log's knows of it */
  input_count count; /* of what is in the segments */
  bool was_new, has_thread;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t work, room;
  bool is_closing;
  atomic_bool has_failed;
  neap_fault failure; /* once has_failed */
  unsigned char block[NEAP_SEGMENT_BLOCK];
};

/* --- the log's thread --------------------------------------------------------------------------------------------- */

static void fail(neap_input_log *log, const neap_fault *why) {
  pthread_mutex_lock(&log->mutex);
  log->failure = *why;
  atomic_store(&log->has_failed, true);
  pthread_cond_broadcast(&log->room);
  pthread_mutex_unlock(&log->mutex);
}

static size_t waiting(const neap_input_log *log) {
  return neap_input_tail_written(log->tail) - neap_input_tail_taken(log->tail);
}

/* A block's worth, a second's, or all of it at the end. False: it is over. */
static bool wait_for_work(neap_input_log *log) {
  neap_clock clock = neap_clock_real();
  int64_t end = neap_clock_now(&clock) + NEAP_SECOND;
  const struct timespec until = {.tv_sec = end / NEAP_SECOND, .tv_nsec = end % NEAP_SECOND};
  int code = 0;
  pthread_mutex_lock(&log->mutex);
  while (!log->is_closing && code != ETIMEDOUT && waiting(log) < NEAP_SEGMENT_BLOCK)
    code = pthread_cond_timedwait(&log->work, &log->mutex, &until);
  bool is_over = log->is_closing && waiting(log) == 0;
  pthread_mutex_unlock(&log->mutex);
  return !is_over;
}

static void tell_room(neap_input_log *log, size_t count) {
  neap_input_tail_take(log->tail, count);
  pthread_mutex_lock(&log->mutex);
  pthread_cond_broadcast(&log->room);
  pthread_mutex_unlock(&log->mutex);
}

static neap_status pack(neap_input_log *log, const unsigned char *bytes, size_t count, bool is_fresh,
                        neap_fault *fault) {
  neap_segment_block block = {.bytes = bytes, .count = count, .flags = is_fresh ? NEAP_SEGMENT_FRESH : 0};
  input_count_block(&log->count, &block);
  return neap_segment_write(log->segments, &block, fault);
}

static void write_block(neap_input_log *log) {
  neap_fault why = {0};
  uint64_t at = neap_input_tail_taken(log->tail);
  size_t count = neap_input_tail_peek(log->tail, log->block, sizeof log->block);
  if (count == 0) return;
  if (pack(log, log->block, count, at == log->begun, &why) != NEAP_OK)
    fail(log, &why);
  else
    tell_room(log, count);
}

static void *work(void *context) {
  neap_input_log *log = context;
  while (wait_for_work(log) && !atomic_load(&log->has_failed)) write_block(log);
  return NULL;
}

/* --- the session's thread ----------------------------------------------------------------------------------------- */

static void wake(neap_input_log *log) {
  log->woken = neap_input_tail_written(log->tail);
  pthread_mutex_lock(&log->mutex);
  pthread_cond_signal(&log->work);
  pthread_mutex_unlock(&log->mutex);
}

static void wait_for_room(neap_input_log *log) {
  pthread_mutex_lock(&log->mutex);
  pthread_cond_signal(&log->work);
  while (!atomic_load(&log->has_failed) && waiting(log) == NEAP_INPUT_TAIL) pthread_cond_wait(&log->room, &log->mutex);
  pthread_mutex_unlock(&log->mutex);
}

/* What does not fit is published in parts: a crash may leave a beginning of it, of which nothing came yet. */
static void put(neap_input_log *log, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  size_t done = neap_input_tail_put(log->tail, at, count);
  while (done < count) {
    neap_input_tail_publish(log->tail);
    wait_for_room(log);
    if (atomic_load(&log->has_failed)) return;
    done += neap_input_tail_put(log->tail, at + done, count - done);
  }
}

void neap_input_log_keep(neap_input_log *log, const neap_input *input) {
  unsigned char head[INPUT_HEAD];
  if (atomic_load_explicit(&log->has_failed, memory_order_relaxed)) return;
  input_head_write(input, head);
  put(log, head, sizeof head);
  if (input->length) put(log, input->text, input->length);
  neap_input_tail_publish(log->tail);
  if (neap_input_tail_written(log->tail) - log->woken >= NEAP_SEGMENT_BLOCK) wake(log);
}

neap_status neap_input_log_state(neap_input_log *log, neap_fault *fault) {
  if (!atomic_load(&log->has_failed)) return NEAP_OK;
  if (fault) *fault = log->failure;
  return log->failure.status;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static neap_status make_directory(neap_input_log *log, neap_fault *fault) {
  log->was_new = mkdir(log->directory, S_IRWXU) == 0;
  if (log->was_new || errno == EEXIST) return NEAP_OK;
  neap_fail(fault, NEAP_IO, "cannot_record", "inputs cannot be recorded: %s", strerror(errno));
  neap_fault_set_where(fault, "%s", log->directory);
  return NEAP_IO;
}

static neap_status pack_left(neap_input_log *log, const neap_buffer *left, uint64_t offset, uint64_t fresh,
                             neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t at = 0; status == NEAP_OK && at < left->size;) {
    size_t count = left->size - at < NEAP_SEGMENT_BLOCK ? left->size - at : NEAP_SEGMENT_BLOCK;
    status = pack(log, left->data + at, count, offset + at == fresh, fault);
    at += count;
  }
  return status;
}

/* What the process before left in the tail goes to the segments first. */
static neap_status open_files(neap_input_log *log, neap_fault *fault) {
  char path[INPUT_PATH];
  neap_buffer left;
  uint64_t offset, fresh;
  snprintf(path, sizeof path, "%s/tail", log->directory);
  neap_status status = neap_lock_take(&log->lock, path, fault);
  if (status == NEAP_OK) status = neap_segment_writer_open(log->directory, &log->segments, &offset, fault);
  if (status != NEAP_OK) return status;
  input_count_read(&log->count, log->directory);
  neap_buffer_init(&left);
  status = neap_input_tail_left(path, offset, &left, &fresh, fault);
  if (status == NEAP_OK) status = pack_left(log, &left, offset, fresh, fault);
  log->begun = log->woken = offset + left.size;
  neap_buffer_fini(&left);
  return status == NEAP_OK ? neap_input_tail_open(path, log->begun, &log->tail, fault) : status;
}

static neap_status start_thread(neap_input_log *log, neap_fault *fault) {
  log->has_thread = pthread_create(&log->thread, NULL, work, log) == 0;
  return log->has_thread ? NEAP_OK : neap_fail(fault, NEAP_IO, "cannot_record", "no thread to record inputs");
}

static void init_locks(neap_input_log *log) {
  pthread_mutex_init(&log->mutex, NULL);
  pthread_cond_init(&log->work, NULL);
  pthread_cond_init(&log->room, NULL);
}

neap_status neap_input_log_open(const char *directory, neap_input_log **out, neap_fault *fault) {
  neap_input_log *log = calloc(1, sizeof *log);
  *out = NULL;
  if (!log) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to record");
  snprintf(log->directory, sizeof log->directory, "%s", directory);
  log->lock.fd = -1;
  init_locks(log);
  neap_status status = make_directory(log, fault);
  if (status == NEAP_OK) status = open_files(log, fault);
  if (status == NEAP_OK) status = start_thread(log, fault);
  if (status != NEAP_OK) return neap_input_log_close(log, false), status;
  *out = log;
  return NEAP_OK;
}

/* --- closing ------------------------------------------------------------------------------------------------------ */

static void join(neap_input_log *log) {
  pthread_mutex_lock(&log->mutex);
  log->is_closing = true;
  pthread_cond_signal(&log->work);
  pthread_mutex_unlock(&log->mutex);
  pthread_join(log->thread, NULL);
}

static void remove_files(const neap_input_log *log) {
  char path[INPUT_PATH];
  for (unsigned number = 1;; number++) {
    snprintf(path, sizeof path, "%s/%04u.seg", log->directory, number);
    if (unlink(path) != 0) break;
  }
  rmdir(log->directory);
}

/* A tail that is not there says that all of it is in the segments. */
void neap_input_log_close(neap_input_log *log, bool discard) {
  if (!log) return;
  if (log->has_thread) join(log);
  bool is_whole = log->has_thread && !atomic_load(&log->has_failed);
  neap_input_tail_close(log->tail, is_whole);
  neap_segment_writer_close(log->segments);
  neap_lock_drop(&log->lock);
  if (discard && log->was_new) remove_files(log);
  pthread_cond_destroy(&log->room);
  pthread_cond_destroy(&log->work);
  pthread_mutex_destroy(&log->mutex);
  free(log);
}

static neap_status trim_all(const char *directory, neap_fault *fault) {
  neap_input_log *log;
  neap_status status = neap_input_log_open(directory, &log, fault);
  if (status != NEAP_OK) return status;
  uint64_t mark = log->count.is_lost ? 0 : log->count.begun;
  status = neap_segment_trim_all(log->segments, mark, fault);
  neap_input_log_close(log, false);
  return status;
}

neap_status neap_input_log_trim(const char *directory, unsigned first, neap_fault *fault) {
  return first ? neap_segment_trim(directory, first, fault) : trim_all(directory, fault);
}
