/* SPDX-License-Identifier: MIT */
/* pnl: days, peaks and trades. */
#include "account/pnl.h"

static const int64_t DAY = INT64_C(86400000000000);

void neap_pnl_init(neap_pnl *pnl, int64_t day_start) { *pnl = (neap_pnl){.day_start = day_start}; }

static int64_t day_of(const neap_pnl *pnl, int64_t now) {
  int64_t since = now - pnl->day_start;
  return since / DAY - (since % DAY < 0);
}

static neap_status add(neap_decimal *to, neap_decimal value) { return neap_decimal_add(*to, value, to); }

/* What is paid in lifts the equity and is no profit of the day. */
static neap_status turn_day(neap_pnl *pnl, int64_t now, neap_decimal paid) {
  int64_t day = day_of(pnl, now);
  if (day != pnl->day) pnl->start_equity = pnl->equity;
  pnl->day = day;
  return add(&pnl->start_equity, paid);
}

static neap_status move(neap_pnl *pnl, neap_decimal equity, neap_decimal paid) {
  neap_decimal change, fall;
  neap_status status = neap_decimal_sub(equity, pnl->equity, &change);
  if (status == NEAP_OK) status = neap_decimal_sub(change, paid, &change);
  if (status == NEAP_OK) status = add(&pnl->total, change);
  if (status != NEAP_OK) return status;
  pnl->equity = equity;
  pnl->peak = neap_decimal_max(pnl->peak, pnl->total);
  status = neap_decimal_sub(pnl->peak, pnl->total, &fall);
  if (status == NEAP_OK) pnl->drawdown = neap_decimal_max(pnl->drawdown, fall);
  return status;
}

neap_status neap_pnl_look(neap_pnl *pnl, int64_t now, neap_decimal equity, neap_decimal paid) {
  neap_pnl after = *pnl;
  if (!pnl->begun) {
    after.begun = true;
    after.day = day_of(pnl, now);
    after.start_equity = after.equity = equity;
    *pnl = after;
    return NEAP_OK;
  }
  neap_status status = turn_day(&after, now, paid);
  if (status == NEAP_OK) status = move(&after, equity, paid);
  if (status == NEAP_OK) *pnl = after;
  return status;
}

neap_decimal neap_pnl_of_day(const neap_pnl *pnl) {
  return (neap_decimal){pnl->equity.units - pnl->start_equity.units};
}

void neap_pnl_trade(neap_pnl *pnl, neap_decimal net) {
  int sign = neap_decimal_sign(net);
  ++*(sign > 0 ? &pnl->won : sign < 0 ? &pnl->lost : &pnl->even);
}

bool neap_pnl_win_rate(const neap_pnl *pnl, neap_decimal *percent) {
  uint64_t closed = pnl->won + pnl->lost + pnl->even;
  return closed && neap_decimal_mul_div(neap_decimal_from_int((int64_t)pnl->won), neap_decimal_from_int(100),
                                        neap_decimal_from_int((int64_t)closed), NEAP_DECIMAL_DIVISION,
                                        NEAP_ROUND_HALF_EVEN, percent) == NEAP_OK;
}
