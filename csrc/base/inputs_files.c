/* SPDX-License-Identifier: MIT */
/* inputs_files: the text of scripts' files for a recording that is played to another session: what was recorded, and
 * what that session read itself. */
#include <stdlib.h>
#include <string.h>

#include "base/inputs_parts.h"

static void free_file(inputs_file *old) {
  free(old->path);
  free(old);
}

void inputs_files_free(inputs_file **list) {
  while (*list) {
    inputs_file *old = *list;
    *list = old->next;
    free_file(old);
  }
}

/* `said`: a path, its zero, the text. False: there is no memory. */
static bool add(inputs_file **list, const char *said, size_t length) {
  inputs_file *made = calloc(1, sizeof *made);
  if (made) *made = (inputs_file){.path = malloc(length + 1), .length = length, .next = *list};
  if (!made || !made->path) return free(made), false;
  memcpy(made->path, said, length);
  made->path[length] = '\0';
  *list = made;
  return true;
}

void inputs_files_record(inputs_files *files, const neap_input *input) {
  if (input->kind == NEAP_INPUT_FILE && !input->has_failed) add(&files->recorded, input->text, input->length);
}

static void forget(inputs_file **list, const char *path) {
  while (*list && strcmp((*list)->path, path) != 0) list = &(*list)->next;
  if (!*list) return;
  inputs_file *old = *list;
  *list = old->next;
  free_file(old);
}

neap_status neap_inputs_keep_file(neap_inputs *inputs, const char *path, const char *text, size_t length,
                                  neap_fault *fault) {
  if (!inputs->loose) return neap_fail(fault, NEAP_INVALID, "strict", "what is played strictly keeps no file");
  inputs_file **own = &inputs_loose_files(inputs->loose)->own;
  size_t size = strlen(path) + 1;
  neap_buffer said;
  neap_buffer_init(&said);
  neap_buffer_append(&said, path, size);
  neap_buffer_append(&said, text, length);
  forget(own, path);
  bool is_kept = said.status == NEAP_OK && add(own, (const char *)said.data, said.size);
  neap_buffer_fini(&said);
  return is_kept ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %s", path);
}

void neap_inputs_read_anew(neap_inputs *inputs, bool is_so) { inputs_loose_files(inputs->loose)->are_new = is_so; }
bool neap_inputs_reads_anew(const neap_inputs *inputs) { return inputs_loose_files(inputs->loose)->are_new; }

static bool find(const inputs_file *at, const char *path, const char **text, size_t *length) {
  size_t size = strlen(path) + 1;
  for (; at; at = at->next) {
    if (at->length < size || strcmp(at->path, path) != 0) continue;
    *text = at->path + size;
    *length = at->length - size;
    return true;
  }
  return false;
}

bool neap_inputs_find_file(neap_inputs *inputs, const char *path, const char **text, size_t *length) {
  inputs_peek_life(inputs);
  const inputs_files *files = inputs_loose_files(inputs->loose);
  return find(files->own, path, text, length) || find(files->recorded, path, text, length);
}

bool neap_inputs_own_file(const neap_inputs *inputs, size_t index, const char **path, const char **text,
                          size_t *length) {
  const inputs_file *at = inputs->loose ? inputs_loose_files(inputs->loose)->own : NULL;
  while (at && index-- > 0) at = at->next;
  return at && (*path = at->path, find(at, at->path, text, length));
}

const char *neap_inputs_file_path(neap_inputs *inputs, const char *ending) {
  size_t size = strlen(ending);
  inputs_peek_life(inputs);
  const inputs_file *at = inputs->loose ? inputs_loose_files(inputs->loose)->recorded : NULL;
  for (; at; at = at->next) {
    size_t length = strlen(at->path);
    if (length >= size && strcmp(at->path + length - size, ending) == 0) return at->path;
  }
  return NULL;
}
