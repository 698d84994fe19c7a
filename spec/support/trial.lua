-- SPDX-License-Identifier: MIT
-- A strategy given as the text of its declaration, tried in a back-test over a saw of bars.
local assert = require "luassert"
local bars = require "spec.support.bars"
local neap = require "neap"

local trial = {}

-- A saw: closes climb from 101 to 110 and fall back; each opens at the close before.
function trial.saw(count)
  local closes = {}
  for i = 1, count do closes[i] = 101 + (i - 1) % 10 end
  return bars.closes(closes)
end

local function run(declaration, options)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write("local neap = require 'neap'\nreturn neap.strategy { name = 'tried',\n", declaration, "}\n")
  file:close()
  local given = { strategy = path, data = { ["BTC-USD"] = trial.saw(60) }, cash = 10000, fee_bps = 0, env = {} }
  for key, value in pairs(options or {}) do given[key] = value end
  local result, err = neap.backtest(given)
  os.remove(path)
  return result, err
end

function trial.works(declaration, options)
  local result, err = run(declaration, options)
  assert(result, err and tostring(err))
  return result
end

function trial.fails(pattern, declaration, options)
  local result, err = run(declaration, options)
  assert.is_nil(result)
  assert.matches(pattern, err.message)
  return err
end

-- A hook on_bar with this body.
function trial.on_bar(body) return "on_bar = function(self, bar) " .. body .. " end" end

return trial
