-- SPDX-License-Identifier: MIT
-- Which orders may be asked for: by kind what the venue can, by product what we allow. Data only: this file runs in an
-- empty environment. Used where a profile, or the option order_policy, names it; docs/reference/order_policy.md.
return {
  doc = "The standard matrix: four products, eight kinds of orders, three more gated.",
  capabilities = {
    { type = "market", time_in_force = "ioc", post_only = false },
    { type = "limit", time_in_force = "gtc" },
    { type = "limit", time_in_force = "ioc" },
    { type = "limit", time_in_force = "fok" },
    { type = "stop", time_in_force = "gtc" },
    { type = "stop", time_in_force = "ioc" },
    { type = "stop_limit", time_in_force = "gtc" },
    { type = "stop_limit", time_in_force = "ioc" },
    { type = "limit", time_in_force = "gtd", support = "gated" },
    { type = "stop", time_in_force = "gtd", support = "gated" },
    { type = "stop_limit", time_in_force = "gtd", support = "gated" },
  },
  symbols = {
    ["BTC-USD"] = { size_increment = "0.001", price_increment = "1", max_order_size = 1000,
      spread_threshold_bps = 20 },
    ["ETH-USD"] = { size_increment = "0.01", price_increment = "0.1", max_order_size = 1000,
      spread_threshold_bps = 20 },
    ["SOL-USD"] = { size_increment = "0.1", price_increment = "0.001", max_order_size = 1000,
      spread_threshold_bps = 20 },
    ["XRP-USD"] = { size_increment = "1", price_increment = "0.0001", max_order_size = 1000,
      spread_threshold_bps = 20 },
  },
}
