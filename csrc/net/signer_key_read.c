/* SPDX-License-Identifier: MIT */
/* signer_key_read: every form of a key that the venue and its SDK know. No message tells a part of the text. */
#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/json.h"
#include "net/base64.h"
#include "net/signer_key.h"

enum { SEED = 32, SEED_AND_PUBLIC = 64 };

static neap_status fail_form(neap_fault *fault) {
  ERR_clear_error();
  return neap_fail(fault, NEAP_INVALID, "key_form",
                   "this is no key: PEM (EC PRIVATE KEY, PRIVATE KEY, PUBLIC KEY), base64 of 32 or 64 bytes, or the "
                   "venue's key file in JSON");
}

static void wipe(neap_buffer *buffer) {
  if (buffer->data) OPENSSL_cleanse(buffer->data, buffer->capacity);
  neap_buffer_fini(buffer);
}

static void trim(const char **text, size_t *length) {
  while (*length > 0 && isspace((unsigned char)**text)) (*text)++, (*length)--;
  while (*length > 0 && isspace((unsigned char)(*text)[*length - 1])) (*length)--;
}

/* A file that a Windows editor saved begins with three bytes that nobody sees. */
static void skip_mark(const char **text, size_t *length) {
  static const char mark[] = "\xef\xbb\xbf";
  if (*length < 3 || memcmp(*text, mark, 3) != 0) return;
  *text += 3;
  *length -= 3;
}

static bool has(const char *text, size_t length, const char *word) {
  return memmem(text, length, word, strlen(word)) != NULL;
}

/* Nobody is asked for a pass phrase. */
static int no_phrase(char *out, int size, int writes, void *word) {
  (void)out, (void)size, (void)writes, (void)word;
  return -1;
}

/* A curve's key of which the public half was stored, too: they belong together. */
static bool is_pair(EVP_PKEY *pkey) {
  if (!EVP_PKEY_is_a(pkey, "EC")) return true;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  bool good = context && EVP_PKEY_pairwise_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  if (!good) ERR_clear_error();
  return good;
}

static neap_status take(EVP_PKEY *pkey, bool is_private, neap_signer_key **out, neap_fault *fault) {
  if (!pkey) return fail_form(fault);
  neap_status status = neap_signer_key_wrap(pkey, is_private, out, fault);
  if (status != NEAP_OK || !is_private || is_pair(pkey)) return status;
  neap_signer_key_free(*out);
  *out = NULL;
  return neap_fail(fault, NEAP_INVALID, "key_mismatch", "the key's private and public halves do not belong together");
}

/* Line ends that travelled as the two characters \n, or as \r\n, are line ends. */
static void append_unescaped(neap_buffer *out, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char next = text[i] == '\\' && i + 1 < length ? text[i + 1] : '\0';
    bool is_escape = next == 'n' || next == 'r';
    if (next != 'r') neap_buffer_append(out, is_escape ? "\n" : text + i, 1);
    i += is_escape;
  }
}

static neap_status read_pem(const char *text, size_t length, neap_signer_key **out, neap_fault *fault) {
  neap_buffer pem;
  neap_buffer_init(&pem);
  if (neap_buffer_reserve(&pem, length)) append_unescaped(&pem, text, length); /* never grows: no copy is left */
  bool is_private = has(text, length, "PRIVATE KEY-----"), is_locked = has(text, length, "ENCRYPTED");
  BIO *bio = pem.status == NEAP_OK ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
  EVP_PKEY *pkey = NULL;
  if (bio && is_private) pkey = PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL);
  if (bio && !is_private) pkey = PEM_read_bio_PUBKEY(bio, NULL, no_phrase, NULL);
  bool no_memory = !bio;
  BIO_free(bio);
  wipe(&pem);
  if (no_memory) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a key");
  if (pkey || !is_locked) return take(pkey, is_private, out, fault);
  ERR_clear_error();
  return neap_fail(fault, NEAP_INVALID, "key_locked", "the key has a pass phrase: nobody is asked for one");
}

/* The seed; of 64 bytes the second half is its public key. */
static neap_status read_seed(const unsigned char *bytes, size_t size, neap_signer_key **out, neap_fault *fault) {
  unsigned char public_half[SEED];
  size_t count = sizeof public_half;
  EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, SEED);
  bool same = pkey && EVP_PKEY_get_raw_public_key(pkey, public_half, &count) == 1 &&
              (size == SEED || memcmp(bytes + SEED, public_half, SEED) == 0);
  if (!pkey || same) return take(pkey, true, out, fault);
  EVP_PKEY_free(pkey);
  return neap_fail(fault, NEAP_INVALID, "key_mismatch", "the second 32 bytes are not the public key of the first 32");
}

static neap_status read_base64(const char *text, size_t length, neap_signer_key **out, neap_fault *fault) {
  enum { TEXT_MOST = 88 };
  neap_buffer bytes;
  neap_status status = NEAP_INVALID;
  neap_buffer_init(&bytes);
  if (length <= TEXT_MOST && neap_buffer_reserve(&bytes, TEXT_MOST))
    status = neap_base64_decode(NEAP_BASE64, text, length, &bytes);
  bool fits = status == NEAP_OK && (bytes.size == SEED || bytes.size == SEED_AND_PUBLIC);
  status = fits ? read_seed(bytes.data, bytes.size, out, fault) : fail_form(fault);
  wipe(&bytes);
  return status;
}

static neap_status read_bare(const char *text, size_t length, neap_signer_key **out, neap_fault *fault) {
  trim(&text, &length);
  bool is_pem = has(text, length, "-----BEGIN ");
  return is_pem ? read_pem(text, length, out, fault) : read_base64(text, length, out, fault);
}

static neap_status fail_file(neap_fault *fault, const char *what) {
  return neap_fail(fault, NEAP_INVALID, "key_file", "the key file %s", what);
}

static const neap_json_value *member(const neap_json_value *root, const char *name) {
  const neap_json_value *value = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, name) : NULL;
  return value && value->kind == NEAP_JSON_STRING ? value : NULL;
}

/* Without the spaces and line ends around it that copying leaves. */
static bool take_name(const neap_json_value *value, char out[NEAP_KEY_NAME_SIZE]) {
  const char *text = value->text;
  size_t length = value->length;
  trim(&text, &length);
  if (length >= NEAP_KEY_NAME_SIZE) return false;
  memset(out, 0, NEAP_KEY_NAME_SIZE);
  memcpy(out, text, length);
  return strlen(out) == length && neap_signer_is_line(out, NEAP_KEY_NAME_SIZE - 1);
}

static neap_status read_members(const neap_json_value *root, neap_signer_key **out, neap_fault *fault) {
  const neap_json_value *secret = member(root, "privateKey"), *name = member(root, "name");
  char line[NEAP_KEY_NAME_SIZE];
  if (!name) name = member(root, "id");
  if (!secret) return fail_file(fault, "has no text privateKey");
  if (!name) return fail_file(fault, "has neither a text name nor a text id");
  if (!take_name(name, line)) return fail_file(fault, "has a name that is not one line of 1 to 255 bytes");
  neap_status status = read_bare(secret->text, secret->length, out, fault);
  if (status == NEAP_OK) memcpy((*out)->name, line, sizeof line);
  return status;
}

/* What was parsed is a copy of the secret, too. */
static void wipe_texts(const neap_json_value *value) {
  if (value->kind == NEAP_JSON_STRING) OPENSSL_cleanse((char *)(uintptr_t)value->text, value->length);
  for (const neap_json_value *child = value->first; child; child = child->next) wipe_texts(child);
}

static neap_status read_file(const char *text, size_t length, neap_signer_key **out, neap_fault *fault) {
  neap_json *json;
  neap_status status = neap_json_parse(text, length, &json, NULL);
  if (status == NEAP_MEMORY) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a key file");
  if (status != NEAP_OK) return fail_file(fault, "is not JSON");
  status = read_members(neap_json_root(json), out, fault);
  wipe_texts(neap_json_root(json));
  neap_json_free(json);
  return status;
}

neap_status neap_signer_key_read(const char *text, size_t length, neap_signer_key **out, neap_fault *fault) {
  *out = NULL;
  skip_mark(&text, &length);
  trim(&text, &length);
  if (length == 0) return neap_fail(fault, NEAP_INVALID, "key_form", "there is nothing where a key is due");
  if (length > NEAP_KEY_TEXT_MOST) return fail_form(fault);
  return *text == '{' ? read_file(text, length, out, fault) : read_bare(text, length, out, fault);
}
