/* SPDX-License-Identifier: MIT */
/* base64: RFC 4648, strict both ways: what is not the one text of its bytes is refused. */
#ifndef NEAP_NET_BASE64_H
#define NEAP_NET_BASE64_H

#include "base/buffer.h"

typedef enum neap_base64 {
  NEAP_BASE64,    /* + and /, with padding */
  NEAP_BASE64_URL /* - and _, without */
} neap_base64;

/* Appends the text of the bytes. */
void neap_base64_encode(neap_base64 alphabet, const void *bytes, size_t count, neap_buffer *out);
/* Appends the bytes of the text. NEAP_INVALID: another character, a wrong length or padding, bits behind the last byte.
 * NEAP_MEMORY. */
neap_status neap_base64_decode(neap_base64 alphabet, const char *text, size_t length, neap_buffer *out);

#endif
