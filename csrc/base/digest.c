/* SPDX-License-Identifier: MIT */
/* digest: SHA-256 and BLAKE2b of OpenSSL. SHA-256 by the functions that need no memory: EVP of OpenSSL 3.0 allocates at
 * each start, and the journal's reserve is written when there is none. EVP offers the only BLAKE2b. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct neap_digest {
  SHA256_CTX sha256;
  EVP_MD_CTX *blake2b; /* NULL: it is SHA-256 */
};

/* A failure here has no cause but a broken library, and a chain over wrong digests proves nothing. */
static void must(int result) {
  if (result != 1) abort();
}

neap_digest *neap_digest_new(void) {
  neap_digest *digest = calloc(1, sizeof *digest);
  if (digest) must(SHA256_Init(&digest->sha256));
  return digest;
}

neap_digest *neap_digest_new_blake2b(void) {
  neap_digest *digest = calloc(1, sizeof *digest);
  if (!digest) return NULL;
  digest->blake2b = EVP_MD_CTX_new();
  if (digest->blake2b && EVP_DigestInit_ex2(digest->blake2b, EVP_blake2b512(), NULL) == 1) return digest;
  ERR_clear_error(); /* what OpenSSL notes of it would pile up, per thread */
  neap_digest_free(digest);
  return NULL;
}

void neap_digest_free(neap_digest *digest) {
  if (!digest) return;
  EVP_MD_CTX_free(digest->blake2b);
  free(digest);
}

void neap_digest_start(neap_digest *digest) { must(!digest->blake2b && SHA256_Init(&digest->sha256)); }

void neap_digest_update(neap_digest *digest, const void *bytes, size_t count) {
  if (digest->blake2b)
    must(EVP_DigestUpdate(digest->blake2b, bytes, count));
  else
    must(SHA256_Update(&digest->sha256, bytes, count));
}

void neap_digest_finish(neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]) {
  unsigned char whole[EVP_MAX_MD_SIZE];
  if (digest->blake2b)
    must(EVP_DigestFinal_ex(digest->blake2b, whole, NULL));
  else
    must(SHA256_Final(whole, &digest->sha256));
  memcpy(out, whole, NEAP_DIGEST_SIZE);
}

void neap_digest_peek(const neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]) {
  SHA256_CTX copy = digest->sha256;
  must(!digest->blake2b && SHA256_Final(out, &copy));
}

void neap_digest_hex(const unsigned char digest[NEAP_DIGEST_SIZE], char out[NEAP_DIGEST_TEXT]) {
  static const char hex[] = "0123456789abcdef";
  for (size_t i = 0; i < NEAP_DIGEST_SIZE; i++) {
    out[2 * i] = hex[digest[i] >> 4];
    out[2 * i + 1] = hex[digest[i] & 15];
  }
  out[2 * NEAP_DIGEST_SIZE] = '\0';
}
