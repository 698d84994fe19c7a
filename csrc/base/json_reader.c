/* SPDX-License-Identifier: MIT */
/* json_reader: JSON text (RFC 8259) to a tree. Numbers stay text; what is doubtful is refused with its place. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

enum { BLOCK_VALUES = 64 };

typedef struct block {
  struct block *next;
  neap_json_value values[BLOCK_VALUES];
} block;

struct neap_json {
  block *blocks;
  size_t used; /* values of the newest block */
  char *strings;
  const neap_json_value *root;
};

typedef struct reader {
  const char *text, *at, *end;
  char *free_text; /* unescaped text goes here: never longer than its source */
  unsigned line, depth;
  neap_json *json;
  neap_fault *fault;
} reader;

static neap_status refuse_as(reader *r, const char *place, const char *code, const char *what) {
  unsigned column = 1;
  neap_status status = neap_fail(r->fault, NEAP_INVALID, code, "%s", what);
  for (const char *at = place; at > r->text && at[-1] != '\n'; at--) column += (at[-1] & 0xc0) != 0x80;
  neap_fault_set_where(r->fault, "line %u, column %u", r->line, column);
  return status;
}

static neap_status refuse(reader *r, const char *what) { return refuse_as(r, r->at, "bad_json", what); }

static void skip_space(reader *r) {
  for (; r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'); r->at++)
    r->line += *r->at == '\n';
}

static bool at_char(const reader *r, char c) { return r->at < r->end && *r->at == c; }

static bool take_char(reader *r, char c) {
  bool found = at_char(r, c);
  r->at += found;
  return found;
}

static neap_json_value *new_value(reader *r) {
  neap_json *json = r->json;
  if (!json->blocks || json->used == BLOCK_VALUES) {
    block *fresh = malloc(sizeof *fresh);
    if (!fresh) return NULL;
    fresh->next = json->blocks;
    json->blocks = fresh;
    json->used = 0;
  }
  neap_json_value *value = &json->blocks->values[json->used++];
  *value = (neap_json_value){.line = r->line};
  return value;
}

static bool read_hex(reader *r, unsigned *code) {
  *code = 0;
  for (int i = 0; i < 4; i++, r->at++) {
    static const char digits[] = "0123456789abcdef";
    const char *found = r->at < r->end && *r->at ? strchr(digits, *r->at | 0x20) : NULL;
    if (!found || *r->at < '0') return false;
    *code = *code << 4 | (unsigned)(found - digits);
  }
  return true;
}

static void put_utf8(reader *r, unsigned code) {
  unsigned length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
  for (unsigned i = length - 1; i > 0; i--, code >>= 6) r->free_text[i] = (char)(0x80 | (code & 0x3f));
  r->free_text[0] = (char)(lead[length] | code);
  r->free_text += length;
}

/* After "\u". */
static bool read_unicode(reader *r) {
  unsigned code, low;
  if (!read_hex(r, &code) || (code >= 0xdc00 && code < 0xe000)) return false;
  if (code >= 0xd800 && code < 0xdc00) {
    if (!take_char(r, '\\') || !take_char(r, 'u') || !read_hex(r, &low) || low < 0xdc00 || low > 0xdfff) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  put_utf8(r, code);
  return true;
}

/* After the backslash. */
static bool read_escape(reader *r) {
  static const char letters[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
  if (take_char(r, 'u')) return read_unicode(r);
  const char *found = r->at < r->end && *r->at ? strchr(letters, *r->at) : NULL;
  if (!found) return false;
  *r->free_text++ = plain[found - letters];
  r->at++;
  return true;
}

static neap_status read_character(reader *r) {
  if ((unsigned char)*r->at < ' ') return refuse(r, "a control character inside a string: write it as \\n or \\u00XX");
  if (take_char(r, '\\')) return read_escape(r) ? NEAP_OK : refuse(r, "a bad escape in a string");
  size_t length = neap_utf8_length((const unsigned char *)r->at, (const unsigned char *)r->end);
  if (length == 0) return refuse(r, "bytes that are not UTF-8");
  memcpy(r->free_text, r->at, length);
  r->free_text += length;
  r->at += length;
  return NEAP_OK;
}

/* At the opening quote. */
static neap_status read_string(reader *r, const char **text, size_t *length) {
  const char *opening = r->at++;
  char *first = r->free_text;
  while (r->at < r->end && *r->at != '"') {
    neap_status status = read_character(r);
    if (status != NEAP_OK) return status;
  }
  if (!take_char(r, '"')) return refuse_as(r, opening, "bad_json", "a string that does not end");
  *text = first;
  *length = (size_t)(r->free_text - first);
  *r->free_text++ = '\0';
  return NEAP_OK;
}

static bool take_digits(reader *r) {
  const char *first = r->at;
  while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
  return r->at > first;
}

static bool take_number(reader *r) {
  take_char(r, '-');
  if (!take_char(r, '0') && !take_digits(r)) return false;
  if (take_char(r, '.') && !take_digits(r)) return false;
  if (!at_char(r, 'e') && !at_char(r, 'E')) return true;
  r->at++;
  if (!take_char(r, '+')) take_char(r, '-');
  return take_digits(r);
}

static neap_status read_number(reader *r, neap_json_value *value) {
  const char *first = r->at;
  if (!take_number(r)) return refuse(r, "not a number such as -12.5");
  if (r->at < r->end && strchr("0123456789.+-eE", *r->at) && *r->at) return refuse(r, "not a number such as -12.5");
  value->kind = NEAP_JSON_NUMBER;
  value->length = (size_t)(r->at - first);
  value->text = memcpy(r->free_text, first, value->length);
  r->free_text += value->length;
  *r->free_text++ = '\0';
  return NEAP_OK;
}

static bool take_word(reader *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return false;
  r->at += length;
  return true;
}

static neap_status read_value(reader *r, neap_json_value *value);

static neap_status read_key(reader *r, const char **key) {
  size_t length = 0;
  if (!at_char(r, '"')) return refuse(r, "a member's name in quotes is missing");
  const char *place = r->at;
  neap_status status = read_string(r, key, &length);
  if (status != NEAP_OK) return status;
  if (strlen(*key) != length) return refuse_as(r, place, "bad_json", "a zero byte in a member's name");
  skip_space(r);
  if (!take_char(r, ':')) return refuse(r, "':' is missing after a member's name");
  skip_space(r);
  return NEAP_OK;
}

static int compare_members(const void *a, const void *b) {
  const neap_json_value *left = *(const neap_json_value *const *)a, *right = *(const neap_json_value *const *)b;
  int order = strcmp(left->key, right->key);
  return order ? order : (left->line > right->line) - (left->line < right->line);
}

static neap_status find_duplicate(reader *r, const neap_json_value **members, size_t count) {
  qsort(members, count, sizeof *members, compare_members);
  for (size_t i = 1; i < count; i++)
    if (strcmp(members[i - 1]->key, members[i]->key) == 0) {
      neap_fail(r->fault, NEAP_INVALID, "duplicate_key", "the member '%s' stands twice", members[i]->key);
      neap_fault_set_where(r->fault, "line %u", members[i]->line);
      return NEAP_INVALID;
    }
  return NEAP_OK;
}

static neap_status refuse_duplicates(reader *r, const neap_json_value *object) {
  if (object->count < 2) return NEAP_OK;
  const neap_json_value **members = malloc(object->count * sizeof *members);
  if (!members) return neap_fail(r->fault, NEAP_MEMORY, "no_memory", "no memory for JSON");
  size_t count = 0;
  for (const neap_json_value *member = object->first; member; member = member->next) members[count++] = member;
  neap_status status = find_duplicate(r, members, count);
  free(members);
  return status;
}

static neap_status read_child(reader *r, neap_json_value *parent, neap_json_value **last) {
  const char *key = NULL;
  neap_status status = parent->kind == NEAP_JSON_OBJECT ? read_key(r, &key) : NEAP_OK;
  if (status != NEAP_OK) return status;
  neap_json_value *child = new_value(r);
  if (!child) return neap_fail(r->fault, NEAP_MEMORY, "no_memory", "no memory for JSON");
  child->key = key;
  if (*last)
    (*last)->next = child;
  else
    parent->first = child;
  *last = child;
  parent->count++;
  return read_value(r, child);
}

/* After the opening bracket. */
static neap_status read_children(reader *r, neap_json_value *parent, char closing) {
  neap_json_value *last = NULL;
  skip_space(r);
  if (take_char(r, closing)) return NEAP_OK;
  for (;;) {
    neap_status status = read_child(r, parent, &last);
    if (status != NEAP_OK) return status;
    skip_space(r);
    if (take_char(r, closing)) return NEAP_OK;
    if (!take_char(r, ',')) return refuse(r, closing == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
    skip_space(r);
    if (at_char(r, closing)) return refuse(r, "a ',' with nothing after it");
  }
}

static neap_status read_container(reader *r, neap_json_value *value) {
  bool object = *r->at == '{';
  value->kind = object ? NEAP_JSON_OBJECT : NEAP_JSON_ARRAY;
  if (r->depth == NEAP_JSON_DEPTH) return refuse_as(r, r->at, "too_deep", "nested deeper than 64 levels");
  r->at++;
  r->depth++;
  neap_status status = read_children(r, value, object ? '}' : ']');
  r->depth--;
  return status == NEAP_OK && object ? refuse_duplicates(r, value) : status;
}

static neap_status read_value(reader *r, neap_json_value *value) {
  if (at_char(r, '{') || at_char(r, '[')) return read_container(r, value);
  if (at_char(r, '"')) {
    value->kind = NEAP_JSON_STRING;
    return read_string(r, &value->text, &value->length);
  }
  if (take_word(r, "null")) return NEAP_OK;
  value->kind = NEAP_JSON_BOOL;
  value->boolean = take_word(r, "true");
  if (value->boolean || take_word(r, "false")) return NEAP_OK;
  if (at_char(r, '-') || (r->at < r->end && *r->at >= '0' && *r->at <= '9')) return read_number(r, value);
  return refuse(r, r->at == r->end ? "the text ends too early" : "not a JSON value");
}

static neap_status read_document(reader *r) {
  take_word(r, "\xef\xbb\xbf");
  skip_space(r);
  neap_json_value *root = new_value(r);
  if (!root) return neap_fail(r->fault, NEAP_MEMORY, "no_memory", "no memory for JSON");
  r->json->root = root;
  neap_status status = read_value(r, root);
  if (status != NEAP_OK) return status;
  skip_space(r);
  return r->at == r->end ? NEAP_OK : refuse(r, "text after the end of the value");
}

neap_status neap_json_parse(const char *text, size_t length, neap_json **out, neap_fault *fault) {
  neap_json *json = calloc(1, sizeof *json);
  char *strings = json && length < SIZE_MAX ? malloc(length + 1) : NULL;
  if (!strings) {
    free(json);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for JSON of %zu bytes", length);
  }
  json->strings = strings;
  reader r = {text, text, text + length, strings, 1, 0, json, fault};
  neap_status status = read_document(&r);
  if (status == NEAP_OK)
    *out = json;
  else
    neap_json_free(json);
  return status;
}

void neap_json_free(neap_json *json) {
  if (!json) return;
  for (block *at = json->blocks, *next; at; at = next) {
    next = at->next;
    free(at);
  }
  free(json->strings);
  free(json);
}

const neap_json_value *neap_json_root(const neap_json *json) { return json->root; }

const neap_json_value *neap_json_get(const neap_json_value *object, const char *key) {
  if (!object || object->kind != NEAP_JSON_OBJECT) return NULL;
  for (const neap_json_value *member = object->first; member; member = member->next)
    if (strcmp(member->key, key) == 0) return member;
  return NULL;
}
