-- SPDX-License-Identifier: MIT
-- neap status [SESSION].
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local reading = require "neap.cli.reading"

local function line(name, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    if part and part ~= "" then parts[#parts + 1] = output.clean(tostring(part)) end
  end
  if #parts > 0 then output.write(("%-12s"):format(name), table.concat(parts, "  "), "\n") end
end

-- Of the stored events, for a session that runs as for one that stopped.
local function metrics_lines(m)
  line("placed", tostring(m.placed), ("of %d asked; filled %d, in parts %d, cancelled %d, expired %d, replaced %d")
    :format(m.asked, m.filled, m.partially_filled, m.cancelled, m.expired, m.replacements))
  local reasons = {}
  for i, code in ipairs(lists.sorted_keys(m.rejections)) do reasons[i] = ("%s %d"):format(code, m.rejections[code]) end
  line("rejected", tostring(m.rejected), table.concat(reasons, ", "))
  line("stops", ("%d active"):format(m.triggers_active), ("of %d registered, %d fired"):format(m.triggers_registered,
    m.triggers_fired))
  if m.slippage_bps then
    line("slippage", ("%.2f bps"):format(m.slippage_bps), ("worst %.2f"):format(m.worst_slippage_bps))
  end
  if m.seconds_to_fill then
    line("to fill", ("%.1f s"):format(m.seconds_to_fill), ("longest %.1f"):format(m.longest_to_fill))
  end
end

local function print(_, status, options, path)
  local metrics = require("neap.order_metrics_reporter").read(path)
  if options.json then
    status.order_metrics = metrics
    status.schema, status.ok, status.path = "neap.status/1", nil, path
    return output.json(status)
  end
  line("session", status.session)
  line("state", status.state, status.pid and "pid " .. tostring(math.tointeger(status.pid)), status.ended_because)
  line("mode", status.mode, status.engine and "engine " .. status.engine,
    status.profile and "profile " .. status.profile)
  line("trading", status.trading, status.reason, status.who and status.who ~= "" and "by " .. status.who,
    status.since and "since " .. status.since)
  for _, hold in ipairs(status.holds or {}) do
    line("guard", hold.guard, hold.level, hold.product, "since " .. hold.since)
  end
  line("now", status.now, status.speed and "speed " .. status.speed)
  line("products", table.concat(status.products, " "))
  line("equity", status.equity, status.equity and status.currency)
  line("cash", status.cash, status.currency)
  line("orders", tostring(math.tointeger(status.open_orders)), "working")
  if metrics and metrics.asked > 0 then metrics_lines(metrics) end
  for _, strategy in ipairs(status.strategies) do
    line("strategy", strategy.name, "cash " .. strategy.cash, strategy.equity and "equity " .. strategy.equity,
      strategy.quarantined and "QUARANTINED: " .. strategy.quarantined:match "^[^\n]*")
  end
end

return reading.verb {
  name = "status",
  summary = "Says how a session is: running, stopped, failed or killed; trading, money, strategies.",
  usage = "neap status [SESSION] [--json]",
  print = print,
}
