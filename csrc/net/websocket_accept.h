/* SPDX-License-Identifier: MIT */
/* websocket_accept: the answer to a Sec-WebSocket-Key (RFC 6455, 4.2.2), for the side that gives it and the one that
 * checks it. */
#ifndef NEAP_NET_WEBSOCKET_ACCEPT_H
#define NEAP_NET_WEBSOCKET_ACCEPT_H

#include <stdbool.h>

enum { NEAP_WEBSOCKET_KEY = 24, NEAP_WEBSOCKET_ACCEPT = 28 };

bool neap_websocket_accept(const char *key, char out[NEAP_WEBSOCKET_ACCEPT + 1]); /* false: no memory */

#endif
