-- SPDX-License-Identifier: MIT
-- Bars of a seeded walk, as tables and as a file.
local market = require "neap.base.market"

local bars = {}

bars.START = 1735689600 * 1000000000 -- 2025-01-01

function bars.walk(count, seed)
  return market { seed = seed or 1, bars = count, start = bars.START, price = 1000000 }
end

function bars.csv(list)
  local lines = { "time,open,high,low,close,volume" }
  for i, b in ipairs(list) do
    lines[i + 1] = ("%d,%s,%s,%s,%s,%s"):format(b.time // 1000000000, b.open, b.high, b.low, b.close, b.volume)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Flat bars at the closes given: open of each is the close before it.
function bars.closes(closes)
  local list = {}
  for i, close in ipairs(closes) do
    local open = closes[i - 1] or close
    list[i] = { time = bars.START + (i - 1) * 3600000000000, open = open, close = close, volume = 10,
      high = math.max(open, close), low = math.min(open, close) }
  end
  return list
end

return bars
