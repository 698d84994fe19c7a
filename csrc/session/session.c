/* SPDX-License-Identifier: MIT */
/* session: opening, what it tells, and the one place that writes the session's events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/funding.h"
#include "base/record.h"
#include "session/account.h"
#include "session/conditions.h"
#include "session/reconcile_watch.h"
#include "session/session_state.h"
#include "session/transit.h"
#include "session/upcast.h"

enum { SNAPSHOT_EVERY = 10000 };

neap_buffer *session_scratch(neap_session *session) {
  neap_buffer_clear(&session->scratch);
  return &session->scratch;
}

void session_fail(neap_session *session, const neap_fault *fault) {
  if (session->failed != NEAP_OK) return;
  session->failed = fault->status != NEAP_OK ? fault->status : NEAP_BROKEN;
  session->failure = *fault;
}

static neap_status no_memory_for(neap_session *session, const char *type, neap_fault *fault) {
  char words[96];
  snprintf(words, sizeof words, "no memory for event %s", type);
  return neap_event_store_give_up(session->store, words, fault);
}

neap_status session_event(neap_session *session, const char *type, const neap_order *order, int64_t product,
                          uint64_t cause, const neap_buffer *record, uint64_t *seq, neap_fault *fault) {
  neap_event event = {.ts_ns = neap_clock_now(&session->clock), .type = type, .cause_seq = cause};
  event.version = neap_event_version(type);
  if (order) product = order->ticket.product;
  event.product = product >= 0 ? session->products[product].id : "";
  event.client_order_id = order ? order->ticket.id : "";
  if (record && record->status != NEAP_OK) return no_memory_for(session, type, fault);
  event.record = record ? record->data : NULL;
  event.record_size = record ? record->size : 0;
  bool is_lost = session->journal == NEAP_JOURNAL_LOST; /* the session has halted for that */
  neap_status status = is_lost ? NEAP_OK : neap_event_store_append(session->store, &event, &session->last_seq, fault);
  if (seq && !is_lost) *seq = session->last_seq;
  if (session->observer.see) session->observer.see(session->observer.context, &event);
  return status;
}

neap_status neap_session_note(neap_session *session, const char *type, int64_t product, const neap_buffer *record,
                              neap_fault *fault) {
  return session_event(session, type, NULL, product, 0, record, NULL, fault);
}

static void record_product(const neap_product *product, int64_t frame, neap_buffer *out) {
  char text[NEAP_TIME_TEXT];
  neap_duration_format(frame, text);
  neap_record_map(out, "");
  neap_record_text(out, "id", product->id);
  neap_record_text(out, "kind", neap_product_kind_name(product->kind));
  neap_record_text(out, "quote", product->quote);
  neap_record_text(out, "frame", text);
  neap_record_decimal(out, "price_increment", product->price_increment);
  neap_record_decimal(out, "base_increment", product->base_increment);
  neap_record_decimal(out, "base_min_size", product->base_min);
  neap_record_decimal(out, "base_max_size", product->base_max);
  neap_record_decimal(out, "quote_min_size", product->notional_min);
  neap_record_decimal(out, "quote_max_size", product->notional_max);
  neap_record_decimal(out, "contract_size", product->contract_size);
  if (neap_funding_applies(product)) {
    neap_duration_format(product->funding_interval, text);
    neap_record_decimal(out, "funding_rate", product->funding_rate);
    neap_record_text(out, "funding_interval", text);
  }
  neap_record_end(out);
}

/* One is named and has all the cash; of several each is listed with its allotment. */
static void record_strategies(const neap_session *session, neap_buffer *out) {
  const neap_desk *first = session->desks;
  if (session->desk_count == 1) {
    neap_record_text(out, "strategy", first->name);
    neap_record_text(out, "strategy_digest", first->strategy ? first->strategy->digest : "");
    return;
  }
  neap_record_list(out, "strategies");
  for (uint32_t i = 0; i < session->desk_count; i++) {
    const neap_desk *desk = &session->desks[i];
    neap_record_map(out, "");
    neap_record_text(out, "name", desk->name);
    neap_record_text(out, "digest", desk->strategy ? desk->strategy->digest : "");
    neap_record_decimal(out, "cash", neap_ledger_cash(session->ledger, i));
    neap_record_end(out);
  }
  neap_record_end(out);
}

static neap_status record_start(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "session", session->id);
  neap_record_text(out, "mode", session->mode);
  neap_record_text(out, "version", NEAP_VERSION);
  record_strategies(session, out);
  neap_record_text(out, "currency", session->currency);
  session_record_guard(session, out);
  neap_record_bool(out, "keeps_recent", true);
  if (sizing_begins_count(session, session->limits, out)) sizing_begin_count(session);
  if (session->advanced.config.order_policy) neap_record_bool(out, "keeps_traded", true);
  neap_record_decimal(out, "cash", neap_ledger_account_cash(session->ledger));
  neap_record_decimal(out, "maker_bps", session->fees.maker_bps);
  neap_record_decimal(out, "taker_bps", session->fees.taker_bps);
  account_record_start(session, out);
  neap_record_decimal(out, "slippage_bps", options->fill_model.slippage_bps);
  neap_record_decimal(out, "volume_share", options->fill_model.volume_share);
  conditions_record_words(session, options, out);
  neap_record_list(out, "products");
  for (uint32_t i = 0; i < session->product_count; i++)
    record_product(&session->products[i], session->markets[i].frame, out);
  neap_record_end(out);
  session_record_configuration(session, options->limit_sources, out);
  if (options->details_size) neap_buffer_append(out, options->details, options->details_size);
  return session_event(session, "session_started", NULL, -1, 0, out, NULL, fault);
}

static bool session_mark(void *context, uint32_t product, neap_decimal *price) {
  const neap_session *session = context;
  *price = session->markets[product].mark;
  return session->markets[product].has_mark;
}

static neap_status open_parts(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_event_store_options store = {.path = options->store_path,
                                    .run = session->id,
                                    .resume = options->resume,
                                    .ack_fd = options->ack_fd,
                                    .reserve = options->reserve,
                                    .ahead = true,
                                    .by_instant = true,
                                    .see = options->journal.see,
                                    .see_context = options->journal.context};
  session->id_digest = neap_digest_new();
  if (!session->id_digest) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a session");
  neap_status status = account_init(session, options, fault);
  if (status != NEAP_OK) return status;
  neap_paper_options paper = {.model = options->fill_model,
                              .fees = session->fees,
                              .queue = options->queue,
                              .out = options->latency_out,
                              .back = options->latency_back,
                              .seed = options->seed,
                              .holds = options->holds};
  session->sink = (neap_broker_sink){.context = session,
                                     .report = session_report,
                                     .admit = session_admit,
                                     .mark = session_mark,
                                     .account = reconcile_account,
                                     .foreign_fill = reconcile_foreign_fill,
                                     .fees = reconcile_fees,
                                     .access = session_access};
  status = neap_paper_new(session->products, session->product_count, &paper, &session->sink, &session->paper, fault);
  if (status != NEAP_OK) return status;
  const neap_broker *simulator = neap_paper_broker(session->paper);
  const neap_broker_maker *maker = &options->broker;
  session->broker = maker->make ? maker->make(maker->self, simulator, &session->sink) : simulator;
  session->outside = session->broker->abilities & NEAP_BROKER_EXTERNAL && session->broker->serve;
  status = transit_open(session, fault);
  if (status != NEAP_OK) return status;
  status = reconcile_open(session, options, fault);
  return status == NEAP_OK ? neap_event_store_create(&store, &session->store, fault) : status;
}

neap_decimal session_paid_in(const neap_session *session) {
  neap_decimal paid = NEAP_ZERO;
  for (uint32_t i = 0; i < session->desk_count; i++)
    neap_decimal_add(paid, neap_ledger_deposits(session->ledger, i), &paid);
  return paid;
}

/* Of the whole life: from what was paid in. */
static neap_status open_statistics(neap_session *session, neap_fault *fault) {
  session->statistics = neap_statistics_new(neap_decimal_to_double(session_paid_in(session)));
  return session->statistics ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a session");
}

static void set_parts(neap_session *session, const neap_session_options *options) {
  snprintf(session->id, sizeof session->id, "%s", options->id);
  snprintf(session->mode, sizeof session->mode, "%s", options->mode);
  snprintf(session->currency, sizeof session->currency, "%s", options->currency);
  session->clock = neap_clock_simulated(options->start);
  session->live = options->live;
  session->advanced = options->advanced;
  session->in_force = *options->limits;
  session->limits = &session->in_force;
  session->live.config.limits = session->advanced.config.limits = session->limits;
  session->configuration = options->configuration;
  session->has_risk_configuration = options->has_risk_configuration;
  session->policy = options->policy;
  session->fees = options->fees;
  session->quarantine = options->quarantine;
  session->seen_until = options->history_until;
  session->looks_back = options->history_until != 0;
  session->dry_run = options->dry_run;
  session->has_reserve = options->store_path && options->reserve > 0;
  session->observer = options->observer;
  session->log = options->log;
  session->log_context = options->log_context;
  neap_guard_manager_init(&session->guards, options->limits);
  neap_outbox_init(&session->outbox);
  neap_buffer_init(&session->scratch);
  neap_buffer_init(&session->kept);
  session->snapshot_every = options->snapshot_every ? options->snapshot_every : SNAPSHOT_EVERY;
  session->next_end = session->next_slice = session->next_preview = session->next_unwind = INT64_MAX;
  session->next_room = INT64_MAX;
  session->equity_time = INT64_MIN;
}

static neap_status hook_start(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)argument;
  return desk->strategy->start(desk->strategy->self, false, fault);
}

static neap_status start_strategy(neap_desk *desk, neap_fault *fault) {
  const neap_strategy *strategy = desk->strategy;
  neap_fault detail = {0};
  neap_status status = strategy ? strategy->attach(strategy->self, desk, &detail) : NEAP_OK;
  if (status != NEAP_OK && desk->session->quarantine) return desk_put_aside(desk, "attach", &detail, fault);
  if (status != NEAP_OK && fault) *fault = detail;
  if (status != NEAP_OK || !(desk->hooks & NEAP_HOOK_START)) return status;
  status = session_callback(desk, "on_start", hook_start, NULL, fault);
  return status == NEAP_OK ? session_settle(desk->session, fault) : status;
}

static neap_status start_strategies(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = start_strategy(&session->desks[i], fault);
  return status;
}

neap_status neap_session_open(const neap_session_options *options, neap_session **out, neap_fault *fault) {
  neap_session *session = calloc(1, sizeof *session);
  *out = session;
  if (!session) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a session");
  set_parts(session, options);
  neap_status status = market_init(session, options, fault);
  if (status == NEAP_OK) status = guards_configure(session, fault);
  if (status == NEAP_OK) status = open_parts(session, options, fault);
  bool is_empty = status == NEAP_OK && neap_event_store_count(session->store) == 0;
  if (status == NEAP_OK && options->resume && !(options->start_if_empty && is_empty)) {
    status = session_resume(session, options, fault);
    return status == NEAP_OK ? open_statistics(session, fault) : status;
  }
  if (status == NEAP_OK) status = desks_pay_in(session, options, fault);
  if (status == NEAP_OK) status = open_statistics(session, fault);
  if (status == NEAP_OK) status = record_start(session, options, fault);
  if (status == NEAP_OK && session->outside) status = session_hear(session, fault);
  return status == NEAP_OK ? start_strategies(session, fault) : status;
}

neap_status neap_session_totals_get(neap_session *session, neap_session_totals *out, neap_fault *fault) {
  *out = (neap_session_totals){.orders = session->orders, .fills = session->fills, .rejections = session->rejections};
  out->rejected = session->rejected;
  out->rejected_count = session->rejected_count;
  out->trades = session->trades;
  out->trade_count = session->trade_count;
  out->cash = neap_ledger_account_cash(session->ledger);
  out->paid = session_paid_in(session);
  neap_status status = session_equity(session, &out->equity);
  uint32_t products = session->product_count;
  for (uint32_t i = 0; status == NEAP_OK && i < products * session->desk_count; i++) {
    const neap_position *position = neap_ledger_position(session->ledger, i / products, i % products);
    status = neap_decimal_add(out->fees, position->fees, &out->fees);
    if (status == NEAP_OK) status = neap_decimal_add(out->funding, position->funding, &out->funding);
  }
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
}

void neap_session_statistics(const neap_session *session, neap_statistics_result *out) {
  neap_statistics_result_get(session->statistics, out);
}

neap_status neap_session_settle(neap_session *session, neap_fault *fault) {
  return neap_event_store_wait(session->store, session->last_seq, fault);
}

void neap_session_rest(neap_session *session) { neap_event_store_rest(session->store); }

const neap_broker *neap_session_broker_outside(const neap_session *session) {
  return session->outside ? session->broker : NULL;
}

const neap_event_store *neap_session_store(const neap_session *session) { return session->store; }

static void free_orders(neap_order *order) {
  while (order) {
    neap_order *next = order->next;
    free(order);
    order = next;
  }
}

void neap_session_close(neap_session *session) {
  if (!session) return;
  notices_free(session);
  free_orders(session->first);
  free_orders(session->retired);
  free_orders(session->held);
  free_orders(session->spare);
  guards_free(session);
  market_free(session);
  desks_free(session);
  groups_free(session->groups);
  free(session->holdings);
  free(session->buckets);
  neap_outbox_fini(&session->outbox);
  neap_paper_free(session->paper);
  account_free(session);
  reconcile_free(session);
  neap_statistics_free(session->statistics);
  neap_digest_free(session->id_digest);
  neap_round_trips_free(session->round_trips);
  neap_ledger_free(session->ledger);
  neap_event_store_close(session->store, NULL);
  neap_buffer_fini(&session->scratch);
  neap_buffer_fini(&session->kept);
  free(session->trades);
  free(session);
}
