/* SPDX-License-Identifier: MIT */
/* client_sign: what a try is signed with. A token is for one request: made when it leaves, not when it is asked. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "broker/coinbase/client_parts.h"

enum { NONCE = 16, LEGACY_LINES = 3 };

typedef neap_coinbase_call call;
typedef neap_coinbase_client client;

bool neap_coinbase_has_key(const client *all) { return all->options.key || all->legacy_key; }

static neap_status append_token(const client *all, const char *uri, int64_t now, neap_buffer *out, neap_fault *fault) {
  unsigned char nonce[NONCE];
  neap_status status = neap_signer_random(nonce, sizeof nonce, fault);
  if (status != NEAP_OK) return status;
  const neap_jwt_claims claims = {
      .kid = all->key_name, .uri = uri, .now_ns = now, .nonce = nonce, .nonce_size = sizeof nonce};
  return neap_signer_sign_jwt(all->options.key, &claims, out, fault);
}

static neap_status sign_with_key(const call *tried, neap_coinbase_signature *out, neap_fault *fault) {
  neap_buffer uri;
  neap_buffer_init(&uri);
  neap_buffer_printf(&uri, "%s %s%s", tried->question.method, tried->client->sign_host, tried->question.path);
  neap_buffer_append_text(&out->authorization, "Bearer ");
  neap_status status = uri.status;
  if (status == NEAP_OK)
    status = append_token(tried->client, (const char *)uri.data, tried->wall + tried->skew, &out->authorization, fault);
  neap_buffer_append(&out->authorization, "", 1);
  neap_buffer_fini(&uri);
  return status == NEAP_OK ? out->authorization.status : status;
}

static neap_status sign_with_secret(const call *tried, neap_coinbase_signature *out, neap_fault *fault) {
  const client *all = tried->client;
  char stamp[24], signature[NEAP_LEGACY_SIZE];
  snprintf(stamp, sizeof stamp, "%lld", (long long)((tried->wall + tried->skew) / NEAP_SECOND));
  const neap_legacy_text text = {.timestamp = stamp,
                                 .method = tried->question.method,
                                 .path = tried->question.path,
                                 .body = tried->question.body ? tried->question.body : "",
                                 .body_size = tried->question.body ? tried->question.length : 0};
  neap_status status = neap_signer_legacy_sign(all->legacy_secret, strlen(all->legacy_secret), &text, signature, fault);
  if (status != NEAP_OK) return status;
  neap_buffer_printf(&out->lines[0], "CB-ACCESS-KEY: %s", all->legacy_key);
  neap_buffer_printf(&out->lines[1], "CB-ACCESS-TIMESTAMP: %s", stamp);
  neap_buffer_printf(&out->lines[2], "CB-ACCESS-SIGN: %s", signature);
  for (int i = 0; i < LEGACY_LINES; i++) {
    if (out->lines[i].status != NEAP_OK) return out->lines[i].status;
    out->all[i] = (const char *)out->lines[i].data;
  }
  return NEAP_OK;
}

neap_status neap_coinbase_sign(call *tried, neap_coinbase_signature *out, neap_fault *fault) {
  *out = (neap_coinbase_signature){0};
  neap_buffer_init(&out->authorization);
  for (int i = 0; i < LEGACY_LINES; i++) neap_buffer_init(&out->lines[i]);
  tried->wall = neap_coinbase_client_wall(tried->client);
  tried->skew = neap_coinbase_skew_for(tried);
  if (tried->is_own || !neap_coinbase_has_key(tried->client)) return NEAP_OK;
  return tried->client->legacy_key ? sign_with_secret(tried, out, fault) : sign_with_key(tried, out, fault);
}

void neap_coinbase_signature_fini(neap_coinbase_signature *signature) {
  neap_buffer_fini(&signature->authorization);
  for (int i = 0; i < LEGACY_LINES; i++) neap_buffer_fini(&signature->lines[i]);
}

neap_status neap_coinbase_client_token(client *all, neap_buffer *out, neap_fault *fault) {
  if (!all->options.key) return neap_fail(fault, NEAP_UNSUPPORTED, "no_token", "a token needs a key that signs it");
  return append_token(all, NULL, neap_coinbase_client_wall(all) + neap_coinbase_clock_skew(&all->clock), out, fault);
}
