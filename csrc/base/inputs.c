/* SPDX-License-Identifier: MIT */
#include "base/inputs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/inputs_parts.h"
#include "base/record.h"

#define WALL_SLACK INT64_C(1000000) /* ns that the machine's time may be set by without a word */

const char *neap_input_kind_name(neap_input_kind kind) {
  static const char *const names[NEAP_INPUT_KINDS] = {
      [NEAP_INPUT_LIFE] = "life",     [NEAP_INPUT_CALL] = "call",       [NEAP_INPUT_TURN] = "turn",
      [NEAP_INPUT_OPENED] = "opened", [NEAP_INPUT_MESSAGE] = "message", [NEAP_INPUT_DRAINED] = "drained",
      [NEAP_INPUT_ENDED] = "ended",   [NEAP_INPUT_ANSWER] = "answer",   [NEAP_INPUT_WALL] = "wall",
      [NEAP_INPUT_FILE] = "file",     [NEAP_INPUT_STOP] = "stop",       [NEAP_INPUT_ASKED] = "request",
      [NEAP_INPUT_SOCKET] = "socket", [NEAP_INPUT_SENT] = "sent"};
  return kind > 0 && kind < NEAP_INPUT_KINDS ? names[kind] : "unknown";
}

bool neap_input_is_from(const neap_input *input, int64_t time) {
  return inputs_comes(input->kind) && !input->is_within && input->time >= time;
}

neap_status neap_inputs_new(const neap_inputs_options *options, neap_inputs **out, neap_fault *fault) {
  neap_inputs *inputs = *out = calloc(1, sizeof *inputs);
  if (!inputs) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a session's inputs");
  inputs->options = *options;
  inputs->count = options->count;
  neap_buffer_init(&inputs->scratch);
  inputs->hold = INT64_MAX;
  inputs->is_loose = options->next && options->is_loose;
  if (options->next && (options->is_loose || options->may_loosen)) return inputs_loose_new(&inputs->loose, fault);
  if (options->next) return NEAP_OK;
  inputs->now = options->now();
  inputs->ahead = options->wall() - inputs->now;
  return NEAP_OK;
}

void neap_inputs_free(neap_inputs *inputs) {
  if (!inputs) return;
  inputs_loose_free(inputs->loose);
  neap_buffer_fini(&inputs->scratch);
  free(inputs);
}

int64_t neap_inputs_now(const neap_inputs *inputs) { return inputs->now; }
int64_t neap_inputs_wall(const neap_inputs *inputs) { return inputs->now + inputs->ahead; }
uint64_t neap_inputs_count(const neap_inputs *inputs) { return inputs->count; }
bool neap_inputs_plays(const neap_inputs *inputs) { return inputs->options.next != NULL; }
bool neap_inputs_is_loose(const neap_inputs *inputs) { return inputs->is_loose; }

/* --- as they come ------------------------------------------------------------------------------------------------- */

static void keep(neap_inputs *inputs, const neap_input *input) {
  inputs->count++;
  if (inputs->options.keep) inputs->options.keep(inputs->options.self, input);
}

/* No two inputs have one moment. */
static void take_moment(neap_inputs *inputs) {
  int64_t now = inputs->options.now();
  inputs->now = now > inputs->now ? now : inputs->now + 1;
}

static void look_at_wall(neap_inputs *inputs) {
  int64_t ahead = inputs->options.wall() - inputs->options.now(), off = ahead - inputs->ahead;
  if (inputs->knows_wall && off < WALL_SLACK && off > -WALL_SLACK) return;
  inputs->knows_wall = true;
  inputs->ahead = ahead;
  keep(inputs, &(neap_input){.kind = NEAP_INPUT_WALL, .time = ahead});
}

void neap_inputs_note(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const void *text, size_t length) {
  if (neap_inputs_plays(inputs)) return;
  bool is_within = inputs_comes(kind) && inputs->depth > 0;
  if (inputs_comes(kind) && !is_within) take_moment(inputs);
  if (kind <= NEAP_INPUT_TURN && !is_within) look_at_wall(inputs);
  keep(inputs, &(neap_input){.kind = kind,
                             .is_within = is_within,
                             .number = number,
                             .time = inputs->now,
                             .text = text ? text : "",
                             .length = text ? length : 0});
}

void neap_inputs_note_failure(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const neap_fault *fault) {
  if (neap_inputs_plays(inputs)) return;
  neap_buffer *out = &inputs->scratch;
  neap_buffer_clear(out);
  neap_record_int(out, "status", fault->status);
  neap_record_text(out, "code", fault->code);
  neap_record_text(out, "message", fault->message);
  keep(inputs, &(neap_input){.kind = kind,
                             .has_failed = true,
                             .number = number,
                             .time = inputs->now,
                             .text = (const char *)out->data,
                             .length = out->size});
}

void neap_inputs_note_stop(neap_inputs *inputs, uint32_t number, const neap_input_stop *stop) {
  neap_buffer_clear(&inputs->scratch);
  neap_buffer_printf(&inputs->scratch, "%" PRIu64 " %" PRIu64 " %s", stop->call, stop->touches, stop->words);
  neap_inputs_note(inputs, NEAP_INPUT_STOP, number, inputs->scratch.data, inputs->scratch.size);
}

/* --- both -----------------------------------------------------------------------------------------------------------
 */

uint32_t neap_inputs_number(neap_inputs *inputs) { return ++inputs->last_number; }

void neap_inputs_add(neap_inputs *inputs, neap_input_source *source) {
  source->next = inputs->sources;
  inputs->sources = source;
}

void neap_inputs_remove(neap_inputs *inputs, neap_input_source *source) {
  neap_input_source **link = &inputs->sources;
  while (*link && *link != source) link = &(*link)->next;
  if (*link) *link = source->next;
}

void neap_inputs_tick_begin(neap_inputs *inputs) { inputs->depth++; }

void neap_inputs_tick_end(neap_inputs *inputs) { inputs->depth--; }
