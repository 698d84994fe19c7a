/* SPDX-License-Identifier: MIT */
#include "broker/paper/paper_link.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 16 };

static void *at(const neap_paper_fifo *fifo, size_t place) {
  return fifo->items + (fifo->first + place) % fifo->size * fifo->each;
}

static neap_status grow(neap_paper_fifo *fifo) {
  size_t size = fifo->size ? fifo->size * 2 : FIRST_SIZE;
  unsigned char *items = malloc(size * fifo->each);
  if (!items) return NEAP_MEMORY;
  for (size_t i = 0; i < fifo->count; i++) memcpy(items + i * fifo->each, at(fifo, i), fifo->each);
  free(fifo->items);
  fifo->items = items;
  fifo->size = size;
  fifo->first = 0;
  return NEAP_OK;
}

static neap_status push(neap_paper_fifo *fifo, const void *item) {
  neap_status status = fifo->count == fifo->size ? grow(fifo) : NEAP_OK;
  if (status != NEAP_OK) return status;
  memcpy(at(fifo, fifo->count++), item, fifo->each);
  return NEAP_OK;
}

static bool take(neap_paper_fifo *fifo, void *out) {
  if (fifo->count == 0) return false;
  memcpy(out, at(fifo, 0), fifo->each);
  fifo->first = (fifo->first + 1) % fifo->size;
  fifo->count--;
  return true;
}

void neap_paper_link_init(neap_paper_link *link, const neap_latency *out, const neap_latency *back, uint64_t seed) {
  *link = (neap_paper_link){.out = *out,
                            .back = *back,
                            .out_draws = seed,
                            .back_draws = seed ^ UINT64_C(0x5555555555555555),
                            .last_out = INT64_MIN,
                            .last_back = INT64_MIN,
                            .letters = {.each = sizeof(neap_paper_letter)},
                            .answers = {.each = sizeof(neap_paper_answer)}};
}

void neap_paper_link_fini(neap_paper_link *link) {
  free(link->letters.items);
  free(link->answers.items);
}

neap_status neap_paper_link_send(neap_paper_link *link, uint64_t order, bool is_cancel, int64_t now) {
  const neap_paper_letter letter = {neap_latency_arrival(&link->out, &link->out_draws, now, &link->last_out), order,
                                    is_cancel};
  return push(&link->letters, &letter);
}

neap_status neap_paper_link_answer(neap_paper_link *link, const neap_report *report, int64_t now) {
  const neap_paper_answer answer = {neap_latency_arrival(&link->back, &link->back_draws, now, &link->last_back),
                                    *report};
  return push(&link->answers, &answer);
}

const neap_paper_letter *neap_paper_link_letter(const neap_paper_link *link) {
  return link->letters.count ? at(&link->letters, 0) : NULL;
}

const neap_paper_answer *neap_paper_link_next(const neap_paper_link *link) {
  return link->answers.count ? at(&link->answers, 0) : NULL;
}

bool neap_paper_link_take_letter(neap_paper_link *link, neap_paper_letter *out) { return take(&link->letters, out); }
bool neap_paper_link_take_answer(neap_paper_link *link, neap_paper_answer *out) { return take(&link->answers, out); }

neap_decimal neap_paper_link_untold(const neap_paper_link *link, const neap_ticket *ticket) {
  neap_decimal sum = NEAP_ZERO;
  for (size_t i = 0; i < link->answers.count; i++) {
    const neap_report *report = &((const neap_paper_answer *)at(&link->answers, i))->report;
    const neap_fill *fill = &report->fill;
    bool counts = report->kind == NEAP_REPORT_FILL && fill->strategy == ticket->strategy &&
                  fill->product == ticket->product && fill->side == ticket->side;
    if (counts) sum.units += fill->quantity.units;
  }
  return sum;
}

neap_decimal neap_paper_link_untold_of(const neap_paper_link *link, uint64_t order) {
  neap_decimal sum = NEAP_ZERO;
  for (size_t i = 0; i < link->answers.count; i++) {
    const neap_report *report = &((const neap_paper_answer *)at(&link->answers, i))->report;
    if (report->kind == NEAP_REPORT_FILL && report->order == order) sum.units += report->fill.quantity.units;
  }
  return sum;
}

bool neap_paper_link_ends(const neap_paper_link *link, uint64_t order) {
  for (size_t i = 0; i < link->answers.count; i++) {
    const neap_report *report = &((const neap_paper_answer *)at(&link->answers, i))->report;
    bool is_end = report->kind == NEAP_REPORT_CANCELLED || report->kind == NEAP_REPORT_REJECTED ||
                  report->kind == NEAP_REPORT_EXPIRED;
    if (report->order == order && is_end) return true;
  }
  return false;
}
