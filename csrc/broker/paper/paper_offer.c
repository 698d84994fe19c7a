/* SPDX-License-Identifier: MIT */
/* paper_offer: how much of an order fills at a quote: what the account admits, what the volume leaves, and the price
 * for that much. */
#include "broker/paper/paper_state.h"

typedef struct asking {
  const neap_paper *paper;
  const neap_working_order *order;
  const neap_product *product;
  const neap_candle *bar; /* NULL: no slippage, no volume limit */
  neap_decimal used;
  neap_liquidity liquidity;
} asking;

static neap_status admit(const asking *ask, neap_decimal price, neap_decimal wanted, neap_decimal *out,
                         neap_fault *fault) {
  const neap_broker_sink *sink = &ask->paper->sink;
  neap_status status = sink->admit(sink->context, &ask->order->ticket, price, ask->liquidity, wanted, out, fault);
  if (status == NEAP_OK && out->units <= 0)
    return neap_fail(fault, NEAP_REFUSED, "too_small", "nothing of it may fill");
  return status;
}

static neap_status limit_volume(const asking *ask, neap_decimal quantity, neap_decimal *out) {
  *out = quantity;
  if (!ask->bar) return NEAP_OK;
  return neap_candle_fill_limit_volume(&ask->paper->options.model, ask->product, ask->bar, ask->used, quantity, out);
}

static neap_status slip(const asking *ask, neap_decimal quantity, neap_decimal base_price, neap_decimal *out) {
  *out = base_price;
  if (!ask->bar || ask->liquidity == NEAP_MAKER) return NEAP_OK; /* what rests is not moved by its own fill */
  return neap_candle_fill_slip(&ask->paper->options.model, ask->order, ask->product, ask->bar, quantity, base_price,
                               out);
}

static bool slips_by_quantity(const asking *ask) {
  return ask->bar && ask->paper->options.model.slippage == NEAP_SLIPPAGE_VOLUME_SHARE;
}

/* The price for as much as could fill at the base price: no later step raises the quantity, so that the account is
 * never asked about a better price than it pays. */
static neap_status first_price(const asking *ask, neap_decimal base_price, neap_decimal wanted, neap_decimal *price,
                               neap_fault *fault) {
  neap_decimal quantity = wanted;
  neap_status status = NEAP_OK;
  if (slips_by_quantity(ask)) {
    if (wanted.units == 0) status = admit(ask, base_price, wanted, &quantity, fault);
    if (status == NEAP_OK) status = limit_volume(ask, quantity, &quantity);
  }
  return status == NEAP_OK ? slip(ask, quantity, base_price, price) : status;
}

static neap_status charge(const asking *ask, neap_paper_offer *offer) {
  neap_decimal notional;
  neap_status status = neap_product_notional(ask->product, offer->price, offer->quantity, &notional);
  if (status != NEAP_OK) return status;
  return neap_fee(&ask->paper->options.fees, ask->liquidity, notional, &offer->fee);
}

static neap_status size_up(const asking *ask, neap_decimal base_price, neap_decimal wanted, neap_paper_offer *offer,
                           neap_fault *fault) {
  neap_status status = first_price(ask, base_price, wanted, &offer->price, fault);
  if (status == NEAP_OK) status = admit(ask, offer->price, wanted, &offer->admitted, fault);
  if (status != NEAP_OK) return status;
  offer->clamped = !offer->sizes && neap_decimal_cmp(offer->admitted, wanted) < 0;
  if (!offer->sizes) offer->admitted = neap_decimal_min(offer->admitted, wanted);
  status = limit_volume(ask, offer->admitted, &offer->quantity);
  if (status == NEAP_OK && slips_by_quantity(ask)) status = slip(ask, offer->quantity, base_price, &offer->price);
  return status == NEAP_OK ? charge(ask, offer) : status;
}

neap_status neap_paper_offer_make(const neap_paper *paper, const neap_working *working, const neap_candle *bar,
                                  const neap_candle_quote *quote, neap_paper_offer *out, neap_fault *fault) {
  const neap_working_order *order = &working->order;
  const neap_product *product = &paper->products[order->ticket.product];
  const asking ask = {paper, order, product, bar, paper->orders.lists[order->ticket.product].used, quote->liquidity};
  *out = (neap_paper_offer){.sizes = !order->sized, .liquidity = quote->liquidity};
  neap_decimal wanted = order->sized ? order->remaining : NEAP_ZERO, room;
  neap_status status = limit_volume(&ask, order->sized ? wanted : product->base_increment, &room);
  if (status != NEAP_OK || room.units == 0) return status;
  return size_up(&ask, quote->price, wanted, out, fault);
}
