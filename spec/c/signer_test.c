/* SPDX-License-Identifier: MIT */
/* signer: keys in every form, what is none, key files, tokens, legacy signatures; no message tells of a key. */
#include "net/signer.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/base64.h"
#include "net/signer_key.h"
#include "net/verifier.h"
#include "support.h"

enum { ROOM = 8192 };

typedef enum form { SEC1, PKCS8, SPKI, LOCKED } form;

/* The PEM of a key, which is freed. */
static char *pem_of(EVP_PKEY *pkey, form how) {
  char *text, *copy = calloc(1, ROOM);
  unsigned char phrase[] = "phrase";
  BIO *bio = BIO_new(BIO_s_mem());
  assert_non_null(pkey);
  if (how == SEC1) assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
  if (how == PKCS8) assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
  if (how == SPKI) assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
  if (how == LOCKED) assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, EVP_aes_128_cbc(), phrase, 6, NULL, NULL), 1);
  long size = BIO_get_mem_data(bio, &text);
  memcpy(copy, text, (size_t)size);
  BIO_free(bio);
  EVP_PKEY_free(pkey);
  return copy;
}

static EVP_PKEY *curve(const char *name) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", name); }
static EVP_PKEY *ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

static neap_signer_key *must_read(const char *text) {
  neap_signer_key *key;
  neap_fault fault = {0};
  if (neap_signer_key_read(text, strlen(text), &key, &fault) != NEAP_OK) fail_msg("%s: %s", fault.code, fault.message);
  return key;
}

static void assert_key(const char *text, neap_key_kind kind, bool is_private) {
  neap_signer_key *key = must_read(text);
  assert_int_equal(neap_signer_key_kind(key), kind);
  assert_int_equal(neap_signer_key_is_private(key), is_private);
  assert_string_equal(neap_signer_key_name(key), "");
  neap_signer_key_free(key);
}

/* The text is refused with that code, and no message has ten characters of it in a row, but for words of our own. */
static void assert_no_key(const char *text, const char *code) {
  neap_signer_key *key = (neap_signer_key *)1;
  neap_fault fault;
  assert_int_equal(neap_signer_key_read(text, strlen(text), &key, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, code);
  assert_null(key);
  const char *body = strstr(text, "-----\n");
  for (size_t i = 6; body && i + 10 < strlen(body); i++) {
    char piece[11] = "";
    memcpy(piece, body + i, 10);
    if (strchr(piece, '-') || strchr(piece, ' ')) continue;
    assert_null(strstr(fault.message, piece));
  }
}

/* Puts `line_end` in the place of line ends. */
static char *with_ends(const char *text, const char *line_end) {
  char *copy = calloc(1, ROOM), *out = copy;
  for (; *text; text++) out += *text == '\n' ? sprintf(out, "%s", line_end) : sprintf(out, "%c", *text);
  return copy;
}

static char *escaped(const char *text) { return with_ends(text, "\\n"); }

static void every_form_of_pem_is_read(void **state) {
  (void)state;
  const form forms[] = {SEC1, PKCS8, SPKI};
  for (int kind = NEAP_KEY_P256; kind <= NEAP_KEY_ED25519; kind++)
    for (int i = kind == NEAP_KEY_P256 ? 0 : 1; i < 3; i++) {
      char *text = pem_of(kind == NEAP_KEY_P256 ? curve("P-256") : ed25519(), forms[i]), *one_line = escaped(text);
      char *spaced = calloc(1, ROOM), *windows = with_ends(text, "\r\n"), *both = with_ends(text, "\\r\\n");
      snprintf(spaced, ROOM, "\xef\xbb\xbf \r\n%s\n\n ", text);
      assert_key(text, (neap_key_kind)kind, forms[i] != SPKI);
      assert_key(windows, (neap_key_kind)kind, forms[i] != SPKI);
      assert_key(both, (neap_key_kind)kind, forms[i] != SPKI);
      assert_key(one_line, (neap_key_kind)kind, forms[i] != SPKI);
      assert_key(spaced, (neap_key_kind)kind, forms[i] != SPKI);
      free(text);
      free(one_line);
      free(spaced);
      free(windows);
      free(both);
    }
}

/* What openssl ecparam -genkey writes has the parameters first. */
static void parameters_before_a_key_are_passed_over(void **state) {
  (void)state;
  char *text = pem_of(curve("P-256"), SEC1), *both = calloc(1, ROOM);
  snprintf(both, ROOM, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n%s", text);
  assert_key(both, NEAP_KEY_P256, true);
  free(both);
  free(text);
}

static void seed_text(const unsigned char *bytes, size_t size, char out[128]) {
  neap_buffer text;
  neap_buffer_init(&text);
  neap_base64_encode(NEAP_BASE64, bytes, size, &text);
  snprintf(out, 128, "%.*s", (int)text.size, (char *)text.data);
  neap_buffer_fini(&text);
}

static void seeds_are_read_with_and_without_their_public_half(void **state) {
  (void)state;
  unsigned char bytes[65] = {0};
  size_t size = 32;
  char text[128], spaced[160];
  EVP_PKEY *pkey = ed25519();
  EVP_PKEY_get_raw_private_key(pkey, bytes, &size);
  EVP_PKEY_get_raw_public_key(pkey, bytes + 32, &size);
  EVP_PKEY_free(pkey);
  seed_text(bytes, 32, text);
  assert_key(text, NEAP_KEY_ED25519, true);
  seed_text(bytes, 64, text);
  assert_key(text, NEAP_KEY_ED25519, true);
  snprintf(spaced, sizeof spaced, "\t%s\r\n", text);
  assert_key(spaced, NEAP_KEY_ED25519, true);
  bytes[40] ^= 1;
  seed_text(bytes, 64, text);
  assert_no_key(text, "key_mismatch");
  const size_t lengths[] = {0, 1, 31, 33, 63, 65};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    seed_text(bytes, lengths[i], text);
    assert_no_key(text, "key_form");
  }
}

static void what_is_no_key_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      " \n",
                                      "-----BEGIN ",
                                      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                      "-----BEGIN EC PRIVATE KEY-----\n",
                                      "hello",
                                      "[]",
                                      "\"x\""};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_no_key(texts[i], "key_form");
  char *huge = malloc(NEAP_KEY_TEXT_MOST + 2);
  memset(huge, 'A', NEAP_KEY_TEXT_MOST + 1);
  huge[NEAP_KEY_TEXT_MOST + 1] = '\0';
  assert_no_key(huge, "key_form");
  free(huge);
}

static void keys_of_another_kind_are_refused(void **state) {
  (void)state;
  EVP_PKEY *others[] = {curve("P-384"), curve("secp256k1"), EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024)};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char *text = pem_of(others[i], i % 2 ? PKCS8 : SPKI);
    assert_no_key(text, "key_kind");
    free(text);
  }
}

static void nobody_is_asked_for_a_pass_phrase(void **state) {
  (void)state;
  char *text = pem_of(curve("P-256"), LOCKED);
  assert_no_key(text, "key_locked");
  free(text);
}

/* The private number of one pair with the public point of another. */
static void halves_of_two_keys_are_refused(void **state) {
  (void)state;
  EVP_PKEY *first = curve("P-256"), *second = curve("P-256");
  unsigned char *a = NULL, *b = NULL;
  int size = i2d_PrivateKey(first, &a);
  assert_int_equal(i2d_PrivateKey(second, &b), size);
  memcpy(a + 7, b + 7, 32); /* SEQUENCE, version 1, OCTET STRING of 32 bytes */
  neap_buffer text;
  neap_buffer_init(&text);
  neap_buffer_append_text(&text, "-----BEGIN EC PRIVATE KEY-----\n");
  neap_base64_encode(NEAP_BASE64, a, (size_t)size, &text);
  neap_buffer_append(&text, "\n-----END EC PRIVATE KEY-----\n", 31);
  assert_no_key((char *)text.data, "key_mismatch");
  neap_buffer_fini(&text);
  OPENSSL_free(a);
  OPENSSL_free(b);
  EVP_PKEY_free(first);
  EVP_PKEY_free(second);
}

static void key_files_in_json_are_read(void **state) {
  (void)state;
  char *pem = pem_of(curve("P-256"), SEC1), *line = escaped(pem), *text = calloc(1, ROOM);
  snprintf(text, ROOM, "\n{\"name\":\"organizations/o/apiKeys/k\",\"x\":[1],\"privateKey\":\"%s\"}\n", line);
  neap_signer_key *key = must_read(text);
  assert_string_equal(neap_signer_key_name(key), "organizations/o/apiKeys/k");
  neap_signer_key_free(key);
  snprintf(text, ROOM, "\xef\xbb\xbf{\"name\":\" k\\r\\n\",\r\n\"privateKey\":\"%s\"}", line);
  key = must_read(text);
  assert_string_equal(neap_signer_key_name(key), "k");
  neap_signer_key_free(key);
  static const char *const bad[] = {"{\"name\":\"k\"}",
                                    "{\"privateKey\":\"%s\"}",
                                    "{\"name\":\"\",\"privateKey\":\"%s\"}",
                                    "{\"name\":7,\"privateKey\":\"%s\"}",
                                    "{\"name\":\"a\\u0000b\",\"privateKey\":\"%s\"}",
                                    "{\"name\":\"a\\nb\",\"privateKey\":\"%s\"}",
                                    "{\"name\":\"k\",\"privateKey\":[\"%s\"]}",
                                    "{\"name\":\"k\",\"privateKey\":\"%s\"",
                                    "{\"name\":\"k\",\"name\":\"k\",\"privateKey\":\"%s\"}"};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    snprintf(text, ROOM, bad[i], line);
    assert_no_key(text, "key_file");
  }
#pragma GCC diagnostic pop
  snprintf(text, ROOM, "{\"name\":\"k\",\"privateKey\":\"hello\"}");
  assert_no_key(text, "key_form");
  free(text);
  free(line);
  free(pem);
}

static void assert_same_public(const neap_signer_key *a, const neap_signer_key *b) {
  neap_buffer x, y;
  neap_buffer_init(&x);
  neap_buffer_init(&y);
  assert_int_equal(neap_signer_key_public(a, &x, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_public(b, &y, NULL), NEAP_OK);
  assert_int_equal(x.size, y.size);
  assert_memory_equal(x.data, y.data, x.size);
  neap_buffer_fini(&x);
  neap_buffer_fini(&y);
}

static void key_files_are_for_their_owner_alone(void **state) {
  (void)state;
  char directory[] = "/tmp/neap_signer_XXXXXX", path[64];
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/key.json", directory);
  for (int kind = NEAP_KEY_P256; kind <= NEAP_KEY_ED25519; kind++) {
    neap_signer_key *key, *back, *half;
    neap_fault fault;
    struct stat about;
    assert_int_equal(neap_signer_key_new((neap_key_kind)kind, &key, NULL), NEAP_OK);
    mode_t before = umask(0);
    assert_int_equal(neap_signer_key_write(key, "a \"name\"", path, NULL), NEAP_OK);
    umask(before);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(neap_signer_key_write(key, "other", path, &fault), NEAP_EXISTS);
    assert_string_equal(fault.code, "exists");
    assert_int_equal(neap_signer_key_open(path, &back, NULL), NEAP_OK);
    assert_string_equal(neap_signer_key_name(back), "a \"name\"");
    assert_true(neap_signer_key_is_private(back));
    assert_same_public(key, back);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(neap_signer_key_public_half(key, &half, NULL), NEAP_OK);
    assert_int_equal(neap_signer_key_write(half, "n", path, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "key_public");
    assert_int_equal(neap_signer_key_write(key, "", path, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "key_name");
    neap_signer_key_free(half);
    neap_signer_key_free(back);
    neap_signer_key_free(key);
  }
  assert_int_equal(rmdir(directory), 0);
}

static void files_that_are_none(void **state) {
  (void)state;
  neap_signer_key *key;
  neap_fault fault;
  assert_int_equal(neap_signer_key_open("/dev/null/key", &key, &fault), NEAP_IO);
  assert_int_equal(neap_signer_key_open("/tmp/neap_no_such_key.json", &key, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.where, "/tmp/neap_no_such_key.json");
  assert_int_equal(neap_signer_key_open("/tmp", &key, &fault), NEAP_IO);
  assert_int_equal(neap_signer_key_open("/dev/zero", &key, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "key_file");
  assert_int_equal(neap_signer_key_open("/dev/null", &key, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "key_form");
}

static const unsigned char NONCE[32] = {0xab, 0x01};

static void tokens_that_cannot_be_made(void **state) {
  (void)state;
  neap_signer_key *key, *half;
  neap_fault fault;
  neap_buffer out;
  char uri[4096];
  memset(uri, 'x', sizeof uri);
  uri[sizeof uri - 1] = '\0';
  neap_buffer_init(&out);
  neap_buffer_append_text(&out, "before");
  assert_int_equal(neap_signer_key_new(NEAP_KEY_P256, &key, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_public_half(key, &half, NULL), NEAP_OK);
  const neap_jwt_claims good = {.kid = "k", .nonce = NONCE, .nonce_size = 32},
                        no_kid = {.nonce = NONCE, .nonce_size = 32},
                        short_nonce = {.kid = "k", .nonce = NONCE, .nonce_size = 7},
                        long_nonce = {.kid = "k", .nonce = NONCE, .nonce_size = 65},
                        before_1970 = {.kid = "k", .now_ns = -1, .nonce = NONCE, .nonce_size = 32},
                        bad_kid = {.kid = "\xff", .nonce = NONCE, .nonce_size = 32},
                        bad_uri = {.kid = "k", .uri = "a\nb", .nonce = NONCE, .nonce_size = 32},
                        long_uri = {.kid = "k", .uri = uri, .nonce = NONCE, .nonce_size = 32};
  const struct {
    const neap_jwt_claims *claims;
    const char *code;
    neap_signer_key *key;
  } trials[] = {{&good, "key_public", half},      {&no_kid, "key_name", key},      {&bad_kid, "key_name", key},
                {&short_nonce, "jwt_nonce", key}, {&long_nonce, "jwt_nonce", key}, {&bad_uri, "bad_text", key},
                {&before_1970, "bad_time", key},  {&long_uri, "bad_text", key}};
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
    assert_int_equal(neap_signer_sign_jwt(trials[i].key, trials[i].claims, &out, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, trials[i].code);
    assert_int_equal(out.size, 6);
  }
  assert_int_equal(neap_signer_sign_jwt(key, &good, &out, &fault), NEAP_OK);
  assert_memory_equal(out.data, "beforeeyJ", 9);
  neap_buffer_fini(&out);
  neap_signer_key_free(half);
  neap_signer_key_free(key);
}

/* Many of both kinds, one after the other, with contexts that are kept: each is good, and has r and s of 32 bytes also
 * where they begin with zero, which one of 128 does. */
static void tokens_are_good_a_thousand_times(void **state) {
  (void)state;
  for (int kind = NEAP_KEY_P256; kind <= NEAP_KEY_ED25519; kind++) {
    neap_signer_key *key;
    neap_verifier *verifier;
    assert_int_equal(neap_signer_key_new((neap_key_kind)kind, &key, NULL), NEAP_OK);
    assert_int_equal(neap_verifier_new(0, &verifier, NULL), NEAP_OK);
    assert_int_equal(neap_verifier_add(verifier, "k", key, NULL), NEAP_OK);
    assert_int_equal(neap_verifier_allow_host(verifier, "h", NULL), NEAP_OK);
    for (int i = 0; i < 1000; i++) {
      neap_buffer token;
      char kid[NEAP_KEY_NAME_SIZE];
      neap_jwt_claims claims = {
          .kid = "k", .uri = "GET h/p", .now_ns = i * INT64_C(999999999), .nonce = NONCE, .nonce_size = 32};
      neap_buffer_init(&token);
      assert_int_equal(neap_signer_sign_jwt(key, &claims, &token, NULL), NEAP_OK);
      assert_int_equal(
          neap_verifier_check(verifier, (char *)token.data, token.size, "GET", "/p", claims.now_ns, kid, NULL),
          NEAP_OK);
      neap_buffer_fini(&token);
    }
    neap_verifier_free(verifier);
    neap_signer_key_free(key);
  }
}

static void a_key_signs_and_verifies_in_turn(void **state) {
  (void)state;
  for (int kind = NEAP_KEY_P256; kind <= NEAP_KEY_ED25519; kind++) {
    neap_signer_key *key;
    unsigned char signature[NEAP_SIGNATURE_SIZE];
    assert_int_equal(neap_signer_key_new((neap_key_kind)kind, &key, NULL), NEAP_OK);
    for (int i = 0; i < 3; i++) {
      assert_int_equal(neap_signer_key_sign(key, "hello", 5, signature), NEAP_OK);
      assert_true(neap_signer_key_verify(key, "hello", 5, signature));
      assert_false(neap_signer_key_verify(key, "hellp", 5, signature));
      signature[40] ^= 1;
      assert_false(neap_signer_key_verify(key, "hello", 5, signature));
    }
    neap_signer_key_free(key);
  }
  neap_signer_key_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_of_pem_is_read),
      cmocka_unit_test(parameters_before_a_key_are_passed_over),
      cmocka_unit_test(seeds_are_read_with_and_without_their_public_half),
      cmocka_unit_test(what_is_no_key_is_refused),
      cmocka_unit_test(keys_of_another_kind_are_refused),
      cmocka_unit_test(nobody_is_asked_for_a_pass_phrase),
      cmocka_unit_test(halves_of_two_keys_are_refused),
      cmocka_unit_test(key_files_in_json_are_read),
      cmocka_unit_test(key_files_are_for_their_owner_alone),
      cmocka_unit_test(files_that_are_none),
      cmocka_unit_test(tokens_that_cannot_be_made),
      cmocka_unit_test(tokens_are_good_a_thousand_times),
      cmocka_unit_test(a_key_signs_and_verifies_in_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
