/* SPDX-License-Identifier: MIT */
/* signer_jwt: a token for one request. */
#include "base/json.h"
#include "net/base64.h"
#include "net/signer_key.h"

enum { NONCE_LEAST = 8, NONCE_MOST = 64, URI_MOST = 2048 };

static const int64_t SECOND = 1000000000;

static neap_status check(const neap_signer_key *key, const neap_jwt_claims *claims, const char *kid,
                         neap_fault *fault) {
  if (!key->is_private) return neap_fail(fault, NEAP_INVALID, "key_public", "a public key signs nothing");
  if (!neap_signer_is_line(kid, NEAP_KEY_NAME_SIZE - 1))
    return neap_fail(fault, NEAP_INVALID, "key_name", "the key has no name: give kid, as the venue named the key");
  if (claims->now_ns < 0) return neap_fail(fault, NEAP_INVALID, "bad_time", "a token begins after 1970");
  if (claims->nonce_size < NONCE_LEAST || claims->nonce_size > NONCE_MOST)
    return neap_fail(fault, NEAP_INVALID, "jwt_nonce", "a nonce has %d to %d bytes, not %zu", NONCE_LEAST, NONCE_MOST,
                     claims->nonce_size);
  if ((claims->uri && !neap_signer_is_line(claims->uri, URI_MOST)) ||
      (claims->issuer && !neap_signer_is_line(claims->issuer, URI_MOST)))
    return neap_fail(fault, NEAP_INVALID, "bad_text", "uri and issuer are one line of UTF-8, up to %d bytes", URI_MOST);
  return NEAP_OK;
}

static void write_nonce(neap_json_writer *writer, const neap_jwt_claims *claims) {
  static const char hex[] = "0123456789abcdef";
  char text[2 * NONCE_MOST];
  for (size_t i = 0; i < claims->nonce_size; i++) {
    text[2 * i] = hex[claims->nonce[i] >> 4];
    text[2 * i + 1] = hex[claims->nonce[i] & 15];
  }
  neap_json_text(writer, "nonce", text, 2 * claims->nonce_size);
}

static void write_header(const neap_signer_key *key, const char *kid, const neap_jwt_claims *claims, neap_buffer *out) {
  neap_json_writer writer;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  neap_json_string(&writer, "alg", key->kind == NEAP_KEY_P256 ? "ES256" : "EdDSA");
  neap_json_string(&writer, "kid", kid);
  write_nonce(&writer, claims);
  neap_json_string(&writer, "typ", "JWT");
  neap_json_end_object(&writer);
}

static void write_claims(const char *kid, const neap_jwt_claims *claims, neap_buffer *out) {
  neap_json_writer writer;
  int64_t now = claims->now_ns / SECOND;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  neap_json_string(&writer, "sub", kid);
  neap_json_string(&writer, "iss", claims->issuer ? claims->issuer : "cdp");
  neap_json_int(&writer, "nbf", now);
  neap_json_int(&writer, "exp", now + NEAP_JWT_LIFETIME);
  if (claims->uri) neap_json_string(&writer, "uri", claims->uri);
  neap_json_end_object(&writer);
}

/* Header and claims as they are signed. */
static neap_status append_parts(const neap_signer_key *key, const char *kid, const neap_jwt_claims *claims,
                                neap_buffer *out) {
  neap_buffer json;
  neap_buffer_init(&json);
  write_header(key, kid, claims, &json);
  size_t header = json.size;
  write_claims(kid, claims, &json);
  neap_status status = json.status;
  if (status == NEAP_OK) {
    neap_base64_encode(NEAP_BASE64_URL, json.data, header, out);
    neap_buffer_append(out, ".", 1);
    neap_base64_encode(NEAP_BASE64_URL, json.data + header, json.size - header, out);
    status = out->status;
  }
  neap_buffer_fini(&json);
  return status;
}

neap_status neap_signer_sign_jwt(neap_signer_key *key, const neap_jwt_claims *claims, neap_buffer *out,
                                 neap_fault *fault) {
  unsigned char signature[NEAP_SIGNATURE_SIZE];
  const char *kid = claims->kid ? claims->kid : key->name;
  size_t start = out->size;
  neap_status status = check(key, claims, kid, fault);
  if (status != NEAP_OK) return status;
  status = append_parts(key, kid, claims, out);
  if (status == NEAP_OK) status = neap_signer_key_sign(key, out->data + start, out->size - start, signature);
  if (status == NEAP_OK) {
    neap_buffer_append(out, ".", 1);
    neap_base64_encode(NEAP_BASE64_URL, signature, sizeof signature, out);
    status = out->status;
  }
  if (status == NEAP_OK) return NEAP_OK;
  if (out->status == NEAP_OK) out->size = start;
  return neap_fail(fault, status, "no_memory", "no memory for a token");
}
