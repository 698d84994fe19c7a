/* SPDX-License-Identifier: MIT */
/* rest_futures: the US futures of the key's portfolio. All of its USD backs them: what positions ask for is said to lie
 * with the futures, the rest with spot, and nothing has to be swept from one to the other. */
#include <stdio.h>
#include <string.h>

#include "venue/accounts.h"
#include "venue/margin.h"

#define DAY (86400 * NEAP_SECOND)
/* Noon in New York in winter, at which the venue pays out what was asked for. */
#define SWEEPS_AT (17 * 3600 * NEAP_SECOND)

/* --- balance summary --------------------------------------------------------------------------------------------- */

static neap_decimal at_least_zero(neap_decimal value) { return neap_decimal_max(value, NEAP_ZERO); }

static void write_measure(neap_json_writer *json, const char *key, const char *window, const neap_venue_balance *of) {
  neap_json_object(json, key);
  neap_json_string(json, "margin_window_type", window);
  neap_json_string(json, "margin_level", neap_venue_margin_level(of));
  neap_json_decimal(json, "initial_margin", of->margin.initial);
  neap_json_decimal(json, "maintenance_margin", of->margin.maintenance);
  neap_json_decimal(json, "liquidation_buffer", of->buffer);
  neap_json_decimal(json, "liquidation_buffer_percentage", of->percentage);
  neap_json_decimal(json, "total_hold", neap_venue_sum(of->margin.initial, of->order_holds));
  neap_json_decimal(json, "futures_buying_power", at_least_zero(of->buying_power));
  neap_json_end_object(json);
}

static void write_balance(neap_json_writer *json, const neap_venue_balance *of) {
  neap_rest_amount(json, "futures_buying_power", at_least_zero(of->buying_power), "USD");
  neap_rest_amount(json, "total_usd_balance", of->wallet, "USD");
  neap_rest_amount(json, "cbi_usd_balance", neap_venue_difference(of->wallet, of->in_futures), "USD");
  neap_rest_amount(json, "cfm_usd_balance", of->in_futures, "USD");
  neap_rest_amount(json, "total_open_orders_hold_amount", of->order_holds, "USD");
  neap_rest_amount(json, "unrealized_pnl", of->margin.unrealized, "USD");
  neap_rest_amount(json, "daily_realized_pnl", of->margin.realized_today, "USD");
  neap_rest_amount(json, "initial_margin", of->margin.initial, "USD");
  neap_rest_amount(json, "available_margin", of->buying_power, "USD");
  neap_rest_amount(json, "liquidation_threshold", of->margin.maintenance, "USD");
  neap_rest_amount(json, "liquidation_buffer_amount", of->buffer, "USD");
  neap_json_decimal(json, "liquidation_buffer_percentage", of->percentage);
  write_measure(json, "intraday_margin_window_measure", "FCM_MARGIN_WINDOW_TYPE_INTRADAY", of);
  write_measure(json, "overnight_margin_window_measure", "FCM_MARGIN_WINDOW_TYPE_OVERNIGHT", of);
}

static void balance_summary(neap_venue *venue, neap_rest_call *call) {
  neap_venue_balance of = neap_venue_balance_of(venue, call->portfolio);
  neap_json_object(&call->json, NULL);
  neap_json_object(&call->json, "balance_summary");
  write_balance(&call->json, &of);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
}

/* --- positions --------------------------------------------------------------------------------------------------- */

static const char *expiry_of(const neap_venue_product *product) {
  const neap_json_value *details = product->answer ? neap_json_get(product->answer, "future_product_details") : NULL;
  const char *text = details && details->kind == NEAP_JSON_OBJECT ? neap_rest_text(details, "contract_expiry") : NULL;
  return text ? text : "";
}

static void write_margin(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio,
                         const neap_venue_position *position, const neap_venue_view *view) {
  const char *quote = view->product->quote;
  neap_rest_amount(json, "total_fees", position->fees, quote);
  neap_json_decimal(json, "contract_size", view->product->contract_size);
  neap_rest_amount(json, "entry_vwap", view->entry, quote);
  neap_rest_amount(json, "liquidation_price", neap_venue_liquidation_price(venue, portfolio, position), quote);
  neap_json_decimal(json, "leverage", view->leverage);
  neap_rest_amount(json, "im_contribution", view->initial, quote);
  neap_rest_amount(json, "mm_contribution", view->maintenance, quote);
  neap_rest_amount(json, "position_notional", view->notional, quote);
}

static void write_position(neap_json_writer *json, const char *key, const neap_venue *venue, uint32_t portfolio,
                           const neap_venue_position *position) {
  neap_venue_view view = neap_venue_view_of(venue, position);
  neap_json_object(json, key);
  neap_json_string(json, "product_id", view.product->id);
  neap_json_string(json, "expiration_time", expiry_of(&venue->products[position->product]));
  neap_json_string(json, "side", position->contracts < 0 ? "SHORT" : "LONG");
  neap_json_decimal(json, "number_of_contracts", neap_decimal_abs(view.size));
  neap_json_decimal(json, "current_price", view.mark);
  neap_json_decimal(json, "avg_entry_price", view.entry);
  neap_json_decimal(json, "unrealized_pnl", view.unrealized);
  neap_json_decimal(json, "daily_realized_pnl", neap_venue_realized_today(venue, position));
  write_margin(json, venue, portfolio, position, &view);
  neap_json_end_object(json);
}

static bool is_open_future(const neap_venue *venue, const neap_venue_position *position) {
  return position->contracts && venue->products[position->product].facts.kind == NEAP_FUTURE;
}

static void list_positions(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[call->portfolio];
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "positions");
  for (size_t i = 0; i < portfolio->position_count; i++)
    if (is_open_future(venue, &portfolio->positions[i]))
      write_position(&call->json, NULL, venue, call->portfolio, &portfolio->positions[i]);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}

static void one_position(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_product *product = neap_venue_product_named(venue, call->part[0]);
  const neap_venue_position *position =
      product ? neap_venue_position_of(venue, call->portfolio, (uint32_t)(product - venue->products)) : NULL;
  if (!position || !is_open_future(venue, position)) {
    neap_rest_refuse_unknown(call, "position not found");
    return;
  }
  neap_json_object(&call->json, NULL);
  write_position(&call->json, "position", venue, call->portfolio, position);
  neap_json_end_object(&call->json);
}

/* --- sweeps ------------------------------------------------------------------------------------------------------ */

static bool is_pending(const neap_venue *venue, const neap_venue_sweep *sweep, uint32_t portfolio) {
  return sweep->portfolio == portfolio && !sweep->is_cancelled && venue->now < sweep->time;
}

static neap_venue_sweep *pending(const neap_venue *venue, uint32_t portfolio) {
  for (size_t i = venue->sweep_count; i; i--)
    if (is_pending(venue, &venue->sweeps[i - 1], portfolio)) return &venue->sweeps[i - 1];
  return NULL;
}

static void answer_success(neap_rest_call *call, bool success) {
  neap_json_object(&call->json, NULL);
  neap_json_bool(&call->json, "success", success);
  neap_json_end_object(&call->json);
}

static int64_t next_payout(int64_t now) {
  int64_t at = now / DAY * DAY + SWEEPS_AT;
  return at > now ? at : at + DAY;
}

/* Without an amount: all. One at a time. */
static void schedule(neap_venue *venue, neap_rest_call *call) {
  neap_decimal amount = NEAP_ZERO;
  const neap_json_value *said = neap_json_get(call->body, "usd_amount");
  bool is_said = said && said->kind != NEAP_JSON_NULL && !(said->kind == NEAP_JSON_STRING && !said->length);
  if (is_said && !neap_rest_read_amount(call, call->body, "usd_amount", &amount)) return;
  if (pending(venue, call->portfolio)) {
    neap_rest_refuse_argument(call, "a sweep is pending already");
    return;
  }
  if (neap_decimal_cmp(neap_venue_movable(venue, call->portfolio, "USD"), amount) < 0) {
    neap_rest_refuse_funds(call);
    return;
  }
  neap_venue_sweep *made = neap_venue_push(&venue->sweeps, &venue->sweep_count, &venue->sweep_size, sizeof *made);
  if (!made) {
    venue->has_failed = true;
    return;
  }
  *made = (neap_venue_sweep){.portfolio = call->portfolio, .amount = amount, .time = next_payout(venue->now)};
  neap_venue_make_id(venue, made->id);
  answer_success(call, true);
}

static void write_sweep(neap_json_writer *json, const neap_venue_sweep *sweep) {
  neap_json_object(json, NULL);
  neap_json_string(json, "id", sweep->id);
  neap_rest_amount(json, "requested_amount", sweep->amount, "USD");
  neap_json_bool(json, "should_sweep_all", neap_decimal_is_zero(sweep->amount));
  neap_json_string(json, "status", "PENDING");
  neap_rest_time(json, "scheduled_time", sweep->time);
  neap_json_end_object(json);
}

static void list_sweeps(neap_venue *venue, neap_rest_call *call) {
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "sweeps");
  for (size_t i = 0; i < venue->sweep_count; i++)
    if (is_pending(venue, &venue->sweeps[i], call->portfolio)) write_sweep(&call->json, &venue->sweeps[i]);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}

static void cancel_sweep(neap_venue *venue, neap_rest_call *call) {
  neap_venue_sweep *sweep = pending(venue, call->portfolio);
  if (sweep) sweep->is_cancelled = true;
  answer_success(call, sweep != NULL);
}

/* --- intraday margin --------------------------------------------------------------------------------------------- */

static void get_setting(neap_venue *venue, neap_rest_call *call) {
  neap_json_object(&call->json, NULL);
  neap_json_string(&call->json, "setting", venue->users[call->key->user].margin_setting);
  neap_json_end_object(&call->json);
}

static void set_setting(neap_venue *venue, neap_rest_call *call) {
  static const char *const settings[] = {"INTRADAY_MARGIN_SETTING_STANDARD", "INTRADAY_MARGIN_SETTING_INTRADAY"};
  const char *said = neap_rest_text(call->body, "setting");
  for (size_t i = 0; said && i < 2; i++)
    if (strcmp(settings[i], said) == 0) {
      venue->users[call->key->user].margin_setting = settings[i];
      neap_json_object(&call->json, NULL);
      neap_json_end_object(&call->json);
      return;
    }
  neap_rest_refuse_argument(call,
                            "setting must be INTRADAY_MARGIN_SETTING_STANDARD or INTRADAY_MARGIN_SETTING_INTRADAY");
}

/* The hours of UTC in which the venue's intraday margin is in force: 13:00 to 21:00, as in winter in New York. */
static void margin_window(neap_venue *venue, neap_rest_call *call) {
  static const char *const profiles[] = {"MARGIN_PROFILE_TYPE_UNSPECIFIED", "MARGIN_PROFILE_TYPE_RETAIL_REGULAR",
                                         "MARGIN_PROFILE_TYPE_RETAIL_INTRADAY_MARGIN_1", NULL};
  if (!neap_rest_query_words(call, "margin_profile_type", profiles)) return;
  int64_t hour = venue->now % DAY / (3600 * NEAP_SECOND), day = venue->now / DAY;
  bool is_intraday = hour >= 13 && hour < 21;
  int64_t ends = is_intraday ? 21 : hour < 13 ? 13 : 24 + 13;
  neap_json_writer *json = &call->json;
  neap_json_object(json, NULL);
  neap_json_object(json, "margin_window");
  neap_json_string(json, "margin_window_type",
                   is_intraday ? "FCM_MARGIN_WINDOW_TYPE_INTRADAY" : "FCM_MARGIN_WINDOW_TYPE_OVERNIGHT");
  neap_rest_time(json, "end_time", day * DAY + ends * 3600 * NEAP_SECOND);
  neap_json_end_object(json);
  neap_json_bool(json, "is_intraday_margin_killswitch_enabled", false);
  neap_json_bool(json, "is_intraday_margin_enrollment_killswitch_enabled", false);
  neap_json_end_object(json);
}

const neap_rest_route neap_rest_future_routes[] = {
    {"GET", "/cfm/balance_summary", NEAP_MAY_VIEW, false, balance_summary},
    {"GET", "/cfm/positions", NEAP_MAY_VIEW, false, list_positions},
    {"GET", "/cfm/positions/*", NEAP_MAY_VIEW, false, one_position},
    {"POST", "/cfm/sweeps/schedule", NEAP_MAY_TRANSFER, true, schedule},
    {"GET", "/cfm/sweeps", NEAP_MAY_VIEW, false, list_sweeps},
    {"DELETE", "/cfm/sweeps", NEAP_MAY_TRANSFER, true, cancel_sweep},
    {"GET", "/cfm/intraday/margin_setting", NEAP_MAY_VIEW, false, get_setting},
    {"POST", "/cfm/intraday/margin_setting", NEAP_MAY_TRADE, true, set_setting},
    {"GET", "/cfm/intraday/current_margin_window", NEAP_MAY_VIEW, false, margin_window},
    {0}};
