-- SPDX-License-Identifier: MIT
local coinbase = require "neap.coinbase"
local coinbase_session = require "neap.coinbase_session"
local exchange_program = require "spec.support.exchange_program"
local program = require "spec.support.program"
local run_core = require "neap.run_c"

describe("neap.coinbase_session", function()
  local home, exchange, loop, client

  setup(function()
    home = program.directory()
    exchange = exchange_program.start("--market BTC-USD=generated --no-rate-limits", home)
    loop = assert(run_core.open_loop())
    client = assert(coinbase.open { base = exchange.ready.rest, key_file = exchange.ready.key_file, loop = loop })
  end)

  teardown(function()
    client:close()
    loop:close()
    exchange:close()
    program.remove(home)
  end)

  local function options(more)
    local all = { client = client, loop = loop, products = { "BTC-USD", "ETH-USD" }, stream = exchange.ready.ws,
      user_stream = exchange.ready.ws, orders = true }
    for key, value in pairs(more or {}) do all[key] = value end
    return all
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    dofile(program.root .. "/lua/neap/coinbase_session.lua")
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses words that it does not know", function()
    assert.has_error(function() coinbase_session.open(options { product = "BTC-USD" }) end)
    assert.has_error(function() coinbase_session.open(options { products = {} }) end)
  end)

  it("knows the products as the venue has them, and the account, when it is open", function()
    local made = assert(coinbase_session.open(options()))
    assert.equal("BTC-USD", made.products[1].id)
    assert.equal("0.01", tostring(made.products[1].price_increment))
    assert.equal("ETH-USD", made.products[2].id)
    assert.is_true(made.core:ready())
    local outside = made:outside(60000000000, 200)
    assert.equal("userdata", type(outside.core.pointer))
    assert.equal(2, #outside.products)
    made:close()
    made:close()
  end)

  it("lives as long as what a session was given of it", function()
    local outside
    do
      local made = assert(coinbase_session.open(options()))
      outside = made:outside(60000000000, 0)
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(outside.core.owner.core:ready())
    outside.core.owner:close()
  end)

  it("names the nearest product where the venue has none", function()
    local made, err = coinbase_session.open(options { products = { "BTC-USDD" } })
    assert.is_nil(made)
    assert.equal("unknown_product", err.code)
    assert.matches("^BTC%-USD", err.nearest)
  end)

  it("is no more when the venue is not there", function()
    local lost = assert(coinbase.open { base = "http://127.0.0.1:1", key_file = exchange.ready.key_file, loop = loop,
      tries = 1 })
    local made, err = coinbase_session.open(options { client = lost })
    assert.is_nil(made)
    assert.equal("unreached", err.outcome)
    lost:close()
  end)
end)
