-- SPDX-License-Identifier: MIT
-- broker_adapter: one contract for every broker: what it has is sent, what it lacks is done by us or refused by name.
local lacking = require "spec.support.lacking"
local trading = require "spec.support.trading"

local CALM = { 100, 100, 100, 100, 100, 100 }

local function refused(code, abilities, order)
  local s <close>, sent = lacking.open(CALM, abilities)
  local o = s:buy(order)
  assert.same({ "rejected", code, "broker_adapter" }, { o.status, o.reason.code, o.reason.check })
  assert.equal(0, #sent)
  assert.equal("order_intent decision order_rejected", trading.types(s, o))
  return o.reason
end

describe("a broker's abilities", function()
  it("are a closed set of words, each true or false", function()
    local function try(abilities) return function() lacking.open(CALM, abilities) end end
    assert.error_matches(try { stopp = true }, "broker: abilities.*'stopp'; did you mean 'stop'")
    assert.error_matches(try { fok = "no" }, "abilities: fok is true or false")
    assert.error_matches(try(5), "broker: abilities")
  end)

  it("are those of the simulator where nothing is said", function()
    local s <close>, sent = lacking.open(CALM, nil)
    local o = s:buy { quantity = 1, stop = 110 }
    assert.same({ "open", false }, { o.status, o.emulated })
    assert.same({ "stop", "110" }, { sent[1].type, tostring(sent[1].stop) })
  end)

  it("that are lacking and that nothing stands in for are refused, by broker and name", function()
    local reason = refused("broker_lacks_fok", { fok = false }, { quantity = 1, limit = 90, time_in_force = "fok" })
    assert.equal("the broker lua has no fok for orders of type limit", reason.input)
    refused("broker_lacks_ioc", { ioc = false }, { quantity = 1, limit = 90, time_in_force = "ioc" })
    refused("broker_lacks_limit", { limit = false }, { quantity = 1, limit = 90 })
    refused("broker_lacks_market", { market = false }, { quantity = 1 })
    refused("broker_lacks_post_only", { post_only = false }, { quantity = 1, limit = 90, post_only = true })
  end)

  it("that the emulation itself would need are refused", function()
    refused("broker_lacks_market", { stop = false, market = false }, { quantity = 1, stop = 110 })
    refused("broker_lacks_limit", { stop_limit = false, limit = false }, { quantity = 1, stop = 110, limit = 111 })
    refused("broker_lacks_fok", { stop = false, fok = false }, { quantity = 1, stop = 110, time_in_force = "fok" })
  end)

  it("let everything else pass as it is", function()
    local s <close>, sent = lacking.open(CALM, { fok = false, post_only = false, stop = false })
    assert.equal("open", s:buy { quantity = 1, limit = 90, time_in_force = "gtc" }.status)
    assert.equal("open", s:buy { quantity = 1, stop = 110, limit = 111 }.status)
    assert.same({ "limit", "stop_limit" }, { sent[1].type, sent[2].type })
  end)

  it("without gtd: sent as gtc, and cancelled by us at its time", function()
    local s <close>, sent = lacking.open(CALM, { gtd = false })
    local o = s:buy { quantity = 1, limit = 90, good_till = lacking.START + 4 * lacking.HOUR }
    assert.same({ "open", "gtd" }, { o.status, o.time_in_force })
    assert.same({ "gtc", nil }, { sent[1].time_in_force, sent[1].good_till })
    assert(s:step(1))
    assert.equal("open", o.status)
    assert(s:step(2))
    assert.equal("cancelled", o.status)
    assert.equal("good_till", trading.bodies(s, "order_cancel_requested")[1].why)
  end)

  it("without reduce_only: not said to the broker, and still clamped by us", function()
    local s <close>, sent = lacking.open(CALM, { reduce_only = false })
    s:buy { quantity = 1 }
    assert(s:step(1))
    local o = s:sell { quantity = 5, limit = 120, reduce_only = true }
    assert.equal("1", tostring(o.quantity))
    assert.same({ "1", false }, { tostring(sent[2].quantity), sent[2].reduce_only })
  end)

  it("without preview is a broker that offers none", function()
    local s <close> = lacking.open(CALM, { preview = false }, { env = { ORDER_PREVIEW_ENABLED = "1" } })
    assert.equal("preview_unavailable", s:buy { quantity = 1 }.reason.code)
  end)

  it("are asked for exits, too: what cannot be sent is not taken for sent", function()
    local s <close> = lacking.open(CALM, { ioc = false })
    s:buy { quantity = 1 }
    assert(s:step(1))
    assert.equal("broker_lacks_ioc", s:sell { quantity = 1, limit = 90, time_in_force = "ioc" }.reason.code)
    assert.equal("open", s:sell { quantity = 1 }.status)
  end)

  it("stand in the decision record where they change what happens", function()
    local s <close> = lacking.open(CALM, { stop = false })
    s:buy { quantity = 1, stop = 110 }
    local note
    for _, check in ipairs(trading.bodies(s, "decision")[1].checks) do
      if check.name == "broker_adapter" then note = check.note end
    end
    assert.matches("emulated: the broker has no such order", note)
  end)
end)

describe("Coinbase's abilities", function()
  local venue = require "neap.order_map".abilities()

  it("come from the table of its orders", function()
    assert.same({ "gtc", "ioc" }, venue.market)
    assert.same({ "gtc", "gtd", "ioc", "fok" }, venue.limit)
    assert.same({ "gtc", "gtd" }, venue.stop_limit)
    assert.same({}, venue.stop)
    assert.same({}, venue.trailing_stop)
    assert.same({ true, false, true, true, true, true },
      { venue.post_only, venue.reduce_only, venue.take_profit, venue.bracket, venue.replace, venue.preview })
  end)

  it("have a key for every type and time that they name, and for no other", function()
    for _, row in ipairs(require "neap.order_map".rows()) do
      local has = false
      for _, time in ipairs(venue[row.type]) do has = has or time == row.time_in_force end
      local expected = row.key ~= nil and not (row.type == "market" and row.time_in_force == "fok")
      if row.form == "single" then assert.equal(expected, has, row.type .. " " .. row.time_in_force) end
    end
  end)
end)
