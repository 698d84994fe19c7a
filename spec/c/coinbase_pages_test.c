/* SPDX-License-Identifier: MIT */
/* Lists of several pages, as a venue gives them that is not well: in a circle, with a cursor of any letters. */
#include "broker/coinbase/coinbase_broker.h"

#include "scripted_venue.h"

/* What every question of the beginning takes for its answer. */
#define PAGE(cursor)                                                                                                   \
  "{\"orders\":[],\"fills\":[],\"accounts\":[],\"can_view\":true,\"can_trade\":true,\"fee_tier\":{},"                  \
  "\"has_next\":true,\"cursor\":\"" cursor "\"}"

typedef struct scene {
  scripted_venue venue;
  neap_product product;
  neap_coinbase_broker *broker;
} scene;

static void open_scene(scene *self, const scripted_answer *script) {
  *self = (scene){.product = {.id = "BTC-USD"}};
  scripted_open(&self->venue, script, NULL);
  const neap_coinbase_broker_options options = {.client = self->venue.client,
                                                .products = &self->product,
                                                .product_count = 1,
                                                .poller = neap_loop_poller(self->venue.loop),
                                                .now = scripted_now,
                                                .wall = scripted_wall,
                                                .seed = 7};
  assert_int_equal(neap_coinbase_broker_open(&options, &self->broker, NULL), NEAP_OK);
}

static void close_scene(scene *self) {
  neap_coinbase_broker_close(self->broker);
  scripted_close(&self->venue);
}

enum { LINES = 100 };

/* Until it waits for another time with everything, or has used up the script: that is a circle. */
static void settle(scene *self) {
  do {
    neap_coinbase_broker_tick(self->broker);
    scripted_turn(&self->venue);
  } while (neap_coinbase_client_under_way(self->venue.client) > 0 && self->venue.came_count < LINES);
}

static size_t count(const scene *self, const char *path) {
  size_t found = 0;
  for (size_t i = 0; i < self->venue.came_count; i++) found += strstr(self->venue.came[i].path, path) != NULL;
  return found;
}

/* Both orders of the cursors: one that comes at once again, and a circle of three. */
static void pages_that_go_in_a_circle_are_not_asked_for_without_end(void **state) {
  static const char *const circles[][3] = {{PAGE("a"), PAGE("a"), PAGE("a")}, {PAGE("a"), PAGE("b"), PAGE("c")}};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    scripted_answer script[LINES + 1] = {{0}};
    for (size_t line = 0; line < LINES; line++)
      script[line] = (scripted_answer){.status = 200, .body = circles[i][line % 3]};
    scene self;
    open_scene(&self, script);
    settle(&self);
    assert_true(count(&self, "/accounts") >= 2);
    assert_true(self.venue.came_count < LINES);
    neap_fault fault = {0};
    assert_int_equal(neap_coinbase_broker_ready(self.broker, &fault), NEAP_END);
    assert_string_equal(fault.code, "bad_answer");
    assert_string_equal(fault.message, "the answer makes no sense");
    assert_non_null(strstr(fault.where, "/api/v3/brokerage/"));
    close_scene(&self);
  }
}

static void a_cursor_of_any_letters_is_given_back(void **state) {
  scripted_answer script[LINES + 1] = {{0}};
  for (size_t line = 0; line < LINES; line++)
    script[line] = (scripted_answer){.status = 200, .body = PAGE("a+/=&#? %")};
  scene self;
  (void)state;
  open_scene(&self, script);
  settle(&self);
  size_t found = 0;
  for (size_t i = 0; i < self.venue.came_count; i++)
    found += strstr(self.venue.came[i].query, "cursor=a%2B%2F%3D%26%23%3F%20%25") != NULL;
  assert_true(found >= 3);
  close_scene(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pages_that_go_in_a_circle_are_not_asked_for_without_end),
                                     cmocka_unit_test(a_cursor_of_any_letters_is_given_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
