// SPDX-License-Identifier: MIT
// json_frames: simdjson's on-demand parser behind a C interface.
extern "C" {
#include "net/json_frames.h"
}

#include <simdjson.h>
#include <string.h>

#include <new>

using namespace simdjson;

namespace {

struct level {
  ondemand::object object;
  ondemand::array_iterator items; // of the array that was entered
  bool is_first;                  // nothing of it was read yet
};

} // namespace

struct neap_json_frames {
  ondemand::parser parser;
  ondemand::document document;
  level levels[NEAP_JSON_FRAMES_DEPTH];
  unsigned depth; // of the object at hand
};

static_assert(size_t{NEAP_JSON_FRAMES_PADDING} >= SIMDJSON_PADDING, "what the parser may read behind a text");

namespace {

neap_status refuse(error_code error, neap_fault *fault) {
  if (error == MEMALLOC) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory to parse a frame");
  return neap_fail(fault, NEAP_INVALID, "bad_frame", "a frame that is no JSON as expected: %s", error_message(error));
}

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// A token reaches to where the next one begins.
inline size_t trimmed(std::string_view token) {
  size_t length = token.size();
  while (length > 0 && is_space(token[length - 1])) length--;
  return length;
}

inline neap_json_span span_of(std::string_view token) {
  const size_t length = trimmed(token);
  if (length > 1 && token[0] == '"') return {token.data() + 1, length - 2};
  const bool is_plain = length > 0 && token[0] != '"' && token[0] != 'n' && token[0] != '{' && token[0] != '[';
  return is_plain ? neap_json_span{token.data(), length} : neap_json_span{nullptr, 0};
}

template <typename word> word load(const char *at) {
  word loaded;
  memcpy(&loaded, at, sizeof loaded);
  return loaded;
}

// memcmp for names of a few letters, which a call costs more than the comparison.
inline bool is_same(const char *a, const char *b, size_t length) {
  if (length > 16) return memcmp(a, b, length) == 0;
  if (length >= 8)
    return load<uint64_t>(a) == load<uint64_t>(b) && load<uint64_t>(a + length - 8) == load<uint64_t>(b + length - 8);
  if (length >= 4)
    return load<uint32_t>(a) == load<uint32_t>(b) && load<uint32_t>(a + length - 4) == load<uint32_t>(b + length - 4);
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i]) return false;
  return true;
}

inline bool is_named(const char *key, const neap_json_name &name) {
  return key[name.length] == '"' && is_same(key, name.text, name.length);
}

__attribute__((noinline)) size_t search(const char *key, const neap_json_name *names, size_t count) {
  size_t i = 0;
  while (i < count && !is_named(key, names[i])) i++;
  return i;
}

// Members mostly come in the order of their names.
inline size_t place_of(const char *key, const neap_json_name *names, size_t count, size_t next) {
  return next < count && is_named(key, names[next]) ? next : search(key, names, count);
}

inline error_code read_members(ondemand::object &object, const neap_json_name *names, size_t count, size_t enough,
                               neap_json_span *out) {
  if (count > NEAP_JSON_FRAMES_NAMES) return CAPACITY;
  for (size_t i = 0; i < count; i++) out[i] = {nullptr, 0};
  uint32_t seen = 0;
  size_t missing = enough, next = 0;
  for (auto found : object) {
    ondemand::field field;
    SIMDJSON_TRY(std::move(found).get(field));
    const size_t i = place_of(field.key().raw(), names, count, next);
    if (i == count || seen >> i & 1) continue;
    seen |= uint32_t{1} << i;
    next = i + 1;
    out[i] = span_of(field.value().raw_json_token());
    if (i < enough && --missing == 0) break;
  }
  return SUCCESS;
}

// Up to its quote, which is known to be there.
size_t length_of(const char *string) {
  size_t length = 0;
  while (string[length] != '"') length += string[length] == '\\' ? 2 : 1;
  return length;
}

error_code tell_items(neap_json_span key, ondemand::array array, neap_json_frames_item *item, void *context) {
  for (auto found : array) {
    ondemand::value value;
    SIMDJSON_TRY(std::move(found).get(value));
    const neap_json_span span = span_of(value.raw_json_token());
    if (span.text) item(context, key, span);
  }
  return SUCCESS;
}

error_code tell_lists(ondemand::object object, neap_json_frames_item *item, void *context) {
  for (auto found : object) {
    ondemand::field field;
    SIMDJSON_TRY(std::move(found).get(field));
    const char *key = field.key().raw();
    ondemand::array array;
    const error_code error = field.value().get_array().get(array);
    if (error == INCORRECT_TYPE) continue;
    SIMDJSON_TRY(error);
    SIMDJSON_TRY(tell_items({key, length_of(key)}, array, item, context));
  }
  return SUCCESS;
}

} // namespace

neap_json_frames *neap_json_frames_new(void) { return new (std::nothrow) neap_json_frames(); }

void neap_json_frames_free(neap_json_frames *frames) { delete frames; }

neap_status neap_json_frames_begin(neap_json_frames *f, const char *text, size_t length, neap_fault *fault) {
  f->depth = 0;
  error_code error = f->parser.iterate(text, length, length + SIMDJSON_PADDING).get(f->document);
  if (!error) error = f->document.get_object().get(f->levels[0].object);
  return error ? refuse(error, fault) : NEAP_OK;
}

neap_status neap_json_frames_members(neap_json_frames *f, const neap_json_name *names, size_t count, size_t enough,
                                     neap_json_span *out, neap_fault *fault) {
  const error_code error = read_members(f->levels[f->depth].object, names, count, enough, out);
  return error ? refuse(error, fault) : NEAP_OK;
}

neap_status neap_json_frames_enter(neap_json_frames *f, const char *name, neap_fault *fault) {
  if (f->depth + 1 == NEAP_JSON_FRAMES_DEPTH) return refuse(DEPTH_ERROR, fault);
  ondemand::array array;
  error_code error = f->levels[f->depth].object.find_field_unordered(name).get_array().get(array);
  if (error == NO_SUCH_FIELD || error == INCORRECT_TYPE) return NEAP_NOT_FOUND;
  level &below = f->levels[f->depth + 1];
  if (!error) error = array.begin().get(below.items);
  if (error) return refuse(error, fault);
  below.is_first = true;
  f->depth++;
  return NEAP_OK;
}

neap_status neap_json_frames_next(neap_json_frames *f, neap_fault *fault) {
  level &at = f->levels[f->depth];
  error_code error;
  do {
    if (!at.is_first) ++at.items;
    at.is_first = false;
    if (at.items == ondemand::array_iterator{}) return f->depth--, NEAP_END; // equal to any once it has ended
    ondemand::value value;
    error = (*at.items).get(value);
    if (!error) error = value.get_object().get(at.object);
  } while (error == INCORRECT_TYPE);
  return error ? refuse(error, fault) : NEAP_OK;
}

void neap_json_frames_leave(neap_json_frames *f) { f->depth--; }

neap_status neap_json_frames_row(neap_json_frames *f, const neap_json_name *names, size_t count, neap_json_span *out,
                                 neap_fault *fault) {
  const neap_status status = neap_json_frames_next(f, fault);
  return status == NEAP_OK ? neap_json_frames_members(f, names, count, count, out, fault) : status;
}

neap_status neap_json_frames_lists(neap_json_frames *f, const char *name, neap_json_frames_item *item, void *context,
                                   neap_fault *fault) {
  ondemand::object object;
  error_code error = f->levels[f->depth].object.find_field_unordered(name).get_object().get(object);
  if (error == NO_SUCH_FIELD || error == INCORRECT_TYPE) return NEAP_NOT_FOUND;
  if (!error) error = tell_lists(object, item, context);
  return error ? refuse(error, fault) : NEAP_OK;
}

// Only a string's span has a quote before it; the parser unescapes up to the one behind it.
neap_status neap_json_frames_text(neap_json_frames *f, neap_json_span span, char *out, size_t size) {
  out[0] = '\0';
  if (span.length >= size || span.length > NEAP_JSON_FRAMES_TEXT) return NEAP_RANGE;
  uint8_t room[NEAP_JSON_FRAMES_TEXT + SIMDJSON_PADDING], *end = room;
  std::string_view text{span.text, span.length};
  if (span.length > 0 && memchr(span.text, '\\', span.length)) {
    if (span.text[-1] != '"' || span.text[span.length] != '"') return NEAP_INVALID;
    const ondemand::raw_json_string raw{reinterpret_cast<const uint8_t *>(span.text)};
    if (f->parser.unescape(raw, end).get(text)) return NEAP_INVALID;
    if (text.find('\0') != std::string_view::npos) return NEAP_INVALID;
  }
  out[text.copy(out, size - 1)] = '\0';
  return NEAP_OK;
}
