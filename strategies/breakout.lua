-- SPDX-License-Identifier: MIT
-- Long while the hours rise, from the first five minutes that close above the highest of the last hours. What is lost
-- at the stop is a share of the equity that was chosen beforehand.
local neap = require "neap"

return neap.strategy {
  name       = "breakout",
  doc        = "breakout of the hour, entered on 5m, with stop, target and trail",
  timeframe  = "5m",
  timeframes = { "1h" },
  params = {
    hours     = { 24, min = 4, max = 240, doc = "hours whose high has to be passed" },
    trend     = { 48, min = 4, max = 500, doc = "hours in the average that has to be under the price" },
    risk      = { 0.005, min = 0.0001, max = 0.05, doc = "share of equity that is lost at the stop" },
    stop      = { 1.5, min = 0.5, max = 10, doc = "distance of the stop, in average ranges of an hour" },
    reward    = { 3.0, min = 0.5, max = 20, doc = "distance of the target, in distances of the stop" },
    trail_bps = { 120, min = 10, max = 2000, doc = "the trailing exit, under the best price" },
  },

  on_start = function(self)
    local hour = self:bars "1h"
    self.top, self.trend = hour:highest(self.params.hours), hour:ema(self.params.trend)
    self.range = hour:atr(14)
  end,

  on_bar = function(self, bar)
    if bar.timeframe ~= "5m" or not self.flat or #self.orders > 0 then return end
    if bar.close <= self.top.value or bar.close <= self.trend.value then return end
    local distance = self.params.stop * self.range.value
    self:buy {
      risk              = self.params.risk,
      stop_loss         = bar.close - distance,
      take_profit       = bar.close + self.params.reward * distance,
      trailing_stop_bps = self.params.trail_bps,
      why               = "above the highest hour",
    }
  end,
}
