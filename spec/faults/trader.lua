-- SPDX-License-Identifier: MIT
-- Uses what a strategy can use, on few bars: series, timers, limits, attached exits, cancels, log lines, a library.
local neap = require "neap"

return neap.strategy {
  name   = "trader",
  params = { every = { 3, min = 2, doc = "bars between two entries" }, share = { 0.1, max = 1 } },

  on_start = function(self)
    self.average = self:sma(3)
    self.ratio = self:series "ratio"
    self:every("look", "4h")
    self.count = 0
  end,

  on_bar = function(self, bar)
    self.count = self.count + 1
    self.ratio:push(bar.close / self.average.value)
    if self.flat and self.count % self.params.every == 0 then
      local stop, target = bar.close * 0.97, bar.close * 1.02
      self:buy { fraction = self.params.share, why = "time", stop_loss = stop, take_profit = target }
      self:buy { quantity = 1e6, why = "refused" }
    elseif self.long and self.count % 7 == 0 then
      self:close { why = "enough" }
    end
    if self.count % 5 == 0 then
      if self:order "low" then
        self:cancel "low"
      else
        self:buy { quantity = "0.01", limit = bar.close * 0.9, tag = "low" }
      end
    end
  end,

  on_fill = function(self, fill)
    self:info("filled", { price = fill.price, quantity = fill.quantity })
  end,

  on_timer = function(self, t)
    local words = {}
    for word in (t.name .. " at " .. #self.orders):gmatch "%S+" do words[#words + 1] = word:rep(3) end
    print(table.concat(words, " "))
  end,

  on_stop = function(self, reason) self:cancel_all() self:info(reason) end,
}
