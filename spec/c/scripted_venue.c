/* SPDX-License-Identifier: MIT */
#include "scripted_venue.h"

#include <stdio.h>

#include "base/text.h"

enum { ROUNDS = 200000, WAIT_NS = 200000 };
#define START (INT64_C(1767225600) * NEAP_SECOND)

static int64_t passed; /* neap_coinbase_client_options has no context for its clocks */

const neap_coinbase_question scripted_order = {.method = "POST",
                                               .path = "/api/v3/brokerage/orders",
                                               .body = "{\"x\":1}",
                                               .length = 7,
                                               .repeat = NEAP_REPEAT_ORDER};

const neap_coinbase_question scripted_cancel = {.method = "POST",
                                                .path = "/api/v3/brokerage/orders/batch_cancel",
                                                .body = "{}",
                                                .length = 2,
                                                .repeat = NEAP_REPEAT_SAFE,
                                                .is_urgent = true};

const neap_coinbase_question scripted_look = {
    .method = "GET", .path = "/api/v3/brokerage/orders/historical/batch", .query = "a=1&b=%20"};

int64_t scripted_now(void) { return neap_loop_now() + passed; }
int64_t scripted_wall(void) { return START + passed; }
void scripted_pass(int64_t ns) { passed += ns; }

/* --- the venue ---------------------------------------------------------------------------------------------------- */

static void keep(scripted_venue *scene, const neap_server_request *request) {
  static const char *const names[] = {"CB-ACCESS-KEY", "CB-ACCESS-TIMESTAMP", "CB-ACCESS-SIGN"};
  assert_true(scene->came_count < VENUE_HEARD);
  scripted_request *kept = &scene->came[scene->came_count++];
  neap_text_copy(kept->method, sizeof kept->method, request->method);
  neap_text_copy(kept->path, sizeof kept->path, request->path);
  neap_text_copy(kept->query, sizeof kept->query, request->query);
  neap_text_copy(kept->body, sizeof kept->body, request->body);
  neap_text_copy(kept->authorization, sizeof kept->authorization, request->authorization);
  for (int i = 0; i < 3; i++) {
    const char *value = neap_server_header(request, names[i]);
    neap_text_copy(kept->legacy[i], sizeof kept->legacy[i], value ? value : "");
  }
  kept->at = scripted_now();
}

static void answer(scripted_venue *scene, neap_server_call *call, const scripted_answer *said) {
  char number[24];
  snprintf(number, sizeof number, "%zu", scene->came_count);
  const neap_server_line lines[] = {{"x-request-id", number}, {"Retry-After", said->retry_after}};
  const char *body = said->body ? said->body : "{}";
  if (scene->body_for) body = scene->body_for(&scene->came[scene->came_count - 1]);
  const neap_server_reply reply = {.status = said->status,
                                   .content_type = "application/json",
                                   .lines = lines,
                                   .line_count = said->retry_after ? 2 : 1,
                                   .body = body,
                                   .length = strlen(body)};
  if (said->end == SCRIPT_WHOLE) assert_int_equal(neap_server_answer(call, &reply, NULL), NEAP_OK);
  if (said->end == SCRIPT_RESET) neap_server_drop(call, NEAP_SERVER_RESET);
  if (said->end == SCRIPT_FIN) neap_server_drop(call, NEAP_SERVER_FIN);
  if (said->end == SCRIPT_CUT) neap_server_answer_cut(call, &reply, 1, NEAP_SERVER_FIN, NULL);
  if (said->end == SCRIPT_HANG) scene->held[scene->held_count++] = call;
}

static void on_request(void *self, neap_server_call *call, const neap_server_request *request) {
  static const scripted_answer usual = {.status = 200};
  scripted_venue *scene = self;
  keep(scene, request);
  bool has_line = scene->script && scene->script->status;
  answer(scene, call, has_line ? scene->script++ : &usual);
}

static void on_gone(void *self, neap_server_call *call) {
  scripted_venue *scene = self;
  for (size_t i = 0; i < scene->held_count; i++)
    if (scene->held[i] == call) scene->held[i] = scene->held[--scene->held_count];
}

/* --- the scene ---------------------------------------------------------------------------------------------------- */

neap_coinbase_client_options scripted_options(scripted_venue *scene) {
  (void)scene;
  return (neap_coinbase_client_options){.now = scripted_now, .wall = scripted_wall, .seed = 7};
}

static void open_server(scripted_venue *scene) {
  const neap_server_handlers handlers = {.self = scene, .request = on_request, .gone = on_gone};
  const neap_server_options options = {.listen = "127.0.0.1:0", .clock = &scene->clock};
  assert_int_equal(neap_server_open(&options, &handlers, &scene->server, NULL), NEAP_OK);
  snprintf(scene->base, sizeof scene->base, "http://127.0.0.1:%u", neap_server_port(scene->server));
}

static const char SEED[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

static void make_key(scripted_venue *scene) {
  char text[160];
  int length = snprintf(text, sizeof text, "{\"id\":\"key-1\",\"privateKey\":\"%s\"}", SEED);
  assert_int_equal(neap_signer_key_read(text, (size_t)length, &scene->key, NULL), NEAP_OK);
}

void scripted_open(scripted_venue *scene, const scripted_answer *script, const neap_coinbase_client_options *wanted) {
  neap_fault fault = {0};
  *scene = (scripted_venue){.script = script, .clock = neap_clock_simulated(scripted_wall())};
  neap_coinbase_client_options options = wanted ? *wanted : scripted_options(scene);
  make_key(scene);
  open_server(scene);
  assert_int_equal(neap_loop_open(&scene->loop, NULL), NEAP_OK);
  options.base = scene->base;
  options.poller = neap_loop_poller(scene->loop);
  if (!options.legacy_key) options.key = scene->key;
  if (neap_coinbase_client_open(&options, &scene->client, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

void scripted_close(scripted_venue *scene) {
  neap_coinbase_client_close(scene->client);
  neap_server_close(scene->server);
  neap_loop_close(scene->loop);
  neap_signer_key_free(scene->key);
}

static void hear(void *context, const neap_coinbase_reply *reply) {
  scripted_venue *scene = context;
  assert_true(scene->heard_count < VENUE_HEARD);
  assert_int_equal(reply->body[reply->length], '\0');
  neap_text_copy(scene->bodies[scene->heard_count], sizeof scene->bodies[0], reply->body);
  scene->heard[scene->heard_count++] = *reply;
}

uint64_t scripted_ask(scripted_venue *scene, const neap_coinbase_question *question) {
  neap_fault fault = {0};
  uint64_t id = 0;
  size_t before = scene->heard_count;
  if (neap_coinbase_ask(scene->client, question, hear, scene, &id, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_int_equal(scene->heard_count, before);
  return id;
}

void scripted_turn(scripted_venue *scene) {
  if (scene->server) assert_int_equal(neap_server_step(scene->server, 0, NULL), NEAP_OK);
  neap_loop_turn(scene->loop, neap_loop_now() + WAIT_NS);
  neap_coinbase_client_tick(scene->client);
}

/* Time passes only where nothing is on its way: what is waited for is a pause of the client's. */
static void pass_pause(scripted_venue *scene, size_t came) {
  int64_t next = neap_coinbase_client_next(scene->client), now = scripted_now();
  if (scene->came_count != came || scene->held_count || next == INT64_MAX || next <= now) return;
  if (next - now > 10 * WAIT_NS) scripted_pass(next - now);
  neap_clock_advance(&scene->clock, scripted_wall(), NULL);
}

void scripted_await(scripted_venue *scene, size_t heard) {
  size_t quiet = 0, came = scene->came_count;
  for (int i = 0; i < ROUNDS && scene->heard_count < heard; i++) {
    scripted_turn(scene);
    quiet = scene->came_count == came ? quiet + 1 : 0;
    came = scene->came_count;
    if (quiet > 20) pass_pause(scene, came);
  }
  assert_int_equal(scene->heard_count, heard);
}
