/* SPDX-License-Identifier: MIT */
/* verifier: tokens that are good, and one that breaks each rule, with a good signature wherever the rule comes after.
 */
#include "net/verifier.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/base64.h"
#include "net/signer_key.h"
#include "support.h"

#define KID "organizations/o/apiKeys/k"
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"nonce\":\"00\",\"typ\":\"JWT\"}"
#define WHO "\"sub\":\"" KID "\",\"iss\":\"cdp\","
#define WHEN "\"nbf\":1700000000,\"exp\":1700000120,"
#define URI "\"uri\":\"GET 127.0.0.1:8443/api/v3/brokerage/accounts\""
#define PATH "/api/v3/brokerage/accounts"

static const int64_t SECOND = 1000000000, NOW = 1700000000 * INT64_C(1000000000);

typedef struct stage {
  neap_signer_key *p256, *ed25519;
  neap_verifier *verifier;
} stage;

static int set_up(void **state) {
  stage *s = calloc(1, sizeof *s);
  *state = s;
  assert_int_equal(neap_signer_key_new(NEAP_KEY_P256, &s->p256, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_new(NEAP_KEY_ED25519, &s->ed25519, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_new(2 * SECOND, &s->verifier, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_add(s->verifier, KID, s->p256, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_add(s->verifier, "ed", s->ed25519, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_allow_host(s->verifier, "api.coinbase.com", NULL), NEAP_OK);
  assert_int_equal(neap_verifier_allow_host(s->verifier, "127.0.0.1:8443", NULL), NEAP_OK);
  return 0;
}

static int tear_down(void **state) {
  stage *s = *state;
  neap_signer_key_free(s->p256);
  neap_signer_key_free(s->ed25519);
  neap_verifier_free(s->verifier);
  free(s);
  return 0;
}

/* A token of any header and claims, whatever they are, signed by `key`. */
static void make(neap_signer_key *key, const char *header, const char *claims, neap_buffer *out) {
  unsigned char signature[NEAP_SIGNATURE_SIZE];
  neap_buffer_init(out);
  neap_base64_encode(NEAP_BASE64_URL, header, strlen(header), out);
  neap_buffer_append(out, ".", 1);
  neap_base64_encode(NEAP_BASE64_URL, claims, strlen(claims), out);
  assert_int_equal(neap_signer_key_sign(key, out->data, out->size, signature), NEAP_OK);
  neap_buffer_append(out, ".", 1);
  neap_base64_encode(NEAP_BASE64_URL, signature, sizeof signature, out);
}

static void assert_judged(stage *s, const void *token, size_t size, const char *path, int64_t now, const char *code) {
  neap_fault fault = {0};
  char kid[NEAP_KEY_NAME_SIZE] = "";
  const char *method = path ? "GET" : NULL;
  neap_status status = neap_verifier_check(s->verifier, token, size, method, path, now, kid, &fault);
  assert_string_equal(status == NEAP_OK ? "" : fault.code, code);
  assert_int_equal(status, *code ? NEAP_REFUSED : NEAP_OK);
  assert_true((kid[0] != '\0') == (status == NEAP_OK));
}

static void judge(stage *s, const char *header, const char *claims, const char *path, const char *code) {
  neap_buffer token;
  make(s->p256, header, claims, &token);
  assert_judged(s, token.data, token.size, path, NOW, code);
  neap_buffer_fini(&token);
}

static void good_tokens_pass(void **state) {
  judge(*state, HEADER, "{" WHO WHEN URI "}", PATH, "");
  judge(*state, " { \"kid\" : \"" KID "\", \"alg\" : \"ES256\" } ", "{" WHO WHEN URI ",\"aud\":[\"x\"],\"iat\":1}",
        PATH, "");
  judge(*state, HEADER, "{\"sub\":\"" KID "\",\"iss\":\"coinbase-cloud\"," WHEN URI "}", PATH, "");
  judge(*state, HEADER, "{" WHO WHEN "\"uris\":[\"POST x/y\",7,\"GET api.coinbase.com" PATH "\"]}", PATH, "");
  judge(*state, HEADER, "{" WHO WHEN "\"uri\":\"GET http://127.0.0.1:8443" PATH "\"}", PATH, "");
  judge(*state, HEADER, "{" WHO WHEN "\"x\":{}}", NULL, "");
}

typedef struct trial {
  const char *header, *claims, *code;
} trial;

static void headers_are_judged(void **state) {
  static const trial trials[] = {
      {"", "{" WHO WHEN URI "}", "jwt_parts"},
      {"[]", "{}", "jwt_header"},
      {"\"ES256\"", "{}", "jwt_header"},
      {"{\"alg\":\"ES256\"", "{}", "jwt_header"},
      {"{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"kid\":\"" KID "\"}", "{}", "jwt_header"},
      {"{\"alg\":\"ES256\"}", "{}", "jwt_header"},
      {"{\"alg\":\"ES256\",\"kid\":7}", "{}", "jwt_header"},
      {"{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"crit\":[\"exp\"]}", "{}", "jwt_header"},
      {"{\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"none\",\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"HS256\",\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"es256\",\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"ES256\\u0000\",\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":[\"ES256\"],\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"EdDSA\",\"kid\":\"" KID "\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"ES256\",\"kid\":\"ed\"}", "{}", "jwt_algorithm"},
      {"{\"alg\":\"ES256\",\"kid\":\"other\"}", "{}", "jwt_key_unknown"},
      {"{\"alg\":\"ES256\",\"kid\":\"\"}", "{}", "jwt_key_unknown"},
      {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "{}", "jwt_signature"}, /* by the other key */
  };
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
    judge(*state, trials[i].header, trials[i].claims, PATH, trials[i].code);
}

static void claims_are_judged(void **state) {
  static const char *const trials[][2] = {
      {"[]", "jwt_claims"},
      {"{", "jwt_claims"},
      {"{" WHO WHEN WHEN URI "}", "jwt_claims"},
      {"{" WHO WHEN URI "}}", "jwt_claims"},
      {"{\"iss\":\"cdp\"," WHEN URI "}", "jwt_claims"},
      {"{\"sub\":\"" KID "\"," WHEN URI "}", "jwt_claims"},
      {"{\"sub\":\"" KID "\",\"iss\":\"cpd\"," WHEN URI "}", "jwt_issuer"},
      {"{\"sub\":\"" KID "\",\"iss\":[\"cdp\"]," WHEN URI "}", "jwt_issuer"},
      {"{\"sub\":\"someone\",\"iss\":\"cdp\"," WHEN URI "}", "jwt_subject"},
      {"{\"sub\":\"" KID "\\u0000\",\"iss\":\"cdp\"," WHEN URI "}", "jwt_subject"},
      {"{" WHO "\"exp\":1700000120," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1700000000," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1700000000.5,\"exp\":1700000120," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1.7e9,\"exp\":1700000120," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":\"1700000000\",\"exp\":1700000120," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":-1,\"exp\":100," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":null,\"exp\":1700000120," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1700000000,\"exp\":9999999999," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1700000000,\"exp\":99999999999999999999," URI "}", "jwt_claims"},
      {"{" WHO "\"nbf\":1700000003,\"exp\":1700000120," URI "}", "jwt_not_yet"},
      {"{" WHO "\"nbf\":1699999000,\"exp\":1699999998," URI "}", "jwt_expired"},
      {"{" WHO "\"nbf\":0,\"exp\":1700000120," URI "}", "jwt_window"},
      {"{" WHO "\"nbf\":1700000000,\"exp\":1700000121," URI "}", "jwt_window"},
      {"{" WHO "\"nbf\":1700000001,\"exp\":1700000001," URI "}", "jwt_window"},
      {"{" WHO WHEN "\"x\":1}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"POST 127.0.0.1:8443" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET  127.0.0.1:8443" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET 127.0.0.1" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET 127.0.0.1:8443" PATH "?limit=1\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET 127.0.0.1:8443" PATH "/\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET 127.0.0.1:8443" PATH "\\u0000\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET https://127.0.0.1:8443" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET http://http://127.0.0.1:8443" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":\"GET evil.example" PATH "\"}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":7}", "jwt_uri"},
      {"{" WHO WHEN "\"uri\":[\"GET 127.0.0.1:8443" PATH "\"]}", "jwt_uri"},
      {"{" WHO WHEN "\"uris\":[]}", "jwt_uri"},
      {"{" WHO WHEN "\"uris\":\"GET 127.0.0.1:8443" PATH "\"}", "jwt_uri"},
  };
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) judge(*state, HEADER, trials[i][0], PATH, trials[i][1]);
}

static void a_socket_takes_no_token_of_a_request(void **state) {
  judge(*state, HEADER, "{" WHO WHEN URI "}", NULL, "jwt_uri");
  judge(*state, HEADER, "{" WHO WHEN "\"uris\":[]}", NULL, "jwt_uri");
}

static void times_are_exact_to_the_nanosecond(void **state) {
  stage *s = *state;
  neap_buffer token;
  make(s->p256, HEADER, "{" WHO WHEN URI "}", &token);
  assert_judged(s, token.data, token.size, PATH, NOW - 2 * SECOND, "");
  assert_judged(s, token.data, token.size, PATH, NOW - 2 * SECOND - 1, "jwt_not_yet");
  assert_judged(s, token.data, token.size, PATH, NOW + 122 * SECOND - 1, "");
  assert_judged(s, token.data, token.size, PATH, NOW + 122 * SECOND, "jwt_expired");
  assert_judged(s, token.data, token.size, PATH, INT64_MAX, "jwt_expired");
  assert_judged(s, token.data, token.size, PATH, INT64_MIN, "jwt_not_yet");
  neap_buffer_fini(&token);
}

/* The order of the rules: what breaks many is told by the first. */
static void the_first_rule_is_told(void **state) {
  judge(*state, "{\"alg\":\"none\",\"kid\":\"other\"}", "{", PATH, "jwt_algorithm");
  judge(*state, "{\"alg\":\"ES256\",\"kid\":\"other\"}", "{", PATH, "jwt_key_unknown");
  judge(*state, HEADER, "{" WHO "\"nbf\":1700000100,\"exp\":1800000000,\"uri\":\"x\"}", PATH, "jwt_not_yet");
  judge(*state, HEADER, "{" WHO "\"nbf\":0,\"exp\":1,\"uri\":\"x\"}", PATH, "jwt_expired");
  judge(*state, HEADER, "{" WHO "\"nbf\":0,\"exp\":1800000000,\"uri\":\"x\"}", PATH, "jwt_window");
}

static void texts_that_are_no_tokens(void **state) {
  static const char *const trials[][2] = {
      {"", "jwt_parts"},
      {".", "jwt_parts"},
      {"..", "jwt_parts"},
      {"a.b", "jwt_parts"},
      {"a.b.c.d", "jwt_parts"},
      {".YQ.YQ", "jwt_parts"},
      {"YQ..YQ", "jwt_parts"},
      {"YQ.YQ.", "jwt_header"},
      {"Bearer a.b.c", "jwt_encoding"},
      {"e30=.e30.YQ", "jwt_encoding"},
      {"e30.e30.YQ", "jwt_algorithm"},
      {"YQ.e30.YQ", "jwt_header"},
  };
  stage *s = *state;
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
    assert_judged(s, trials[i][0], strlen(trials[i][0]), PATH, NOW, trials[i][1]);
  assert_judged(s, "e30.\0.YQ", 8, PATH, NOW, "jwt_algorithm");
  char *huge = malloc(1 << 20);
  memset(huge, 'A', 1 << 20);
  huge[100] = huge[200] = '.';
  assert_judged(s, huge, 1 << 20, PATH, NOW, "jwt_too_long");
  assert_judged(s, huge, NEAP_JWT_MOST, PATH, NOW, "jwt_header");
  assert_judged(s, huge, NEAP_JWT_MOST + 1, PATH, NOW, "jwt_too_long");
  free(huge);
}

/* Any single change of a character. Those of the last character that mean the same bits are refused as encoding. */
static void nothing_can_be_changed(void **state) {
  stage *s = *state;
  neap_buffer token;
  make(s->p256, HEADER, "{" WHO WHEN URI "}", &token);
  for (size_t i = 0; i < token.size; i++) {
    unsigned char before = token.data[i];
    char kid[NEAP_KEY_NAME_SIZE];
    token.data[i] = before == 'A' ? 'B' : 'A';
    assert_int_equal(neap_verifier_check(s->verifier, (char *)token.data, token.size, "GET", PATH, NOW, kid, NULL),
                     NEAP_REFUSED);
    token.data[i] = before;
  }
  for (size_t size = 0; size < token.size; size++) {
    char kid[NEAP_KEY_NAME_SIZE];
    assert_int_equal(neap_verifier_check(s->verifier, (char *)token.data, size, "GET", PATH, NOW, kid, NULL),
                     NEAP_REFUSED);
  }
  neap_buffer_fini(&token);
}

static void put_signature(neap_buffer *token, const unsigned char *bytes, size_t count) {
  while (token->data[token->size - 1] != '.') token->size--;
  neap_base64_encode(NEAP_BASE64_URL, bytes, count, token);
}

static void nothing_stands_behind_a_good_signature(void **state) {
  stage *s = *state;
  neap_buffer token;
  unsigned char bytes[NEAP_SIGNATURE_SIZE + 1] = {0};
  make(s->p256, HEADER, "{" WHO WHEN URI "}", &token);
  size_t signed_size = token.size - 87;
  assert_int_equal(neap_signer_key_sign(s->p256, token.data, signed_size, bytes), NEAP_OK);
  put_signature(&token, bytes, NEAP_SIGNATURE_SIZE);
  assert_judged(s, token.data, token.size, PATH, NOW, "");
  put_signature(&token, bytes, NEAP_SIGNATURE_SIZE + 1);
  assert_judged(s, token.data, token.size, PATH, NOW, "jwt_signature");
  neap_buffer_fini(&token);
}

static void signatures_have_one_form(void **state) {
  stage *s = *state;
  neap_buffer token;
  unsigned char bytes[NEAP_SIGNATURE_SIZE + 1] = {0};
  make(s->p256, HEADER, "{" WHO WHEN URI "}", &token);
  size_t lengths[] = {0, 1, 63, 65};
  for (size_t i = 0; i < 4; i++) {
    put_signature(&token, bytes, lengths[i]);
    assert_judged(s, token.data, token.size, PATH, NOW, "jwt_signature");
  }
  put_signature(&token, bytes, NEAP_SIGNATURE_SIZE); /* r and s of nothing */
  assert_judged(s, token.data, token.size, PATH, NOW, "jwt_signature");
  memset(bytes, 0xff, sizeof bytes); /* over the curve's order */
  put_signature(&token, bytes, NEAP_SIGNATURE_SIZE);
  assert_judged(s, token.data, token.size, PATH, NOW, "jwt_signature");
  neap_buffer_fini(&token);
}

static void keys_come_and_go(void **state) {
  stage *s = *state;
  neap_buffer token;
  neap_fault fault;
  make(s->p256, HEADER, "{" WHO WHEN URI "}", &token);
  assert_int_equal(neap_verifier_remove(s->verifier, KID), NEAP_OK);
  assert_int_equal(neap_verifier_remove(s->verifier, KID), NEAP_NOT_FOUND);
  assert_judged(s, token.data, token.size, PATH, NOW, "jwt_key_unknown");
  for (int i = 0; i < 100; i++) {
    char kid[16];
    snprintf(kid, sizeof kid, "%02d", i * 37 % 100);
    assert_int_equal(neap_verifier_add(s->verifier, kid, s->ed25519, NULL), NEAP_OK);
  }
  assert_int_equal(neap_verifier_add(s->verifier, KID, s->ed25519, NULL), NEAP_OK);
  assert_judged(s, token.data, token.size, PATH, NOW, "jwt_algorithm");
  assert_int_equal(neap_verifier_add(s->verifier, KID, s->p256, NULL), NEAP_OK);
  assert_judged(s, token.data, token.size, PATH, NOW, "");
  assert_int_equal(neap_verifier_add(s->verifier, "", s->p256, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "key_name");
  for (int i = 0; i < 100; i++) {
    char kid[16];
    snprintf(kid, sizeof kid, "%02d", i);
    assert_int_equal(neap_verifier_remove(s->verifier, kid), NEAP_OK);
  }
  assert_judged(s, token.data, token.size, PATH, NOW, "");
  neap_buffer_fini(&token);
}

static void what_a_verifier_cannot_be(void **state) {
  stage *s = *state;
  neap_verifier *none;
  neap_fault fault;
  assert_int_equal(neap_verifier_new(-1, &none, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_skew");
  assert_null(none);
  neap_verifier_free(NULL);
  static const char *const hosts[] = {"", "http://x", "a b", "x/y", "x\n"};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    assert_int_equal(neap_verifier_allow_host(s->verifier, hosts[i], NULL), NEAP_INVALID);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      EACH(good_tokens_pass),
      EACH(headers_are_judged),
      EACH(claims_are_judged),
      EACH(the_first_rule_is_told),
      EACH(texts_that_are_no_tokens),
      EACH(a_socket_takes_no_token_of_a_request),
      EACH(nothing_can_be_changed),
      EACH(signatures_have_one_form),
      EACH(nothing_stands_behind_a_good_signature),
      EACH(times_are_exact_to_the_nanosecond),
      EACH(keys_come_and_go),
      EACH(what_a_verifier_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
