/* SPDX-License-Identifier: MIT */
/* own_products: a small list of products for a venue that is handed none: one of each sort that a client has to know.
 */
#include <string.h>

#include "venue/venue_state.h"

typedef struct own_product {
  const char *id, *base_name, *quote_name, *base, *quote; /* base "" of a contract */
  const char *price, *change, *low, *high, *volume, *volume_change;
  const char *price_increment, *base_increment, *quote_increment;
  const char *base_min, *base_max, *quote_min, *quote_max;
  const char *alias, *alias_to;
  const char *status, *venue, *display_name;
  bool is_disabled, limit_only;
} own_product;

/* What a contract has besides. */
typedef struct own_contract {
  const char *id, *code, *expiry, *expiry_name, *size, *unit, *group, *short_group, *name;
  const char *managed_by, *expiry_type;
  const char *open_interest, *funding_rate, *funding_time, *funding_interval, *max_leverage, *index_price;
} own_contract;

#define ONLINE .status = "online", .venue = "CBE"
#define BITCOIN .base_name = "Bitcoin", .base = "BTC"
#define ETHER .base_name = "Ethereum", .base = "ETH"
#define SOLANA .base_name = "Solana", .base = "SOL"
#define DOLLAR .quote_name = "US Dollar", .quote = "USD"
#define DOLLAR_COIN .quote_name = "USDC", .quote = "USDC"
#define CENTS .price_increment = "0.01", .quote_increment = "0.01"
#define FINE .base_increment = "0.00000001", .base_min = "0.00000001"
#define UP_TO_150_MILLION .quote_min = "1", .quote_max = "150000000"
#define UP_TO_50_MILLION .quote_min = "1", .quote_max = "50000000"
#define BITCOIN_DAY                                                                                                    \
  .change = "0.09601107287722", .volume = "2867.54532609", .volume_change = "11.16524863692957", .low = "64675.22",    \
  .high = "65252.99", .base_max = "3400"
#define ETHER_DAY                                                                                                      \
  .change = "0.02866180631915", .volume = "19975.95927439", .volume_change = "0.18407044097561", .low = "1911.04",     \
  .high = "1925", .base_max = "42000"
#define SOLANA_DAY                                                                                                     \
  .change = "1.16751934933753", .volume = "370504.50543101", .volume_change = "-3.2170441", .low = "75.69",            \
  .high = "77.51", .base_max = "270000"
#define NANO                                                                                                           \
  .price_increment = "5", .quote_increment = "0.01", .base_increment = "1", .base_min = "1", .base_max = "5000",       \
  .quote_min = "0", .quote_max = "100000000", .status = "", .venue = "FCM", .base_name = "", .base = "", DOLLAR

/* The limits are the venue's of 2026, the prices of one day of it. */
static const own_product own_products[] = {
    {"BTC-USD", BITCOIN, DOLLAR, ONLINE, CENTS, FINE, UP_TO_150_MILLION, BITCOIN_DAY, .price = "65086.18",
     .alias_to = "BTC-USDC"},
    {"BTC-USDC", BITCOIN, DOLLAR_COIN, ONLINE, CENTS, FINE, UP_TO_150_MILLION, BITCOIN_DAY, .price = "65083.67",
     .alias = "BTC-USD"},
    {"ETH-USD", ETHER, DOLLAR, ONLINE, CENTS, FINE, UP_TO_150_MILLION, ETHER_DAY, .price = "1919.5",
     .alias_to = "ETH-USDC"},
    {"ETH-USDC", ETHER, DOLLAR_COIN, ONLINE, CENTS, FINE, UP_TO_150_MILLION, ETHER_DAY, .price = "1919.48",
     .alias = "ETH-USD"},
    {"SOL-USD", SOLANA, DOLLAR, ONLINE, CENTS, FINE, UP_TO_50_MILLION, SOLANA_DAY, .price = "77.12",
     .alias_to = "SOL-USDC"},
    {"SOL-USDC", SOLANA, DOLLAR_COIN, ONLINE, CENTS, FINE, UP_TO_50_MILLION, SOLANA_DAY, .price = "77.12",
     .alias = "SOL-USD"},
    {"SHIB-USD", .base_name = "Shiba Inu", .base = "SHIB", DOLLAR, ONLINE, .price = "0.00000582",
     .change = "-1.02040816326531", .low = "0.00000575", .high = "0.00000594", .volume = "98304512233",
     .volume_change = "-7.50210045112", .price_increment = "0.00000001", .quote_increment = "0.00000001",
     .base_increment = "1", .base_min = "1", .base_max = "1000000000000", .quote_min = "1", .quote_max = "1000000"},
    {"ETH-BTC", ETHER, .quote_name = "Bitcoin", .quote = "BTC", ONLINE, FINE, .price = "0.029488",
     .change = "-0.06778389481", .low = "0.02934", .high = "0.0296", .volume = "301.22715466",
     .volume_change = "4.10662201", .price_increment = "0.000001", .quote_increment = "0.000001", .base_max = "2000",
     .quote_min = "0.00001", .quote_max = "140"},
    {"USDT-USDC", .base_name = "Tether", .base = "USDT", DOLLAR_COIN, ONLINE, .price = "0.99911",
     .change = "-0.00200140098", .low = "0.99902", .high = "0.99919", .volume = "28611820.36",
     .volume_change = "21.8180031", .price_increment = "0.00001", .quote_increment = "0.00001",
     .base_increment = "0.01", .base_min = "0.01", .base_max = "10000000", .quote_min = "1", .quote_max = "10000000",
     .limit_only = true},
    {"MKR-USD", .base_name = "Maker", .base = "MKR", DOLLAR, CENTS, .price = "1780.44", .change = "", .low = "",
     .high = "", .volume = "", .volume_change = "", .base_increment = "0.000001", .base_min = "0.000001",
     .base_max = "2500", .quote_min = "1", .quote_max = "5000000", .status = "delisted", .venue = "CBE",
     .is_disabled = true},
    {"BIT-31DEC27-CDE", NANO, .price = "66935", .change = "0.1122046", .low = "66320", .high = "67105",
     .volume = "102187", .volume_change = "8.74090247", .display_name = "BTC 31 DEC 27"},
    {"BIP-20DEC30-CDE", NANO, .price = "65080", .change = "0.0960110", .low = "64660", .high = "65260",
     .volume = "678476", .volume_change = "12.78077765", .display_name = "BTC PERP"},
    {"BTC-PERP-INTX",
     .base_name = "",
     .base = "",
     DOLLAR_COIN,
     .status = "",
     .venue = "INTX",
     .price = "65081.3",
     .change = "0.0931010",
     .low = "64668.1",
     .high = "65255.9",
     .volume = "4120.3377",
     .volume_change = "3.0121187",
     .price_increment = "0.1",
     .quote_increment = "0.1",
     .base_increment = "0.0001",
     .base_min = "0.0001",
     .base_max = "4000",
     .quote_min = "10",
     .quote_max = "100000000",
     .display_name = "BTC PERP"},
};

static const own_contract own_contracts[] = {
    {"BIT-31DEC27-CDE", "BIT", "2027-12-31T16:00:00Z", "2027-12", "0.01", "BTC", "nano Bitcoin Futures", "nano BTC",
     "BTC 31 DEC 27", "MANAGED_BY_FCM", "EXPIRING", "35445", "", NULL, NULL, "", ""},
    {"BIP-20DEC30-CDE", "BIP", "2030-12-20T16:00:00Z", "2030-12", "0.01", "BTC", "nano BTC Perp Futures",
     "nano BTC Perp", "BTC PERP", "MANAGED_BY_FCM", "EXPIRING", "183283", "0.000013", "2026-08-09T22:00:00Z", "3600s",
     "", "65079.882564"},
    {"BTC-PERP-INTX", "BTC", NULL, "", "1", "BTC", "", "", "BTC PERP", "MANAGED_BY_VENUE", "PERPETUAL", "2210.7714",
     "0.000011", "2026-08-09T22:00:00Z", "3600s", "20", "65079.9"},
};

static const own_contract *contract_of(const own_product *product) {
  for (size_t i = 0; i < sizeof own_contracts / sizeof *own_contracts; i++)
    if (strcmp(own_contracts[i].id, product->id) == 0) return &own_contracts[i];
  return NULL;
}

static void write_prices(neap_json_writer *out, const own_product *product) {
  neap_json_string(out, "price", product->price);
  neap_json_string(out, "price_percentage_change_24h", product->change);
  neap_json_string(out, "volume_24h", product->volume);
  neap_json_string(out, "volume_percentage_change_24h", product->volume_change);
}

static void write_limits(neap_json_writer *out, const own_product *product) {
  neap_json_string(out, "base_increment", product->base_increment);
  neap_json_string(out, "quote_increment", product->quote_increment);
  neap_json_string(out, "quote_min_size", product->quote_min);
  neap_json_string(out, "quote_max_size", product->quote_max);
  neap_json_string(out, "base_min_size", product->base_min);
  neap_json_string(out, "base_max_size", product->base_max);
}

static void write_flags(neap_json_writer *out, const own_product *product) {
  neap_json_bool(out, "watched", false);
  neap_json_bool(out, "is_disabled", false);
  neap_json_bool(out, "new", false);
  neap_json_string(out, "status", product->status);
  neap_json_bool(out, "cancel_only", false);
  neap_json_bool(out, "limit_only", product->limit_only);
  neap_json_bool(out, "post_only", false);
  neap_json_bool(out, "trading_disabled", product->is_disabled);
  neap_json_bool(out, "auction_mode", false);
}

static void write_session(neap_json_writer *out, bool has_one) {
  if (!has_one) {
    neap_json_string(out, "fcm_trading_session_details", NULL);
    return;
  }
  neap_json_object(out, "fcm_trading_session_details");
  neap_json_bool(out, "is_session_open", true);
  neap_json_string(out, "open_time", "2026-08-09T22:00:00Z");
  neap_json_string(out, "close_time", "2026-08-10T21:00:00Z");
  neap_json_string(out, "session_state", "FCM_TRADING_SESSION_STATE_OPEN");
  neap_json_bool(out, "after_hours_order_entry_disabled", false);
  neap_json_string(out, "closed_reason", "FCM_TRADING_SESSION_CLOSED_REASON_UNDEFINED");
  neap_json_string(out, "maintenance", NULL);
  neap_json_end_object(out);
}

static void write_alias(neap_json_writer *out, const own_product *product) {
  neap_json_string(out, "alias", product->alias ? product->alias : "");
  neap_json_array(out, "alias_to");
  if (product->alias_to) neap_json_string(out, NULL, product->alias_to);
  neap_json_end_array(out);
}

static void write_looks(neap_json_writer *out) {
  static const char *const empty[] = {
      "market_cap", "base_cbrn", "quote_cbrn", "product_cbrn", "icon_color", "icon_url", "display_name_overwrite"};
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) neap_json_string(out, empty[i], "");
  neap_json_bool(out, "is_alpha_testing", false);
  neap_json_string(out, "about_description", "");
  neap_json_string(out, "best_bid_price", "");
  neap_json_string(out, "best_ask_price", "");
}

static void write_names(neap_json_writer *out, const own_product *product, bool is_contract) {
  neap_json_string(out, "product_type", is_contract ? "FUTURE" : "SPOT");
  neap_json_string(out, "quote_currency_id", product->quote);
  neap_json_string(out, "base_currency_id", product->base);
  write_session(out, strcmp(product->venue, "FCM") == 0);
  neap_json_string(out, "mid_market_price", "");
  write_alias(out, product);
  neap_json_string(out, "base_display_symbol", product->base);
  neap_json_string(out, "quote_display_symbol", product->alias ? "USD" : product->quote);
  neap_json_bool(out, "view_only", false);
  neap_json_string(out, "price_increment", product->price_increment);
  neap_json_string(out, "display_name", product->display_name ? product->display_name : product->id);
  neap_json_string(out, "product_venue", product->venue);
  neap_json_string(out, "approximate_quote_24h_volume", "");
  neap_json_string(out, "new_at", is_contract ? NULL : "2023-01-01T00:00:00Z");
  write_looks(out);
  neap_json_string(out, "high_24h", product->high);
  neap_json_string(out, "low_24h", product->low);
}

static void write_perpetual(neap_json_writer *out, const own_contract *contract) {
  bool is_perpetual = strcmp(contract->expiry_type, "PERPETUAL") == 0;
  neap_json_object(out, "perpetual_details");
  neap_json_string(out, "open_interest", contract->open_interest);
  neap_json_string(out, "funding_rate", is_perpetual ? contract->funding_rate : "");
  neap_json_string(out, "funding_time", is_perpetual ? contract->funding_time : NULL);
  neap_json_string(out, "max_leverage", contract->max_leverage);
  neap_json_string(out, "base_asset_uuid", "");
  neap_json_string(out, "underlying_type", is_perpetual ? "SPOT" : "");
  neap_json_end_object(out);
}

static void write_funding(neap_json_writer *out, const own_contract *contract) {
  neap_json_string(out, "contract_display_name", contract->name);
  neap_json_string(out, "time_to_expiry_ms", "");
  neap_json_bool(out, "non_crypto", false);
  neap_json_string(out, "contract_expiry_name", contract->expiry_name);
  neap_json_bool(out, "twenty_four_by_seven", true);
  neap_json_string(out, "funding_interval", contract->funding_interval);
  neap_json_string(out, "open_interest", contract->open_interest);
  neap_json_string(out, "funding_rate", contract->funding_rate);
  neap_json_string(out, "funding_time", contract->funding_time);
  neap_json_string(out, "display_name", contract->name);
  neap_json_string(out, "futures_asset_type", "FUTURES_ASSET_TYPE_CRYPTO");
  neap_json_string(out, "index_price", contract->index_price);
}

/* What positions ask for here, by day and by night: all of their value. */
static void write_margin_rate(neap_json_writer *out, const char *key) {
  neap_json_object(out, key);
  neap_json_string(out, "long_margin_rate", "1");
  neap_json_string(out, "short_margin_rate", "1");
  neap_json_end_object(out);
}

static void write_margin(neap_json_writer *out, const own_product *product) {
  write_margin_rate(out, "intraday_margin_rate");
  write_margin_rate(out, "overnight_margin_rate");
  neap_json_string(out, "settlement_price", product->price);
  neap_json_object(out, "region_enabled");
  neap_json_end_object(out);
  neap_json_string(out, "contract_code_display_name", "");
  neap_json_string(out, "product_group_cbrn", "");
}

static void write_contract(neap_json_writer *out, const own_product *product, const own_contract *contract) {
  neap_json_object(out, "future_product_details");
  neap_json_string(out, "venue", strcmp(contract->managed_by, "MANAGED_BY_FCM") == 0 ? "cde" : "intx");
  neap_json_string(out, "contract_code", contract->code);
  neap_json_string(out, "contract_expiry", contract->expiry);
  neap_json_string(out, "contract_size", contract->size);
  neap_json_string(out, "contract_root_unit", contract->unit);
  neap_json_string(out, "group_description", contract->group);
  neap_json_string(out, "contract_expiry_timezone", contract->expiry ? "Europe/London" : "");
  neap_json_string(out, "group_short_description", contract->short_group);
  neap_json_string(out, "risk_managed_by", contract->managed_by);
  neap_json_string(out, "contract_expiry_type", contract->expiry_type);
  write_perpetual(out, contract);
  write_funding(out, contract);
  write_margin(out, product);
  neap_json_end_object(out);
}

static void write_product(neap_json_writer *out, const own_product *product) {
  const own_contract *contract = contract_of(product);
  neap_json_object(out, NULL);
  neap_json_string(out, "product_id", product->id);
  write_prices(out, product);
  write_limits(out, product);
  neap_json_string(out, "base_name", product->base_name);
  neap_json_string(out, "quote_name", product->quote_name);
  write_flags(out, product);
  write_names(out, product, contract);
  if (contract) write_contract(out, product, contract);
  neap_json_end_object(out);
}

void neap_venue_write_own_products(neap_buffer *out) {
  neap_json_writer writer;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  neap_json_array(&writer, "products");
  for (size_t i = 0; i < sizeof own_products / sizeof *own_products; i++) write_product(&writer, &own_products[i]);
  neap_json_end_array(&writer);
  neap_json_int(&writer, "num_products", (int64_t)(sizeof own_products / sizeof *own_products));
  neap_json_end_object(&writer);
}
