-- SPDX-License-Identifier: MIT
-- A strategy tried on a recorded book that a spec writes down: one line a message or a trade, `seconds kind …`.
--   "1 snapshot 2@99 1@98 | 3@101 1@102"   "2 update 0@99 | 2@100.5"   "3 sell 1@99"   "4 buy 0.5@101"
local neap = require "neap"

local recorded = {}

recorded.START = 1735689600 -- 2025-01-01

local BOOK = "recv,type,side,price,qty\n"
local TRADES = "recv,price,size,taker_side\n"

local function time_of(seconds)
  local whole, rest = seconds:match "^(%d+)(%.?%d*)$"
  return ("%d%s"):format(recorded.START + math.tointeger(tonumber(whole)), rest)
end

local function add_levels(rows, time, kind, side, levels)
  for size, price in levels:gmatch "([%d.]+)@([%d.]+)" do
    rows[#rows + 1] = ("%s,%s,%s,%s,%s\n"):format(time, kind, side, price, size)
  end
end

-- The lines as the texts of two files.
function recorded.texts(lines)
  local book, trades = { BOOK }, { TRADES }
  for _, line in ipairs(lines) do
    local seconds, kind, rest = line:match "^(%S+) (%S+) ?(.*)$"
    if kind == "buy" or kind == "sell" then
      local size, price = rest:match "^(.-)@(.*)$"
      trades[#trades + 1] = ("%s,%s,%s,%s\n"):format(time_of(seconds), price, size, kind)
    else
      local bids, asks = rest:match "^(.-)|(.*)$"
      add_levels(book, time_of(seconds), kind, "bid", bids or rest)
      add_levels(book, time_of(seconds), kind, "ask", asks or "")
    end
  end
  return table.concat(book), table.concat(trades)
end

local function write(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

-- Runs the hooks of a declaration over two files' texts: the result, or nil and a fault; and what it printed.
function recorded.run_texts(book, trades, declaration, options)
  local printed = {}
  local paths = { write(book), write(trades),
    write("local neap = require 'neap'\nreturn neap.strategy { name = 'tried',\n" .. declaration .. "}\n") }
  local given = { strategy = paths[3], data = { ["BTC-USD"] = { book = paths[1], trades = paths[2] } }, cash = 10000,
    products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01" } }, fee_bps = 0, env = {},
    on_log = function(_, line) printed[#printed + 1] = line:match "#%d+: (.*)$" or line end }
  for key, value in pairs(options or {}) do given[key] = value end
  local result, err = neap.backtest(given)
  for _, path in ipairs(paths) do os.remove(path) end
  return result, err, printed
end

function recorded.run(lines, declaration, options)
  local book, trades = recorded.texts(lines)
  return recorded.run_texts(book, trades, declaration, options)
end

-- What the strategy printed, of a run that works; and the result.
function recorded.works(lines, declaration, options)
  local result, err, printed = recorded.run(lines, declaration, options)
  assert(result, err and tostring(err))
  return printed, result
end

return recorded
