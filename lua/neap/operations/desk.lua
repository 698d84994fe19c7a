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

-- What speaks HTTP is loaded only where a channel does. `path` is empty in an interpreter that has it linked in.
local function load_net(path)
  if path then package.preload["neap.webhook_c"] = assert(package.loadlib(path, "luaopen_neap_webhook_c")) end
end

-- `config` is JSON: { channels =, cooldown =, acknowledged =, env =, context =, net = path of neap_net.so }; `send`
-- takes text for the session.
return function(config, send)
  local given = json.decode(config, { numbers = "float" })
  load_net(given.net)
  local warn = function(message) io.stderr:write("neap: ", message, "\n") end
  local now = clock.real()
  local self = { send = send }
  self.alerts = alerts.new { channels = given.channels, env = given.env, on_warning = warn,
    context = given.context }
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
    close = function() return self.alerts:close(function() return now:now() end) end,
    files = function() return self.alerts:files() end,
  }
end
