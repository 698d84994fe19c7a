/* SPDX-License-Identifier: MIT */
/* server_tls: one OpenSSL context from PEM in memory, and a BIO that sends without SIGPIPE. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/socket.h>

#include "net/server_parts.h"

static int file_of(BIO *bio) { return (int)(intptr_t)BIO_get_data(bio); }

static int outcome(BIO *bio, ssize_t done, int retry) {
  BIO_clear_retry_flags(bio);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  return (int)done;
}

static int bio_read(BIO *bio, char *out, int room) {
  return outcome(bio, recv(file_of(bio), out, (size_t)room, 0), BIO_FLAGS_READ);
}

static int bio_write(BIO *bio, const char *bytes, int count) {
  return outcome(bio, send(file_of(bio), bytes, (size_t)count, MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_PUSH || command == BIO_CTRL_POP;
}

static neap_status make_bio(neap_server *server) {
  server->bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "neap server");
  if (!server->bio) return NEAP_MEMORY;
  BIO_meth_set_read(server->bio, bio_read);
  BIO_meth_set_write(server->bio, bio_write);
  BIO_meth_set_ctrl(server->bio, bio_control);
  return NEAP_OK;
}

/* A key never shows in a message: OpenSSL's own words are not passed on. */
static neap_status use_certificate(SSL_CTX *tls, const char *pem, neap_fault *fault) {
  BIO *bio = BIO_new_mem_buf(pem, -1);
  X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
  bool used = certificate && SSL_CTX_use_certificate(tls, certificate) == 1;
  X509_free(certificate);
  BIO_free(bio);
  ERR_clear_error();
  return used ? NEAP_OK : neap_fail(fault, NEAP_INVALID, "bad_certificate", "the certificate is not one in PEM");
}

static neap_status use_key(SSL_CTX *tls, const char *pem, neap_fault *fault) {
  BIO *bio = BIO_new_mem_buf(pem, -1);
  EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, "") : NULL;
  bool used = key && SSL_CTX_use_PrivateKey(tls, key) == 1 && SSL_CTX_check_private_key(tls) == 1;
  EVP_PKEY_free(key);
  BIO_free(bio);
  ERR_clear_error();
  return used ? NEAP_OK
              : neap_fail(fault, NEAP_INVALID, "bad_key", "the key is not the certificate's, in PEM, unencrypted");
}

/* Nobody else may be chosen by a client who offers HTTP/2 first. */
static int choose_protocol(SSL *tls, const unsigned char **out, unsigned char *length, const unsigned char *offered,
                           unsigned int count, void *self) {
  static const unsigned char only[] = "\x08http/1.1";
  unsigned char *chosen;
  (void)tls, (void)self;
  if (SSL_select_next_proto(&chosen, length, only, sizeof only - 1, offered, count) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

static void configure(SSL_CTX *tls) {
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
}

neap_status server_tls_init(neap_server *server, const neap_server_options *options, neap_fault *fault) {
  if (!options->certificate && !options->key) return NEAP_OK;
  if (!options->certificate || !options->key)
    return neap_fail(fault, NEAP_INVALID, options->key ? "bad_certificate" : "bad_key",
                     "a certificate and its key come together");
  server->tls = SSL_CTX_new(TLS_server_method());
  if (!server->tls || make_bio(server) != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for TLS");
  configure(server->tls);
  neap_status status = use_certificate(server->tls, options->certificate, fault);
  return status == NEAP_OK ? use_key(server->tls, options->key, fault) : status;
}

void server_tls_fini(neap_server *server) {
  SSL_CTX_free(server->tls);
  BIO_meth_free(server->bio);
}

SSL *server_tls_new(neap_server *server, int fd) {
  SSL *tls = SSL_new(server->tls);
  BIO *bio = tls ? BIO_new(server->bio) : NULL;
  if (!bio) return SSL_free(tls), NULL;
  BIO_set_data(bio, (void *)(intptr_t)fd);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls, bio, bio);
  SSL_set_accept_state(tls);
  return tls;
}
