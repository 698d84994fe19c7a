/* SPDX-License-Identifier: MIT */
/* certificate: X.509 by OpenSSL. It is no authority (CA:FALSE), for some clients take none as a server's; without a key
 * usage, for OpenSSL takes a certificate that signs itself but may not sign for none. */
#include "net/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_file.h"

static const int64_t SECOND = 1000000000, LAST = INT64_C(7258118400) * 1000000000; /* 2200-01-01 */

static bool add_extension(X509 *x, int kind, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
  bool ok = extension && X509_add_ext(x, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return ok;
}

/* Positive and never the same, so that no client takes one certificate for another. */
static bool set_serial(X509 *x) {
  enum { BITS = 127 };
  BIGNUM *number = BN_new();
  bool ok = number && BN_rand(number, BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL;
  BN_free(number);
  return ok;
}

static bool set_names(X509 *x) {
  static const unsigned char name[] = "Neap on this machine";
  X509_NAME *subject = X509_get_subject_name(x);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(x, subject) == 1;
}

static bool set_times(X509 *x, int64_t from_ns) {
  enum { DAY = 86400 };
  time_t from = (time_t)(from_ns / SECOND), until = from + (time_t)NEAP_CERTIFICATE_DAYS * DAY - 1;
  return ASN1_TIME_set(X509_getm_notBefore(x), from) && ASN1_TIME_set(X509_getm_notAfter(x), until);
}

static bool fill(X509 *x, EVP_PKEY *pkey, int64_t from_ns) {
  enum { VERSION_3 = 2 };
  return X509_set_version(x, VERSION_3) == 1 && set_serial(x) && set_names(x) && set_times(x, from_ns) &&
         X509_set_pubkey(x, pkey) == 1 && add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(x, NID_subject_key_identifier, "hash") &&
         add_extension(x, NID_authority_key_identifier, "keyid:always") &&
         add_extension(x, NID_ext_key_usage, "serverAuth") &&
         add_extension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
         X509_sign(x, pkey, EVP_sha256()) > 0;
}

/* What was written as text of its own, or NULL. The memory of `bio` is cleared when it is freed. */
static char *text_of(BIO *bio) {
  char *written;
  long size = BIO_get_mem_data(bio, &written);
  char *text = size > 0 ? malloc((size_t)size + 1) : NULL;
  if (!text) return NULL;
  memcpy(text, written, (size_t)size);
  text[size] = '\0';
  return text;
}

static char *certificate_text(X509 *x) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = bio && PEM_write_bio_X509(bio, x) == 1 ? text_of(bio) : NULL;
  BIO_free(bio);
  return text;
}

static char *key_text(EVP_PKEY *pkey) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1 ? text_of(bio) : NULL;
  BIO_free(bio);
  return text;
}

neap_status neap_certificate_make(int64_t from_ns, neap_certificate *out, neap_fault *fault) {
  *out = (neap_certificate){0};
  if (from_ns < 0 || from_ns > LAST)
    return neap_fail(fault, NEAP_INVALID, "bad_time", "a certificate begins between 1970 and 2200");
  EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  X509 *x = X509_new();
  if (pkey && x && fill(x, pkey, from_ns)) *out = (neap_certificate){certificate_text(x), key_text(pkey)};
  X509_free(x);
  EVP_PKEY_free(pkey);
  if (out->certificate && out->key) return NEAP_OK;
  neap_certificate_fini(out);
  ERR_clear_error();
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a certificate");
}

void neap_certificate_fini(neap_certificate *certificate) {
  if (certificate->key) OPENSSL_cleanse(certificate->key, strlen(certificate->key));
  free(certificate->key);
  free(certificate->certificate);
  *certificate = (neap_certificate){0};
}

neap_status neap_certificate_write(const neap_certificate *certificate, const char *path, neap_fault *fault) {
  return neap_file_replace(path, certificate->certificate, strlen(certificate->certificate), fault);
}
