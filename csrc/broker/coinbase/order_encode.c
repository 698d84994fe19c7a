/* SPDX-License-Identifier: MIT */
/* order_encode: a ticket as the body of create, preview and edit. Everything is checked before the first byte. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "broker/coinbase/order_map.h"

typedef struct work {
  const neap_coinbase_request *request;
  const neap_ticket *ticket;
  const neap_coinbase_row *row;
  neap_fault *fault;
} work;

static neap_status unsupported(const work *w, const char *code, const char *field, const char *instead,
                               const char *why) {
  const neap_ticket *t = w->ticket;
  bool single = w->request->form == NEAP_COINBASE_SINGLE;
  neap_fail(w->fault, NEAP_UNSUPPORTED, code, "Coinbase: %s %s: %s",
            single ? neap_order_type_name(t->type) : neap_coinbase_form_name(w->request->form),
            neap_time_in_force_name(t->time_in_force), why);
  neap_fault_set_where(w->fault, "%s", field);
  if (instead) neap_fault_set_nearest(w->fault, instead);
  return NEAP_UNSUPPORTED;
}

static neap_status missing(const work *w, const char *field) {
  neap_fail(w->fault, NEAP_INVALID, "missing_field", "this order needs %s", field);
  neap_fault_set_where(w->fault, "%s", field);
  return NEAP_INVALID;
}

static bool is_derivative(const work *w) {
  const neap_product *product = w->request->product;
  return product && (product->kind == NEAP_PERPETUAL || product->kind == NEAP_FUTURE);
}

static neap_status check_row(work *w) {
  const neap_ticket *t = w->ticket;
  w->row = neap_coinbase_row_of(w->request->form, t->type, t->time_in_force);
  if (!w->row) return unsupported(w, "not_at_venue", "type", "limit", "a bracket and a TWAP are limit orders");
  if (!w->row->key) return unsupported(w, "not_at_venue", "type", w->row->instead, w->row->note);
  if (w->row->takes & NEAP_ONLY_DERIVATIVES && !is_derivative(w))
    return unsupported(w, "not_at_venue", "type", w->row->instead, w->row->note);
  return NEAP_OK;
}

static neap_status check_notional(const work *w) {
  if (!(w->row->takes & NEAP_TAKES_QUOTE))
    return unsupported(w, "sizing_not_at_venue", "notional", "quantity", "is sized in base");
  if (w->row->takes & NEAP_QUOTE_ONLY_BUYS && w->ticket->side == NEAP_SELL)
    return unsupported(w, "sizing_not_at_venue", "notional", "quantity", "a sale is sized in base");
  if (is_derivative(w)) return unsupported(w, "sizing_not_at_venue", "notional", "quantity", "is sized in contracts");
  return neap_decimal_sign(w->ticket->notional) > 0 ? NEAP_OK : missing(w, "notional");
}

static neap_status check_size(work *w) {
  switch (w->ticket->sizing) {
  case NEAP_BY_QUANTITY:
    return neap_decimal_sign(w->ticket->quantity) > 0 ? NEAP_OK : missing(w, "quantity");
  case NEAP_BY_NOTIONAL:
    return check_notional(w);
  case NEAP_BY_FRACTION:
    break;
  }
  return unsupported(w, "sizing_not_at_venue", "fraction", "notional", "a share of equity is ours to work out");
}

/* What the row takes must be there; what it does not take must not: nothing is left out in silence. */
static neap_status check_field(const work *w, unsigned takes, int sign, const char *name) {
  if (w->row->takes & takes) return sign > 0 ? NEAP_OK : missing(w, name);
  return sign == 0 ? NEAP_OK : unsupported(w, "field_not_at_venue", name, NULL, "takes no such field");
}

static neap_status check_fields(work *w) {
  const neap_ticket *t = w->ticket;
  int end = (t->good_till > 0) - (t->good_till < 0);
  neap_status status = check_field(w, NEAP_TAKES_LIMIT, neap_decimal_sign(t->limit), "limit");
  if (status == NEAP_OK)
    status = check_field(w, NEAP_TAKES_STOP | NEAP_TAKES_TRIGGER, neap_decimal_sign(t->stop), "stop");
  if (status == NEAP_OK) status = check_field(w, NEAP_TAKES_END, end, "good_till");
  if (status == NEAP_OK) status = check_field(w, 0, neap_decimal_sign(t->trail_bps), "trail_bps");
  if (status == NEAP_OK && t->post_only && !(w->row->takes & NEAP_TAKES_POST_ONLY))
    return unsupported(w, "post_only_not_at_venue", "post_only", "limit gtc", "cannot be post-only");
  return status;
}

static neap_status check_slices(work *w) {
  const neap_coinbase_slices *s = &w->request->slices;
  neap_status status = check_field(w, NEAP_TAKES_SLICES, (s->start > 0) - (s->start < 0), "start");
  if (status == NEAP_OK) status = check_field(w, NEAP_TAKES_SLICES, s->buckets > 0, "buckets");
  if (status == NEAP_OK) status = check_field(w, NEAP_TAKES_SLICES, neap_decimal_sign(s->size), "bucket_size");
  int64_t rest = s->duration % NEAP_SECOND;
  int sign = rest ? -1 : (s->duration > 0) - (s->duration < 0);
  return status == NEAP_OK ? check_field(w, NEAP_TAKES_SLICES, sign, "bucket_duration") : status;
}

static neap_status check_leverage(work *w) {
  const neap_coinbase_request *r = w->request;
  bool said = !neap_decimal_is_zero(r->leverage) || r->margin != NEAP_COINBASE_UNSAID;
  if (neap_decimal_sign(r->leverage) < 0) return missing(w, "leverage above zero");
  if (!said || is_derivative(w)) return NEAP_OK;
  return unsupported(w, "leverage_not_at_venue", r->margin ? "margin_type" : "leverage", NULL,
                     "only perpetuals and futures have leverage");
}

static neap_status check_quote_step(const work *w) {
  const neap_decimal step = w->request->product->quote_increment;
  neap_decimal down;
  char text[NEAP_DECIMAL_TEXT];
  neap_status status = neap_decimal_quantize(w->ticket->notional, step, NEAP_ROUND_DOWN, &down);
  if (status != NEAP_OK || neap_decimal_cmp(down, w->ticket->notional) == 0) return status;
  neap_decimal_format(down, text);
  neap_fail(w->fault, NEAP_REFUSED, "quote_increment", "an amount is a multiple of the product's quote_increment");
  neap_fault_set_nearest(w->fault, text);
  neap_fault_set_where(w->fault, "notional");
  return NEAP_REFUSED;
}

static neap_status check_price_step(const work *w, neap_decimal price, const char *field) {
  if (neap_decimal_is_zero(price)) return NEAP_OK;
  neap_status status = neap_product_check_price(w->request->product, price, w->fault);
  if (status != NEAP_OK) neap_fault_set_where(w->fault, "%s", field);
  return status;
}

static neap_status check_quantity_step(const work *w) {
  neap_status status = neap_product_check_quantity(w->request->product, w->ticket->quantity, w->fault);
  if (status != NEAP_OK) neap_fault_set_where(w->fault, "quantity");
  return status;
}

static neap_status check_steps(work *w) {
  const neap_ticket *t = w->ticket;
  if (!w->request->product) return NEAP_OK;
  neap_status status = t->sizing == NEAP_BY_NOTIONAL ? check_quote_step(w) : check_quantity_step(w);
  if (status == NEAP_OK) status = check_price_step(w, t->limit, "limit");
  return status == NEAP_OK ? check_price_step(w, t->stop, "stop") : status;
}

static neap_status check(work *w) {
  static neap_status (*const checks[])(work *) = {check_row,    check_size,     check_fields,
                                                  check_slices, check_leverage, check_steps};
  neap_status status = w->request->product_id && w->request->product_id[0] ? NEAP_OK : missing(w, "product");
  for (size_t i = 0; status == NEAP_OK && i < sizeof checks / sizeof *checks; i++) status = checks[i](w);
  return status;
}

static void write_time(neap_json_writer *writer, const char *key, int64_t time) {
  char text[NEAP_TIME_TEXT];
  neap_time_format(time, text);
  neap_json_string(writer, key, text);
}

static void write_slices(neap_json_writer *writer, const neap_coinbase_slices *slices) {
  char text[24];
  write_time(writer, "start_time", slices->start);
  snprintf(text, sizeof text, "%lu", (unsigned long)slices->buckets);
  neap_json_string(writer, "number_buckets", text);
  neap_json_decimal(writer, "bucket_size", slices->size);
  snprintf(text, sizeof text, "%llds", (long long)(slices->duration / NEAP_SECOND));
  neap_json_string(writer, "bucket_duration", text);
}

static void write_stop(neap_json_writer *writer, const neap_ticket *t) {
  neap_json_decimal(writer, "stop_price", t->stop);
  neap_json_string(writer, "stop_direction",
                   t->side == NEAP_BUY ? "STOP_DIRECTION_STOP_UP" : "STOP_DIRECTION_STOP_DOWN");
}

static void write_configuration(const work *w, neap_json_writer *writer) {
  const neap_ticket *t = w->ticket;
  unsigned takes = w->row->takes;
  bool by_quote = t->sizing == NEAP_BY_NOTIONAL;
  neap_json_object(writer, "order_configuration");
  neap_json_object(writer, w->row->key);
  neap_json_decimal(writer, by_quote ? "quote_size" : "base_size", by_quote ? t->notional : t->quantity);
  if (takes & NEAP_TAKES_LIMIT) neap_json_decimal(writer, "limit_price", t->limit);
  if (takes & NEAP_TAKES_STOP) write_stop(writer, t);
  if (takes & NEAP_TAKES_TRIGGER) neap_json_decimal(writer, "stop_trigger_price", t->stop);
  if (takes & NEAP_TAKES_END) write_time(writer, "end_time", t->good_till);
  if (takes & NEAP_TAKES_POST_ONLY) neap_json_bool(writer, "post_only", t->post_only);
  if (takes & NEAP_TAKES_SLICES) write_slices(writer, &w->request->slices);
  neap_json_end_object(writer);
  neap_json_end_object(writer);
}

static void write_order(const work *w, neap_json_writer *writer) {
  static const char *const margins[] = {NULL, "CROSS", "ISOLATED"};
  const neap_coinbase_request *r = w->request;
  neap_json_string(writer, "product_id", r->product_id);
  neap_json_string(writer, "side", w->ticket->side == NEAP_BUY ? "BUY" : "SELL");
  write_configuration(w, writer);
  if (!neap_decimal_is_zero(r->leverage)) neap_json_decimal(writer, "leverage", r->leverage);
  if (r->margin) neap_json_string(writer, "margin_type", margins[r->margin]);
}

static neap_status finish(neap_buffer *out, neap_fault *fault) {
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, out->status, "memory", "no memory for an order's text");
}

static neap_status encode(const neap_coinbase_request *request, const char *id, neap_buffer *out, neap_fault *fault) {
  work w = {.request = request, .ticket = request->ticket, .fault = fault};
  neap_json_writer writer;
  if (id && !id[0]) return missing(&w, "id");
  neap_status status = check(&w);
  if (status != NEAP_OK) return status;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  if (id) neap_json_string(&writer, "client_order_id", id);
  write_order(&w, &writer);
  neap_json_end_object(&writer);
  return finish(out, fault);
}

neap_status neap_coinbase_encode_create(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault) {
  return encode(request, request->ticket->id, out, fault);
}

neap_status neap_coinbase_encode_preview(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault) {
  return encode(request, NULL, out, fault);
}

static neap_status check_edit(work *w) {
  if (!w->request->order_id || !w->request->order_id[0]) return missing(w, "order_id");
  neap_status status = check(w);
  if (status != NEAP_OK) return status;
  if (!(w->row->takes & NEAP_TAKES_EDIT))
    return unsupported(w, "edit_not_at_venue", "time_in_force", "cancel and place again", "cannot be edited");
  if (w->ticket->sizing == NEAP_BY_NOTIONAL)
    return unsupported(w, "edit_not_at_venue", "notional", "cancel and place again", "is edited in base");
  return NEAP_OK;
}

neap_status neap_coinbase_encode_edit(const neap_coinbase_request *request, neap_buffer *out, neap_fault *fault) {
  work w = {.request = request, .ticket = request->ticket, .fault = fault};
  neap_json_writer writer;
  neap_status status = check_edit(&w);
  if (status != NEAP_OK) return status;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  neap_json_string(&writer, "order_id", request->order_id);
  neap_json_decimal(&writer, "size", w.ticket->quantity);
  neap_json_decimal(&writer, "price", w.ticket->limit);
  if (w.row->takes & (NEAP_TAKES_STOP | NEAP_TAKES_TRIGGER)) neap_json_decimal(&writer, "stop_price", w.ticket->stop);
  neap_json_end_object(&writer);
  return finish(out, fault);
}
