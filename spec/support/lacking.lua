-- SPDX-License-Identifier: MIT
-- A session by hand over given bars with a broker that lacks something: what it is sent is kept in `sent`.
local neap = require "neap"
local trading = require "spec.support.trading"

local lacking = {}

local HOUR = 3600 * 1000000000
lacking.START = 1735689600 * 1000000000
lacking.HOUR = HOUR

-- Bars of an hour, each { open, high, low, close } or one price.
function lacking.bars(rows, from)
  local list = {}
  for i, row in ipairs(rows) do
    if type(row) == "number" then row = { row, row, row, row } end
    list[i] = { time = lacking.START + ((from or 1) - 1 + i - 1) * HOUR, open = row[1], high = row[2], low = row[3],
      close = row[4], volume = 100000 }
  end
  return { ["BTC-USD"] = list }
end

-- `abilities` as of the option broker; two bars in.
function lacking.open(rows, abilities, changes)
  local sent = {}
  local options = trading.options { data = lacking.bars(rows), broker = { abilities = abilities,
    submit = function(order) sent[#sent + 1] = order return true end } }
  for name, value in pairs(changes or {}) do options[name] = value end
  local s = assert(neap.session(options))
  assert(s:step(2))
  return s, sent
end

return lacking
