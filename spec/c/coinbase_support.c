/* SPDX-License-Identifier: MIT */
#include "coinbase_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/splitmix.h"
#include "venue/wallet.h"

enum { ROUNDS = 200000, OURS = 1 };

/* The broker's clocks have no context. */
static broker_stage *current;

static int64_t now(void) { return neap_clock_now(&current->exchange.net.clock); }

/* --- the receiver --------------------------------------------------------------------------------------------------
 */

static kept_order *find(broker_stage *stage, uint64_t number) {
  return number && number <= stage->count ? &stage->kept[number - 1] : NULL;
}

static bool move(kept_order *kept, neap_order_move move) {
  bool moved = neap_order_apply(&kept->order, move, now(), NULL) == NEAP_OK;
  kept->refused_moves += !moved;
  return moved;
}

static void filled(broker_stage *stage, kept_order *kept, const neap_report *report) {
  neap_order *order = &kept->order;
  neap_decimal value;
  if (report->cumulative.units && neap_decimal_cmp(report->cumulative, order->filled) <= 0) {
    kept->repeated++;
    return;
  }
  assert_true(report->fill.price.units > 0 && report->fill.quantity.units > 0);
  assert_true(report->fill.time >= stage->last_fill);
  stage->last_fill = report->fill.time;
  if (report->sized.units) order->ticket.quantity = report->sized;
  assert_int_equal(neap_product_notional(&stage->product, report->fill.price, report->fill.quantity, &value), NEAP_OK);
  neap_fault fault;
  if (neap_order_fill(order, report->fill.quantity, value, report->fill.fee, now(), &fault) != NEAP_OK)
    fail_msg("order %llu: %s", (unsigned long long)report->order, fault.message);
  assert_true(order->filled.units == report->cumulative.units);
  assert_int_equal(report->fill.side, order->ticket.side);
  kept->fills++;
  kept->last |= report->last;
}

static void lost(broker_stage *stage, kept_order *kept) {
  kept->losses++;
  assert_true(kept->order.status == NEAP_ORDER_SUBMITTED || kept->order.status == NEAP_ORDER_CANCEL_PENDING);
  if (kept->order.status == NEAP_ORDER_SUBMITTED && kept->is_exit)
    assert_int_equal(stage->contract->submit(stage->contract->self, &kept->order.ticket, now(), NULL), NEAP_OK);
  else
    move(kept, NEAP_MOVE_REJECT);
}

static void hear(void *context, const neap_report *report) {
  broker_stage *stage = context;
  kept_order *kept = find(stage, report->order);
  if (report->kind == NEAP_REPORT_PREVIEWED) {
    stage->preview = *report, stage->preview_count++;
    return;
  }
  assert_non_null(kept);
  if (report->kind != NEAP_REPORT_FILL && report->kind != NEAP_REPORT_ACCEPTED)
    snprintf(kept->code, sizeof kept->code, "%s", report->code);
  switch (report->kind) {
  case NEAP_REPORT_ACCEPTED:
    kept->accepted++;
    move(kept, NEAP_MOVE_ACCEPT);
    break;
  case NEAP_REPORT_FILL:
    filled(stage, kept, report);
    break;
  case NEAP_REPORT_CANCELLED:
    move(kept, NEAP_MOVE_CANCEL);
    break;
  case NEAP_REPORT_CANCEL_REFUSED:
    kept->cancels_refused++;
    move(kept, NEAP_MOVE_REFUSE_CANCEL);
    break;
  case NEAP_REPORT_REJECTED:
    move(kept, NEAP_MOVE_REJECT);
    break;
  case NEAP_REPORT_EXPIRED:
    move(kept, NEAP_MOVE_EXPIRE);
    break;
  case NEAP_REPORT_IN_DOUBT:
    kept->doubts++;
    break;
  case NEAP_REPORT_LOST:
    lost(stage, kept);
    break;
  case NEAP_REPORT_PREVIEWED:
    break;
  }
}

static void hear_account(void *context, const neap_account_view *view) {
  broker_stage *stage = context;
  stage->view = *view, stage->view_count++;
  stage->settled |= view->settled;
}

/* A process is not told of orders that ended before it: the session knows its own by their client ids. */
static bool is_of_before(const broker_stage *stage, const char *client_id) {
  for (size_t i = 0; i < stage->count; i++)
    if (strcmp(stage->kept[i].order.ticket.id, client_id) == 0) {
      assert_true(broker_stage_is_over(&stage->kept[i]));
      return true;
    }
  return false;
}

static void hear_access(void *context, bool is_open, const char *code, const char *message) {
  broker_stage *stage = context;
  assert_string_equal(code, "auth_failed");
  stage->access_count++;
  stage->is_shut_out = !is_open;
  snprintf(stage->access, sizeof stage->access, "%s", message);
}

static void hear_foreign(void *context, const neap_foreign_fill *fill) {
  broker_stage *stage = context;
  if (is_of_before(stage, fill->client_id)) return;
  assert_true(stage->foreign_count < BROKER_FOREIGNERS);
  for (size_t i = 0; i < stage->foreign_count; i++) assert_string_not_equal(stage->foreign[i].trade_id, fill->trade_id);
  stage->foreign[stage->foreign_count++] = *fill;
}

static void hear_fees(void *context, neap_decimal maker, neap_decimal taker) {
  broker_stage *stage = context;
  stage->maker = maker, stage->taker = taker, stage->rates_count++;
}

/* --- rounds --------------------------------------------------------------------------------------------------------
 */

static void round_of(broker_stage *stage, int64_t ns) {
  neap_clock *clock = &stage->exchange.net.clock;
  neap_clock_advance(clock, neap_clock_now(clock) + ns, NULL);
  assert_int_equal(neap_exchange_step(stage->exchange.exchange, 0, NULL), NEAP_OK);
  neap_loop_turn(stage->loop, 0);
  neap_coinbase_client_tick(stage->client);
  if (!stage->broker) return;
  neap_coinbase_broker_tick(stage->broker);
  if (!stage->waits && stage->contract->has_news(stage->contract->self))
    stage->contract->serve(stage->contract->self, now());
}

void broker_stage_turn(broker_stage *stage) { round_of(stage, BROKER_STAGE_STEP); }

void broker_stage_pass(broker_stage *stage, int64_t ns) {
  for (int64_t until = now() + ns; now() < until;) {
    bool is_busy = neap_coinbase_client_under_way(stage->client) > 0;
    round_of(stage, is_busy ? BROKER_STAGE_STEP : 5 * BROKER_STAGE_STEP);
  }
}

/* Of an order that stays behind. */
static void describe(const broker_stage *stage, const kept_order *kept) {
  char filled[NEAP_DECIMAL_TEXT];
  const neap_venue_order *theirs = broker_stage_theirs(stage, kept);
  const char *said = theirs ? neap_venue_status_word(theirs->status) : "not there";
  neap_decimal_format(kept->order.filled, filled);
  print_message("order %llu is %s, filled %s, %s; at the venue %s with %u fills\n",
                (unsigned long long)kept->order.ticket.number, neap_order_status_name(kept->order.status), filled,
                kept->code, said, theirs ? theirs->fills : 0);
}

void broker_stage_await(broker_stage *stage, bool (*is_so)(const broker_stage *stage)) {
  for (int i = 0; i < ROUNDS; i++) {
    if (is_so(stage)) return;
    broker_stage_turn(stage);
  }
  for (size_t i = 0; i < stage->count; i++) describe(stage, &stage->kept[i]);
  fail_msg("it did not come to that");
}

/* --- opening -------------------------------------------------------------------------------------------------------
 */

static bool is_ready(const broker_stage *stage) {
  neap_fault fault;
  neap_status status = neap_coinbase_broker_ready(stage->broker, &fault);
  if (status != NEAP_OK && status != NEAP_END) fail_msg("%s", fault.message);
  return status == NEAP_OK;
}

/* As a key file has it. */
static void name_key(broker_stage *stage) {
  neap_buffer text;
  neap_buffer_init(&text);
  assert_int_equal(neap_signer_key_text(stage->exchange.keys[0], "key-1", &text, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_read((const char *)text.data, text.size, &stage->key, NULL), NEAP_OK);
  neap_buffer_fini(&text);
}

static void open_client(broker_stage *stage) {
  const neap_coinbase_client_options options = {.base = stage->base,
                                                .key = stage->key,
                                                .poller = neap_loop_poller(stage->loop),
                                                .now = now,
                                                .wall = now,
                                                .private_rate = 1000,
                                                .seed = stage->dice};
  neap_fault fault;
  if (neap_coinbase_client_open(&options, &stage->client, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static void open_broker(broker_stage *stage) {
  const neap_coinbase_broker_options options = {.client = stage->client,
                                                .products = &stage->product,
                                                .product_count = 1,
                                                .stream = stage->has_stream ? stage->stream : NULL,
                                                .poller = neap_loop_poller(stage->loop),
                                                .now = now,
                                                .wall = now,
                                                .since = stage->since,
                                                .seed = stage->dice};
  const neap_broker_sink sink = {.context = stage,
                                 .report = hear,
                                 .account = hear_account,
                                 .foreign_fill = hear_foreign,
                                 .fees = hear_fees,
                                 .access = hear_access};
  neap_fault fault;
  if (neap_coinbase_broker_open(&options, &stage->broker, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  stage->contract = neap_coinbase_broker_contract(stage->broker);
  neap_coinbase_broker_set_sink(stage->broker, &sink);
}

void broker_stage_begin(broker_stage *stage) {
  open_client(stage);
  open_broker(stage);
}

void broker_stage_connect(broker_stage *stage) {
  broker_stage_begin(stage);
  stage->waits = true;
  broker_stage_await(stage, is_ready);
  stage->waits = false;
}

void broker_stage_die(broker_stage *stage) {
  neap_coinbase_broker_close(stage->broker);
  neap_coinbase_client_close(stage->client);
  stage->broker = NULL, stage->client = NULL;
}

void broker_stage_open(broker_stage *stage, bool with_stream) {
  memset(stage, 0, sizeof *stage);
  current = stage;
  exchange_stage_open(&stage->exchange, NULL);
  unsigned port = neap_exchange_port(stage->exchange.exchange);
  snprintf(stage->base, sizeof stage->base, "http://127.0.0.1:%u", port);
  snprintf(stage->stream, sizeof stage->stream, "ws://127.0.0.1:%u", port);
  assert_int_equal(neap_loop_open(&stage->loop, NULL), NEAP_OK);
  assert_int_equal(neap_product_parse("BTC-USD:price_increment=0.01", &stage->product, NULL), NEAP_OK);
  name_key(stage);
  stage->has_stream = with_stream;
  stage->since = now();
  broker_stage_connect(stage);
}

void broker_stage_close(broker_stage *stage) {
  broker_stage_rest(stage);
  broker_stage_compare(stage);
  broker_stage_die(stage);
  neap_loop_close(stage->loop);
  neap_signer_key_free(stage->key);
  exchange_stage_close(&stage->exchange);
}

/* --- orders --------------------------------------------------------------------------------------------------------
 */

kept_order *broker_stage_send(broker_stage *stage, neap_ticket *ticket) {
  neap_fault fault = {0};
  assert_true(stage->count < BROKER_ORDERS);
  kept_order *kept = &stage->kept[stage->count++];
  ticket->number = stage->count;
  neap_order_id("stage", ticket->number, ticket->id);
  kept->order = (neap_order){.ticket = *ticket, .status = NEAP_ORDER_SUBMITTED, .created = now(), .submitted = now()};
  kept->is_exit = ticket->side == NEAP_SELL;
  neap_status status = stage->contract->submit(stage->contract->self, ticket, now(), &fault);
  if (status != NEAP_OK) {
    snprintf(kept->code, sizeof kept->code, "%s", fault.code);
    move(kept, NEAP_MOVE_REJECT);
  }
  return kept;
}

static kept_order *send(broker_stage *stage, neap_side side, const char *quantity, const char *limit) {
  neap_ticket ticket = {.side = side, .quantity = dec(quantity)};
  ticket.type = limit ? NEAP_LIMIT : NEAP_MARKET;
  ticket.time_in_force = limit ? NEAP_GTC : NEAP_IOC;
  if (limit) ticket.limit = dec(limit);
  return broker_stage_send(stage, &ticket);
}

kept_order *broker_stage_buy(broker_stage *stage, const char *quantity, const char *limit) {
  return send(stage, NEAP_BUY, quantity, limit);
}

kept_order *broker_stage_sell(broker_stage *stage, const char *quantity, const char *limit) {
  return send(stage, NEAP_SELL, quantity, limit);
}

kept_order *broker_stage_spend(broker_stage *stage, const char *notional) {
  neap_ticket ticket = {.side = NEAP_BUY,
                        .type = NEAP_MARKET,
                        .time_in_force = NEAP_IOC,
                        .sizing = NEAP_BY_NOTIONAL,
                        .notional = dec(notional)};
  return broker_stage_send(stage, &ticket);
}

void broker_stage_cancel(broker_stage *stage, kept_order *kept) {
  if (!move(kept, NEAP_MOVE_ASK_CANCEL)) return;
  assert_int_equal(stage->contract->cancel(stage->contract->self, kept->order.ticket.number, now(), NULL), NEAP_OK);
}

neap_status broker_stage_resize(broker_stage *stage, kept_order *kept, const char *quantity) {
  neap_decimal before = kept->order.ticket.quantity;
  kept->order.ticket.quantity = dec(quantity);
  neap_status status = stage->contract->resize(stage->contract->self, &kept->order, now(), NULL);
  if (status == NEAP_REFUSED) kept->order.ticket.quantity = before;
  return status;
}

void broker_stage_other(broker_stage *stage, const char *side, const char *size, const char *price) {
  exchange_stage_reconnect(&stage->exchange); /* the server closes what is idle */
  exchange_stage_order(&stage->exchange, 2, side, size, price);
}

bool broker_stage_is_over(const kept_order *kept) { return neap_order_is_terminal(kept->order.status); }

/* What works goes back; what an end was told of is not asked about. */
void broker_stage_restore(broker_stage *stage) {
  for (size_t i = 0; i < stage->count; i++) {
    kept_order *kept = &stage->kept[i];
    if (broker_stage_is_over(kept)) continue;
    assert_int_equal(stage->contract->restore(stage->contract->self, &kept->order, NULL), NEAP_OK);
    if (kept->order.status == NEAP_ORDER_CANCEL_PENDING)
      stage->contract->cancel(stage->contract->self, kept->order.ticket.number, now(), NULL);
  }
}

/* --- the venue's books ---------------------------------------------------------------------------------------------
 */

static neap_venue *venue_of(const broker_stage *stage) { return stage->exchange.exchange->venue; }

neap_venue_options *broker_stage_venue(broker_stage *stage) { return &venue_of(stage)->options; }

static uint32_t portfolio_of(const broker_stage *stage) { return venue_of(stage)->keys[OURS - 1].portfolio; }

static const neap_venue_order *part_of(const broker_stage *stage, const kept_order *kept, int part) {
  char id[NEAP_ORDER_ID];
  memcpy(id, kept->order.ticket.id, sizeof id);
  if (part) id[14] = "0123456789abcdef"[8 + part];
  return neap_venue_order_of_client(venue_of(stage), portfolio_of(stage), id);
}

const neap_venue_order *broker_stage_theirs(const broker_stage *stage, const kept_order *kept) {
  return part_of(stage, kept, 0);
}

static void compare(const broker_stage *stage, const kept_order *kept) {
  neap_decimal filled = NEAP_ZERO, value = NEAP_ZERO, fees = NEAP_ZERO;
  unsigned fills = 0;
  bool is_open = false;
  for (int part = 0; part < 8; part++) {
    const neap_venue_order *theirs = part_of(stage, kept, part);
    if (!theirs) continue;
    filled.units += neap_venue_size(&venue_of(stage)->products[theirs->product], theirs->filled).units;
    value.units += theirs->value.units, fees.units += theirs->fees.units;
    fills += theirs->fills;
    is_open |= !neap_venue_order_is_over(theirs);
  }
  const neap_order *order = &kept->order;
  unsigned long long number = order->ticket.number;
  if (order->filled.units != filled.units) fail_msg("order %llu has filled otherwise", number);
  if (order->filled_notional.units != value.units) fail_msg("order %llu is worth something else", number);
  if (order->fees.units != fees.units) fail_msg("order %llu paid another fee", number);
  if (kept->fills != fills) fail_msg("order %llu has %u fills, not %u", number, kept->fills, fills);
  if (is_open == broker_stage_is_over(kept))
    fail_msg("order %llu is %s", number, neap_order_status_name(order->status));
}

/* What was bought and sold is what the wallets say; only where nobody else traded on the account. */
static void compare_wallets(const broker_stage *stage) {
  neap_decimal base = dec("10"), quote = dec("1000000");
  for (size_t i = 0; i < stage->count; i++) {
    const neap_order *order = &stage->kept[i].order;
    int sign = order->ticket.side == NEAP_BUY ? 1 : -1;
    base.units += sign * order->filled.units;
    quote.units -= sign * order->filled_notional.units + order->fees.units;
  }
  assert_true(neap_venue_owned(venue_of(stage), portfolio_of(stage), "BTC").units == base.units);
  assert_true(neap_venue_owned(venue_of(stage), portfolio_of(stage), "USD").units == quote.units);
}

void broker_stage_compare(const broker_stage *stage) {
  for (size_t i = 0; i < stage->count; i++) compare(stage, &stage->kept[i]);
  if (!stage->foreign_count) compare_wallets(stage);
}

/* --- rest ----------------------------------------------------------------------------------------------------------
 */

static bool agrees(const broker_stage *stage, const kept_order *kept) {
  bool is_open = false, is_there = false;
  neap_decimal filled = NEAP_ZERO;
  for (int part = 0; part < 8; part++) {
    const neap_venue_order *theirs = part_of(stage, kept, part);
    if (!theirs) continue;
    is_there = true;
    is_open |= !neap_venue_order_is_over(theirs);
    filled.units += neap_venue_size(&venue_of(stage)->products[theirs->product], theirs->filled).units;
  }
  if (!is_there && !broker_stage_is_over(kept)) return false;
  if (kept->order.status == NEAP_ORDER_CANCEL_PENDING) return false;
  bool is_accepted = kept->order.status != NEAP_ORDER_SUBMITTED;
  return is_accepted && is_open != broker_stage_is_over(kept) && filled.units == kept->order.filled.units;
}

static bool all_agree(const broker_stage *stage) {
  for (size_t i = 0; i < stage->count; i++)
    if (!agrees(stage, &stage->kept[i])) return false;
  return true;
}

/* A while longer: what came twice would come now. */
void broker_stage_rest(broker_stage *stage) {
  broker_stage_await(stage, all_agree);
  broker_stage_pass(stage, 3 * NEAP_SECOND);
  broker_stage_await(stage, all_agree);
}
