/* SPDX-License-Identifier: MIT */
/* inputs_play: a recording, input after input, told to whoever took it when it came. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/inputs_parts.h"
#include "base/record.h"

const char *neap_inputs_difference(const neap_inputs *inputs, uint64_t *input) {
  if (input) *input = inputs->differs_at;
  return inputs->differs_at ? inputs->difference : NULL;
}

void neap_inputs_differ(neap_inputs *inputs, const char *format, ...) {
  va_list words;
  if (inputs->differs_at || inputs->is_loose) return;
  inputs->differs_at = inputs->count;
  va_start(words, format);
  vsnprintf(inputs->difference, sizeof inputs->difference, format, words);
  va_end(words);
}

neap_status neap_inputs_damage(const neap_inputs *inputs, neap_fault *fault) {
  if (inputs->damaged != NEAP_OK && fault) *fault = inputs->damage;
  return inputs->damaged;
}

/* Of a call that is yet to come in the replay, or has just begun. */
static void keep_stop(neap_inputs *inputs, const neap_input *input) {
  neap_input_stop stop = {0};
  char text[400];
  int words = 0;
  snprintf(text, sizeof text, "%.*s", (int)input->length, input->text);
  if (sscanf(text, "%" SCNu64 " %" SCNu64 "%n", &stop.call, &stop.touches, &words) != 2 ||
      inputs->stop_count == STOPS) {
    neap_inputs_differ(inputs, "a stop was recorded that cannot be read: %.100s", text);
    return;
  }
  snprintf(stop.words, sizeof stop.words, "%s", text[words] ? text + words + 1 : "");
  inputs->stops[inputs->stop_count].number = input->number;
  inputs->stops[inputs->stop_count++].stop = stop;
}

static void fetch(neap_inputs *inputs) {
  if (inputs->has_next || inputs->has_ended) return;
  neap_status status = inputs->options.next(inputs->options.self, &inputs->next, &inputs->damage);
  inputs->has_next = status == NEAP_OK;
  inputs->has_ended = !inputs->has_next;
  if (status != NEAP_OK && status != NEAP_END) inputs->damaged = status;
}

/* What is never told to who waits for an input. */
static bool is_aside(const neap_inputs *inputs, neap_input_kind kind) {
  return kind == NEAP_INPUT_WALL || kind == NEAP_INPUT_STOP || (inputs->is_loose && !inputs_comes(kind));
}

static void take_aside(neap_inputs *inputs, const neap_input *input) {
  if (input->kind == NEAP_INPUT_WALL)
    inputs->ahead = input->time;
  else if (input->kind != NEAP_INPUT_STOP)
    inputs_loose_note(inputs, input);
  else if (!inputs->options.ignores_stops)
    keep_stop(inputs, input);
}

const neap_input *neap_inputs_peek(neap_inputs *inputs) {
  if (inputs->differs_at) return NULL;
  fetch(inputs);
  while (inputs->has_next && is_aside(inputs, inputs->next.kind)) {
    take_aside(inputs, &inputs->next);
    inputs->count++;
    inputs->has_next = false;
    fetch(inputs);
  }
  return inputs->has_next ? &inputs->next : NULL;
}

void neap_inputs_pass(neap_inputs *inputs) {
  inputs->count++;
  if (inputs_comes(inputs->next.kind)) inputs->now = inputs->next.time;
  if (inputs->next.kind == NEAP_INPUT_LIFE) inputs->last_number = inputs->stop_count = 0; /* another process */
  if (inputs->next.kind == NEAP_INPUT_LIFE && inputs->loose) inputs_loose_begin_life(inputs->loose);
  if (inputs->loose) inputs_files_record(inputs_loose_files(inputs->loose), &inputs->next);
  inputs->has_next = false;
}

neap_input_source *inputs_source(const neap_inputs *inputs, uint32_t number) {
  neap_input_source *source = inputs->sources;
  while (source && source->number != number) source = source->next;
  return source;
}

static void deliver(neap_inputs *inputs, const neap_input *input) {
  neap_input_source *source = inputs_source(inputs, input->number);
  neap_inputs_pass(inputs);
  if (source)
    source->take(source->self, input);
  else
    neap_inputs_differ(inputs, "%s of connection %u came, which the replay does not have",
                       neap_input_kind_name(input->kind), input->number);
}

/* What comes next in this life: whoever was killed did not come further. */
const neap_input *inputs_peek_life(neap_inputs *inputs) {
  const neap_input *input = neap_inputs_peek(inputs);
  return input && input->kind != NEAP_INPUT_LIFE ? input : NULL;
}

void neap_inputs_hold(neap_inputs *inputs, int64_t until) { inputs->hold = until; }

/* What the session asked so far has the numbers of the recording already. */
void neap_inputs_loosen(neap_inputs *inputs, bool ignores_stops) {
  inputs->is_loose = inputs->loose != NULL;
  inputs->options.ignores_stops = ignores_stops;
  if (ignores_stops) inputs->stop_count = 0;
}

bool neap_inputs_is_held(neap_inputs *inputs) {
  const neap_input *input = inputs_peek_life(inputs);
  return input && inputs_is_later(inputs, input);
}

void neap_inputs_play_tick(neap_inputs *inputs, uint32_t socket) {
  if (inputs->is_loose) {
    inputs_loose_tick(inputs, socket);
    return;
  }
  for (;;) {
    const neap_input *input = inputs_peek_life(inputs);
    if (!input || !inputs_is_brought(input->kind) || !input->is_within) return;
    bool is_ours = socket ? input->number == socket : input->kind == NEAP_INPUT_ANSWER;
    if (!is_ours) return;
    deliver(inputs, input);
  }
}

void neap_inputs_skip(neap_inputs *inputs) {
  if (neap_inputs_peek(inputs)) neap_inputs_pass(inputs);
  inputs->stop_count = 0;
}

bool neap_inputs_turn(neap_inputs *inputs) {
  if (inputs->is_loose) return inputs_loose_turn(inputs);
  const neap_input *input = inputs_peek_life(inputs);
  for (; input && inputs_is_brought(input->kind) && !input->is_within; input = inputs_peek_life(inputs)) {
    if (inputs_is_later(inputs, input)) return false;
    deliver(inputs, input);
  }
  if (!input || inputs_is_later(inputs, input)) return false;
  if (input->kind == NEAP_INPUT_TURN) return neap_inputs_pass(inputs), true;
  neap_inputs_differ(inputs, "the replay waits for what comes next; recorded was: %s",
                     neap_input_kind_name(input->kind));
  return false;
}

bool neap_inputs_take_stop(neap_inputs *inputs, uint32_t number, uint64_t call, neap_input_stop *out) {
  neap_inputs_peek(inputs);
  for (unsigned i = 0; i < inputs->stop_count; i++) {
    if (inputs->stops[i].number != number || inputs->stops[i].stop.call != call) continue;
    *out = inputs->stops[i].stop;
    inputs->stops[i] = inputs->stops[--inputs->stop_count];
    return true;
  }
  return false;
}

neap_status inputs_read_failure(const neap_input *input, neap_fault *fault) {
  neap_record_field status, code, message;
  if (neap_record_find(input->text, input->length, "status", &status) != NEAP_OK ||
      neap_record_find(input->text, input->length, "code", &code) != NEAP_OK ||
      neap_record_find(input->text, input->length, "message", &message) != NEAP_OK)
    return neap_fail(fault, NEAP_CORRUPT, "bad_input", "a failure was recorded that cannot be read");
  char word[48];
  snprintf(word, sizeof word, "%.*s", (int)code.value.bytes.size, (const char *)code.value.bytes.data);
  return neap_fail(fault, (neap_status)status.value.integer, word, "%.*s", (int)message.value.bytes.size,
                   (const char *)message.value.bytes.data);
}

static bool is_same(const neap_input *input, const void *text, size_t length) {
  return !text || (input->length == length && memcmp(input->text, text, length) == 0);
}

static int shown(size_t length) { return length < 160 ? (int)length : 160; }

/* The text of what was noted begins with words that say it, up to a zero. */
static void tell_difference(neap_inputs *inputs, const neap_input *input, neap_input_kind kind, const char *text,
                            size_t length) {
  const char *name = neap_input_kind_name(kind);
  if (!input) return;
  if (input->kind != kind)
    neap_inputs_differ(inputs, "the replay comes to: %s %.*s; recorded was: %s", name, text ? shown(length) : 0,
                       text ? text : "", neap_input_kind_name(input->kind));
  else
    neap_inputs_differ(inputs, "%s: recorded %.*s, in the replay %.*s", name, shown(input->length), input->text,
                       shown(length), text ? text : "");
}

neap_status neap_inputs_expect(neap_inputs *inputs, neap_input_kind kind, uint32_t number, const void *text,
                               size_t length, neap_fault *fault) {
  if (inputs->is_loose) return inputs_loose_expect(inputs, kind, number, fault);
  const neap_input *input = inputs_peek_life(inputs);
  bool fits = input && input->kind == kind && input->number == number;
  if (fits && input->has_failed) return neap_inputs_pass(inputs), inputs_read_failure(input, fault);
  if (fits && is_same(input, text, length)) return neap_inputs_pass(inputs), NEAP_OK;
  tell_difference(inputs, input, kind, text, length);
  neap_fail(fault, NEAP_END, "replay_ended", "the recording has no more");
  return NEAP_END;
}

neap_status neap_inputs_expect_source(neap_inputs *inputs, neap_input_kind kind, neap_input_source *source,
                                      const void *text, size_t length, neap_fault *fault) {
  if (inputs->is_loose) return inputs_loose_ask(inputs, kind, source, text, length, fault);
  neap_status status = neap_inputs_expect(inputs, kind, source->number, text, length, fault);
  if (status == NEAP_OK || status == NEAP_END) neap_inputs_add(inputs, source);
  return status == NEAP_END ? NEAP_OK : status;
}
