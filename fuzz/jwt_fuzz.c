/* SPDX-License-Identifier: MIT */
/* jwt_fuzz: any bytes as a token, as a token's two JSON parts (a line each) that a known key signed, and as a key: each
 * refusal is one of the rules, what passes is what was asked for, and a key that is read signs what verifies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/base64.h"
#include "net/signer_key.h"
#include "net/verifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of 32 zero bytes, so that the tokens among the seeds are good. */
static const char SEED[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", PATH[] = "/api/v3/brokerage/accounts";
static const int64_t NOW = 1700000000 * INT64_C(1000000000);

typedef struct stage {
  neap_signer_key *key;
  neap_verifier *verifier;
} stage;

static stage only;

static void must(bool truth) {
  if (!truth) abort();
}

static void leave_stage(void) {
  neap_signer_key_free(only.key);
  neap_verifier_free(only.verifier);
}

static void enter_stage(void) {
  if (only.key) return;
  must(neap_signer_key_read(SEED, sizeof SEED - 1, &only.key, NULL) == NEAP_OK);
  must(neap_verifier_new(1000000000, &only.verifier, NULL) == NEAP_OK);
  must(neap_verifier_add(only.verifier, "k", only.key, NULL) == NEAP_OK);
  must(neap_verifier_allow_host(only.verifier, "127.0.0.1:8443", NULL) == NEAP_OK);
  atexit(leave_stage);
}

/* Whether it passed. */
static bool check(neap_verifier *verifier, const void *token, size_t size, const char *path) {
  neap_fault fault;
  char kid[NEAP_KEY_NAME_SIZE];
  neap_status status = neap_verifier_check(verifier, token, size, "GET", path, NOW, kid, &fault);
  must(status == NEAP_OK || (status == NEAP_REFUSED && strncmp(fault.code, "jwt_", 4) == 0 && fault.message[0]));
  must(status != NEAP_OK || strcmp(kid, "k") == 0);
  return status == NEAP_OK;
}

/* A token is for a request or for a WebSocket, never for both. */
static bool check_both(const void *token, size_t size) {
  bool request = check(only.verifier, token, size, PATH), socket = check(only.verifier, token, size, NULL);
  must(!(request && socket));
  return request || socket;
}

static void check_token(const uint8_t *data, size_t size) {
  bool good = check_both(data, size);
  must(!good || size > NEAP_SIGNATURE_SIZE);
}

/* A good token is good by its signature: no other one of that length serves. */
static void break_signature(neap_buffer *token) {
  token->data[token->size - 1 - token->data[0] % 80] ^= 1;
  must(!check_both(token->data, token->size));
}

static void check_parts(const uint8_t *data, size_t size) {
  const uint8_t *line = memchr(data, '\n', size);
  unsigned char signature[NEAP_SIGNATURE_SIZE];
  neap_buffer token;
  if (!line) return;
  neap_buffer_init(&token);
  neap_base64_encode(NEAP_BASE64_URL, data, (size_t)(line - data), &token);
  neap_buffer_append(&token, ".", 1);
  neap_base64_encode(NEAP_BASE64_URL, line + 1, size - (size_t)(line + 1 - data), &token);
  must(neap_signer_key_sign(only.key, token.data, token.size, signature) == NEAP_OK);
  neap_buffer_append(&token, ".", 1);
  neap_base64_encode(NEAP_BASE64_URL, signature, sizeof signature, &token);
  if (check_both(token.data, token.size)) break_signature(&token);
  neap_buffer_fini(&token);
}

static void use_key(neap_signer_key *key) {
  static const unsigned char nonce[32];
  const neap_jwt_claims claims = {.kid = "k",
                                  .uri = "GET 127.0.0.1:8443/api/v3/brokerage/accounts",
                                  .now_ns = NOW,
                                  .nonce = nonce,
                                  .nonce_size = 32};
  neap_verifier *verifier;
  neap_buffer token;
  neap_buffer_init(&token);
  must(neap_verifier_new(0, &verifier, NULL) == NEAP_OK);
  must(neap_verifier_add(verifier, "k", key, NULL) == NEAP_OK);
  must(neap_verifier_allow_host(verifier, "127.0.0.1:8443", NULL) == NEAP_OK);
  neap_status status = neap_signer_sign_jwt(key, &claims, &token, NULL);
  must(neap_signer_key_is_private(key) ? status == NEAP_OK : status == NEAP_INVALID);
  if (status == NEAP_OK) must(check(verifier, token.data, token.size, PATH));
  neap_buffer_fini(&token);
  neap_verifier_free(verifier);
}

static void check_key(const uint8_t *data, size_t size) {
  neap_signer_key *key;
  neap_fault fault;
  if (neap_signer_key_read((const char *)data, size, &key, &fault) == NEAP_OK)
    use_key(key);
  else
    must(!key && strncmp(fault.code, "key_", 4) == 0);
  neap_signer_key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enter_stage();
  check_token(data, size);
  check_parts(data, size);
  check_key(data, size);
  return 0;
}
