/* SPDX-License-Identifier: MIT */
/* control_socket: DIRECTORY/control.sock, both ends. For control only. */
#ifndef NEAP_SESSION_CONTROL_SOCKET_H
#define NEAP_SESSION_CONTROL_SOCKET_H

#include "base/fault.h"

/* Neither end waits on its file. Directories of any length: the path of a socket may be 107 bytes only. */
neap_status control_socket_listen(const char *directory, int *out, neap_fault *fault);
neap_status control_socket_connect(const char *directory, int *out, neap_fault *fault); /* "not_running" */
void control_socket_remove(const char *directory);
/* The next client that may speak, and who it is; −1: none. */
int control_socket_accept(int listener, char who[64]);

#endif
