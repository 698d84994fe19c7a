/* SPDX-License-Identifier: MIT */
/* signer_key_file: the venue's key files, read and written. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "net/base64.h"
#include "net/signer_key.h"

enum { SEED = 32 };

static neap_status fail_path(neap_fault *fault, neap_status status, const char *code, const char *what,
                             const char *path) {
  neap_fail(fault, status, code, "%s", what);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

static neap_status fail_read(neap_fault *fault, const char *path, int code) {
  bool absent = code == ENOENT;
  char what[128];
  snprintf(what, sizeof what, "the key file cannot be read: %s", strerror(code));
  return fail_path(fault, absent ? NEAP_NOT_FOUND : NEAP_IO, absent ? "not_found" : "cannot_read", what, path);
}

/* The bytes of the file, one more than `most` where it has more; −1 with errno. */
static ssize_t read_whole(const char *path, char *out, size_t most) {
  size_t size = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is not waited for */
  if (fd < 0) return -1;
  while (size <= most) {
    ssize_t count = read(fd, out + size, most + 1 - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      int code = errno;
      close(fd);
      errno = code;
      return count < 0 ? -1 : (ssize_t)size;
    }
    size += (size_t)count;
  }
  close(fd);
  return (ssize_t)size;
}

neap_status neap_signer_key_open(const char *path, neap_signer_key **out, neap_fault *fault) {
  char text[NEAP_KEY_TEXT_MOST + 1];
  ssize_t size = read_whole(path, text, NEAP_KEY_TEXT_MOST);
  *out = NULL;
  if (size < 0) return fail_read(fault, path, errno);
  if (size > NEAP_KEY_TEXT_MOST) {
    OPENSSL_cleanse(text, sizeof text);
    return fail_path(fault, NEAP_INVALID, "key_file", "this is too long to be a key file", path);
  }
  neap_status status = neap_signer_key_read(text, (size_t)size, out, fault);
  OPENSSL_cleanse(text, sizeof text);
  if (status != NEAP_OK) neap_fault_set_where(fault, "%s", path);
  return status;
}

static void append_pem(neap_json_writer *writer, EVP_PKEY *pkey) {
  char *text;
  BIO *bio = BIO_new(BIO_s_mem()); /* cleared when it is freed */
  if (bio && PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
    long size = BIO_get_mem_data(bio, &text);
    neap_json_text(writer, "privateKey", text, (size_t)size);
  } else {
    writer->out->status = NEAP_MEMORY;
  }
  BIO_free(bio);
}

static void append_seed(neap_json_writer *writer, EVP_PKEY *pkey) {
  unsigned char bytes[2 * SEED];
  size_t seed = SEED, half = SEED;
  neap_buffer text;
  neap_buffer_init(&text);
  if (neap_buffer_reserve(&text, 2 * sizeof bytes) && EVP_PKEY_get_raw_private_key(pkey, bytes, &seed) == 1 &&
      EVP_PKEY_get_raw_public_key(pkey, bytes + SEED, &half) == 1) {
    neap_base64_encode(NEAP_BASE64, bytes, sizeof bytes, &text);
    neap_json_text(writer, "privateKey", (const char *)text.data, text.size);
  } else {
    writer->out->status = NEAP_MEMORY;
  }
  OPENSSL_cleanse(bytes, sizeof bytes);
  if (text.data) OPENSSL_cleanse(text.data, text.capacity);
  neap_buffer_fini(&text);
}

/* `out` has room for all of it: it never grows, so no copy of the key is left behind. */
static void append_file(const neap_signer_key *key, const char *name, neap_buffer *out) {
  neap_json_writer writer;
  neap_json_begin(&writer, out);
  writer.indent = 2;
  neap_json_object(&writer, NULL);
  neap_json_string(&writer, key->kind == NEAP_KEY_P256 ? "name" : "id", name);
  if (key->kind == NEAP_KEY_P256)
    append_pem(&writer, key->pkey);
  else
    append_seed(&writer, key->pkey);
  neap_json_end_object(&writer);
  neap_buffer_append(out, "\n", 1);
  ERR_clear_error();
}

/* 0 or an errno; a file that is not whole is not left. */
static int write_new(const char *path, const unsigned char *data, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), code = 0;
  if (fd < 0) return errno;
  while (size > 0 && code == 0) {
    ssize_t count = write(fd, data, size);
    if (count < 0 && errno != EINTR) code = errno;
    if (count > 0) data += count, size -= (size_t)count;
  }
  if (code == 0 && fsync(fd) != 0) code = errno;
  if (close(fd) != 0 && code == 0) code = errno;
  if (code != 0) unlink(path);
  return code;
}

neap_status neap_signer_key_text(const neap_signer_key *key, const char *name, neap_buffer *out, neap_fault *fault) {
  enum { ROOM = 4096 };
  if (!key->is_private) return neap_fail(fault, NEAP_INVALID, "key_public", "a public key makes no key file");
  if (!neap_signer_is_line(name, NEAP_KEY_NAME_SIZE - 1))
    return neap_fail(fault, NEAP_INVALID, "key_name", "a key's name is text of 1 to 255 bytes");
  if (neap_buffer_reserve(out, ROOM)) append_file(key, name, out);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a key file");
}

neap_status neap_signer_key_write(const neap_signer_key *key, const char *name, const char *path, neap_fault *fault) {
  neap_buffer text;
  neap_buffer_init(&text);
  neap_status status = neap_signer_key_text(key, name, &text, fault);
  int code = status == NEAP_OK ? write_new(path, text.data, text.size) : 0;
  if (text.data) OPENSSL_cleanse(text.data, text.capacity);
  neap_buffer_fini(&text);
  if (status != NEAP_OK) return status;
  if (code == EEXIST) return fail_path(fault, NEAP_EXISTS, "exists", "there is a file: no key is written over", path);
  return code == 0 ? NEAP_OK : fail_path(fault, NEAP_IO, "cannot_write", strerror(code), path);
}
