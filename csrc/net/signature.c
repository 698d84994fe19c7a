/* SPDX-License-Identifier: MIT */
/* signature: ES256 and EdDSA with contexts that are kept. OpenSSL speaks DER of ECDSA, tokens have r and s, 32 bytes
 * each. */
#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/digest.h"
#include "net/signer_key.h"

enum { HALF = NEAP_SIGNATURE_SIZE / 2, DER_MOST = 80 };

static bool hash(const void *bytes, size_t count, unsigned char out[NEAP_DIGEST_SIZE]) {
  return EVP_Digest(bytes, count, out, NULL, EVP_sha256(), NULL) == 1;
}

/* The context of one of the two operations, which keeps its state from one signature to the next; NULL: no memory. */
static EVP_PKEY_CTX *ready(EVP_PKEY_CTX **kept, EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *)) {
  if (*kept) return *kept;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  if (context && init(context) == 1) return *kept = context;
  EVP_PKEY_CTX_free(context);
  return NULL;
}

static bool split(const unsigned char *der, size_t size, unsigned char out[NEAP_SIGNATURE_SIZE]) {
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
  bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, HALF) == HALF &&
            BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + HALF, HALF) == HALF;
  ECDSA_SIG_free(pair);
  return ok;
}

static bool sign_p256(neap_signer_key *key, const void *bytes, size_t count, unsigned char out[NEAP_SIGNATURE_SIZE]) {
  unsigned char digest[NEAP_DIGEST_SIZE], der[DER_MOST];
  size_t size = sizeof der;
  EVP_PKEY_CTX *context = ready(&key->sign, key->pkey, EVP_PKEY_sign_init);
  return context && hash(bytes, count, digest) && EVP_PKEY_sign(context, der, &size, digest, sizeof digest) == 1 &&
         split(der, size, out);
}

static bool sign_ed25519(neap_signer_key *key, const void *bytes, size_t count,
                         unsigned char out[NEAP_SIGNATURE_SIZE]) {
  size_t size = NEAP_SIGNATURE_SIZE;
  if (!key->context) key->context = EVP_MD_CTX_new();
  return key->context && EVP_DigestSignInit(key->context, NULL, NULL, NULL, key->pkey) == 1 &&
         EVP_DigestSign(key->context, out, &size, bytes, count) == 1 && size == NEAP_SIGNATURE_SIZE;
}

neap_status neap_signer_key_sign(neap_signer_key *key, const void *bytes, size_t count,
                                 unsigned char out[NEAP_SIGNATURE_SIZE]) {
  bool ok = key->kind == NEAP_KEY_P256 ? sign_p256(key, bytes, count, out) : sign_ed25519(key, bytes, count, out);
  if (!ok) ERR_clear_error();
  return ok ? NEAP_OK : NEAP_MEMORY;
}

/* The DER of r and s; 0: no memory. */
static size_t join(const unsigned char signature[NEAP_SIGNATURE_SIZE], unsigned char der[DER_MOST]) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(signature, HALF, NULL), *s = BN_bin2bn(signature + HALF, HALF, NULL);
  int size = 0;
  if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
    r = s = NULL;
    size = i2d_ECDSA_SIG(pair, &der);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return size > 0 ? (size_t)size : 0;
}

static bool verify_p256(neap_signer_key *key, const void *bytes, size_t count,
                        const unsigned char signature[NEAP_SIGNATURE_SIZE]) {
  unsigned char digest[NEAP_DIGEST_SIZE], der[DER_MOST];
  EVP_PKEY_CTX *context = ready(&key->verify, key->pkey, EVP_PKEY_verify_init);
  size_t size = join(signature, der);
  return context && size > 0 && hash(bytes, count, digest) &&
         EVP_PKEY_verify(context, der, size, digest, sizeof digest) == 1;
}

static bool verify_ed25519(neap_signer_key *key, const void *bytes, size_t count,
                           const unsigned char signature[NEAP_SIGNATURE_SIZE]) {
  if (!key->context) key->context = EVP_MD_CTX_new();
  return key->context && EVP_DigestVerifyInit(key->context, NULL, NULL, NULL, key->pkey) == 1 &&
         EVP_DigestVerify(key->context, signature, NEAP_SIGNATURE_SIZE, bytes, count) == 1;
}

bool neap_signer_key_verify(neap_signer_key *key, const void *bytes, size_t count,
                            const unsigned char signature[NEAP_SIGNATURE_SIZE]) {
  bool good = key->kind == NEAP_KEY_P256 ? verify_p256(key, bytes, count, signature)
                                         : verify_ed25519(key, bytes, count, signature);
  if (!good) ERR_clear_error();
  return good;
}
