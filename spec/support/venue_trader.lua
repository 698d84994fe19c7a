-- SPDX-License-Identifier: MIT
-- A client of a neap.venue that trades: orders by side, configuration and its fields.
local clients = require "spec.support.venue_client"

local trader = setmetatable({}, { __index = clients })
trader.__index = trader

-- money: currency to amount.
function trader.new(venue, name, money)
  local self = setmetatable(clients.new(venue, { name = name }), trader)
  self.name, self.sent, self.product = name, 0, "BTC-USD"
  for _, currency in ipairs { "USD", "USDC", "BTC", "ETH" } do
    if money and money[currency] then assert(venue:deposit(self.key, currency, money[currency])) end
  end
  return self
end

function trader:body(side, key, fields, more)
  self.sent = self.sent + 1
  local body = { client_order_id = self.name .. "-" .. self.sent, product_id = self.product, side = side,
    order_configuration = { [key] = fields } }
  for name, value in pairs(more or {}) do body[name] = value end
  return body
end

-- The answer, whatever it says.
function trader:send(side, key, fields, more) return self:post("/orders", self:body(side, key, fields, more)) end

-- The id of an order that must be taken, and the answer.
function trader:place(side, key, fields, more)
  local answer = self:send(side, key, fields, more)
  if not answer.success then
    local why = answer.error_response
    error(("%s %s: %s %s %s %s"):format(side, key, why.error, why.preview_failure_reason,
      why.new_order_failure_reason, why.error_details), 2)
  end
  return answer.success_response.order_id, answer.success_response
end

function trader:limit(side, size, price, post_only)
  return self:place(side, "limit_limit_gtc", { base_size = size, limit_price = price, post_only = post_only or false })
end

function trader:order(id) return self:get("/orders/historical/" .. id).order end

-- Of an order those fields that `wanted` names: assert.same(wanted, user:seen(id, wanted)).
function trader:seen(id, wanted)
  local order, seen = self:order(id), {}
  for name in pairs(wanted) do seen[name] = order[name] end
  return seen
end

-- The reasons, one for each id.
function trader:cancel(...)
  local reasons = {}
  for i, result in ipairs(self:post("/orders/batch_cancel", { order_ids = { ... } }).results) do
    reasons[i] = result.success and "cancelled" or result.failure_reason
  end
  return table.unpack(reasons)
end

-- "taken", or the reason for which an edit is refused, and what its preview says.
function trader:edit(id, changes)
  local body = { order_id = id }
  for name, value in pairs(changes) do body[name] = value end
  local answer = self:post("/orders/edit", body)
  if answer.success then return "taken" end
  return answer.errors[1].edit_failure_reason, answer.errors[1].preview_failure_reason
end

-- The first reason that is not UNKNOWN, in the order in which a client looks; "taken" for none.
function trader.reason(answer)
  if answer.success then return "taken" end
  local why = answer.error_response
  for _, name in ipairs { "new_order_failure_reason", "preview_failure_reason", "error" } do
    if not why[name]:find "^UNKNOWN" then return why[name] end
  end
  return "UNKNOWN"
end

-- "size@price" of what was filled, oldest first.
function trader:fills(id)
  local fills = self:get("/orders/historical/fills?order_ids=" .. id).fills
  local out = {}
  for i = #fills, 1, -1 do out[#out + 1] = fills[i].size .. "@" .. fills[i].price end
  return out
end

return trader
