/* SPDX-License-Identifier: MIT */
/* verifier: who may call: the public keys that are known by name, and the hosts that tokens may be made for. It judges
 * a token as the venue does, in its order, and says in the fault's code which rule failed, never a token. One thread.
 */
#ifndef NEAP_NET_VERIFIER_H
#define NEAP_NET_VERIFIER_H

#include "net/signer.h"

enum { NEAP_JWT_MOST = 8192 /* bytes of a token */ };

typedef struct neap_verifier neap_verifier;

/* `skew_ns`: by how much a caller's clock may be ahead or behind. NEAP_MEMORY, NEAP_INVALID "bad_skew" (below zero). */
neap_status neap_verifier_new(int64_t skew_ns, neap_verifier **out, neap_fault *fault);
void neap_verifier_free(neap_verifier *verifier);

/* Knows the public half of `key`, which stays the caller's, by `kid`, in the place of what that was before.
 * NEAP_INVALID "key_name" (empty or too long), NEAP_MEMORY. */
neap_status neap_verifier_add(neap_verifier *verifier, const char *kid, const neap_signer_key *key, neap_fault *fault);
neap_status neap_verifier_remove(neap_verifier *verifier, const char *kid); /* NEAP_NOT_FOUND */
/* A host as tokens name it: "127.0.0.1:8443", "api.coinbase.com". NEAP_INVALID "bad_host", NEAP_MEMORY. */
neap_status neap_verifier_allow_host(neap_verifier *verifier, const char *host, neap_fault *fault);

/* Judges a token for a request (`method` "GET", `path` without its query), or for a WebSocket message (path NULL: the
 * token may have no uri). Its kid goes to kid_out when it is good. NEAP_REFUSED with the first rule that it breaks:
 *   jwt_too_long  jwt_parts  jwt_encoding (base64url without padding)  jwt_header  jwt_algorithm (not ES256 or EdDSA,
 *   or not the key's)  jwt_key_unknown  jwt_signature  jwt_claims (a member is missing or of the wrong type)
 *   jwt_issuer (not cdp or coinbase-cloud)  jwt_subject (not the kid)  jwt_not_yet  jwt_expired
 *   jwt_window (over NEAP_JWT_LIFETIME)  jwt_uri (neither `uri` nor one of `uris`)
 * NEAP_MEMORY. Before the host "http://" is passed over, as some clients send it. */
neap_status neap_verifier_check(neap_verifier *verifier, const char *token, size_t length, const char *method,
                                const char *path, int64_t now_ns, char kid_out[NEAP_KEY_NAME_SIZE], neap_fault *fault);

#endif
