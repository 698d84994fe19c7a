/* SPDX-License-Identifier: MIT */
/* pretrade: the table of limits and its one runner. The arithmetic of portfolios is in exposure.c and result.c. */
#include "risk/pretrade.h"

#include "base/checklist.h"
#include "risk/leverage.h"
#include "risk/result.h"

enum { BPS = 10000, MILLISECOND = 1000000, SECOND = 1000000000 };

static neap_decimal whole(int64_t value) { return neap_decimal_from_int(value); }

static bool is_over(neap_decimal a, neap_decimal b) { return neap_decimal_cmp(a, b) > 0; }

static void fill(neap_check *line, neap_decimal input, neap_decimal limit, const char *note) {
  line->has_input = line->has_limit = true;
  line->input = input;
  line->limit = limit;
  line->note = note;
}

/* A check answers NULL or the code of its refusal; a line without a name is not told. */
typedef const char *(*ask_limit)(const neap_pretrade *question, const neap_result *result, neap_check *line);

static const char *circuit_breaker(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_limits *limits = question->limits;
  (void)result;
  if (limits->error_threshold == 0 || !question->failures) return NULL;
  int64_t failures = neap_failures_at(question->failures, question->now, limits->error_cooldown_seconds * SECOND);
  fill(line, whole(failures), whole(limits->error_threshold), "failed orders in a row");
  line->name = "circuit_breaker";
  return failures >= limits->error_threshold ? "circuit_breaker" : NULL;
}

static const char *max_trade_value(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_limits *limits = question->limits;
  if (neap_decimal_is_zero(limits->max_trade_value)) return NULL;
  fill(line, result->addition.value, limits->max_trade_value, NULL);
  line->name = "max_trade_value";
  return is_over(result->addition.value, limits->max_trade_value) ? "max_trade_value" : NULL;
}

/* Of the own figure and the account's the one that is over the limit; else the own one. */
static const neap_figures *worse(const neap_result *result, neap_decimal own, neap_decimal account, neap_decimal limit,
                                 neap_check *line) {
  bool by_account = result->has_account && !is_over(own, limit) && is_over(account, limit);
  fill(line, by_account ? account : own, limit, by_account ? "all strategies together" : NULL);
  return by_account ? &result->account : &result->own;
}

static const char *position_limit(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_limit_map *caps = &question->limits->symbol_position_caps;
  const neap_decimal *cap = caps->count ? neap_limit_map_find(caps, result->product->id) : NULL;
  if (!cap) return NULL;
  worse(result, result->own.quantity, result->account.quantity, *cap, line);
  line->name = "position_limit";
  return is_over(line->input, *cap) ? "position_limit" : NULL;
}

/* A stop-limit order's limit is measured from its stop: there it begins to wait. */
static const char *price_collar(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_ticket *ticket = question->ticket;
  neap_decimal from = ticket->type == NEAP_STOP_LIMIT ? ticket->stop : result->mark, away, share;
  int64_t collar = question->limits->price_collar_bps;
  if (collar == 0 || neap_decimal_is_zero(ticket->limit)) return NULL;
  line->name = "price_collar";
  if (neap_decimal_sub(ticket->limit, from, &away) != NEAP_OK ||
      neap_decimal_mul_div(neap_decimal_abs(away), whole(BPS), from, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &share) !=
          NEAP_OK)
    return "price_collar";
  fill(line, share, whole(collar), "basis points from the mark");
  return is_over(share, whole(collar)) ? "price_collar" : NULL;
}

static const char *duplicate_order(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  int64_t window = question->limits->duplicate_window_ms;
  (void)result;
  if (window == 0 || !question->recent || question->ticket->slice_of) return NULL; /* slices are alike */
  uint64_t key = neap_order_key(question->ticket);
  int64_t after = question->now - window * MILLISECOND;
  line->name = "duplicate_order";
  line->has_limit = true;
  line->limit = whole(window);
  line->note = "the same order within so many milliseconds";
  return neap_recent_has(&question->recent->journalled, key, after) ||
                 neap_recent_has(&question->recent->waiting, key, after)
             ? "duplicate_order"
             : NULL;
}

/* A minute that begins and ends with an order is full: both count (engines B8.5). */
static const char *order_rate(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  int64_t most = question->limits->max_orders_per_minute;
  (void)result;
  if (most == 0 || !question->recent) return NULL;
  int64_t since = question->now - NEAP_RECENT_SPAN;
  uint64_t count =
      neap_recent_since(&question->recent->journalled, since) + neap_recent_since(&question->recent->waiting, since);
  fill(line, whole((int64_t)count), whole(most), "orders of the last minute");
  line->name = "order_rate";
  return count >= (uint64_t)most ? "order_rate" : NULL;
}

static const char *market_impact(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_limits *limits = question->limits;
  const neap_impact_source *source = question->impact;
  neap_impact impact;
  neap_fault fault;
  if (!limits->enable_market_impact_guard || neap_decimal_sign(limits->max_market_impact_bps) <= 0) return NULL;
  if (question->ticket->execution != NEAP_WHOLE) return NULL; /* each slice is asked */
  line->name = "market_impact";
  if (!source || source->estimate(source->self, question->ticket, result->addition.value, &impact, &fault) != NEAP_OK)
    return line->note = "the estimate failed", "impact_estimator";
  fill(line, impact.bps, limits->max_market_impact_bps, "basis points");
  if (is_over(impact.bps, limits->max_market_impact_bps)) return "market_impact";
  return impact.is_liquid ? NULL : "insufficient_liquidity";
}

/* Shares of equity are shown rounded up; the verdict comes from the exact products. */
static const char *share_limit(const neap_result *result, const char *name, bool total, neap_decimal most,
                               neap_check *line) {
  const neap_figures *of = NULL;
  line->name = name;
  if (result_is_over(&result->own, total, most))
    of = &result->own;
  else if (result->has_account && result_is_over(&result->account, total, most))
    of = &result->account;
  const neap_figures *shown = of ? of : &result->own;
  neap_decimal share = result_share(shown, total);
  fill(line, share, most, shown == &result->account ? "all strategies together" : NULL);
  line->has_input = neap_decimal_sign(shown->equity) > 0;
  if (!line->has_input) line->note = "there is no equity";
  return of ? name : NULL;
}

static bool is_leveraged(const neap_result *result) { return neap_product_allows_short(result->product); }

static const char *leverage_symbol(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  (void)question;
  return is_leveraged(result) ? share_limit(result, "leverage_symbol", false, whole(result->cap), line) : NULL;
}

static const char *leverage_global(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  if (!is_leveraged(result)) return NULL;
  return share_limit(result, "leverage_global", true, whole(question->limits->max_leverage), line);
}

/* The share of equity that stays when `taken` is set aside must not be under `least`. */
static const char *buffer_limit(const neap_result *result, const char *name, bool maintenance, neap_decimal least,
                                neap_check *line) {
  neap_decimal own = result_buffer(&result->own, maintenance), account = NEAP_ZERO;
  bool is_short = result_is_short(&result->own, maintenance, least, own), by_account = false;
  if (!is_short && result->has_account) {
    account = result_buffer(&result->account, maintenance);
    by_account = result_is_short(&result->account, maintenance, least, account);
  }
  fill(line, by_account ? account : own, least, by_account ? "all strategies together" : NULL);
  line->name = name;
  return is_short || by_account ? name : NULL;
}

static const char *liquidation_buffer(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  neap_decimal least = question->limits->min_liquidation_buffer_pct;
  if (!is_leveraged(result) || neap_decimal_is_zero(least)) return NULL;
  return buffer_limit(result, "liquidation_buffer", false, least, line);
}

static const char *liquidation_projection(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  neap_decimal least = question->limits->min_liquidation_buffer_pct;
  if (!is_leveraged(result) || !question->limits->enable_pre_trade_liq_projection) return NULL;
  return buffer_limit(result, "liquidation_projection", true, least, line);
}

static const char *notional_cap(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  const neap_limit_map *caps = &question->limits->max_notional_per_symbol;
  const neap_decimal *cap = caps->count ? neap_limit_map_find(caps, result->product->id) : NULL;
  if (!cap) return NULL;
  worse(result, result->own.side, result->account.side, *cap, line);
  line->name = "notional_cap";
  return is_over(line->input, *cap) ? "notional_cap" : NULL;
}

static const char *symbol_exposure(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  neap_decimal most = question->limits->max_position_pct_per_symbol;
  return neap_limit_is_unbound(most) ? NULL : share_limit(result, "symbol_exposure", false, most, line);
}

static const char *total_exposure(const neap_pretrade *question, const neap_result *result, neap_check *line) {
  neap_decimal most = question->limits->max_exposure_pct;
  return neap_limit_is_unbound(most) ? NULL : share_limit(result, "total_exposure", true, most, line);
}

/* The guardrails (engines D), what concerns orders, then the reference's checks in the reference's order (C2). */
static const struct {
  const char *name;
  ask_limit ask;
  bool at_fill; /* holds for what is booked, too */
} limits_table[] = {
    {"circuit_breaker", circuit_breaker, false}, {"max_trade_value", max_trade_value, true},
    {"position_limit", position_limit, true},    {"price_collar", price_collar, false},
    {"duplicate_order", duplicate_order, false}, {"order_rate", order_rate, false},
    {"market_impact", market_impact, false},     {"leverage_symbol", leverage_symbol, true},
    {"leverage_global", leverage_global, true},  {"liquidation_buffer", liquidation_buffer, true},
    {"notional_cap", notional_cap, true},        {"symbol_exposure", symbol_exposure, true},
    {"total_exposure", total_exposure, true},    {"liquidation_projection", liquidation_projection, true},
};
enum { LIMITS = sizeof limits_table / sizeof *limits_table };
_Static_assert((int)LIMITS <= (int)NEAP_PRETRADE_LINES, "a limit has at most one line");

const char *neap_pretrade_name(unsigned i) { return i < LIMITS ? limits_table[i].name : NULL; }

static neap_check *begin(neap_pretrade_answer *out) {
  neap_check *line = &out->line[out->count];
  line->name = line->note = NULL;
  line->verdict = NEAP_PASSED;
  line->has_input = line->has_limit = false;
  return line;
}

static void refuse_unknown(neap_pretrade_answer *out) {
  neap_check *line = begin(out);
  line->name = "exposure";
  line->note = "what would be held cannot be valued: a mark is missing, or an amount does not fit";
  line->verdict = NEAP_FAILED;
  out->count++;
  out->code = "exposure_unknown";
}

static void run(const neap_pretrade *question, const neap_result *result, bool at_fill, neap_pretrade_answer *out) {
  for (size_t i = 0; !out->code && i < LIMITS; i++) {
    if ((at_fill && !limits_table[i].at_fill) || !neap_check_is_on(limits_table[i].name)) continue;
    neap_check *line = begin(out);
    out->code = limits_table[i].ask(question, result, line);
    if (out->code)
      line->verdict = NEAP_FAILED;
    else if (line->verdict == NEAP_PASSED)
      line->note = NULL; /* a name, an input and a limit say enough: every order carries these lines */
    if (line->name) out->count++;
  }
}

void neap_pretrade_ask(const neap_pretrade *question, neap_pretrade_answer *out) {
  neap_result result;
  out->count = 0;
  out->code = NULL;
  if (question->own->count <= question->ticket->product || result_of_order(question, &result) != NEAP_OK)
    refuse_unknown(out);
  else
    run(question, &result, false, out);
}

static void append_figure(char *out, size_t size, bool given, neap_decimal value) {
  char text[NEAP_DECIMAL_TEXT] = "?";
  if (given) neap_decimal_format(value, text);
  for (size_t i = 0; i < size; i++)
    if ((out[i] = text[i]) == '\0') break;
}

neap_status neap_pretrade_admit(const neap_pretrade *question, neap_decimal price, neap_decimal quantity,
                                neap_fault *fault) {
  neap_result result;
  neap_check lines[NEAP_PRETRADE_LINES];
  neap_pretrade_answer answer = {.count = 0, .line = lines, .code = NULL};
  if (result_of_fill(question, price, quantity, &result) != NEAP_OK)
    refuse_unknown(&answer);
  else
    run(question, &result, true, &answer);
  if (!answer.code) return NEAP_OK;
  char input[NEAP_DECIMAL_TEXT], limit[NEAP_DECIMAL_TEXT];
  const neap_check *line = &answer.line[answer.count - 1];
  append_figure(input, sizeof input, line->has_input, line->input);
  append_figure(limit, sizeof limit, line->has_limit, line->limit);
  return neap_fail(fault, NEAP_REFUSED, answer.code, "%s at the price of the fill would be %s, the limit is %s",
                   line->name, input, limit);
}
