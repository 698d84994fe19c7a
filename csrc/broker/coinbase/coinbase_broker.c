/* SPDX-License-Identifier: MIT */
/* coinbase_broker: opened, driven, closed. */
#include "broker/coinbase/coinbase_broker.h"

#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/broker_parts.h"

#define GRACE (10 * NEAP_SECOND)
#define POLL (30 * NEAP_SECOND)
#define ACCOUNT_EVERY (45 * NEAP_SECOND)

static neap_status look(void *self, neap_fault *fault) {
  neap_coinbase_broker *broker = self;
  if (broker->lost_memory != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for what the venue said");
  broker_want(broker, BROKER_ACCOUNTS, broker_now(broker));
  return NEAP_OK;
}

static bool is_busy(const void *self) {
  const neap_coinbase_broker *broker = self;
  for (const broker_order *order = broker->working; order; order = order->next)
    if (order->phase == BROKER_KNOWN && (order->wish != BROKER_KEEP || broker_is_terminal(order))) return true;
  return false;
}

/* The session cancels and sends anew where it replaces: it has no call to change an order but `resize`. */
static void describe(neap_coinbase_broker *broker) {
  broker->abilities = neap_coinbase_abilities();
  broker->abilities.replace = false;
  broker->contract = (neap_broker){.self = broker,
                                   .name = "coinbase",
                                   .abilities = NEAP_BROKER_EXTERNAL | NEAP_BROKER_HOLDS,
                                   .orders = &broker->abilities,
                                   .submit = broker_submit,
                                   .cancel = broker_cancel,
                                   .preview = broker_preview,
                                   .resize = broker_resize,
                                   .restore = broker_restore,
                                   .serve = broker_serve,
                                   .has_news = broker_has_news,
                                   .look = look,
                                   .is_busy = is_busy};
}

static void set_defaults(neap_coinbase_broker_options *options) {
  if (!options->grace) options->grace = GRACE;
  if (!options->poll) options->poll = POLL;
  if (!options->account_every) options->account_every = ACCOUNT_EVERY;
}

static char *copy_of(const char *text, bool *failed) {
  char *copy = text ? strdup(text) : NULL;
  *failed |= text && !copy;
  return copy;
}

static bool copy_options(neap_coinbase_broker *broker) {
  const neap_coinbase_broker_options *options = &broker->options;
  bool failed = false;
  broker->products = calloc(options->product_count + 1, sizeof *broker->products);
  broker->held_since = calloc(options->product_count + 1, sizeof *broker->held_since);
  broker->stream_url = copy_of(options->stream, &failed);
  broker->authorities = copy_of(options->authorities, &failed);
  if (failed || !broker->products || !broker->held_since) return false;
  if (options->product_count)
    memcpy(broker->products, options->products, options->product_count * sizeof *broker->products);
  for (uint32_t i = 0; i < options->product_count; i++) broker->held_since[i] = INT64_MAX;
  return true;
}

static void begin(neap_coinbase_broker *broker) {
  static const broker_job_kind first[] = {BROKER_KEY, BROKER_FEES, BROKER_HISTORY, BROKER_OPEN, BROKER_ACCOUNTS};
  broker->opened = broker_now(broker);
  broker->due = broker->seen_at = broker->opened;
  broker->fills_from = broker->options.since;
  for (size_t i = 0; i < BROKER_JOBS; i++)
    broker->jobs[i] = (broker_job){.broker = broker, .kind = (broker_job_kind)i, .due = INT64_MAX};
  for (size_t i = 0; i < sizeof first / sizeof *first; i++) broker_want(broker, first[i], broker->opened);
}

neap_status neap_coinbase_broker_open(const neap_coinbase_broker_options *options, neap_coinbase_broker **out,
                                      neap_fault *fault) {
  neap_coinbase_broker *broker = calloc(1, sizeof *broker);
  if (!broker) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a broker");
  broker->options = *options;
  broker->dice = options->seed;
  broker->rates[0] = broker->rates[1] = (neap_decimal){-1};
  set_defaults(&broker->options);
  describe(broker);
  begin(broker);
  neap_status status = NEAP_OK;
  if (!copy_options(broker)) status = neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a broker");
  if (status == NEAP_OK) status = broker_stream_open(broker, fault);
  if (status != NEAP_OK) return neap_coinbase_broker_close(broker), status;
  *out = broker;
  return NEAP_OK;
}

/* --- closing -------------------------------------------------------------------------------------------------------
 */

static void forget_call(neap_coinbase_broker *broker, uint64_t call) {
  if (call) neap_coinbase_forget(broker->options.client, call);
}

static void forget_orders(neap_coinbase_broker *broker, const broker_order *first) {
  for (const broker_order *order = first; order; order = order->next) {
    forget_call(broker, order->call);
    forget_call(broker, order->edit_call);
  }
}

static void forget_calls(neap_coinbase_broker *broker) {
  forget_orders(broker, broker->working);
  forget_orders(broker, broker->over_first);
  for (size_t i = 0; i < BROKER_JOBS; i++) forget_call(broker, broker->jobs[i].call);
  while (broker->batches) {
    broker_batch *batch = broker->batches;
    broker->batches = batch->next;
    forget_call(broker, batch->call);
    free(batch);
  }
  while (broker->shown) {
    broker_shown *shown = broker->shown;
    broker->shown = shown->next;
    forget_call(broker, shown->call);
    free(shown);
  }
}

static void free_view(broker_view *view) {
  free(view->balances);
  free(view->orders);
  free(view->own);
}

void neap_coinbase_broker_close(neap_coinbase_broker *broker) {
  if (!broker) return;
  forget_calls(broker);
  broker_stream_close(broker);
  broker_free_names(broker);
  for (size_t i = 0; i < BROKER_JOBS; i++) {
    free(broker->jobs[i].query);
    free(broker->jobs[i].mark);
  }
  free_view(&broker->read);
  free_view(&broker->view);
  free(broker->news);
  free(broker->page.items);
  free(broker->pending.items);
  free(broker->foreign);
  free(broker->held_since);
  free(broker->products);
  free(broker->stream_url);
  free(broker->authorities);
  free(broker);
}

/* --- driving -------------------------------------------------------------------------------------------------------
 */

neap_status neap_coinbase_broker_ready(const neap_coinbase_broker *broker, neap_fault *fault) {
  static const broker_job_kind needed[] = {BROKER_KEY, BROKER_FEES, BROKER_HISTORY, BROKER_OPEN, BROKER_ACCOUNTS};
  if (broker->refusal.status != NEAP_OK) {
    if (fault) *fault = broker->refusal;
    return broker->refusal.status;
  }
  if (broker->lost_memory != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for what the venue said");
  bool is_done = broker->has_view;
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) is_done = is_done && broker->jobs[needed[i]].done;
  if (!is_done && fault) *fault = broker->trouble;
  return is_done ? NEAP_OK : NEAP_END;
}

const neap_broker *neap_coinbase_broker_contract(neap_coinbase_broker *broker) { return &broker->contract; }

void neap_coinbase_broker_set_sink(neap_coinbase_broker *broker, const neap_broker_sink *sink) { broker->sink = *sink; }

int64_t neap_coinbase_broker_next(const neap_coinbase_broker *broker) {
  int64_t next = broker->due,
          socket = broker->stream.socket ? neap_recorded_socket_next(broker->stream.socket) : INT64_MAX;
  return socket < next ? socket : next;
}

void neap_coinbase_broker_tick(neap_coinbase_broker *broker) {
  if (broker->stream.socket) neap_recorded_socket_tick(broker->stream.socket);
  if (broker_now(broker) < broker->due) return;
  broker->due = INT64_MAX;
  broker_access_due(broker);
  broker_stream_due(broker);
  broker_send_due(broker);
  broker_cancel_due(broker);
  broker_edit_due(broker);
  broker_jobs_due(broker);
  broker_tell(broker);
}

const neap_account_view *neap_coinbase_broker_account(const neap_coinbase_broker *broker) {
  return broker->has_view ? &broker->shown_view : NULL;
}
