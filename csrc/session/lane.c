/* SPDX-License-Identifier: MIT */
#include "session/lane.h"

static bool is_power_of_ten(neap_decimal increment) {
  __int128 units = increment.units;
  while (units % 10 == 0) units /= 10;
  return units == 1;
}

/* With an increment such as 0.05 or 10 every number is looked at. */
static int digits_of(neap_decimal increment) {
  bool plain = is_power_of_ten(increment) && neap_decimal_cmp(increment, neap_decimal_from_int(1)) <= 0;
  return plain ? (int)neap_decimal_scale(increment) : -1;
}

static void cut(neap_decimal *value, double *as_float, neap_decimal increment, uint64_t *truncated) {
  neap_decimal whole;
  if (neap_decimal_quantize(*value, increment, NEAP_ROUND_DOWN, &whole) != NEAP_OK || whole.units == value->units)
    return;
  *value = whole;
  *as_float = neap_decimal_to_double(whole);
  ++*truncated;
}

static void cut_prices(product_lane *lane, uint64_t *truncated) {
  neap_candle *bar = &lane->bar;
  neap_decimal increment = lane->product->price_increment;
  cut(&bar->open, &bar->open_float, increment, truncated);
  cut(&bar->high, &bar->high_float, increment, truncated);
  cut(&bar->low, &bar->low_float, increment, truncated);
  cut(&bar->close, &bar->close_float, increment, truncated);
}

static neap_status check_cut(const product_lane *lane, neap_fault *fault) {
  if (neap_decimal_sign(lane->bar.low) > 0) return NEAP_OK;
  char increment[NEAP_DECIMAL_TEXT];
  neap_decimal_format(lane->product->price_increment, increment);
  neap_fail(fault, NEAP_INVALID, "price_increment", "%s: a price is below the price_increment of %s", lane->product->id,
            increment);
  neap_feed_place(lane->feed, fault);
  return NEAP_INVALID;
}

static int64_t trade_time(const product_lane *lane) {
  const neap_recording *recording = lane->recording;
  return lane->trade < recording->trade_count ? recording->trades[lane->trade].time : INT64_MAX;
}

static int64_t message_time(const product_lane *lane) {
  const neap_recording *recording = lane->recording;
  return lane->message < recording->message_count ? recording->messages[lane->message].time : INT64_MAX;
}

static int64_t next_played(const product_lane *lane) {
  if (!lane->recording) return INT64_MAX;
  int64_t trade = trade_time(lane), message = message_time(lane);
  return trade < message ? trade : message;
}

/* A recording's bars have no open: their first price is not known before its trade. */
static void find_moment(product_lane *lane) {
  int64_t played = next_played(lane), bar = INT64_MAX;
  if (!lane->no_bar) bar = lane->opened || lane->recording ? lane->bar.time + lane->frame : lane->bar.time;
  lane->turn = lane->opened || lane->recording ? LANE_CLOSES : LANE_OPENS;
  lane->moment = bar;
  if (played < bar) lane->turn = LANE_PLAYS, lane->moment = played;
  lane->done = lane->moment == INT64_MAX;
}

static neap_status cut_bar(product_lane *lane, uint64_t *truncated, neap_fault *fault) {
  if (lane->recording) return NEAP_OK; /* its prices are the market's own */
  if (lane->bar.volume_digits > lane->volume_digits)
    cut(&lane->bar.volume, &lane->bar.volume_float, lane->product->base_increment, truncated);
  if (lane->bar.price_digits <= lane->price_digits) return NEAP_OK;
  cut_prices(lane, truncated);
  return check_cut(lane, fault);
}

neap_status lane_next_bar(product_lane *lane, uint64_t *truncated, neap_fault *fault) {
  neap_status status = neap_feed_next(lane->feed, &lane->bar, fault);
  lane->opened = false;
  lane->no_bar = status == NEAP_END;
  if (status != NEAP_OK && status != NEAP_END) return status;
  find_moment(lane);
  return lane->no_bar ? NEAP_OK : cut_bar(lane, truncated, fault);
}

void lane_opened(product_lane *lane) {
  lane->opened = true;
  find_moment(lane);
}

neap_status lane_open(product_lane *lane, neap_feed *feed, const neap_product *product, uint64_t *truncated,
                      neap_fault *fault) {
  lane->feed = feed;
  lane->product = product;
  lane->price_digits = digits_of(product->price_increment);
  lane->volume_digits = digits_of(product->base_increment);
  lane->frame = neap_feed_frame(feed);
  lane->recording = neap_feed_recording(feed);
  neap_status status = lane_next_bar(lane, truncated, fault);
  if (status != NEAP_OK || !lane->done) return status;
  return neap_fail(fault, NEAP_INVALID, "no_bars", "no bar of %s lies in the period asked for", product->id);
}

static neap_status play_trades(product_lane *lane, neap_session *session, uint32_t product, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && trade_time(lane) == lane->moment)
    status = neap_session_market_trade(session, product, &lane->recording->trades[lane->trade++], fault);
  return status;
}

static neap_status play_messages(product_lane *lane, neap_session *session, uint32_t product, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && message_time(lane) == lane->moment) {
    bool is_snapshot = lane->recording->messages[lane->message].is_snapshot;
    const neap_book_message message = neap_recording_message(lane->recording, lane->message++);
    status = neap_session_book_message(session, product, &message, is_snapshot, fault);
  }
  return status;
}

neap_status lane_play(product_lane *lane, neap_session *session, uint32_t product, neap_fault *fault) {
  neap_status status = play_trades(lane, session, product, fault);
  if (status == NEAP_OK) status = play_messages(lane, session, product, fault);
  find_moment(lane);
  return status;
}
