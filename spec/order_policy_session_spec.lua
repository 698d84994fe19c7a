-- SPDX-License-Identifier: MIT
-- An order policy in a session: by option or by profile; its rate and its day come from the journal.
local neap = require "neap"
local order_policy = require "neap.order_policy"
local program = require "spec.support.program"
local trading = require "spec.support.trading"

local KINDS = { { type = "limit", time_in_force = "gtc", rate_per_minute = 2 },
  { type = "market", time_in_force = "ioc", post_only = false } }

local function policy(symbol)
  symbol.size_increment, symbol.price_increment = "0.000001", "0.01"
  return assert(order_policy.new { symbols = { ["BTC-USD"] = symbol }, capabilities = KINDS })
end

local function open(symbol, changes)
  local options = { order_policy = policy(symbol), engine = "advanced" }
  for name, value in pairs(changes or {}) do options[name] = value end
  return trading.open(options)
end

local function code(order) return order.status == "rejected" and order.reason.code or "taken" end

describe("an order policy in a session", function()
  it("refuses by name, and the record says so", function()
    local s <close> = open { max_order_size = 5 }
    local order = s:buy { quantity = 6 }
    assert.equal("quantity_max", code(order))
    assert.equal("order_policy", order.reason.check)
    assert.equal("taken", code(s:buy { quantity = 5 }))
    assert.matches("^of a table %x+$", trading.bodies(s, "session_started")[1].order_policy)
  end)

  it("is not asked by the live engine, nor where there is none", function()
    local s <close> = open({ max_order_size = 5 }, { engine = "live" })
    assert.equal("taken", code(s:buy { quantity = 6 }))
    local other <close> = trading.open { engine = "advanced" }
    assert.equal("taken", code(other:buy { quantity = 6 }))
  end)

  it("lets a position that it would not have allowed go", function()
    local s <close> = open { max_position_size = 5 }
    s:buy { quantity = 5 }
    s:step(1)
    assert.equal("max_position_size", code(s:buy { quantity = 1 }))
    assert.equal("taken", code(s:close()))
  end)

  it("counts orders of the last minute by product: those that were accepted", function()
    local s <close> = open { max_order_size = 5 }
    for _ = 1, 5 do s:buy { quantity = 6, limit = 1 } end -- refused: they count nothing
    assert.equal("taken", code(s:buy { quantity = 1, limit = 1 }))
    assert.equal("taken", code(s:buy { quantity = 2, limit = 1 }))
    assert.equal("rate_limit", code(s:buy { quantity = 3, limit = 1 }))
    s:step(1)
    assert.equal("taken", code(s:buy { quantity = 3, limit = 1 }))
  end)

  it("is asked of an order in slices whole, and of each slice", function()
    local s <close> = open { max_order_size = 5 }
    local order = s:buy { quantity = 8, execution = "twap", over = "4h", slices = 4 }
    assert.equal("quantity_max", code(order))
    order = s:buy { quantity = 4, execution = "twap", over = "4h", slices = 4 }
    s:step(8)
    assert.equal("filled", order.status)
    local asked = 0
    for _, decision in ipairs(trading.bodies(s, "decision")) do
      for _, check in ipairs(decision.checks) do asked = asked + (check.name == "order_policy" and 1 or 0) end
    end
    assert.equal(6, asked)
  end)

  it("counts what was traded until the day of UTC ends", function()
    local s <close> = open({ max_daily_volume = 1200 }, { data = { ["BTC-USD"] = trading.bars(40) } })
    s:buy { quantity = 5 } -- at 102: 510 of the day
    s:step(1)
    s:close()
    s:step(1) -- at 103: 515
    assert.equal("taken", code(s:buy { quantity = 1, limit = 1 }))
    assert.equal("max_daily_volume", code(s:buy { quantity = 2 }))
    s:step(23)
    assert.equal("taken", code(s:buy { quantity = 2 }))
  end)

  it("remembers both over a restart", function()
    local directory = program.directory()
    local function again(resume)
      return assert(neap.session(trading.options { order_policy = policy { max_daily_volume = 1200 },
        engine = "advanced", store = directory .. "/s.db", resume = resume, snapshot_every = 5 }))
    end
    local s = again(false)
    s:step(2)
    s:buy { quantity = 5 }
    s:step(1)
    s:close()
    s:step(1)
    assert.equal("taken", code(s:buy { quantity = "0.1", limit = 1 }))
    assert.equal("taken", code(s:buy { quantity = "0.2", limit = 1 }))
    s = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local resumed = again(true)
    resumed:step(1)
    assert.equal("max_daily_volume", code(resumed:buy { quantity = 2 }))
    resumed:stop()
    assert(require("neap.event_store").verify(directory .. "/s.db"))
    program.remove(directory)
  end)

  it("is named by a profile, and a broken one starts nothing", function()
    local directory = program.directory()
    os.execute(("mkdir -p %s/config/profiles %s/config/order_policy"):format(directory, directory))
    program.write(directory .. "/config/profiles/own.lua",
      'return { order_policy = "config/order_policy/own.lua", risk = { enable_dynamic_position_sizing = true } }')
    program.write(directory .. "/config/order_policy/own.lua", "return { capabilities = {}, symbols = {} }")
    local config = require "neap.config"
    local loaded = assert(config.load { profile = "own", root = directory, env = {} })
    assert.equal("own", loaded.order_policy:name())
    program.write(directory .. "/config/order_policy/own.lua", "return { symbols = {} }")
    local _, err = config.load { profile = "own", root = directory, env = {} }
    assert.matches("capabilities is a table", err.message)
    program.remove(directory)
  end)

  it("is a path or a policy", function()
    assert.error_matches(function() trading.open { order_policy = 5 } end, "order_policy is a path")
    local _, err = neap.session(trading.options { order_policy = "/nowhere/p.lua" })
    assert.equal("bad_policy", err.code)
  end)
end)
