-- SPDX-License-Identifier: MIT
-- Whatever clients do, each currency is conserved to the last digit, holds are what open orders hold, positions have
-- another side, and no book is crossed: neap_venue_check after each of many random calls.
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

local START = "2026-01-01T12:00:00Z"

local PRODUCTS = {
  { id = "BTC-USD", price = 65000, tick = 0.01, size = 0.3 },
  { id = "BTC-USDC", price = 65000, tick = 0.01, size = 0.3 },
  { id = "ETH-BTC", price = 0.0295, tick = 0.000001, size = 7 },
  { id = "SHIB-USD", price = 0.0000058, tick = 1e-8, size = 3000000, whole = true },
  { id = "BIP-20DEC30-CDE", price = 65000, tick = 5, size = 20, whole = true },
  { id = "BTC-PERP-INTX", price = 65000, tick = 0.1, size = 0.5, four = true },
}

local Random = {}
Random.__index = Random

-- The dice of the specs in C: splitmix64.
function Random:roll(sides)
  self.at = self.at + 0x9E3779B97F4A7C15
  local z = self.at
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return ((z ~ (z >> 31)) >> 1) % sides
end

function Random:pick(list) return list[1 + self:roll(#list)] end
function Random:between(low, high) return low + (high - low) * self:roll(1000001) / 1000000 end

function Random:price(product, low, high)
  local ticks = math.floor(product.price * self:between(low or 0.99, high or 1.01) / product.tick + 0.5)
  return ("%.8f"):format(ticks * product.tick):gsub("0+$", ""):gsub("%.$", "")
end

function Random:size(product)
  local size = product.size * self:between(0.01, 1)
  return (product.whole and "%.0f" or product.four and "%.4f" or "%.8f"):format(size)
end

function Random:order(user)
  local product, side = self:pick(PRODUCTS), self:pick { "BUY", "SELL" }
  local size, price, more = self:size(product), self:price(product), { product_id = product.id }
  local configurations = {
    { "limit_limit_gtc", { base_size = size, limit_price = price, post_only = self:roll(3) == 0 } },
    { "limit_limit_gtc", { base_size = size, limit_price = price } },
    { "limit_limit_gtd", { base_size = size, limit_price = price, end_time = self.soon } },
    { "limit_limit_fok", { base_size = size, limit_price = price } },
    { "sor_limit_ioc", { base_size = size, limit_price = price } },
    { "market_market_ioc", { base_size = size } },
    { "market_market_ioc", { quote_size = ("%.2f"):format(self:between(1, 5000)) } },
    { "stop_limit_stop_limit_gtc", { base_size = size, limit_price = self:price(product, 1.01, 1.02),
      stop_price = price, stop_direction = "STOP_DIRECTION_STOP_UP" } },
    { "trigger_bracket_gtc", { base_size = size, limit_price = self:price(product, 1.01, 1.03),
      stop_trigger_price = self:price(product, 0.97, 0.99) } },
  }
  if self:roll(4) == 0 then more.leverage = self:pick { "2", "5" } end
  local key, fields = table.unpack(self:pick(configurations))
  local answer = user:send(side, key, fields, more)
  if answer.success then
    self.orders[#self.orders + 1] = { user = user, id = answer.success_response.order_id, product = product }
  end
  return answer.success
end

-- One of the last twenty; nil: none.
function Random:recent() return self.orders[#self.orders - self:roll(20)] end

function Random:cancel()
  local order = self:recent()
  return order and order.user:cancel(order.id) == "cancelled"
end

function Random:edit()
  local order = self:recent()
  if not order then return false end
  local changes = { price = self:price(order.product), size = self:size(order.product) }
  return order.user:edit(order.id, changes) == "taken"
end

function Random:move(user)
  local status = user:ask("POST", "/portfolios/move_funds", {
    funds = { value = ("%.8f"):format(self:between(0, 5)), currency = self:pick { "USD", "BTC", "USDC", "ETH" } },
    source_portfolio_uuid = self:roll(2) == 0 and user.first or user.second,
    target_portfolio_uuid = self:roll(2) == 0 and user.first or user.second })
  return status == 200
end

function Random:convert(user)
  local pair = { from_account = self:pick { "USD", "USDC", "BTC", "ETH" },
    to_account = self:pick { "USD", "USDC", "SOL" }, amount = ("%.6f"):format(self:between(0, 3)) }
  local status, tree = user:ask("POST", "/convert/quote", pair)
  if status ~= 200 then return false end
  pair.amount = nil
  return (user:ask("POST", "/convert/trade/" .. tree.trade.id, pair)) == 200
end

function Random:deposit(user)
  local amount = ("%.4f"):format(self:between(-1, 2))
  return user.venue:deposit(user.key, self:pick { "USD", "BTC", "ETH" }, amount) == true
end

function Random:wait(user)
  user.venue:advance(user.venue:now() + self:roll(4000000000))
  return true
end

describe("the venue's money, whatever is done", function()
  local CALLS = { order = 12, cancel = 3, edit = 2, move = 2, convert = 2, deposit = 1, wait = 3 }
  local NAMES = {}
  for _, name in ipairs { "order", "cancel", "edit", "move", "convert", "deposit", "wait" } do
    for _ = 1, CALLS[name] do NAMES[#NAMES + 1] = name end
  end

  local function users_of(venue)
    local list = {}
    for i, name in ipairs { "one", "two", "three" } do
      list[i] = trader.new(venue, name, { USD = "300000", USDC = "300000", BTC = "5", ETH = "60" })
      list[i].first = list[i]:get("/portfolios").portfolios[1].uuid
      list[i].second = list[i]:post("/portfolios", { name = "Second" }).portfolio.uuid
      assert(venue:deposit(list[i].key, "SHIB", "10000000"))
    end
    return list
  end

  local function has_positions(user)
    return #user:get("/cfm/positions").positions + #user:get("/intx/positions/" .. user.first).positions > 0
  end

  -- How many calls of each kind had an effect.
  local function run(seed, steps, options)
    local venue <close> = assert(venues.new { self_trade = options.self_trade, seed = seed, start = START })
    if options.markets then assert(venue:add_market "generated:rate=2,levels=5") end
    local random = setmetatable({ at = seed, orders = {}, soon = "2026-01-01T12:30:00Z" }, Random)
    local done, users = {}, users_of(venue)
    for step = 1, steps do
      local name, user = random:pick(NAMES), random:pick(users)
      if random[name](random, user) then done[name] = (done[name] or 0) + 1 end
      local ok, err = venue:check()
      if not ok then error(("seed %d, step %d, %s: %s"):format(seed, step, name, err)) end
    end
    for _, user in ipairs(users) do
      done.fills = (done.fills or 0) + #user:get("/orders/historical/fills?limit=3000").fills
      done.positions = done.positions or has_positions(user)
      user.venue:advance "2026-01-01T12:31:00Z"
    end
    assert(venue:check())
    return done
  end

  for seed, self_trade in ipairs { "cancel_newest", "cancel_oldest", "cancel_both", "decrement", "allow" } do
    it("is conserved with self_trade " .. self_trade, function()
      local done = run(seed, 1000, { self_trade = self_trade, markets = seed % 2 == 0 })
      for _, name in ipairs { "order", "cancel", "edit", "move", "convert", "deposit", "wait" } do
        assert.is_true((done[name] or 0) >= 5, name .. " did nothing: " .. tostring(done[name]))
      end
      assert.is_true(done.positions)
      assert.is_true(done.fills > 100, done.fills .. " fills")
    end)
  end
end)
