/* SPDX-License-Identifier: MIT */
/* guard_view: what a session shows its guards, and what it keeps for them. */
#include <stdlib.h>
#include <string.h>

#include "risk/leverage.h"
#include "session/guarding.h"
#include "session/session_state.h"

_Static_assert((int)NEAP_RISK_PRODUCTS >= (int)NEAP_STRATEGY_PRODUCTS, "guards remember each product");

static neap_status sum_position(const neap_session *session, uint32_t product, neap_decimal *out) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = neap_decimal_add(*out, neap_ledger_position(session->ledger, i, product)->quantity, out);
  return status;
}

static neap_status show_product(const neap_session *session, uint32_t i, neap_guard_product *out) {
  const market_state *market = &session->markets[i];
  *out = (neap_guard_product){
      .product = &session->products[i],
      .has_mark = market->has_mark,
      .mark = market->mark,
      .mark_time = market->mark_time,
      .frame = market->frame,
      .maintenance = neap_limits_maintenance_rate(session->limits, session->products[i].id, session->clock.latest),
      .closes = session->closes ? &session->closes[i] : NULL};
  return sum_position(session, i, &out->position);
}

static neap_status show_books(neap_session *session, neap_guard_view *out) {
  neap_status status = NEAP_OK;
  if (!session->books) return NEAP_OK;
  out->books = session->books;
  out->book_count = session->desk_count;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    neap_decimal *positions = &session->book_positions[(size_t)i * session->product_count];
    for (uint32_t k = 0; k < session->product_count; k++)
      positions[k] = neap_ledger_position(session->ledger, i, k)->quantity;
    session->books[i].positions = positions;
    status = neap_ledger_equity(session->ledger, i, session->marks, &session->books[i].equity);
  }
  return status;
}

static bool is_held(const neap_session *session, uint32_t product) {
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (neap_ledger_position(session->ledger, i, product)->quantity.units) return true;
  return false;
}

bool guards_can_see(const neap_session *session) {
  for (uint32_t i = 0; i < session->product_count; i++)
    if (!session->markets[i].has_mark && is_held(session, i)) return false;
  return true;
}

neap_status guards_show(neap_session *session, neap_guard_view *out) {
  *out = (neap_guard_view){.limits = session->limits,
                           .state = &session->guards.risk,
                           .now = session->clock.latest,
                           .paid = session_paid_in(session),
                           .products = session->guarded,
                           .product_count = session->product_count};
  neap_status status = session_equity(session, &out->equity);
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    status = show_product(session, i, &session->guarded[i]);
  return status == NEAP_OK ? show_books(session, out) : status;
}

neap_status neap_session_metrics(neap_session *session, neap_risk_metrics *out, neap_fault *fault) {
  neap_guard_view view;
  neap_status status = guards_show(session, &view);
  if (status == NEAP_OK) status = neap_risk_metrics_of(&view, out);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "a figure does not fit a decimal");
}

bool neap_session_hold(const neap_session *session, uint32_t i, neap_hold_view *out) {
  const neap_risk_state *risk = &session->guards.risk;
  for (uint32_t at = 0; at < NEAP_HOLDERS * (session->product_count + 1); at++) {
    uint32_t guard = at % NEAP_HOLDERS, product = at / NEAP_HOLDERS;
    const neap_guard_hold *hold = product ? &risk->product[product - 1][guard] : &risk->account[guard];
    if (hold->level == NEAP_GUARD_CLEAR || i-- > 0) continue;
    *out = (neap_hold_view){.guard = neap_guard_name(guard),
                            .level = neap_guard_level_name(hold->level),
                            .product = product ? session->products[product - 1].id : NULL,
                            .since = hold->since};
    return true;
  }
  return false;
}

static neap_status keep_closes(neap_session *session, uint32_t capacity, neap_fault *fault) {
  session->closes = calloc(session->product_count, sizeof *session->closes);
  neap_status status = session->closes ? NEAP_OK : NEAP_MEMORY;
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    status = neap_closes_init(&session->closes[i], capacity);
  return status == NEAP_OK ? status : neap_fail(fault, status, "memory", "no memory for closes");
}

static void forget_closes(neap_session *session) {
  for (uint32_t i = 0; session->closes && i < session->product_count; i++) neap_closes_fini(&session->closes[i]);
  free(session->closes);
  session->closes = NULL;
}

static neap_status make_room(neap_session *session, neap_fault *fault) {
  size_t products = session->product_count, desks = session->desk_count;
  if (!session->guarded) session->guarded = calloc(products, sizeof *session->guarded);
  if (desks > 1 && !session->books) session->books = calloc(desks, sizeof *session->books);
  if (desks > 1 && !session->book_positions)
    session->book_positions = calloc(desks * products, sizeof *session->book_positions);
  bool has_room = session->guarded && (desks == 1 || (session->books && session->book_positions));
  return has_room ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "memory", "no memory for guards");
}

/* A window of another length begins empty. */
neap_status guards_configure(neap_session *session, neap_fault *fault) {
  const neap_limits *limits = session->limits;
  bool wanted = neap_guard_manager_is_on(NEAP_GUARD_VOLATILITY, limits) ||
                neap_guard_manager_is_on(NEAP_GUARD_CORRELATION, limits) || sizing_wants_closes(limits);
  uint32_t capacity = (uint32_t)limits->volatility_window_periods;
  neap_status status = make_room(session, fault);
  if (status != NEAP_OK) return status;
  neap_guard_manager_configure(&session->guards, limits, session->product_count,
                               strcmp(session->mode, "backtest") != 0);
  if (session->closes && (!wanted || session->closes[0].capacity != capacity)) forget_closes(session);
  return wanted && !session->closes ? keep_closes(session, capacity, fault) : NEAP_OK;
}

void guards_free(neap_session *session) {
  forget_closes(session);
  free(session->guarded);
  free(session->books);
  free(session->book_positions);
}
