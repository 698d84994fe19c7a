/* SPDX-License-Identifier: MIT */
/* signer: keys of the venue's API and what they sign: a token (JWT) for each request, or the HMAC of legacy keys. No
 * function here tells a key, a secret or a token in a fault. Time is handed in; new keys and the random part of an
 * ECDSA signature are OpenSSL's own affair, as they must be. A key is used by one thread at a time. */
#ifndef NEAP_NET_SIGNER_H
#define NEAP_NET_SIGNER_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/fault.h"

typedef enum neap_key_kind { NEAP_KEY_P256, NEAP_KEY_ED25519 } neap_key_kind; /* they sign ES256 and EdDSA */

enum { NEAP_KEY_TEXT_MOST = 16384, NEAP_KEY_NAME_SIZE = 256, NEAP_JWT_LIFETIME = 120 /* seconds */ };

typedef struct neap_signer_key neap_signer_key; /* private, or only public: for a verifier */

/* A private key in any form that the venue and its SDK know: SEC1 PEM or PKCS8 PEM of P-256, PKCS8 PEM of Ed25519 (in
 * both line ends may be the two characters \n, or \r\n, as they travel in environment variables), base64 of 32 (seed)
 * or 64 bytes (seed, public key), and the venue's key file, JSON with privateKey and name or id. A public key (SPKI
 * PEM) is read too. Space around all of it, and a byte order mark, are passed over. NEAP_INVALID: key_form, key_kind
 * (neither P-256 nor Ed25519), key_locked (it has a pass phrase), key_mismatch (64 bytes whose halves do not belong
 * together), key_file. NEAP_MEMORY. The text is the caller's to wipe. */
neap_status neap_signer_key_read(const char *text, size_t length, neap_signer_key **out, neap_fault *fault);
/* The same from a file, which is read into memory that is wiped. Also NEAP_NOT_FOUND "not_found", NEAP_IO
 * "cannot_read", NEAP_INVALID "key_file" (over NEAP_KEY_TEXT_MOST bytes); `where` is the path. */
neap_status neap_signer_key_open(const char *path, neap_signer_key **out, neap_fault *fault);
neap_status neap_signer_key_new(neap_key_kind kind, neap_signer_key **out, neap_fault *fault); /* of OpenSSL's chance */
void neap_signer_key_free(neap_signer_key *key);                                               /* wiped first */

neap_key_kind neap_signer_key_kind(const neap_signer_key *key);
bool neap_signer_key_is_private(const neap_signer_key *key);
const char *neap_signer_key_name(const neap_signer_key *key); /* as the key file has it; "" where nothing was said */
neap_status neap_signer_key_public(const neap_signer_key *key, neap_buffer *pem, neap_fault *fault); /* SPKI PEM */
/* The venue's key file, {"name", "privateKey"} for P-256 and {"id", "privateKey"} for Ed25519, readable for its owner
 * alone (0600). NEAP_EXISTS "exists": no file is written over. NEAP_IO "cannot_write", NEAP_INVALID "key_public". */
neap_status neap_signer_key_write(const neap_signer_key *key, const char *name, const char *path, neap_fault *fault);

/* The same text, appended to an empty buffer; the caller wipes it. */
neap_status neap_signer_key_text(const neap_signer_key *key, const char *name, neap_buffer *out, neap_fault *fault);

typedef struct neap_jwt_claims {
  const char *kid;    /* the key's name, `kid` and `sub`. NULL: neap_signer_key_name */
  const char *uri;    /* "GET api.coinbase.com/api/v3/brokerage/accounts", without a query; NULL: a WebSocket's */
  const char *issuer; /* NULL: "cdp" */
  int64_t now_ns;     /* nbf; exp is NEAP_JWT_LIFETIME later */
  const unsigned char *nonce; /* random bytes, told in hex; they make a token differ from the one of the same second */
  size_t nonce_size;          /* 8 to 64 */
} neap_jwt_claims;

/* Appends the token; 25 microseconds with P-256, 45 with Ed25519. NEAP_INVALID: key_public, key_name (none), jwt_nonce,
 * bad_time (before 1970), bad_text (not UTF-8), NEAP_MEMORY. */
neap_status neap_signer_sign_jwt(neap_signer_key *key, const neap_jwt_claims *claims, neap_buffer *out,
                                 neap_fault *fault);

/* The caller's nonces, where there is no other generator. NEAP_IO "no_chance": OpenSSL has no randomness. */
neap_status neap_signer_random(unsigned char *out, size_t size, neap_fault *fault);

/* What a legacy key signs: of a request timestamp, method, path without query, body; of a WebSocket message timestamp,
 * "", the channel, and the product ids with commas between. The timestamp is in seconds. */
typedef struct neap_legacy_text {
  const char *timestamp, *method, *path, *body;
  size_t body_size;
} neap_legacy_text;

enum { NEAP_LEGACY_SIZE = 65 };

/* HMAC-SHA256 in hex. NEAP_MEMORY. */
neap_status neap_signer_legacy_sign(const char *secret, size_t secret_size, const neap_legacy_text *text,
                                    char out[NEAP_LEGACY_SIZE], neap_fault *fault);
/* NEAP_REFUSED "legacy_signature"; takes the same time wherever they differ. */
neap_status neap_signer_legacy_check(const char *secret, size_t secret_size, const neap_legacy_text *text,
                                     const char *signature, neap_fault *fault);

#endif
