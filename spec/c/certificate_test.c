/* SPDX-License-Identifier: MIT */
/* certificate: a client that trusts its file, and nothing else, verifies a server that has it, over TLS in memory. */
#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static const int64_t SECOND = 1000000000, FROM = 1700000000 * INT64_C(1000000000);

typedef struct stage {
  neap_certificate made;
  char directory[32], path[64];
} stage;

static int set_up(void **state) {
  stage *s = calloc(1, sizeof *s);
  *state = s;
  strcpy(s->directory, "/tmp/neap_cert_XXXXXX");
  assert_non_null(mkdtemp(s->directory));
  snprintf(s->path, sizeof s->path, "%s/ca.pem", s->directory);
  assert_int_equal(neap_certificate_make(FROM, &s->made, NULL), NEAP_OK);
  assert_int_equal(neap_certificate_write(&s->made, s->path, NULL), NEAP_OK);
  return 0;
}

static int tear_down(void **state) {
  stage *s = *state;
  neap_certificate_fini(&s->made);
  neap_certificate_fini(&s->made);
  assert_null(s->made.key);
  unlink(s->path);
  rmdir(s->directory);
  free(s);
  return 0;
}

static SSL *new_server(const neap_certificate *made) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  BIO *certificate = BIO_new_mem_buf(made->certificate, -1), *key = BIO_new_mem_buf(made->key, -1);
  X509 *x = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
  EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
  assert_int_equal(SSL_CTX_use_certificate(context, x), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey(context, pkey), 1);
  assert_int_equal(SSL_CTX_check_private_key(context), 1);
  X509_free(x);
  EVP_PKEY_free(pkey);
  BIO_free(certificate);
  BIO_free(key);
  SSL *ssl = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_accept_state(ssl);
  return ssl;
}

typedef struct visit {
  const char *address, *host; /* one of them */
  int64_t at;
  unsigned long flags;
} visit;

static SSL *new_client(const char *ca_file, const visit *how) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (ca_file) assert_int_equal(SSL_CTX_load_verify_locations(context, ca_file, NULL), 1);
  SSL *ssl = SSL_new(context);
  SSL_CTX_free(context);
  X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_time(param, (time_t)(how->at / SECOND));
  X509_VERIFY_PARAM_set_flags(param, how->flags);
  if (how->address) assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(param, how->address), 1);
  if (how->host) assert_int_equal(SSL_set1_host(ssl, how->host), 1);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
  SSL_set_connect_state(ssl);
  return ssl;
}

/* What the client thinks of the server: X509_V_OK when the handshake was done. */
static long verdict(const neap_certificate *made, const char *ca_file, const visit *how) {
  SSL *server = new_server(made), *client = new_client(ca_file, how);
  BIO *a, *b;
  assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
  SSL_set_bio(server, a, a);
  SSL_set_bio(client, b, b);
  for (int i = 0; i < 10 && !(SSL_is_init_finished(client) && SSL_is_init_finished(server)); i++) {
    SSL_do_handshake(client);
    SSL_do_handshake(server);
  }
  long result = SSL_get_verify_result(client);
  assert_true(SSL_is_init_finished(client) == (result == X509_V_OK));
  SSL_free(client);
  SSL_free(server);
  ERR_clear_error();
  return result;
}

static void clients_that_trust_the_file_verify(void **state) {
  stage *s = *state;
  const visit good[] = {{.address = "127.0.0.1", .at = FROM},
                        {.address = "::1", .at = FROM},
                        {.host = "localhost", .at = FROM},
                        {.host = "localhost", .at = FROM, .flags = X509_V_FLAG_X509_STRICT},
                        {.host = "localhost", .at = FROM, .flags = X509_V_FLAG_PARTIAL_CHAIN},
                        {.host = "localhost", .at = FROM + 396 * 86400 * SECOND}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(verdict(&s->made, s->path, &good[i]), X509_V_OK);
}

static void others_do_not(void **state) {
  stage *s = *state;
  neap_certificate other;
  const visit here = {.host = "localhost", .at = FROM}, elsewhere = {.host = "example.com", .at = FROM},
              address = {.address = "127.0.0.2", .at = FROM}, before = {.host = "localhost", .at = FROM - SECOND},
              after = {.host = "localhost", .at = FROM + 397 * 86400 * SECOND};
  assert_int_equal(verdict(&s->made, NULL, &here), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  assert_int_equal(verdict(&s->made, s->path, &elsewhere), X509_V_ERR_HOSTNAME_MISMATCH);
  assert_int_equal(verdict(&s->made, s->path, &address), X509_V_ERR_IP_ADDRESS_MISMATCH);
  assert_int_equal(verdict(&s->made, s->path, &before), X509_V_ERR_CERT_NOT_YET_VALID);
  assert_int_equal(verdict(&s->made, s->path, &after), X509_V_ERR_CERT_HAS_EXPIRED);
  assert_int_equal(neap_certificate_make(FROM, &other, NULL), NEAP_OK);
  assert_string_not_equal(other.certificate, s->made.certificate);
  assert_int_not_equal(verdict(&other, s->path, &here), X509_V_OK);
  neap_certificate_fini(&other);
}

/* Some clients take no authority for a server. */
static void it_is_no_authority(void **state) {
  stage *s = *state;
  BIO *bio = BIO_new_mem_buf(s->made.certificate, -1);
  X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  assert_int_equal(X509_check_ca(x), 0);
  assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), 1);
  X509_free(x);
  BIO_free(bio);
}

static void the_file_has_no_key(void **state) {
  stage *s = *state;
  char text[4096] = "";
  FILE *file = fopen(s->path, "r");
  assert_int_equal(fread(text, 1, sizeof text, file), strlen(s->made.certificate));
  fclose(file);
  assert_string_equal(text, s->made.certificate);
  assert_null(strstr(text, "PRIVATE"));
  assert_non_null(strstr(s->made.key, "PRIVATE KEY"));
}

static void what_cannot_be(void **state) {
  stage *s = *state;
  neap_certificate none;
  neap_fault fault;
  const int64_t times[] = {-1, INT64_MIN, INT64_MAX};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(neap_certificate_make(times[i], &none, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "bad_time");
    assert_null(none.certificate);
  }
  assert_int_equal(neap_certificate_make(0, &none, NULL), NEAP_OK);
  neap_certificate_fini(&none);
  assert_int_equal(neap_certificate_write(&s->made, "/dev/null/x", &fault), NEAP_IO);
  assert_string_equal(fault.code, "cannot_write");
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {EACH(clients_that_trust_the_file_verify), EACH(others_do_not),
                                     EACH(it_is_no_authority), EACH(the_file_has_no_key), EACH(what_cannot_be)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
