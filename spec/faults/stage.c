/* SPDX-License-Identifier: MIT */
/* stage: opens and closes the parts of a run. */
#include "stage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static stage *watched; /* the broker's contract has no place for a listener */

static void give_up(const char *what) {
  perror(what);
  exit(2);
}

static void write_bars(const char *path, int count) {
  gzFile file = gzopen(path, "wb");
  if (!file) give_up(path);
  gzprintf(file, "time,open,high,low,close,volume\n");
  for (int i = 0; i < count; i++) {
    int price = 10000 + (i * 7919 % 97) * 9 - 430 + i;
    gzprintf(file, "%d,%d,%d,%d,%d,%d\n", 1704067200 + i * 3600, price, price + 180, price - 190, price + 40, 5 + i);
  }
  if (gzclose(file) != Z_OK) give_up(path);
}

void stage_make(stage *self, int bar_count) {
  const char *base = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
  memset(self, 0, sizeof *self);
  self->bar_count = bar_count;
  snprintf(self->directory, sizeof self->directory, "%.200s/neap_faults_XXXXXX", base);
  if (!mkdtemp(self->directory)) give_up(self->directory);
  snprintf(self->bars, STAGE_PATH, "%.230s/bars.csv.gz", self->directory);
  snprintf(self->store, STAGE_PATH, "%.230s/events.db", self->directory);
  snprintf(self->copy, STAGE_PATH, "%.230s/copy.db", self->directory);
  write_bars(self->bars, bar_count);
}

static void remove_store(const char *path) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-reserve", "-lock"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char name[STAGE_PATH + 16];
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    unlink(name);
  }
}

void stage_clean(stage *self) {
  remove_store(self->store);
  remove_store(self->copy);
  self->sent_count = 0;
}

void stage_remove(stage *self) {
  stage_clean(self);
  unlink(self->bars);
  if (rmdir(self->directory) != 0) give_up(self->directory);
}

bool stage_is_tidy(const stage *self, char *problem, size_t size) {
  static const char *const known[] = {".",      "..", "bars.csv.gz", "events.db", "events.db-wal", "events.db-shm",
                                      "copy.db"};
  DIR *directory = opendir(self->directory);
  bool tidy = directory != NULL;
  for (struct dirent *found; tidy && (found = readdir(directory));) {
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) is_known = is_known || !strcmp(found->d_name, known[i]);
    if (!is_known) snprintf(problem, size, "%s was left behind", found->d_name);
    tidy = is_known;
  }
  closedir(directory);
  return tidy;
}

/* The simulator, seen as a broker outside of the process: linked with --wrap=neap_paper_broker. */
const neap_broker *__real_neap_paper_broker(neap_paper *paper);
const neap_broker *__wrap_neap_paper_broker(neap_paper *paper);

typedef struct listener {
  neap_broker broker;
  const neap_broker *behind;
} listener;

static listener ear;

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  if (watched->sent_count == STAGE_SENT) give_up("more orders than a stage counts");
  memcpy(watched->sent[watched->sent_count++], ticket->id, NEAP_ORDER_ID);
  return ear.behind->submit(self, ticket, now, fault);
}

const neap_broker *__wrap_neap_paper_broker(neap_paper *paper) {
  ear.behind = __real_neap_paper_broker(paper);
  ear.broker = *ear.behind;
  ear.broker.submit = submit;
  ear.broker.abilities |= NEAP_BROKER_EXTERNAL;
  return &ear.broker;
}

typedef struct parts {
  neap_product product;
  neap_limits limits;
  neap_feed *feed;
  neap_policy_cell *policy;
  neap_strategy_cell *cells[STAGE_SEATS];
  neap_session_seat seats[STAGE_SEATS];
  uint32_t seat_count;
  neap_backtest *driver;
} parts;

static neap_status read_limits(neap_limits *out, neap_fault *fault) {
  char json[8192];
  neap_buffer problems;
  FILE *file = fopen(NEAP_ROOT "/config/risk/prod.json", "rb");
  if (!file) return neap_fail(fault, NEAP_MEMORY, "limits", "cannot open the limits");
  size_t length = fread(json, 1, sizeof json, file);
  fclose(file);
  neap_buffer_init(&problems);
  neap_limits_default(out);
  neap_status status = neap_limits_read_json(out, json, length, "prod.json", &problems, fault);
  neap_buffer_fini(&problems);
  return status;
}

static neap_status open_cells(parts *self, const stage_run *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  static const neap_param_text params[] = {{"every", "3"}};
  for (int i = 0; status == NEAP_OK && i < STAGE_SEATS && run->strategies[i]; i++) {
    char path[512];
    snprintf(path, sizeof path, NEAP_ROOT "/spec/faults/%s.lua", run->strategies[i]);
    neap_strategy_cell_options options = {
        .path = path, .lua_root = NEAP_ROOT "/lua", .params = params, .param_count = 1, .seed = 7};
    status = neap_strategy_cell_new(&options, &self->cells[i], fault);
    if (status != NEAP_OK) break;
    self->seats[i].strategy = neap_strategy_cell_strategy(self->cells[i]);
    neap_decimal_parse("3000", 4, &self->seats[i].cash, NULL);
    self->seat_count++;
  }
  return status;
}

static neap_status open_parts(stage *self, parts *own, const stage_run *run, neap_fault *fault) {
  neap_status status = neap_product_parse("BTC-USD:price_increment=0.01", &own->product, fault);
  if (status == NEAP_OK) status = read_limits(&own->limits, fault);
  if (status == NEAP_OK) status = neap_feed_open(self->bars, NULL, &own->feed, fault);
  if (status == NEAP_OK)
    status = neap_policy_cell_new(NEAP_ROOT "/config/engine_policy.lua", NEAP_ROOT "/lua", NULL, &own->policy, fault);
  return status == NEAP_OK ? open_cells(own, run, fault) : status;
}

static void set_session(const stage *self, parts *own, const stage_run *run, neap_session_options *out) {
  const neap_engine_config config = {.limits = &own->limits, .reject_on_cross = true};
  *out = (neap_session_options){.id = "faults",
                                .mode = "backtest",
                                .currency = "USD",
                                .products = &own->product,
                                .product_count = 1,
                                .live = neap_live_engine(&config),
                                .advanced = neap_advanced_engine(&config),
                                .limits = &own->limits,
                                .has_risk_configuration = true,
                                .policy = neap_policy_cell_policy(own->policy),
                                .store_path = run->store,
                                .resume = run->resume,
                                .ack_fd = self->ack_fd,
                                .reserve = run->reserve,
                                .quarantine = run->quarantine,
                                .snapshot_every = run->snapshot_every};
  if (own->seat_count == 1)
    out->strategy = own->seats[0].strategy;
  else
    out->seats = own->seats, out->seat_count = own->seat_count;
  neap_decimal_parse("9000", 4, &out->cash, NULL);
  neap_decimal_parse("10", 2, &out->fees.taker_bps, NULL);
}

static neap_status play(parts *own, const neap_backtest_options *options, const stage_run *run, neap_fault *fault) {
  neap_session_totals totals;
  neap_status status = neap_backtest_open(options, &own->driver, fault);
  if (status != NEAP_OK) return status;
  status = neap_backtest_step(own->driver, run->until_bar > 0 ? (uint64_t)run->until_bar : UINT64_MAX, fault);
  if (run->until_bar > 0 || (status != NEAP_OK && status != NEAP_END)) return status;
  status = neap_backtest_finish(own->driver, "the end", fault);
  if (status != NEAP_OK) return status;
  return neap_session_totals_get(neap_backtest_session(own->driver), &totals, fault);
}

neap_status stage_perform(stage *self, const stage_run *run, neap_fault *fault) {
  static parts own;
  memset(&own, 0, sizeof own);
  watched = self;
  neap_status status = open_parts(self, &own, run, fault);
  if (status == NEAP_OK) {
    neap_backtest_options options = {.feeds = &own.feed};
    set_session(self, &own, run, &options.session);
    status = play(&own, &options, run, fault);
  }
  for (int i = 0; i < STAGE_SEATS; i++) neap_strategy_cell_free(own.cells[i]);
  neap_backtest_close(own.driver);
  neap_policy_cell_free(own.policy);
  neap_feed_close(own.feed);
  return status;
}
