/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/splitmix.h"
#include "venue/fault_plan.h"

enum { MILLION = 1000000, MOST_FAULTS = 256, LONGEST_FACTOR = 100 };
#define REMOVED INT64_MIN

struct neap_fault_plan {
  neap_planned_fault *faults; /* by id */
  size_t count, size;
  uint32_t last_id;
  uint64_t dice;
};

neap_status neap_fault_plan_new(uint64_t seed, neap_fault_plan **out, neap_fault *fault) {
  *out = calloc(1, sizeof **out);
  if (!*out) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for faults");
  (*out)->dice = seed;
  return NEAP_OK;
}

void neap_fault_plan_free(neap_fault_plan *plan) {
  if (!plan) return;
  free(plan->faults);
  free(plan);
}

/* --- what is in it ------------------------------------------------------------------------------------------------ */

neap_status neap_fault_plan_add(neap_fault_plan *plan, const char *text, int64_t now, uint32_t *id, neap_fault *fault) {
  neap_planned_fault made;
  neap_status status = neap_fault_read(text, now, &made, fault);
  if (status != NEAP_OK) return status;
  if (plan->count == MOST_FAULTS)
    return neap_fail(fault, NEAP_INVALID, "too_many", "there are %d faults already", MOST_FAULTS);
  if (plan->count == plan->size) {
    size_t more = plan->size ? plan->size * 2 : 8;
    neap_planned_fault *moved = realloc(plan->faults, more * sizeof *moved);
    if (!moved) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a fault");
    plan->faults = moved, plan->size = more;
  }
  made.id = *id = ++plan->last_id;
  plan->faults[plan->count++] = made;
  return NEAP_OK;
}

static void erase(neap_fault_plan *plan, size_t i) {
  memmove(&plan->faults[i], &plan->faults[i + 1], (--plan->count - i) * sizeof plan->faults[0]);
}

neap_status neap_fault_plan_remove(neap_fault_plan *plan, uint32_t id, neap_fault *fault) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->faults[i].id != id) continue;
    if (plan->faults[i].is_on)
      plan->faults[i].until = REMOVED;
    else
      erase(plan, i);
    return NEAP_OK;
  }
  return neap_fail(fault, NEAP_NOT_FOUND, "unknown_fault", "there is no fault %u", id);
}

const neap_planned_fault *neap_fault_plan_get(const neap_fault_plan *plan, size_t index) {
  return index < plan->count ? &plan->faults[index] : NULL;
}

/* --- striking ----------------------------------------------------------------------------------------------------- */

static bool is_of_a_word(char c) { return isalnum((unsigned char)c) || c == '-'; }

/* As a whole word: BTC-USD is not in BTC-USDC. */
static bool mentions(const char *text, size_t length, const char *word) {
  const char *at = text, *end = text + length;
  size_t size = strlen(word);
  while ((at = memmem(at, (size_t)(end - at), word, size))) {
    bool begins = at == text || !is_of_a_word(at[-1]);
    if (begins && (at + size == end || !is_of_a_word(at[size]))) return true;
    at++;
  }
  return false;
}

static bool is_of(const char *product, const neap_fault_subject *subject) {
  return mentions(subject->path, strlen(subject->path), product) ||
         mentions(subject->query, strlen(subject->query), product) || mentions(subject->text, subject->length, product);
}

static bool is_meant(const neap_planned_fault *planned, const neap_fault_subject *subject) {
  return (!*planned->method || !strcmp(planned->method, subject->method)) &&
         (!*planned->path || strstr(subject->path, planned->path)) &&
         (!*planned->channel || !strcmp(planned->channel, subject->channel)) &&
         (!*planned->product || is_of(planned->product, subject));
}

static bool strikes(neap_fault_plan *plan, neap_planned_fault *planned) {
  if (planned->seen++ < planned->after) return false;
  if (planned->most && planned->struck >= planned->most) return false;
  if (planned->chance < MILLION && neap_splitmix(&plan->dice) % MILLION >= planned->chance) return false;
  planned->struck++;
  return true;
}

const neap_planned_fault *neap_fault_plan_strike(neap_fault_plan *plan, neap_fault_place place,
                                                 const neap_fault_subject *subject, int64_t now, size_t *cursor) {
  while (*cursor < plan->count) {
    neap_planned_fault *planned = &plan->faults[(*cursor)++];
    if (neap_fault_kind_place(planned->kind) != place || now < planned->from || now >= planned->until) continue;
    if (is_meant(planned, subject) && strikes(plan, planned)) return planned;
  }
  return NULL;
}

/* Those that were removed in force are over since the last call. */
static void forget_removed(neap_fault_plan *plan) {
  for (size_t i = plan->count; i-- > 0;)
    if (plan->faults[i].until == REMOVED && !plan->faults[i].is_on) erase(plan, i);
}

const neap_planned_fault *neap_fault_plan_turn(neap_fault_plan *plan, int64_t now, bool *begins) {
  forget_removed(plan);
  for (size_t i = 0; i < plan->count; i++) {
    neap_planned_fault *planned = &plan->faults[i];
    if (neap_fault_kind_place(planned->kind) != NEAP_AT_TIME) continue;
    bool should = now >= planned->from && now < planned->until;
    planned->is_over = now >= planned->until;
    if (should == planned->is_on) continue;
    planned->is_on = *begins = should;
    planned->struck += should;
    return planned;
  }
  return NULL;
}

int64_t neap_fault_plan_next(const neap_fault_plan *plan) {
  int64_t next = INT64_MAX;
  for (size_t i = 0; i < plan->count; i++) {
    const neap_planned_fault *planned = &plan->faults[i];
    if (neap_fault_kind_place(planned->kind) != NEAP_AT_TIME) continue;
    int64_t turn = planned->is_on ? planned->until : planned->is_over ? INT64_MAX : planned->from;
    if (turn < next) next = turn;
  }
  return next;
}

/* Of the same mean, but for pareto, whose mean is three times its least. */
int64_t neap_fault_plan_time(neap_fault_plan *plan, const neap_planned_fault *planned) {
  double share = ((double)(neap_splitmix(&plan->dice) >> 11) + 0.5) / 9007199254740992.0, time = (double)planned->time;
  switch (planned->spread) {
  case NEAP_SPREAD_FIXED:
    return planned->time;
  case NEAP_SPREAD_UNIFORM:
    return (int64_t)(2 * share * time);
  case NEAP_SPREAD_EXPONENTIAL:
    return (int64_t)(-log(share) * time);
  case NEAP_SPREAD_PARETO:
    break;
  }
  double far = pow(share, -1 / 1.5);
  return (int64_t)(time * (far < LONGEST_FACTOR ? far : LONGEST_FACTOR));
}

void neap_fault_plan_write(const neap_fault_plan *plan, neap_buffer *out) {
  neap_json_writer json;
  neap_json_begin(&json, out);
  neap_json_object(&json, NULL);
  neap_json_array(&json, "faults");
  for (size_t i = 0; i < plan->count; i++) {
    neap_json_object(&json, NULL);
    neap_json_int(&json, "id", plan->faults[i].id);
    neap_json_string(&json, "fault", plan->faults[i].text);
    neap_json_int(&json, "seen", (int64_t)plan->faults[i].seen);
    neap_json_int(&json, "struck", (int64_t)plan->faults[i].struck);
    if (neap_fault_kind_place(plan->faults[i].kind) == NEAP_AT_TIME) neap_json_bool(&json, "on", plan->faults[i].is_on);
    neap_json_end_object(&json);
  }
  neap_json_end_array(&json);
  neap_json_end_object(&json);
}
