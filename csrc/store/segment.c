/* SPDX-License-Identifier: MIT */
/* segment: the layout, what compresses, which files there are. */
#include "store/segment.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "store/segment_parts.h"

enum { LEVEL = 3 }; /* of zlib: what is recorded repeats itself so much that more costs twice and gains little */

static const char file_magic[] = "NEAPSEG1", block_magic[] = "NEAPBLK1";

static void put(unsigned char *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t take(const unsigned char *bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << (8 * i);
  return value;
}

void segment_head_write(const segment_head *head, unsigned char out[SEGMENT_HEAD]) {
  memset(out, 0, SEGMENT_HEAD);
  memcpy(out, file_magic, 8);
  put(out + 8, head->number, 4);
  put(out + 12, SEGMENT_VERSION, 4);
  put(out + 16, head->offset, 8);
  put(out + 24, head->mark, 8);
  memcpy(out + 32, head->before, NEAP_DIGEST_SIZE);
}

bool segment_head_read(const unsigned char *bytes, segment_head *out) {
  if (memcmp(bytes, file_magic, 8) != 0 || take(bytes + 12, 4) != SEGMENT_VERSION) return false;
  out->number = (uint32_t)take(bytes + 8, 4);
  out->offset = take(bytes + 16, 8);
  out->mark = take(bytes + 24, 8);
  memcpy(out->before, bytes + 32, NEAP_DIGEST_SIZE);
  return true;
}

void block_head_write(const block_head *head, unsigned char out[SEGMENT_HEAD]) {
  memset(out, 0, SEGMENT_HEAD);
  memcpy(out, block_magic, 8);
  put(out + 8, head->raw, 4);
  put(out + 12, head->packed, 4);
  put(out + 16, head->offset, 8);
  put(out + 24, head->flags, 4);
  memcpy(out + 32, head->digest, NEAP_DIGEST_SIZE);
}

bool block_head_read(const unsigned char *bytes, block_head *out) {
  *out = (block_head){.raw = (uint32_t)take(bytes + 8, 4),
                      .packed = (uint32_t)take(bytes + 12, 4),
                      .offset = take(bytes + 16, 8),
                      .flags = (uint32_t)take(bytes + 24, 4)};
  memcpy(out->digest, bytes + 32, NEAP_DIGEST_SIZE);
  return memcmp(bytes, block_magic, 8) == 0 && out->raw > 0 && out->raw <= NEAP_SEGMENT_BLOCK &&
         take(bytes + 28, 4) == 0;
}

void block_digest(neap_digest *digest, const unsigned char before[NEAP_DIGEST_SIZE], const block_head *head,
                  const void *packed, unsigned char out[NEAP_DIGEST_SIZE]) {
  unsigned char facts[20];
  put(facts, head->raw, 4);
  put(facts + 4, head->packed, 4);
  put(facts + 8, head->offset, 8);
  put(facts + 16, head->flags, 4);
  neap_digest_start(digest);
  neap_digest_update(digest, before, NEAP_DIGEST_SIZE);
  neap_digest_update(digest, facts, sizeof facts);
  neap_digest_update(digest, packed, head->packed);
  neap_digest_finish(digest, out);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

void segment_path(const char *directory, unsigned number, char out[SEGMENT_PATH]) {
  snprintf(out, SEGMENT_PATH, "%s/%04u.seg", directory, number);
}

neap_status segment_fail(const char *path, const char *doing, neap_fault *fault) {
  neap_status status = errno == ENOENT ? NEAP_NOT_FOUND : NEAP_IO;
  neap_fail(fault, status,
            errno == ENOSPC     ? "disk_full"
            : status == NEAP_IO ? "cannot_record"
                                : "not_found",
            "cannot %s: %s", doing, strerror(errno));
  neap_fault_set_where(fault, "%s", path);
  return status;
}

bool segment_head_load(const char *path, segment_head *out) {
  unsigned char bytes[SEGMENT_HEAD];
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  bool is_one = fread(bytes, 1, sizeof bytes, file) == sizeof bytes && segment_head_read(bytes, out);
  fclose(file);
  return is_one;
}

static unsigned number_of(const char *name) {
  unsigned number = 0;
  int end = 0;
  bool is_one = sscanf(name, "%9u.seg%n", &number, &end) == 1 && end && !name[end];
  return is_one ? number : 0;
}

neap_status segment_range(const char *directory, unsigned *first, unsigned *last, neap_fault *fault) {
  DIR *names = opendir(directory);
  *first = *last = 0;
  if (!names) return segment_fail(directory, "read the recording", fault);
  for (const struct dirent *entry = readdir(names); entry; entry = readdir(names)) {
    unsigned number = number_of(entry->d_name);
    if (number > *last) *last = number;
    if (number && (!*first || number < *first)) *first = number;
  }
  closedir(names);
  return NEAP_OK;
}

/* --- zlib --------------------------------------------------------------------------------------------------------- */

neap_status segment_pack(const void *raw, size_t count, neap_buffer *out, neap_fault *fault) {
  uLongf packed = compressBound((uLong)count);
  neap_buffer_clear(out);
  unsigned char *room = neap_buffer_reserve(out, packed);
  if (!room || compress2(room, &packed, raw, (uLong)count, LEVEL) != Z_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to compress a block");
  out->size = packed;
  return NEAP_OK;
}

bool segment_unpack(const void *packed, size_t packed_count, unsigned char *out, size_t count) {
  uLongf made = (uLongf)count;
  return uncompress(out, &made, packed, (uLong)packed_count) == Z_OK && made == count;
}
