/* SPDX-License-Identifier: MIT */
/* rest_portfolios: a user's portfolios: made, named, left, and money moved between them. Their sums are in
 * rest_breakdown.c. */
#include <stdio.h>
#include <string.h>

#include "venue/breakdown.h"

static void write_portfolio(neap_json_writer *json, const char *key, const neap_venue_portfolio *portfolio) {
  neap_json_object(json, key);
  neap_json_string(json, "name", portfolio->name);
  neap_json_string(json, "uuid", portfolio->id);
  neap_json_string(json, "type", portfolio->type);
  neap_json_bool(json, "deleted", portfolio->is_deleted);
  neap_json_end_object(json);
}

static void answer_portfolio(neap_rest_call *call, const neap_venue_portfolio *portfolio) {
  neap_json_object(&call->json, NULL);
  write_portfolio(&call->json, "portfolio", portfolio);
  neap_json_end_object(&call->json);
}

static void list_portfolios(neap_venue *venue, neap_rest_call *call) {
  static const char *const types[] = {"UNDEFINED", "DEFAULT", "CONSUMER", "INTX", NULL};
  const char *type;
  if (!neap_rest_query_word(call, "portfolio_type", types, &type)) return;
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "portfolios");
  for (size_t i = 1; i < venue->portfolio_count; i++) {
    const neap_venue_portfolio *portfolio = &venue->portfolios[i];
    bool is_wanted = type == types[0] || strcmp(type, portfolio->type) == 0;
    if (is_wanted && neap_venue_is_of(portfolio, call)) write_portfolio(&call->json, NULL, portfolio);
  }
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}

/* A name that none of the user's portfolios but `but` has. NULL: a refusal was written. */
static const char *check_name(neap_venue *venue, neap_rest_call *call, const neap_venue_portfolio *but) {
  const char *name = neap_rest_text(call->body, "name");
  if (!name || !*name || strlen(name) >= sizeof venue->portfolios->name)
    return neap_rest_refuse_argument(call, "name must be a text of 1 to 63 bytes"), NULL;
  for (size_t i = 1; i < venue->portfolio_count; i++)
    if (&venue->portfolios[i] != but && neap_venue_is_of(&venue->portfolios[i], call) &&
        strcmp(venue->portfolios[i].name, name) == 0)
      return neap_rest_refuse_argument(call, "a portfolio with this name exists already"), NULL;
  return name;
}

static void create(neap_venue *venue, neap_rest_call *call) {
  const char *name = check_name(venue, call, NULL);
  if (!name) return;
  neap_venue_portfolio *made =
      neap_venue_push(&venue->portfolios, &venue->portfolio_count, &venue->portfolio_size, sizeof *made);
  if (!made) {
    venue->has_failed = true;
    return;
  }
  *made = (neap_venue_portfolio){.type = "CONSUMER", .user = call->key->user};
  snprintf(made->name, sizeof made->name, "%s", name);
  neap_venue_make_id(venue, made->id);
  answer_portfolio(call, made);
}

static void edit(neap_venue *venue, neap_rest_call *call) {
  neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  const char *name = portfolio ? check_name(venue, call, portfolio) : NULL;
  if (!name) return;
  snprintf(portfolio->name, sizeof portfolio->name, "%s", name);
  answer_portfolio(call, portfolio);
}

static bool is_empty(const neap_venue_portfolio *portfolio) {
  for (size_t i = 0; i < portfolio->wallet_count; i++)
    if (portfolio->wallets[i].available.units || portfolio->wallets[i].hold.units) return false;
  for (size_t i = 0; i < portfolio->position_count; i++)
    if (portfolio->positions[i].contracts) return false;
  return true;
}

static void delete (neap_venue *venue, neap_rest_call *call) {
  neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  if (!portfolio) return;
  if (strcmp(portfolio->type, "DEFAULT") == 0) {
    neap_rest_refuse_argument(call, "the default portfolio cannot be deleted");
    return;
  }
  if (!is_empty(portfolio)) {
    neap_rest_refuse_argument(call, "portfolio must be empty before it is deleted");
    return;
  }
  portfolio->is_deleted = true;
  neap_json_object(&call->json, NULL);
  neap_json_end_object(&call->json);
}

static void move_funds(neap_venue *venue, neap_rest_call *call) {
  char currency[NEAP_VENUE_CURRENCY];
  neap_decimal amount;
  if (!neap_rest_read_funds(call, "funds", currency, &amount)) return;
  const neap_venue_portfolio *from =
      neap_rest_portfolio(venue, call, neap_rest_text(call->body, "source_portfolio_uuid"));
  const neap_venue_portfolio *to =
      from ? neap_rest_portfolio(venue, call, neap_rest_text(call->body, "target_portfolio_uuid")) : NULL;
  if (!to) return;
  if (from == to) {
    neap_rest_refuse_argument(call, "source and target portfolio are the same");
    return;
  }
  uint32_t source = neap_venue_portfolio_index(venue, from), target = neap_venue_portfolio_index(venue, to);
  if (neap_decimal_cmp(neap_venue_movable(venue, source, currency), amount) < 0) {
    neap_rest_refuse_funds(call);
    return;
  }
  neap_venue_move(venue, source, target, currency, amount);
  neap_json_object(&call->json, NULL);
  neap_json_string(&call->json, "source_portfolio_uuid", from->id);
  neap_json_string(&call->json, "target_portfolio_uuid", to->id);
  neap_json_end_object(&call->json);
}

static void breakdown(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_portfolio *portfolio = neap_rest_portfolio(venue, call, call->part[0]);
  if (!portfolio) return;
  neap_json_object(&call->json, NULL);
  neap_json_object(&call->json, "breakdown");
  write_portfolio(&call->json, "portfolio", portfolio);
  neap_rest_write_breakdown(venue, call, portfolio);
  neap_json_end_object(&call->json);
  neap_json_end_object(&call->json);
}

const neap_rest_route neap_rest_portfolio_routes[] = {
    {"GET", "/portfolios", NEAP_MAY_VIEW, false, list_portfolios},
    {"POST", "/portfolios", NEAP_MAY_TRADE, true, create},
    {"POST", "/portfolios/move_funds", NEAP_MAY_TRANSFER, true, move_funds},
    {"GET", "/portfolios/*", NEAP_MAY_VIEW, false, breakdown},
    {"PUT", "/portfolios/*", NEAP_MAY_TRADE, true, edit},
    {"DELETE", "/portfolios/*", NEAP_MAY_TRADE, true, delete},
    {0}};
