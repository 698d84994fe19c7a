/* SPDX-License-Identifier: MIT */
/* desks: from the seats of the options to the desks of a session, each with its allotment in the ledger. */
#include <stdlib.h>
#include <string.h>

#include "session/session_state.h"

static neap_status check_name(const neap_session *session, uint32_t index, neap_fault *fault) {
  for (uint32_t i = 0; i < index; i++)
    if (strcmp(session->names[i], session->names[index]) == 0)
      return neap_fail(fault, NEAP_INVALID, "strategy_name", "two strategies of a session are named '%s'",
                       session->names[index]);
  return NEAP_OK;
}

static uint32_t every_product(const neap_session *session) { return UINT32_MAX >> (32 - session->product_count); }

/* A strategy that is alone sees whatever the session trades. */
neap_status desk_find_products(neap_desk *desk, neap_fault *fault) {
  neap_session *session = desk->session;
  const neap_strategy *strategy = desk->strategy;
  desk->products = every_product(session);
  if (session->desk_count == 1 || !strategy || strategy->product_count == 0) return NEAP_OK;
  desk->products = 0;
  for (uint32_t i = 0; i < strategy->product_count; i++) {
    uint32_t at = 0;
    while (at < session->product_count && strcmp(session->products[at].id, strategy->products[i]) != 0) at++;
    if (at == session->product_count)
      return neap_fail(fault, NEAP_INVALID, "unknown_product", "strategy %s trades %s, which this session does not",
                       desk->name, strategy->products[i]);
    desk->products |= 1u << at;
  }
  return NEAP_OK;
}

static neap_status init_desk(neap_session *session, uint32_t index, const neap_session_seat *seat, neap_fault *fault) {
  neap_desk *desk = &session->desks[index];
  *desk = (neap_desk){.session = session, .index = index, .strategy = seat->strategy, .next_due = INT64_MAX};
  desk->name = session->names[index] = seat->strategy ? seat->strategy->name : "operator";
  if (seat->strategy) {
    desk->hooks = seat->strategy->hooks;
    desk->timeframe = seat->strategy->timeframe;
  }
  neap_status status = check_name(session, index, fault);
  return status == NEAP_OK ? desk_find_products(desk, fault) : status;
}

static neap_status open_books(neap_session *session, uint32_t seats, neap_fault *fault) {
  neap_status status =
      neap_ledger_new(session->currency, session->products, session->product_count, seats, &session->ledger, fault);
  return status == NEAP_OK ? neap_round_trips_new(session->product_count, seats, &session->round_trips, fault) : status;
}

neap_status desks_init(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  const neap_session_seat alone = {.strategy = options->strategy, .cash = options->cash};
  const neap_session_seat *seats = options->seats ? options->seats : &alone;
  uint32_t count = options->seats ? options->seat_count : 1;
  if (count == 0 || count > SESSION_SEATS)
    return neap_fail(fault, NEAP_INVALID, "seats", "a session has 1 to %d strategies, not %u", SESSION_SEATS, count);
  session->desks = calloc(count, sizeof *session->desks);
  session->names = calloc(count, sizeof *session->names);
  if (!session->desks || !session->names)
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for %u strategies", count);
  session->desk_count = count;
  session->next_due = INT64_MAX;
  neap_status status = open_books(session, count, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) status = init_desk(session, i, &seats[i], fault);
  return status;
}

neap_status desks_pay_in(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = neap_ledger_deposit(session->ledger, i, options->seats ? options->seats[i].cash : options->cash, fault);
  return status;
}

void desk_free_series(neap_desk *desk) {
  for (named_series *series = desk->series, *next; series; series = next) {
    next = series->next;
    neap_stream_free(series->stream);
    free(series);
  }
  desk->series = NULL;
}

void desks_free(neap_session *session) {
  for (uint32_t i = 0; i < session->desk_count; i++) {
    timers_free(&session->desks[i]);
    neap_buffer_fini(&session->desks[i].saved);
    desk_free_series(&session->desks[i]);
  }
  free(session->desks);
  free(session->names);
}

neap_status session_equity(const neap_session *session, neap_decimal *out) {
  neap_decimal one;
  neap_status status = neap_ledger_equity(session->ledger, 0, session->marks, out);
  for (uint32_t i = 1; status == NEAP_OK && i < session->desk_count; i++) {
    status = neap_ledger_equity(session->ledger, i, session->marks, &one);
    if (status == NEAP_OK) status = neap_decimal_add(*out, one, out);
  }
  return status;
}
