/* SPDX-License-Identifier: MIT */
/* guard_manager: the mode of the limits, what it refuses, and what the decision's record says of it. */
#include "engine/guard_manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/record.h"

static neap_product product_of(neap_product_kind kind) {
  neap_product product;
  assert_int_equal(neap_product_init(&product, "BTC-USD", NULL), NEAP_OK);
  product.kind = kind;
  return product;
}

static neap_guard_manager manager_of(const char *field) {
  neap_guard_manager manager;
  neap_limits limits;
  neap_limits_default(&limits);
  if (field) assert_int_equal(neap_limits_set(&limits, field, "on", NULL), NEAP_OK);
  neap_guard_manager_init(&manager, &limits);
  return manager;
}

static bool passes(const neap_guard_manager *manager, neap_product_kind kind, int position, neap_side side,
                   int quantity, neap_decision *out) {
  neap_product product = product_of(kind);
  neap_snapshot snapshot = {.product = &product, .position = neap_decimal_from_int(position)};
  neap_ticket ticket = {.side = side, .quantity = neap_decimal_from_int(quantity)};
  return neap_guard_manager_check(manager, &snapshot, &ticket, out);
}

static void takes_its_mode_from_the_limits(void **state) {
  (void)state;
  static const struct {
    const char *field, *mode;
  } rows[] = {{NULL, "normal"}, {"reduce_only_mode", "reduce_only"}, {"kill_switch_enabled", "halted"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    neap_guard_manager manager = manager_of(rows[i].field);
    assert_string_equal(neap_mode_name(neap_guard_manager_mode(&manager)), rows[i].mode);
    assert_string_equal(manager.reason, rows[i].field ? rows[i].field : "");
  }
}

static void the_kill_switch_wins_over_reduce_only(void **state) {
  (void)state;
  neap_guard_manager manager;
  neap_limits limits;
  neap_limits_default(&limits);
  limits.kill_switch_enabled = limits.reduce_only_mode = true;
  neap_guard_manager_init(&manager, &limits);
  assert_int_equal(neap_guard_manager_mode(&manager), NEAP_MODE_HALTED);
}

static void refuses_entries_and_passes_exits(void **state) {
  (void)state;
  neap_guard_manager halted = manager_of("kill_switch_enabled"), normal = manager_of(NULL);
  neap_decision decision;
  assert_true(passes(&normal, NEAP_SPOT, 0, NEAP_BUY, 1, &decision));
  assert_false(passes(&halted, NEAP_SPOT, 0, NEAP_BUY, 1, &decision));
  assert_string_equal(decision.reason.code, "halted");
  assert_string_equal(decision.reason.check, "mode");
  assert_true(passes(&halted, NEAP_SPOT, 2, NEAP_SELL, 2, &decision));
  assert_true(passes(&halted, NEAP_MARGIN, -2, NEAP_BUY, 2, &decision));
  assert_false(passes(&halted, NEAP_MARGIN, -2, NEAP_BUY, 3, &decision));
  assert_false(passes(&halted, NEAP_MARGIN, 2, NEAP_BUY, 1, &decision));
}

static void the_record_tells_check_and_reason(void **state) {
  (void)state;
  neap_guard_manager manager = manager_of("reduce_only_mode");
  neap_decision decision;
  neap_buffer record, json;
  neap_buffer_init(&record);
  neap_buffer_init(&json);
  passes(&manager, NEAP_SPOT, 0, NEAP_BUY, 1, &decision);
  neap_decision_record(&decision, &record);
  assert_int_equal(neap_record_to_json(record.data, record.size, &json, NULL), NEAP_OK);
  neap_buffer_append(&json, "", 1);
  const char *text = (const char *)json.data;
  assert_non_null(strstr(text,
                         "{\"accepted\":false,\"engine\":\"guard_manager\",\"engine_reason\":\"\",\"reason\":{\"code\":"
                         "\"reduce_only_mode\",\"check\":\"mode\"},\"checks\":[{\"name\":\"mode\",\"verdict\":"
                         "\"failed\",\"note\":\"only exits pass in this mode\"}]}"));
  neap_buffer_fini(&record);
  neap_buffer_fini(&json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_its_mode_from_the_limits),
      cmocka_unit_test(the_kill_switch_wins_over_reduce_only),
      cmocka_unit_test(refuses_entries_and_passes_exits),
      cmocka_unit_test(the_record_tells_check_and_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
