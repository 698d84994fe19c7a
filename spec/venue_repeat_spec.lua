-- SPDX-License-Identifier: MIT
-- A venue is what was done to it, and when: what was only asked, heard, or how the time was cut changes nothing. A log
-- of its changes therefore makes it again.
local json = require "neap.json"
local venues = require "neap.venue"

local PREFIX = "/api/v3/brokerage"
local SECOND = 1000000000
local START = 1767225600 * SECOND
local LISTS = { "/accounts", "/orders/historical/batch", "/orders/historical/fills", "/portfolios",
  "/transaction_summary", "/product_book?product_id=BTC-USD",
  "/market/products/BTC-USD/ticker?limit=50", "/cfm/positions" }

local function open(seed)
  local venue = assert(venues.new { seed = seed, start = START })
  assert(venue:add_market("generated:seed=" .. seed))
  for key = 1, 2 do
    assert(venue:add_key { name = "key " .. key })
    assert(venue:deposit(key, "USD", 100000))
    assert(venue:deposit(key, "BTC", 2))
  end
  return venue
end

local function ask(venue, key, now, path)
  local place, query = path:match "^([^?]*)%??(.*)$"
  return select(2, venue:request { path = PREFIX .. place, query = query, key = key, now = now })
end

local function configuration(dice, price)
  local size = ("0.00%d"):format(dice(1, 9))
  local limit = ("%d.00"):format(price + dice(-200, 200))
  local kind = dice(1, 6)
  if kind == 1 then return { market_market_ioc = { base_size = size } } end
  if kind == 2 then return { sor_limit_ioc = { base_size = size, limit_price = limit } } end
  if kind == 3 then
    return { limit_limit_gtd = { base_size = size, limit_price = limit, end_time = "2026-01-01T00:05:00Z" } }
  end
  return { limit_limit_gtc = { base_size = size, limit_price = limit, post_only = kind == 4 } }
end

-- A change of the venue: its request, and how long after the one before.
local function draw(dice, number, ids)
  local gap, key, kind = dice(1, 3) * SECOND // dice(1, 50), dice(1, 2), dice(1, 10)
  if kind <= 7 then
    return gap, key, PREFIX .. "/orders", { client_order_id = "order " .. number, product_id = "BTC-USD",
      side = dice(0, 1) == 0 and "BUY" or "SELL", order_configuration = configuration(dice, 65000) }
  elseif kind <= 9 and #ids > 0 then
    return gap, key, PREFIX .. "/orders/batch_cancel", { order_ids = { ids[dice(1, #ids)] } }
  end
  return gap, key, PREFIX .. "/portfolios", { name = "portfolio " .. number }
end

local function disturb(dice, venue, now, gap)
  for _ = 1, dice(0, 3) do
    local at = now + math.max(1, gap // 4)
    if at < now + gap then venue:advance(at) end
    ask(venue, dice(1, 2), at, LISTS[dice(1, #LISTS)])
  end
end

local function run(seed, is_disturbed)
  local venue <close> = open(seed)
  local dice, other = {}, {}
  for name, state in pairs { dice = dice, other = other } do
    state.word = seed * 7919 + #name
    setmetatable(state, { __call = function(self, least, most)
      self.word = (self.word * 6364136223846793005 + 1442695040888963407) & math.maxinteger
      return least + (self.word >> 20) % (most - least + 1)
    end })
  end
  local now, ids = START, {}
  local stream <close> = is_disturbed and assert(venue:connect()) or nil
  if stream then
    for _, channel in ipairs { "level2", "market_trades", "ticker", "heartbeats" } do
      stream:send(json.encode { type = "subscribe", channel = channel, product_ids = { "BTC-USD" } })
    end
  end
  for number = 1, 400 do
    local gap, key, path, body = draw(dice, number, ids)
    if is_disturbed then disturb(other, venue, now, gap) end
    now = now + gap
    local _, text = venue:request { method = "POST", path = path, key = key, body = json.encode(body), now = now }
    local id = text:match '"order_id":"([^"]+)"'
    ids[#ids + 1] = id
  end
  assert(venue:check())
  local lists = {}
  for key = 1, 2 do
    for _, path in ipairs(LISTS) do lists[#lists + 1] = ask(venue, key, now, path) end
  end
  return lists
end

describe("a venue that is asked and heard", function()
  for seed = 1, 3 do
    it("is the one that was left alone, seed " .. seed, function()
      local quiet, disturbed = run(seed, false), run(seed, true)
      for i, text in ipairs(quiet) do assert.equal(text, disturbed[i], LISTS[(i - 1) % #LISTS + 1]) end
      assert.matches('"FILLED"', quiet[2])
    end)
  end
end)
