-- SPDX-License-Identifier: MIT
-- A passive strategy (tools/queue_joiner.lua) in back-tests on a recorded book, under a queue model and a latency. What
-- comes of it is counted: the study of docs/guide/queue_models.md.
local neap = require "neap"

local study = {}

-- A line that the strategy printed, without the head of the log.
local function words_of(line)
  local words = {}
  for word in (line:match "#%d+: (.*)$" or ""):gmatch "%S+" do words[#words + 1] = tonumber(word) or word end
  return words
end

-- run{ strategy, book, trades, facts, queue, latency_ms, quantity, cash, seed } → counts, and the fills as {seconds,
-- quantity so far}. Both ways to the venue take that long; no fees, and shorts are allowed.
function study.run(options)
  local curve, sums = {}, nil
  local result, err = neap.backtest { strategy = options.strategy, cash = options.cash, fee_bps = 0, env = {},
    data = { ["MADE-UP"] = { book = options.book, trades = options.trades } },
    products = { ["MADE-UP"] = options.facts .. ",kind=margin" }, params = { quantity = options.quantity },
    queue = options.queue, latency_ms = options.latency_ms, seed = options.seed or 1,
    on_log = function(_, line)
      local words = words_of(line)
      if words[1] == "fill" then curve[#curve + 1] = { words[2], words[3] } end
      if words[1] == "sum" then sums = words end
    end }
  if not result then error(err.message) end
  local data = result.data[1]
  return { orders = sums[2], fills = sums[3], filled = sums[4], wait = sums[5], late = sums[6], markout = sums[7],
    profit = (result.final_equity - result.initial_cash):float(), refused = result.rejections.post_only_cross or 0,
    curve = curve, seconds = (data.last - data.first) / 1e9, changes = data.changes, trades = data.trades }
end

return study
