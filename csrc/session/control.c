/* SPDX-License-Identifier: MIT */
/* control: clients, their lines and what is owed to them. A client that misbehaves is let go; the session is never
 * held up by one. */
#include "session/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/control_socket.h"

enum { CHUNK = 1 << 16 };

typedef struct control_client {
  neap_control *control;
  uint64_t id; /* 0: the place is free */
  int fd;
  neap_watch *watch;
  char who[64];
  neap_buffer in, out;
  size_t taken;   /* of `in`: the line that was given out last */
  size_t looked;  /* of `in`: no newline before it */
  size_t sent;    /* of `out` */
  uint64_t heard; /* when it last said something: a count, not a time */
  bool closing;   /* once all is sent */
} control_client;

struct neap_control {
  const neap_poller *poller;
  char *directory;
  int listener;
  neap_watch *watch;
  control_client client[NEAP_CONTROL_CLIENTS];
  uint64_t last_id, heard;
  int turn; /* whose line is given out next */
};

static void let_go(control_client *client) {
  const neap_poller *poller = client->control->poller;
  poller->let_go(client->watch);
  close(client->fd);
  neap_buffer_fini(&client->in);
  neap_buffer_fini(&client->out);
  *client = (control_client){.control = client->control, .fd = -1};
}

/* Where its next line ends; SIZE_MAX: not yet. */
static size_t line_end(control_client *client) {
  const neap_buffer *in = &client->in;
  size_t from = client->looked > client->taken ? client->looked : client->taken;
  const unsigned char *end = from < in->size ? memchr(in->data + from, '\n', in->size - from) : NULL;
  client->looked = end ? (size_t)(end - in->data) : in->size;
  return end ? client->looked : SIZE_MAX;
}

static bool has_line(const control_client *client) {
  control_client copy = *client;
  return client->id && !client->closing && line_end(&copy) != SIZE_MAX;
}

/* While a line waits, or it is to go, nothing more is read: what it writes stays with it. */
static void want(control_client *client) {
  bool reads = !client->closing && !has_line(client);
  bool writes = client->out.size > client->sent;
  int wanted = (reads ? NEAP_READABLE : 0) | (writes ? NEAP_WRITABLE : 0);
  if (client->control->poller->want(client->watch, wanted, NULL) != NEAP_OK) let_go(client);
}

static void send_out(control_client *client) {
  neap_buffer *out = &client->out;
  while (client->sent < out->size) {
    ssize_t count = send(client->fd, out->data + client->sent, out->size - client->sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count <= 0) return let_go(client);
    client->sent += (size_t)count;
  }
  if (client->sent == out->size) {
    neap_buffer_clear(out);
    client->sent = 0;
    if (client->closing) return let_go(client);
  }
  want(client);
}

static void owe(control_client *client, const char *text, size_t length) {
  neap_buffer *out = &client->out;
  if (out->size - client->sent + length > NEAP_CONTROL_UNREAD) return let_go(client);
  neap_buffer_append(out, text, length);
  neap_buffer_append(out, "\n", 1);
  if (out->status != NEAP_OK) return let_go(client);
  send_out(client);
}

static void refuse_line(control_client *client) {
  static const char words[] = "{\"error\":{\"code\":\"too_long\",\"message\":\"a line has at most 1048576 bytes\"}}";
  client->closing = true;
  owe(client, words, sizeof words - 1);
}

/* The lines that were given out make room. */
static void drop_taken(control_client *client) {
  neap_buffer *in = &client->in;
  memmove(in->data, in->data + client->taken, in->size - client->taken);
  in->size -= client->taken;
  client->looked = client->looked > client->taken ? client->looked - client->taken : 0;
  client->taken = 0;
}

static void take_in(control_client *client) {
  neap_buffer *in = &client->in;
  if (client->taken) drop_taken(client);
  unsigned char *room = neap_buffer_reserve(in, CHUNK);
  ssize_t count = room ? recv(client->fd, room, CHUNK, 0) : 0;
  if (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return;
  if (count <= 0) return let_go(client);
  in->size += (size_t)count;
  client->heard = ++client->control->heard;
  size_t end = line_end(client);
  if ((end == SIZE_MAX ? in->size : end) > NEAP_CONTROL_LINE) return refuse_line(client);
  want(client);
}

static void on_client(void *context, int what) {
  control_client *client = context;
  uint64_t id = client->id;
  if (what & NEAP_WRITABLE) send_out(client);
  if (client->id == id && (what & NEAP_READABLE)) take_in(client);
}

/* The one that was silent for longest goes, so that the owner is never locked out. */
static void make_place(neap_control *control) {
  control_client *silent = NULL;
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++) {
    control_client *client = &control->client[i];
    if (client->id && (!silent || client->heard < silent->heard)) silent = client;
  }
  if (silent) let_go(silent);
}

static control_client *find_place(neap_control *control) {
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++)
    if (!control->client[i].id) return &control->client[i];
  return NULL;
}

static void admit(neap_control *control, int fd, const char *who) {
  if (!find_place(control)) make_place(control);
  control_client *client = find_place(control);
  client->fd = fd;
  client->heard = ++control->heard;
  memcpy(client->who, who, sizeof client->who);
  neap_buffer_init(&client->in);
  neap_buffer_init(&client->out);
  if (control->poller->watch(control->poller->self, fd, NEAP_READABLE, on_client, client, &client->watch, NULL) ==
      NEAP_OK)
    client->id = ++control->last_id;
  else
    let_go(client);
}

static void on_listener(void *context, int what) {
  neap_control *control = context;
  char who[64] = "";
  (void)what;
  int fd = control_socket_accept(control->listener, who);
  if (fd >= 0)
    admit(control, fd, who);
  else if (errno == EMFILE || errno == ENFILE)
    make_place(control);
}

static neap_status listen_there(neap_control *control, neap_fault *fault) {
  if (!control->directory) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a control socket");
  neap_status status = control_socket_listen(control->directory, &control->listener, fault);
  if (status != NEAP_OK) return status;
  return control->poller->watch(control->poller->self, control->listener, NEAP_READABLE, on_listener, control,
                                &control->watch, fault);
}

neap_status neap_control_open(const neap_poller *poller, const char *directory, neap_control **out, neap_fault *fault) {
  neap_control *control = calloc(1, sizeof *control);
  *out = NULL;
  if (!control) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a control socket");
  control->poller = poller;
  control->listener = -1;
  control->directory = strdup(directory);
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++) control->client[i] = (control_client){.control = control, .fd = -1};
  neap_status status = listen_there(control, fault);
  if (status != NEAP_OK) return neap_control_close(control), status;
  *out = control;
  return NEAP_OK;
}

static void give_out(control_client *client, size_t end, neap_control_request *out) {
  unsigned char *line = client->in.data + client->taken;
  client->in.data[end] = '\0';
  *out = (neap_control_request){.client = client->id, .line = (const char *)line, .length = end - client->taken};
  memcpy(out->who, client->who, sizeof out->who);
  client->taken = client->looked = end + 1;
}

bool neap_control_next(neap_control *control, neap_control_request *out) {
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++) {
    control_client *client = &control->client[control->turn];
    control->turn = (control->turn + 1) % NEAP_CONTROL_CLIENTS;
    size_t end = client->id && !client->closing ? line_end(client) : SIZE_MAX;
    if (end == SIZE_MAX) continue;
    give_out(client, end, out);
    return true;
  }
  return false;
}

bool neap_control_is_waiting(const neap_control *control) {
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++)
    if (has_line(&control->client[i])) return true;
  return false;
}

void neap_control_answer(neap_control *control, uint64_t client, const char *text, size_t length) {
  for (int i = 0; client && i < NEAP_CONTROL_CLIENTS; i++)
    if (control->client[i].id == client) return owe(&control->client[i], text, length);
}

void neap_control_close(neap_control *control) {
  if (!control) return;
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++)
    if (control->client[i].id) let_go(&control->client[i]);
  control->poller->let_go(control->watch);
  if (control->listener >= 0) {
    control_socket_remove(control->directory);
    close(control->listener);
  }
  free(control->directory);
  free(control);
}
