-- SPDX-License-Identifier: MIT
-- The venue's REST API, an endpoint a line: method, path with its members in braces, what goes into the query, what
-- into the body, and what may be done twice. A path that is public needs no key.
local endpoints = {}

local PREFIX = "/api/v3/brokerage"

local ORDER = [[client_order_id product_id side order_configuration leverage margin_type preview_id
  attached_order_configuration sor_preference cost_basis_method self_trade_prevention_id retail_portfolio_id
  equity_order_metadata prediction_metadata]]
local PREVIEW = [[product_id side order_configuration leverage margin_type attached_order_configuration
  retail_portfolio_id commission_rate is_max tradable_balance skip_fcm_risk_check]]
local EDIT = [[order_id price size stop_price attached_order_configuration cancel_attached_order average_entry_price]]
local PRODUCTS = [[limit offset product_type product_ids contract_expiry_type expiring_contract_status
  get_tradability_status get_all_products products_sort_order cursor futures_underlying_type user_country_code
  expired]]
local ORDERS = [[order_ids product_ids product_type order_status time_in_forces order_types order_side start_date
  end_date order_placement_source contract_expiry_type asset_filters limit cursor sort_by
  use_simplified_total_value_calculation retail_portfolio_id user_native_currency]]
local FILLS = [[order_ids trade_ids product_ids start_sequence_timestamp end_sequence_timestamp limit cursor sort_by
  asset_filters order_types order_side product_types retail_portfolio_id]]
local CANDLES, TRADES, BOOK = "start end granularity limit", "limit start end",
  "product_id limit aggregation_price_increment"

local function words(text)
  local list = {}
  for word in (text or ""):gmatch "%S+" do list[#list + 1] = word end
  return list
end

local function add(name, method, path, members)
  local endpoint = { name = name, method = method, path = PREFIX .. path, query = words(members.query),
    body = words(members.body), in_path = {}, repeats = members.repeats or (method == "GET" and "read" or "order"),
    urgent = members.urgent, public = members.public, list = members.list }
  for member in path:gmatch "{([%w_]+)}" do endpoint.in_path[#endpoint.in_path + 1] = member end
  endpoints[name] = endpoint
end

local function get(name, path, query, members)
  members = members or {}
  members.query = query
  add(name, "GET", path, members)
end

local function post(name, path, body, members)
  members = members or {}
  members.body = body
  add(name, "POST", path, members)
end

local SAFE, PUBLIC = { repeats = "safe" }, { public = true }

get("accounts", "/accounts", "limit cursor retail_portfolio_id", { list = "accounts" })
get("account", "/accounts/{account_uuid}")

post("create_order", "/orders", ORDER)
post("preview_order", "/orders/preview", PREVIEW, SAFE)
post("edit_order", "/orders/edit", EDIT)
post("preview_edit", "/orders/edit_preview", EDIT, SAFE)
post("cancel_orders", "/orders/batch_cancel", "order_ids", { repeats = "safe", urgent = true })
post("close_position", "/orders/close_position", "client_order_id product_id size", { urgent = true })
get("orders", "/orders/historical/batch", ORDERS, { list = "orders" })
get("order", "/orders/historical/{order_id}", "client_order_id user_native_currency")
get("fills", "/orders/historical/fills", FILLS, { list = "fills" })

get("products", "/products", PRODUCTS, { list = "products" })
get("product", "/products/{product_id}", "get_tradability_status")
get("candles", "/products/{product_id}/candles", CANDLES)
get("trades", "/products/{product_id}/ticker", TRADES)
get("product_book", "/product_book", BOOK)
get("best_bid_ask", "/best_bid_ask", "product_ids")
get("time", "/time", nil, PUBLIC)
get("public_products", "/market/products", PRODUCTS, { public = true, list = "products" })
get("public_product", "/market/products/{product_id}", nil, PUBLIC)
get("public_candles", "/market/products/{product_id}/candles", CANDLES, PUBLIC)
get("public_trades", "/market/products/{product_id}/ticker", TRADES, PUBLIC)
get("public_product_book", "/market/product_book", BOOK, PUBLIC)

get("portfolios", "/portfolios", "portfolio_type")
post("create_portfolio", "/portfolios", "name")
get("portfolio", "/portfolios/{portfolio_uuid}", "currency")
add("edit_portfolio", "PUT", "/portfolios/{portfolio_uuid}", { body = "name", repeats = "safe" })
add("delete_portfolio", "DELETE", "/portfolios/{portfolio_uuid}", {})
post("move_funds", "/portfolios/move_funds", "funds source_portfolio_uuid target_portfolio_uuid")

get("futures_balance", "/cfm/balance_summary")
get("futures_positions", "/cfm/positions")
get("futures_position", "/cfm/positions/{product_id}")
post("schedule_sweep", "/cfm/sweeps/schedule", "usd_amount")
get("sweeps", "/cfm/sweeps")
add("cancel_sweep", "DELETE", "/cfm/sweeps", {})
get("margin_setting", "/cfm/intraday/margin_setting")
post("set_margin_setting", "/cfm/intraday/margin_setting", "setting", SAFE)
get("margin_window", "/cfm/intraday/current_margin_window", "margin_profile_type")

post("allocate", "/intx/allocate", "portfolio_uuid symbol amount currency")
get("perpetuals_portfolio", "/intx/portfolio/{portfolio_uuid}")
get("perpetuals_positions", "/intx/positions/{portfolio_uuid}")
get("perpetuals_position", "/intx/positions/{portfolio_uuid}/{symbol}")
get("perpetuals_balances", "/intx/balances/{portfolio_uuid}")
post("set_multi_asset_collateral", "/intx/multi_asset_collateral", "portfolio_uuid multi_asset_collateral_enabled",
  SAFE)

get("transaction_summary", "/transaction_summary", "product_type contract_expiry_type product_venue")
get("key_permissions", "/key_permissions")
get("payment_methods", "/payment_methods")
get("payment_method", "/payment_methods/{payment_method_id}")
post("convert_quote", "/convert/quote", "from_account to_account amount trade_incentive_metadata")
get("convert_trade", "/convert/trade/{trade_id}", "from_account to_account")
post("commit_convert", "/convert/trade/{trade_id}", "from_account to_account")

return endpoints
