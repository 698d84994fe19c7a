/* SPDX-License-Identifier: MIT */
/* websocket_parts: what the parts of the WebSocket client share among themselves; nobody else includes it. */
#ifndef NEAP_NET_WEBSOCKET_PARTS_H
#define NEAP_NET_WEBSOCKET_PARTS_H

#include <wslay/wslay.h>

#include "base/buffer.h"
#include "net/transport.h"
#include "net/websocket.h"
#include "net/websocket_accept.h"

enum { WEBSOCKET_ROOM = 65536, WEBSOCKET_QUEUED = 16 << 20, WEBSOCKET_NO_CLOSE = 1006 };

typedef enum websocket_phase {
  WEBSOCKET_CONNECTS,
  WEBSOCKET_SHAKES, /* has asked, reads the answer's head */
  WEBSOCKET_OPEN,
  WEBSOCKET_ENDS, /* how is known, and not yet told */
  WEBSOCKET_OVER
} websocket_phase;

/* A turn does what there is to do; ends are told, and memory is freed, only when a turn is through, so that handlers
 * and the callbacks of wslay may end anything. */
struct neap_websocket {
  neap_websocket_handlers handlers;
  websocket_phase phase;
  bool in_turn, is_left; /* left: freed when the turn is through */
  int64_t deadline;      /* of being open */

  neap_transport transport;
  CURL *easy;
  char words[CURL_ERROR_SIZE];
  neap_watch *watch; /* of the connection, when curl has made it */
  int wanted;
  bool has_more;          /* of which the poller does not know */
  bool is_deaf;           /* the kernel takes nothing more */
  size_t at, end;         /* in `in`: what was read and not taken */
  neap_buffer out, after; /* out goes to curl from `gone` on, and stays where it is until it is gone; then after */
  size_t gone;
  unsigned char in[WEBSOCKET_ROOM];

  neap_buffer head; /* of the answer, until it is whole */
  char accept[NEAP_WEBSOCKET_ACCEPT + 1];

  wslay_event_context_ptr frames;
  neap_buffer message; /* so far */
  size_t message_bytes;
  uint8_t opcode; /* of the frame that is being read */
  unsigned char close[126];
  size_t close_length, close_size; /* of its payload: in all, so far */
  bool has_told;                   /* a message, since it was last drained */

  neap_websocket_end how;
  int close_code;
  char code[48], reason[160];
};

static inline bool websocket_is_up(const neap_websocket *socket) {
  return socket->phase == WEBSOCKET_SHAKES || socket->phase == WEBSOCKET_OPEN;
}

/* The first end is the one that is told. */
void websocket_end(neap_websocket *socket, neap_websocket_end how, int close_code, const char *code,
                   const char *reason);
void websocket_turn(void *socket); /* the last of a call: it may free the socket */

/* websocket_stream: bytes through curl's connection. */
void websocket_connect(neap_websocket *socket); /* goes on when curl has connected */
void websocket_flush(neap_websocket *socket);   /* gives the kernel what it takes */
void websocket_read(neap_websocket *socket);    /* all that is there, or a share of it */
void websocket_release(neap_websocket *socket); /* the connection; twice is accepted */
size_t websocket_queued(const neap_websocket *socket);

/* websocket_handshake */
neap_status websocket_handshake_ask(neap_websocket *socket, const char *host, size_t host_length, const char *path,
                                    const neap_websocket_options *options);
void websocket_handshake_take(neap_websocket *socket);

/* websocket_frames */
neap_status websocket_frames_init(neap_websocket *socket);
void websocket_frames_take(neap_websocket *socket);
neap_status websocket_frame(neap_websocket *socket, uint8_t opcode, const void *payload, size_t length);
void websocket_close_frame(neap_websocket *socket, int code);

#endif
