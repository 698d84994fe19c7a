-- SPDX-License-Identifier: MIT
-- Builders of what an engine is asked: a calm market and an account that can pay, and orders; each with changes.
local factory = require "neap.engine_factory"
local limits = require "neap.limits"

local orders = {}

local function merged(base, changes)
  for name, value in pairs(changes or {}) do base[name] = value end
  return base
end

function orders.product(changes)
  return merged({ id = "BTC-USD", price_increment = "0.01", base_increment = "0.001" }, changes)
end

function orders.snapshot(changes)
  return merged({
    product = orders.product(), now = 1000000000000, mark = "100", mark_time = 1000000000000,
    mark_max_age = 60000000000, equity = 1000, cash = 1000, buying_power = 1000, taker_bps = 10,
    liquidity = { spread_bps = 1, depth = 1000000000 },
  }, changes)
end

-- Limits that never bind, with changes.
function orders.limits(changes)
  local made = limits.new()
  for name, value in pairs { max_exposure_pct = 1000, max_position_pct_per_symbol = 1000,
    min_liquidation_buffer_pct = 0, enable_pre_trade_liq_projection = "false" } do
    assert(made:set(name, tostring(value)))
  end
  for name, value in pairs(changes or {}) do assert(made:set(name, tostring(value))) end
  return made
end

function orders.engine(name, changes)
  return factory.create(name, { limits = orders.limits(changes and changes.limits),
    reject_on_cross = changes and changes.reject_on_cross })
end

-- The check of a decision by its name (the last one), or nil.
function orders.check(decision, name)
  local found
  for _, check in ipairs(decision.checks) do
    if check.name == name then found = check end
  end
  return found
end

return orders
