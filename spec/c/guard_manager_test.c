/* SPDX-License-Identifier: MIT */
/* guard_manager: the mode of the limits, what it refuses, and what the decision's record says of it. */
#include "engine/guard_manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
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
  memset(&manager, 0, sizeof manager);
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

static void h6_76_a_sweep_is_full_60_s_after_the_last(void **state) {
  (void)state;
  neap_guard_manager manager;
  neap_limits limits;
  neap_limits_default(&limits);
  memset(&manager, 0, sizeof manager);
  assert_true(neap_guard_manager_sweep_due(&manager, &limits, 0)); /* none was made */
  manager.has_sweep = true, manager.sweep = 1000 * NEAP_SECOND;
  assert_false(neap_guard_manager_sweep_due(&manager, &limits, 1059 * NEAP_SECOND));
  assert_true(neap_guard_manager_sweep_due(&manager, &limits, 1060 * NEAP_SECOND));
}

static void only_what_has_a_limit_is_asked(void **state) {
  (void)state;
  neap_guard_manager manager;
  neap_limits limits;
  neap_limits_default(&limits);
  neap_guard_manager_configure(&manager, &limits, 1, false);
  assert_true(manager.asked & NEAP_AT_FILL);
  assert_int_equal(neap_limits_set(&limits, "daily_loss_limit", "1000000000000", NULL), NEAP_OK);
  assert_int_equal(neap_limits_set(&limits, "min_liquidation_buffer_pct", "0", NULL), NEAP_OK);
  neap_guard_manager_configure(&manager, &limits, 1, false);
  assert_int_equal(manager.asked, 0);
  neap_guard_manager_configure(&manager, &limits, 2, false); /* one mark may get old beside the other */
  assert_int_equal(manager.asked, NEAP_AT_CLOSE | NEAP_AT_SWEEP);
}

static bool yes(const neap_limits *limits) { return limits != NULL; }

static neap_status breaks(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  (void)view, (void)product;
  out->level = NEAP_GUARD_CLEAR;
  return NEAP_RANGE;
}

static neap_status trips(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  (void)view;
  out->level = product == 1 ? NEAP_GUARD_HELD : NEAP_GUARD_CLEAR;
  return NEAP_OK;
}

/* G20, G21: the one before fails, of the account and of a product; the others are asked all the same. */
static void h6_80_a_guard_that_fails_counts_as_tripped_and_stops_no_other(void **state) {
  (void)state;
  static const neap_guard table[] = {
      {"a", NEAP_GUARD_DRAWDOWN, false, NEAP_AT_CLOSE, yes, breaks},
      {"b", NEAP_GUARD_LIQUIDATION, true, NEAP_AT_CLOSE, yes, breaks},
      {"c", NEAP_GUARD_CONCENTRATION, true, NEAP_AT_CLOSE, yes, trips},
      {"d", NEAP_GUARD_CORRELATION, true, NEAP_AT_FILL, yes, trips},
  };
  neap_limits limits;
  neap_risk_state risk;
  neap_guard_product held[2];
  neap_guard_finding found[NEAP_GUARD_FINDINGS];
  memset(&risk, 0, sizeof risk);
  memset(held, 0, sizeof held);
  neap_limits_default(&limits);
  neap_guard_view view = {.limits = &limits, .state = &risk, .products = held, .product_count = 2};
  assert_int_equal(neap_guard_manager_look(table, 4, &view, NEAP_AT_CLOSE, found), 4);
  assert_true(found[0].failed && found[0].level == NEAP_GUARD_REDUCE_ONLY && found[0].product == -1);
  assert_true(found[1].failed && found[1].level == NEAP_GUARD_HELD && found[1].product == 0);
  assert_true(found[2].failed && found[2].product == 1);
  assert_true(!found[3].failed && found[3].guard == NEAP_GUARD_CONCENTRATION && found[3].product == 1);
  assert_int_equal(neap_guard_manager_look(table, 4, &view, NEAP_AT_SWEEP, found), 5); /* a sweep asks all */
  neap_risk_state_trip(&risk, NEAP_GUARD_DRAWDOWN, -1, NEAP_GUARD_REDUCE_ONLY, 1);
  assert_int_equal(neap_guard_manager_look(table, 1, &view, NEAP_AT_CLOSE, found), 0); /* it was said */
}

static void a_held_product_takes_exits_only_and_the_record_names_the_guard(void **state) {
  (void)state;
  neap_guard_manager manager = manager_of(NULL);
  neap_decision decision;
  assert_true(passes(&manager, NEAP_MARGIN, 0, NEAP_BUY, 1, &decision));
  neap_risk_state_trip(&manager.risk, NEAP_GUARD_STALENESS, 0, NEAP_GUARD_NOTED, 1);
  assert_true(passes(&manager, NEAP_MARGIN, 0, NEAP_BUY, 1, &decision));
  neap_risk_state_trip(&manager.risk, NEAP_GUARD_CONCENTRATION, 0, NEAP_GUARD_HELD, 1);
  neap_risk_state_trip(&manager.risk, NEAP_GUARD_LIQUIDATION, 0, NEAP_GUARD_REDUCE_ONLY, 1);
  assert_false(passes(&manager, NEAP_MARGIN, 2, NEAP_BUY, 1, &decision));
  assert_string_equal(decision.reason.check, "liquidation_buffer");
  assert_string_equal(decision.reason.code, "guard_tripped");
  assert_true(passes(&manager, NEAP_MARGIN, 2, NEAP_SELL, 2, &decision));
  assert_false(passes(&manager, NEAP_MARGIN, 2, NEAP_SELL, 3, &decision)); /* across zero */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_its_mode_from_the_limits),
      cmocka_unit_test(the_kill_switch_wins_over_reduce_only),
      cmocka_unit_test(refuses_entries_and_passes_exits),
      cmocka_unit_test(the_record_tells_check_and_reason),
      cmocka_unit_test(h6_76_a_sweep_is_full_60_s_after_the_last),
      cmocka_unit_test(only_what_has_a_limit_is_asked),
      cmocka_unit_test(h6_80_a_guard_that_fails_counts_as_tripped_and_stops_no_other),
      cmocka_unit_test(a_held_product_takes_exits_only_and_the_record_names_the_guard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
