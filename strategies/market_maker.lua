-- SPDX-License-Identifier: MIT
-- One bid and one ask around the middle of the book, which the inventory pulls towards getting rid of it. Both only
-- rest: they earn the spread, or they are not filled.
local neap = require "neap"

return neap.strategy {
  name  = "market_maker",
  doc   = "quotes both sides of the book, skewed by inventory",
  feeds = { "book" },
  params = {
    quantity        = { 0.01, min = 0.00000001, doc = "of each quote, in base" },
    max_position    = { 0.05, min = 0.00000001, doc = "no bid at this inventory, no ask at its opposite" },
    half_spread_bps = { 0.5, min = 0, max = 500, doc = "of a quote from the centre, at least the touch" },
    skew_bps        = { 2.0, min = 0, max = 500, doc = "of the centre off the middle, at the largest inventory" },
    tolerance_bps   = { 0.2, min = 0, max = 100, doc = "how far a quote may be off before it is moved" },
    shorts          = { false, doc = "sells what is not held: on margin" },
  },

  on_book = function(self, book)
    local p, held = self.params, self.position.quantity:float()
    local centre = book.mid * (1 - p.skew_bps / 10000 * held / p.max_position)
    local half = p.half_spread_bps / 10000
    local bid = self:round_price(math.min(centre * (1 - half), book.bid), "down")
    local ask = self:round_price(math.max(centre * (1 + half), book.ask), "up")
    self:quote { bid = bid, ask = (held > 0 or p.shorts) and ask or nil, quantity = p.quantity,
      max_position = p.max_position, tolerance_bps = p.tolerance_bps }
  end,

  on_feed = function(self, feed)
    if not feed.fresh then self:cancel_all() end
  end,
}
