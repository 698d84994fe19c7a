-- SPDX-License-Identifier: MIT
-- neap status [SESSION].
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

local function print(_, status, options, path)
  if options.json then
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
