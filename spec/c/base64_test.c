/* SPDX-License-Identifier: MIT */
/* base64: RFC 4648's vectors, every length both ways, what is not the one text of its bytes. */
#include "net/base64.h"

#include "support.h"

static void assert_text(neap_base64 alphabet, const char *bytes, const char *text) {
  neap_buffer out;
  neap_buffer_init(&out);
  neap_base64_encode(alphabet, bytes, strlen(bytes), &out);
  assert_int_equal(out.size, strlen(text));
  assert_memory_equal(out.data ? (const char *)out.data : "", text, out.size);
  neap_buffer_clear(&out);
  assert_int_equal(neap_base64_decode(alphabet, text, strlen(text), &out), NEAP_OK);
  assert_int_equal(out.size, strlen(bytes));
  assert_memory_equal(out.data ? (const char *)out.data : "", bytes, out.size);
  neap_buffer_fini(&out);
}

static void has_the_vectors_of_rfc_4648(void **state) {
  (void)state;
  assert_text(NEAP_BASE64, "", "");
  assert_text(NEAP_BASE64, "f", "Zg==");
  assert_text(NEAP_BASE64, "fo", "Zm8=");
  assert_text(NEAP_BASE64, "foo", "Zm9v");
  assert_text(NEAP_BASE64, "foob", "Zm9vYg==");
  assert_text(NEAP_BASE64, "\xfb\xff\xbe", "+/++");
  assert_text(NEAP_BASE64_URL, "f", "Zg");
  assert_text(NEAP_BASE64_URL, "fo", "Zm8");
  assert_text(NEAP_BASE64_URL, "\xfb\xff\xbe", "-_--");
}

static void reads_back_every_length_and_byte(void **state) {
  (void)state;
  unsigned char bytes[257];
  neap_buffer text, back;
  neap_buffer_init(&text);
  neap_buffer_init(&back);
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 167 + 13);
  for (size_t length = 0; length <= sizeof bytes; length++)
    for (int alphabet = NEAP_BASE64; alphabet <= NEAP_BASE64_URL; alphabet++) {
      neap_buffer_clear(&text);
      neap_buffer_clear(&back);
      neap_base64_encode((neap_base64)alphabet, bytes, length, &text);
      assert_int_equal(neap_base64_decode((neap_base64)alphabet, (char *)text.data, text.size, &back), NEAP_OK);
      assert_int_equal(back.size, length);
      if (length > 0) assert_memory_equal(back.data, bytes, length);
    }
  neap_buffer_fini(&text);
  neap_buffer_fini(&back);
}

static void assert_refused(neap_base64 alphabet, const char *text) {
  neap_buffer out;
  neap_buffer_init(&out);
  assert_int_equal(neap_base64_decode(alphabet, text, strlen(text), &out), NEAP_INVALID);
  neap_buffer_fini(&out);
}

static void refuses_any_other_text(void **state) {
  (void)state;
  static const char *const padded[] = {"Zg",       "Zg=",    "Zm8",  "Z===", "====", "=",
                                       "Zg==Zg==", "Zm9v\n", "Zm 9", "-_--", "Zh==", "Zm9="};
  static const char *const url[] = {"Zg==", "Zm8=", "Z", "Zm9vZ", "+/++", "Zm9v ", "Zh", "Zm9", "\xc3\xa4zz"};
  for (size_t i = 0; i < sizeof padded / sizeof *padded; i++) assert_refused(NEAP_BASE64, padded[i]);
  for (size_t i = 0; i < sizeof url / sizeof *url; i++) assert_refused(NEAP_BASE64_URL, url[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(has_the_vectors_of_rfc_4648),
                                     cmocka_unit_test(reads_back_every_length_and_byte),
                                     cmocka_unit_test(refuses_any_other_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
