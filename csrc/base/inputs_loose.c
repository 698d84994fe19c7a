/* SPDX-License-Identifier: MIT */
/* inputs_loose: a recording that is played to another session than the one that was recorded. A request or a socket of
 * that session is one of the recording by its text: of the same moment, a request also of those just before, else the
 * next that comes. What nobody asks for is passed over. */
#include <stdlib.h>
#include <string.h>

#include "base/inputs_parts.h"

#define STALE (30 * INT64_C(1000000000)) /* ns: an older answer is of another state of things */
enum { KEPT = 64 };

/* What the recorded session asked, and nobody in this one yet. */
typedef struct noted {
  neap_input_kind kind;
  uint32_t number;
  bool has_failed, is_answered;
  uint64_t wanted;
  int64_t time;
  char *text; /* of the failure, or of the answer */
  size_t length;
  struct noted *next;
} noted;

struct inputs_loose {
  noted *noted; /* the newest first */
  unsigned noted_count;
  noted *ready; /* answers that came before they were asked for */
  inputs_files files;
};

neap_status inputs_loose_new(inputs_loose **out, neap_fault *fault) {
  *out = calloc(1, sizeof **out);
  return *out ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a recording");
}

static void free_noted(noted *old) {
  free(old->text);
  free(old);
}

static void free_list(noted **list) {
  while (*list) {
    noted *old = *list;
    *list = old->next;
    free_noted(old);
  }
}

void inputs_loose_begin_life(inputs_loose *loose) {
  free_list(&loose->noted);
  free_list(&loose->ready);
  loose->noted_count = 0;
  inputs_files_free(&loose->files.recorded);
}

void inputs_loose_free(inputs_loose *loose) {
  if (loose) inputs_loose_begin_life(loose), inputs_files_free(&loose->files.own);
  free(loose);
}

inputs_files *inputs_loose_files(inputs_loose *loose) { return &loose->files; }

/* --- what was asked when it was recorded -------------------------------------------------------------------------- */

/* FNV-1a */
static uint64_t hash_of(const char *text, size_t length) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  return hash;
}

static char *copy_of(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  if (copy && length) memcpy(copy, text, length);
  if (copy) copy[length] = '\0';
  return copy;
}

static noted *unlink_noted(inputs_loose *loose, noted **link) {
  noted *found = *link;
  *link = found->next;
  loose->noted_count--;
  return found;
}

static bool is_old(const neap_inputs *inputs, const noted *one) {
  bool is_of_now = one->time == inputs->now;
  return one->kind == NEAP_INPUT_ASKED && !one->has_failed ? inputs->now - one->time > STALE : !is_of_now;
}

static void forget_old(neap_inputs *inputs) {
  inputs_loose *loose = inputs->loose;
  unsigned place = 0;
  for (noted **link = &loose->noted; *link;) {
    if (++place > KEPT || is_old(inputs, *link))
      free_noted(unlink_noted(loose, link));
    else
      link = &(*link)->next;
  }
}

/* Of those that wait for it the first. */
static neap_input_source *waiting_for(const neap_inputs *inputs, neap_input_kind kind, uint64_t wanted) {
  neap_input_source *found = NULL;
  for (neap_input_source *at = inputs->sources; at; at = at->next)
    if (!at->number && at->kind == kind && at->wanted == wanted) found = at;
  return found;
}

static void keep_noted(neap_inputs *inputs, const neap_input *input, uint64_t wanted) {
  inputs_loose *loose = inputs->loose;
  noted *made = calloc(1, sizeof *made);
  if (!made) return;
  *made = (noted){.kind = input->kind,
                  .number = input->number,
                  .has_failed = input->has_failed,
                  .wanted = wanted,
                  .time = inputs->now,
                  .next = loose->noted};
  if (input->has_failed) made->text = copy_of(input->text, input->length), made->length = input->length;
  loose->noted = made;
  loose->noted_count++;
  forget_old(inputs);
}

void inputs_loose_note(neap_inputs *inputs, const neap_input *input) {
  inputs_files_record(&inputs->loose->files, input);
  if (input->kind == NEAP_INPUT_SENT && input->has_failed) keep_noted(inputs, input, 0);
  if (input->kind != NEAP_INPUT_ASKED && input->kind != NEAP_INPUT_SOCKET) return;
  uint64_t wanted = input->has_failed ? 0 : hash_of(input->text, input->length);
  neap_input_source *source = input->has_failed ? NULL : waiting_for(inputs, input->kind, wanted);
  if (source)
    source->number = input->number;
  else
    keep_noted(inputs, input, wanted);
}

/* An answer that nobody asked for yet. */
static void keep_answer(neap_inputs *inputs, const neap_input *input) {
  for (noted *at = inputs->loose->noted; at; at = at->next) {
    if (at->kind != NEAP_INPUT_ASKED || at->number != input->number || at->has_failed || at->is_answered) continue;
    at->text = copy_of(input->text, input->length);
    at->length = input->length;
    at->is_answered = at->text != NULL;
    return;
  }
}

/* --- what this session asks --------------------------------------------------------------------------------------- */

static bool fits(const neap_inputs *inputs, const noted *one, neap_input_kind kind, uint64_t wanted) {
  return one->kind == kind && (one->has_failed || one->wanted == wanted) && !is_old(inputs, one);
}

/* Of requests the oldest. Of sockets the newest: the market's is opened behind the user's. */
static noted **find_noted(neap_inputs *inputs, neap_input_kind kind, uint64_t wanted) {
  noted **found = NULL;
  inputs_peek_life(inputs); /* what belongs to this moment is noted by now */
  for (noted **link = &inputs->loose->noted; *link; link = &(*link)->next) {
    if (!fits(inputs, *link, kind, wanted)) continue;
    found = link;
    if (kind == NEAP_INPUT_SOCKET) break;
  }
  return found;
}

static neap_status fail_as_noted(noted *one, neap_fault *fault) {
  const neap_input input = {.text = one->text ? one->text : "", .length = one->text ? one->length : 0};
  neap_status status = inputs_read_failure(&input, fault);
  free_noted(one);
  return status;
}

neap_status inputs_loose_ask(neap_inputs *inputs, neap_input_kind kind, neap_input_source *source, const void *text,
                             size_t length, neap_fault *fault) {
  inputs_loose *loose = inputs->loose;
  source->number = 0;
  source->kind = kind;
  source->wanted = hash_of(text, length);
  noted **link = find_noted(inputs, kind, source->wanted), *one = link ? unlink_noted(loose, link) : NULL;
  if (one && one->has_failed) return fail_as_noted(one, fault);
  neap_inputs_add(inputs, source);
  if (one) source->number = one->number;
  if (one && one->is_answered)
    one->next = loose->ready, loose->ready = one;
  else if (one)
    free_noted(one);
  return NEAP_OK;
}

/* What is sent is not compared. */
neap_status inputs_loose_expect(neap_inputs *inputs, neap_input_kind kind, uint32_t number, neap_fault *fault) {
  inputs_peek_life(inputs);
  for (noted **link = &inputs->loose->noted; *link; link = &(*link)->next)
    if ((*link)->kind == kind && (*link)->has_failed && (*link)->number == number && !is_old(inputs, *link))
      return fail_as_noted(unlink_noted(inputs->loose, link), fault);
  return NEAP_OK;
}

/* --- what comes --------------------------------------------------------------------------------------------------- */

static void deliver(neap_inputs *inputs, const neap_input *input) {
  neap_input_source *source = inputs_source(inputs, input->number);
  if (!source && input->kind == NEAP_INPUT_ANSWER) keep_answer(inputs, input);
  neap_inputs_pass(inputs);
  if (source) source->take(source->self, input);
}

static void tell_ready(neap_inputs *inputs) {
  while (inputs->loose->ready) {
    noted *one = inputs->loose->ready;
    neap_input_source *source = inputs_source(inputs, one->number);
    const neap_input answer = {.kind = NEAP_INPUT_ANSWER,
                               .is_within = true,
                               .number = one->number,
                               .time = inputs->now,
                               .text = one->text,
                               .length = one->length};
    inputs->loose->ready = one->next;
    if (source) source->take(source->self, &answer);
    free_noted(one);
  }
}

void inputs_loose_tick(neap_inputs *inputs, uint32_t socket) {
  if (!socket) tell_ready(inputs);
  for (;;) {
    const neap_input *input = inputs_peek_life(inputs);
    if (!input || !inputs_is_brought(input->kind) || !input->is_within) return;
    bool is_ours = socket ? input->number == socket : input->kind == NEAP_INPUT_ANSWER;
    if (!is_ours && inputs_source(inputs, input->number)) return;
    deliver(inputs, input);
  }
}

bool inputs_loose_turn(neap_inputs *inputs) {
  const neap_input *input = inputs_peek_life(inputs);
  for (; input && inputs_is_brought(input->kind); input = inputs_peek_life(inputs)) {
    if (inputs_is_later(inputs, input)) return false;
    deliver(inputs, input);
  }
  if (!input || inputs_is_later(inputs, input) || input->kind != NEAP_INPUT_TURN) return false;
  neap_inputs_pass(inputs);
  return true;
}
