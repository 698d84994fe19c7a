/* SPDX-License-Identifier: MIT */
#include "bench/tls_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"

void bench_print(const char *what, int connections, double *samples, size_t count, double seconds, double cpu) {
  bench_sort(samples, count);
  printf("%-18s %2d connections %9.0f /s   p50 %7.1f us   p99 %7.1f us   CPU %5.1f us each\n", what, connections,
         (double)count / seconds, samples[count / 2] * 1e6, samples[count * 99 / 100] * 1e6, cpu / (double)count * 1e6);
}

SSL_CTX *bench_client(const char *certificate) {
  SSL_CTX *client = SSL_CTX_new(TLS_client_method());
  BIO *pem = BIO_new_mem_buf(certificate, -1);
  X509 *read = PEM_read_bio_X509(pem, NULL, NULL, NULL);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(client), read);
  SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
  X509_free(read);
  BIO_free(pem);
  return client;
}

int bench_dial(uint16_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  const int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bench_check(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "cannot connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

SSL *bench_shake(SSL_CTX *client, int fd) {
  SSL *tls = SSL_new(client);
  SSL_set_fd(tls, fd);
  bench_check(SSL_connect(tls) == 1, "no TLS");
  return tls;
}

SSL *bench_connect(SSL_CTX *client, uint16_t port) { return bench_shake(client, bench_dial(port)); }

void bench_disconnect(SSL *tls) {
  int fd = SSL_get_fd(tls);
  SSL_shutdown(tls);
  SSL_free(tls);
  close(fd);
}

bool bench_read_whole(SSL *tls, char *out, size_t room, size_t count) {
  for (size_t done = 0; done < count;) {
    size_t want = count - done < room ? count - done : room;
    int got = SSL_read(tls, out, (int)want);
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

/* A head, byte after byte would be slow: what is read beyond it is of its body. */
static size_t read_head(SSL *tls, char *bytes, size_t room, size_t *count) {
  *count = 0;
  for (;;) {
    int got = SSL_read(tls, bytes + *count, (int)(room - 1 - *count));
    bench_check(got > 0, "no answer");
    bytes[ *count += (size_t)got] = '\0';
    const char *end = strstr(bytes, "\r\n\r\n");
    if (end) return (size_t)(end - bytes) + 4;
  }
}

bool bench_read_answer(SSL *tls, char *bytes, size_t room) {
  size_t count, head = read_head(tls, bytes, room, &count);
  const char *length = strcasestr(bytes, "content-length:");
  bool is_good = !strncmp(bytes + 9, "200", 3);
  bench_check(length != NULL, "an answer without a length");
  size_t left = head + strtoul(length + 15, NULL, 10) - count;
  bench_check(bench_read_whole(tls, bytes, room, left), "an answer that was cut");
  return is_good;
}

void bench_upgrade(SSL *tls, const char *request) {
  char bytes[4096];
  size_t count;
  SSL_write(tls, request, (int)strlen(request));
  size_t head = read_head(tls, bytes, sizeof bytes, &count);
  bench_check(head == count && !strncmp(bytes + 9, "101", 3), "no WebSocket");
}

/* Masked with zeros. */
void bench_send_text(SSL *tls, const char *text) {
  char frame[6 + 125] = "\x81";
  size_t length = strlen(text);
  bench_check(length <= 125, "a longer text than a short frame takes");
  frame[1] = (char)(0x80 | length);
  memcpy(frame + 6, text, length);
  SSL_write(tls, frame, (int)(6 + length));
}

size_t bench_read_frame(SSL *tls) {
  static char bytes[1 << 16];
  unsigned char head[10];
  bench_check(bench_read_whole(tls, (char *)head, 2, 2), "no frame");
  size_t more = (head[1] & 127) == 126 ? 2 : (head[1] & 127) == 127 ? 8 : 0, length = more ? 0 : head[1] & 127;
  if (more) bench_check(bench_read_whole(tls, (char *)head + 2, more, more), "no frame");
  for (size_t i = 0; i < more; i++) length = length << 8 | head[2 + i];
  bench_check(bench_read_whole(tls, bytes, sizeof bytes, length), "a frame that was cut");
  return length;
}
