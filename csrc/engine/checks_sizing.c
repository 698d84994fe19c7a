/* SPDX-License-Identifier: MIT */
/* checks_sizing: what is said of a quantity that was not given but found. */
#include "engine/checks.h"

static bool refuse(neap_decision *out, const char *code, const neap_decimal *input, const neap_decimal *limit,
                   const char *note) {
  return neap_decision_refuse(out, "risk", code, input, limit, note);
}

static bool is_wrong_side(const neap_ticket *ticket, neap_decimal entry, neap_decimal stop_loss) {
  int sign = neap_decimal_cmp(entry, stop_loss);
  return ticket->side == NEAP_BUY ? sign <= 0 : sign >= 0;
}

bool neap_check_risk(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  const neap_decimal *quantity = &out->ticket.quantity, *least = &snapshot->product->base_min;
  neap_decimal entry;
  if (neap_decimal_is_zero(snapshot->risk) || snapshot->is_second_look) return true;
  if (!neap_check_price_of(snapshot, &out->ticket, &entry))
    return refuse(out, "no_mark", NULL, NULL, "no price is known from which stop_loss is away");
  if (is_wrong_side(&out->ticket, entry, snapshot->stop_loss))
    return refuse(out, "stop_loss_side", &snapshot->stop_loss, &entry, "stop_loss is not on the losing side");
  if (neap_decimal_sign(snapshot->equity) <= 0)
    return refuse(out, "no_equity", &snapshot->equity, NULL, "a share of equity needs equity over zero");
  neap_decision_note(out, "risk", NEAP_PASSED, &entry, &snapshot->stop_loss, "from this price to stop_loss");
  if (neap_decimal_is_zero(*quantity) || neap_decimal_cmp(*quantity, *least) < 0)
    return refuse(out, "too_small", &snapshot->risk, least,
                  "this share of equity pays for less than the smallest order");
  neap_decision_note(out, "risk", NEAP_PASSED, &snapshot->risk, quantity,
                     "share of equity lost at stop_loss, fees of both ways included; the limit is the quantity found");
  return true;
}
