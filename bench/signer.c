/* SPDX-License-Identifier: MIT */
/* signer: tokens made and judged per second of processor time, by each kind of key. Usage: signer [TOKENS]. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/program.h"
#include "net/verifier.h"

static const char KID[] = "organizations/00000000/apiKeys/00000000";

static void sign(neap_signer_key *key, neap_buffer *token) {
  static const unsigned char nonce[32];
  const neap_jwt_claims claims = {.kid = KID, .uri = "GET h/p", .nonce = nonce, .nonce_size = sizeof nonce};
  neap_fault fault;
  neap_buffer_clear(token);
  bench_must(neap_signer_sign_jwt(key, &claims, token, &fault), "a token", &fault);
}

static void measure(neap_key_kind kind, long count) {
  neap_signer_key *key;
  neap_verifier *verifier;
  neap_fault fault;
  neap_buffer token;
  char kid[NEAP_KEY_NAME_SIZE];
  neap_buffer_init(&token);
  bench_must(neap_signer_key_new(kind, &key, &fault), "a key", &fault);
  bench_must(neap_verifier_new(0, &verifier, &fault), "a verifier", &fault);
  bench_must(neap_verifier_add(verifier, KID, key, &fault), "its key", &fault);
  bench_must(neap_verifier_allow_host(verifier, "h", &fault), "its host", &fault);
  double begin = bench_cpu();
  for (long i = 0; i < count; i++) sign(key, &token);
  double middle = bench_cpu();
  for (long i = 0; i < count; i++)
    bench_must(neap_verifier_check(verifier, (char *)token.data, token.size, "GET", "/p", 0, kid, &fault), "a token",
               &fault);
  double end = bench_cpu();
  printf("%-6s %8.0f signed/s  %8.0f verified/s\n", kind == NEAP_KEY_P256 ? "ES256" : "EdDSA",
         (double)count / (middle - begin), (double)count / (end - middle));
  neap_verifier_free(verifier);
  neap_signer_key_free(key);
  neap_buffer_fini(&token);
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 20000;
  measure(NEAP_KEY_P256, count);
  measure(NEAP_KEY_ED25519, count);
  return 0;
}
