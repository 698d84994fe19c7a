/* SPDX-License-Identifier: MIT */
/* pack: parts beside events. Whatever is done to either is seen by the walk over the parts or by the walk over the
 * chain; and nothing goes on writing to a pack. */
#include "store/pack.h"

#include <sqlite3.h>

#include "store/publish.h"
#include "store/query.h"
#include "store/upkeep.h"
#include "store_support.h"

enum { EVENTS = 70, PIECE = 1 << 20, LARGE = 2 * PIECE + 77 };

static unsigned char *large(void) {
  unsigned char *bytes = malloc(LARGE);
  for (size_t i = 0; i < LARGE; i++) bytes[i] = (unsigned char)(i * 31 >> 3);
  return bytes;
}

static neap_pack *begin(const char *path) {
  neap_pack *pack = NULL;
  neap_fault fault;
  if (neap_pack_make(path, &pack, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return pack;
}

/* A store with the parts "a" (text), "large" (three pieces) and "none" (empty). */
static void make_pack(const place *self) {
  neap_pack_part part;
  unsigned char *bytes = large();
  write_store(self->path, EVENTS, NULL);
  neap_pack *pack = begin(self->path);
  assert_int_equal(neap_pack_add(pack, "large", bytes, LARGE, &part, NULL), NEAP_OK);
  assert_int_equal(part.size, LARGE);
  assert_int_equal(neap_pack_add(pack, "a", "text", 4, &part, NULL), NEAP_OK);
  assert_int_equal(neap_pack_add(pack, "none", "", 0, &part, NULL), NEAP_OK);
  assert_int_equal(neap_pack_add(pack, "a", "again", 5, &part, NULL), NEAP_EXISTS);
  assert_int_equal(neap_pack_add(pack, "", "x", 1, &part, NULL), NEAP_INVALID);
  assert_int_equal(neap_pack_seal(pack, "a label", NULL), NEAP_OK);
  neap_pack_close(pack);
  free(bytes);
}

static neap_pack *reader(const char *path) {
  neap_pack *pack = NULL;
  neap_fault fault;
  if (neap_pack_open(path, &pack, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return pack;
}

static void parts_come_back_as_they_were(void **state) {
  static const char *const names[] = {"a", "large", "none"};
  static const uint64_t sizes[] = {4, LARGE, 0};
  const place *self = *state;
  neap_pack_part part;
  neap_buffer bytes;
  neap_fault fault;
  make_pack(self);
  neap_pack *pack = reader(self->path);
  unsigned char *good = large();
  assert_string_equal(neap_pack_label(pack), "a label");
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(neap_pack_next(pack, &part, NULL), NEAP_OK);
    assert_string_equal(part.name, names[i]);
    assert_int_equal(part.size, sizes[i]);
  }
  assert_string_equal(part.digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (int i = 0; i < 3; i++) assert_int_equal(neap_pack_next(pack, &part, NULL), NEAP_END);
  neap_buffer_init(&bytes);
  assert_int_equal(neap_pack_read(pack, "large", LARGE, &bytes, NULL), NEAP_OK);
  assert_int_equal(bytes.size, LARGE);
  assert_memory_equal(bytes.data, good, LARGE);
  neap_buffer_clear(&bytes);
  assert_int_equal(neap_pack_read(pack, "large", LARGE - 1, &bytes, &fault), NEAP_RANGE);
  assert_int_equal(neap_pack_read(pack, "b", 10, &bytes, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.code, "no_such_part");
  neap_buffer_fini(&bytes);
  neap_pack_close(pack);
  free(good);
}

static void a_file_is_added_and_measured_alike(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  neap_pack_part added, measured;
  neap_fault fault;
  unsigned char *bytes = large();
  snprintf(path, sizeof path, "%s-one", self->path);
  write_store(self->path, EVENTS, NULL);
  for (size_t size = 2 * PIECE; size <= LARGE; size += 77) {
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    neap_pack *pack = begin(self->path);
    assert_int_equal(neap_pack_add_file(pack, "file", path, &added, NULL), NEAP_OK);
    assert_int_equal(neap_pack_measure(path, &measured, NULL), NEAP_OK);
    assert_int_equal(added.size, size);
    assert_int_equal(measured.size, size);
    assert_string_equal(added.digest, measured.digest);
    assert_int_equal(neap_pack_add_file(pack, "other", self->directory, &added, &fault), NEAP_IO);
    assert_string_equal(fault.code, "cannot_read");
    assert_int_equal(neap_pack_add_file(pack, "third", "/dev/null", &added, &fault), NEAP_IO);
    neap_pack_close(pack); /* without a seal nothing of it is there */
  }
  neap_pack *none = NULL;
  assert_int_equal(neap_pack_open(self->path, &none, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "not_a_pack");
  free(bytes);
}

static void tamper(const char *path, const char *sql) {
  char *message = NULL;
  sqlite3 *database;
  assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* What the walk over the parts says after `sql`. */
static void finds_in_parts(const place *self, const char *sql, const char *words) {
  neap_pack_part part;
  neap_fault fault = {0};
  neap_status status = NEAP_OK;
  make_pack(self);
  tamper(self->path, sql);
  neap_pack *pack = reader(self->path);
  while (status == NEAP_OK) status = neap_pack_next(pack, &part, &fault);
  if (status != NEAP_CORRUPT || !strstr(fault.message, words)) fail_msg("%s: %d %s", sql, status, fault.message);
  assert_string_equal(fault.code, "part_damaged");
  neap_pack_close(pack);
  remove_store(self);
}

static void finds_pieces_that_no_packer_wrote(void **state) {
  const place *self = *state;
  finds_in_parts(self, "DELETE FROM part WHERE name = 'large' AND piece = 1", "part 'large': a piece of it is missing");
  finds_in_parts(self, "DELETE FROM part WHERE name = 'large' AND piece = 0", "part 'large'");
  finds_in_parts(self, "INSERT INTO part VALUES ('a', 2, x'00')", "part 'a': a piece of it is missing, or was added");
  finds_in_parts(self, "UPDATE part SET bytes = 'text' WHERE name = 'a'", "part 'a'");
  finds_in_parts(self, "UPDATE part SET piece = 0.5 WHERE name = 'a'", "part 'a'");
  finds_in_parts(self, "UPDATE part SET name = '' WHERE name = 'a'", "its name is none");
  finds_in_parts(self, "UPDATE part SET name = x'61' WHERE name = 'a'", "its name is none");
}

/* What the walk over the chain says of a pack after `sql`. */
static void finds_in_chain(const place *self, const char *sql, const char *code) {
  neap_verify_report report;
  neap_fault fault = {0};
  make_pack(self);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_int_equal(report.events, EVENTS);
  tamper(self->path, sql);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_CORRUPT);
  if (strcmp(fault.code, code) != 0) fail_msg("%s: %s, not %s: %s", sql, fault.code, code, fault.message);
  remove_store(self);
}

static void its_events_are_verified_as_those_of_a_store(void **state) {
  const place *self = *state;
  finds_in_chain(self, "DELETE FROM event WHERE seq = 30", "event_missing");
  finds_in_chain(self, "DELETE FROM event WHERE seq = 70", "event_missing");
  finds_in_chain(self, "UPDATE event SET type = 'decided' WHERE seq = 12", "group_changed");
  finds_in_chain(self, "DROP TABLE part", "schema_changed");
  finds_in_chain(self, "ALTER TABLE part ADD COLUMN more TEXT", "schema_changed");
  finds_in_chain(self, "DELETE FROM meta WHERE key = 'pack'", "schema_changed");
  finds_in_chain(self, "CREATE TABLE other(x)", "schema_changed");
}

static void a_copy_of_it_is_a_plain_store(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 16], head[NEAP_DIGEST_TEXT];
  neap_verify_report report;
  neap_pack *pack = NULL;
  neap_fault fault;
  make_pack(self);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, NULL), NEAP_OK);
  memcpy(head, report.head, sizeof head);
  snprintf(to, sizeof to, "%s-one", self->path);
  assert_int_equal(neap_store_backup(self->path, to, &report, &fault), NEAP_OK);
  assert_string_equal(report.head, head);
  assert_int_equal(neap_pack_open(to, &pack, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "not_a_pack");
  FILE *file = fopen(to, "rb");
  fseek(file, 0, SEEK_END);
  assert_true(ftell(file) < PIECE); /* the room of the parts is given back */
  fclose(file);
}

static void nothing_goes_on_writing_to_it(void **state) {
  const place *self = *state;
  neap_event_store *store = NULL;
  neap_pack *again = NULL;
  neap_trim_report trimmed;
  neap_fault fault;
  make_pack(self);
  const neap_event_store_options options = {.path = self->path, .run = "run-2", .resume = true};
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "is_a_pack");
  assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "is_a_pack");
  assert_int_not_equal(neap_pack_make(self->path, &again, &fault), NEAP_OK);
}

static void a_name_is_given_whole_or_not_at_all(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 16];
  neap_fault fault;
  snprintf(to, sizeof to, "%s-one", self->path);
  make_pack(self);
  assert_int_equal(neap_publish_check(to, NEAP_PUBLISH_NEW, NULL), NEAP_OK);
  fclose(fopen(to, "wb"));
  assert_int_equal(neap_publish_check(to, NEAP_PUBLISH_NEW, &fault), NEAP_EXISTS);
  assert_int_equal(neap_publish(self->path, to, NEAP_PUBLISH_NEW, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "file_exists");
  assert_int_equal(neap_publish_check(self->directory, NEAP_PUBLISH_OVER, &fault), NEAP_EXISTS);
  assert_int_equal(neap_publish(self->path, to, NEAP_PUBLISH_OVER, &fault), NEAP_OK);
  assert_int_equal(neap_publish(self->path, to, NEAP_PUBLISH_OVER, &fault), NEAP_IO);
  neap_pack_close(reader(to));
  neap_publish_discard(to);
  assert_int_equal(neap_publish_check(to, NEAP_PUBLISH_NEW, NULL), NEAP_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(parts_come_back_as_they_were, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_file_is_added_and_measured_alike, make_place, remove_place),
      cmocka_unit_test_setup_teardown(finds_pieces_that_no_packer_wrote, make_place, remove_place),
      cmocka_unit_test_setup_teardown(its_events_are_verified_as_those_of_a_store, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_copy_of_it_is_a_plain_store, make_place, remove_place),
      cmocka_unit_test_setup_teardown(nothing_goes_on_writing_to_it, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_name_is_given_whole_or_not_at_all, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
