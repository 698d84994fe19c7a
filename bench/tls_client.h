/* SPDX-License-Identifier: MIT */
/* tls_client: a client of the loopback address for benches: blocking, one connection at a time, as fast as OpenSSL is.
 */
#ifndef NEAP_BENCH_TLS_CLIENT_H
#define NEAP_BENCH_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line: how many a second, median and 99th hundredth, CPU time of each. */
void bench_print(const char *what, int connections, double *samples, size_t count, double seconds, double cpu);

SSL_CTX *bench_client(const char *certificate);     /* that trusts this one alone, and verifies */
int bench_dial(uint16_t port);                      /* a connection, without TLS yet */
SSL *bench_shake(SSL_CTX *client, int fd);          /* TLS on one */
SSL *bench_connect(SSL_CTX *client, uint16_t port); /* both */
void bench_disconnect(SSL *tls);
bool bench_read_whole(SSL *tls, char *out, size_t room, size_t count); /* passes over what has no room */
bool bench_read_answer(SSL *tls, char *bytes, size_t room);            /* one answer; whether it is 200 */

void bench_upgrade(SSL *tls, const char *request); /* to a WebSocket */
void bench_send_text(SSL *tls, const char *text);  /* one frame of up to 125 bytes */
size_t bench_read_frame(SSL *tls);                 /* passes over the bytes of one frame, and says how many they were */

#endif
