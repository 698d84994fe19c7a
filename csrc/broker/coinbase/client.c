/* SPDX-License-Identifier: MIT */
#include "broker/coinbase/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/coinbase/client_parts.h"

enum { PRIVATE_RATE = 30, PUBLIC_RATE = 10, TRIES = 4 };

typedef neap_coinbase_client client;

/* --- opening ------------------------------------------------------------------------------------------------------ */

static neap_status check_options(const neap_coinbase_client_options *options, neap_fault *fault) {
  bool has_legacy = options->legacy_key || options->legacy_secret;
  if (!has_legacy || (options->legacy_key && options->legacy_secret && !options->key)) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "legacy_key", "a legacy key is an id and its secret, in the place of a key");
}

static neap_status copy_text(const char *text, char **out) {
  *out = text ? strdup(text) : NULL;
  return text && !*out ? NEAP_MEMORY : NEAP_OK;
}

static neap_status copy_options(client *made, const neap_coinbase_client_options *options, neap_fault *fault) {
  const char *host = strstr(options->base, "://");
  if (options->sign_host)
    host = options->sign_host;
  else
    host = host ? host + strlen("://") : options->base;
  made->options = *options;
  if (!options->private_rate) made->options.private_rate = PRIVATE_RATE;
  if (!options->public_rate) made->options.public_rate = PUBLIC_RATE;
  if (!options->tries) made->options.tries = TRIES;
  if (copy_text(host, &made->sign_host) == NEAP_OK && copy_text(options->key_name, &made->key_name) == NEAP_OK &&
      copy_text(options->legacy_key, &made->legacy_key) == NEAP_OK &&
      copy_text(options->legacy_secret, &made->legacy_secret) == NEAP_OK)
    return NEAP_OK;
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a client");
}

static neap_status open_http(client *made, neap_fault *fault) {
  const neap_http_options options = {.base = made->options.base,
                                     .authorities = made->options.authorities,
                                     .user_agent = "neap/" NEAP_VERSION,
                                     .poller = made->options.poller,
                                     .now = made->options.now,
                                     .connections = NEAP_COINBASE_CONNECTIONS,
                                     .numbers_answers = true};
  return neap_recorded_http_open(&options, made->options.inputs, &made->http, fault);
}

neap_status neap_coinbase_client_open(const neap_coinbase_client_options *options, client **out, neap_fault *fault) {
  neap_status status = check_options(options, fault);
  if (status != NEAP_OK) return status;
  client *made = calloc(1, sizeof *made);
  if (!made) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a client");
  made->chance[0] = made->chance[1] = options->seed;
  made->asked_time = made->heard = INT64_MIN;
  status = copy_options(made, options, fault);
  if (status == NEAP_OK) status = neap_coinbase_pace_init(&made->paces[0], made->options.private_rate, fault);
  if (status == NEAP_OK) status = neap_coinbase_pace_init(&made->paces[1], made->options.public_rate, fault);
  if (status == NEAP_OK) status = open_http(made, fault);
  if (status != NEAP_OK) {
    neap_coinbase_client_close(made);
    return status;
  }
  made->options.base = made->options.authorities = made->options.sign_host = NULL; /* the caller's */
  *out = made;
  return NEAP_OK;
}

static void wipe(char *secret) {
  if (secret) explicit_bzero(secret, strlen(secret));
  free(secret);
}

void neap_coinbase_client_close(client *old) {
  if (!old) return;
  old->is_closing = true;
  neap_recorded_http_close(old->http);
  neap_coinbase_end_all(old);
  neap_coinbase_pace_fini(&old->paces[0]);
  neap_coinbase_pace_fini(&old->paces[1]);
  free(old->sign_host);
  free(old->key_name);
  wipe(old->legacy_key);
  wipe(old->legacy_secret);
  free(old);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

int64_t neap_coinbase_client_now(const client *all) {
  return all->options.inputs ? neap_inputs_now(all->options.inputs) : all->options.now();
}

int64_t neap_coinbase_client_wall(const client *all) {
  return all->options.inputs ? neap_inputs_wall(all->options.inputs) : all->options.wall();
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool has_line_end(const char *text) { return text && strpbrk(text, "\r\n"); }

static neap_status check_question(const client *all, const neap_coinbase_question *question, neap_fault *fault) {
  if (all->is_closing) return neap_fail(fault, NEAP_STOPPED, "closed", "the client is closed");
  if (!question->method || !question->path || *question->path != '/' || strpbrk(question->path, "?#\r\n ") ||
      has_line_end(question->query) || has_line_end(question->method) || question->patience < 0)
    return neap_fail(fault, NEAP_INVALID, "bad_request",
                     "a method and a path from '/' on, without a query, are wanted");
  if (!question->is_public && !neap_coinbase_has_key(all))
    return neap_fail(fault, NEAP_INVALID, "no_key", "%.80s needs a key", question->path);
  return NEAP_OK;
}

neap_status neap_coinbase_ask(client *all, const neap_coinbase_question *question, neap_coinbase_done *done,
                              void *context, uint64_t *id, neap_fault *fault) {
  neap_coinbase_call *made;
  neap_status status = check_question(all, question, fault);
  if (status == NEAP_OK) status = neap_coinbase_call_new(all, question, done, context, &made, fault);
  if (status != NEAP_OK) return status;
  if (id) *id = made->id;
  neap_coinbase_turn(all);
  return NEAP_OK;
}

void neap_coinbase_forget(client *all, uint64_t id) {
  neap_coinbase_call *at = all->calls;
  while (at && at->id != id) at = at->next;
  if (!at || at->is_own) return;
  neap_coinbase_call_free(at);
  neap_coinbase_turn(all);
}

int64_t neap_coinbase_client_next(const client *all) {
  int64_t turn = neap_coinbase_next_turn(all), wire = neap_recorded_http_next(all->http);
  return turn < wire ? turn : wire;
}

void neap_coinbase_client_tick(client *all) {
  neap_recorded_http_tick(all->http);
  neap_coinbase_expire(all);
  neap_coinbase_turn(all);
}

/* --- what is known ------------------------------------------------------------------------------------------------ */

int64_t neap_coinbase_client_skew(const client *all, bool *known) {
  if (known) *known = all->clock.has_dates || all->clock.trusts_told;
  return neap_coinbase_clock_skew(&all->clock);
}

const neap_coinbase_access *neap_coinbase_client_access(const client *all) { return &all->access; }

void neap_coinbase_client_key_words(const client *all, char out[16]) {
  const char *name = all->key_name ? all->key_name : all->legacy_key;
  if (!name && all->options.key) name = neap_signer_key_name(all->options.key);
  const char *slash = name ? strrchr(name, '/') : NULL, *id = slash ? slash + 1 : name;
  size_t length = id ? strlen(id) : 0;
  if (length)
    snprintf(out, 16, "…%s", id + (length > 8 ? length - 8 : 0));
  else
    out[0] = '\0';
}

size_t neap_coinbase_client_under_way(const client *all) { return all->count; }

int64_t neap_coinbase_client_heard(const client *all) { return all->heard; }
