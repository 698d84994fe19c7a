/* SPDX-License-Identifier: MIT */
/* verifier: keys by name in order, hosts in a list; here a token's parts, its key and its signature are judged, the
 * rest in verifier_claims. */
#include "net/verifier.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "net/base64.h"
#include "net/signer_key.h"
#include "net/verifier_claims.h"

typedef struct known {
  char *kid;
  neap_signer_key *key;
} known;

struct neap_verifier {
  int64_t skew_ns;
  known *keys; /* by kid */
  size_t count;
  neap_verifier_hosts hosts;
  neap_buffer scratch; /* a decoded part, then the signature */
};

static neap_status no_memory(neap_fault *fault) {
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the verifier");
}

neap_status neap_verifier_new(int64_t skew_ns, neap_verifier **out, neap_fault *fault) {
  *out = NULL;
  if (skew_ns < 0) return neap_fail(fault, NEAP_INVALID, "bad_skew", "the skew of clocks is not below zero");
  *out = calloc(1, sizeof **out);
  if (!*out) return no_memory(fault);
  (*out)->skew_ns = skew_ns;
  return NEAP_OK;
}

static void forget(known *one) {
  free(one->kid);
  neap_signer_key_free(one->key);
}

void neap_verifier_free(neap_verifier *verifier) {
  if (!verifier) return;
  for (size_t i = 0; i < verifier->count; i++) forget(&verifier->keys[i]);
  for (size_t i = 0; i < verifier->hosts.count; i++) free(verifier->hosts.names[i]);
  free(verifier->keys);
  free(verifier->hosts.names);
  neap_buffer_fini(&verifier->scratch);
  free(verifier);
}

/* Where the kid is, or would be. */
static size_t place_of(const neap_verifier *verifier, const char *kid) {
  size_t low = 0, high = verifier->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(verifier->keys[middle].kid, kid) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static known *find(const neap_verifier *verifier, const char *kid) {
  size_t at = place_of(verifier, kid);
  return at < verifier->count && strcmp(verifier->keys[at].kid, kid) == 0 ? &verifier->keys[at] : NULL;
}

static bool make_room(neap_verifier *verifier) {
  known *keys = reallocarray(verifier->keys, verifier->count + 1, sizeof *keys);
  if (keys) verifier->keys = keys;
  return keys != NULL;
}

static void put(neap_verifier *verifier, known one) {
  known *same = find(verifier, one.kid);
  size_t at = place_of(verifier, one.kid);
  if (same) {
    forget(same);
  } else {
    memmove(verifier->keys + at + 1, verifier->keys + at, (verifier->count - at) * sizeof one);
    verifier->count++;
  }
  verifier->keys[at] = one;
}

neap_status neap_verifier_add(neap_verifier *verifier, const char *kid, const neap_signer_key *key, neap_fault *fault) {
  if (!neap_signer_is_line(kid, NEAP_KEY_NAME_SIZE - 1))
    return neap_fail(fault, NEAP_INVALID, "key_name", "a key's name is one line of 1 to 255 bytes");
  known one = {.kid = strdup(kid)};
  neap_status status = neap_signer_key_public_half(key, &one.key, fault);
  if (status == NEAP_OK && one.kid && make_room(verifier)) {
    put(verifier, one);
    return NEAP_OK;
  }
  forget(&one);
  return status != NEAP_OK ? status : no_memory(fault);
}

neap_status neap_verifier_remove(neap_verifier *verifier, const char *kid) {
  known *one = find(verifier, kid);
  if (!one) return NEAP_NOT_FOUND;
  forget(one);
  verifier->count--;
  memmove(one, one + 1, (size_t)(verifier->keys + verifier->count - one) * sizeof *one);
  return NEAP_OK;
}

/* A name or an address, with or without a port: no space, no slash. */
static bool is_host(const char *host) {
  return neap_signer_is_line(host, NEAP_KEY_NAME_SIZE - 1) && host[strcspn(host, " /?#@")] == '\0';
}

neap_status neap_verifier_allow_host(neap_verifier *verifier, const char *host, neap_fault *fault) {
  neap_verifier_hosts *hosts = &verifier->hosts;
  if (!is_host(host))
    return neap_fail(fault, NEAP_INVALID, "bad_host", "a host is a name or an address, with or without :PORT");
  char **names = reallocarray(hosts->names, hosts->count + 1, sizeof *names);
  if (names) hosts->names = names;
  char *copy = names ? strdup(host) : NULL;
  if (!copy) return no_memory(fault);
  names[hosts->count++] = copy;
  return NEAP_OK;
}

/* The three parts of a token. */
typedef struct parts {
  const char *header, *claims, *signature;
  size_t header_size, claims_size, signature_size, signed_size;
} parts;

static neap_status refuse(neap_fault *fault, const char *code, const char *what) {
  return neap_fail(fault, NEAP_REFUSED, code, "%s", what);
}

static neap_status split(const char *token, size_t length, parts *out, neap_fault *fault) {
  const char *end = token + length;
  if (length > NEAP_JWT_MOST) return refuse(fault, "jwt_too_long", "the token is too long");
  const char *first = memchr(token, '.', length);
  const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
  if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
    return refuse(fault, "jwt_parts", "a token has three parts with points between");
  *out = (parts){.header = token,
                 .claims = first + 1,
                 .signature = second + 1,
                 .header_size = (size_t)(first - token),
                 .claims_size = (size_t)(second - first - 1),
                 .signature_size = (size_t)(end - second - 1),
                 .signed_size = (size_t)(second - token)};
  if (out->header_size && out->claims_size) return NEAP_OK; /* without a signature alg may say why: "none" */
  return refuse(fault, "jwt_parts", "a part of the token is empty");
}

static neap_status decode(neap_verifier *verifier, const char *text, size_t size, neap_fault *fault) {
  neap_buffer_clear(&verifier->scratch);
  neap_status status = neap_base64_decode(NEAP_BASE64_URL, text, size, &verifier->scratch);
  if (status == NEAP_MEMORY) return no_memory(fault);
  return status == NEAP_OK ? NEAP_OK : refuse(fault, "jwt_encoding", "a part is not base64url without padding");
}

/* A part as a JSON object; `code` and `what` say that it is none. */
static neap_status read_part(neap_verifier *verifier, const char *text, size_t size, neap_json **out, const char *code,
                             const char *what, neap_fault *fault) {
  *out = NULL;
  neap_status status = decode(verifier, text, size, fault);
  if (status != NEAP_OK) return status;
  status = neap_json_parse((const char *)verifier->scratch.data, verifier->scratch.size, out, NULL);
  if (status == NEAP_MEMORY) return no_memory(fault);
  if (status == NEAP_OK && neap_json_root(*out)->kind == NEAP_JSON_OBJECT) return NEAP_OK;
  neap_json_free(*out);
  *out = NULL;
  return refuse(fault, code, what);
}

/* The text of a member, or NULL: none, no text, or text with a zero byte. */
static const char *text_of(const neap_json_value *object, const char *name) {
  const neap_json_value *value = neap_json_get(object, name);
  return value && value->kind == NEAP_JSON_STRING && strlen(value->text) == value->length ? value->text : NULL;
}

static neap_status find_key(const neap_verifier *verifier, const neap_json_value *header, known **out,
                            neap_fault *fault) {
  const char *alg = text_of(header, "alg"), *kid = text_of(header, "kid");
  bool p256 = alg && strcmp(alg, "ES256") == 0, ed25519 = alg && strcmp(alg, "EdDSA") == 0;
  if (!p256 && !ed25519) return refuse(fault, "jwt_algorithm", "alg is ES256 or EdDSA");
  if (!kid) return refuse(fault, "jwt_header", "the header has no text kid");
  if (neap_json_get(header, "crit")) return refuse(fault, "jwt_header", "no extension is known, and crit names some");
  *out = find(verifier, kid);
  if (!*out) return refuse(fault, "jwt_key_unknown", "there is no key of that kid");
  if (neap_signer_key_kind((*out)->key) == (p256 ? NEAP_KEY_P256 : NEAP_KEY_ED25519)) return NEAP_OK;
  return refuse(fault, "jwt_algorithm", "alg is not that of the key");
}

static neap_status check_header(neap_verifier *verifier, const parts *p, known **out, neap_fault *fault) {
  neap_json *json;
  neap_status status = read_part(verifier, p->header, p->header_size, &json, "jwt_header",
                                 "the header is not a JSON object, or has a member twice", fault);
  if (status != NEAP_OK) return status;
  status = find_key(verifier, neap_json_root(json), out, fault);
  neap_json_free(json);
  return status;
}

static neap_status check_signature(neap_verifier *verifier, const parts *p, known *one, neap_fault *fault) {
  neap_status status = decode(verifier, p->signature, p->signature_size, fault);
  if (status != NEAP_OK) return status;
  if (verifier->scratch.size != NEAP_SIGNATURE_SIZE)
    return refuse(fault, "jwt_signature", "the signature has 64 bytes, r and s for ES256: DER is refused");
  if (neap_signer_key_verify(one->key, p->header, p->signed_size, verifier->scratch.data)) return NEAP_OK;
  return refuse(fault, "jwt_signature", "the signature is not that of the key over this token");
}

neap_status neap_verifier_check(neap_verifier *verifier, const char *token, size_t length, const char *method,
                                const char *path, int64_t now_ns, char kid_out[NEAP_KEY_NAME_SIZE], neap_fault *fault) {
  parts p = {0};
  known *one = NULL;
  neap_json *claims;
  neap_status status = split(token, length, &p, fault);
  if (status == NEAP_OK) status = check_header(verifier, &p, &one, fault);
  if (status == NEAP_OK) status = check_signature(verifier, &p, one, fault);
  if (status != NEAP_OK) return status;
  status = read_part(verifier, p.claims, p.claims_size, &claims, "jwt_claims",
                     "the claims are not a JSON object, or have a member twice", fault);
  if (status != NEAP_OK) return status;
  neap_verifier_wanted wanted = {one->kid, method, path, now_ns, verifier->skew_ns, &verifier->hosts};
  status = neap_verifier_check_claims(neap_json_root(claims), &wanted, fault);
  neap_json_free(claims);
  if (status == NEAP_OK) memcpy(kid_out, one->kid, strlen(one->kid) + 1);
  return status;
}
