-- SPDX-License-Identifier: MIT
-- strategies/purchase.lua: the budget holds, also over restarts in the middle.
local decimal = require "neap.decimal"
local neap = require "neap"
local program = require "spec.support.program"
local shared = require "spec.support.shared"
local store = require "neap.event_store"

local MARKET = "generated:seed=3,products=1,days=60"
local REAL = "data/candles_coinbase_2024_2026/BTC-USD_1h.csv.gz"
local PARAMS = { amount = "70", budget = "1000" } -- fourteen times, and 20 are left

describe("purchase", function()
  local directory, path

  before_each(function()
    directory = program.directory()
    path = directory .. "/events.db"
  end)
  after_each(function() program.remove(directory) end)

  local function open(options)
    local all = { strategy = "purchase.lua", data = MARKET, cash = 5000, params = PARAMS, store = path, env = {} }
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(neap.session(all))
  end

  local function finish(session)
    session:run()
    return session:stop()
  end

  -- As a process that ended there.
  local function let_go(options, count)
    open(options):step(count)
    collectgarbage()
    collectgarbage()
  end

  -- What was spent, fees with it, and the days on which.
  local function purchases()
    local spent, days = decimal(0), {}
    for row in store.events(path, { type = "order_filled" }) do
      spent = spent + decimal(row.body.notional) + decimal(row.body.fee)
      local day = os.date("!%F", row.ts_ns // 1000000000)
      assert.is_nil(days[day], "twice on " .. day)
      days[day], days[#days + 1] = true, day
    end
    return spent, days
  end

  it("buys once a day, until another purchase would pass the budget", function()
    local result = finish(open())
    local spent, days = purchases()
    assert.equal(14, #days)
    assert.is_true(spent <= decimal "1000" and spent > decimal "979")
    assert.is_nil(next(result.rejections))
  end)

  it("remembers what it spent wherever it is let go", function()
    finish(open())
    local whole = purchases()
    for i, count in ipairs { 1, 12, 13, 36, 37, 200, 335, 337, 700 } do
      path = ("%s/%d.db"):format(directory, i)
      let_go(nil, count)
      finish(open { resume = true })
      local spent, days = purchases()
      assert.equal(14, #days)
      assert.equal(tostring(whole), tostring(spent))
    end
  end)

  it("remembers it over many restarts", function()
    let_go(nil, 30)
    for _ = 1, 12 do let_go({ resume = true }, 31) end
    finish(open { resume = true })
    local spent, days = purchases()
    assert.equal(14, #days)
    assert.is_true(spent <= decimal "1000")
  end)

  it("buys bitcoin for two years and keeps to its budget", function()
    local file = shared.path(REAL)
    if not file then return pending("no ../shared/" .. REAL) end
    local result = assert(neap.backtest { strategy = "purchase.lua", data = file, cash = 10000, store = path,
      env = {} })
    local spent, days = purchases()
    assert.equal(100, #days)
    assert.is_true(spent <= decimal "5000" and spent > decimal "4999")
    assert.equal(tostring(decimal "10000" - spent), tostring(result.final_cash))
  end)
end)
