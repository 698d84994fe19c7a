/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/exchange_state.h"
#include "venue/venue_state.h"

enum { MILLION = 1000000, DEFAULT_SKEW_S = 5, DEFAULT_SILENCE_S = 75, LOOKS_EVERY = 64 };
#define SLICE (20 * INT64_C(1000000))

neap_exchange_options neap_exchange_default_options(void) {
  return (neap_exchange_options){.listen = "127.0.0.1:0",
                                 .venue = neap_venue_default_options(),
                                 .speed = MILLION,
                                 .limits_rates = true,
                                 .silence = DEFAULT_SILENCE_S * NEAP_SECOND,
                                 .skew = DEFAULT_SKEW_S * NEAP_SECOND};
}

/* What the venue's time should be. */
static int64_t due_now(const neap_exchange *exchange) {
  __int128 passed = neap_clock_now(exchange->options.clock) - exchange->began;
  return exchange->origin + (int64_t)(passed * exchange->options.speed / MILLION);
}

int64_t neap_exchange_now(const neap_exchange *exchange) {
  return exchange->is_behind ? neap_venue_now(exchange->venue) : due_now(exchange);
}

int64_t neap_exchange_lag(const neap_exchange *exchange) {
  return exchange->is_behind ? due_now(exchange) - neap_venue_now(exchange->venue) : 0;
}

void neap_exchange_move(neap_exchange *exchange, int64_t ns) {
  if (ns > 0) exchange->origin += ns;
  exchange->is_behind = false;
  neap_venue_advance(exchange->venue, due_now(exchange));
}

/* As far as it comes within a slice: a market that the machine cannot make at this speed runs late, and its time
 * stands still between slices, so that clients are heard meanwhile. */
static void catch_up(neap_exchange *exchange) {
  neap_venue *venue = exchange->venue;
  int64_t target = due_now(exchange), end = neap_clock_now(exchange->options.clock) + SLICE;
  exchange->is_behind = false;
  for (unsigned count = 1; neap_venue_next(venue) <= target; count++) {
    neap_venue_advance(venue, neap_venue_next(venue));
    if (count % LOOKS_EVERY != 0 || neap_clock_now(exchange->options.clock) < end) continue;
    exchange->is_behind = true;
    return;
  }
  neap_venue_advance(venue, target);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static neap_status check_token(void *self, const char *token, size_t length, int64_t now, uint32_t *key,
                               neap_fault *fault) {
  neap_exchange *exchange = self;
  char kid[NEAP_KEY_NAME_SIZE];
  (void)now; /* tokens are of the wall's time */
  neap_status status = neap_verifier_check(exchange->verifier, token, length, NULL, NULL,
                                           neap_clock_now(exchange->options.clock) + exchange->skew, kid, fault);
  if (status == NEAP_OK) *key = neap_venue_key_named(exchange->venue, kid);
  return status;
}

static neap_status allow_hosts(neap_exchange *exchange, neap_fault *fault) {
  static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
  char host[64];
  neap_status status = neap_verifier_allow_host(exchange->verifier, "api.coinbase.com", fault);
  for (size_t i = 0; status == NEAP_OK && i < sizeof names / sizeof names[0]; i++) {
    snprintf(host, sizeof host, "%s:%u", names[i], neap_exchange_port(exchange));
    status = neap_verifier_allow_host(exchange->verifier, host, fault);
  }
  return status;
}

static neap_status open_server(neap_exchange *exchange, neap_fault *fault) {
  const neap_server_options options = {.listen = exchange->options.listen,
                                       .certificate = exchange->options.certificate,
                                       .key = exchange->options.key,
                                       .clock = exchange->options.clock};
  const neap_server_handlers handlers = {.self = exchange,
                                         .request = neap_exchange_on_request,
                                         .gone = neap_exchange_on_gone,
                                         .opened = neap_exchange_on_opened,
                                         .message = neap_exchange_on_message,
                                         .closed = neap_exchange_on_closed};
  exchange->options.certificate = exchange->options.key = exchange->options.listen = NULL; /* the caller's */
  return neap_server_open(&options, &handlers, &exchange->server, fault);
}

static neap_status open_venue(neap_exchange *exchange, neap_fault *fault) {
  neap_venue_options *options = &exchange->options.venue;
  exchange->began = neap_clock_now(exchange->options.clock);
  exchange->is_behind = true; /* its time begins with the first step */
  if (!options->start) options->start = exchange->began;
  exchange->origin = options->start;
  options->gate = (neap_venue_gate){.check = check_token, .self = exchange};
  return neap_venue_new(options, &exchange->venue, fault);
}

neap_status neap_exchange_open(const neap_exchange_options *options, neap_exchange **out, neap_fault *fault) {
  neap_exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an exchange");
  exchange->options = *options;
  neap_venue_answer_init(&exchange->answer);
  neap_status status = neap_verifier_new(options->skew, &exchange->verifier, fault);
  if (status == NEAP_OK) status = neap_fault_plan_new(options->venue.seed, &exchange->plan, fault);
  if (status == NEAP_OK && options->key_directory && !(exchange->key_directory = strdup(options->key_directory)))
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an exchange");
  if (status == NEAP_OK) status = open_venue(exchange, fault);
  if (status == NEAP_OK) status = open_server(exchange, fault);
  if (status == NEAP_OK) status = allow_hosts(exchange, fault);
  if (status != NEAP_OK) return neap_exchange_close(exchange), status;
  *out = exchange;
  return NEAP_OK;
}

void neap_exchange_close(neap_exchange *exchange) {
  if (!exchange) return;
  neap_exchange_turn_back(exchange);
  neap_server_close(exchange->server);
  neap_exchange_end_errands(exchange);
  neap_fault_plan_free(exchange->plan);
  neap_venue_free(exchange->venue);
  neap_verifier_free(exchange->verifier);
  neap_venue_log_close(exchange->log);
  neap_venue_answer_fini(&exchange->answer);
  free(exchange->rates);
  free(exchange->watches);
  free(exchange->turned);
  free(exchange->key_directory);
  free(exchange);
}

neap_venue *neap_exchange_venue(neap_exchange *exchange) { return exchange->venue; }

uint16_t neap_exchange_port(const neap_exchange *exchange) { return neap_server_port(exchange->server); }

void neap_exchange_wake(neap_exchange *exchange) { neap_server_wake(exchange->server); }

/* --- deeds -------------------------------------------------------------------------------------------------------- */

static neap_status add_key(neap_exchange *exchange, const neap_venue_entry *entry, neap_fault *fault) {
  const neap_venue_key_options options = {.name = entry->text[0], .permissions = entry->number, .beside = entry->key};
  uint32_t key;
  return neap_venue_add_key(exchange->venue, &options, &key, fault);
}

static void request(neap_exchange *exchange, const neap_venue_entry *entry) {
  const neap_venue_request asked = {.method = entry->text[0],
                                    .path = entry->text[1],
                                    .query = entry->text[2],
                                    .body = entry->text[3],
                                    .length = entry->length[3],
                                    .key = entry->key,
                                    .now = entry->now};
  neap_venue_request_do(exchange->venue, &asked, &exchange->answer);
}

static neap_status perform(neap_exchange *exchange, const neap_venue_entry *entry, neap_fault *fault) {
  neap_venue *venue = exchange->venue;
  if (entry->deed == NEAP_DEED_SKIP)
    neap_venue_skip(venue, entry->now);
  else
    neap_venue_advance(venue, entry->now);
  switch (entry->deed) {
  case NEAP_DEED_KEY:
    return add_key(exchange, entry, fault);
  case NEAP_DEED_DEPOSIT:
    return neap_venue_deposit(venue, entry->key, entry->text[0], entry->amount, fault);
  case NEAP_DEED_REQUEST:
    return request(exchange, entry), NEAP_OK;
  case NEAP_DEED_PRODUCT:
    return neap_venue_set_product(venue, entry->text[0], entry->number, neap_decimal_sign(entry->amount) > 0, fault);
  case NEAP_DEED_END:
    return neap_venue_end_order(venue, entry->text[0], entry->text[1], fault);
  case NEAP_DEED_SKIP:
    break;
  }
  return NEAP_OK;
}

neap_status neap_exchange_do(neap_exchange *exchange, neap_venue_entry *entry, neap_fault *fault) {
  int64_t venue_now = neap_venue_now(exchange->venue);
  if (!entry->now) entry->now = neap_exchange_now(exchange);
  if (entry->now < venue_now) entry->now = venue_now; /* the wall's clock went back: what was done is behind */
  neap_status status = exchange->log ? neap_venue_log_append(exchange->log, entry, fault) : NEAP_OK;
  return status == NEAP_OK ? perform(exchange, entry, fault) : status;
}

/* What was refused then is refused now: that is no fault of the log's. */
static neap_status play(void *self, const neap_venue_entry *entry, neap_fault *fault) {
  neap_exchange *exchange = self;
  exchange->played++;
  neap_status status = perform(exchange, entry, fault);
  return status == NEAP_MEMORY || status == NEAP_BROKEN ? status : NEAP_OK;
}

neap_status neap_exchange_log(neap_exchange *exchange, const char *path, neap_fault *fault) {
  neap_status status = neap_venue_log_open(path, play, exchange, &exchange->log, fault);
  if (status != NEAP_OK) return status;
  int64_t now = neap_clock_now(exchange->options.clock), last = neap_venue_now(exchange->venue);
  if (!exchange->played) return NEAP_OK; /* a new one: it begins where it shall */
  exchange->began = now;
  exchange->origin = exchange->options.speed == MILLION && now > last ? now : last;
  neap_venue_entry skip = {.deed = NEAP_DEED_SKIP, .now = exchange->origin};
  return neap_exchange_do(exchange, &skip, fault);
}

neap_status neap_exchange_add_key(neap_exchange *exchange, const neap_venue_key_options *options,
                                  const neap_signer_key *public_half, uint32_t *key, bool *is_new, neap_fault *fault) {
  neap_status status = neap_verifier_add(exchange->verifier, options->name, public_half, fault);
  *key = neap_venue_key_named(exchange->venue, options->name);
  *is_new = !*key;
  if (status != NEAP_OK || *key) return status;
  neap_venue_entry entry = {.deed = NEAP_DEED_KEY, .key = options->beside, .number = options->permissions};
  entry.text[0] = options->name;
  status = neap_exchange_do(exchange, &entry, fault);
  *key = neap_venue_key_named(exchange->venue, options->name);
  return status;
}

neap_status neap_exchange_deposit(neap_exchange *exchange, uint32_t key, const char *currency, neap_decimal amount,
                                  neap_fault *fault) {
  neap_venue_entry entry = {.deed = NEAP_DEED_DEPOSIT, .key = key, .amount = amount, .text = {currency}};
  return neap_exchange_do(exchange, &entry, fault);
}

neap_status neap_exchange_set_product(neap_exchange *exchange, const char *product, uint32_t flags, bool delisted,
                                      neap_fault *fault) {
  neap_venue_entry entry = {.deed = NEAP_DEED_PRODUCT, .number = flags, .text = {product}};
  if (delisted) entry.amount = neap_decimal_from_int(1);
  return neap_exchange_do(exchange, &entry, fault);
}

neap_status neap_exchange_end_order(neap_exchange *exchange, const char *order_id, const char *message,
                                    neap_fault *fault) {
  neap_venue_entry entry = {.deed = NEAP_DEED_END, .text = {order_id, message}};
  return neap_exchange_do(exchange, &entry, fault);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static neap_status know_product(const neap_exchange *exchange, const char *id, neap_fault *fault) {
  if (!*id || neap_venue_product_named(exchange->venue, id)) return NEAP_OK;
  const char *nearest = neap_venue_nearest_product(exchange->venue, id);
  neap_fail(fault, NEAP_NOT_FOUND, "unknown_product", "there is no product %.40s", id);
  if (nearest) neap_fault_set_nearest(fault, nearest);
  return NEAP_NOT_FOUND;
}

neap_status neap_exchange_add_fault(neap_exchange *exchange, const char *text, uint32_t *id, neap_fault *fault) {
  neap_planned_fault made;
  int64_t now = neap_clock_now(exchange->options.clock);
  neap_status status = neap_fault_read(text, now, &made, fault);
  if (status == NEAP_OK) status = know_product(exchange, made.product, fault);
  if (status == NEAP_OK) status = neap_fault_plan_add(exchange->plan, text, now, id, fault);
  if (status == NEAP_OK) neap_exchange_turn(exchange);
  return status;
}

neap_status neap_exchange_remove_fault(neap_exchange *exchange, uint32_t id, neap_fault *fault) {
  neap_status status = neap_fault_plan_remove(exchange->plan, id, fault);
  neap_exchange_turn(exchange);
  return status;
}

void neap_exchange_write_faults(const neap_exchange *exchange, neap_buffer *out) {
  neap_fault_plan_write(exchange->plan, out);
}

bool neap_exchange_is_stopping(const neap_exchange *exchange) { return exchange->is_stopping; }

/* --- time --------------------------------------------------------------------------------------------------------- */

static int least_of(int timeout_ms, __int128 left_ms) {
  if (left_ms < 0) left_ms = 0;
  return timeout_ms >= 0 && left_ms > timeout_ms ? timeout_ms : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

/* Until a fault or the venue has something to do, in the clock's milliseconds. */
static int wait_of(neap_exchange *exchange, int timeout_ms) {
  int64_t next = neap_venue_next(exchange->venue), speed = exchange->options.speed;
  int64_t turn = neap_exchange_turns_at(exchange);
  if (turn != INT64_MAX)
    timeout_ms = least_of(timeout_ms, ((__int128)turn - neap_clock_now(exchange->options.clock)) / MILLION + 1);
  if (exchange->is_behind) return 0;
  if (next == INT64_MAX || speed == 0) return timeout_ms;
  __int128 left = (__int128)(next - neap_exchange_now(exchange)) * MILLION / speed / MILLION + 1;
  return least_of(timeout_ms, left);
}

neap_status neap_exchange_step(neap_exchange *exchange, int timeout_ms, neap_fault *fault) {
  neap_exchange_turn(exchange);
  catch_up(exchange);
  neap_status status = neap_server_step(exchange->server, wait_of(exchange, timeout_ms), fault);
  catch_up(exchange);
  neap_exchange_turn(exchange);
  return status;
}
