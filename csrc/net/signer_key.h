/* SPDX-License-Identifier: MIT */
/* signer_key: what a key is, for those of net who sign and verify with it. */
#ifndef NEAP_NET_SIGNER_KEY_H
#define NEAP_NET_SIGNER_KEY_H

#include <openssl/evp.h>

#include "net/signer.h"

enum { NEAP_SIGNATURE_SIZE = 64 };

struct neap_signer_key {
  EVP_PKEY *pkey;
  neap_key_kind kind;
  bool is_private;
  char name[NEAP_KEY_NAME_SIZE];
  EVP_PKEY_CTX *sign, *verify; /* of P-256, made ready on first use */
  EVP_MD_CTX *context;         /* of Ed25519 */
};

/* Takes `pkey`, also when it fails: NEAP_INVALID "key_kind", NEAP_MEMORY. */
neap_status neap_signer_key_wrap(EVP_PKEY *pkey, bool is_private, neap_signer_key **out, neap_fault *fault);
/* A key of its own with the public half only. */
neap_status neap_signer_key_public_half(const neap_signer_key *key, neap_signer_key **out, neap_fault *fault);

/* ES256 as r and s, or EdDSA. NEAP_MEMORY. */
neap_status neap_signer_key_sign(neap_signer_key *key, const void *bytes, size_t count,
                                 unsigned char out[NEAP_SIGNATURE_SIZE]);
bool neap_signer_key_verify(neap_signer_key *key, const void *bytes, size_t count,
                            const unsigned char signature[NEAP_SIGNATURE_SIZE]);

/* One line of UTF-8 with 1 to `most` bytes and no control characters. */
bool neap_signer_is_line(const char *text, size_t most);

#endif
