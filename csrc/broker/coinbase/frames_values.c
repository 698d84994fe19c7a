/* SPDX-License-Identifier: MIT */
/* frames_values: the plain values of an event, and what becomes of those that make no sense. */
#include <string.h>

#include "base/clock.h"
#include "broker/coinbase/frames_parts.h"

void neap_frames_words(neap_frames_reading *r, neap_json_span value, char *out, size_t size) {
  if (neap_json_frames_text(r->frames->json, value, out, size) == NEAP_OK) return;
  size_t length = value.length < size ? value.length : size - 1;
  while (length < value.length && length > 0 && ((unsigned char)value.text[length] & 0xc0) == 0x80) length--;
  memcpy(out, value.text, length);
  out[length] = '\0';
}

uint32_t neap_frames_product_named(neap_frames_reading *r, neap_json_span name) {
  neap_frames *frames = r->frames;
  char plain[64];
  if (name.length && memchr(name.text, '\\', name.length)) {
    neap_frames_words(r, name, plain, sizeof plain);
    name = (neap_json_span){plain, strlen(plain)};
  }
  for (uint32_t i = 0; i < frames->product_count; i++)
    if (neap_frames_is(name, frames->products[i].id, frames->products[i].length)) return i;
  frames->counts.other_products++;
  return NEAP_FRAME_OTHER;
}

void neap_frames_unusable(neap_frames_reading *r, uint32_t product, neap_status status, const char *code,
                          const char *what, neap_json_span value) {
  neap_fault why;
  const int shown = value.length < 40 ? (int)value.length : 40;
  r->frames->counts.unusable++;
  if (!r->listener->unusable) return;
  neap_fail(&why, status, code, "the stream's %s is '%.*s'", what, shown, value.text ? value.text : "");
  if (product != NEAP_FRAME_OTHER) neap_fault_set_where(&why, "%s", r->frames->products[product].id);
  r->listener->unusable(r->listener->context, product, &why);
}

neap_status neap_frames_read_kind(neap_frames_reading *r, bool *is_snapshot) {
  static const neap_json_name names[] = {NEAP_JSON_NAME("type")};
  neap_json_span type;
  const neap_status status = neap_json_frames_members(r->frames->json, names, 1, 1, &type, r->fault);
  if (status == NEAP_OK) *is_snapshot = NEAP_FRAMES_IS(type, "snapshot");
  return status;
}

bool neap_frames_decimal(neap_json_span value, neap_decimal *out) {
  neap_decimal read;
  if (value.length == 0) return true;
  if (neap_decimal_parse_truncated(value.text, value.length, &read, NULL, NULL) != NEAP_OK || read.units < 0)
    return false;
  *out = read;
  return true;
}

bool neap_frames_count(neap_json_span value, uint64_t *out) {
  uint64_t number = 0;
  for (size_t i = 0; i < value.length; i++) {
    const unsigned digit = (unsigned char)value.text[i] - (unsigned)'0';
    if (digit > 9 || __builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, digit, &number))
      return false;
  }
  if (value.length) *out = number;
  return true;
}

bool neap_frames_time(neap_json_span value, int64_t *out) {
  if (value.length == 0 || (value.length >= 10 && memcmp(value.text, "0001-01-01", 10) == 0)) return true;
  return neap_time_parse(value.text, value.length, out, NULL) == NEAP_OK;
}
