/* SPDX-License-Identifier: MIT */
/* order: every move of the table, fills that arrive when a venue sends them, ids, and that a failure changes nothing.
 */
#include "account/order.h"

#include "base/record.h"
#include "decimals.h"
#include "support.h"

/* By status, then move in the order of the enum: the next status, '.' where there is none. */
static const char *const table[NEAP_ORDER_STATUSES] = {
    [NEAP_ORDER_NEW] = "P........CR.",
    [NEAP_ORDER_PENDING] = ".VWS.....CR.",
    [NEAP_ORDER_PREVIEW] = "..WS.....CR.",
    [NEAP_ORDER_WATCHED] = "...S.....CRE",
    [NEAP_ORDER_SUBMITTED] = "....OpFa.CRE",
    [NEAP_ORDER_OPEN] = "....OpFa.CRE",
    [NEAP_ORDER_PARTIALLY_FILLED] = "....ppFa.C.E",
    [NEAP_ORDER_CANCEL_PENDING] = "....aaF.OCRE",
    [NEAP_ORDER_FILLED] = "............",
    [NEAP_ORDER_CANCELLED] = "............",
    [NEAP_ORDER_REJECTED] = "............",
    [NEAP_ORDER_EXPIRED] = "............",
};
static const char letters[] = "NPVWSOpaFCRE";

static void table_is_as_written_down(void **state) {
  (void)state;
  for (unsigned from = 0; from < NEAP_ORDER_STATUSES; from++)
    for (unsigned move = 0; move < NEAP_ORDER_MOVES; move++) {
      neap_order_status next = NEAP_ORDER_STATUSES;
      neap_fault fault = {0};
      neap_status status = neap_order_next((neap_order_status)from, (neap_order_move)move, &next, &fault);
      if (table[from][move] == '.') {
        assert_int_equal(status, NEAP_REFUSED);
        assert_int_equal(next, NEAP_ORDER_STATUSES);
        assert_string_equal(fault.code, "illegal_move");
        assert_non_null(strstr(fault.message, neap_order_move_name((neap_order_move)move)));
      } else {
        assert_int_equal(status, NEAP_OK);
        assert_int_equal(letters[next], table[from][move]);
      }
    }
}

static void values_out_of_range_are_refused(void **state) {
  (void)state;
  neap_order_status next = NEAP_ORDER_NEW;
  assert_int_equal(neap_order_next((neap_order_status)99, NEAP_MOVE_ACCEPT, &next, NULL), NEAP_REFUSED);
  assert_int_equal(neap_order_next(NEAP_ORDER_OPEN, (neap_order_move)99, &next, NULL), NEAP_REFUSED);
  assert_string_equal(neap_order_status_name((neap_order_status)99), "?");
}

static neap_order order_of(const char *quantity, neap_order_status status) {
  return (neap_order){.ticket = {.number = 1, .id = "x", .quantity = dec(quantity)}, .status = status};
}

static void fill_may_overtake_the_acknowledgement(void **state) {
  (void)state;
  neap_order order = order_of("2", NEAP_ORDER_SUBMITTED);
  assert_int_equal(neap_order_fill(&order, dec("0.5"), dec("50"), dec("0.1"), 7, NULL), NEAP_OK);
  assert_int_equal(order.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_int_equal(order.updated, 7);
  assert_int_equal(neap_order_apply(&order, NEAP_MOVE_ACCEPT, 8, NULL), NEAP_OK);
  assert_int_equal(order.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_int_equal(neap_order_fill(&order, dec("1.5"), dec("165"), dec("0.2"), 9, NULL), NEAP_OK);
  assert_int_equal(order.status, NEAP_ORDER_FILLED);
  assert_true(order.fees.units == dec("0.3").units);
  assert_true(neap_order_average_price(&order).units == dec("107.5").units);
}

static void fill_may_overtake_the_cancel(void **state) {
  (void)state;
  neap_order order = order_of("2", NEAP_ORDER_OPEN);
  assert_int_equal(neap_order_apply(&order, NEAP_MOVE_ASK_CANCEL, 1, NULL), NEAP_OK);
  assert_int_equal(neap_order_fill(&order, dec("0.5"), dec("50"), dec("0"), 2, NULL), NEAP_OK);
  assert_int_equal(order.status, NEAP_ORDER_CANCEL_PENDING);
  assert_int_equal(neap_order_apply(&order, NEAP_MOVE_REJECT, 3, NULL), NEAP_REFUSED);
  neap_order refused = order;
  assert_int_equal(neap_order_apply(&refused, NEAP_MOVE_REFUSE_CANCEL, 3, NULL), NEAP_OK);
  assert_int_equal(refused.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_int_equal(neap_order_apply(&order, NEAP_MOVE_CANCEL, 3, NULL), NEAP_OK);
  assert_int_equal(order.status, NEAP_ORDER_CANCELLED);
  neap_order before = order;
  neap_fault fault;
  assert_int_equal(neap_order_fill(&order, dec("0.5"), dec("50"), dec("0"), 4, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "illegal_move");
  assert_memory_equal(&order, &before, sizeof order);
}

static void bad_fills_change_nothing(void **state) {
  (void)state;
  neap_order order = order_of("2", NEAP_ORDER_OPEN), before = order;
  neap_fault fault;
  assert_int_equal(neap_order_fill(&order, dec("2.1"), dec("50"), dec("0"), 2, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "overfill");
  assert_int_equal(neap_order_fill(&order, dec("0"), dec("50"), dec("0"), 2, &fault), NEAP_INVALID);
  assert_int_equal(neap_order_fill(&order, dec("-1"), dec("50"), dec("0"), 2, &fault), NEAP_INVALID);
  assert_memory_equal(&order, &before, sizeof order);
  order.filled_notional = before.filled_notional = dec("17000000000000000000000");
  assert_int_equal(neap_order_fill(&order, dec("1"), dec("17000000000000000000000"), dec("0"), 2, &fault), NEAP_RANGE);
  assert_memory_equal(&order, &before, sizeof order);
  assert_true(neap_decimal_is_zero(neap_order_average_price(&order)));
}

static void fill_of_what_was_never_sent_changes_nothing(void **state) {
  (void)state;
  neap_order order = order_of("2", NEAP_ORDER_PENDING), before = order;
  neap_fault fault;
  assert_int_equal(neap_order_fill(&order, dec("1"), dec("50"), dec("0"), 2, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "illegal_move");
  assert_memory_equal(&order, &before, sizeof order);
}

static void ids_are_uuids_of_session_and_number(void **state) {
  (void)state;
  char one[NEAP_ORDER_ID], same[NEAP_ORDER_ID], other[NEAP_ORDER_ID];
  neap_order_id("s", 1, one);
  neap_order_id("s", 1, same);
  assert_string_equal(one, same);
  assert_int_equal(strlen(one), 36);
  assert_true(one[8] == '-' && one[13] == '-' && one[14] == '8' && strchr("89ab", one[19]));
  neap_order_id("s", 11, other);
  assert_string_not_equal(one, other);
  neap_order_id("s1", 1, same);
  assert_string_not_equal(same, other);
  neap_order_id("", UINT64_MAX, other);
  assert_int_equal(strlen(other), 36);
}

static void time_in_force_is_read_in_either_case(void **state) {
  (void)state;
  neap_time_in_force out = NEAP_GTC;
  assert_true(neap_time_in_force_parse("IoC", &out));
  assert_int_equal(out, NEAP_IOC);
  assert_false(neap_time_in_force_parse("io", &out));
  assert_false(neap_time_in_force_parse("ioci", &out));
  assert_false(neap_time_in_force_parse("", &out));
  assert_int_equal(out, NEAP_IOC);
}

static void records_leave_out_what_is_absent(void **state) {
  (void)state;
  neap_ticket ticket = {
      .number = 3, .id = "abc", .side = NEAP_SELL, .type = NEAP_LIMIT, .limit = dec("10.5"), .post_only = true};
  neap_reason reason = {.code = "too_small", .input = "0.1"};
  neap_buffer buffer, json;
  neap_buffer_init(&buffer);
  neap_buffer_init(&json);
  ticket.quantity = dec("2");
  neap_ticket_record(&ticket, &buffer);
  neap_reason_record(&reason, &buffer);
  assert_int_equal(neap_record_to_json(buffer.data, buffer.size, &json, NULL), NEAP_OK);
  neap_buffer_append(&json, "", 1);
  assert_string_equal(
      (char *)json.data,
      "{\"order\":3,\"side\":\"sell\",\"type\":\"limit\",\"quantity\":\"2\","
      "\"limit\":\"10.5\",\"time_in_force\":\"gtc\",\"post_only\":true,\"code\":\"too_small\",\"input\":\"0.1\"}");
  neap_buffer_fini(&buffer);
  neap_buffer_fini(&json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_is_as_written_down),
      cmocka_unit_test(values_out_of_range_are_refused),
      cmocka_unit_test(fill_may_overtake_the_acknowledgement),
      cmocka_unit_test(fill_may_overtake_the_cancel),
      cmocka_unit_test(bad_fills_change_nothing),
      cmocka_unit_test(fill_of_what_was_never_sent_changes_nothing),
      cmocka_unit_test(ids_are_uuids_of_session_and_number),
      cmocka_unit_test(time_in_force_is_read_in_either_case),
      cmocka_unit_test(records_leave_out_what_is_absent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
