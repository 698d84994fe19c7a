-- SPDX-License-Identifier: MIT
-- Two products that move together: sells the dear one and buys the cheap one, and leaves when they have met again. Both
-- legs are accepted or none is. Its products have to allow short positions: kind=margin.
local neap = require "neap"

-- Buys or sells the first product, and the other way round the second.
local function open(self, side, why)
  local other, p = side == "buy" and "sell" or "buy", self.params
  self:group({
    { side = side, product = p.first, fraction = p.fraction, why = why },
    { side = other, product = p.second, fraction = p.fraction, why = why },
  }, { on_partial = "unwind" })
end

return neap.strategy {
  name   = "pairs",
  doc    = "the distance of two products, in deviations from its mean",
  params = {
    first    = { "BTC-USD", type = "product", doc = "is sold where it is dear" },
    second   = { "ETH-USD", type = "product", doc = "is bought there" },
    length   = { 240, min = 20, max = 480, doc = "slices in the mean" },
    enter    = { 2.0, min = 0.5, max = 5, doc = "deviations at which a trade begins" },
    leave    = { 0.5, min = 0, max = 2, doc = "at which it ends" },
    give_up  = { 4.0, min = 1, max = 20, doc = "at which it ends, too: they do not meet" },
    fraction = { 0.4, min = 0.01, max = 1, doc = "share of equity in each leg" },
  },

  check = function(params)
    return params.leave < params.enter and params.enter < params.give_up, "leave, enter and give_up must rise"
  end,

  on_start = function(self)
    for _, id in ipairs { self.params.first, self.params.second } do self:product(id) end -- raises where there is none
    self.distance = self:series "distance"
    self.score = self.distance:zscore(self.params.length)
  end,

  on_slice = function(self, slice)
    local first, second = slice[self.params.first], slice[self.params.second]
    if not (first and second) then return end
    self.distance:push(math.log(first.close / second.close))
    if not self.score.ready or #self.orders > 0 then return end
    local score, held = self.score.value, self:product(self.params.first)
    local far = math.abs(score)
    if held.flat and far > self.params.enter and far < self.params.give_up then
      open(self, score > 0 and "sell" or "buy", ("%.1f deviations apart"):format(score))
    elseif not held.flat and (far < self.params.leave or far > self.params.give_up) then
      self:close_all { why = far < self.params.leave and "they have met" or "they do not meet" }
    end
  end,
}
