-- SPDX-License-Identifier: MIT
-- neap.paper: the market simulator.

describe("neap.paper", function()
  local paper = require "neap.paper"
  local product = require "neap.product"
  local decimal = require "neap.decimal"
  local eth = product.new("ETH-USD", { kind = "margin", price_increment = "0.01", base_increment = "0.1" })
  local START = 1700000000000000000
  local log

  local function write(report)
    if report.kind == "accepted" then return end
    local text = ("%d %s"):format(report.order, report.kind)
    if report.kind == "fill" then
      text = ("%s %s at %s %s"):format(text, report.quantity, report.price, report.liquidity)
      if not report.last then text = text .. " part" end
    elseif report.code then
      text = text .. " " .. report.code
    end
    log[#log + 1] = text
  end

  local function new(options)
    options = options or {}
    options.products, options.report = options.products or { eth }, options.report or write
    return assert(paper.new(options))
  end

  local function bar(time, open, high, low, volume)
    return { time = START + time, open = open, high = high, low = low, close = open, volume = volume or 100 }
  end

  local function play(p, b)
    assert(p:open(b))
    assert(p:range(b))
  end

  before_each(function() log = {} end)

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.paper"] = nil
    require "neap.paper"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and words, with the nearest", function()
    local p = new()
    assert.error_matches(function() new { slipage = "none" } end, "did you mean 'slippage'")
    assert.error_matches(function() new { slippage = "bp" } end, "slippage: unknown word 'bp'")
    assert.error_matches(function() p:submit { order = 1, side = "buy", quantity = 1, tiem_in_force = "ioc" } end,
      "did you mean 'time_in_force'")
    assert.error_matches(function() p:submit { order = 1, side = "buy", quantity = 1, type = "makret" } end,
      "did you mean 'market'")
  end)

  it("refuses bad arguments", function()
    local p = new()
    assert.has_error(function() paper.new() end)
    assert.error_matches(function() paper.new { products = { eth } } end, "report is a function")
    assert.error_matches(function() new { slippage_bps = -1 } end, "zero or more")
    assert.error_matches(function() p:submit { order = 1, side = "buy" } end, "exactly one of")
    assert.error_matches(function() p:submit { order = 1, side = "buy", quantity = 1, notional = 1 } end,
      "exactly one of")
    assert.error_matches(function() p:submit { side = "buy", quantity = 1 } end, "its number")
    assert.error_matches(function() p:submit { order = 1, quantity = 1 } end, "side is missing")
    assert.has_error(function() p:submit() end)
    assert.has_error(function() p:cancel "1" end)
    assert.has_error(function() p:settle(0, 1) end)
    assert.has_error(function() p:working "X-USD" end)
    local ok, err = p:open { time = 1 }
    assert.is_nil(ok)
    assert.is_string(err.code)
    ok, err = p:submit { order = 1, side = "buy", type = "limit", quantity = 1 }
    assert.is_nil(ok)
    assert.equal("limit", err.code)
  end)

  it("fills at the open by arrival, and stops first inside the range", function()
    local p = new { taker_bps = 10, maker_bps = 5 }
    assert(p:submit { order = 1, side = "sell", type = "limit", limit = 105, quantity = 1 })
    assert(p:submit { order = 2, side = "sell", type = "stop", stop = 95, quantity = 1 })
    assert(p:submit { order = 3, side = "buy", quantity = 2 })
    assert.equal("paper: 3 working orders, 1 products", tostring(p))
    play(p, bar(0, 100, 110, 90))
    assert.same({ "3 fill 2 at 100 taker", "2 fill 1 at 95 taker", "1 fill 1 at 105 maker" }, log)
    assert.equal(0, p:working())
  end)

  it("lets a report submit and cancel", function()
    local p
    p = new { report = function(report)
      write(report)
      if report.kind ~= "fill" then return end
      if report.order == 2 then assert(p:cancel(3)) end
      if report.order ~= 1 then return end
      assert(p:submit { order = 2, side = "sell", type = "stop", stop = 95, quantity = 1 })
      assert(p:submit { order = 3, side = "sell", type = "limit", limit = 105, quantity = 1 })
      assert(p:submit { order = 4, side = "buy", quantity = 1 })
      assert(p:cancel(4))
    end }
    assert(p:submit { order = 1, side = "buy", quantity = 1 })
    play(p, bar(0, 100, 110, 90))
    assert.same({ "1 fill 1 at 100 taker", "4 cancelled", "2 fill 1 at 95 taker", "3 cancelled" }, log)
  end)

  it("carries an error of a report or of admit out of the call, and lives on", function()
    local fails = true
    local p = new { report = function(r)
      if fails and r.kind == "fill" then error "from the report" end
      write(r)
    end }
    assert(p:submit { order = 1, side = "buy", quantity = 1 })
    assert.error_matches(function() p:open(bar(0, 100, 110, 90)) end, "from the report")
    fails = false
    assert(p:submit { order = 2, side = "buy", quantity = 1 })
    play(p, bar(10, 100, 110, 90))
    assert.same({ "2 fill 1 at 100 taker" }, log)
    local q = new { admit = function() error "from admit" end }
    assert(q:submit { order = 1, side = "buy", quantity = 1 })
    assert.error_matches(function() q:open(bar(0, 100, 110, 90)) end, "from admit")
    assert.equal(1, q:working())
    assert.error_matches(function()
      local r
      r = new { report = function() r:open(bar(0, 100, 110, 90)) end }
      r:submit { order = 1, side = "buy", quantity = 1 }
    end, "from inside a report")
  end)

  it("asks admit, which may refuse, clamp and size", function()
    local answers = { { nil, "insufficient_funds" }, { "0.5" }, { "3" } }
    local p = new { admit = function(order) return table.unpack(answers[order], 1, 2) end }
    assert(p:submit { order = 1, side = "buy", quantity = 1 })
    assert(p:submit { order = 2, side = "buy", quantity = 1 })
    assert(p:submit { order = 3, side = "buy", notional = 300 })
    play(p, bar(0, 100, 110, 90))
    assert.same({ "1 rejected insufficient_funds", "2 fill 0.5 at 100 taker part", "2 cancelled insufficient_funds",
      "3 fill 3 at 100 taker" }, log)
  end)

  it("shares a bar's volume by arrival, and knows gtc, ioc and fok", function()
    local p = new { volume_share = "0.02" }
    assert(p:submit { order = 1, side = "buy", quantity = 3 })
    assert(p:submit { order = 2, side = "buy", quantity = 1, time_in_force = "ioc" })
    play(p, bar(0, 100, 110, 90))
    assert(p:submit { order = 3, side = "buy", quantity = 2, time_in_force = "fok" })
    play(p, bar(10, 101, 110, 90))
    assert.same({ "1 fill 2 at 100 taker part", "2 cancelled ioc", "1 fill 1 at 101 taker", "3 cancelled fok" }, log)
  end)

  it("refuses unknown orders, and settles what is left", function()
    local p = new { slippage = "bps", slippage_bps = 100 }
    assert(p:cancel(9))
    assert.same({ "9 cancel_refused unknown_order" }, log)
    local ok, err = p:resize(1, 2)
    assert.is_nil(ok)
    assert.equal("unknown_order", err.code)
    assert(p:submit { order = 1, side = "sell", quantity = 5 })
    ok, err = p:submit { order = 1, side = "sell", quantity = 5 }
    assert.is_nil(ok)
    assert.equal("duplicate_order", err.code)
    assert(p:settle("101.5", 77))
    assert.equal("1 fill 5 at 101.5 taker", log[2])
  end)

  it("fills inside the bar and never beyond a limit, whatever comes", function()
    math.randomseed(5)
    local limits, now = {}, nil
    local p = new {
      slippage = "bps", slippage_bps = 20, volume_share = "0.05",
      report = function(r)
        if r.kind ~= "fill" then return end
        local limit = limits[r.order]
        if limit and r.side == "buy" then assert(r.price <= limit) end
        if limit and r.side == "sell" then assert(r.price >= limit) end
        if r.liquidity == "maker" then assert(r.price >= now.low and r.price <= now.high) end
        assert(r.quantity > decimal(0) and r.quantity <= decimal(5))
      end,
    }
    for i = 1, 3000 do
      local kind = math.random(3)
      local price = decimal(math.random(8000, 12000)) * decimal "0.01"
      limits[i] = kind == 2 and price or nil
      local side = math.random(2) == 1 and "buy" or "sell"
      assert(p:submit({ order = i, side = side, quantity = math.random(5), type = ({ "market", "limit", "stop" })[kind],
        limit = limits[i], stop = kind == 3 and price or nil }, START + i * 10))
      local low, span = math.random(80, 110), math.random(10)
      now = bar(i * 10, decimal(low + math.random(0, span)), decimal(low + span), decimal(low))
      play(p, now)
    end
  end)

  it("closes twice, and not from inside a report", function()
    local p
    p = new { report = function() p:close() end }
    assert.error_matches(function() p:submit { order = 1, side = "buy", quantity = 1 } end, "inside its own report")
    p:close()
    p:close()
    assert.equal("paper: closed", tostring(p))
    assert.error_matches(function() p:working() end, "closed")
  end)
end)
