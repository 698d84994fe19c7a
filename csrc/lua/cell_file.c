/* SPDX-License-Identifier: MIT */
/* cell_file: the text of a script's file: from the disk, noted where inputs are, or from a recording. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/cell_parts.h"

enum { FILE_MAX = 1 << 20 };

static neap_status fail_open(const char *path, neap_fault *fault) {
  if (errno == ENOENT) return neap_fail(fault, NEAP_NOT_FOUND, "not_found", "there is no file %s", path);
  if (errno == ENOMEM) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read %s", path);
  return neap_fail(fault, NEAP_IO, "unreadable", "cannot read %s: %s", path, strerror(errno));
}

static neap_status read_stream(FILE *file, const char *path, neap_buffer *out, neap_fault *fault) {
  size_t count = 1;
  while (count > 0 && out->size <= FILE_MAX) {
    unsigned char *room = neap_buffer_reserve(out, 65536);
    if (!room) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %s", path);
    count = fread(room, 1, 65536, file);
    out->size += count;
  }
  if (ferror(file)) return fail_open(path, fault);
  if (out->size > FILE_MAX) return neap_fail(fault, NEAP_INVALID, "too_long", "%s is over 1 MiB", path);
  return NEAP_OK;
}

static neap_status read_file(const char *path, neap_buffer *out, neap_fault *fault) {
  FILE *file = fopen(path, "rb");
  if (!file) return fail_open(path, fault);
  neap_status status = read_stream(file, path, out, fault);
  fclose(file);
  return status;
}

/* Of the author's: what the file said when it was recorded, wherever that was. */
static neap_status play_file(neap_cell *cell, const char *path, neap_buffer *out, neap_fault *fault) {
  size_t length = strlen(path) + 1;
  const neap_input *input = neap_inputs_peek(cell->inputs);
  bool is_it = input && input->kind == NEAP_INPUT_FILE && !input->has_failed && input->length >= length &&
               memcmp(input->text, path, length) == 0;
  if (!is_it) {
    neap_status status = neap_inputs_expect(cell->inputs, NEAP_INPUT_FILE, cell->number, path, length, fault);
    return status == NEAP_OK ? neap_fail(fault, NEAP_CORRUPT, "bad_input", "a file was recorded without its text")
                             : status;
  }
  neap_buffer_append(out, input->text + length, input->length - length);
  neap_inputs_pass(cell->inputs);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %s", path);
}

/* To another session: a file that the recorded one did not read, or that is to be another, is read now, and is so in
 * later lives. */
static neap_status play_loose(neap_cell *cell, const char *path, neap_buffer *out, neap_fault *fault) {
  const char *text;
  size_t length;
  if (neap_inputs_reads_anew(cell->inputs) || !neap_inputs_find_file(cell->inputs, path, &text, &length)) {
    neap_status status = read_file(path, out, fault);
    if (status != NEAP_OK) return status;
    return neap_inputs_keep_file(cell->inputs, path, (const char *)out->data, out->size, fault);
  }
  neap_buffer_append(out, text, length);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %s", path);
}

static neap_status record_file(neap_cell *cell, const char *path, neap_buffer *out, neap_fault *fault) {
  neap_buffer noted;
  neap_status status = read_file(path, out, fault);
  if (status != NEAP_OK) return neap_inputs_note_failure(cell->inputs, NEAP_INPUT_FILE, cell->number, fault), status;
  neap_buffer_init(&noted);
  neap_buffer_append(&noted, path, strlen(path) + 1);
  neap_buffer_append(&noted, out->data, out->size);
  neap_inputs_note(cell->inputs, NEAP_INPUT_FILE, cell->number, noted.data, noted.size);
  neap_buffer_fini(&noted);
  return status;
}

neap_status neap_cell_read(neap_cell *cell, const char *path, bool own, neap_buffer *out, neap_fault *fault) {
  if (!own || !cell->inputs) return read_file(path, out, fault);
  if (neap_inputs_is_loose(cell->inputs)) return play_loose(cell, path, out, fault);
  bool plays = neap_inputs_plays(cell->inputs);
  return plays ? play_file(cell, path, out, fault) : record_file(cell, path, out, fault);
}
