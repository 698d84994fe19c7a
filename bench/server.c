/* SPDX-License-Identifier: MIT */
/* server: what the local server takes for a request and for a frame of 5.4 MB, over TLS on kept connections, beside a
 * bare OpenSSL echo of as many bytes by the same client in the same run; with the CPU time of the serving thread, which
 * a busy machine does not change much. `server [SECONDS]` for each line. */
#include "net/server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/tls_client.h"
#include "net/certificate.h"

enum { MOST = 16, BODY = 400, FRAME = 5400000, FRAMES = 40, SAMPLES = 1 << 22 };

static const char ask[] = "POST /api/v3/brokerage/orders HTTP/1.1\r\nHost: 127.0.0.1:8443\r\nUser-Agent: bench\r\n"
                          "Authorization: Bearer 0123456789012345678901234567890123456789012345678901234567890123456789"
                          "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
static const char upgrade[] = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
static const char go[] = "\x81\x82\0\0\0\0go"; /* "go", masked with zeros */

typedef struct bench {
  neap_certificate identity;
  neap_server *server;
  neap_server_text *frame;
  char body[BODY];
  atomic_bool stop;
  double seconds;
  double *samples;
  clockid_t served; /* CPU time of the thread that serves */
} bench;

/* --- Neap's side -------------------------------------------------------------------------------------------------- */

static void request(void *self, neap_server_call *call, const neap_server_request *asked) {
  bench *at = self;
  (void)asked;
  const neap_server_reply reply = {.status = 200, .content_type = "application/json", .body = at->body, .length = BODY};
  neap_server_answer(call, &reply, NULL);
}

static void message(void *self, neap_server_socket *socket, const char *text, size_t length) {
  bench *at = self;
  (void)text, (void)length;
  neap_server_send_text(socket, at->frame);
}

static void *serve(void *self) {
  bench *at = self;
  while (!atomic_load(&at->stop)) neap_server_step(at->server, -1, NULL);
  return NULL;
}

static void open_server(bench *at) {
  neap_fault fault = {0};
  const neap_server_options options = {
      .listen = "127.0.0.1:0", .certificate = at->identity.certificate, .key = at->identity.key};
  const neap_server_handlers handlers = {.self = at, .request = request, .message = message};
  bench_must(neap_server_open(&options, &handlers, &at->server, &fault), "the server", &fault);
}

/* --- the bare side ------------------------------------------------------------------------------------------------ */

typedef struct bare {
  SSL *tls[MOST];
  int fds[MOST], count;
  size_t asked, answered; /* bytes of each */
  const char *bytes;
} bare;

/* Who asks gets bytes; until all have left. */
static void *echo(void *self) {
  static char bytes[65536];
  bare *at = self;
  struct pollfd files[MOST];
  for (int i = 0; i < at->count; i++) files[i] = (struct pollfd){.fd = at->fds[i], .events = POLLIN};
  for (int left = at->count; left && poll(files, (nfds_t)at->count, -1) > 0;)
    for (int i = 0; i < at->count; i++) {
      if (files[i].fd < 0 || !files[i].revents) continue;
      if (bench_read_whole(at->tls[i], bytes, sizeof bytes, at->asked))
        SSL_write(at->tls[i], at->bytes, (int)at->answered);
      else
        files[i].fd = -1, left--;
    }
  return NULL;
}

/* --- the client --------------------------------------------------------------------------------------------------- */

/* Bytes of one answer, which are the same each time. */
static size_t measure_answer(SSL *tls) {
  char bytes[4096];
  size_t count = 0;
  SSL_write(tls, ask, sizeof ask - 1);
  for (char *end = NULL; !end || count < (size_t)(end - bytes) + 4 + BODY;) {
    int got = SSL_read(tls, bytes + count, (int)(sizeof bytes - 1 - count));
    bench_check(got > 0, "no answer");
    bytes[count += (size_t)got] = '\0';
    end = strstr(bytes, "\r\n\r\n");
  }
  return count;
}

/* Every connection asks, then every one is read: as many requests are under way as there are connections. */
static void ask_all(bench *at, const char *what, SSL **tls, int count, size_t answered) {
  static char bytes[65536];
  double asked[MOST], start = bench_now(), end = start + at->seconds, time = start, cpu = bench_clock(at->served);
  size_t done = 0;
  while (time < end && done + MOST < SAMPLES) {
    for (int i = 0; i < count; i++) asked[i] = bench_now(), SSL_write(tls[i], ask, sizeof ask - 1);
    for (int i = 0; i < count; i++) {
      bench_check(bench_read_whole(tls[i], bytes, sizeof bytes, answered), "cut");
      time = bench_now();
      at->samples[done++] = time - asked[i];
    }
  }
  bench_print(what, count, at->samples, done, time - start, bench_clock(at->served) - cpu);
}

static void ask_frames(bench *at, const char *what, SSL *tls) {
  static char bytes[65536];
  double start = bench_now(), cpu = bench_clock(at->served);
  for (int i = 0; i < FRAMES; i++) {
    double asked = bench_now();
    SSL_write(tls, go, sizeof go - 1);
    bench_check(bench_read_whole(tls, bytes, sizeof bytes, FRAME + 10), "cut");
    at->samples[i] = bench_now() - asked;
  }
  double seconds = bench_now() - start;
  cpu = bench_clock(at->served) - cpu;
  bench_sort(at->samples, FRAMES);
  printf("%-18s 5.4 MB frame %10.0f MB/s p50 %7.2f ms   max %7.2f ms   CPU %5.1f ms each\n", what,
         FRAMES * 5.4 / seconds, at->samples[FRAMES / 2] * 1e3, at->samples[FRAMES - 1] * 1e3, cpu / FRAMES * 1e3);
}

static void hang_up(SSL **tls, int count) {
  for (int i = 0; i < count; i++) {
    close(SSL_get_fd(tls[i]));
    SSL_free(tls[i]);
  }
}

/* --- both sides --------------------------------------------------------------------------------------------------- */

static size_t run_neap(bench *at, int count) {
  SSL_CTX *trust = bench_client(at->identity.certificate);
  SSL *tls[MOST];
  for (int i = 0; i < count; i++) tls[i] = bench_shake(trust, bench_dial(neap_server_port(at->server)));
  size_t answered = measure_answer(tls[0]);
  ask_all(at, "neap_server", tls, count, answered);
  hang_up(tls, count);
  SSL_CTX_free(trust);
  return answered;
}

static void run_neap_frames(bench *at) {
  SSL_CTX *trust = bench_client(at->identity.certificate);
  SSL *tls = bench_shake(trust, bench_dial(neap_server_port(at->server)));
  char bytes[4096];
  SSL_write(tls, upgrade, sizeof upgrade - 1);
  bench_check(SSL_read(tls, bytes, sizeof bytes) > 0, "no handshake");
  ask_frames(at, "neap_server", tls);
  hang_up(&tls, 1);
  SSL_CTX_free(trust);
}

static SSL_CTX *server_tls(const bench *at) {
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  BIO *pem = BIO_new_mem_buf(at->identity.certificate, -1), *key = BIO_new_mem_buf(at->identity.key, -1);
  X509 *certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
  EVP_PKEY *secret = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
  bench_check(SSL_CTX_use_certificate(tls, certificate) == 1 && SSL_CTX_use_PrivateKey(tls, secret) == 1,
              "no identity");
  X509_free(certificate);
  EVP_PKEY_free(secret);
  BIO_free(pem);
  BIO_free(key);
  return tls;
}

typedef struct guest {
  SSL *tls;
} guest;

static void *welcome(void *self) {
  guest *at = self;
  bench_check(SSL_accept(at->tls) == 1, "no TLS");
  return NULL;
}

static void pair_up(SSL_CTX *ours, SSL_CTX *theirs, int listener, uint16_t port, bare *peer, SSL **tls) {
  pthread_t thread;
  const int on = 1;
  int fd = bench_dial(port), other = accept(listener, NULL, NULL);
  setsockopt(other, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  guest came = {.tls = SSL_new(theirs)};
  SSL_set_fd(came.tls, other);
  pthread_create(&thread, NULL, welcome, &came);
  *tls = bench_shake(ours, fd);
  pthread_join(thread, NULL);
  peer->fds[peer->count] = other;
  peer->tls[peer->count++] = came.tls;
}

static int listen_bare(uint16_t *port) {
  struct sockaddr_in where = {.sin_family = AF_INET};
  socklen_t size = sizeof where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bench_check(bind(fd, (struct sockaddr *)&where, size) == 0 && listen(fd, MOST) == 0, "cannot listen");
  getsockname(fd, (struct sockaddr *)&where, &size);
  *port = ntohs(where.sin_port);
  return fd;
}

static void run_bare(bench *at, int count, size_t asked, size_t answered) {
  uint16_t port;
  int listener = listen_bare(&port);
  SSL_CTX *ours = bench_client(at->identity.certificate), *theirs = server_tls(at);
  SSL *tls[MOST];
  pthread_t thread;
  bare peer = {.asked = asked, .answered = answered, .bytes = bench_room(1, answered)};
  for (int i = 0; i < count; i++) pair_up(ours, theirs, listener, port, &peer, &tls[i]);
  pthread_create(&thread, NULL, echo, &peer);
  clockid_t before = at->served;
  pthread_getcpuclockid(thread, &at->served);
  if (answered > FRAME)
    ask_frames(at, "bare OpenSSL echo", tls[0]);
  else
    ask_all(at, "bare OpenSSL echo", tls, count, answered);
  at->served = before;
  hang_up(tls, count);
  pthread_join(thread, NULL);
  hang_up(peer.tls, peer.count);
  close(listener);
  SSL_CTX_free(ours);
  SSL_CTX_free(theirs);
  free((void *)peer.bytes);
}

static void prepare(bench *at) {
  neap_clock clock = neap_clock_real();
  char *large = malloc(FRAME);
  memset(large, 'x', FRAME);
  memset(at->body, 'x', BODY);
  at->frame = neap_server_text_new(large, FRAME);
  at->samples = bench_room(SAMPLES, sizeof *at->samples);
  free(large);
  bench_must(neap_certificate_make(neap_clock_now(&clock) - 60 * NEAP_SECOND, &at->identity, NULL), "no identity",
             NULL);
  open_server(at);
}

int main(int argc, char **argv) {
  static const int connections[] = {1, 10, 16};
  static bench at;
  pthread_t thread;
  at.seconds = argc > 1 ? atof(argv[1]) : 3;
  prepare(&at);
  pthread_create(&thread, NULL, serve, &at);
  pthread_getcpuclockid(thread, &at.served);
  for (size_t i = 0; i < 3; i++) run_bare(&at, connections[i], sizeof ask - 1, run_neap(&at, connections[i]));
  run_neap_frames(&at);
  run_bare(&at, 1, sizeof go - 1, FRAME + 10);
  atomic_store(&at.stop, true);
  neap_server_wake(at.server);
  pthread_join(thread, NULL);
  neap_server_close(at.server);
  neap_server_text_free(at.frame);
  neap_certificate_fini(&at.identity);
  free(at.samples);
  return 0;
}
