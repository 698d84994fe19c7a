/* SPDX-License-Identifier: MIT */
/* digest: SHA-256 and BLAKE2b over OpenSSL's EVP. */
#include "base/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct neap_digest {
  EVP_MD_CTX *context;
  EVP_MD *algorithm; /* fetched once: an implicit fetch at each start costs more than hashing 300 bytes */
};

/* A failure here has no cause but a broken library, and a chain over wrong digests proves nothing. */
static void must(int result) {
  if (result != 1) abort();
}

static neap_digest *new_digest(const char *name) {
  neap_digest *digest = calloc(1, sizeof *digest);
  if (!digest) return NULL;
  digest->context = EVP_MD_CTX_new();
  digest->algorithm = EVP_MD_fetch(NULL, name, NULL);
  if (digest->context && digest->algorithm && EVP_DigestInit_ex2(digest->context, digest->algorithm, NULL) == 1)
    return digest;
  ERR_clear_error(); /* what OpenSSL says of it would pile up, per thread */
  neap_digest_free(digest);
  return NULL;
}

neap_digest *neap_digest_new(void) { return new_digest("SHA256"); }
neap_digest *neap_digest_new_blake2b(void) { return new_digest("BLAKE2B-512"); }

void neap_digest_free(neap_digest *digest) {
  if (!digest) return;
  EVP_MD_CTX_free(digest->context);
  EVP_MD_free(digest->algorithm);
  free(digest);
}

neap_status neap_digest_start(neap_digest *digest) {
  if (EVP_DigestInit_ex2(digest->context, NULL, NULL) == 1) return NEAP_OK;
  ERR_clear_error();
  return NEAP_MEMORY;
}

void neap_digest_update(neap_digest *digest, const void *bytes, size_t count) {
  must(EVP_DigestUpdate(digest->context, bytes, count));
}

void neap_digest_finish(neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]) {
  unsigned char whole[EVP_MAX_MD_SIZE];
  must(EVP_DigestFinal_ex(digest->context, whole, NULL));
  memcpy(out, whole, NEAP_DIGEST_SIZE);
}

void neap_digest_hex(const unsigned char digest[NEAP_DIGEST_SIZE], char out[NEAP_DIGEST_TEXT]) {
  static const char hex[] = "0123456789abcdef";
  for (size_t i = 0; i < NEAP_DIGEST_SIZE; i++) {
    out[2 * i] = hex[digest[i] >> 4];
    out[2 * i + 1] = hex[digest[i] & 15];
  }
  out[2 * NEAP_DIGEST_SIZE] = '\0';
}
