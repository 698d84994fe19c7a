-- SPDX-License-Identifier: MIT
-- What `neap new` writes: a strategy of its own or a copy of another, and the spec of either.
local home = require "neap.base.home"
local output = require "neap.cli.output"

local templates = {}

local LICENSE = "-- SPDX-License-Identifier: MIT\n"

local STRATEGY = [[
-- Long while the close is over its average. A beginning: change what you like.
-- Its spec is spec/strategies/$name_spec.lua; every word is in docs/reference/strategy.md.
local neap = require "neap"

return neap.strategy {
  name = "$name",
  doc  = "long while the close is over its average",

  -- What a run may set, as --param length=50. Type and range are checked.
  params = {
    length   = { 20, min = 2, max = 500, doc = "bars in the average" },
    fraction = { 0.5, min = 0.01, max = 1, doc = "share of equity per entry" },
  },

  -- Once, before the first bar. on_bar begins when what is made here is ready.
  -- What is set on self is gone after a restart; self.state (plain values) is there again.
  on_start = function(self)
    self.average = self:sma(self.params.length)
  end,

  -- At each bar's end. A market order fills at the next bar's open; `why` is stored with it.
  on_bar = function(self, bar)
    if self.flat and bar.close > self.average.value then
      self:buy { fraction = self.params.fraction, why = "close over average" }
    elseif self.long and bar.close < self.average.value then
      self:close { why = "close under average" }
    end
  end,

  -- An order that was refused: by a check, the engine or the venue.
  on_reject = function(self, order)
    self:warn("refused: " .. order.reason.code)
  end,
}
]]

local SPEC = [[
-- What $name must do. The words are in docs/reference/testing.md.
local testing = require "neap.testing"

-- A path is looked for beside this file.
local STRATEGY = "../../strategies/$name.lua"

local function run(bars, params)
  return testing.run { strategy = STRATEGY, bars = bars, params = params }
end

describe("$name", function()
  it("buys a rise over the average, and sells the fall under it", function()
    local result = run(testing.trend { through = { 100, 90, 120, 90 }, bars = 30 })
    result:expect_order { side = "buy", fraction = 0.5, why = "close over average" }
    result:expect_order { side = "sell", why = "close under average" }
    result:expect_counts { orders = 2, fills = 2, trades = 1, rejected = 0 }
    result:expect_flat()
  end)

  it("stays out while the price falls", function()
    run(testing.trend { through = { 100, 50 }, bars = 60 }):expect_no_order()
  end)

  it("looks back as far as it is told", function()
    local bars = testing.bars { 100, 100, 101, 102, 103 }
    run(bars, { length = 2 }):expect_fill { side = "buy", price = 101 }
    run(bars, { length = 4 }):expect_fill { side = "buy", price = 102 }
  end)

  it("refuses a length that is no average", function()
    assert.equal("bad_parameter", testing.refusal {
      strategy = STRATEGY, bars = testing.bars { 100 }, params = { length = 1 },
    }.code)
  end)

  it("does the same on the same bars", function()
    local bars = testing.walk { count = 300, seed = 4 }
    assert.equal(run(bars).event_hash, run(bars).event_hash)
  end)
end)
]]

local COPY_SPEC = [[
-- What $name must do. The words are in docs/reference/testing.md.
local testing = require "neap.testing"

-- A path is looked for beside this file.
local STRATEGY = "../../strategies/$name.lua"

local function run(seed)
  return testing.run {
    strategy = STRATEGY,
    bars = {
$bars    },
  }
end

describe("$name", function()
  it("comes to the end of a walk", function()
    local result = run(1)
    assert.equal("$name", result.strategy)
    assert.is_true(result.final_equity > 0)
    -- Say what you expect of it: result:expect_order { side = "buy" }, result:expect_counts { rejected = 0 } …
  end)

  it("does the same on the same bars", function()
    assert.equal(run(2).event_hash, run(2).event_hash)
  end)
end)
]]

local COUNT = 500

local function fill(text, values) return (text:gsub("%$(%l+)", values)) end

local function read(path)
  local file, message = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  return text, message or "it is no file"
end

-- The file of a strategy that is named by path, or as one that came with Neap: ma_cross.
local function find(from)
  local path = home.strategy(from)
  local text, message = read(path)
  if not text and not from:find "[/.]" then
    path = home.strategy(from .. ".lua")
    text = read(path)
  end
  if text then return path, text end
  return nil, output.error("not_found", ("no strategy %s: %s"):format(from, message), from)
end

-- What the text declares by this name, in quotes; a list of them.
local function quoted(text, pattern)
  local list = {}
  for word in (text:match(pattern) or ""):gmatch "[\"']([^\"']*)[\"']" do list[#list + 1] = word end
  return list
end

local function copy(name, from)
  local path, text = find(from)
  if not path then return nil, text end
  local renamed, count = text:gsub("(%f[%w_]name%s*=%s*)([\"'])[^\"'\n]*%2", "%1%2" .. name .. "%2", 1)
  if count == 0 then
    return nil, output.error("cannot_copy", ("%s declares no name = \"…\""):format(path), path)
  end
  local products = quoted(text, "%f[%w_]products%s*=%s*(%b{})")
  return { name = name, from = from, strategy = renamed, products = #products > 0 and products or { "BTC-USD" },
    timeframe = quoted(text, "%f[%w_]timeframe%s*=%s*([\"'][^\"']*[\"'])")[1] or "1h" }
end

-- Bars for a copy: a walk of each product it names, in its time frame.
function templates.bars(plan, testing)
  local bars = {}
  for i, product in ipairs(plan.products) do
    bars[product] = testing.walk { count = COUNT, seed = i, timeframe = plan.timeframe }
  end
  return bars
end

local function bars_text(plan)
  local lines = {}
  for i, product in ipairs(plan.products) do
    local seed = i == 1 and "seed" or "seed + " .. i - 1
    local frame = plan.timeframe ~= "1h" and (", timeframe = %q"):format(plan.timeframe) or ""
    lines[i] = ("      [%q] = testing.walk { count = %d, seed = %s%s },\n"):format(product, COUNT, seed, frame)
  end
  return table.concat(lines)
end

-- { name =, strategy = text, spec = text, … }, or nil and an error.
function templates.plan(name, from, is_own)
  local values = { name = name }
  local plan = { name = name, strategy = fill(STRATEGY, values), spec = fill(SPEC, values) }
  if from then
    local err
    plan, err = copy(name, from)
    if not plan then return nil, err end
    values.bars = bars_text(plan)
    plan.spec = fill(COPY_SPEC, values)
  end
  if is_own then
    plan.spec = LICENSE .. plan.spec
    if not plan.strategy:find("SPDX", 1, true) then plan.strategy = LICENSE .. plan.strategy end
  end
  return plan
end

return templates
