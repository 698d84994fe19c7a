-- SPDX-License-Identifier: MIT
-- What the operations thread runs: copies of events go to the alert manager, its alerts to their channels. Nothing of
-- the session is here.
local alert_manager = require "neap.alert_manager"
local alerts = require "neap.alerts"
local clock = require "neap.clock"
local json = require "neap.json"

local MILLISECOND = 1000000
local LONGEST = 1000 -- ms

local commands = {}

-- { command = "ack", code =, who = }; the answer goes back.
function commands.ack(self, order)
  local ok, count = pcall(self.manager.acknowledge, self.manager, order.code, order.who)
  self.send(json.encode { answer = "ack", code = order.code, acknowledged = ok and count or 0,
    problem = not ok and tostring(count) or nil })
end

-- `config` is JSON: { channels =, cooldown =, acknowledged =, env = }; `send` takes text for the session.
return function(config, send)
  local given = json.decode(config, { numbers = "float" })
  local warn = function(message) io.stderr:write("neap: ", message, "\n") end
  local now = clock.real()
  local self = { send = send }
  self.alerts = alerts.new { channels = given.channels, env = given.env, on_warning = warn }
  self.manager = alert_manager.new { cooldown = given.cooldown, acknowledged = given.acknowledged,
    send = function(alert) self.alerts:send(alert, now:now()) end }
  return {
    see = function(kind, ts_ns, product, body)
      self.manager:see { type = kind, ts_ns = ts_ns, product = product ~= "" and product or nil,
        body = json.decode(body, { numbers = "float" }) }
    end,
    tell = function(text)
      local order = json.decode(text)
      local command = commands[order.command]
      if command then command(self, order) end
    end,
    tick = function()
      local moment = now:now()
      local due = self.alerts:tick(moment)
      return due and math.max(1, math.min(LONGEST, (due - moment) // MILLISECOND)) or LONGEST
    end,
    close = function() return self.alerts:close() end,
  }
end
