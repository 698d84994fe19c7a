/* SPDX-License-Identifier: MIT */
/* paper_book: leads orders through a recorded market: their arrival, its trades, its messages. */
#include "broker/paper/paper_book_state.h"

#include <stdlib.h>

static neap_status no_memory(neap_fault *fault) {
  return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the simulated venue");
}

static bool has_expired(const neap_working *working, int64_t now) {
  return working->order.ticket.time_in_force == NEAP_GTD && working->order.ticket.good_till <= now;
}

static bool is_market(const neap_working *working) {
  const neap_working_order *order = &working->order;
  return order->ticket.type == NEAP_MARKET || (order->triggered && order->ticket.type != NEAP_STOP_LIMIT);
}

static bool waits_for_trigger(const neap_working *working) {
  neap_order_type type = working->order.ticket.type;
  return !working->order.triggered && type != NEAP_MARKET && type != NEAP_LIMIT;
}

static neap_queue_place place_of(const paper_book *on, const neap_working *working) {
  return (neap_queue_place){.side = paper_side(working), .price = paper_ticks(on, working->order.ticket.limit)};
}

/* What was traded at a price since the last message: the book does not show it yet. */
static int64_t traded_since(const paper_book *on, const neap_queue_place *place) {
  int64_t sum = 0;
  for (size_t i = 0; i < on->since_count; i++) {
    const neap_market_trade *trade = &on->since[i];
    if (trade->taken != place->side || trade->price != place->price) continue;
    if (__builtin_add_overflow(sum, trade->size, &sum)) return INT64_MAX;
  }
  return sum;
}

static bool stands_before(const neap_queue_place *a, const neap_queue_place *b) {
  if (a->side != b->side) return a->side < b->side;
  return neap_queue_compare(a->side, a->price, b->price) <= 0;
}

static neap_status rest(paper_book *on, neap_working *working) {
  void *list = on->live;
  neap_status status = paper_room(&list, on->live_count, &on->live_size, sizeof *on->live);
  on->live = list;
  if (status != NEAP_OK) return status;
  working->place = place_of(on, working);
  neap_queue_place_join(&working->place, on->book, traded_since(on, &working->place));
  size_t at = on->live_count++;
  for (; at > 0 && !stands_before(&on->live[at - 1]->place, &working->place); at--) on->live[at] = on->live[at - 1];
  on->live[at] = working;
  return NEAP_OK;
}

/* Before anything of this walk is forgotten. */
static void sweep(paper_book *on) {
  size_t kept = 0;
  for (size_t i = 0; i < on->live_count; i++)
    if (!on->live[i]->gone) on->live[kept++] = on->live[i];
  on->live_count = kept;
}

void neap_paper_forget(neap_paper *paper, uint32_t product) { sweep(&paper->books->book[product]); }

static void end_rest(neap_paper *paper, neap_working *working) {
  neap_time_in_force time_in_force = working->order.ticket.time_in_force;
  bool at_once = time_in_force == NEAP_IOC || time_in_force == NEAP_FOK;
  neap_paper_end_order(paper, working, NEAP_REPORT_CANCELLED,
                       at_once ? neap_time_in_force_name(time_in_force) : "no_liquidity",
                       at_once ? "what could not be filled at once" : "the book shows no more that it could take");
}

static bool may_rest(const neap_working *working) {
  neap_time_in_force time_in_force = working->order.ticket.time_in_force;
  return !is_market(working) && time_in_force != NEAP_IOC && time_in_force != NEAP_FOK;
}

/* It takes what it can; what is left of it rests or ends. */
static neap_status activate(neap_paper *paper, paper_book *on, neap_working *working) {
  neap_status status = NEAP_OK;
  bool limited = !is_market(working);
  if (limited && !working->order.sized) status = paper_size_up(paper, working);
  if (status != NEAP_OK || working->gone) return status;
  const neap_queue_place place = place_of(on, working);
  if (!limited || neap_queue_place_is_reached(&place, on->book)) status = paper_take(paper, on, working);
  if (status != NEAP_OK || working->gone) return status;
  if (may_rest(working)) return rest(on, working);
  end_rest(paper, working);
  return NEAP_OK;
}

static bool crosses_post_only(const paper_book *on, const neap_working *working) {
  const neap_queue_place place = place_of(on, working);
  return working->order.ticket.post_only && working->order.ticket.type == NEAP_LIMIT &&
         neap_queue_place_is_reached(&place, on->book);
}

static void accept(neap_paper *paper, neap_working *working) {
  const neap_report report = {.kind = NEAP_REPORT_ACCEPTED, .order = working->order.ticket.number};
  if (working->accepted) return;
  working->accepted = true;
  neap_paper_tell(paper, working->order.ticket.product, &report);
}

static neap_status arrive(neap_paper *paper, paper_book *on, neap_working *working) {
  working->arrived = on->book->whole;
  if (!working->arrived) return NEAP_OK;
  if (has_expired(working, paper->books->now)) {
    neap_paper_end_order(paper, working, NEAP_REPORT_EXPIRED, "good_till", "its time has passed");
    return NEAP_OK;
  }
  if (crosses_post_only(on, working)) {
    neap_paper_refuse(paper, working, "post_only_cross", "a post-only order would have traded when it was placed");
    return NEAP_OK;
  }
  accept(paper, working);
  return waits_for_trigger(working) ? NEAP_OK : activate(paper, on, working);
}

/* Between enter and leave of the working orders, with what came of it. */
static neap_status done(neap_paper *paper, paper_book *on, neap_status status, neap_fault *fault) {
  sweep(on);
  neap_working_orders_leave(&paper->orders);
  if (status == NEAP_OK && paper->books->failed) status = NEAP_MEMORY;
  if (status == NEAP_MEMORY) return no_memory(fault);
  if (status == NEAP_RANGE) return neap_fail(fault, status, "overflow", "the value of a fill does not fit a decimal");
  if (status != NEAP_OK && fault) *fault = paper->fault;
  return status;
}

static neap_status read_letter(neap_paper *paper, const neap_paper_letter *letter, neap_fault *fault) {
  neap_working *working = neap_working_orders_find(&paper->orders, letter->order);
  if (!working && letter->is_cancel) neap_paper_refuse_cancel(paper, letter->order);
  if (!working) return NEAP_OK;
  paper_book *on = &paper->books->book[working->order.ticket.product];
  neap_status status = NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  if (letter->is_cancel)
    neap_paper_end_order(paper, working, NEAP_REPORT_CANCELLED, "", "");
  else
    working->waits = true, status = arrive(paper, on, working);
  return done(paper, on, status, fault);
}

static void expire(neap_paper *paper, uint32_t product) {
  for (neap_working *at = paper->orders.lists[product].first; at; at = at->next)
    if (!at->gone && at->arrived && has_expired(at, paper->books->now))
      neap_paper_end_order(paper, at, NEAP_REPORT_EXPIRED, "good_till", "its time has passed");
}

/* Those that rest, the best first; each takes what those before it left. */
static neap_status fill_resting(neap_paper *paper, paper_book *on, const neap_market_trade *trade) {
  int64_t size = trade->size, made = 0;
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < on->live_count; i++) {
    neap_working *working = on->live[i];
    if (working->gone) continue;
    int64_t reaches = neap_queue_place_trade(&working->place, trade, size);
    int64_t left = paper_lots(on, working->order.remaining);
    int64_t lots = paper_whole(on, reaches < left ? reaches : left);
    if (lots == 0) continue;
    status = paper_make(paper, on, working, lots, &made);
    size -= made;
  }
  return status;
}

/* A trade is a bar of one price. */
static neap_status move_stop(neap_paper *paper, paper_book *on, neap_working *working, neap_decimal price) {
  const neap_candle bar = {.open = price, .high = price, .low = price, .close = price};
  const neap_product *product = &paper->products[working->order.ticket.product];
  neap_candle_quote quote;
  neap_status status = neap_candle_fill_quote(&working->order, product, NEAP_BAR_OPEN, &bar, &quote);
  if (status == NEAP_OK && !working->order.triggered)
    status = neap_candle_fill_quote(&working->order, product, NEAP_BAR_RANGE, &bar, &quote);
  if (status != NEAP_OK) return neap_paper_refuse(paper, working, "overflow", "its prices do not fit"), NEAP_OK;
  return working->order.triggered ? activate(paper, on, working) : NEAP_OK;
}

static neap_status move_stops(neap_paper *paper, paper_book *on, uint32_t product, const neap_market_trade *trade) {
  neap_status status = NEAP_OK;
  neap_working *at = paper->orders.lists[product].first;
  for (; status == NEAP_OK && on->book->whole && at; at = at->next)
    if (!at->gone && at->arrived && waits_for_trigger(at))
      status = move_stop(paper, on, at, paper_price(on, trade->price));
  return status;
}

static neap_status remember(paper_book *on, const neap_market_trade *trade) {
  void *list = on->since;
  neap_status status = paper_room(&list, on->since_count, &on->since_size, sizeof *on->since);
  on->since = list;
  if (status == NEAP_OK) on->since[on->since_count++] = *trade;
  return status;
}

neap_status neap_paper_trade(neap_paper *paper, uint32_t product, const neap_market_trade *trade, neap_fault *fault) {
  paper_book *on = &paper->books->book[product];
  paper->books->now = trade->time;
  neap_working_orders_enter(&paper->orders);
  neap_status status = remember(on, trade);
  if (paper->orders.lists[product].count == 0) return done(paper, on, status, fault);
  expire(paper, product);
  if (status == NEAP_OK) status = fill_resting(paper, on, trade);
  if (status == NEAP_OK) status = move_stops(paper, on, product, trade);
  return done(paper, on, status, fault);
}

/* The other side came to the order's price: what it shows there would have met the order first. */
static neap_status fill_through(neap_paper *paper, paper_book *on, neap_working *working) {
  int64_t lots, made, left = paper_lots(on, working->order.remaining);
  neap_status status = paper_take_through(on, paper_other(working), working->place.price, left, &lots);
  return status == NEAP_OK && lots ? paper_make(paper, on, working, lots, &made) : status;
}

static neap_status follow_book(neap_paper *paper, paper_book *on) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < on->live_count; i++) {
    neap_working *working = on->live[i];
    if (working->gone) continue;
    neap_queue_place_message(&working->place, on->book, paper->options.queue, &paper->books->queue_draws);
    if (neap_queue_place_is_reached(&working->place, on->book)) status = fill_through(paper, on, working);
  }
  return status;
}

static neap_status let_in(neap_paper *paper, paper_book *on, uint32_t product) {
  neap_status status = NEAP_OK;
  for (neap_working *at = paper->orders.lists[product].first; status == NEAP_OK && at; at = at->next)
    if (!at->gone && at->waits && !at->arrived) status = arrive(paper, on, at);
  return status;
}

neap_status neap_paper_message(neap_paper *paper, uint32_t product, const neap_book_message *message, bool is_snapshot,
                               neap_fault *fault) {
  paper_book *on = &paper->books->book[product];
  paper->books->now = message->time;
  on->since_count = 0;
  paper_forget_taken(on, message, is_snapshot);
  if (paper->orders.lists[product].count == 0) return NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  expire(paper, product);
  neap_status status = NEAP_OK;
  if (on->book->whole) status = follow_book(paper, on);
  if (status == NEAP_OK && on->book->whole) status = let_in(paper, on, product);
  return done(paper, on, status, fault);
}

static bool letter_comes_first(const neap_paper_link *link) {
  const neap_paper_letter *letter = neap_paper_link_letter(link);
  const neap_paper_answer *answer = neap_paper_link_next(link);
  return letter && (!answer || letter->arrives <= answer->arrives);
}

int64_t neap_paper_next(const neap_paper *paper) {
  if (!paper->books) return INT64_MAX;
  const neap_paper_letter *letter = neap_paper_link_letter(&paper->books->link);
  const neap_paper_answer *answer = neap_paper_link_next(&paper->books->link);
  int64_t out = letter ? letter->arrives : INT64_MAX, back = answer ? answer->arrives : INT64_MAX;
  return out < back ? out : back;
}

/* The next of both; *at: not before it. */
static neap_status step(neap_paper *paper, int64_t at, neap_fault *fault) {
  neap_paper_link *link = &paper->books->link;
  neap_paper_letter letter;
  neap_paper_answer answer;
  if (letter_comes_first(link) && neap_paper_link_take_letter(link, &letter)) {
    paper->books->now = letter.arrives < at ? letter.arrives : at;
    return read_letter(paper, &letter, fault);
  }
  if (neap_paper_link_take_answer(link, &answer)) paper->sink.report(paper->sink.context, &answer.report);
  return NEAP_OK;
}

neap_status neap_paper_run(neap_paper *paper, neap_fault *fault) { return step(paper, INT64_MAX, fault); }

neap_status neap_paper_land(neap_paper *paper, int64_t now, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && neap_paper_next(paper) != INT64_MAX) status = step(paper, now, fault);
  return status;
}

void neap_paper_deliver(neap_paper *paper) {
  neap_paper_answer answer;
  while (paper->books && neap_paper_link_take_answer(&paper->books->link, &answer))
    paper->sink.report(paper->sink.context, &answer.report);
}

neap_status neap_paper_book_open(neap_paper *paper, uint32_t product, const neap_price_book *book, neap_fault *fault) {
  if (!paper->books) {
    const neap_paper_options *options = &paper->options;
    paper->books = calloc(1, sizeof *paper->books);
    if (paper->books) paper->books->book = calloc(paper->orders.products, sizeof *paper->books->book);
    if (!paper->books || !paper->books->book) return no_memory(fault);
    neap_paper_link_init(&paper->books->link, &options->out, &options->back, options->seed);
    paper->books->queue_draws = ~options->seed;
  }
  paper_book *on = &paper->books->book[product];
  on->book = book;
  on->unit = (int64_t)(paper->products[product].base_increment.units / book->size_increment.units);
  return NEAP_OK;
}

void neap_paper_books_free(neap_paper *paper) {
  if (!paper->books) return;
  for (uint32_t i = 0; paper->books->book && i < paper->orders.products; i++) {
    free(paper->books->book[i].live);
    free(paper->books->book[i].taken);
    free(paper->books->book[i].since);
  }
  neap_paper_link_fini(&paper->books->link);
  free(paper->books->book);
  free(paper->books);
}
