/* SPDX-License-Identifier: MIT */
#include "net/websocket_accept.h"

#include <openssl/evp.h>
#include <stdio.h>

bool neap_websocket_accept(const char *key, char out[NEAP_WEBSOCKET_ACCEPT + 1]) {
  char text[NEAP_WEBSOCKET_KEY + 36 + 1];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size;
  int length = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  if (EVP_Digest(text, (size_t)length, digest, &size, EVP_sha1(), NULL) != 1) return false;
  return EVP_EncodeBlock((unsigned char *)out, digest, (int)size) == NEAP_WEBSOCKET_ACCEPT;
}
