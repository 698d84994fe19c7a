-- SPDX-License-Identifier: MIT
-- A venue in which everything has happened once, so that every answer has something to tell: orders in each state,
-- fills, positions, two portfolios, a conversion.
local clients = require "spec.support.venue_client"
local streams = require "spec.support.streams"
local venues = require "neap.venue"

local busy_venue = {}
busy_venue.__index = busy_venue

local FUTURE, PERPETUAL = "BIP-20DEC30-CDE", "BTC-PERP-INTX"

function busy_venue:now_is(text) self.venue:advance(text) end

function busy_venue:place(who, product, side, kind, fields, more)
  self.count = self.count + 1
  local body = { client_order_id = "client-" .. self.count, product_id = product, side = side,
    order_configuration = { [kind] = fields } }
  for name, value in pairs(more or {}) do body[name] = value end
  return who:post("/orders", body)
end

function busy_venue:limit(who, product, side, size, price)
  local answer = self:place(who, product, side, "limit_limit_gtc",
    { base_size = size, limit_price = price, post_only = false })
  return answer.success_response.order_id
end

function busy_venue:market(who, product, side, size)
  return self:place(who, product, side, "market_market_ioc", { base_size = size }).success_response.order_id
end

local function fund(self, who)
  for currency, amount in pairs { USD = "1000000", USDC = "1000000", BTC = "20" } do
    assert(self.venue:deposit(who.key, currency, amount))
  end
end

local function quote(self, product, price, size)
  self:limit(self.maker, product, "SELL", size, tostring(price + 10))
  self:limit(self.maker, product, "BUY", size, tostring(price - 10))
end

local function trade(self)
  quote(self, "BTC-USD", 65000, "5")
  quote(self, FUTURE, 65000, "50")
  quote(self, PERPETUAL, 65000, "2")
  self.filled = self:market(self.user, "BTC-USD", "SELL", "0.25")
  self:market(self.user, FUTURE, "BUY", "3")
  self:market(self.user, PERPETUAL, "BUY", "0.5")
  self:now_is "2026-01-01T12:05:01Z"
  self:market(self.user, "BTC-USD", "BUY", "0.1")
  self:market(self.user, FUTURE, "SELL", "1")
end

local function leave_orders(self)
  self.open = self:limit(self.user, "BTC-USD", "BUY", "0.5", "64000")
  self.maker:post("/orders", { client_order_id = "take", product_id = "BTC-USD", side = "SELL",
    order_configuration = { sor_limit_ioc = { base_size = "5.2", limit_price = "64000" } } })
  self.user:post("/orders/edit", { order_id = self.open, price = "64000.5", size = "0.5" })
  self.cancelled = self:limit(self.user, "BTC-USD", "BUY", "0.5", "63000")
  self.user:post("/orders/batch_cancel", { order_ids = { self.cancelled } })
  self:now_is "2026-01-01T12:06:00Z"
  quote(self, "BTC-USD", 65000, "5")
end

local function move_money(self)
  self.default = self.user:get("/portfolios").portfolios[1].uuid
  self.second = self.user:post("/portfolios", { name = "Second" }).portfolio.uuid
  self.convert = { from_account = "USD", to_account = "USDC", amount = "100" }
  self.quoted = self.user:post("/convert/quote", self.convert).trade.id
end

function busy_venue.open()
  local venue = assert(venues.new { seed = 7, start = "2026-01-01T12:00:00Z", names_client = true })
  local self = setmetatable({ venue = venue, count = 0 }, busy_venue)
  self.user, self.maker = clients.new(venue, { name = "user" }), clients.new(venue, { name = "maker" })
  self.viewer = clients.new(venue, { name = "viewer", permissions = { "view" }, beside = self.user.key })
  self.nobody = clients.new(venue, 0)
  fund(self, self.user)
  fund(self, self.maker)
  trade(self)
  leave_orders(self)
  move_money(self)
  return self
end

local WITHOUT_PRODUCTS = { heartbeats = true, futures_balance_summary = true, user = true }

-- The frames of a connection that subscribes to channels, sees some trades and waits.
function busy_venue:frames(channels)
  local client = streams.connect(self.venue)
  for _, channel in ipairs(channels) do
    client:subscribe(channel, not WITHOUT_PRODUCTS[channel] and { "BTC-USD" } or nil, tostring(self.user.key))
  end
  for _ = 1, 6 do
    self.venue:advance(self.venue:now() + 1000000000)
    self:market(self.user, "BTC-USD", "BUY", "0.001")
  end
  self.venue:advance(self.venue:now() + 6000000000)
  local frames = client:frames()
  client:close()
  assert(#client.errors == 0, client.errors[1])
  return frames
end

function busy_venue:close()
  assert(self.venue:check())
  self.venue:close()
end

return busy_venue
