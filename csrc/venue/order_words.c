/* SPDX-License-Identifier: MIT */
/* order_words: how the venue calls the states and kinds of its orders. */
#include "venue/orders.h"

const char *neap_venue_status_word(neap_venue_status status) {
  static const char *const words[] = {"PENDING", "QUEUED",    "OPEN",    "CANCEL_QUEUED", "EDIT_QUEUED",
                                      "FILLED",  "CANCELLED", "EXPIRED", "FAILED"};
  return words[status];
}

typedef struct words {
  const char *key, *type, *title, *force;
} words;

#define GTC "GOOD_UNTIL_CANCELLED"
#define GTD "GOOD_UNTIL_DATE_TIME"
#define IOC "IMMEDIATE_OR_CANCEL"
#define FOK "FILL_OR_KILL"

static const words kinds[NEAP_VENUE_KINDS] = {
    [NEAP_MARKET_IOC] = {"market_market_ioc", "MARKET", "Market", IOC},
    [NEAP_MARKET_FOK] = {"market_market_fok", "MARKET", "Market", FOK},
    [NEAP_SOR_LIMIT_IOC] = {"sor_limit_ioc", "LIMIT", "Limit", IOC},
    [NEAP_LIMIT_GTC] = {"limit_limit_gtc", "LIMIT", "Limit", GTC},
    [NEAP_LIMIT_GTD] = {"limit_limit_gtd", "LIMIT", "Limit", GTD},
    [NEAP_LIMIT_FOK] = {"limit_limit_fok", "LIMIT", "Limit", FOK},
    [NEAP_STOP_LIMIT_GTC] = {"stop_limit_stop_limit_gtc", "STOP_LIMIT", "Stop Limit", GTC},
    [NEAP_STOP_LIMIT_GTD] = {"stop_limit_stop_limit_gtd", "STOP_LIMIT", "Stop Limit", GTD},
    [NEAP_BRACKET_GTC] = {"trigger_bracket_gtc", "BRACKET", "Bracket", GTC},
    [NEAP_BRACKET_GTD] = {"trigger_bracket_gtd", "BRACKET", "Bracket", GTD},
    [NEAP_TWAP_GTD] = {"twap_limit_gtd", "TWAP", "Twap", GTD},
    [NEAP_SCALED_GTC] = {"scaled_limit_gtc", "SCALED", "Scaled", GTC}};

const char *neap_venue_kind_key(neap_venue_kind kind) { return kinds[kind].key; }
const char *neap_venue_kind_type(neap_venue_kind kind) { return kinds[kind].type; }
const char *neap_venue_kind_type_title(neap_venue_kind kind) { return kinds[kind].title; }
const char *neap_venue_kind_force(neap_venue_kind kind) { return kinds[kind].force; }
