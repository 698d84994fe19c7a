/* SPDX-License-Identifier: MIT */
/* statistics: gathers equity by day and trades as sums; the formulas are applied when the result is asked for. */
#include "session/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { RECENT = 100, NOT_A_PERIOD = 0 }; /* the frame of the bars is the median distance of the last 100 */

static const int64_t DAY = INT64_C(86400000000000);

typedef struct day_equity {
  int64_t day; /* since 1970 */
  double equity;
} day_equity;

typedef struct trade_sums {
  uint64_t count, won;
  double log_growth, log_error; /* Σ log(1 + return), compensated */
  double sum, gains, losses, best, worst;
  double pnl_mean, pnl_squares; /* Welford */
  bool ruined;                  /* a return of −100 % or less: the geometric mean is 0 by definition */
} trade_sums;

struct neap_statistics {
  double initial, last, peak, drawdown;
  double peak_before, drawdown_before; /* without the last bar, for its restatement */
  uint64_t bars, exposed, weekend_bars;
  int64_t day_end; /* of the last bar's day, so that most bars need no division */
  bool is_weekend;
  int64_t recent[RECENT]; /* starts of the last bars, a ring */
  day_equity *days;
  size_t day_count, day_capacity;
  trade_sums trades;
};

neap_statistics *neap_statistics_new(double initial_equity) {
  neap_statistics *statistics = calloc(1, sizeof *statistics);
  if (!statistics) return NULL;
  statistics->initial = statistics->last = initial_equity;
  statistics->peak = statistics->peak_before = -INFINITY;
  return statistics;
}

void neap_statistics_free(neap_statistics *statistics) {
  if (!statistics) return;
  free(statistics->days);
  free(statistics);
}

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static int64_t day_of(int64_t time) { return floor_divide(time, DAY); }
/* Monday is 0; 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day) { return (day + 3) - 7 * floor_divide(day + 3, 7); }

static bool grow(neap_statistics *s) {
  size_t capacity = s->day_capacity ? s->day_capacity * 2 : 64;
  day_equity *days = realloc(s->days, capacity * sizeof *days);
  if (!days) return false;
  s->days = days;
  s->day_capacity = capacity;
  return true;
}

static neap_status begin_day(neap_statistics *s, int64_t day) {
  bool is_new = s->day_count == 0 || s->days[s->day_count - 1].day != day;
  if (is_new && s->day_count == s->day_capacity && !grow(s)) return NEAP_MEMORY;
  s->day_count += is_new;
  s->days[s->day_count - 1].day = day;
  if (__builtin_mul_overflow(day + 1, DAY, &s->day_end)) s->day_end = INT64_MAX;
  s->is_weekend = weekday_of(day) >= 5;
  return NEAP_OK;
}

static neap_status set_day(neap_statistics *s, int64_t time, double equity) {
  neap_status status = s->day_count == 0 || time >= s->day_end ? begin_day(s, day_of(time)) : NEAP_OK;
  if (status == NEAP_OK) s->days[s->day_count - 1].equity = equity;
  return status;
}

static void apply_last(neap_statistics *s, double equity) {
  s->last = equity;
  s->peak = equity > s->peak_before ? equity : s->peak_before;
  double drawdown = 1 - equity / s->peak; /* may be nan */
  s->drawdown = drawdown > s->drawdown_before ? drawdown : s->drawdown_before;
}

static int64_t last_time(const neap_statistics *s) { return s->recent[(s->bars - 1) % RECENT]; }

neap_status neap_statistics_equity(neap_statistics *statistics, int64_t time, double equity, bool exposed) {
  neap_statistics *s = statistics;
  if (!isfinite(equity) || (s->bars > 0 && time < last_time(s))) return NEAP_INVALID;
  neap_status status = set_day(s, time, equity);
  if (status != NEAP_OK) return status;
  s->peak_before = s->peak;
  s->drawdown_before = s->drawdown;
  apply_last(s, equity);
  s->recent[s->bars++ % RECENT] = time;
  s->exposed += exposed;
  s->weekend_bars += s->is_weekend;
  return NEAP_OK;
}

void neap_statistics_restate_last(neap_statistics *statistics, double equity) {
  if (!isfinite(equity)) return;
  if (statistics->bars == 0) { /* a resumed session that saw no bar of its own */
    statistics->last = equity;
    return;
  }
  apply_last(statistics, equity);
  statistics->days[statistics->day_count - 1].equity = equity;
}

static void add_compensated(double *sum, double *error, double value) {
  double y = value - *error;
  double t = *sum + y;
  *error = t - *sum - y;
  *sum = t;
}

static void add_return(trade_sums *trades, double value) {
  if (value <= -1)
    trades->ruined = true;
  else
    add_compensated(&trades->log_growth, &trades->log_error, log(1 + value));
  trades->sum += value;
  if (value > 0) trades->gains += value;
  if (value < 0) trades->losses -= value;
  if (trades->count == 0 || value > trades->best) trades->best = value;
  if (trades->count == 0 || value < trades->worst) trades->worst = value;
}

neap_status neap_statistics_trade(neap_statistics *statistics, double pnl, double return_fraction) {
  trade_sums *trades = &statistics->trades;
  if (!isfinite(pnl) || !isfinite(return_fraction)) return NEAP_INVALID;
  add_return(trades, return_fraction);
  trades->count++;
  trades->won += pnl > 0;
  double delta = pnl - trades->pnl_mean;
  trades->pnl_mean += delta / (double)trades->count;
  trades->pnl_squares += delta * (pnl - trades->pnl_mean);
  return NEAP_OK;
}

static double ratio(double a, double b) { return b != 0 ? a / b : NAN; }
static double finite_or_nan(double value) { return isfinite(value) ? value : NAN; }

static void describe_trades(const trade_sums *trades, neap_statistics_result *out) {
  double n = (double)trades->count;
  out->trades = trades->count;
  out->profit_factor = ratio(trades->gains, trades->losses);
  out->win_rate_pct = 100 * ratio((double)trades->won, n);
  out->expectancy_pct = 100 * ratio(trades->sum, n);
  out->best_trade_pct = trades->count ? 100 * trades->best : NAN;
  out->worst_trade_pct = trades->count ? 100 * trades->worst : NAN;
  out->average_trade_pct = trades->count ? 100 * (trades->ruined ? 0 : expm1(trades->log_growth / n)) : NAN;
  out->sqn = trades->count > 1 ? ratio(sqrt(n) * trades->pnl_mean, sqrt(trades->pnl_squares / (n - 1))) : NAN;
}

static int by_size(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Whole days of the median distance between the last bars. */
static int64_t frame_days(const neap_statistics *s) {
  int64_t steps[RECENT];
  size_t count = s->bars < RECENT ? (size_t)s->bars : RECENT;
  if (count < 2) return NOT_A_PERIOD;
  for (size_t i = 1; i < count; i++) {
    uint64_t at = s->bars - count + i;
    steps[i - 1] = s->recent[at % RECENT] - s->recent[(at - 1) % RECENT];
  }
  size_t n = count - 1;
  qsort(steps, n, sizeof *steps, by_size);
  return (steps[(n - 1) / 2] / 2 + steps[n / 2] / 2 + (steps[(n - 1) / 2] % 2 + steps[n / 2] % 2) / 2) / DAY;
}

/* Which sample a day belongs to: itself, or its week, month or year where the bars are that long. */
static int64_t sample_of(int64_t day, int64_t frame) {
  time_t seconds = (time_t)(day * 86400);
  struct tm date;
  if (frame == 7) return floor_divide(day + 3, 7);
  if (frame != 31 && frame != 365) return day;
  gmtime_r(&seconds, &date);
  return frame == 365 ? date.tm_year : date.tm_year * 12 + date.tm_mon;
}

static double samples_per_year(const neap_statistics *s, int64_t frame) {
  if (frame == 7) return 52;
  if (frame == 31) return 12;
  if (frame == 365) return 1;
  return (double)s->weekend_bars / (double)s->bars > 2.0 / 7 * .6 ? 365 : 252;
}

typedef struct return_sums {
  double count, log_growth, log_error, mean, squares, downside;
  bool ruined;
} return_sums;

static void add_sample(return_sums *sums, double value) {
  if (isnan(value)) return;
  sums->count++;
  if (value <= -1)
    sums->ruined = true;
  else
    add_compensated(&sums->log_growth, &sums->log_error, log(1 + value));
  double delta = value - sums->mean;
  sums->mean += delta / sums->count;
  sums->squares += delta * (value - sums->mean);
  if (value < 0) sums->downside += value * value;
}

static return_sums sample_returns(const neap_statistics *s, int64_t frame) {
  return_sums sums = {0};
  double before = NAN; /* the last equity of the sample before */
  for (size_t i = 0; i < s->day_count; i++) {
    bool is_last = i + 1 == s->day_count || sample_of(s->days[i].day, frame) != sample_of(s->days[i + 1].day, frame);
    if (!is_last) continue;
    add_sample(&sums, s->days[i].equity / before - 1);
    before = s->days[i].equity;
  }
  return sums;
}

/* Volatility is that of compounded returns: sqrt((var + (1+g)²)^n − (1+g)^2n), g the geometric mean and n samples a
 * year. */
static void describe_year(const neap_statistics *s, neap_statistics_result *out) {
  int64_t frame = frame_days(s);
  double n = samples_per_year(s, frame);
  return_sums sums = sample_returns(s, frame);
  double mean = sums.count == 0 ? NAN : sums.ruined ? 0 : expm1(sums.log_growth / sums.count);
  double variance = sums.count > 1 ? sums.squares / (sums.count - 1) : NAN;
  double annual = pow(1 + mean, n) - 1;
  double volatility = sqrt(pow(variance + (1 + mean) * (1 + mean), n) - pow(1 + mean, 2 * n));
  out->annual_return_pct = 100 * annual;
  out->volatility_pct = 100 * volatility;
  out->sharpe = ratio(annual, volatility);
  out->sortino = ratio(annual, sqrt(sums.downside / sums.count) * sqrt(n));
  out->calmar = ratio(annual, s->drawdown);
}

void neap_statistics_result_get(const neap_statistics *statistics, neap_statistics_result *out) {
  const neap_statistics *s = statistics;
  *out = (neap_statistics_result){.bars = s->bars, .buy_and_hold_pct = NAN};
  describe_trades(&s->trades, out);
  describe_year(s, out);
  out->return_pct = 100 * ratio(s->last - s->initial, s->initial);
  out->max_drawdown_pct = s->bars ? -100 * s->drawdown : NAN;
  out->exposure_pct = 100 * ratio((double)s->exposed, (double)s->bars);
  out->equity_final = s->last;
  out->equity_peak = s->bars ? s->peak : s->initial;
  double *figures[] = {&out->annual_return_pct, &out->volatility_pct, &out->sharpe, &out->sortino, &out->calmar};
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) *figures[i] = finite_or_nan(*figures[i]);
}
