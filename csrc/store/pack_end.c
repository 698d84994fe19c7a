/* SPDX-License-Identifier: MIT */
/* pack_end: the last bytes of a pack's file: the digest of all that is before them. SQLite does not look there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/pack_parts.h"

enum { WORD = 16, END = WORD + NEAP_DIGEST_TEXT, ROOM = 16384 };
static const char word[WORD + 1] = "neap.pack.end/1 ";

static neap_status fail_io(const char *path, const char *what, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "cannot_read", "cannot %s the pack: %s", what, strerror(errno));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

/* Of the next `count` bytes; NEAP_IO: there are fewer. */
static neap_status digest_of(FILE *file, const char *path, long count, char out[NEAP_DIGEST_TEXT], neap_fault *fault) {
  unsigned char room[ROOM], found[NEAP_DIGEST_SIZE];
  neap_digest *digest = neap_digest_new();
  if (!digest) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a pack");
  while (count > 0) {
    size_t wanted = count < ROOM ? (size_t)count : ROOM;
    if (fread(room, 1, wanted, file) != wanted) break;
    neap_digest_update(digest, room, wanted);
    count -= (long)wanted;
  }
  neap_digest_finish(digest, found);
  neap_digest_hex(found, out);
  neap_digest_free(digest);
  return count == 0 ? NEAP_OK : fail_io(path, "read", fault);
}

static long size_of(FILE *file) {
  long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  return fseek(file, 0, SEEK_SET) == 0 ? size : -1;
}

neap_status neap_pack_end(const char *path, neap_fault *fault) {
  char digest[NEAP_DIGEST_TEXT];
  FILE *file = fopen(path, "r+b");
  if (!file) return fail_io(path, "write", fault);
  long size = size_of(file);
  neap_status status = size < 0 ? fail_io(path, "read", fault) : digest_of(file, path, size, digest, fault);
  if (status == NEAP_OK && (fseek(file, 0, SEEK_END) != 0 || fprintf(file, "%s%s\n", word, digest) != END))
    status = fail_io(path, "write", fault);
  if (fclose(file) != 0 && status == NEAP_OK) status = fail_io(path, "write", fault);
  return status;
}

static neap_status compare(FILE *file, const char *path, long size, neap_fault *fault) {
  char end[END + 1] = {0}, digest[NEAP_DIGEST_TEXT];
  neap_status status = digest_of(file, path, size, digest, fault);
  if (status != NEAP_OK) return status;
  if (fread(end, 1, END, file) != END) return fail_io(path, "read", fault);
  if (memcmp(end, word, WORD) == 0 && memcmp(end + WORD, digest, NEAP_DIGEST_TEXT - 1) == 0 && end[END - 1] == '\n')
    return NEAP_OK;
  return neap_pack_fail(path, NEAP_CORRUPT, "file_differs",
                        "a byte of the file was changed, added or cut off: it does not end with the digest of all that "
                        "is before",
                        fault);
}

neap_status neap_pack_check_end(const char *path, uint64_t *bytes, neap_fault *fault) {
  FILE *file = fopen(path, "rb");
  if (!file) return fail_io(path, "read", fault);
  long size = size_of(file);
  neap_status status = size < END
                           ? neap_pack_fail(path, NEAP_CORRUPT, "file_differs", "the file's end was cut off", fault)
                           : compare(file, path, size - END, fault);
  fclose(file);
  *bytes = size > 0 ? (uint64_t)size : 0;
  return status;
}
