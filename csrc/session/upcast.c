/* SPDX-License-Identifier: MIT */
/* upcast: the table of steps from a version to the next, and what each version lacked. */
#include "session/upcast.h"

#include <string.h>

#include "base/record.h"

typedef struct upcast_step {
  const char *type;
  uint16_t version;
  void (*raise)(const neap_event *event, neap_buffer *out); /* appends the record of version + 1 */
} upcast_step;

static void copy(const neap_event *event, neap_buffer *out) {
  if (event->record_size) neap_buffer_append(out, event->record, event->record_size);
}

/* Nobody could change the mode yet, and a configuration that did was not written down. */
static void start_says_the_guard_mode(const neap_event *event, neap_buffer *out) {
  copy(event, out);
  neap_record_text(out, "guard_mode", "normal");
}

/* A timer's kind was not written: whether it will fire again is not known. */
static void timer_has_a_kind(const neap_event *event, neap_buffer *out) {
  copy(event, out);
  neap_record_text(out, "kind", "unknown");
  neap_record_time(out, "next", 0);
}

/* The whole quantity of an order by amount was not written: it is known when a fill completes it. */
static void fill_says_how_much_is_ordered(const neap_event *event, neap_buffer *out) {
  copy(event, out);
  neap_record_bool(out, "ordered_unknown", true);
}

static const upcast_step steps[] = {
    {"session_started", 1, start_says_the_guard_mode},
    {"order_filled", 1, fill_says_how_much_is_ordered},
    {"timer_set", 1, timer_has_a_kind},
    {"timer_fired", 1, timer_has_a_kind},
};

static const upcast_step *find_step(const char *type, uint16_t version) {
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (steps[i].version == version && strcmp(steps[i].type, type) == 0) return &steps[i];
  return NULL;
}

uint16_t neap_event_version(const char *type) {
  uint16_t version = 1;
  while (find_step(type, version)) version++;
  return version;
}

neap_status neap_upcast(neap_event *event, neap_buffer scratch[2], neap_fault *fault) {
  uint16_t today = neap_event_version(event->type);
  if (event->version > today)
    return neap_fail(fault, NEAP_UNSUPPORTED, "newer_event", "event %llu, %s, has version %u: this Neap knows %u",
                     (unsigned long long)event->seq, event->type, event->version, today);
  for (const upcast_step *step; (step = find_step(event->type, event->version)) != NULL;) {
    neap_buffer *out = &scratch[event->version & 1];
    neap_buffer_clear(out);
    step->raise(event, out);
    if (out->status != NEAP_OK) return neap_fail(fault, out->status, "memory", "no memory for event %s", event->type);
    event->record = out->data;
    event->record_size = out->size;
    event->version++;
  }
  return NEAP_OK;
}
