/* SPDX-License-Identifier: MIT */
/* broker_job: questions that have answers of several pages: one of a kind is under way at a time, and one that fails is
 * asked again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/broker_parts.h"
#include "broker/coinbase/order_read.h"

#define AGAIN_FIRST (500 * BROKER_MS)
#define AGAIN_MOST (30 * NEAP_SECOND)
#define KEY_MOST (5 * NEAP_SECOND)
#define POLL_DOWN (2 * NEAP_SECOND)
#define FEES_EVERY (600 * NEAP_SECOND)

int64_t broker_now(const neap_coinbase_broker *broker) {
  return broker->options.inputs ? neap_inputs_now(broker->options.inputs) : broker->options.now();
}

int64_t broker_wall(const neap_coinbase_broker *broker) {
  if (broker->options.pace.speed > 0) return neap_pace_session(&broker->options.pace, broker_now(broker));
  return broker->options.inputs ? neap_inputs_wall(broker->options.inputs) : broker->options.wall();
}

void broker_due(neap_coinbase_broker *broker, int64_t due) {
  if (due < broker->due) broker->due = due;
}

int64_t broker_backoff(neap_coinbase_broker *broker, int64_t first, unsigned failures, int64_t most) {
  int64_t wait = first;
  while (failures-- > 0 && wait < most) wait *= 2;
  if (wait > most) wait = most;
  return wait / 2 + (int64_t)(neap_splitmix(&broker->dice) % (uint64_t)(wait / 2 + 1));
}

void broker_want(neap_coinbase_broker *broker, broker_job_kind kind, int64_t due) {
  broker_job *job = &broker->jobs[kind];
  if (due < job->due) job->due = due;
  broker_due(broker, due);
}

/* --- what each kind asks and does with it ------------------------------------------------------------------------- */

typedef struct job_rules {
  const char *path, *member;                                     /* member: that its answer has, if it is one */
  bool (*query)(neap_coinbase_broker *broker, neap_buffer *out); /* false: there is nothing to ask */
  void (*page)(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root);
  void (*end)(neap_coinbase_broker *broker, const broker_job *job);
} job_rules;

static bool no_query(neap_coinbase_broker *broker, neap_buffer *out) {
  (void)broker, (void)out;
  return true;
}

static void append_time(neap_buffer *out, const char *name, int64_t time) {
  char text[NEAP_TIME_TEXT];
  neap_time_format(time, text);
  neap_buffer_printf(out, "&%s=%s", name, text);
}

static bool history_query(neap_coinbase_broker *broker, neap_buffer *out) {
  neap_buffer_append_text(out, "limit=500");
  append_time(out, "start_date", broker->options.since);
  return true;
}

/* Other statuses cannot be asked for beside it. */
static bool open_query(neap_coinbase_broker *broker, neap_buffer *out) {
  (void)broker;
  neap_buffer_append_text(out, "order_status=OPEN&limit=500");
  return true;
}

/* A look that is half made is ended first: whoever asks all the time would else never see one. */
static bool accounts_query(neap_coinbase_broker *broker, neap_buffer *out) {
  broker->view_wanted = broker->view_waits;
  if (broker->view_waits) return false;
  broker_accounts_begin(broker);
  neap_buffer_append_text(out, "limit=250");
  return true;
}

static void key_page(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root) {
  (void)job;
  broker_read_key(broker, root);
}

static void fees_page(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root) {
  (void)job;
  broker_read_fees(broker, root);
}

static void fees_end(neap_coinbase_broker *broker, const broker_job *job) {
  (void)job;
  broker_want(broker, BROKER_FEES, broker_now(broker) + FEES_EVERY);
}

static void accounts_page(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root) {
  (void)job;
  broker_read_accounts(broker, root);
}

static void accounts_end(neap_coinbase_broker *broker, const broker_job *job) {
  (void)job;
  broker_want(broker, BROKER_ACCOUNTS, broker_now(broker) + broker->options.account_every);
  broker_accounts_end(broker);
}

static void fills_page(neap_coinbase_broker *broker, const broker_job *job, const neap_json_value *root) {
  (void)job;
  broker_read_fills(broker, root);
}

static int64_t poll_after(const neap_coinbase_broker *broker) {
  return broker_now(broker) + (broker->stream.up ? broker->options.poll : POLL_DOWN);
}

static void fills_end(neap_coinbase_broker *broker, const broker_job *job) {
  (void)job;
  broker_want(broker, BROKER_FILLS, poll_after(broker));
  if (broker_now(broker) < broker->foreign_until) broker_want_foreign_fills(broker, false);
  broker_fills_end(broker);
}

static void open_end(neap_coinbase_broker *broker, const broker_job *job) {
  broker_want(broker, BROKER_OPEN, poll_after(broker));
  broker_open_end(broker, job);
  broker_forget_old(broker);
}

static void search_end(neap_coinbase_broker *broker, const broker_job *job) {
  (void)job;
  broker_search_end(broker);
}

#define ORDERS BROKER_PATH "/orders/historical/batch"
static const job_rules rules[BROKER_JOBS] = {
    [BROKER_KEY] = {BROKER_PATH "/key_permissions", "can_view", no_query, key_page, NULL},
    [BROKER_FEES] = {BROKER_PATH "/transaction_summary", "fee_tier", no_query, fees_page, fees_end},
    [BROKER_HISTORY] = {ORDERS, "orders", history_query, broker_read_orders, NULL},
    [BROKER_OPEN] = {ORDERS, "orders", open_query, broker_read_orders, open_end},
    [BROKER_IDS] = {ORDERS, "orders", broker_ids_query, broker_read_orders, broker_ids_end},
    [BROKER_SEARCH] = {ORDERS, "orders", broker_search_query, broker_read_orders, search_end},
    [BROKER_FILLS] = {BROKER_PATH "/orders/historical/fills", "fills", broker_fills_query, fills_page, fills_end},
    [BROKER_ACCOUNTS] = {BROKER_PATH "/accounts", "accounts", accounts_query, accounts_page, accounts_end},
};

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void answered(void *context, const neap_coinbase_reply *reply);

static void fail(broker_job *job) {
  neap_coinbase_broker *broker = job->broker;
  int64_t most = job->kind == BROKER_KEY ? KEY_MOST : AGAIN_MOST;
  job->runs = false;
  broker_want(broker, job->kind, broker_now(broker) + broker_backoff(broker, AGAIN_FIRST, job->failures++, most));
}

/* A cursor is the venue's word, of any letters. */
static void append_cursor(neap_buffer *out, const char *cursor) {
  neap_buffer_append_text(out, out->size ? "&cursor=" : "cursor=");
  for (; *cursor; cursor++) {
    bool is_plain = isalnum((unsigned char)*cursor) || strchr("-._~", *cursor);
    neap_buffer_printf(out, is_plain ? "%c" : "%%%02X", (unsigned char)*cursor);
  }
}

static void ask(broker_job *job, const char *cursor) {
  neap_buffer query;
  neap_buffer_init(&query);
  neap_buffer_append_text(&query, job->query);
  if (*cursor) append_cursor(&query, cursor);
  neap_buffer_append(&query, "", 1);
  const neap_coinbase_question question = {.method = "GET",
                                           .path = rules[job->kind].path,
                                           .query = query.size > 1 ? (const char *)query.data : NULL,
                                           .repeat = NEAP_REPEAT_READ};
  bool is_asked = query.status == NEAP_OK &&
                  neap_coinbase_ask(job->broker->options.client, &question, answered, job, &job->call, NULL) == NEAP_OK;
  neap_buffer_fini(&query);
  if (!is_asked) fail(job);
}

static void start(broker_job *job) {
  neap_buffer query;
  neap_buffer_init(&query);
  job->due = INT64_MAX;
  bool is_wanted = rules[job->kind].query(job->broker, &query);
  neap_buffer_append(&query, "", 1);
  if (is_wanted && query.status == NEAP_OK) {
    free(job->query);
    free(job->mark);
    job->query = (char *)query.data;
    job->mark = NULL, job->pages = 0;
    job->asked = broker_now(job->broker);
    job->runs = true;
    ask(job, "");
    return;
  }
  neap_buffer_fini(&query);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static const char *cursor_of(const neap_json_value *root) {
  neap_coinbase_reading r = {.object = root, .status = NEAP_OK};
  bool has_next = true;
  neap_coinbase_flag(&r, "has_next", &has_next);
  return has_next ? neap_coinbase_word(&r, "cursor") : "";
}

/* Pages that go round in a circle have no end: the cursors of the first, second, fourth, … page are kept, and one that
 * comes again says so. */
static bool goes_round(broker_job *job, const char *cursor) {
  if (job->mark && strcmp(job->mark, cursor) == 0) return true;
  job->pages++;
  if ((job->pages & (job->pages - 1)) == 0) {
    free(job->mark);
    job->mark = strdup(cursor);
  }
  return false;
}

static void finish(broker_job *job) {
  job->runs = false, job->done = true;
  job->failures = 0;
  if (rules[job->kind].end) rules[job->kind].end(job->broker, job);
}

/* A key that may not even look is not given another try: it is said. */
static void note_refusal(broker_job *job, const neap_coinbase_reply *reply) {
  neap_coinbase_broker *broker = job->broker;
  bool is_final = strcmp(reply->code, "auth") == 0 || strcmp(reply->code, "permission") == 0;
  if (!is_final || broker->begun) return;
  neap_fail(&broker->refusal, NEAP_REFUSED, reply->code, "%s", reply->message);
  neap_fault_set_where(&broker->refusal, "%s", rules[job->kind].path);
}

/* What keeps it from beginning, for who waits for that. */
static void note_trouble(broker_job *job, const neap_coinbase_reply *reply) {
  neap_fault *trouble = &job->broker->trouble;
  bool is_answer = reply->outcome == NEAP_COINBASE_DONE;
  if (job->broker->begun) return;
  neap_fail(trouble, NEAP_END, is_answer ? "bad_answer" : reply->code, "%s",
            is_answer ? "the answer makes no sense" : reply->message);
  neap_fault_set_where(trouble, "%s", rules[job->kind].path);
}

static bool read_page(broker_job *job, const neap_coinbase_reply *reply) {
  neap_json *json;
  if (neap_json_parse(reply->body, reply->length, &json, NULL) != NEAP_OK) return false;
  const neap_json_value *root = neap_json_root(json);
  const char *cursor = cursor_of(root);
  bool is_good = neap_json_get(root, rules[job->kind].member) != NULL && !(*cursor && goes_round(job, cursor));
  if (is_good) {
    rules[job->kind].page(job->broker, job, root);
    if (*cursor)
      ask(job, cursor);
    else
      finish(job);
  }
  neap_json_free(json);
  return is_good;
}

static void answered(void *context, const neap_coinbase_reply *reply) {
  broker_job *job = context;
  job->call = 0;
  if (reply->outcome != NEAP_COINBASE_DONE) note_refusal(job, reply);
  if (reply->outcome != NEAP_COINBASE_DONE || !read_page(job, reply)) {
    note_trouble(job, reply);
    fail(job);
  }
  broker_tell(job->broker);
  broker_view_make(job->broker);
  broker_due(job->broker, broker_now(job->broker));
}

void broker_jobs_due(neap_coinbase_broker *broker) {
  for (size_t i = 0; i < BROKER_JOBS; i++) {
    broker_job *job = &broker->jobs[i];
    if (job->runs || job->due == INT64_MAX) continue;
    if (job->due <= broker_now(broker))
      start(job);
    else
      broker_due(broker, job->due);
  }
}
