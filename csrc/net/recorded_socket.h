/* SPDX-License-Identifier: MIT */
/* recorded_socket: net/websocket whose messages are inputs (base/inputs): noted as they come, or played, and then
 * nothing is connected to. What is sent is never noted, only that it was. Without inputs it is net/websocket itself. */
#ifndef NEAP_NET_RECORDED_SOCKET_H
#define NEAP_NET_RECORDED_SOCKET_H

#include "base/inputs.h"
#include "net/websocket.h"

typedef struct neap_recorded_socket neap_recorded_socket;

/* Each as its like in net/websocket.h; `inputs` may be NULL and outlives it. */
neap_status neap_recorded_socket_open(const neap_websocket_options *options, const neap_websocket_handlers *handlers,
                                      neap_inputs *inputs, neap_recorded_socket **out, neap_fault *fault);
neap_status neap_recorded_socket_send(neap_recorded_socket *socket, const char *text, size_t length, neap_fault *fault);
void neap_recorded_socket_close(neap_recorded_socket *socket);
int64_t neap_recorded_socket_next(const neap_recorded_socket *socket);
void neap_recorded_socket_tick(neap_recorded_socket *socket);

#endif
