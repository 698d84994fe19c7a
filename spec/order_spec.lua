-- SPDX-License-Identifier: MIT
-- neap.order: the moves that an order's life may make, and its id.

describe("neap.order", function()
  local order = require "neap.order"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.order"] = nil
    require "neap.order"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses words that it does not know, with the nearest", function()
    assert.error_matches(function() order.next("opne", "accept") end, "'opne'; did you mean 'open'")
    assert.error_matches(function() order.next("open", "acept") end, "did you mean 'accept'")
    assert.error_matches(function() order.is_terminal "fillled" end, "did you mean 'filled'")
  end)

  it("refuses bad arguments", function()
    assert.has_error(function() order.next() end)
    assert.has_error(function() order.next("open") end)
    assert.has_error(function() order.next(1, 2) end)
    assert.has_error(function() order.client_id("s", 0) end)
    assert.has_error(function() order.client_id("s", 1.5) end)
    assert.has_error(function() order.client_id() end)
  end)

  it("lets an order live", function()
    local status = "new"
    for _, move in ipairs { "decide", "submit", "accept", "fill_part", "ask_cancel", "fill_part", "cancel" } do
      status = assert(order.next(status, move))
    end
    assert.equal("cancelled", status)
    assert.is_true(order.is_terminal(status))
  end)

  it("names both words of a move that is not there", function()
    local status, err = order.next("cancelled", "fill_all")
    assert.is_nil(status)
    assert.equal("illegal_move", err.code)
    assert.matches("cancelled", err.message)
    assert.matches("fill_all", err.message)
  end)

  it("takes a fill before the acknowledgement, and the acknowledgement after it", function()
    assert.equal("partially_filled", order.next("submitted", "fill_part"))
    assert.equal("partially_filled", order.next("partially_filled", "accept"))
    assert.equal("filled", order.next("submitted", "fill_all"))
    assert.equal("cancel_pending", order.next("cancel_pending", "accept"))
  end)

  it("leaves no terminal status, whatever comes, and every other status can end", function()
    for _, status in ipairs(order.statuses) do
      local can_end = false
      for _, move in ipairs(order.moves) do
        local next_status = order.next(status, move)
        if order.is_terminal(status) then assert.is_nil(next_status, status .. " " .. move) end
        if next_status and order.is_terminal(next_status) then can_end = true end
      end
      assert.equal(not order.is_terminal(status), can_end, status)
    end
  end)

  it("a random walk ends in a terminal status and stays there", function()
    math.randomseed(7)
    for _ = 1, 2000 do
      local status, steps = "new", 0
      while not order.is_terminal(status) and steps < 10000 do
        status, steps = order.next(status, order.moves[math.random(#order.moves)]) or status, steps + 1
      end
      assert.is_true(order.is_terminal(status))
    end
  end)

  it("makes the same UUID for the same session and number, and no two alike", function()
    local seen = {}
    for number = 1, 2000 do
      local id = order.client_id("session", number)
      assert.matches("^%x+%-%x%x%x%x%-8%x%x%x%-[89ab]%x%x%x%-%x+$", id)
      assert.equal(36, #id)
      assert.is_nil(seen[id])
      seen[id] = true
    end
    assert.equal(order.client_id("session", 5), order.client_id("session", 5))
    assert.not_equal(order.client_id("session", 5), order.client_id("sessioN", 5))
  end)
end)
