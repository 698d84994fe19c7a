/* SPDX-License-Identifier: MIT */
/* desk_group: orders that are accepted together or not at all. */
#include <stdio.h>
#include <string.h>

#include "session/groups.h"

_Static_assert((int)NEAP_GROUP_LEGS == (int)GROUP_LEGS, "one size");

typedef struct draft_leg {
  neap_order order;
  request_notes note;
} draft_leg;

static neap_status of_leg(uint32_t i, neap_status status, neap_fault *fault) {
  char words[sizeof fault->message];
  if (status == NEAP_OK || !fault) return status;
  snprintf(words, sizeof words, "leg %u: %.200s", i + 1, fault->message);
  snprintf(fault->message, sizeof fault->message, "%s", words);
  fault->where[0] = '\0';
  return status;
}

static neap_status check_tag(const neap_order_request *legs, uint32_t i, neap_fault *fault) {
  for (uint32_t k = 0; legs[i].tag[0] && k < i; k++)
    if (strcmp(legs[k].tag, legs[i].tag) == 0)
      return neap_fail(fault, NEAP_INVALID, "tag_in_use", "tag '%s' is that of leg %u, too", legs[i].tag, k + 1);
  return NEAP_OK;
}

static neap_status check_kind(const neap_order *draft, const neap_group_options *options, neap_fault *fault) {
  if (neap_order_is_sliced(draft))
    return neap_fail(fault, NEAP_INVALID, "order_field", "execution: an order of a group leaves whole");
  if (!options->one_cancels_other || draft->ticket.type != NEAP_MARKET) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "order_field",
                   "orders of which one cancels the other wait: give limit or stop");
}

static neap_status draft_all(neap_desk *desk, const neap_order_request *legs, uint32_t count,
                             const neap_group_options *options, draft_leg *out, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    memset(&out[i], 0, sizeof out[i]);
    status = check_tag(legs, i, fault);
    if (status == NEAP_OK) status = request_draft(desk, &legs[i], &out[i].order, &out[i].note, fault);
    if (status == NEAP_OK) status = check_kind(&out[i].order, options, fault);
    status = of_leg(i, status, fault);
  }
  return status;
}

/* Accepted, and not to leave: the decision stands in the journal, and behind it why it was for nothing. */
static void take_back(neap_session *session, neap_order *order, const neap_reason *reason) {
  if (neap_order_is_terminal(order->status)) return;
  neap_outbox_withdraw(&session->outbox, order);
  order_refuse(session, order, reason);
}

static void take_all_back(neap_session *session, neap_order **orders, uint32_t count, uint32_t refused) {
  neap_reason reason = {.code = "group_refused", .check = "group"};
  snprintf(reason.input, sizeof reason.input, "leg %u of %u: %.40s", refused + 1, count, orders[refused]->reason.code);
  for (uint32_t i = 0; i < count; i++) take_back(session, orders[i], &reason);
}

static int64_t find_refused(neap_order *const *orders, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (orders[i]->status == NEAP_ORDER_REJECTED) return i;
  return -1;
}

static void name(neap_order **orders, uint32_t count, const neap_group_options *options) {
  for (uint32_t i = 0; i < count; i++) {
    orders[i]->group = orders[0]->ticket.number;
    orders[i]->one_cancels_other = options->one_cancels_other;
    orders[i]->unwinds_group = options->unwinds;
  }
}

/* No memory in the middle: those before are nothing, too. */
static void undo(neap_desk *desk, neap_order **orders, uint32_t count) {
  const neap_reason reason = {.code = "group_refused", .check = "group", .input = "no memory"};
  for (uint32_t i = 0; i < count; i++) {
    take_back(desk->session, orders[i], &reason);
    neap_desk_release(desk, orders[i]);
  }
}

/* Each is decided beside what those before it have reserved. */
static neap_status submit_all(neap_desk *desk, const draft_leg *drafts, uint32_t count, neap_order **out,
                              neap_fault *fault) {
  for (uint32_t i = 0; i < count; i++) {
    neap_status status = request_submit(desk, &drafts[i].order, &drafts[i].note, &out[i], fault);
    if (status != NEAP_OK) return undo(desk, out, i), of_leg(i, status, fault);
  }
  return NEAP_OK;
}

neap_status neap_desk_group(neap_desk *desk, const neap_order_request *legs, uint32_t count,
                            const neap_group_options *options, neap_order **out, neap_fault *fault) {
  draft_leg drafts[GROUP_LEGS];
  if (count < 2 || count > GROUP_LEGS)
    return neap_fail(fault, NEAP_INVALID, "legs", "a group has 2 to %d orders, not %u", GROUP_LEGS, count);
  neap_status status = draft_all(desk, legs, count, options, drafts, fault);
  if (status == NEAP_OK) status = submit_all(desk, drafts, count, out, fault);
  if (status != NEAP_OK) return status;
  name(out, count, options);
  int64_t refused = find_refused(out, count);
  if (refused >= 0) return take_all_back(desk->session, out, count, (uint32_t)refused), NEAP_OK;
  for (uint32_t i = 0; i < count; i++) groups_join(desk->session, out[i]);
  return NEAP_OK;
}
