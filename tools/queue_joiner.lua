-- SPDX-License-Identifier: MIT
-- The passive strategy of docs/guide/queue_models.md: it keeps one bid and one ask at the touch, cancels and follows
-- when the touch moves, sends a new one after each fill, and counts what comes of it. For tools/queue_study.lua, which
-- reads what it prints.
local neap = require "neap"

local SECOND = 1000000000

local function follow(self, side, price)
  local quote = self.quotes[side]
  if quote and quote.order.is_open and quote.price == price then return end
  if quote and quote.order.is_open then
    quote.order:cancel()
    self.leaving[quote.order.id] = true
  end
  local order = self[side](self, { quantity = self.params.quantity, limit = price, post_only = true })
  self.quotes[side], self.sent[order.id] = { order = order, price = price }, self.now
  self.orders_sent = self.orders_sent + 1
end

local function quote_both(self)
  if not self.bid then return end
  follow(self, "buy", self.bid)
  follow(self, "sell", self.ask)
end

-- What the middle did within a second after each fill, by the middle that held then.
local function mark_out(self)
  local fills = self.fills
  while fills[self.marked] and fills[self.marked].time + SECOND <= self.now do
    local fill = fills[self.marked]
    self.markout = self.markout + fill.sign * fill.quantity * (self.middle - fill.price)
    self.marked_quantity, self.marked = self.marked_quantity + fill.quantity, self.marked + 1
  end
end

return neap.strategy {
  name   = "joiner",
  doc    = "one bid and one ask at the touch",
  feeds  = { "book" },
  params = { quantity = { 1.0, min = 0.00000001, doc = "of each order" } },

  on_start = function(self)
    self.quotes, self.sent, self.leaving, self.fills = {}, {}, {}, {}
    self.orders_sent, self.filled, self.waited, self.late = 0, 0, 0, 0
    self.markout, self.marked, self.marked_quantity = 0, 1, 0
  end,

  on_book = function(self, book)
    self.first = self.first or self.now
    mark_out(self)
    self.middle = book.mid
    quote_both(self)
  end,

  on_fill = function(self, fill)
    local quantity, id = fill.quantity:float(), fill.order.id
    self.fills[#self.fills + 1] = { time = fill.time, quantity = quantity, price = fill.price:float(),
      sign = fill.side == "buy" and 1 or -1 }
    self.filled, self.waited = self.filled + quantity, self.waited + (fill.time - self.sent[id]) / SECOND * quantity
    if self.leaving[id] then self.late = self.late + quantity end
    print(("fill %.3f %.12g"):format((fill.time - self.first) / SECOND, self.filled))
    quote_both(self)
  end,

  on_stop = function(self)
    local filled, marked = math.max(self.filled, 1e-12), math.max(self.marked_quantity, 1e-12)
    print(("sum %d %d %.12g %.6f %.6f %.6f"):format(self.orders_sent, #self.fills, self.filled, self.waited / filled,
      self.late / filled, self.markout / marked))
  end,
}
