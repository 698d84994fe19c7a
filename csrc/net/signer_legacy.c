/* SPDX-License-Identifier: MIT */
/* signer_legacy: HMAC-SHA256 of keys from before the tokens. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/digest.h"
#include "net/signer.h"

static void append_text(neap_buffer *buffer, const neap_legacy_text *text) {
  neap_buffer_append_text(buffer, text->timestamp);
  neap_buffer_append_text(buffer, text->method);
  neap_buffer_append_text(buffer, text->path);
  neap_buffer_append(buffer, text->body, text->body_size);
}

neap_status neap_signer_legacy_sign(const char *secret, size_t secret_size, const neap_legacy_text *text,
                                    char out[NEAP_LEGACY_SIZE], neap_fault *fault) {
  unsigned char bytes[NEAP_DIGEST_SIZE];
  neap_buffer buffer;
  if (secret_size > NEAP_KEY_TEXT_MOST) return neap_fail(fault, NEAP_INVALID, "bad_secret", "the secret is too long");
  neap_buffer_init(&buffer);
  append_text(&buffer, text);
  bool ok = buffer.status == NEAP_OK &&
            HMAC(EVP_sha256(), secret, (int)secret_size, buffer.data, buffer.size, bytes, NULL) != NULL;
  neap_buffer_fini(&buffer);
  if (!ok) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a signature");
  neap_digest_hex(bytes, out);
  return NEAP_OK;
}

neap_status neap_signer_legacy_check(const char *secret, size_t secret_size, const neap_legacy_text *text,
                                     const char *signature, neap_fault *fault) {
  char expected[NEAP_LEGACY_SIZE];
  neap_status status = neap_signer_legacy_sign(secret, secret_size, text, expected, fault);
  if (status != NEAP_OK) return status;
  bool same =
      strlen(signature) == NEAP_LEGACY_SIZE - 1 && CRYPTO_memcmp(expected, signature, NEAP_LEGACY_SIZE - 1) == 0;
  OPENSSL_cleanse(expected, sizeof expected);
  if (same) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "legacy_signature", "the signature is not that of the key over this request");
}
