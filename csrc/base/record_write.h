/* SPDX-License-Identifier: MIT */
/* record_write: the writers of base/record, inline: keys are literals, so that their lengths are known when this is
 * compiled, and an order's two hundred fields are not two hundred calls. For base/record.h only. */
#ifndef NEAP_BASE_RECORD_WRITE_H
#define NEAP_BASE_RECORD_WRITE_H

#include <string.h>

enum { NEAP_RECORD_MAX_KEY = 255, NEAP_RECORD_WORD = 8, NEAP_RECORD_LENGTH = 4 };

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static inline void neap_store_long(unsigned char *to, uint64_t value) { memcpy(to, &value, sizeof value); }
static inline void neap_store_length(unsigned char *to, uint32_t value) { memcpy(to, &value, sizeof value); }
#else
static inline void neap_store_long(unsigned char *to, uint64_t value) {
  for (size_t i = 0; i < NEAP_RECORD_WORD; i++) to[i] = (unsigned char)(value >> (8 * i));
}
static inline void neap_store_length(unsigned char *to, uint32_t value) {
  for (size_t i = 0; i < NEAP_RECORD_LENGTH; i++) to[i] = (unsigned char)(value >> (8 * i));
}
#endif

/* Fields into memory that has room for them; each gives the place behind it. For literal keys. */
static inline unsigned char *neap_put_head(unsigned char *at, neap_record_type type, const char *key) {
  size_t length = strlen(key);
  at[0] = (unsigned char)type;
  at[1] = (unsigned char)length;
  memcpy(at + 2, key, length);
  return at + 2 + length;
}

static inline unsigned char *neap_put_decimal(unsigned char *at, const char *key, neap_decimal value) {
  at = neap_put_head(at, NEAP_RECORD_DECIMAL, key);
  neap_store_long(at, (uint64_t)value.units);
  neap_store_long(at + NEAP_RECORD_WORD, (uint64_t)((unsigned __int128)value.units >> 64));
  return at + 2 * NEAP_RECORD_WORD;
}

static inline unsigned char *neap_put_bytes(unsigned char *at, const char *key, const char *text, size_t length) {
  at = neap_put_head(at, NEAP_RECORD_TEXT, key);
  neap_store_length(at, (uint32_t)length);
  memcpy(at + NEAP_RECORD_LENGTH, text, length);
  return at + NEAP_RECORD_LENGTH + length;
}

/* Writes a field's head and gives the place of its value of `size` bytes, or NULL. */
static inline unsigned char *neap_record_begin(neap_buffer *out, neap_record_type type, const char *key, size_t size) {
  size_t length = strlen(key), whole = 2 + length + size;
  if (length > NEAP_RECORD_MAX_KEY) return out->status = NEAP_INVALID, NULL;
  unsigned char *place = neap_buffer_reserve(out, whole);
  if (!place) return NULL;
  place[0] = (unsigned char)type;
  place[1] = (unsigned char)length;
  memcpy(place + 2, key, length);
  out->size += whole;
  return place + 2 + length;
}

static inline void neap_record_word(neap_buffer *out, neap_record_type type, const char *key, uint64_t value) {
  unsigned char *place = neap_record_begin(out, type, key, NEAP_RECORD_WORD);
  if (place) neap_store_long(place, value);
}

static inline void neap_record_decimal(neap_buffer *out, const char *key, neap_decimal value) {
  unsigned char *place = neap_record_begin(out, NEAP_RECORD_DECIMAL, key, 2 * NEAP_RECORD_WORD);
  if (!place) return;
  neap_store_long(place, (uint64_t)value.units);
  neap_store_long(place + NEAP_RECORD_WORD, (uint64_t)((unsigned __int128)value.units >> 64));
}

static inline void neap_record_int(neap_buffer *out, const char *key, int64_t value) {
  neap_record_word(out, NEAP_RECORD_INT, key, (uint64_t)value);
}

static inline void neap_record_time(neap_buffer *out, const char *key, int64_t ns) {
  neap_record_word(out, NEAP_RECORD_TIME, key, (uint64_t)ns);
}

static inline void neap_record_bool(neap_buffer *out, const char *key, bool value) {
  unsigned char *place = neap_record_begin(out, NEAP_RECORD_BOOL, key, 1);
  if (place) *place = value;
}

static inline void neap_record_number(neap_buffer *out, const char *key, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  neap_record_word(out, NEAP_RECORD_NUMBER, key, bits);
}

static inline void neap_record_bytes(neap_buffer *out, const char *key, const char *text, size_t length) {
  if (length > UINT32_MAX) {
    out->status = NEAP_INVALID;
    return;
  }
  unsigned char *place = neap_record_begin(out, NEAP_RECORD_TEXT, key, NEAP_RECORD_LENGTH + length);
  if (!place) return;
  neap_store_length(place, (uint32_t)length);
  if (length > 0) memcpy(place + NEAP_RECORD_LENGTH, text, length);
}

static inline void neap_record_text(neap_buffer *out, const char *key, const char *text) {
  neap_record_bytes(out, key, text, text ? strlen(text) : 0);
}

static inline void neap_record_map(neap_buffer *out, const char *key) {
  neap_record_begin(out, NEAP_RECORD_MAP, key, 0);
}

static inline void neap_record_list(neap_buffer *out, const char *key) {
  neap_record_begin(out, NEAP_RECORD_LIST, key, 0);
}

static inline void neap_record_end(neap_buffer *out) {
  unsigned char *place = neap_buffer_reserve(out, 1);
  if (!place) return;
  *place = NEAP_RECORD_END;
  out->size++;
}

#endif
