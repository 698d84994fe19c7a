-- SPDX-License-Identifier: MIT
-- For an author's specs: bars that are made for the case, a run with its orders and fills, and what is expected of it.
local builders = require "neap.testing.bars"
local expect = require "neap.testing.expect"

local testing = { bars = builders.bars, trend = builders.trend, walk = builders.walk }

local run_type = { __index = expect }

function run_type:__tostring()
  return ("run of %s: %d bars, %d orders, %d fills, %d trades, final equity %s %s"):format(self.strategy, self.bars,
    #self.orders, #self.fills, #self.trades, tostring(self.final_equity), self.currency)
end

local function is_file(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- A relative path is looked for beside the file that calls, then as it is.
local function find_strategy(path, caller)
  local directory = caller:match "^@(.*/)"
  if type(path) ~= "string" or path:sub(1, 1) == "/" or not directory then return path end
  return is_file(directory .. path) and directory .. path or path
end

-- The options of neap.backtest: those given, without surprises from fees and environment.
local function convert(options, caller)
  local all = { fee_bps = 0, env = {} }
  for key, value in pairs(options) do all[key] = value end
  if all.store ~= nil then error("testing.run: a run of a spec has no store of its own", 0) end
  if (all.bars == nil) == (all.data == nil) then error("testing.run takes bars (tables) or data (files)", 0) end
  if all.bars then
    if type(all.bars) ~= "table" then error("testing.run: bars is a list, or lists by product", 0) end
    all.data = all.bars[1] and { ["BTC-USD"] = all.bars } or all.bars
    all.bars = nil
  end
  all.strategy = find_strategy(all.strategy, caller)
  return all
end

-- Runs with a store for as long as it takes to read it.
local function perform(options, caller)
  if type(options) ~= "table" then error("testing.run takes a table of options", 0) end
  local all = convert(options, caller)
  local name <close> = setmetatable({ path = os.tmpname() }, { __close = function(self)
    os.remove(self.path)
    os.remove(self.path .. ".db")
  end })
  all.store = name.path .. ".db"
  local result, err = require("neap.backtest").run(all)
  if not result then return nil, err end
  local rows <close> = assert(require("neap.event_store").events(all.store))
  local told = require "neap.session.journal"(rows)
  result.orders, result.fills, result.log, result.store = told.orders, told.fills, told.log, nil
  return setmetatable(result, run_type)
end

local function described(err) return err.message .. (err.where and " (" .. err.where .. ")" or "") end

local function source_of(frame) return frame and frame.source or "" end

-- Misuse is told at the line of the spec, not at ours.
local function misuse(message) error((tostring(message):gsub("^%S*/neap/[%w_/]+%.lua:%d+: ", "")), 3) end

-- testing.run { strategy =, bars =, … } → the result of neap.backtest, with lists of orders, fills and log lines.
function testing.run(options)
  local ok, result, err = pcall(perform, options, source_of(debug.getinfo(2, "S")))
  if not ok then misuse(result) end
  if not result then error("testing.run: " .. described(err), 2) end
  return result
end

-- The error of a run that must not come about.
function testing.refusal(options)
  local ok, result, err = pcall(perform, options, source_of(debug.getinfo(2, "S")))
  if not ok then misuse(result) end
  if result then error(("testing.refusal: it ran: %s"):format(tostring(result)), 2) end
  return err
end

return testing
