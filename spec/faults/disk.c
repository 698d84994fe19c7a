/* SPDX-License-Identifier: MIT */
/* disk: libc's functions that change files, defined by the executable and so found before libc's, also by SQLite. A
 * directory entry lasts when its directory was synced, bytes and sizes when their file was. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 256, DESCRIPTORS = 1024, NAME = 48, SECTOR = 512, DIRECTORY = FILES };

typedef struct change { /* of a file, not synced */
  bool is_size;         /* its size was set to `at` */
  size_t at, length;
  unsigned char *bytes;
} change;

typedef struct file {
  unsigned char *bytes; /* as synced */
  size_t size;
  change *changes;
  size_t change_count;
} file;

typedef struct entry { /* of the directory */
  char name[NAME];
  int file; /* −1: the name is gone */
} entry;

/* libc's functions have no place for a context. */
static disk_plan *plan;
static file files[FILES];
static int file_count;
static entry lasting[FILES], waiting[FILES]; /* entries that are synced; changes that are not, in order */
static int lasting_count, waiting_count;
static int descriptors[DESCRIPTORS]; /* file + 1; 0: not watched */
static uint64_t operations, reserve_operations, dice;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t roll(uint64_t below) {
  dice ^= dice << 13;
  dice ^= dice >> 7;
  dice ^= dice << 17;
  return dice % below;
}

static void *must(void *block) {
  if (!block) abort();
  return block;
}

static int find(const entry *list, int count, const char *name) {
  for (int i = count - 1; i >= 0; i--)
    if (strcmp(list[i].name, name) == 0) return i;
  return -1;
}

/* The file that a name means now, synced or not; −1. */
static int file_of(const char *name) {
  int at = find(waiting, waiting_count, name);
  if (at >= 0) return waiting[at].file;
  at = find(lasting, lasting_count, name);
  return at >= 0 ? lasting[at].file : -1;
}

static void set_entry(entry *list, int *count, const char *name, int number) {
  int at = find(list, *count, name);
  if (at < 0) at = (*count)++;
  if (at >= FILES) abort();
  snprintf(list[at].name, NAME, "%s", name);
  list[at].file = number;
}

static void add_waiting(const char *name, int number) {
  if (waiting_count == FILES) abort();
  snprintf(waiting[waiting_count].name, NAME, "%s", name);
  waiting[waiting_count++].file = number;
}

static void grow(unsigned char **bytes, size_t *size, size_t wanted) {
  if (wanted > *size) {
    *bytes = must(realloc(*bytes, wanted));
    memset(*bytes + *size, 0, wanted - *size);
  }
  *size = wanted;
}

/* `chance`: of each sector, out of 4. */
static void apply(const change *what, unsigned char **bytes, size_t *size, unsigned chance) {
  if (what->is_size) {
    if (roll(4) < chance) grow(bytes, size, what->at);
    return;
  }
  for (size_t done = 0, step; done < what->length; done += step) {
    step = SECTOR - (what->at + done) % SECTOR;
    if (step > what->length - done) step = what->length - done;
    if (roll(4) >= chance) continue;
    if (what->at + done + step > *size) grow(bytes, size, what->at + done + step);
    memcpy(*bytes + what->at + done, what->bytes + done, step);
  }
}

static void lay_down(const char *path, const file *what, unsigned chance) {
  size_t size = what->size;
  unsigned char *bytes = must(malloc(size + 1));
  if (size) memcpy(bytes, what->bytes, size);
  for (size_t i = 0; i < what->change_count; i++) apply(&what->changes[i], &bytes, &size, chance);
  int to = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  for (size_t done = 0; to >= 0 && done < size;) {
    long count = syscall(SYS_write, to, bytes + done, size - done);
    if (count <= 0) abort();
    done += (size_t)count;
  }
  if (to < 0) abort();
  syscall(SYS_close, to);
  free(bytes);
}

/* Entries: those that last, and the others as far as the file system had got. Shared memory is lost with the power. */
static void cut(disk_cut *what, int number) {
  static entry found[FILES];
  char path[512];
  int count = lasting_count, reached = (int)roll((uint64_t)waiting_count + 1);
  memcpy(found, lasting, sizeof found);
  for (int i = 0; i < reached; i++) set_entry(found, &count, waiting[i].name, waiting[i].file);
  snprintf(path, sizeof path, "%s/%d", plan->images, number);
  mkdir(path, 0755);
  for (int i = 0; i < count; i++) {
    size_t length = strlen(found[i].name);
    if (found[i].file < 0 || (length > 4 && strcmp(found[i].name + length - 4, "-shm") == 0)) continue;
    snprintf(path, sizeof path, "%s/%d/%s", plan->images, number, found[i].name);
    lay_down(path, &files[found[i].file], (unsigned)roll(5)); /* none of it, some of it, all of it */
  }
  what->sent = plan->sent ? *plan->sent : 0;
  what->is_done = true;
}

static bool is_reserve(int number) {
  for (int i = 0; i < waiting_count; i++)
    if (waiting[i].file == number && strstr(waiting[i].name, "-reserve")) return true;
  for (int i = 0; i < lasting_count; i++)
    if (lasting[i].file == number && strstr(lasting[i].name, "-reserve")) return true;
  return false;
}

/* Before each operation, with the lock held; on no file: −1. False: the disk is full. */
static bool operation(int number) {
  bool of_reserve = is_reserve(number);
  operations++;
  reserve_operations += of_reserve;
  for (int i = 0; i < plan->cut_count; i++) {
    disk_cut *one = &plan->cuts[i];
    if (one->is_of_reserve ? of_reserve && one->at == reserve_operations : one->at == operations) cut(one, i);
  }
  return plan->full_at == 0 || operations < plan->full_at;
}

/* The name below the watched directory, or NULL. */
static const char *name_of(const char *path) {
  size_t length = plan ? strlen(plan->directory) : 0;
  return plan && strncmp(path, plan->directory, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static int watched(int descriptor) {
  return plan && descriptor >= 0 && descriptor < DESCRIPTORS ? descriptors[descriptor] - 1 : -1;
}

static bool begin(int number) {
  bool has_room = operation(number);
  if (has_room || is_reserve(number)) return true;
  errno = ENOSPC;
  return false;
}

/* Of the operation on *-reserve that has just begun. */
static bool reserve_fails(int number) {
  const uint64_t at = plan->reserve_fails_at;
  if (at == 0 || reserve_operations < at || !is_reserve(number)) return false;
  return reserve_operations == at || plan->reserve_fails_on;
}

static change *add_change(file *what) {
  if ((what->change_count & (what->change_count - 1)) == 0)
    what->changes = must(realloc(what->changes, (what->change_count ? 2 * what->change_count : 1) * sizeof(change)));
  change *made = &what->changes[what->change_count++];
  *made = (change){0};
  return made;
}

static void note_write(int number, const void *bytes, size_t size, size_t at) {
  change *made = add_change(&files[number]);
  made->at = at;
  made->length = size;
  made->bytes = must(malloc(size + 1));
  memcpy(made->bytes, bytes, size);
}

static void note_size(int number, size_t size) {
  change *made = add_change(&files[number]);
  made->is_size = true;
  made->at = size;
}

static void forget_changes(file *what) {
  for (size_t i = 0; i < what->change_count; i++) free(what->changes[i].bytes);
  free(what->changes);
  what->changes = NULL;
  what->change_count = 0;
}

static void note_sync(int number) {
  file *what = &files[number];
  for (size_t i = 0; i < what->change_count; i++) apply(&what->changes[i], &what->bytes, &what->size, 4);
  forget_changes(what);
}

static void note_directory_sync(void) {
  for (int i = 0; i < waiting_count; i++) set_entry(lasting, &lasting_count, waiting[i].name, waiting[i].file);
  waiting_count = 0;
}

static void note_open(int descriptor, const char *name, int flags) {
  int number = file_of(name);
  if (number < 0) {
    if (file_count == FILES) abort();
    number = file_count++;
    add_waiting(name, number);
  } else if (flags & O_TRUNC) {
    note_size(number, 0);
  }
  descriptors[descriptor] = number + 1;
}

void disk_watch(disk_plan *with) {
  dice = with->seed * 2 + 1;
  operations = reserve_operations = 0;
  lasting_count = waiting_count = 0;
  plan = with;
}

uint64_t disk_release(void) {
  plan = NULL;
  for (int i = 0; i < file_count; i++) {
    forget_changes(&files[i]);
    free(files[i].bytes);
    files[i] = (file){0};
  }
  file_count = 0;
  memset(descriptors, 0, sizeof descriptors);
  return operations;
}

uint64_t disk_reserve_operations(void) { return reserve_operations; }

static int opened(int directory, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  const char *name = directory == AT_FDCWD ? name_of(path) : NULL;
  if (name && *name && (flags & O_CREAT) && file_of(name) < 0) operation(-1);
  int descriptor = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (descriptor >= 0 && descriptor < DESCRIPTORS && plan) {
    bool is_directory = strcmp(path, plan->directory) == 0 || (name && !*name);
    if (is_directory) name = NULL;
    descriptors[descriptor] = is_directory ? DIRECTORY + 1 : 0;
    if (name && (flags & O_ACCMODE) != O_RDONLY) note_open(descriptor, name, flags);
  }
  pthread_mutex_unlock(&lock);
  return descriptor;
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return opened(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) __attribute__((alias("open64")));

int close(int descriptor) {
  pthread_mutex_lock(&lock);
  if (descriptor >= 0 && descriptor < DESCRIPTORS) descriptors[descriptor] = 0;
  int result = (int)syscall(SYS_close, descriptor);
  pthread_mutex_unlock(&lock);
  return result;
}

/* A write that fails leaves its first half. */
static ssize_t write_watched(int number, int descriptor, const void *bytes, size_t size, off64_t at) {
  if (!begin(number)) return -1;
  bool fails = reserve_fails(number);
  ssize_t count = (ssize_t)syscall(SYS_pwrite64, descriptor, bytes, fails ? size / 2 : size, at);
  if (count > 0) note_write(number, bytes, (size_t)count, (size_t)at);
  if (!fails) return count;
  errno = EIO;
  return -1;
}

static ssize_t written(int descriptor, const void *bytes, size_t size, off64_t at) {
  pthread_mutex_lock(&lock);
  int number = watched(descriptor);
  ssize_t count = number < 0 || number == DIRECTORY ? (ssize_t)syscall(SYS_pwrite64, descriptor, bytes, size, at)
                                                    : write_watched(number, descriptor, bytes, size, at);
  pthread_mutex_unlock(&lock);
  return count;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t at) {
  return written(descriptor, bytes, size, at);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t at) {
  return written(descriptor, bytes, size, at);
}

static void note_acknowledgement(const char *bytes, size_t size) {
  char text[64];
  unsigned long long number;
  snprintf(text, sizeof text, "%.*s", (int)(size < 63 ? size : 63), bytes);
  if (sscanf(text, "durable %llu", &number) != 1) return;
  for (int i = 0; i < plan->cut_count; i++)
    if (!plan->cuts[i].is_done) plan->cuts[i].acknowledged = number;
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
  if (watched(descriptor) >= 0) return written(descriptor, bytes, size, lseek(descriptor, 0, SEEK_CUR));
  pthread_mutex_lock(&lock);
  if (plan && descriptor == plan->ack_fd) note_acknowledgement(bytes, size);
  pthread_mutex_unlock(&lock);
  return (ssize_t)syscall(SYS_write, descriptor, bytes, size);
}

int ftruncate64(int descriptor, off64_t size) {
  pthread_mutex_lock(&lock);
  int number = watched(descriptor), result = -1;
  if (number < 0 || begin(number)) result = (int)syscall(SYS_ftruncate, descriptor, size);
  if (number >= 0 && result == 0) note_size(number, (size_t)size);
  pthread_mutex_unlock(&lock);
  return result;
}

int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

int posix_fallocate64(int descriptor, off64_t at, off64_t size) {
  pthread_mutex_lock(&lock);
  int number = watched(descriptor), code = 0;
  if (number >= 0 && !begin(number)) code = ENOSPC;
  if (code == 0 && syscall(SYS_fallocate, descriptor, 0, at, size) != 0) code = errno;
  if (code == 0 && number >= 0) note_size(number, (size_t)(at + size));
  pthread_mutex_unlock(&lock);
  return code;
}

int posix_fallocate(int descriptor, off_t at, off_t size) { return posix_fallocate64(descriptor, at, size); }

int fdatasync(int descriptor) {
  pthread_mutex_lock(&lock);
  int number = watched(descriptor);
  if (number >= 0) operation(number);
  bool fails = number >= 0 && reserve_fails(number);
  if (number == DIRECTORY)
    note_directory_sync();
  else if (number >= 0 && !fails)
    note_sync(number);
  pthread_mutex_unlock(&lock);
  if (fails) errno = EIO;
  return fails ? -1 : 0;
}

int fsync(int descriptor) { return fdatasync(descriptor); }

int unlink(const char *path) {
  pthread_mutex_lock(&lock);
  const char *name = name_of(path);
  if (name && file_of(name) >= 0) operation(file_of(name));
  int result = (int)syscall(SYS_unlink, path);
  if (name && result == 0) add_waiting(name, -1);
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) {
  pthread_mutex_lock(&lock);
  const char *old = name_of(from), *new = name_of(to);
  int number = old ? file_of(old) : -1;
  if (number >= 0) operation(number);
  int result = (int)syscall(SYS_rename, from, to);
  if (result == 0 && number >= 0 && new) { /* a cut in between finds both names: never neither */
    add_waiting(new, number);
    add_waiting(old, -1);
  }
  pthread_mutex_unlock(&lock);
  return result;
}
