-- SPDX-License-Identifier: MIT
-- A session to trade in by hand: hourly bars of BTC-USD from 100 up by 1, volume enough, no fees, 10,000 USD; each with
-- changes. `env` sets the risk configuration over the profile backtest.
local neap = require "neap"

local trading = {}

local HOUR = 3600 * 1000000000
local START = 1735689600 * 1000000000

function trading.bars(count, volume)
  local list = {}
  for i = 1, count do
    local open, close = 99 + i, 100 + i
    list[i] = { time = START + (i - 1) * HOUR, open = open, close = close, high = close, low = open,
      volume = volume or 100000 }
  end
  return list
end

function trading.options(changes)
  local options = { data = { ["BTC-USD"] = trading.bars(20) }, fee_bps = 0, cash = 10000, env = {},
    profile = "backtest" }
  for name, value in pairs(changes or {}) do options[name] = value end
  return options
end

-- Opened and two bars in: a mark is known, and a bar has closed.
function trading.open(changes)
  local s = assert(neap.session(trading.options(changes)))
  assert(s:step(2))
  return s
end

-- What the events of a type say, oldest first.
function trading.bodies(s, kind)
  local list = {}
  for i, row in ipairs(assert(s:events { type = kind })) do list[i] = row.body end
  return list
end

-- The types of one order's events, joined.
function trading.types(s, order)
  local list = {}
  for i, row in ipairs(assert(s:events { order = order.id })) do list[i] = row.type end
  return table.concat(list, " ")
end

return trading
