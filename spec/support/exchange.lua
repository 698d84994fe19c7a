-- SPDX-License-Identifier: MIT
-- A venue and clients of it that ask by path and a table of what is asked.
local venue_client = require "spec.support.venue_client"
local venues = require "neap.venue"

local exchange = {}
exchange.__index = exchange

-- `options` are those of neap.venue.new; it opens at 2026-01-01 unless they say otherwise. Its first key is 1.
function exchange.open(options)
  options = options or {}
  options.start = options.start or "2026-01-01"
  local self = setmetatable({ venue = assert(venues.new(options)), orders = 0, clients = {} }, exchange)
  assert(self:add_client("first") == 1)
  return self
end

function exchange:close() self.venue:close() end

-- Another key; with `money` (currency to amount). Its number.
function exchange:add_client(name, money)
  local client = venue_client.new(self.venue, { name = name })
  self.clients[client.key] = client
  for _, currency in ipairs { "USD", "USDC", "BTC", "ETH" } do
    if money and money[currency] then assert(self.venue:deposit(client.key, currency, money[currency])) end
  end
  return client.key
end

local function escape(text)
  return (tostring(text):gsub("[^%w_.~-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- A table of names and values, a list for a name that comes more than once, as a query with its '?'.
local function query(asked)
  local names, parts = {}, {}
  for name in pairs(asked or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local values = asked[name]
    for _, value in ipairs(type(values) == "table" and values or { values }) do
      parts[#parts + 1] = name .. "=" .. escape(value)
    end
  end
  return "?" .. table.concat(parts, "&")
end

local nobody = 0

-- The answer's tree (its text where it is no JSON) and status. `key`: who signs; nil: the first; 0: nobody.
function exchange:get(path, asked, key)
  local client = key == nobody and venue_client.new(self.venue, nobody) or self.clients[key or 1]
  local status, tree = client:ask("GET", path .. query(asked))
  return tree, status
end

-- The answer of a request that must be refused with this status.
function exchange:refused(wanted, path, asked, key)
  local tree, status = self:get(path, asked, key)
  if status ~= wanted then error(("%s: status %d, not %d"):format(path, status, wanted), 2) end
  return tree
end

-- Creates an order of one configuration; its id. `fields` may say product_id, client_order_id, key.
function exchange:order(side, kind, configuration, fields)
  fields = fields or {}
  self.orders = self.orders + 1
  local status, tree = self.clients[fields.key or 1]:ask("POST", "/orders", {
    client_order_id = fields.client_order_id or ("order-%d"):format(self.orders),
    product_id = fields.product_id or "BTC-USD", side = side, order_configuration = { [kind] = configuration },
  })
  if status == 200 and tree.success then return tree.success_response.order_id end
  local why = tree.error_response or {}
  error(("%s %s: %d %s %s"):format(side, kind, status, why.error, why.error_details), 2)
end

function exchange:limit(side, size, price, fields)
  return self:order(side, "limit_limit_gtc", { base_size = size, limit_price = price, post_only = false }, fields)
end

function exchange:cancel(id, key) self.clients[key or 1]:post("/orders/batch_cancel", { order_ids = { id } }) end

return exchange
