/* SPDX-License-Identifier: MIT */
/* signer_key: OpenSSL's keys. What OpenSSL notes of a failure is dropped: it would pile up, per thread. */
#include "net/signer_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static neap_status no_memory(neap_fault *fault) {
  ERR_clear_error();
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a key");
}

static bool is_p256(const EVP_PKEY *pkey) {
  char group[32];
  size_t length;
  return EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof group, &length) == 1 &&
         strcmp(group, "prime256v1") == 0;
}

/* Room for `pkey`, or NULL. */
static neap_signer_key *new_key(EVP_PKEY *pkey, neap_key_kind kind, bool is_private) {
  neap_signer_key *key = calloc(1, sizeof *key);
  if (!key) return NULL;
  *key = (neap_signer_key){.pkey = pkey, .kind = kind, .is_private = is_private};
  return key;
}

neap_status neap_signer_key_wrap(EVP_PKEY *pkey, bool is_private, neap_signer_key **out, neap_fault *fault) {
  bool p256 = is_p256(pkey);
  if (!p256 && !EVP_PKEY_is_a(pkey, "ED25519")) {
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return neap_fail(fault, NEAP_INVALID, "key_kind", "the key is neither of P-256 nor of Ed25519");
  }
  *out = new_key(pkey, p256 ? NEAP_KEY_P256 : NEAP_KEY_ED25519, is_private);
  if (*out) return NEAP_OK;
  EVP_PKEY_free(pkey);
  return no_memory(fault);
}

neap_status neap_signer_key_new(neap_key_kind kind, neap_signer_key **out, neap_fault *fault) {
  EVP_PKEY *pkey =
      kind == NEAP_KEY_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
  return pkey ? neap_signer_key_wrap(pkey, true, out, fault) : no_memory(fault);
}

void neap_signer_key_free(neap_signer_key *key) {
  if (!key) return;
  EVP_PKEY_CTX_free(key->sign);
  EVP_PKEY_CTX_free(key->verify);
  EVP_MD_CTX_free(key->context);
  EVP_PKEY_free(key->pkey); /* clears what is secret */
  free(key);
}

neap_key_kind neap_signer_key_kind(const neap_signer_key *key) { return key->kind; }
bool neap_signer_key_is_private(const neap_signer_key *key) { return key->is_private; }
const char *neap_signer_key_name(const neap_signer_key *key) { return key->name; }

neap_status neap_signer_key_public_half(const neap_signer_key *key, neap_signer_key **out, neap_fault *fault) {
  unsigned char *der = NULL;
  int size = i2d_PUBKEY(key->pkey, &der);
  const unsigned char *at = der;
  EVP_PKEY *pkey = size > 0 ? d2i_PUBKEY(NULL, &at, size) : NULL;
  OPENSSL_free(der);
  return pkey ? neap_signer_key_wrap(pkey, false, out, fault) : no_memory(fault);
}

neap_status neap_signer_key_public(const neap_signer_key *key, neap_buffer *pem, neap_fault *fault) {
  char *text;
  BIO *bio = BIO_new(BIO_s_mem());
  if (!bio || PEM_write_bio_PUBKEY(bio, key->pkey) != 1) {
    BIO_free(bio);
    return no_memory(fault);
  }
  long size = BIO_get_mem_data(bio, &text);
  neap_buffer_append(pem, text, (size_t)size);
  BIO_free(bio);
  return pem->status == NEAP_OK ? NEAP_OK : no_memory(fault);
}

neap_status neap_signer_random(unsigned char *out, size_t size, neap_fault *fault) {
  if (size <= NEAP_KEY_TEXT_MOST && RAND_bytes(out, (int)size) == 1) return NEAP_OK;
  ERR_clear_error();
  return neap_fail(fault, NEAP_IO, "no_chance", "OpenSSL has no random bytes");
}

bool neap_signer_is_line(const char *text, size_t most) {
  const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
  if (at == end || (size_t)(end - at) > most) return false;
  while (at < end) {
    size_t length = neap_utf8_length(at, end);
    if (length == 0 || *at < ' ' || *at == 0x7f) return false;
    at += length;
  }
  return true;
}
