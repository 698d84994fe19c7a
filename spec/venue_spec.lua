-- SPDX-License-Identifier: MIT
-- The local Coinbase without its sockets: its life, keys and routes.
describe("neap.venue", function()
  local before = {}
  for name in pairs(_G) do before[name] = true end
  local venues = require "neap.venue"

  it("adds no global", function()
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, with the nearest", function()
    assert.error_matches(function() venues.new { sed = 1 } end, "unknown option 'sed'; did you mean 'seed'")
    assert.error_matches(function() venues.new { self_trade = "cancel_old" } end, "did you mean 'cancel_oldest'")
  end)

  describe("keys", function()
    local venue
    before_each(function() venue = assert(venues.new { seed = 7, start = "2026-01-01" }) end)
    after_each(function() venue:close() end)

    it("are numbered from 1 and have a name of their own", function()
      assert.equal(1, venue:add_key { name = "a" })
      assert.equal(2, venue:add_key { name = "b", permissions = { "view" }, beside = 1 })
      local none, err = venue:add_key { name = "a" }
      assert.is_nil(none)
      assert.equal("duplicate_key", err.code)
      none, err = venue:add_key { name = "c", beside = 9 }
      assert.is_nil(none)
      assert.equal("unknown_key", err.code)
      local refused = function() venue:add_key { name = "d", permissions = { "trad" } } end
      assert.error_matches(refused, "did you mean 'trade'")
    end)

    it("are wanted where a path is signed, and may not do what they lack", function()
      venue:add_key { name = "viewer", permissions = { "view" } }
      local path = "/api/v3/brokerage/orders"
      local status, text, kind = venue:request { method = "POST", path = path, body = "{}" }
      assert.equal(401, status)
      assert.equal("Unauthorized\n", text)
      assert.matches("text/plain", kind)
      status, text = venue:request { method = "POST", path = path, body = "{}", key = 1 }
      assert.equal(403, status)
      assert.matches("Missing required scopes", text)
    end)
  end)

  it("has an answer for a path that it does not know", function()
    local venue <close> = assert(venues.new())
    local status, text = venue:request { path = "/api/v3/brokerage/nothing/here" }
    assert.equal(404, status)
    assert.matches('"error":"NOT_FOUND"', text)
    assert.equal(404, (venue:request { path = "/" }))
    assert.equal(404, (venue:request { path = "" }))
  end)

  it("refuses a body that is too large to be an order", function()
    local venue <close> = assert(venues.new())
    venue:add_key { name = "a" }
    local path, body = "/api/v3/brokerage/orders", '{"client_order_id":"' .. ("x"):rep(70000) .. '"}'
    local status, text = venue:request { method = "POST", path = path, body = body, key = 1 }
    assert.equal(400, status)
    assert.matches("over 64 KiB", text)
  end)

  it("goes forward only", function()
    local venue <close> = assert(venues.new { start = 1000 })
    venue:advance(2000)
    venue:advance(1500)
    assert.equal(2000, venue:now())
  end)

  it("is closed once and for all", function()
    local venue = assert(venues.new())
    assert.matches("venue at 1970", tostring(venue))
    venue:close()
    venue:close()
    assert.equal("venue (closed)", tostring(venue))
    assert.error_matches(function() venue:now() end, "is closed")
  end)
end)
