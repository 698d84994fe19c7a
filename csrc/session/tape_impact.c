/* SPDX-License-Identifier: MIT */
/* tape_impact: the market of a recorded book, as the impact guard asks it. */
#include "session/tape.h"

enum { LONGEST = NEAP_FLOW_WINDOWS - 1 };

/* Nothing is known of the flow where it does not fit: then only what the book shows can be priced. */
static void measure(market_tape *tape, int64_t now) {
  neap_flow_measures found;
  tape->market.volatility_bps = tape->market.volume = NEAP_ZERO;
  tape->measured = now;
  if (neap_trade_flow_measure(&tape->flow, now, &found) != NEAP_OK) return;
  tape->market.volatility_bps = found.window[LONGEST].volatility_bps;
  tape->market.volume = found.window[LONGEST].volume;
}

const neap_impact_source *tape_impact(const neap_session *session, uint32_t product) {
  market_tape *tape = session->markets[product].tape;
  int64_t now = session->clock.latest;
  tape->market.product = &session->products[product];
  tape->market.book = &tape->book;
  tape->market.mark = session->markets[product].mark;
  if (tape->measured != now) measure(tape, now);
  tape->impact = (neap_impact_source){&tape->market, neap_impact_ask};
  return &tape->impact;
}
