/* SPDX-License-Identifier: MIT */
/* base64: four characters are three bytes. */
#include "net/base64.h"

#include <string.h>

static const char *letters(neap_base64 alphabet) {
  return alphabet == NEAP_BASE64 ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                                 : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

static void encode_group(const char *words, const unsigned char *bytes, size_t count, char out[4]) {
  uint32_t bits = (uint32_t)bytes[0] << 16 | (count > 1 ? (uint32_t)bytes[1] << 8 : 0) | (count > 2 ? bytes[2] : 0);
  for (int i = 0; i < 4; i++) out[i] = words[bits >> (18 - 6 * i) & 63];
}

void neap_base64_encode(neap_base64 alphabet, const void *bytes, size_t count, neap_buffer *out) {
  const unsigned char *at = bytes;
  for (; count > 0; count -= count < 3 ? count : 3, at += 3) {
    char group[4];
    encode_group(letters(alphabet), at, count, group);
    size_t used = count < 3 ? count + 1 : 4;
    neap_buffer_append(out, group, used);
    if (alphabet == NEAP_BASE64) neap_buffer_append(out, "==", 4 - used);
  }
}

/* No table of places: what is decoded may be a key, and a lookup would tell of it by its time. */
static int value_of(neap_base64 alphabet, unsigned char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (alphabet == NEAP_BASE64 ? '+' : '-')) return 62;
  return c == (alphabet == NEAP_BASE64 ? '/' : '_') ? 63 : -1;
}

/* A group of two to four characters; the bits that make no whole byte are zero. */
static neap_status decode_group(neap_base64 alphabet, const char *text, size_t count, neap_buffer *out) {
  uint32_t bits = 0;
  if (count < 2) return NEAP_INVALID;
  for (size_t i = 0; i < 4; i++) {
    int value = i < count ? value_of(alphabet, (unsigned char)text[i]) : 0;
    if (value < 0) return NEAP_INVALID;
    bits = bits << 6 | (uint32_t)value;
  }
  unsigned char bytes[] = {(unsigned char)(bits >> 16), (unsigned char)(bits >> 8), (unsigned char)bits};
  if ((count == 2 && bits & 0xffff) || (count == 3 && bits & 0xff)) return NEAP_INVALID;
  neap_buffer_append(out, bytes, count - 1);
  return out->status;
}

neap_status neap_base64_decode(neap_base64 alphabet, const char *text, size_t length, neap_buffer *out) {
  if (alphabet == NEAP_BASE64 && length % 4 != 0) return NEAP_INVALID;
  if (alphabet == NEAP_BASE64 && length > 0 && text[length - 1] == '=') length -= text[length - 2] == '=' ? 2 : 1;
  for (size_t at = 0; at < length; at += 4) {
    neap_status status = decode_group(alphabet, text + at, length - at < 4 ? length - at : 4, out);
    if (status != NEAP_OK) return status;
  }
  return NEAP_OK;
}
