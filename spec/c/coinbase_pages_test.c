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

/* Until it calls a list nonsense and asks no more, or has used up the script: that is a circle. A question that a slow
 * machine loses is asked again after some time. */
static void settle(scene *self) {
  bool has_ended = false, is_quiet = false;
  while (!(has_ended && is_quiet) && self->venue.came_count < LINES) {
    neap_coinbase_broker_tick(self->broker);
    scripted_turn(&self->venue);
    neap_fault fault = {0};
    neap_coinbase_broker_ready(self->broker, &fault);
    has_ended = strcmp(fault.code, "bad_answer") == 0;
    is_quiet = neap_coinbase_client_under_way(self->venue.client) == 0;
    if (is_quiet && !has_ended) scripted_pass(NEAP_SECOND);
  }
}

/* How often a page was asked for by that cursor. Which list comes to it first is the network's. */
static size_t count(const scene *self, const char *cursor) {
  size_t found = 0;
  for (size_t i = 0; i < self->venue.came_count; i++) found += strstr(self->venue.came[i].query, cursor) != NULL;
  return found;
}

static const char *around_one(const scripted_request *request) { return (void)request, PAGE("a"); }

static const char *around_three(const scripted_request *request) {
  if (strstr(request->query, "cursor=a")) return PAGE("b");
  return strstr(request->query, "cursor=b") ? PAGE("c") : PAGE("a");
}

/* A cursor that comes at once again, and a circle of three. */
static void pages_that_go_in_a_circle_are_not_asked_for_without_end(void **state) {
  const char *(*const circles[])(const scripted_request *) = {around_one, around_three};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    scripted_answer script[LINES + 1] = {{0}};
    for (size_t line = 0; line < LINES; line++) script[line] = (scripted_answer){.status = 200};
    scene self;
    open_scene(&self, script);
    self.venue.body_for = circles[i];
    settle(&self);
    assert_true(count(&self, i ? "cursor=c" : "cursor=a") >= 1);
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
  assert_true(count(&self, "cursor=a%2B%2F%3D%26%23%3F%20%25") >= 1);
  close_scene(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pages_that_go_in_a_circle_are_not_asked_for_without_end),
                                     cmocka_unit_test(a_cursor_of_any_letters_is_given_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
